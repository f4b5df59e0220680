/**
 * Where runs are kept. Every method may answer at once or with a promise, so that a script commits in its own
 * thread and a server in another. One conformance suite (`test/conformance/store.ts`) runs against every adapter.
 *
 * A store in hand belongs to one process (its *owner* identity): the runs it creates or takes over are that
 * process's, until they end, are let go, or the process is gone. Writes name the epoch of their owner: an owner that
 * was replaced cannot write (`STALE_EPOCH`). A commit is one transaction: all of a batch or nothing; commits of one
 * store are numbered by one growing cursor.
 */
import type { Json } from "../base/json.ts";
import type { Instant } from "../base/time.ts";
import type { Marking } from "../engine/marking.ts";
import type { KeptCounters } from "../engine/run.ts";
import type { FlowState, TaskState } from "../state/task-state.ts";
import type { Queries } from "./queries.ts";

export type MaybePromise<T> = T | Promise<T>;

/** A place in the store's sequence of commits. */
export type Cursor = number;

/** What made a run begin: a process that came and went, or something that watches over its runs. */
export type Origin = "script" | "schedule" | "serve" | "page";

/** A flow as it was when runs of it began: enough to draw it, and to say what has changed, without its code. */
export interface FlowVersion {
  readonly flow: string;
  readonly fingerprint: string;
  readonly graph: Json;
  /** In the order of nodes: what `fingerprint` was made of. */
  readonly nodes: readonly NodeShape[];
}

/** A version that the store may not know yet. */
export interface NewVersion {
  readonly fingerprint: string;
  readonly make: () => FlowVersion;
}

export interface NodeShape {
  readonly slug: string;
  readonly name: string;
  readonly shape: string;
  readonly bodyHash: string;
}

export interface NewRun {
  readonly id: string;
  readonly name: string;
  readonly flow: string;
  readonly fingerprint: string;
  /** The file that defined the flow, relative to the folder that holds the store; undefined where it is not known. */
  readonly file: string | undefined;
  readonly origin: Origin;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly tags: readonly string[];
  readonly idempotencyKey: string | undefined;
  /** The tick it was started for, or when it was asked to begin. */
  readonly scheduledAt: Instant | undefined;
  /** Takes the tick of a schedule with the run: where somebody has it, no run is made. */
  readonly tick?: { readonly schedule: string; readonly clock: number } | undefined;
  readonly createdAt: Instant;
}

/** One instant of a schedule's clock: whoever creates its run first runs it, however many processes watch. */
export interface Tick {
  readonly schedule: string;
  readonly clock: number;
  readonly at: Instant;
}

/**
 * - `here`: this process has it.
 * - `alive`: another process has it, and is not known to be dead.
 * - `gone`: its process died.
 * - `none`: it was let go: it ended, it waits for a person, or whoever stopped its process was asked first.
 */
export type Ownership = "here" | "alive" | "gone" | "none";

export interface RunRow extends NewRun {
  readonly state: FlowState;
  /** Grows with each owner, from 1. */
  readonly epoch: number;
  readonly startedAt: Instant | undefined;
  readonly endedAt: Instant | undefined;
  /** Of its last commit. */
  readonly changedAt: Instant;
  /** Of its last commit; of one without any, the store's when it was created. */
  readonly cursor: Cursor;
  /** How long it has been Running, up to its last commit, under all owners before this one. */
  readonly activeMs: number;
  /** Epoch `epoch` began at. */
  readonly ownedAt: Instant;
  readonly ownership: Ownership;
  /** The owner in words: `process 4711 on host`; undefined for `none`. */
  readonly owner: string | undefined;
}

/**
 * The current state of one task run: a node's, or a mapped child's. Everything a new owner needs to go on is in
 * these rows; a task run without one is Pending and was never anything else.
 */
export interface TaskRunRow {
  readonly slot: number;
  readonly node: number;
  readonly child: number | undefined;
  readonly attempt: number;
  /** A Mapped state comes back without its list: `children` are rows of their own. */
  readonly state: TaskState;
  /** Of a mapped node whose children are decided: the slot of the first. */
  readonly childBase: number | undefined;
  /** What was used up of retries and the like; undefined while nothing was. */
  readonly counters: KeptCounters | undefined;
  /** What `taskRunName` made of it, where its task has one. */
  readonly name: string | undefined;
  /** `derived`: the value follows from other results. `not-kept`: it lives in the process that made it. */
  readonly value: "kept" | "derived" | "not-kept";
  /** When its last attempt began. */
  readonly startedAt: Instant | undefined;
  readonly endedAt: Instant | undefined;
}

export interface LogRow {
  /** Of a task run, or `OF_RUN`. */
  readonly slot: number;
  readonly attempt: number;
  readonly at: Instant;
  readonly level: "debug" | "info" | "warn" | "error";
  readonly text: string;
  /** A state handler printed it, not the body. */
  readonly handler?: true | undefined;
}

export interface CacheEntry {
  readonly key: string;
  /** Which cache it is in: the flow's task, or a shared `cacheKey`. Only for explanations. */
  readonly scope: string;
  /** The version of the code that computed it. */
  readonly version: string;
  readonly value: unknown;
  readonly runId: string;
  readonly storedAt: Instant;
  readonly expiresAt: Instant | undefined;
}

/** An entry for those who look through the cache. */
export interface CacheListing extends Omit<CacheEntry, "value"> {
  /** Of its value as it is kept; undefined where it is kept as it is. */
  readonly bytes: number | undefined;
}

/** A task run that needs an entry: it gets it, computes it, or waits for who does. */
export interface CacheRequest {
  readonly key: string;
  readonly scope: string;
  readonly runId: string;
  readonly epoch: number;
  readonly slot: number;
  readonly at: Instant;
}

export type CacheClaim =
  | { readonly kind: "hit"; readonly entry: CacheEntry }
  /** Nobody has it: the asker computes it, and everybody else waits. `last` is the newest entry of its scope. */
  | { readonly kind: "claimed"; readonly last: Omit<CacheEntry, "value"> | undefined }
  /** `slot`: of the task run in that run which computes it. */
  | { readonly kind: "held"; readonly runId: string; readonly slot: number };

/** Packed transitions of one pass: slot, from · 32 + to (indices of STATE_TYPES), in order. */
export interface PackedPath {
  readonly slots: Uint32Array;
  readonly steps: Uint16Array;
}

/** The transitions of one commit of a run. */
export interface HistoryRow {
  readonly cursor: Cursor;
  readonly at: Instant;
  readonly epoch: number;
  readonly path: PackedPath;
  /** The flow run's own state, where this commit changed it, and the code of its reason. */
  readonly flow?: { readonly type: FlowState["type"]; readonly reason: string | undefined } | undefined;
  /** After which commit of the run listeners had still to be told; its own cursor, where they were told of all. */
  readonly untoldAfter?: Cursor | undefined;
}

export interface Batch {
  readonly runId: string;
  readonly epoch: number;
  readonly at: Instant;
  /** The flow run's own state, where it changed. */
  readonly flow: FlowState | undefined;
  readonly taskRuns: readonly TaskRunRow[];
  /** Slots of children whose node decides its children anew. */
  readonly removed: readonly number[];
  readonly path: PackedPath;
  readonly logs: readonly LogRow[];
  /** New entries; their claims end with this commit. */
  readonly cache: readonly CacheEntry[];
  /** Keys whose claims are given up without an entry. */
  readonly cacheFreed: readonly string[];
  /** Requests that this commit fulfils or refuses: they are not handed out again. */
  readonly answered: readonly number[];
  /**
   * The run goes on with this version of its flow: its rows are in these terms from this commit on, which has them all.
   * Not before: an owner that died between the two would leave rows nobody could read.
   */
  readonly version?: NewVersion | undefined;
  /**
   * Listeners have still to be told of what came after that commit of the run, this one included; `"itself"`: they were
   * told of all of it. Undefined: what was said before stands, and there is nothing for them in this one. A run that
   * ends with something untold stays its owner's to tell, until a commit that lets it go.
   */
  readonly untoldAfter?: Cursor | "itself" | undefined;
  /** The owner lets the run go with this commit: whoever takes it over next need not ask whether it lives. */
  readonly letsGo: boolean;
}

/** What somebody asks of a run that another process may have. */
export type Ask =
  | { readonly kind: "cancel" }
  /** Nothing of it starts until a person resumes the run. */
  | { readonly kind: "pause" }
  /** Says what became of a task run, in place of its body. */
  | {
      readonly kind: "mark";
      readonly task: string;
      readonly as: Marking["as"];
      readonly why: string;
      readonly value: unknown;
    }
  /** Lets a paused task run go on: its body runs (again). */
  | { readonly kind: "resume"; readonly task: string; readonly input: unknown }
  | { readonly kind: "approve"; readonly task: string; readonly input: unknown }
  | { readonly kind: "reject"; readonly task: string; readonly why: string | undefined };

export interface NewRequest {
  readonly runId: string;
  readonly ask: Ask;
  /** Who asks: a name for people. */
  readonly by: string;
  readonly at: Instant;
}

export interface Request extends NewRequest {
  readonly id: number;
}

/** One of `max` places that all processes of a store share: a named limit's, or a flow's `maxConcurrency`. */
export interface Place {
  readonly name: string;
  /** As this process knows it. */
  readonly max: number;
}

export interface RunFilter {
  readonly flow?: string | undefined;
  /** Only runs whose state is one of these types. */
  readonly states?: readonly FlowState["type"][] | undefined;
  /** Only unfinished runs nobody has, as their process died or let them go; not those that wait for a person or their time. */
  readonly interrupted?: boolean | undefined;
  /** Only runs that have ended, and whose listeners were not told of all of it by a process that is gone, or by this one. */
  readonly untold?: boolean | undefined;
  /** Only runs with this id or name, and those whose id begins or ends with it. */
  readonly named?: string | undefined;
  /** Only runs created before this one: the last of the page before. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** Task runs that were finished before their run began (`taskStates`), and their transitions. */
export type GivenRows = Pick<Batch, "taskRuns" | "path">;

/** How a run is taken over. */
export interface TakeOver {
  /**
   * Also a run that has ended: it is Running again, has no end, its time counts anew, and what was asked of it before
   * is answered. Its task runs stay as they are.
   */
  readonly reopen?: boolean | undefined;
  /**
   * Only a run that has ended and whose listeners were not told of all of it, by a process that is gone or by this one,
   * which does nothing about it any more. It stays as it is, but for its epoch.
   */
  readonly tell?: boolean | undefined;
}

/** An inner step of a body: `context().once(name, fn)`. */
export interface OnceKey {
  readonly runId: string;
  readonly epoch: number;
  /** The task run, its round and its generation. */
  readonly scope: string;
  readonly name: string;
}

export interface Store {
  /** As printed: "memory", or the file's path. */
  readonly name: string;
  /** Whether runs are there after the process has ended. */
  readonly durable: boolean;
  /** Whether other processes may have it too: limits hold over all of them, by `claimPlaces`. */
  readonly shared: boolean;
  /** Whether `readHistory` has anything: transitions need not be packed for a store that keeps none. */
  readonly keepsHistory: boolean;
  /** The folder relative paths of runs belong to; undefined: none. */
  readonly folder: string | undefined;
  /**
   * Adds a run in state Pending and makes the caller its owner. A run with the same flow and idempotency key is
   * returned instead, unchanged (`created` false). `version` is asked for only where the store does not know it.
   * @param given kept with it, as its first commit
   * @throws CaudalError TICK_TAKEN, RESULT_NOT_SERIALIZABLE: nothing was written
   */
  createRun(
    run: NewRun,
    version: () => FlowVersion,
    tick?: Tick | undefined,
    given?: GivenRows | undefined,
  ): MaybePromise<{ readonly created: boolean; readonly run: RunRow }>;
  /**
   * Takes a run over that nobody has (`gone`, `none`): a new epoch, after which the owner before cannot write; claims
   * of that owner on cache entries end.
   * @throws CaudalError RUN_UNKNOWN, RUN_OWNED, RUN_OVER
   */
  takeOver(runId: string, at: Instant, how?: TakeOver): MaybePromise<RunRow>;
  /** Writes a batch, all or nothing. @throws CaudalError STALE_EPOCH, RUN_UNKNOWN, STORE_CLOSED, STORE_FULL, STORE_FAILED */
  commit(batch: Batch): MaybePromise<Cursor>;
  readRun(runId: string): MaybePromise<RunRow | undefined>;
  /** Newest first. */
  listRuns(filter: RunFilter): MaybePromise<readonly RunRow[]>;
  readVersion(flow: string, fingerprint: string): MaybePromise<FlowVersion | undefined>;
  /** In slot order. */
  readTaskRuns(runId: string): MaybePromise<readonly TaskRunRow[]>;
  /** In order; empty in a store that keeps none. */
  readHistory(runId: string): MaybePromise<readonly HistoryRow[]>;
  /** In order of time; of one task run where `slot` is given; without the first `skip`. */
  readLogs(runId: string, slot?: number, skip?: number): MaybePromise<readonly LogRow[]>;
  /**
   * Makes sure that a result can be kept, before anything counts on it; large ones are written here.
   * @throws CaudalError RESULT_NOT_SERIALIZABLE, RESULT_TOO_LARGE
   */
  keep(value: unknown): void;
  /** The value an inner step of a body was kept with. */
  readOnce(key: OnceKey): MaybePromise<{ readonly value: unknown } | undefined>;
  /** Keeps the value of an inner step. @throws CaudalError STALE_EPOCH, RESULT_NOT_SERIALIZABLE */
  keepOnce(key: OnceKey, value: unknown): MaybePromise<void>;
  /**
   * Single flight: a fresh entry (one whose `expiresAt` is later than `at`), or the claim to compute it, or who has
   * that claim. A claim lasts until its entry is committed or given up, its run ends, is let go or taken
   * over, or its process is gone.
   * @throws CaudalError STALE_EPOCH instead of a claim
   */
  claimCache(request: CacheRequest): MaybePromise<CacheClaim>;
  /** Newest first; expired ones too, as long as they are there. */
  listCache(filter: {
    readonly scope?: string | undefined;
    readonly limit: number;
  }): MaybePromise<readonly CacheListing[]>;
  /** Forgets entries, of one scope or all; how many there were. Claims stay. */
  clearCache(scope?: string | undefined): MaybePromise<number>;
  /** Calls back once, when the claim on a key may have ended. The function returned takes the request back. */
  whenCacheFree(key: string, callback: () => void): () => void;
  /**
   * Takes one of each of these places for this process, or none: then it names one that has none free. Who has asked
   * in vain goes before those of other processes that came later than `since`, as long as it asks again within
   * `PLACE_ASK_MS`, and no other of its process has asked since. What a process holds ends with it.
   */
  claimPlaces(places: readonly Place[], since: Instant, at: Instant): MaybePromise<string | undefined>;
  /** Gives back one of each of these. Never fails: what cannot be given back just now is a little later. */
  releasePlaces(names: readonly string[]): MaybePromise<void>;
  /**
   * Calls back once, when one of these may have become free, whoever had it, or after a while without that. The function
   * returned takes it back.
   */
  whenPlaceFree(name: string, callback: () => void): () => void;
  /** Leaves a request for the owner of a run. @throws CaudalError RUN_UNKNOWN */
  post(request: NewRequest): MaybePromise<Request>;
  /** Requests of a run that were not answered yet, oldest first. */
  requestsOf(runId: string): MaybePromise<readonly Request[]>;
  /** Calls back after another process may have changed the store; does not keep this process alive. */
  watch(callback: () => void): () => void;
  /** For those who look; a store that keeps nothing has none. */
  queries?(): Promise<Queries>;
  /** Lets go of everything this process still has. */
  close(): MaybePromise<void>;
}
