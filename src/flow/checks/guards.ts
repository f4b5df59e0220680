/**
 * Questions about states, as functions: on a state, or on anything that has one (a run, a task of a run).
 * They narrow types, so that `isSuccess(run)` makes `run.result` there and `isFailed(to)` makes `to.error` there.
 */
import {
  type CachedState,
  type CancelledState,
  type FailedState,
  familyOf,
  isFinishedType,
  type LoopedState,
  type MappedState,
  type PausedState,
  type PendingState,
  type CancellingState,
  type QueuedState,
  type RetryingState,
  type RunningState,
  type ScheduledState,
  type SkippedState,
  type State,
  type StateType,
  type SuccessState,
  type TimedOutState,
  type TriggerFailedState,
  type ValidationFailedState,
} from "../../state/task-state.ts";

/** States of the success family. Skipped counts, as for triggers. */
export type AnySuccess = SuccessState | CachedState | MappedState | SkippedState | LoopedState;
/** States of the failed family; each has `error`. */
export type AnyFailed = FailedState | TimedOutState | TriggerFailedState | ValidationFailedState;
/** States in which nothing more happens. */
export type AnyFinished = Exclude<AnySuccess, LoopedState> | AnyFailed | CancelledState;
/** States that wait: for upstreams, time, a limit, a person or the next attempt. */
export type AnyPending = PendingState | ScheduledState | QueuedState | PausedState | RetryingState;
/** States in which a body runs, or ends. */
export type AnyRunning = RunningState | CancellingState;

/** What a guard takes: a state, or a thing with one. */
export type Stateful = State | { readonly state: State };

/** `X`, as far as its state is one of `S`. */
export type Narrowed<X, S extends State> = X extends State
  ? Extract<X, S>
  : X extends { readonly state: infer T }
    ? [Extract<T, S>] extends [never]
      ? never
      : [T] extends [S]
        ? X
        : X & { readonly state: Extract<T, S> }
    : never;

function typeIn(x: Stateful): StateType {
  return "state" in x ? x.state.type : x.type;
}

/** Success, Cached, Mapped, Skipped (or Looped, between two rounds). */
export function isSuccess<X extends Stateful>(x: X): x is X & Narrowed<X, AnySuccess> {
  return familyOf(typeIn(x)) === "success";
}

/** Failed, TimedOut, TriggerFailed or ValidationFailed: there is an `error`. */
export function isFailed<X extends Stateful>(x: X): x is X & Narrowed<X, AnyFailed> {
  return familyOf(typeIn(x)) === "failed";
}

/** Nothing more happens to it by itself. */
export function isFinished<X extends Stateful>(x: X): x is X & Narrowed<X, AnyFinished> {
  return isFinishedType(typeIn(x));
}

/** Waits: Pending, Scheduled, Queued, Paused or Retrying. */
export function isPending<X extends Stateful>(x: X): x is X & Narrowed<X, AnyPending> {
  return familyOf(typeIn(x)) === "pending";
}

/** Running, or Cancelling. */
export function isRunning<X extends Stateful>(x: X): x is X & Narrowed<X, AnyRunning> {
  return familyOf(typeIn(x)) === "running";
}

/** Did not run, by a rule or its own word. */
export function isSkipped<X extends Stateful>(x: X): x is X & Narrowed<X, SkippedState> {
  return typeIn(x) === "Skipped";
}

/** Waits for a person. */
export function isPaused<X extends Stateful>(x: X): x is X & Narrowed<X, PausedState> {
  return typeIn(x) === "Paused";
}

/** Came from the cache, or was put there. */
export function isCached<X extends Stateful>(x: X): x is X & Narrowed<X, CachedState> {
  return typeIn(x) === "Cached";
}

export function isCancelled<X extends Stateful>(x: X): x is X & Narrowed<X, CancelledState> {
  return typeIn(x) === "Cancelled";
}

/** A mapped task whose children are decided. */
export function isMapped<X extends Stateful>(x: X): x is X & Narrowed<X, MappedState> {
  return typeIn(x) === "Mapped";
}

/** Failed or said "not yet", and will be tried again. */
export function isRetrying<X extends Stateful>(x: X): x is X & Narrowed<X, RetryingState> {
  return typeIn(x) === "Retrying";
}

export function isTimedOut<X extends Stateful>(x: X): x is X & Narrowed<X, TimedOutState> {
  return typeIn(x) === "TimedOut";
}

/** Its trigger was not met: the body was never called. */
export function isTriggerFailed<X extends Stateful>(x: X): x is X & Narrowed<X, TriggerFailedState> {
  return typeIn(x) === "TriggerFailed";
}
