/**
 * The store of scripts that keep nothing, and the reference for every other adapter: obvious before fast.
 *
 * Bounded: of finished runs only the newest `finishedRunsMax` are kept, and expired cache entries are dropped as
 * new ones come; an unfinished run is never dropped.
 */
import { CaudalError } from "../base/errors.ts";
import type { Instant } from "../base/time.ts";
import type {
  Batch,
  CacheClaim,
  CacheEntry,
  CacheRequest,
  Cursor,
  LogRow,
  NewRun,
  RunRow,
  Store,
  TaskRunRow,
  TickClaim,
} from "../ports/store.ts";
import { isFinishedType } from "../state/task-state.ts";

interface KeptRun {
  row: RunRow;
  readonly taskRuns: (TaskRunRow | undefined)[];
  readonly logs: Map<number, LogRow[]>;
}

export interface MemoryStoreOptions {
  /** How many finished runs are remembered; 0 or more, default 50. */
  readonly finishedRunsMax?: number | undefined;
}

/** Below it expired entries may stay. */
const CACHE_WALK_SIZE_MIN = 1_000;

class MemoryStore implements Store {
  readonly name = "memory";
  readonly durable = false;
  readonly #runs = new Map<string, KeptRun>();
  readonly #byKey = new Map<string, string>();
  readonly #cache = new Map<string, CacheEntry>();
  /** The newest entry of each scope, without its value; stays when the entry has expired, to say so. */
  readonly #newest = new Map<string, Omit<CacheEntry, "value">>();
  readonly #claims = new Map<string, { readonly runId: string; readonly slot: number }>();
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #ticks = new Map<string, string>();
  readonly #finishedRunsMax: number;
  #cursor: Cursor = 0;
  #walkAtSize = CACHE_WALK_SIZE_MIN;
  #closed = false;

  constructor(options: MemoryStoreOptions) {
    this.#finishedRunsMax = options.finishedRunsMax ?? 50;
  }

  createRun(run: NewRun): { readonly created: boolean; readonly run: RunRow } {
    this.#open();
    const key = run.idempotencyKey === undefined ? undefined : JSON.stringify([run.flow, run.idempotencyKey]);
    const known = key === undefined ? undefined : this.#runs.get(this.#byKey.get(key) ?? "");
    if (known !== undefined) return { created: false, run: known.row };
    const row: RunRow = { ...run, state: { type: "Pending" }, epoch: 1, startedAt: undefined, endedAt: undefined };
    this.#runs.set(run.id, { row, taskRuns: [], logs: new Map() });
    if (key !== undefined) this.#byKey.set(key, run.id);
    return { created: true, run: row };
  }

  takeOver(runId: string): RunRow {
    const kept = this.#kept(runId);
    kept.row = { ...kept.row, epoch: kept.row.epoch + 1 };
    for (const [key, claim] of this.#claims) if (claim.runId === runId) this.#free(key);
    return kept.row;
  }

  commit(batch: Batch): Cursor {
    const kept = this.#kept(batch.runId);
    if (batch.epoch !== kept.row.epoch) {
      throw new CaudalError("STALE_EPOCH", { run: batch.runId, epoch: batch.epoch, current: kept.row.epoch });
    }
    for (const row of batch.taskRuns) kept.taskRuns[row.slot] = row;
    for (const row of batch.logs) {
      const rows = kept.logs.get(row.slot);
      if (rows === undefined) kept.logs.set(row.slot, [row]);
      else rows.push(row);
    }
    if (batch.cache.length > 0) this.#addEntries(batch);
    for (const key of batch.cacheFreed) this.#free(key);
    if (batch.flow !== undefined) this.#changeFlow(kept, batch);
    return ++this.#cursor;
  }

  #changeFlow(kept: KeptRun, batch: Batch): void {
    const state = batch.flow ?? kept.row.state;
    const startedAt = kept.row.startedAt ?? (state.type === "Running" ? batch.at : undefined);
    const ended = isFinishedType(state.type);
    kept.row = { ...kept.row, state, startedAt, endedAt: ended ? batch.at : undefined };
    if (ended) this.#forgetOldest();
  }

  #forgetOldest(): void {
    const finished = [...this.#runs.values()].filter((kept) => kept.row.endedAt !== undefined);
    for (const { row } of finished.slice(0, Math.max(0, finished.length - this.#finishedRunsMax))) {
      this.#runs.delete(row.id);
      if (row.idempotencyKey !== undefined) this.#byKey.delete(JSON.stringify([row.flow, row.idempotencyKey]));
    }
  }

  #addEntries(batch: Batch): void {
    for (const entry of batch.cache) {
      const { value: _, ...about } = entry;
      this.#cache.set(entry.key, entry);
      this.#newest.set(entry.scope, about);
      this.#free(entry.key);
    }
    this.#dropExpired(batch.at);
  }

  /** Ends a claim and lets those who wait for it ask again. */
  #free(key: string): void {
    this.#claims.delete(key);
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    for (const callback of waiting ?? []) callback();
  }

  /** Looks through the entries each time their number has doubled: ten thousand cost no ten thousand walks. */
  #dropExpired(at: Instant): void {
    if (this.#cache.size < this.#walkAtSize) return;
    for (const [key, entry] of this.#cache)
      if (entry.expiresAt !== undefined && entry.expiresAt <= at) this.#cache.delete(key);
    this.#walkAtSize = Math.max(CACHE_WALK_SIZE_MIN, 2 * this.#cache.size);
  }

  readRun(runId: string): RunRow | undefined {
    this.#open();
    return this.#runs.get(runId)?.row;
  }

  listRuns(filter: { readonly flow?: string | undefined; readonly limit: number }): readonly RunRow[] {
    this.#open();
    const rows = [...this.#runs.values()].map((kept) => kept.row).reverse();
    return rows.filter((row) => filter.flow === undefined || row.flow === filter.flow).slice(0, filter.limit);
  }

  readTaskRuns(runId: string): readonly TaskRunRow[] {
    return this.#kept(runId).taskRuns.filter((row) => row !== undefined);
  }

  readLogs(runId: string, slot: number): readonly LogRow[] {
    return [...(this.#kept(runId).logs.get(slot) ?? [])];
  }

  claimCache({ key, scope, runId, slot, at }: CacheRequest): CacheClaim {
    this.#open();
    const entry = this.#cache.get(key);
    if (entry !== undefined && (entry.expiresAt === undefined || entry.expiresAt > at)) return { kind: "hit", entry };
    const held = this.#claims.get(key);
    if (held !== undefined && (held.runId !== runId || held.slot !== slot)) return { kind: "held", runId: held.runId };
    this.#claims.set(key, { runId, slot });
    return { kind: "claimed", last: this.#newest.get(scope) };
  }

  whenCacheFree(key: string, callback: () => void): () => void {
    const waiting = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, waiting);
    waiting.add(callback);
    return () => waiting.delete(callback);
  }

  claimTick(tick: {
    readonly schedule: string;
    readonly clock: number;
    readonly at: Instant;
    readonly runId: string;
  }): TickClaim {
    this.#open();
    const key = JSON.stringify([tick.schedule, tick.clock, tick.at]);
    const runId = this.#ticks.get(key);
    if (runId !== undefined) return { claimed: false, runId };
    this.#ticks.set(key, tick.runId);
    return { claimed: true };
  }

  close(): void {
    this.#closed = true;
  }

  #open(): void {
    if (this.#closed) throw new CaudalError("STORE_CLOSED", undefined);
  }

  #kept(runId: string): KeptRun {
    this.#open();
    const kept = this.#runs.get(runId);
    if (kept === undefined) throw new CaudalError("RUN_UNKNOWN", { run: runId });
    return kept;
  }
}

export function memoryStore(options: MemoryStoreOptions = {}): Store {
  return new MemoryStore(options);
}
