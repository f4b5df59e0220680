/**
 * The store as one simulated process has it: the real one behind it, answers that take their time, and every fault a
 * store call can meet. What was really applied is told to the checks, outside the world.
 */
import type {
  Batch,
  CacheClaim,
  CacheListing,
  CacheRequest,
  Cursor,
  FlowVersion,
  MaybePromise,
  NewRequest,
  NewRun,
  OnceKey,
  Place,
  Request,
  RunFilter,
  RunRow,
  Store,
  TakeOver,
  GivenRows,
  Tick,
} from "../src/ports/store.ts";
import type { SimProcess } from "./sim-process.ts";
import type { World } from "./world.ts";

const CLAIMS = new Set(["claimCache", "claimPlaces", "releasePlaces"]);

/** Of the real store: how often those who wait for others are called without a change. */
const ASK_MS = 1_000;
const ASKED_IDLE_MAX = 12;

const never = <T>() => new Promise<T>(() => undefined);

export class SimStore implements Store {
  readonly name = "simulated";
  readonly durable = true;
  readonly keepsHistory = true;
  readonly shared = true;
  readonly folder = undefined;
  readonly #world: World;
  readonly #process: SimProcess;
  readonly #inner: Store;
  /** How often it was asked to call when a place is free, since something happened. */
  #asked = 0;
  #askedAt = 0;

  readonly #isFile: boolean;

  constructor(world: World, process: SimProcess, inner: Store) {
    this.#isFile = world.scenario.store === "sqlite";
    this.#world = world;
    this.#process = process;
    this.#inner = inner;
  }

  #failure(code: "STORE_FAILED" | "STORE_FULL" | "STORE_BUSY"): Error {
    const { CaudalError } = this.#process.system;
    const details = { store: this.name, why: "simulated" };
    return new CaudalError(code, details);
  }

  /** One call: its fault, if it is one's turn, then its answer, at once or later. */
  #call<T>(what: string, apply: () => MaybePromise<T>): MaybePromise<T> {
    const world = this.#world;
    const process = this.#process;
    if (process.dead) return never();
    if (process.frozen) return this.#onceItGoesOn(what, apply);
    const fault = world.faultOfCall(process, what);
    if (fault === undefined) return this.#answer(what, apply);
    // What cannot be given back just now the store itself gives back later: to its caller this never fails.
    if (what === "releasePlaces" && !fault.kind.startsWith("crash")) return this.#answer(what, apply);
    world.say(() => `${process.name}: ${fault.kind} at ${what}`);
    switch (fault.kind) {
      case "crash-before":
        world.kill(process);
        return never();
      case "crash-after":
        void settled(apply);
        world.kill(process);
        return never();
      case "failed-after":
        // A claim of places takes no fsync, after which it could still fail.
        if (what !== "claimPlaces") void settled(apply);
        throw this.#failure("STORE_FAILED");
      case "failed-before":
        throw this.#failure("STORE_FAILED");
      case "full":
        throw this.#failure("STORE_FULL");
      case "busy":
        throw this.#failure("STORE_BUSY");
      default:
        return this.#answer(what, apply);
    }
  }

  /** It was stopped in the middle of a body: what it does next it does when it goes on. */
  #onceItGoesOn<T>(what: string, apply: () => MaybePromise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#process.parked.push(() => {
        try {
          resolve(this.#call(what, apply));
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  /** At once; or applied at once and answered later; or applied later. */
  #answer<T>(what: string, apply: () => MaybePromise<T>): MaybePromise<T> {
    const world = this.#world;
    const ms = world.storeDelay();
    if (ms === 0) return apply();
    const appliesLate = world.latency.chance(1, 2);
    const answer = appliesLate ? undefined : settled(apply);
    return new Promise<T>((resolve, reject) => {
      const deliver = (got: () => T) => {
        try {
          resolve(got());
        } catch (error) {
          reject(error);
        }
      };
      // Who asks for a place again and again makes nothing happen by that.
      const background = what === "claimPlaces";
      const applyLate = () => {
        if (this.#process.closed) return;
        const late = settled(apply);
        if (!this.#process.dead) world.later(0, this.#process, () => deliver(late), background);
      };
      if (answer !== undefined) world.later(ms, this.#process, () => deliver(answer), background);
      // What was sent is applied even if the sender is gone by then; a claim lives no longer than its process.
      else world.later(ms, CLAIMS.has(what) ? this.#process : undefined, applyLate, background);
    });
  }

  createRun(
    run: NewRun,
    version: () => FlowVersion,
    tick?: Tick,
    given?: GivenRows,
  ): MaybePromise<{ readonly created: boolean; readonly run: RunRow }> {
    return this.#call("createRun", () => {
      const answer = this.#inner.createRun(run, version, tick, given) as {
        readonly created: boolean;
        readonly run: RunRow;
      };
      if (tick !== undefined) this.#world.tookTick(this.#process, tick, answer.run.id, answer.created);
      this.#world.created(this.#process, answer.run, answer.created);
      return answer;
    });
  }

  takeOver(runId: string, at: number, how?: TakeOver): MaybePromise<RunRow> {
    return this.#call("takeOver", () => {
      const row = this.#inner.takeOver(runId, at, how) as RunRow;
      this.#world.tookOver(this.#process, row);
      return row;
    });
  }

  commit(batch: Batch): MaybePromise<Cursor> {
    this.#process.committing++;
    const answer = this.#call("commit", () => {
      const cursor = this.#inner.commit(batch) as Cursor;
      this.#world.committed(this.#process, batch);
      return cursor;
    });
    if (answer instanceof Promise)
      answer.then(
        () => this.#process.committing--,
        () => undefined,
      );
    else this.#process.committing--;
    return answer;
  }

  readRun(runId: string): MaybePromise<RunRow | undefined> {
    return this.#call("readRun", () => this.#inner.readRun(runId));
  }

  listRuns(filter: RunFilter) {
    return this.#call("listRuns", () => this.#inner.listRuns(filter));
  }

  readVersion(flow: string, fingerprint: string) {
    return this.#call("readVersion", () => this.#inner.readVersion(flow, fingerprint));
  }

  readTaskRuns(runId: string) {
    return this.#call("readTaskRuns", () => this.#inner.readTaskRuns(runId));
  }

  readHistory(runId: string) {
    return this.#call("readHistory", () => this.#inner.readHistory(runId));
  }

  readLogs(runId: string, slot?: number) {
    return this.#call("readLogs", () => this.#inner.readLogs(runId, slot));
  }

  keep(value: unknown): void {
    this.#inner.keep(value);
  }

  readOnce(key: OnceKey) {
    return this.#call("readOnce", () => this.#inner.readOnce(key));
  }

  keepOnce(key: OnceKey, value: unknown): MaybePromise<void> {
    return this.#call("keepOnce", () => {
      const kept = this.#inner.keepOnce(key, value);
      this.#world.keptOnce(key);
      return kept;
    });
  }

  claimCache(request: CacheRequest): MaybePromise<CacheClaim> {
    return this.#call("claimCache", () => {
      const claim = this.#inner.claimCache(request) as CacheClaim;
      this.#world.claimedCache(this.#process, request, claim);
      return claim;
    });
  }

  whenCacheFree(key: string, callback: () => void): () => void {
    return this.#inner.whenCacheFree(key, () => this.#world.later(0, this.#process, callback));
  }

  listCache(filter: Parameters<Store["listCache"]>[0]): MaybePromise<readonly CacheListing[]> {
    return this.#inner.listCache(filter);
  }

  clearCache(scope?: string): MaybePromise<number> {
    return this.#inner.clearCache(scope);
  }

  claimPlaces(places: readonly Place[], since: number, at: number): MaybePromise<string | undefined> {
    return this.#moving(this.#call("claimPlaces", () => this.#inner.claimPlaces(places, since, at)));
  }

  releasePlaces(names: readonly string[]): MaybePromise<void> {
    return this.#moving(this.#call("releasePlaces", () => this.#inner.releasePlaces(names)));
  }

  /** Until the answer is there, a place is neither held nor free. */
  #moving<T>(answer: MaybePromise<T>): MaybePromise<T> {
    if (!(answer instanceof Promise)) return answer;
    const process = this.#process;
    process.movingPlaces++;
    const over = () => void process.movingPlaces--;
    answer.then(over, over);
    return answer;
  }

  whenPlaceFree(name: string, callback: () => void): () => void {
    const world = this.#world;
    let over = false;
    const calls = () => {
      if (over) return;
      over = true;
      callback();
    };
    // When one is given back, and now and then without that. Where nothing happens, nobody gives anything back. What
    // SQLite notices may be no more than that another process asks.
    const stop = this.#inner.whenPlaceFree(name, () => world.later(0, this.#process, calls, this.#isFile));
    if (world.steps !== this.#askedAt) this.#asked = 0;
    this.#askedAt = world.steps;
    if (this.#asked++ < ASKED_IDLE_MAX) world.later(ASK_MS, this.#process, calls, true);
    else world.resting.push(() => void world.later(0, this.#process, calls, true));
    return () => {
      over = true;
      stop();
    };
  }

  post(request: NewRequest): MaybePromise<Request> {
    return this.#inner.post(request);
  }

  requestsOf(runId: string): MaybePromise<readonly Request[]> {
    return this.#call("requestsOf", () => this.#inner.requestsOf(runId));
  }

  watch(callback: () => void): () => void {
    return this.#inner.watch(() => this.#world.later(0, this.#process, callback));
  }

  close(): MaybePromise<void> {
    return this.#inner.close();
  }
}

/** The answer, or what is thrown instead of it, for later. */
function settled<T>(apply: () => MaybePromise<T>): () => T {
  try {
    const value = apply() as T;
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
