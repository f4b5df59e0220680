/**
 * What the keeper of a store takes away: finished runs that are too old or too many, what nothing needs any more, and
 * files that no row names. A thousand rows at a time, so that nobody waits long for the lock; what is half done stands
 * in the table `pruning`, and whoever keeps house next goes on with it.
 *
 * Never taken: a run that has not ended; the newest ten runs of each flow; a cache entry that has not expired; a
 * version of a flow that a run names.
 */
import type { Instant } from "../../base/time.ts";
import type { BlobFolder } from "../blobs.ts";
import type { Database } from "./database.ts";
import type { Retention } from "./retention.ts";

const DAY_MS = 86_400_000;

const ROWS_PER_STEP = 1_000;
const FILES_PER_STEP = 100;
const PAGES_PER_STEP = 256;
const RUNS_OF_FLOW_MIN = 10;
const TICK_AGE_MS = 366 * DAY_MS;
/** How long the newest entry of a scope stays when it has expired, to explain a miss. */
const EXPLANATION_MS = 30 * DAY_MS;
/** A file that no row names may be about to be named: it was put first. */
const ORPHAN_MS = DAY_MS;

/** Of its last commit the cursor is read, so the run with the last commit of all stays. */
const IS_FREE = `ended_at IS NOT NULL AND last_cursor < (SELECT max(cursor) FROM history)
  AND (SELECT count(*) FROM (SELECT 1 FROM run AS newer WHERE newer.flow = run.flow AND newer.run_no > run.run_no LIMIT ${RUNS_OF_FLOW_MIN})) >= ${RUNS_OF_FLOW_MIN}`;
const TOO_OLD = `SELECT run_no FROM run WHERE ended_at < ? AND ${IS_FREE} ORDER BY ended_at LIMIT 1`;
const TOO_MANY = `SELECT run_no FROM run
  WHERE run_no <= (SELECT run_no FROM run ORDER BY run_no DESC LIMIT 1 OFFSET ?) AND ${IS_FREE} ORDER BY run_no LIMIT 1`;
const CONDEMN =
  "INSERT INTO pruning (run_no, first_cursor, last_cursor) SELECT run_no, first_cursor, last_cursor FROM run WHERE run_no = ?";
/** Statements of what a run leaves behind, each for at most so many rows. */
const LEFT = [
  some("task_run", "run_no, slot", "run_no = ?"),
  some("log", "run_no, line", "run_no = ?"),
  some("once", "run_no, scope, name", "run_no = ?"),
  some("request", "request_no", "run_no = ?"),
];
const LEFT_HISTORY = some("history", "cursor", "run_no = ? AND cursor BETWEEN ? AND ?");
const EXPIRED = some(
  "cache",
  "key",
  `expires_at <= ? AND (expires_at <= ? OR EXISTS (
    SELECT 1 FROM cache AS newer WHERE newer.scope = cache.scope AND newer.stored_at > cache.stored_at))`,
);
const ANSWERED = some("request", "request_no", "answered = 1 AND at < ?");
const OLD_TICKS = some("tick", "schedule, clock, at", "at < ?");
/** A flow as no run knows it any more. */
const UNNAMED_VERSIONS = some(
  "flow_version",
  "version_no",
  "NOT EXISTS (SELECT 1 FROM run WHERE run.version_no = flow_version.version_no)",
);
const IS_NAMED = `SELECT EXISTS (SELECT 1 FROM task_run WHERE value_kind = 2 AND value = ?1)
  OR EXISTS (SELECT 1 FROM run WHERE state_kind = 2 AND state_value = ?1)
  OR EXISTS (SELECT 1 FROM cache WHERE value_kind = 2 AND value = ?1)
  OR EXISTS (SELECT 1 FROM once WHERE value_kind = 2 AND value = ?1) AS named`;

/** Deletes at most so many of the rows that are meant. */
function some(table: string, key: string, where: string): string {
  return `DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table} WHERE ${where} LIMIT ?)`;
}

export class Housekeeper {
  readonly #db: Database;
  readonly #blobs: () => BlobFolder;
  readonly #retention: Retention;
  readonly #now: () => Instant;
  #sweep: Iterator<{ readonly address: string; readonly putAt: number }> | undefined;
  #sweptAt = Number.NEGATIVE_INFINITY;
  /** Since versions of flows were looked at; also what another process pruned before this one. */
  #hasPruned = true;

  constructor(db: Database, blobs: () => BlobFolder, retention: Retention, now: () => Instant) {
    this.#db = db;
    this.#blobs = blobs;
    this.#retention = retention;
    this.#now = now;
  }

  /** One piece of work; how much it was, 0 when there is nothing to do. @throws CaudalError as any write */
  step(): number {
    const now = this.#now();
    const rows = this.#db.quickTransaction(() => this.#prune(now) || this.#takeExpired(now));
    if (rows > 0) return rows;
    return this.#givePagesBack() || this.#sweepFiles(now);
  }

  /** Inside a transaction. */
  #prune(now: Instant): number {
    const begun = this.#db.get("SELECT * FROM pruning LIMIT 1");
    if (begun !== undefined)
      return this.#takeRest(Number(begun["run_no"]), Number(begun["first_cursor"]), Number(begun["last_cursor"]));
    const { ageMs, runs } = this.#retention;
    const victim = this.#db.get(TOO_OLD, now - ageMs) ?? this.#db.get(TOO_MANY, runs);
    if (victim === undefined) return 0;
    const runNo = Number(victim["run_no"]);
    this.#db.run(CONDEMN, runNo);
    // First of all its own row: nobody sees half a run.
    this.#hasPruned = true;
    this.#db.run("DELETE FROM untold WHERE run_no = ?", runNo);
    return this.#db.run("DELETE FROM run WHERE run_no = ?", runNo);
  }

  #takeRest(runNo: number, first: number, last: number): number {
    let left = ROWS_PER_STEP;
    for (const sql of LEFT) if (left > 0) left -= this.#db.run(sql, runNo, left);
    if (left > 0) left -= this.#db.run(LEFT_HISTORY, runNo, first, last, left);
    if (left > 0) left -= this.#db.run("DELETE FROM pruning WHERE run_no = ?", runNo);
    return ROWS_PER_STEP - left;
  }

  #takeExpired(now: Instant): number {
    return (
      this.#takeVersions() ||
      this.#db.run(EXPIRED, now, now - EXPLANATION_MS, ROWS_PER_STEP) ||
      this.#db.run(ANSWERED, now - EXPLANATION_MS, ROWS_PER_STEP) ||
      this.#db.run(OLD_TICKS, now - TICK_AGE_MS, ROWS_PER_STEP)
    );
  }

  /** Only where a run has gone is there one that nothing names. */
  #takeVersions(): number {
    if (!this.#hasPruned) return 0;
    const taken = this.#db.run(UNNAMED_VERSIONS, ROWS_PER_STEP);
    this.#hasPruned = taken > 0;
    return taken;
  }

  /** Room in the file goes back to the disk. */
  #givePagesBack(): number {
    const free = () => Number(this.#db.get("PRAGMA freelist_count")?.["freelist_count"]);
    const before = free();
    // A few free pages are used again soon.
    if (before < PAGES_PER_STEP) return 0;
    this.#db.read(() => this.#db.exec(`PRAGMA incremental_vacuum(${PAGES_PER_STEP})`));
    return Math.max(0, before - free());
  }

  /** Files that a crash or a pruned run left, once a day. */
  #sweepFiles(now: Instant): number {
    if (this.#sweep === undefined) {
      if (now - this.#sweptAt < DAY_MS) return 0;
      this.#sweptAt = now;
      this.#blobs().removeTorn(now - ORPHAN_MS);
      this.#sweep = this.#blobs().list();
    }
    const old: string[] = [];
    let looked = 0;
    for (; looked < FILES_PER_STEP; looked++) {
      const { value, done } = this.#sweep.next();
      if (done === true) {
        this.#sweep = undefined;
        break;
      }
      if (value.putAt < now - ORPHAN_MS) old.push(value.address);
    }
    this.#removeUnnamed(old);
    return this.#sweep === undefined ? old.length : looked;
  }

  /** Seen and removed in one transaction: who commits a row that names one looks in its own whether it is there. */
  #removeUnnamed(addresses: readonly string[]): void {
    if (addresses.length === 0) return;
    this.#db.quickTransaction(() => {
      for (const address of addresses)
        if (Number(this.#db.get(IS_NAMED, address)?.["named"]) === 0) this.#blobs().remove(address);
    });
  }
}
