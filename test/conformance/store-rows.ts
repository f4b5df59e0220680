/** What the suite of the Store port writes and reads: runs, batches and rows of a small flow. */
import type {
  Batch,
  CacheEntry,
  CacheRequest,
  FlowVersion,
  LogRow,
  NewRun,
  TaskRunRow,
} from "../../src/ports/store.ts";
import type { FlowState, TaskState } from "../../src/state/task-state.ts";

export const AT = 1_000_000;

export function newRun(id: string, more: Partial<NewRun> = {}): NewRun {
  return {
    id,
    name: id.slice(-8),
    flow: "etl",
    fingerprint: "f1",
    file: "etl.ts",
    origin: "script",
    parameters: { size: 10 },
    tags: ["nightly"],
    idempotencyKey: undefined,
    scheduledAt: undefined,
    createdAt: AT,
    ...more,
  };
}

export function batch(runId: string, more: Partial<Batch> = {}): Batch {
  return {
    runId,
    epoch: 1,
    at: AT + 1,
    flow: undefined,
    taskRuns: [],
    removed: [],
    path: { slots: new Uint32Array(0), steps: new Uint16Array(0) },
    logs: [],
    cache: [],
    cacheFreed: [],
    answered: [],
    letsGo: false,
    ...more,
  };
}

export const RUNNING: TaskState = { type: "Running", attempt: 1 };
export const COUNTERS = {
  failures: 1,
  retrySignals: 2,
  lost: 3,
  rounds: 4,
  loopValue: { a: [1] },
  resumed: { by: "ana", at: AT, input: [1] },
  generation: 2,
};
export const ERROR = { name: "Error", message: "no", stack: "Error: no" };
export const REASON = { code: "retry", attempt: 1, of: 3 } as const;
export const STATES_TO_KEEP: readonly TaskState[] = [
  { type: "Pending", reason: { code: "value-not-kept" } },
  { type: "Scheduled", startAt: AT + 5 },
  { type: "Queued", reason: { code: "limit", limit: "db" } },
  { type: "Paused", reason: { code: "manual-only" } },
  { type: "Retrying", attempt: 2, startAt: AT + 5, reason: REASON },
  { type: "Running", attempt: 3 },
  { type: "Success", result: undefined },
  { type: "Success", result: new Map([["a", new Date(5)]]) },
  { type: "Success", result: "x".repeat(100_000) },
  { type: "Cached", result: 7, cache: { how: "hit", runId: "run0", storedAt: 1, expiresAt: undefined } },
  { type: "Skipped", result: null, reason: { code: "upstream-skipped", upstream: "a" } },
  {
    type: "Skipped",
    result: null,
    reason: { code: "marked", why: "seen\nby hand", by: "ana", at: AT, from: "Failed" },
  },
  { type: "Failed", error: ERROR },
  { type: "Failed", error: ERROR, result: 7 },
  { type: "TimedOut", error: ERROR, afterMs: 5 },
  { type: "TriggerFailed", error: ERROR, reason: { code: "trigger-error" } },
  { type: "ValidationFailed", error: ERROR },
  { type: "Cancelled", reason: { code: "cancelled" } },
];

/** Slot and index of the state it came to. */
export function path(...steps: readonly (readonly [slot: number, to: number])[]) {
  return { slots: Uint32Array.from(steps, ([slot]) => slot), steps: Uint16Array.from(steps, ([, to]) => to) };
}

export const running: FlowState = { type: "Running", attempt: 1 };
export const succeeded: FlowState = { type: "Success", result: { rows: 3 } };
export const row = (slot: number, state: TaskState, attempt = 1): TaskRunRow => ({
  slot,
  node: slot,
  child: undefined,
  attempt,
  state,
  childBase: undefined,
  name: undefined,
  counters: undefined,
  value: "kept",
  startedAt: undefined,
  endedAt: undefined,
});
export const version = (): FlowVersion => ({ flow: "etl", fingerprint: "f1", graph: { name: "etl" }, nodes: NODES });
export const NODES = ["extract", "load", "report"].map((name) => ({
  slug: `${name}-1`,
  name,
  shape: `task|${name}-1`,
  bodyHash: "0",
}));
export const line = (slot: number, text: string): LogRow => ({ slot, attempt: 1, at: AT, level: "info", text });
export const entry = (key: string, more: Partial<CacheEntry> = {}): CacheEntry => ({
  key,
  scope: "etl/load",
  version: "1",
  value: [1, 2],
  runId: "run1",
  storedAt: AT,
  expiresAt: AT + 1_000,
  ...more,
});
export const request = (key: string, more: Partial<CacheRequest> = {}): CacheRequest => ({
  key,
  scope: "etl/load",
  runId: "run1",
  epoch: 1,
  slot: 0,
  at: AT,
  ...more,
});
