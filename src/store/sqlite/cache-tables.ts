/** The cache and who computes what of it: one computation per key, over all processes of the store. */
import type { Batch, CacheClaim, CacheEntry, CacheListing, CacheRequest } from "../../ports/store.ts";
import type { Database, Row } from "./database.ts";
import { storeFailure } from "./failure.ts";
import type { KeptValues } from "./kept-values.ts";
import type { ProcessTable } from "./process-table.ts";
import { rowSum } from "./row-sum.ts";
import { Waiters } from "./waiters.ts";
import type { Watch } from "./watch.ts";

const FRESH = "SELECT * FROM cache WHERE key = ? AND (expires_at IS NULL OR expires_at > ?)";
const NEWEST = "SELECT * FROM cache WHERE scope = ? ORDER BY stored_at DESC LIMIT 1";
const CLAIMED = "SELECT cache_claim.*, run.run_id FROM cache_claim JOIN run USING (run_no) WHERE key = ?";
const CLAIM = "INSERT OR REPLACE INTO cache_claim (key, run_no, slot, process_no) VALUES (?, ?, ?, ?)";
const LIST = "SELECT * FROM cache WHERE ?1 IS NULL OR scope = ?1 ORDER BY stored_at DESC, key LIMIT ?2";
const CLEAR = "DELETE FROM cache WHERE ?1 IS NULL OR scope = ?1";
const STORE = `INSERT OR REPLACE INTO cache (key, scope, version, value_kind, value, run_id, stored_at, expires_at, sum)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;

export class CacheTables {
  readonly #db: Database;
  readonly #values: KeptValues;
  readonly #processes: ProcessTable;
  readonly #waiting: Waiters;

  constructor(db: Database, values: KeptValues, processes: ProcessTable, watch: Watch) {
    this.#db = db;
    this.#values = values;
    this.#processes = processes;
    this.#waiting = new Waiters(watch);
  }

  /** @param checkOwner gives the run's number; throws where it was taken over or let go: its claim would be nobody's to give up */
  claim(request: CacheRequest, checkOwner: () => number): CacheClaim {
    const { key, scope, slot, at } = request;
    const fresh = this.#db.read(() => this.#fresh(key, at));
    if (fresh !== undefined) return { kind: "hit", entry: fresh };
    return this.#db.quickTransaction(() => {
      const stored = this.#fresh(key, at);
      if (stored !== undefined) return { kind: "hit", entry: stored };
      const runNo = checkOwner();
      const held = this.#db.get(CLAIMED, key);
      const isOwn = held !== undefined && Number(held["run_no"]) === runNo && Number(held["slot"]) === slot;
      if (held !== undefined && !isOwn && this.#processes.isAliveNo(Number(held["process_no"])))
        return { kind: "held", runId: String(held["run_id"]), slot: Number(held["slot"]) };
      this.#db.run(CLAIM, key, runNo, slot, this.#processes.own());
      const last = this.#db.get(NEWEST, scope);
      return { kind: "claimed", last: last === undefined ? undefined : aboutOf(last) };
    });
  }

  /** An entry that is damaged, or whose file is, is none: it is computed again, and replaced. */
  #fresh(key: string, at: number): CacheEntry | undefined {
    const row = this.#db.get(FRESH, key, at);
    if (row === undefined || !isWhole(row)) return undefined;
    try {
      return { ...aboutOf(row), value: this.#values.read(Number(row["value_kind"]), row["value"] as string | null) };
    } catch (error) {
      if (storeFailure(error, this.#db.file) !== error) throw error;
      return undefined;
    }
  }

  list(scope: string | undefined, limit: number): readonly CacheListing[] {
    return this.#db.all(LIST, scope ?? null, limit).map((row) => ({
      ...aboutOf(row),
      bytes: this.#values.bytes(Number(row["value_kind"]), row["value"] as string | null),
    }));
  }

  /** Inside a transaction. */
  clear(scope: string | undefined): number {
    return this.#db.run(CLEAR, scope ?? null);
  }

  /** Inside the commit of a batch. */
  write({ cache, cacheFreed }: Batch): void {
    for (const { key, scope, version, value, runId, storedAt, expiresAt } of cache) {
      const { kind, text } = this.#values.kept(value);
      const ends = expiresAt ?? null;
      const sum = rowSum(key, scope, version, kind, text, runId, storedAt, ends);
      this.#db.run(STORE, key, scope, version, kind, text, runId, storedAt, ends, sum);
      this.#db.run("DELETE FROM cache_claim WHERE key = ?", key);
    }
    for (const key of cacheFreed) this.#db.run("DELETE FROM cache_claim WHERE key = ?", key);
  }

  /** Inside a transaction: a run that is taken over claims nothing. */
  freeAllOf(runNo: number): void {
    this.#db.run("DELETE FROM cache_claim WHERE run_no = ?", runNo);
  }

  /** After the commit: those of this process that wait for its entries. Others notice by themselves. */
  wakeLocal({ cache, cacheFreed }: Batch): void {
    for (const key of [...cache.map((entry) => entry.key), ...cacheFreed]) this.#waiting.wake(key);
  }

  whenFree(key: string, callback: () => void): () => void {
    return this.#waiting.add(key, callback);
  }
}

const SUMMED = ["key", "scope", "version", "value_kind", "value", "run_id", "stored_at", "expires_at"];

function isWhole(row: Row): boolean {
  return rowSum(...SUMMED.map((name) => row[name] as string | number | null)) === row["sum"];
}

function aboutOf(row: Row): Omit<CacheEntry, "value"> {
  return {
    key: String(row["key"]),
    scope: String(row["scope"]),
    version: String(row["version"]),
    runId: String(row["run_id"]),
    storedAt: Number(row["stored_at"]),
    expiresAt: (row["expires_at"] as number | null) ?? undefined,
  };
}
