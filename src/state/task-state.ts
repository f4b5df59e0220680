/**
 * The states of task runs and flow runs: plain data with a `type`, each carrying exactly what is true in it.
 *
 * One total table gives every state its family, colour, glyph and legal next states; the diagram in the
 * docs is drawn from it. Words and colours follow Prefect 1.x, the model of our semantics.
 */
import type { Instant, Millis } from "../base/time.ts";
import type { ErrorRecord } from "./error-record.ts";
import type { Reason } from "./reason.ts";

/** Not begun: upstreams are unfinished, or it waits its turn. */
export interface PendingState {
  readonly type: "Pending";
  readonly reason?: Reason;
}
/** Begins at an instant. */
export interface ScheduledState {
  readonly type: "Scheduled";
  readonly startAt: Instant;
  readonly reason?: Reason;
}
/** Could begin, but waits for a limit or for another computation of the same cache entry. */
export interface QueuedState {
  readonly type: "Queued";
  readonly reason?: Reason;
}
/** Waits for a person. */
export interface PausedState {
  readonly type: "Paused";
  readonly reason?: Reason;
}
/** Failed, or said "not yet"; attempt `attempt` begins at `startAt`. */
export interface RetryingState {
  readonly type: "Retrying";
  readonly attempt: number;
  readonly startAt: Instant;
  readonly reason?: Reason;
  /** As a handler gives it: how long after the transition it begins; `startAt` and `attempt` are then filled in. */
  readonly inMs?: Millis;
}
/** The body is being called. `attempt` counts from 1. */
export interface RunningState {
  readonly type: "Running";
  readonly attempt: number;
  readonly reason?: Reason;
}
/** A cancel was committed; attempts in flight are ending. */
export interface CancellingState {
  readonly type: "Cancelling";
  readonly reason?: Reason;
}
export interface SuccessState<R = unknown> {
  readonly type: "Success";
  readonly result: R;
  readonly reason?: Reason;
}
/** A result that came from the cache (`hit`), or was computed and put there (`stored`). */
export interface CachedState<R = unknown> {
  readonly type: "Cached";
  readonly result: R;
  readonly cache: CacheNote;
  readonly reason?: Reason;
}
/** A mapped task whose children are decided. `children` counts them; `result` is the list of their results. */
export interface MappedState<R = unknown> {
  readonly type: "Mapped";
  readonly children: number;
  readonly result: R;
  readonly reason?: Reason;
}
/** Did not run, by a rule or its own word; consumers get `result`, null unless the signal said otherwise. */
export interface SkippedState {
  readonly type: "Skipped";
  readonly result: unknown;
  readonly reason?: Reason;
}
/** Between two rounds of a loop. `count` is the round that just ended, from 1. */
export interface LoopedState {
  readonly type: "Looped";
  readonly count: number;
  readonly result: unknown;
  readonly startAt: Instant;
  readonly reason?: Reason;
}
/** `result`, where `signals.fail` named one, is what consumers get instead of the error record. */
export interface FailedState {
  readonly type: "Failed";
  readonly error: ErrorRecord;
  readonly result?: unknown;
  readonly reason?: Reason;
}
export interface TimedOutState {
  readonly type: "TimedOut";
  readonly error: ErrorRecord;
  readonly afterMs: Millis;
  readonly reason?: Reason;
}
/** Its trigger was not met: the body was never called. */
export interface TriggerFailedState {
  readonly type: "TriggerFailed";
  readonly error: ErrorRecord;
  readonly result?: unknown;
  readonly reason?: Reason;
}
export interface ValidationFailedState {
  readonly type: "ValidationFailed";
  readonly error: ErrorRecord;
  readonly result?: unknown;
  readonly reason?: Reason;
}
export interface CancelledState {
  readonly type: "Cancelled";
  readonly reason?: Reason;
}

/** How a Cached result came about. `expiresAt` is exclusive: at exactly that age the entry is stale. */
export interface CacheNote {
  readonly how: "stored" | "hit";
  readonly runId: string;
  readonly storedAt: Instant;
  readonly expiresAt: Instant | undefined;
  /** The file that was the result, where the task has a `target`. */
  readonly target?: string;
}

export type TaskState =
  | PendingState
  | ScheduledState
  | QueuedState
  | PausedState
  | RetryingState
  | RunningState
  | CancellingState
  | SuccessState
  | CachedState
  | MappedState
  | SkippedState
  | LoopedState
  | FailedState
  | TimedOutState
  | TriggerFailedState
  | ValidationFailedState
  | CancelledState;

export type StateType = TaskState["type"];

/** The states a flow run can be in. */
export type FlowState<R = unknown> =
  | ScheduledState
  | PendingState
  | QueuedState
  | RunningState
  | PausedState
  | CancellingState
  | SuccessState<R>
  | FailedState
  | TimedOutState
  | CancelledState;

export type State = TaskState | FlowState;

export type Family = "pending" | "running" | "success" | "failed" | "cancelled";

interface Look {
  readonly family: Family;
  readonly colour: `#${string}`;
  readonly glyph: string;
  /** What the engine's own steps may go to from here. Handlers may answer with any finished state, Retrying or Paused. */
  readonly next: readonly StateType[];
}

const ENDS_EARLY = ["Skipped", "TriggerFailed", "Failed", "Success", "Cancelled", "Paused"] as const;
const BODY_ENDS = [
  "Success",
  "Failed",
  "TimedOut",
  "ValidationFailed",
  "TriggerFailed",
  "Skipped",
  "Retrying",
  "Looped",
  "Paused",
  "Cancelled",
] as const;

/** The one table. Its key order numbers the states inside the engine: append, never reorder. */
export const STATES = {
  Pending: {
    family: "pending",
    colour: "#7ebdff",
    glyph: "○",
    next: ["Scheduled", "Queued", "Running", "Cached", "Mapped", ...ENDS_EARLY],
  },
  Scheduled: {
    family: "pending",
    colour: "#ffab00",
    glyph: "◷",
    next: ["Pending", "Queued", "Running", ...ENDS_EARLY],
  },
  Queued: { family: "pending", colour: "#ffea7f", glyph: "⋯", next: ["Pending", "Running", "Cached", ...ENDS_EARLY] },
  Paused: {
    family: "pending",
    colour: "#99a8e8",
    glyph: "Ⅱ",
    next: ["Pending", "Running", "Success", "Failed", "TimedOut", "Cancelled"],
  },
  Retrying: { family: "pending", colour: "#f66a0a", glyph: "↻", next: ["Pending", "Queued", "Running", "Cancelled"] },
  Running: { family: "running", colour: "#3d67ff", glyph: "▶", next: [...BODY_ENDS, "Pending", "Cancelling"] },
  Cancelling: {
    family: "running",
    colour: "#bdbdbd",
    glyph: "◼",
    next: ["Cancelled", "Success", "Failed", "TimedOut"],
  },
  Success: { family: "success", colour: "#28a745", glyph: "✓", next: ["Cached"] },
  Cached: { family: "success", colour: "#34d058", glyph: "≡", next: [...ENDS_EARLY, "ValidationFailed"] },
  Mapped: { family: "success", colour: "#4067a2", glyph: "⁝", next: [] },
  Skipped: { family: "success", colour: "#62757f", glyph: "»", next: [] },
  Looped: { family: "success", colour: "#4c4cff", glyph: "⟳", next: ["Pending"] },
  Failed: { family: "failed", colour: "#eb0000", glyph: "✗", next: ["Retrying"] },
  TimedOut: { family: "failed", colour: "#ff4e33", glyph: "⧗", next: ["Retrying"] },
  TriggerFailed: { family: "failed", colour: "#ff5131", glyph: "⊘", next: ["Retrying"] },
  ValidationFailed: { family: "failed", colour: "#d6336c", glyph: "≠", next: ["Retrying"] },
  Cancelled: { family: "cancelled", colour: "#8a8a8a", glyph: "⊗", next: [] },
} as const satisfies Record<StateType, Look>;

/** The states in the table's order: the engine keeps the index as one byte. */
export const STATE_TYPES = Object.keys(STATES) as readonly StateType[];

export function familyOf(type: StateType): Family {
  return STATES[type].family;
}

/** Nothing more happens to it by itself: success (but for Looped), failed or cancelled. */
export function isFinishedType(type: StateType): boolean {
  const family = STATES[type].family;
  return family !== "pending" && family !== "running" && type !== "Looped";
}
