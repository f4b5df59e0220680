/**
 * The processes that have runs of a store, and which of them keeps house: the keeper alone moves the log into the
 * file. When it is gone the next one takes its place.
 */
import type { Instant } from "../../base/time.ts";
import type { Ownership } from "../../ports/store.ts";
import { CHECKPOINT_PAGES, type Database } from "./database.ts";
import { isAlive, type ProcessIdentity, thisProcess } from "./process.ts";

/** Beside a live process of the same host a lease means nothing; elsewhere it is all there is. */
export const LEASE_MS = 90_000;
const RENEW_MS = 30_000;
/** Commits between two looks at whether the keeper is still there. */
const LOOK_EVERY = 512;

const ADD = `INSERT INTO process (host, boot, pid, started, opened_at, lease_until) VALUES (?, ?, ?, ?, ?, ?) RETURNING process_no`;
const OURS = `SELECT 1 AS there FROM process WHERE process_no = ? AND host = ? AND boot = ? AND pid = ? AND started = ?`;
const KEEPER = `SELECT process.* FROM lease JOIN process USING (process_no) WHERE name = 'keeper'`;
const OTHERS = `SELECT * FROM process WHERE process_no NOT IN (SELECT process_no FROM run WHERE process_no IS NOT NULL)
  AND process_no NOT IN (SELECT process_no FROM lease) AND process_no <> ?`;

export interface ProcessTableOptions {
  /** The time, ms since 1970. Default: the real one. */
  readonly now?: (() => Instant) | undefined;
  /** Which process this is, and who else lives: tests play several. Default: what the system says. */
  readonly process?: ProcessIdentity | undefined;
  readonly isAlive?: typeof isAlive | undefined;
}

export class ProcessTable {
  readonly #db: Database;
  readonly #now: () => Instant;
  #own: number | undefined;
  #keeps = false;
  #commits = 0;
  #renewal: NodeJS.Timeout | undefined;

  readonly #identity: ProcessIdentity;
  readonly #isAlive: typeof isAlive;

  constructor(db: Database, options: ProcessTableOptions) {
    this.#db = db;
    this.#now = options.now ?? Date.now;
    this.#identity = options.process ?? thisProcess();
    this.#isAlive = options.isAlive ?? isAlive;
  }

  /** This process's number; undefined while it has written nothing. */
  get known(): number | undefined {
    return this.#own;
  }

  /** It keeps house for the store. */
  get keeps(): boolean {
    return this.#keeps;
  }

  /** Inside a transaction: makes this process known with the first thing that is its. */
  own(): number {
    if (this.#own !== undefined && this.#isOurs(this.#own)) return this.#own;
    const { host, boot, pid, started } = this.#identity;
    const now = this.#now();
    const row = this.#db.get(ADD, host, boot, pid, started, now, now + LEASE_MS);
    this.#own = Number(row?.["process_no"]);
    this.#becomeKeeper();
    this.#renewal ??= setInterval(() => this.#renew(), RENEW_MS).unref();
    return this.#own;
  }

  /**
   * The transaction it was added in may have been undone; and the number of a process that was taken for dead is given
   * to another, of which one that goes on after all knows nothing.
   */
  #isOurs(processNo: number): boolean {
    const { host, boot, pid, started } = this.#identity;
    return this.#db.get(OURS, processNo, host, boot, pid, started) !== undefined;
  }

  isAlive(process: ProcessIdentity & { readonly leaseUntil: number }): boolean {
    return this.#isAlive(process, process.leaseUntil, this.#now());
  }

  isAliveNo(processNo: number): boolean {
    if (processNo === this.#own && this.#isOurs(processNo)) return true;
    const row = this.#db.get("SELECT * FROM process WHERE process_no = ?", processNo);
    return row !== undefined && this.isAlive(identityOf(row));
  }

  ownershipOf(processNo: number | undefined): Ownership {
    if (processNo === undefined) return "none";
    if (processNo === this.#own && this.#isOurs(processNo)) return "here";
    return this.isAliveNo(processNo) ? "alive" : "gone";
  }

  /** Inside a transaction. */
  #becomeKeeper(): void {
    if (this.#keeps || this.#own === undefined) return;
    const keeper = this.#db.get(KEEPER);
    if (keeper !== undefined && Number(keeper["process_no"]) !== this.#own && this.isAlive(identityOf(keeper))) return;
    this.#db.run("INSERT OR REPLACE INTO lease (name, process_no) VALUES ('keeper', ?)", this.#own);
    this.#keeps = true;
    this.#forgetOthers();
    queueMicrotask(() => this.#checkpointsItself()); // no pragma of that kind inside a transaction
  }

  #checkpointsItself(): void {
    try {
      this.#db.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    } catch {
      // Closed meanwhile: the next process keeps house.
    }
  }

  /** Dead processes that have nothing any more. */
  #forgetOthers(): void {
    for (const row of this.#db.all(OTHERS, this.#own ?? 0)) {
      if (this.isAlive(identityOf(row))) continue;
      this.#forget(Number(row["process_no"]));
    }
  }

  /** With all it has claimed: its number is given to another. */
  #forget(processNo: number): void {
    this.#db.run("UPDATE untold SET process_no = NULL WHERE process_no = ?", processNo); // still to be told, by anybody
    for (const table of ["cache_claim", "place", "lease", "process"])
      this.#db.run(`DELETE FROM ${table} WHERE process_no = ?`, processNo);
  }

  committed(): void {
    if (this.#keeps || ++this.#commits % LOOK_EVERY !== 0) return;
    this.#db.quickTransaction(() => this.#becomeKeeper());
  }

  #renew(): void {
    try {
      const until = this.#now() + LEASE_MS;
      this.#db.quickTransaction(() =>
        this.#db.run("UPDATE process SET lease_until = ? WHERE process_no = ?", until, this.#own ?? 0),
      );
    } catch {
      // The store is busy or full: the next renewal comes in time.
    }
  }

  close(): void {
    clearInterval(this.#renewal);
    if (this.#own === undefined) return;
    const own = this.#own;
    try {
      this.#db.quickTransaction(() => this.#forget(own));
    } catch {
      // It is found dead instead.
    }
  }
}

function identityOf(row: Readonly<Record<string, unknown>>): ProcessIdentity & { readonly leaseUntil: number } {
  return {
    host: String(row["host"]),
    boot: String(row["boot"]),
    pid: Number(row["pid"]),
    started: String(row["started"]),
    leaseUntil: Number(row["lease_until"]),
  };
}
