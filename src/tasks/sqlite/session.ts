/**
 * One piece of work on one file, with a connection of its own while it lasts.
 *
 * Within this process each file is used by one task at a time. Other processes' locks are waited for between
 * attempts, never inside the driver: a driver that waits blocks this process, and with it the body that may hold
 * the lock.
 */
import { setTimeout as pause } from "node:timers/promises";
import { CaudalError, isCaudalError } from "../../base/errors.ts";
import { closeQuietly, keepIdle, takeIdle } from "./connections.ts";
import type { SqliteDatabase } from "../../store/sqlite-driver.ts";
import { isLocked, sqliteFailure } from "./failure.ts";
import { LOCK_WAIT_MS, openFile, readHeader } from "./open.ts";
import { inTurn } from "./turns.ts";

const PAUSE_MS_FIRST = 2;
const PAUSE_MS_MAX = 100;

/** Which file, and when to give up. */
export interface Target {
  /** Absolute. */
  readonly file: string;
  /** Aborts waiting for locks and, between batches, the work itself. */
  readonly signal?: AbortSignal | undefined;
  /** How long another connection's lock is waited for; 5,000 if left out. */
  readonly lockWaitMs?: number | undefined;
}

export interface Session {
  readonly db: SqliteDatabase;
  readonly target: Target;
}

export interface SessionOptions {
  /** Makes the file if it is not there. */
  readonly create: boolean;
  /** `work` changes no setting of its connection, so that the next task may use it. */
  readonly shareable: boolean;
}

/**
 * Does `work` with a connection; what it has not committed at its end is rolled back.
 * @throws CaudalError SQLITE_CANNOT_OPEN, SQLITE_LOCKED, SQLITE_UNAVAILABLE, and what `work` throws
 */
export function withSession<T>(
  target: Target,
  options: SessionOptions,
  work: (session: Session) => T | Promise<T>,
): Promise<T> {
  return inTurn(target.file, target.signal, () => connected(target, options, work));
}

async function connected<T>(
  target: Target,
  options: SessionOptions,
  work: (session: Session) => T | Promise<T>,
): Promise<T> {
  const { file } = target;
  const db =
    (options.shareable ? takeIdle(file) : undefined) ?? openFile(file, { create: options.create, lockWaitMs: 0 });
  const session = { db, target };
  let isSound = options.shareable;
  try {
    await unlocked(session, () => readHeader(db));
    return await work(session);
  } catch (error) {
    const failure = sqliteFailure(error, file, "using the file");
    isSound &&= !isCaudalError(failure, "SQLITE_CANNOT_OPEN");
    throw failure;
  } finally {
    if (isSound) {
      if (db.isTransaction) db.exec("ROLLBACK");
      keepIdle(file, db);
    } else {
      closeQuietly(db);
    }
  }
}

/** Does `work` in one transaction that takes the write lock at once: all of it is kept, or nothing. */
export async function inTransaction<T>(session: Session, work: () => T | Promise<T>): Promise<T> {
  const { db } = session;
  await unlocked(session, () => db.exec("BEGIN IMMEDIATE"));
  const done = await work();
  try {
    await unlocked(session, () => db.exec("COMMIT"));
  } catch (error) {
    throw sqliteFailure(error, session.target.file, "keeping the changes"); // a deferred foreign key, a full disk
  }
  return done;
}

/**
 * Calls `action` again while another connection holds the lock. Only for what changes nothing when it is refused.
 * @throws CaudalError SQLITE_LOCKED
 */
export async function unlocked<T>(session: Session, action: () => T): Promise<T> {
  const { file, signal, lockWaitMs = LOCK_WAIT_MS } = session.target;
  let waitedMs = 0;
  for (let pauseMs = PAUSE_MS_FIRST; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
    try {
      return action();
    } catch (error) {
      if (!isLocked(error)) throw error;
      if (waitedMs >= lockWaitMs) throw new CaudalError("SQLITE_LOCKED", { file, waitedMs }, { cause: error });
    }
    await pause(pauseMs, undefined, signal === undefined ? {} : { signal });
    waitedMs += pauseMs;
  }
}
