/** Opening database files: where a relative path belongs, and every way a file can refuse, said in advance. */
import { accessSync, constants, statSync } from "node:fs";
import { basename, dirname, isAbsolute, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { CaudalError } from "../../base/errors.ts";
import { currentBaseFolder } from "../../executor/context.ts";
import { describeValue } from "../../flow/checks/words.ts";
import { type SqliteDatabase, sqliteDriver } from "../../store/sqlite-driver.ts";
import { sqliteFailure } from "./failure.ts";

/** How long `openSqlite`'s connections wait for another's lock, and how long library tasks do. */
export const LOCK_WAIT_MS = 5_000;

const STORE_FOLDER = ".caudal";

/**
 * Opens a database file for use inside a body. Relative paths belong to the folder that holds the flow's store
 * (the nearest package.json's above the flow file), as for the library tasks; `":memory:"` is a database of its own.
 * The file is made if it is not there. Foreign keys are enforced; a lock is waited for 5 s (blocking the process);
 * the journal mode is left as it is. Close it with `close()`, or `using db = openSqlite(…)`.
 * @throws CaudalError SQLITE_CANNOT_OPEN, SQLITE_STORE_FILE, SQLITE_UNAVAILABLE
 */
export function openSqlite(path: string | URL): SqliteDatabase {
  if (path === ":memory:") return new (sqliteDriver().DatabaseSync)(path, {});
  const file = databaseFile(path, currentBaseFolder());
  const db = openFile(file, { create: true, lockWaitMs: LOCK_WAIT_MS });
  try {
    readHeader(db);
    return rollingBack(db);
  } catch (error) {
    db.close();
    throw sqliteFailure(error, file, "reading the file's header");
  }
}

/** The driver's own `close()` leaves a transaction, and its lock, behind while prepared statements are not garbage collected. */
function rollingBack(db: SqliteDatabase): SqliteDatabase {
  const close = db.close.bind(db);
  const rollBackAndClose = () => {
    if (db.isOpen && db.isTransaction) db.exec("ROLLBACK");
    close();
  };
  const dispose = () => (db.isOpen ? rollBackAndClose() : undefined);
  return Object.defineProperties(db, { close: { value: rollBackAndClose }, [Symbol.dispose]: { value: dispose } });
}

/** What is wrong with a `db` option whatever the disk holds, as the end of a sentence about it; undefined when nothing is. */
export function complaintAboutPath(db: unknown): string | undefined {
  if (db instanceof URL)
    return db.protocol === "file:" ? undefined : `is a ${db.protocol} address: a database is a file`;
  if (typeof db !== "string") return `must be the path of a database file, such as "data.db", not ${describeValue(db)}`;
  if (db.trim() === "") return 'is empty: give the path of a database file, such as "data.db"';
  if (db.includes("\0")) return "has a zero character, which no path can have";
  if (db === ":memory:") return IN_MEMORY;
  if (db.startsWith("file:") && db.includes("?")) return "is an address with a query: give the path of the file alone";
  return undefined;
}

const IN_MEMORY =
  'is ":memory:", but each task has a connection of its own: nothing would be left for the next. Use a file, or openSqlite(":memory:") inside one body';

/**
 * The absolute path of a `db` option.
 * @throws CaudalError OPTION_INVALID, SQLITE_STORE_FILE
 */
export function databaseFile(db: string | URL, baseFolder: string): string {
  const complaint = complaintAboutPath(db);
  if (complaint !== undefined)
    throw new CaudalError("OPTION_INVALID", { of: "a database", complaints: [`its path ${complaint}`] });
  const path = db instanceof URL || db.startsWith("file:") ? fileURLToPath(db) : db;
  const file = isAbsolute(path) ? resolve(path) : resolve(baseFolder, path);
  if (isStoreFile(file, baseFolder)) throw new CaudalError("SQLITE_STORE_FILE", { file });
  return file;
}

function isStoreFile(file: string, baseFolder: string): boolean {
  const given = process.env["CAUDAL_STORE"] ?? "";
  const store = given === "" ? undefined : resolve(baseFolder, given);
  return (
    basename(dirname(file)) === STORE_FOLDER ||
    (store !== undefined && (file === store || file.startsWith(store + sep)))
  );
}

/**
 * A connection that waits `lockWaitMs` for locks inside the driver (0: not at all).
 * Looks at the disk first, because SQLite's own words ("unable to open database file") do not say what is wrong.
 * @throws CaudalError SQLITE_CANNOT_OPEN, SQLITE_UNAVAILABLE
 */
export function openFile(
  file: string,
  options: { readonly create: boolean; readonly lockWaitMs: number },
): SqliteDatabase {
  const { DatabaseSync } = sqliteDriver();
  const trouble = troubleOnDisk(file, options.create);
  if (trouble !== undefined) throw new CaudalError("SQLITE_CANNOT_OPEN", { file, ...trouble });
  try {
    return new DatabaseSync(file, { timeout: options.lockWaitMs });
  } catch (error) {
    throw sqliteFailure(error, file, "opening the file");
  }
}

/** Opening reads nothing yet: this finds out that a file is no database, or locked. */
export function readHeader(db: SqliteDatabase): void {
  db.exec("PRAGMA schema_version"); // exec, because a prepared statement would keep the file open after close()
}

/** Whether the file is there; a folder of that name counts. */
export function isThere(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}

function troubleOnDisk(file: string, create: boolean): { readonly why: string; readonly fix: string } | undefined {
  const folder = dirname(file);
  try {
    const folderStat = statSync(folder, { throwIfNoEntry: false });
    if (folderStat === undefined)
      return { why: `its folder ${folder} is not there`, fix: "Make the folder, or correct the path" };
    if (!folderStat.isDirectory()) return { why: `${folder} is a file, not a folder`, fix: "Correct the path" };
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat?.isDirectory()) return { why: "it is a folder", fix: "Give the path of a file in it" };
    if (stat === undefined && !create)
      return {
        why: "there is no such file",
        fix: "Correct the path, or create the database first, for example with sqliteScript(…) and .setUpstream(table)",
      };
    accessSync(stat === undefined ? folder : file, stat === undefined ? constants.W_OK : constants.R_OK);
  } catch (error) {
    return { why: (error as Error).message, fix: "Check the permissions of the file and of its folder" };
  }
  return undefined;
}
