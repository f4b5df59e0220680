/**
 * The file of a store: opened, looked at before anything is written, migrated, and asked through prepared statements.
 *
 * One connection per process, for as long as the process lives: the driver gives no way to finalise statements. Every
 * write is a transaction that takes the lock at its beginning (`BEGIN IMMEDIATE`), so that what it read stays true.
 */
import { closeSync, existsSync, lstatSync, mkdirSync, openSync, readSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CaudalError } from "../../base/errors.ts";
import { type SqliteDatabase, sqliteBinary } from "../sqlite-driver.ts";
import { storeFailure } from "./failure.ts";
import { APPLICATION_ID, MIGRATIONS, SCHEMA_VERSION } from "./schema.ts";

export type Durability = "full" | "process";

/** `close()` of the driver frees the file at garbage collection only: what is bound stays valid as long as this lives. */
export type Statement = ReturnType<SqliteDatabase["prepare"]>;
export type Bound = null | number | bigint | string | Uint8Array;
export type Row = Readonly<Record<string, unknown>>;

/** How long a transaction waits for another process's, blocking this one. */
const LOCK_WAIT_MS = 5_000;
/** Of the file, and of the first page's table of tables behind it (sqlite.org/fileformat.html §1.3, §1.6). */
const HEADER_BYTES = 100;
const PAGE_HEADER_BYTES = 8;
const MAGIC = "SQLite format 3\0";
/** Pages in the log before the keeper moves them into the file: 4 MiB. */
export const CHECKPOINT_PAGES = 1_000;

export const STORE_FILE = "caudal.db";

export class Database {
  readonly file: string;
  readonly #db: SqliteDatabase;
  readonly #statements = new Map<string, Statement>();
  readonly #durability: Durability;

  private constructor(file: string, db: SqliteDatabase, durability: Durability) {
    this.file = file;
    this.#db = db;
    this.#durability = durability;
  }

  /** @throws CaudalError STORE_KIND, STORE_PERMISSIONS, STORE_FOREIGN, STORE_NEWER, STORE_DAMAGED, SQLITE_UNSAFE, STORE_CANNOT_OPEN: nothing was written */
  static open(folder: string, durability: Durability): Database {
    const file = join(folder, STORE_FILE);
    const { DatabaseSync } = sqliteBinary();
    try {
      const isNew = prepareFolder(folder, file);
      if (!isNew) checkHeader(file);
      const db = new DatabaseSync(file, { timeout: LOCK_WAIT_MS });
      try {
        return Database.#ready(file, db, durability);
      } catch (error) {
        db.close();
        throw error;
      }
    } catch (error) {
      throw storeFailure(error, file);
    }
  }

  static #ready(file: string, db: SqliteDatabase, durability: Durability): Database {
    refuseUnsafe(db);
    const database = new Database(file, db, durability);
    if (database.#number("PRAGMA user_version") < SCHEMA_VERSION) database.#migrate();
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${database.#synchronous}; PRAGMA wal_autocheckpoint = 0;
      PRAGMA journal_size_limit = 67108864; PRAGMA foreign_keys = ON`);
    return database;
  }

  get #synchronous(): string {
    return this.#durability === "full" ? "FULL" : "NORMAL";
  }

  /**
   * In the journal mode of a plain file, so that the header says what the file is before anything else does: whoever
   * looks at it need not open it. A migration that is killed leaves the version before.
   */
  #migrate(): void {
    const from = this.#number("PRAGMA user_version");
    this.exec(from === 0 ? "PRAGMA auto_vacuum = INCREMENTAL" : "PRAGMA journal_mode = DELETE");
    this.transaction(() => {
      for (let version = this.#number("PRAGMA user_version"); version < SCHEMA_VERSION; version++) {
        this.exec(MIGRATIONS[version]!);
        this.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${version + 1}`);
      }
    });
  }

  #number(sql: string): number {
    const [value] = Object.values(this.#db.prepare(sql).get() as Row);
    return Number(value);
  }

  exec(sql: string): void {
    this.#db.exec(sql);
  }

  statement(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, (statement = this.#db.prepare(sql)));
    return statement;
  }

  /** The number of rows changed. */
  run(sql: string, ...values: Bound[]): number {
    return Number(this.statement(sql).run(...values).changes);
  }

  get(sql: string, ...values: Bound[]): Row | undefined {
    return this.statement(sql).get(...values) as Row | undefined;
  }

  all(sql: string, ...values: Bound[]): readonly Row[] {
    return this.statement(sql).all(...values) as readonly Row[];
  }

  /** All of it or nothing. @throws CaudalError STORE_FULL, STORE_BUSY, STORE_FAILED; whatever `write` throws */
  transaction<T>(write: () => T): T {
    try {
      this.statement("BEGIN IMMEDIATE").run();
      const result = write();
      this.statement("COMMIT").run();
      return result;
    } catch (error) {
      this.#rollBack();
      throw storeFailure(error, this.file);
    }
  }

  /** Survives the end of the process, not that of the machine: for claims, which nobody needs after it. */
  quickTransaction<T>(write: () => T): T {
    if (this.#durability === "process") return this.transaction(write);
    this.exec("PRAGMA synchronous = NORMAL");
    try {
      return this.transaction(write);
    } finally {
      this.exec("PRAGMA synchronous = FULL");
    }
  }

  #rollBack(): void {
    try {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
    } catch {
      // Some failures roll back by themselves; the first error is the one to tell.
    }
  }

  /** @throws CaudalError STORE_FAILED, STORE_BUSY */
  read<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw storeFailure(error, this.file);
    }
  }

  /** Grows when another connection has changed the file. */
  dataVersion(): number {
    return Number((this.get("PRAGMA data_version") as Row)["data_version"]);
  }

  close(): void {
    this.#rollBack();
    this.#db.close();
  }
}

/** 3.7.0 to 3.51.2 may lose a committed transaction when two connections write and checkpoint (sqlite.org/wal.html). */
export function isSafeSqlite(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  if (major !== 3) return major > 3;
  if (minor === 44) return patch >= 6;
  if (minor === 50) return patch >= 7;
  return minor > 51 || (minor === 51 && patch >= 3);
}

function refuseUnsafe(db: SqliteDatabase): void {
  const { version } = db.prepare("SELECT sqlite_version() AS version").get() as { version: string };
  if (!isSafeSqlite(version)) throw new CaudalError("SQLITE_UNSAFE", { version });
}

/** Makes the folder and an empty file, for their owner only. True: the file is new. */
function prepareFolder(folder: string, file: string): boolean {
  if (!existsSync(folder)) {
    mkdirSync(folder, { recursive: existsSync(dirname(dirname(folder))), mode: 0o700 });
    writeFileSync(join(folder, ".gitignore"), "*\n", { mode: 0o600 });
  }
  checkOwner(folder, "folder");
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (stat === undefined) {
    closeSync(openSync(file, "a", 0o600));
    return true;
  }
  if (stat.isSymbolicLink()) throw new CaudalError("STORE_KIND", { file, is: "a link" });
  if (!stat.isFile()) throw new CaudalError("STORE_KIND", { file, is: stat.isDirectory() ? "a folder" : "no file" });
  checkOwner(file, "file");
  return stat.size === 0;
}

/** Whoever else could write there could run what they like through a resumed run. */
function checkOwner(path: string, what: "folder" | "file"): void {
  const uid = process.getuid?.();
  if (uid === undefined) return; // Windows: the folder's own rules hold
  const stat = statSync(path);
  if (what === "folder" && !stat.isDirectory()) throw new CaudalError("STORE_KIND", { file: path, is: "no folder" });
  if (stat.uid !== uid && uid !== 0)
    throw new CaudalError("STORE_PERMISSIONS", {
      path,
      why: "it belongs to another user",
      fix: "Use a folder of yours (CAUDAL_STORE)",
    });
  if ((stat.mode & 0o077) !== 0) {
    const fix = `Make it yours alone: chmod ${what === "folder" ? "700" : "600"} "${path}"`;
    throw new CaudalError("STORE_PERMISSIONS", { path, why: "others may read or write it", fix });
  }
}

/** Before SQLite opens it, which would already change files beside it. */
function checkHeader(file: string): void {
  const header = Buffer.alloc(HEADER_BYTES + PAGE_HEADER_BYTES);
  const handle = openSync(file, "r");
  const length = readSync(handle, header, 0, header.length, 0);
  closeSync(handle);
  if (length < HEADER_BYTES || header.toString("latin1", 0, MAGIC.length) !== MAGIC)
    throw new CaudalError("STORE_FOREIGN", { file, why: "it is no SQLite database" });
  if (header.readUInt32BE(68) !== APPLICATION_ID && !holdsNothing(header))
    throw new CaudalError("STORE_FOREIGN", { file, why: "it is the database of another application" });
  const version = header.readUInt32BE(60);
  if (version > SCHEMA_VERSION) throw new CaudalError("STORE_NEWER", { file, version, known: SCHEMA_VERSION });
}

/** Nobody's: a store whose process died, or is at it, between making the file and its first table. */
function holdsNothing(header: Buffer): boolean {
  const marks = header.readUInt32BE(68) + header.readUInt32BE(60);
  const isPlainFile = header[18] === 1 && header[19] === 1; // with a log beside it there might be more in that
  const [kind, tables] = [header[HEADER_BYTES], header.readUInt16BE(HEADER_BYTES + 3)];
  return marks === 0 && isPlainFile && kind === 13 && tables === 0;
}
