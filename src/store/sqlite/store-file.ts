/**
 * The file of a store before SQLite opens it, which would already change files beside it: whether it is a file, whose,
 * of which application and version, and whether all of it is there. What is refused was only looked at.
 */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  closeSync,
  readSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { CaudalError } from "../../base/errors.ts";
import { APPLICATION_ID } from "./schema.ts";
import { type LogFile, readLogFile } from "./log-file.ts";

const HEADER_BYTES = 100;
/** Looks at what is wrong, and how long after each other. */
const LOOKS = 5;
const LOOK_MS = 10;
const NAP = new Int32Array(new SharedArrayBuffer(4));
const MAGIC = "SQLite format 3\0";

/** Fields of the header: https://sqlite.org/fileformat2.html#the_database_header. */
const AT = {
  pageSize: 16,
  format: 18,
  pages: 28,
  schemaCookie: 40,
  version: 60,
  application: 68,
  changes: 24,
  validFor: 92,
};

/**
 * Makes the folder and an empty file, for their owner only, where there is none. True: nothing was ever kept in it.
 * @throws CaudalError STORE_KIND, STORE_PERMISSIONS, STORE_FOREIGN, STORE_NEWER, STORE_DAMAGED, STORE_WAL
 */
export function prepareFile(folder: string, file: string, newest: number): boolean {
  makeFolder(folder);
  const isNew = checkFile(folder, file, newest);
  if (isNew === undefined) closeSync(openSync(file, "a", 0o600));
  return isNew ?? true;
}

/** Makes nothing. True: nothing was ever kept in it; undefined: there is no file. @throws CaudalError as `prepareFile` */
export function checkFile(folder: string, file: string, newest: number): boolean | undefined {
  checkFolder(folder);
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (stat === undefined) {
    refuseLogAlone(file);
    return undefined;
  }
  if (stat.isSymbolicLink()) throw new CaudalError("STORE_KIND", { file, is: "a link" });
  if (!stat.isFile()) throw new CaudalError("STORE_KIND", { file, is: stat.isDirectory() ? "a folder" : "no file" });
  checkOwner(file, stat, "600");
  for (const suffix of ["-wal", "-shm", "-journal"]) checkBeside(`${file}${suffix}`);
  if (stat.size > 0) return checkContent(file, newest);
  refuseLogAlone(file);
  return true;
}

function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  const above = dirname(folder);
  try {
    mkdirSync(folder, { recursive: !existsSync(above) && existsSync(dirname(above)), mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return; // another process was just quicker
    throw error;
  }
  writeFileSync(join(folder, ".gitignore"), "*\n", { mode: 0o600 });
}

/** Whoever else could write there could run what they like through a resumed run. */
function checkFolder(folder: string): void {
  const stat = statSync(folder);
  if (!stat.isDirectory()) throw new CaudalError("STORE_KIND", { file: folder, is: "no folder" });
  checkOwner(folder, stat, "700");
  const link = lstatSync(folder);
  if (link.isSymbolicLink()) refuseOthers(folder, link);
  const above = dirname(folder);
  const { mode } = statSync(above);
  // Sticky, as /tmp is: nobody can move away what is another's.
  if (process.platform !== "win32" && (mode & 0o002) !== 0 && (mode & 0o1000) === 0) {
    const fix = `Keep others out: chmod o-w "${above}"`;
    throw new CaudalError("STORE_PERMISSIONS", {
      path: above,
      why: "anybody may put another folder in its place",
      fix,
    });
  }
}

function checkOwner(path: string, stat: Stats, mode: "600" | "700"): void {
  if (process.getuid === undefined) return; // Windows: the folder's own rules hold
  refuseOthers(path, stat);
  if ((stat.mode & 0o077) === 0) return;
  const fix = `Make it yours alone: chmod ${mode} "${path}"`;
  throw new CaudalError("STORE_PERMISSIONS", { path, why: "others may read or write it", fix });
}

/** Root's too: it would leave files that the owner cannot open any more. */
function refuseOthers(path: string, { uid }: Stats): void {
  if (process.getuid === undefined || uid === process.getuid()) return;
  const fix = "Run as that user, or use a folder of yours (CAUDAL_STORE)";
  throw new CaudalError("STORE_PERMISSIONS", { path, why: "it belongs to another user", fix });
}

/** SQLite would follow a link there, and write where it leads. */
function checkBeside(file: string): void {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (stat === undefined || stat.isFile()) return;
  throw new CaudalError("STORE_KIND", { file, is: stat.isSymbolicLink() ? "a link" : "no file" });
}

/** The file was deleted or emptied, and what it had not taken over is in its log: SQLite would throw that away. */
function refuseLogAlone(file: string): void {
  const log = lstatSync(`${file}-wal`, { throwIfNoEntry: false });
  if (log !== undefined && log.size > 0)
    throw new CaudalError("STORE_WAL", { file, why: "its log is there, and the file itself is not" });
}

interface Look {
  readonly header: Buffer;
  readonly bytes: number;
}

/** True: an empty database, made by somebody who is just opening it, or was killed there. */
function checkContent(file: string, newest: number): boolean {
  const look = headerOf(file);
  const { header } = look;
  const torn = header.every((byte) => byte === 0) && existsSync(`${file}-journal`);
  if (torn) return true; // killed in its first transaction: SQLite undoes it
  if (look.bytes < HEADER_BYTES || header.toString("latin1", 0, MAGIC.length) !== MAGIC)
    throw new CaudalError("STORE_FOREIGN", { file, why: "it is no SQLite database" });
  if (isEmptyDatabase(header)) return true;
  checkMarks(file, header, newest, "STORE_FOREIGN");
  refuseIfItStaysWrong(file, newest);
  return false;
}

function headerOf(file: string): Look {
  const header = Buffer.alloc(HEADER_BYTES);
  const handle = openSync(file, "r");
  try {
    readSync(handle, header, 0, HEADER_BYTES, 0);
    return { header, bytes: statSync(file).size };
  } finally {
    closeSync(handle);
  }
}

function isEmptyDatabase(header: Buffer): boolean {
  const marks = [AT.schemaCookie, AT.version, AT.application].map((at) => header.readUInt32BE(at));
  const isPlainFile = header[AT.format] === 1 && header[AT.format + 1] === 1; // with a log beside it, tables may be there
  return isPlainFile && header.readUInt32BE(AT.pages) === 1 && marks.every((mark) => mark === 0);
}

function checkMarks(file: string, header: Buffer, newest: number, code: "STORE_FOREIGN" | "STORE_WAL"): void {
  if (header.readUInt32BE(AT.application) !== APPLICATION_ID) {
    if (code === "STORE_WAL") throw new CaudalError(code, { file, why: "its log belongs to another database" });
    throw new CaudalError(code, { file, why: "it is the database of another application" });
  }
  const version = header.readUInt32BE(AT.version);
  if (version > newest) throw new CaudalError("STORE_NEWER", { file, version, known: newest });
}

interface Wrong {
  readonly error: unknown;
  readonly why: string;
  /** What it was like then: equal at two looks, nobody was writing. */
  readonly moment: string;
}

/** Another process may be writing just now: what looks wrong in the same way a while later is. */
function refuseIfItStaysWrong(file: string, newest: number): void {
  let before = wrongWith(file, newest);
  for (let look = 1; before !== undefined; look++) {
    Atomics.wait(NAP, 0, 0, LOOK_MS);
    const now = wrongWith(file, newest);
    if (now !== undefined && now.why === before.why && now.moment === before.moment && look >= LOOKS) throw now.error;
    if (now?.moment !== before.moment) look = 0;
    before = now;
  }
}

/** Pages that are missing, and a log that is not its own. */
function wrongWith(file: string, newest: number): Wrong | undefined {
  // Written in this mode, a file is made whole again by its journal.
  if (existsSync(`${file}-journal`)) return undefined;
  const log = readLogFile(`${file}-wal`);
  const { header, bytes } = headerOf(file);
  try {
    checkPages(file, { header, bytes }, log);
    if (log?.firstPage !== undefined) checkMarks(file, log.firstPage, newest, "STORE_WAL");
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { error, why, moment: `${bytes} ${log?.bytes} ${log?.salts} ${header.toString("hex")}` };
  }
}

function checkPages(file: string, { header, bytes }: Look, log: LogFile | undefined): void {
  const written = header.readUInt16BE(AT.pageSize);
  const pageSize = written === 1 ? 65_536 : written;
  if (log !== undefined && log.pageSize !== pageSize)
    throw new CaudalError("STORE_WAL", { file, why: "its log belongs to another database" });
  const counts = header.readUInt32BE(AT.changes) === header.readUInt32BE(AT.validFor);
  // What the file itself says: of pages that came since, some need not be written anywhere.
  const pages = counts ? Math.min(header.readUInt32BE(AT.pages), log?.pagesAfter ?? Number.POSITIVE_INFINITY) : 0;
  const there = Math.floor(bytes / pageSize);
  let missing = 0;
  for (let page = there + 1; page <= pages && missing === 0; page++) if (log?.pages.has(page) !== true) missing = page;
  if (missing > 0)
    throw new CaudalError("STORE_DAMAGED", { file, why: `it ends after ${there} of its ${pages} pages` });
}
