/** The write-ahead log beside a store's file, as bytes: https://sqlite.org/fileformat2.html#the_write_ahead_log. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

export interface LogFile {
  readonly bytes: number;
  readonly pageSize: number;
  readonly salts: string;
  /** Pages in it that are committed. */
  readonly pages: ReadonlySet<number>;
  /** How many pages the database has after its last commit; undefined: it holds no commit. */
  readonly pagesAfter: number | undefined;
  /** The start of the database's first page, as the log has it. */
  readonly firstPage: Buffer | undefined;
}

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const DATABASE_HEADER_BYTES = 100;
const MAGICS = new Set([0x377f0682, 0x377f0683]);

/** undefined: there is none, or SQLite would take no notice of it. */
export function readLogFile(file: string): LogFile | undefined {
  let handle: number;
  try {
    handle = openSync(file, "r");
  } catch {
    return undefined; // there is none, or SQLite will say what is wrong with it
  }
  try {
    const bytes = fstatSync(handle).size;
    const header = Buffer.alloc(HEADER_BYTES);
    if (readSync(handle, header, 0, HEADER_BYTES, 0) < HEADER_BYTES) return undefined;
    if (!MAGICS.has(header.readUInt32BE(0))) return undefined;
    const pageSize = header.readUInt32BE(8);
    if (pageSize < 512 || pageSize > 65_536) return undefined;
    return { bytes, pageSize, salts: header.toString("hex", 16, 24), ...readFrames(handle, bytes, pageSize, header) };
  } finally {
    closeSync(handle);
  }
}

/** By their headers only, up to the first that is not of this log; checksums are SQLite's matter. */
function readFrames(handle: number, bytes: number, pageSize: number, header: Buffer) {
  const frame = Buffer.alloc(FRAME_HEADER_BYTES);
  const pages = new Set<number>();
  let open: number[] = [];
  let openFirst: number | undefined;
  let first: number | undefined;
  let pagesAfter: number | undefined;
  const step = FRAME_HEADER_BYTES + pageSize;
  for (let at = HEADER_BYTES; at + step <= bytes; at += step) {
    if (readSync(handle, frame, 0, FRAME_HEADER_BYTES, at) < FRAME_HEADER_BYTES) break;
    if (frame.compare(header, 16, 24, 8, 16) !== 0) break;
    const page = frame.readUInt32BE(0);
    open.push(page);
    if (page === 1) openFirst = at + FRAME_HEADER_BYTES;
    const commit = frame.readUInt32BE(4);
    if (commit === 0) continue;
    for (const one of open) pages.add(one);
    open = [];
    first = openFirst ?? first;
    pagesAfter = commit;
  }
  return { pages, pagesAfter, firstPage: first === undefined ? undefined : startOf(handle, first) };
}

function startOf(handle: number, at: number): Buffer {
  const page = Buffer.alloc(DATABASE_HEADER_BYTES);
  readSync(handle, page, 0, DATABASE_HEADER_BYTES, at);
  return page;
}
