/**
 * The store of scripts that keep nothing, and the reference for every other adapter: obvious before fast.
 *
 * What is kept lives on a `MemoryDisk`; a store is one process's view of it, so that tests and the simulator can let
 * processes come, die and take over from each other within one real process.
 *
 * Bounded: of finished runs only the newest `finishedRunsMax` are kept, and expired cache entries are dropped as
 * new ones come; an unfinished run is never dropped.
 */
import { CaudalError } from "../base/errors.ts";
import type { Instant } from "../base/time.ts";
import type {
  Batch,
  CacheClaim,
  CacheListing,
  CacheRequest,
  Cursor,
  FlowVersion,
  GivenRows,
  HistoryRow,
  LogRow,
  NewRequest,
  NewRun,
  NewVersion,
  OnceKey,
  Ownership,
  Place,
  Request,
  RunFilter,
  RunRow,
  Store,
  TakeOver,
  TaskRunRow,
  Tick,
} from "../ports/store.ts";
import { isFinishedType } from "../state/task-state.ts";
import { filteredRuns } from "./filtered-runs.ts";
import { batchOfGiven } from "./given-batch.ts";
import { checkKeepable } from "./keepable.ts";
import { type KeptRun, newKeptRun } from "./kept-run.ts";
import { CACHE_WALK_SIZE_MIN, MemoryDisk, type Places } from "./memory-disk.ts";
import { isUntold, takeToTell } from "./memory-told.ts";
import { PLACE_ASK_MS } from "./place-wait.ts";
import { withoutResult } from "./without-result.ts";

export { MemoryDisk };

export interface MemoryStoreOptions {
  /** How many finished runs are remembered; 0 or more, default 50. */
  readonly finishedRunsMax?: number | undefined;
}

class MemoryStore implements Store {
  readonly name = "memory";
  readonly durable = false;
  readonly folder = undefined;
  readonly keepsHistory: boolean;
  readonly shared: boolean;
  readonly #disk: MemoryDisk;
  readonly #process: string;
  readonly #finishedRunsMax: number;
  #closed = false;

  constructor(disk: MemoryDisk, process: string, keepsHistory: boolean, finishedRunsMax: number) {
    this.#disk = disk;
    this.#process = process;
    this.keepsHistory = keepsHistory;
    this.shared = keepsHistory; // what one process has for itself needs neither
    this.#finishedRunsMax = finishedRunsMax;
    disk.alive.add(process);
  }

  createRun(
    run: NewRun,
    version: () => FlowVersion,
    tick?: Tick,
    given?: GivenRows,
  ): { readonly created: boolean; readonly run: RunRow } {
    this.#open();
    const { runs, byKey, ticks } = this.#disk;
    const key = run.idempotencyKey === undefined ? undefined : JSON.stringify([run.flow, run.idempotencyKey]);
    const tickKey = tick && JSON.stringify([tick.schedule, tick.clock, tick.at]);
    const known = runs.get((key && byKey.get(key)) ?? (tickKey && ticks.get(tickKey)) ?? "");
    if (known !== undefined) return { created: false, run: this.#shown(known) };
    if (tickKey !== undefined) ticks.set(tickKey, run.id);
    this.#keepVersion(run.flow, run.fingerprint, version);
    const kept = newKeptRun(run, this.#disk.cursor, this.#process);
    runs.set(run.id, kept);
    if (given !== undefined) this.commit(batchOfGiven(run, given));
    if (key !== undefined) byKey.set(key, run.id);
    return { created: true, run: this.#shown(kept) };
  }

  #keepVersion(flow: string, fingerprint: string, version: () => FlowVersion): void {
    if (!this.keepsHistory) return; // nobody comes back to a run that is kept in memory only
    const key = JSON.stringify([flow, fingerprint]);
    if (!this.#disk.versions.has(key)) this.#disk.versions.set(key, version);
  }

  takeOver(runId: string, at: Instant, { reopen, tell }: TakeOver = {}): RunRow {
    const disk = this.#disk;
    const kept = this.#kept(runId);
    if (tell === true) {
      takeToTell(kept, disk, this.#process);
      return this.#shown(kept);
    }
    const ownership = this.#ownershipOf(kept);
    if (ownership === "alive" || ownership === "here")
      throw new CaudalError("RUN_OWNED", { run: runId, owner: kept.owner ?? "this process" });
    const { row } = kept;
    const ended = isFinishedType(row.state.type);
    if (ended && reopen !== true) throw new CaudalError("RUN_OVER", { run: runId, state: row.state.type });
    row.activeMs = ended ? 0 : row.activeMs + activeSince(row);
    row.epoch = row.epoch + 1;
    row.ownedAt = row.changedAt = at;
    if (ended) {
      row.state = { type: "Running", attempt: 1 };
      row.endedAt = undefined;
      kept.requests = [];
    }
    kept.owner = this.#process;
    kept.teller = undefined; // of what nobody was told the history says
    disk.freeAllOf(runId);
    this.#tellOthers();
    return this.#shown(kept);
  }

  commit(batch: Batch): Cursor {
    const kept = this.#owned(batch.runId, batch.epoch);
    const disk = this.#disk;
    const cursor = ++disk.cursor;
    for (const slot of batch.removed) kept.taskRuns[slot] = undefined;
    for (const row of batch.taskRuns) kept.taskRuns[row.slot] = row.value === "kept" ? row : withoutResult(row);
    for (const row of batch.logs) kept.logs.push(row);
    if (this.keepsHistory) kept.history.push(historyRow(batch, cursor));
    if (batch.cache.length > 0) this.#addEntries(batch);
    for (const key of batch.cacheFreed) disk.free(key);
    if (batch.answered.length > 0) kept.requests = kept.requests.filter(({ id }) => !batch.answered.includes(id));
    kept.row.changedAt = batch.at;
    kept.row.cursor = cursor;
    if (batch.version !== undefined) this.#changeVersion(kept, batch.version);
    if (batch.letsGo) kept.owner = kept.teller = undefined;
    if (batch.flow !== undefined) this.#changeFlow(kept, batch);
    if (kept.owner === undefined) disk.freeAllOf(batch.runId);
    if (batch.letsGo || batch.flow !== undefined) this.#tellOthers();
    return cursor;
  }

  #changeVersion(kept: KeptRun, { fingerprint, make }: NewVersion): void {
    this.#keepVersion(kept.row.flow, fingerprint, make);
    kept.row.fingerprint = fingerprint;
  }

  #changeFlow(kept: KeptRun, batch: Batch): void {
    const { row } = kept;
    row.state = batch.flow ?? row.state;
    row.startedAt ??= row.state.type === "Running" ? batch.at : undefined;
    const ended = isFinishedType(row.state.type);
    row.endedAt = ended ? batch.at : undefined;
    if (!ended) return;
    kept.teller = typeof batch.untoldAfter === "number" && !batch.letsGo ? this.#process : undefined;
    kept.owner = undefined;
    this.#forgetOldest();
  }

  #forgetOldest(): void {
    const { runs, byKey, ticks } = this.#disk;
    const finished = [...runs.values()].filter((kept) => kept.row.endedAt !== undefined);
    for (const { row } of finished.slice(0, Math.max(0, finished.length - this.#finishedRunsMax))) {
      runs.delete(row.id);
      for (const [tick, id] of ticks) if (id === row.id) ticks.delete(tick);
      if (row.idempotencyKey !== undefined) byKey.delete(JSON.stringify([row.flow, row.idempotencyKey]));
    }
  }

  #addEntries(batch: Batch): void {
    const { cache, newest } = this.#disk;
    for (const entry of batch.cache) {
      const { value: _, ...about } = entry;
      cache.set(entry.key, entry);
      newest.set(entry.scope, about);
      this.#disk.free(entry.key);
    }
    this.#dropExpired(batch.at);
  }

  /** Looks through the entries each time their number has doubled: ten thousand cost no ten thousand walks. */
  #dropExpired(at: Instant): void {
    const { cache } = this.#disk;
    if (cache.size < this.#disk.cacheWalkAtSize) return;
    for (const [key, entry] of cache) if (entry.expiresAt !== undefined && entry.expiresAt <= at) cache.delete(key);
    this.#disk.cacheWalkAtSize = Math.max(CACHE_WALK_SIZE_MIN, 2 * cache.size);
  }

  readRun(runId: string): RunRow | undefined {
    this.#open();
    const kept = this.#disk.runs.get(runId);
    return kept && this.#shown(kept);
  }

  listRuns(filter: RunFilter): readonly RunRow[] {
    this.#open();
    const all = [...this.#disk.runs.values()].filter(
      (kept) => filter.untold !== true || isUntold(kept, this.#disk, this.#process),
    );
    const rows = all.map((kept) => this.#shown(kept)).reverse();
    return filteredRuns(rows, filter);
  }

  readVersion(flow: string, fingerprint: string): FlowVersion | undefined {
    this.#open();
    const { versions } = this.#disk;
    const key = JSON.stringify([flow, fingerprint]);
    const version = versions.get(key)?.();
    if (version !== undefined) versions.set(key, () => version);
    return version;
  }

  readTaskRuns(runId: string): readonly TaskRunRow[] {
    return this.#kept(runId).taskRuns.filter((row) => row !== undefined);
  }

  readHistory(runId: string): readonly HistoryRow[] {
    return [...this.#kept(runId).history];
  }

  readLogs(runId: string, slot?: number, skip = 0): readonly LogRow[] {
    return this.#kept(runId)
      .logs.filter((row) => slot === undefined || row.slot === slot)
      .slice(skip);
  }

  keep(value: unknown): void {
    checkKeepable(value);
  }

  readOnce({ runId, scope, name }: OnceKey): { readonly value: unknown } | undefined {
    const { once } = this.#kept(runId);
    const key = JSON.stringify([scope, name]);
    return once.has(key) ? { value: once.get(key) } : undefined;
  }

  keepOnce({ runId, epoch, scope, name }: OnceKey, value: unknown): void {
    const kept = this.#owned(runId, epoch, true);
    this.keep(value);
    kept.once.set(JSON.stringify([scope, name]), value);
  }

  claimCache({ key, scope, runId, epoch, slot, at }: CacheRequest): CacheClaim {
    this.#open();
    const { cache, claims, newest } = this.#disk;
    const entry = cache.get(key);
    if (entry !== undefined && (entry.expiresAt === undefined || entry.expiresAt > at)) return { kind: "hit", entry };
    this.#owned(runId, epoch); // else the claim would be nobody's to give up
    const held = claims.get(key);
    if (held !== undefined && (held.runId !== runId || held.slot !== slot))
      return { kind: "held", runId: held.runId, slot: held.slot };
    claims.set(key, { runId, slot, process: this.#process });
    return { kind: "claimed", last: newest.get(scope) };
  }

  listCache({
    scope,
    limit,
  }: {
    readonly scope?: string | undefined;
    readonly limit: number;
  }): readonly CacheListing[] {
    this.#open();
    return [...this.#disk.cache.values()]
      .filter((entry) => scope === undefined || entry.scope === scope)
      .sort((a, b) => b.storedAt - a.storedAt)
      .slice(0, limit)
      .map(({ value: _, ...about }) => ({ ...about, bytes: undefined }));
  }

  clearCache(scope?: string): number {
    this.#open();
    const { cache, newest } = this.#disk;
    const gone = [...cache.values()].filter((entry) => scope === undefined || entry.scope === scope);
    for (const entry of gone) {
      cache.delete(entry.key);
      newest.delete(entry.scope);
    }
    return gone.length;
  }

  whenCacheFree(key: string, callback: () => void): () => void {
    const { waiting } = this.#disk;
    const callbacks = waiting.get(key) ?? new Set();
    waiting.set(key, callbacks);
    callbacks.add(callback);
    return () => callbacks.delete(callback);
  }

  claimPlaces(places: readonly Place[], since: Instant, at: Instant): string | undefined {
    this.#open();
    const full = places.find(({ name, max }) => this.#isFull(name, max, since, at));
    if (full !== undefined) {
      const own = this.#placesOf(full.name);
      own.waitingSince = since; // who waited before it may have left without a word
      own.askedAt = at;
      return full.name;
    }
    for (const { name } of places) {
      const own = this.#placesOf(name);
      own.held++;
      own.waitingSince = undefined;
    }
    return undefined;
  }

  #isFull(name: string, max: number, since: Instant, at: Instant): boolean {
    let taken = 0;
    for (const [process, { held, waitingSince, askedAt }] of this.#disk.places.get(name) ?? []) {
      const goesBefore = process !== this.#process && waitingSince !== undefined && waitingSince < since;
      taken += held + (goesBefore && askedAt > at - PLACE_ASK_MS ? 1 : 0);
    }
    return taken >= max;
  }

  #placesOf(name: string): Places {
    const { places } = this.#disk;
    let holders = places.get(name);
    if (holders === undefined) places.set(name, (holders = new Map()));
    let own = holders.get(this.#process);
    if (own === undefined) holders.set(this.#process, (own = { held: 0, waitingSince: undefined, askedAt: 0 }));
    return own;
  }

  releasePlaces(names: readonly string[]): void {
    if (this.#closed) return; // they went with it
    for (const name of names) {
      const own = this.#placesOf(name);
      if (own.held > 0) own.held--; // else it was taken for dead meanwhile, and others have them
    }
    for (const name of names) this.#disk.placeFreed(name);
  }

  whenPlaceFree(name: string, callback: () => void): () => void {
    const { waitingForPlace } = this.#disk;
    const callbacks = waitingForPlace.get(name) ?? new Set();
    waitingForPlace.set(name, callbacks);
    callbacks.add(callback);
    return () => callbacks.delete(callback);
  }

  post(request: NewRequest): Request {
    const kept = this.#kept(request.runId);
    const posted = { id: ++this.#disk.requests, ...request };
    kept.requests.push(posted);
    this.#tellOthers();
    return posted;
  }

  requestsOf(runId: string): readonly Request[] {
    return [...this.#kept(runId).requests];
  }

  watch(callback: () => void): () => void {
    this.#open();
    const { watchers } = this.#disk;
    watchers.set(callback, this.#process);
    return () => watchers.delete(callback);
  }

  /** One's own changes are no news. */
  #tellOthers(): void {
    for (const [callback, process] of this.#disk.watchers) if (process !== this.#process) callback();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const kept of this.#disk.runs.values()) if (kept.owner === this.#process) kept.owner = undefined;
    this.#disk.kill(this.#process);
  }

  #ownershipOf({ owner }: KeptRun): Ownership {
    if (owner === undefined) return "none";
    if (owner === this.#process) return "here";
    return this.#disk.alive.has(owner) ? "alive" : "gone";
  }

  #shown(kept: KeptRun): RunRow {
    return { ...kept.row, ownership: this.#ownershipOf(kept), owner: kept.owner };
  }

  #open(): void {
    if (this.#closed) throw new CaudalError("STORE_CLOSED", undefined);
  }

  #kept(runId: string): KeptRun {
    this.#open();
    const kept = this.#disk.runs.get(runId);
    if (kept === undefined) throw new CaudalError("RUN_UNKNOWN", { run: runId });
    return kept;
  }

  /** `orWas`: also by an owner that has let it go, as long as there is no other. */
  #owned(runId: string, epoch: number, orWas = false): KeptRun {
    const kept = this.#kept(runId);
    const current = kept.row.epoch;
    if (epoch === current && kept.teller === this.#process) return kept; // it has ended, and its listeners are being told
    if (epoch !== current || (kept.owner !== this.#process && !orWas))
      throw new CaudalError("STALE_EPOCH", { run: runId, epoch, current });
    return kept;
  }
}

function historyRow({ at, epoch, path, flow, untoldAfter: after }: Batch, cursor: Cursor): HistoryRow {
  const state = flow && { type: flow.type, reason: flow.reason?.code };
  return { cursor, at, epoch, path, flow: state, untoldAfter: after === "itself" ? cursor : after };
}

/** How long it was Running under its last owner. */
function activeSince({ startedAt, changedAt, ownedAt }: KeptRun["row"]): number {
  return startedAt === undefined ? 0 : changedAt - Math.max(ownedAt, startedAt);
}

/** A store of its own, which forgets with its process; it keeps no history. */
export function memoryStore(options: MemoryStoreOptions = {}): Store {
  return new MemoryStore(new MemoryDisk(), "this process", false, options.finishedRunsMax ?? 50);
}

/** What one of several processes sees of a disk they share, history and all: for tests and the simulator. */
export function memoryStoreOn(disk: MemoryDisk, process: string, options: MemoryStoreOptions = {}): Store {
  return new MemoryStore(disk, process, true, options.finishedRunsMax ?? Number.POSITIVE_INFINITY);
}
