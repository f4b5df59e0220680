/**
 * Where runs are kept. Every method may answer at once or with a promise, so that a script commits in its own
 * thread and a server in another. One conformance suite (`test/conformance/store.ts`) runs against every adapter.
 *
 * Writes name the epoch of their owner: an owner that was replaced cannot write (`STALE_EPOCH`). A commit is one
 * transaction: all of a batch or nothing; commits of one store are numbered by one growing cursor.
 */
import type { Instant } from "../base/time.ts";
import type { FlowState, TaskState } from "../state/task-state.ts";

export type MaybePromise<T> = T | Promise<T>;

/** A place in the store's sequence of commits. */
export type Cursor = number;

export interface NewRun {
  readonly id: string;
  readonly name: string;
  readonly flow: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly tags: readonly string[];
  readonly idempotencyKey: string | undefined;
  /** The tick it was started for. */
  readonly scheduledAt: Instant | undefined;
  readonly createdAt: Instant;
}

export interface RunRow extends NewRun {
  readonly state: FlowState;
  readonly epoch: number;
  readonly startedAt: Instant | undefined;
  readonly endedAt: Instant | undefined;
}

/** The current state of one task run: a node's, or a mapped child's. */
export interface TaskRunRow {
  readonly slot: number;
  readonly node: number;
  readonly child: number | undefined;
  readonly attempt: number;
  readonly state: TaskState;
}

export interface LogRow {
  readonly slot: number;
  readonly attempt: number;
  readonly at: Instant;
  readonly level: "debug" | "info" | "warn" | "error";
  readonly text: string;
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

/** A task run that needs an entry: it gets it, computes it, or waits for who does. */
export interface CacheRequest {
  readonly key: string;
  readonly scope: string;
  readonly runId: string;
  readonly slot: number;
  readonly at: Instant;
}

export type CacheClaim =
  | { readonly kind: "hit"; readonly entry: CacheEntry }
  /** Nobody has it: the asker computes it, and everybody else waits. `last` is the newest entry of its scope. */
  | { readonly kind: "claimed"; readonly last: Omit<CacheEntry, "value"> | undefined }
  | { readonly kind: "held"; readonly runId: string };

/** Packed transitions of one pass: slot, from · 32 + to (indices of STATE_TYPES), in order. */
export interface PackedPath {
  readonly slots: Uint32Array;
  readonly steps: Uint16Array;
}

export interface Batch {
  readonly runId: string;
  readonly epoch: number;
  readonly at: Instant;
  /** The flow run's own state, where it changed. */
  readonly flow: FlowState | undefined;
  readonly taskRuns: readonly TaskRunRow[];
  readonly path: PackedPath;
  readonly logs: readonly LogRow[];
  /** New entries; their claims end with this commit. */
  readonly cache: readonly CacheEntry[];
  /** Keys whose claims are given up without an entry. */
  readonly cacheFreed: readonly string[];
}

/** Who runs a tick: `created`, or the run that was there before. */
export type TickClaim = { readonly claimed: true } | { readonly claimed: false; readonly runId: string };

export interface Store {
  /** As printed: "memory", or the file's path. */
  readonly name: string;
  /** Whether runs are there after the process has ended. */
  readonly durable: boolean;
  /**
   * Adds a run in state Pending and makes the caller its owner. A run with the same flow and idempotency key is
   * returned instead, unchanged (`created` false).
   */
  createRun(run: NewRun): MaybePromise<{ readonly created: boolean; readonly run: RunRow }>;
  /** Takes a run over: a new epoch, after which the owner before cannot write. @throws CaudalError RUN_UNKNOWN */
  takeOver(runId: string, at: Instant): MaybePromise<RunRow>;
  /** Writes a batch, all or nothing. @throws CaudalError STALE_EPOCH, RUN_UNKNOWN, STORE_CLOSED */
  commit(batch: Batch): MaybePromise<Cursor>;
  readRun(runId: string): MaybePromise<RunRow | undefined>;
  /** Newest first. */
  listRuns(filter: { readonly flow?: string | undefined; readonly limit: number }): MaybePromise<readonly RunRow[]>;
  /** In slot order. */
  readTaskRuns(runId: string): MaybePromise<readonly TaskRunRow[]>;
  readLogs(runId: string, slot: number): MaybePromise<readonly LogRow[]>;
  /**
   * Single flight: a fresh entry (one whose `expiresAt` is later than `at`), or the claim to compute it, or who has
   * that claim. A claim lasts until its entry is committed or given up, or its run is taken over.
   */
  claimCache(request: CacheRequest): MaybePromise<CacheClaim>;
  /** Calls back once, when the claim on a key has ended. The function returned takes the request back. */
  whenCacheFree(key: string, callback: () => void): () => void;
  /** Decides once who runs a tick of a schedule, however many processes watch it. */
  claimTick(tick: {
    readonly schedule: string;
    readonly clock: number;
    readonly at: Instant;
    readonly runId: string;
  }): MaybePromise<TickClaim>;
  close(): MaybePromise<void>;
}
