/**
 * The file of a store: opened, looked at before anything is written, migrated, and asked through prepared statements.
 *
 * One connection per process, for as long as the process lives: the driver gives no way to finalise statements. Every
 * write is a transaction that takes the lock at its beginning (`BEGIN IMMEDIATE`), so that what it read stays true.
 */
import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { CaudalError } from "../../base/errors.ts";
import { type SqliteDatabase, sqliteBinary } from "../sqlite-driver.ts";
import { isBusy, storeFailure } from "./failure.ts";
import { LogOnDisk, type SyncNow } from "./log-on-disk.ts";
import { type Migration, migrate } from "./migrate.ts";
import { MIGRATIONS } from "./schema.ts";
import { prepareFile } from "./store-file.ts";

export type Durability = "full" | "process";

/** `close()` of the driver frees the file at garbage collection only: what is bound stays valid as long as this lives. */
export type Statement = ReturnType<SqliteDatabase["prepare"]>;
export type Bound = null | number | bigint | string | Uint8Array;
export type Row = Readonly<Record<string, unknown>>;

export interface DatabaseOptions {
  readonly migrations?: readonly Migration[] | undefined;
  readonly sync?: SyncNow | undefined;
  /** Milliseconds; may step. Not `performance.now` by itself: to look at `performance` reads 0.1 MB of Node's own. */
  readonly now?: (() => number) | undefined;
}

/** How long a transaction waits for another process's, blocking this one. */
const LOCK_WAIT_MS = 5_000;
/** For so long SQLite itself tries again; after that its naps grow, and whoever is just through comes first. */
const DRIVER_WAIT_MS = 5;
const NAP_MS_MAX = 4;
/**
 * Commits that follow each other at once do not look each time whether the file is still in its place: one that was
 * made just before it was taken away is gone as well.
 */
const LOOK_MS = 10;
/** Pages in the log before the keeper moves them into the file: 4 MiB. */
export const CHECKPOINT_PAGES = 1_000;

/** After these nothing more is written. */
const ENDS: ReadonlySet<string> = new Set(["STORE_GONE", "STORE_NEWER"]);

export const STORE_FILE = "caudal.db";

const NAP = new Int32Array(new SharedArrayBuffer(4));

export class Database {
  readonly file: string;
  readonly #db: SqliteDatabase;
  readonly #statements = new Map<string, Statement>();
  /** Undefined: commits are safe when they are written. */
  readonly #log: LogOnDisk | undefined;
  /** The file that was opened; whatever is in its place later is another. */
  #place: { readonly ino: number | undefined; readonly dev: number | undefined } | undefined;
  #lookedAt = 0;
  readonly #now: () => number;
  /** Of its tables, once they are ready. */
  #version: number | undefined;
  /** Why nothing is written any more. */
  #broken: unknown;
  readonly #whenBroken = new Set<(error: unknown) => void>();

  private constructor(file: string, db: SqliteDatabase, log?: LogOnDisk, now = Date.now) {
    this.#now = now;
    this.file = file;
    this.#db = db;
    this.#log = log;
    this.#checkPlace();
  }

  /** @throws CaudalError STORE_KIND, STORE_PERMISSIONS, STORE_FOREIGN, STORE_NEWER, STORE_DAMAGED, STORE_WAL, SQLITE_UNSAFE, STORE_CANNOT_OPEN: nothing was written */
  static open(folder: string, durability: Durability, options: DatabaseOptions = {}): Database {
    const { migrations = MIGRATIONS, sync, now } = options;
    const file = join(folder, STORE_FILE);
    const { DatabaseSync } = sqliteBinary();
    try {
      prepareFile(folder, file, migrations.length);
      const db = new DatabaseSync(isWritable(folder) ? file : unchanging(file), { timeout: DRIVER_WAIT_MS });
      try {
        const log = durability === "full" ? new LogOnDisk(`${file}-wal`, sync) : undefined;
        const database = new Database(file, db, log, now);
        database.#getReady(migrations);
        return database;
      } catch (error) {
        db.close();
        throw error;
      }
    } catch (error) {
      throw storeFailure(error, file);
    }
  }

  /** To look at, whatever its version: nothing is made or changed. @throws CaudalError STORE_DAMAGED, STORE_CANNOT_OPEN, … */
  static openToRead(folder: string): Database {
    const file = join(folder, STORE_FILE);
    const { DatabaseSync } = sqliteBinary();
    try {
      const options = { readOnly: true, timeout: LOCK_WAIT_MS };
      const db = new DatabaseSync(isWritable(folder) ? file : unchanging(file), options);
      return new Database(file, db);
    } catch (error) {
      throw storeFailure(error, file);
    }
  }

  /** A copy that may be changed, whatever its version: SQLite first does what its log asks for. */
  static openCopy(folder: string): Database {
    const file = join(folder, STORE_FILE);
    try {
      return new Database(file, new (sqliteBinary().DatabaseSync)(file, { timeout: LOCK_WAIT_MS }));
    } catch (error) {
      throw storeFailure(error, file);
    }
  }

  #getReady(migrations: readonly Migration[]): void {
    const { version } = this.patiently(() => this.get("SELECT sqlite_version() AS version")) as { version: string };
    if (!isSafeSqlite(version)) throw new CaudalError("SQLITE_UNSAFE", { version });
    migrate(this, migrations);
    this.#version = migrations.length;
    this.patiently(() => this.exec("PRAGMA journal_mode = WAL"));
    this.exec(`PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0;
      PRAGMA journal_size_limit = 67108864; PRAGMA foreign_keys = ON`);
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

  /** All of it or nothing, and on the disk. @throws CaudalError STORE_FULL, STORE_BUSY, STORE_FAILED, STORE_GONE, STORE_NEWER; whatever `write` throws */
  transaction<T>(write: () => T): T {
    const result = this.quickTransaction(write);
    if (this.#log !== undefined) this.#bringToDisk(this.#log);
    return result;
  }

  /** Others see by now what could not be brought to the disk, and nobody knows what of it is there: it ends for this process. */
  #bringToDisk(log: LogOnDisk): void {
    try {
      log.bring();
    } catch (error) {
      this.#break(error);
      throw error;
    }
  }

  /** Survives the end of the process, not that of the machine: for claims, which nobody needs after it. @throws CaudalError as `transaction` */
  quickTransaction<T>(write: () => T): T {
    if (this.#broken !== undefined) throw this.#broken;
    try {
      this.patiently(() => this.statement("BEGIN IMMEDIATE").run());
      this.#checkVersion();
      const result = write();
      if (Math.abs(this.#now() - this.#lookedAt) >= LOOK_MS) this.#checkPlace();
      this.statement("COMMIT").run();
      return result;
    } catch (error) {
      this.#rollBack();
      throw this.#failure(error);
    }
  }

  /** What was committed into a file that is no longer in its place would be gone with this process. */
  #checkPlace(): void {
    this.#lookedAt = this.#now();
    const { ino, dev } = statSync(this.file, { throwIfNoEntry: false }) ?? { ino: undefined, dev: undefined };
    this.#place ??= { ino, dev };
    if (ino !== undefined && ino === this.#place.ino && dev === this.#place.dev) return;
    throw new CaudalError("STORE_GONE", { file: this.file });
  }

  /** A later caudal may have changed the tables since they were opened; from here on nobody can before the end. */
  #checkVersion(): void {
    const known = this.#version;
    if (known === undefined) return;
    const version = Number(this.get("PRAGMA user_version")?.["user_version"]);
    if (version > known) throw new CaudalError("STORE_NEWER", { file: this.file, version, known });
  }

  /** Into a file that is damaged, gone, or of a later version nothing more is written. */
  #failure(error: unknown): unknown {
    const failure = storeFailure(error, this.file);
    const code = failure instanceof CaudalError ? failure.code : undefined;
    if (ENDS.has(code ?? "") || (code === "STORE_DAMAGED" && failure !== error)) this.#break(failure);
    return failure;
  }

  #break(failure: unknown): void {
    if (this.#broken !== undefined) return;
    this.#broken = failure;
    for (const callback of this.#whenBroken) queueMicrotask(() => callback(failure));
    this.#whenBroken.clear();
  }

  /** Calls back once, when nothing is written any more. */
  whenBroken(callback: (error: unknown) => void): void {
    if (this.#broken === undefined) this.#whenBroken.add(callback);
    else callback(this.#broken);
  }

  /** Notices that the file is gone where nothing is written that would. */
  lookAtPlace(): void {
    try {
      if (this.#broken === undefined) this.#checkPlace();
    } catch (error) {
      this.#failure(error);
    }
  }

  /**
   * Again while another process has the lock, after naps of random length: SQLite's own grow to a tenth of a second,
   * and of eight processes that write all the time, seven would wait until the first has done.
   */
  patiently<T>(act: () => T): T {
    for (let until: number | undefined; ; ) {
      try {
        return act();
      } catch (error) {
        until ??= performance.now() + LOCK_WAIT_MS;
        if (!isBusy(error) || performance.now() >= until) throw error;
        Atomics.wait(NAP, 0, 0, Math.random() * NAP_MS_MAX);
      }
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
      return this.patiently(read);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /** Grows when another connection has changed the file. */
  dataVersion(): number {
    return Number((this.patiently(() => this.get("PRAGMA data_version")) as Row)["data_version"]);
  }

  close(): void {
    this.#rollBack();
    this.#db.close();
    this.#log?.close();
  }
}

/**
 * On a disk that is read-only nothing changes a file, so it can be read without the locks that need one.
 * @throws CaudalError STORE_READONLY where its log has what the file has not
 */
function unchanging(file: string): string {
  if ((statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0)
    throw new CaudalError("STORE_READONLY", { file });
  const url = pathToFileURL(file);
  url.searchParams.set("immutable", "1");
  return url.href;
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
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
