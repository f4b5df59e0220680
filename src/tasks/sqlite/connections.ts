/**
 * Connections that wait for the next task on the same file.
 *
 * The driver (1.2.1) gives no way to finalise a prepared statement, so `close()` leaves the file open until the
 * statements are garbage collected: 10,000 inserts with a connection each had up to 900 files open at once.
 * A connection used again has no such cost. It is used again only while the file is the same: one that was
 * replaced, or written by somebody else, gets a new connection.
 */
import { statSync } from "node:fs";
import type { SqliteDatabase } from "../../store/sqlite-driver.ts";

const IDLE_MS = 1_000;
const IDLE_MAX = 8;

interface Idle {
  readonly file: string;
  readonly db: SqliteDatabase;
  /** What the file was when the connection came back. */
  readonly fingerprint: string;
  readonly timer: NodeJS.Timeout;
}

/** Oldest first. */
const idle: Idle[] = [];

/** A connection to a file that has not changed since it was last used; undefined if there is none. */
export function takeIdle(file: string): SqliteDatabase | undefined {
  const found = idle.findLast((connection) => connection.file === file);
  if (found === undefined) return undefined;
  remove(found);
  if (found.fingerprint === fingerprintOf(file)) return found.db;
  closeQuietly(found.db);
  return undefined;
}

/** Keeps a connection for a moment, so that another task may take it. It must hold no transaction and no setting of its own. */
export function keepIdle(file: string, db: SqliteDatabase): void {
  const fingerprint = fingerprintOf(file);
  if (fingerprint === undefined) return closeQuietly(db);
  const timer = setTimeout(() => end(connection), IDLE_MS).unref();
  const connection: Idle = { file, db, fingerprint, timer };
  idle.push(connection);
  if (idle.length > IDLE_MAX && idle[0] !== undefined) end(idle[0]);
}

/** Rolls back first: a connection that stays open behind `close()` would keep its lock. */
export function closeQuietly(db: SqliteDatabase): void {
  try {
    if (db.isTransaction) db.exec("ROLLBACK");
  } finally {
    db.close();
  }
}

function end(connection: Idle): void {
  remove(connection);
  closeQuietly(connection.db);
}

function remove(connection: Idle): void {
  clearTimeout(connection.timer);
  idle.splice(idle.indexOf(connection), 1);
}

/** While a connection holds it open, the file's number cannot be given to another file. */
function fingerprintOf(file: string): string | undefined {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? undefined : `${stat.dev}-${stat.ino}-${stat.size}-${stat.mtimeNs}`;
}
