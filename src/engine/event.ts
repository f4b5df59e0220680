/**
 * Everything that can happen to a run. Events carry time and all that was decided outside; the engine adds nothing.
 *
 * `slot` names a task run: a node's own number, or a mapped child's (slots of children follow those of the nodes).
 */
import type { Instant, Millis } from "../base/time.ts";
import type { ErrorRecord } from "../state/error-record.ts";
import type { SignalData } from "../state/signal.ts";
import type { RunsAgain } from "./lost-values.ts";
import type { Marking } from "./marking.ts";
import type { FlowState, TaskState } from "../state/task-state.ts";

/** What became of one call of a body. */
export type Outcome =
  | { readonly kind: "returned"; readonly value: unknown }
  | { readonly kind: "signalled"; readonly signal: SignalData; readonly retry: RetryAnswer }
  | {
      readonly kind: "threw";
      readonly error: ErrorRecord;
      readonly as: "Failed" | "ValidationFailed";
      readonly retry: RetryAnswer;
    }
  | { readonly kind: "timed-out"; readonly error: ErrorRecord; readonly afterMs: Millis; readonly retry: RetryAnswer };

/** `retryIf` and `retryDelay`, asked outside: whether this failure may be retried, and after how long. */
export interface RetryAnswer {
  readonly allowed: boolean;
  readonly inMs: Millis;
}

export type CacheAnswer =
  | {
      readonly kind: "hit";
      readonly value: unknown;
      readonly runId: string;
      readonly storedAt: Instant;
      readonly expiresAt: Instant | undefined;
      /** The file that is the result, where there is a `target`. */
      readonly target?: string;
    }
  | { readonly kind: "miss" }
  /** Another task run is computing this entry: wait, holding no slot. */
  | { readonly kind: "wait"; readonly runId: string; readonly slot: number }
  | { readonly kind: "failed"; readonly error: ErrorRecord };

export type TriggerAnswer =
  | { readonly kind: "said"; readonly run: boolean }
  | { readonly kind: "signalled"; readonly signal: SignalData }
  | { readonly kind: "threw"; readonly error: ErrorRecord };

/** What a person says to a task run that waits for one. */
export type Decision =
  /** Go on. `input` was checked before: an approval's result, or what `context().resumed` shows a body. */
  | { readonly kind: "approved"; readonly input: unknown }
  | { readonly kind: "rejected"; readonly why: string | undefined };

export type RunEvent =
  /** `given`: finished states of nodes that are not to be run (`taskStates`). `marking`: it goes on with this. */
  | {
      readonly type: "RunStarted";
      readonly given: ReadonlyMap<number, TaskState>;
      readonly marking?: Marking | undefined;
      readonly at: Instant;
    }
  /**
   * A run that was rebuilt from what its store kept goes on in this process; what was in flight elsewhere is lost.
   * `again`: finished nodes that run again because their values were not kept. `marking`: what a person says of a task
   * run comes before all of that, also where its attempt was lost; a run that a person had paused stays so.
   */
  | {
      readonly type: "RunRecovered";
      readonly again: readonly RunsAgain[];
      readonly marking?: Marking | undefined;
      readonly at: Instant;
    }
  /** The handlers of a task run have spoken. `state` is the proposed state or what replaced it; `failed`: one threw. */
  | {
      readonly type: "HandlersAnswered";
      readonly slot: number;
      /** The `id` it was asked with; an answer to any other question than the open one changes nothing. */
      readonly question: number;
      readonly state: TaskState;
      readonly failed: boolean;
      readonly retry: RetryAnswer;
      readonly at: Instant;
    }
  | { readonly type: "FlowHandlersAnswered"; readonly state: FlowState; readonly at: Instant }
  | { readonly type: "FinalStateAnswered"; readonly state: FlowState; readonly at: Instant }
  | { readonly type: "CacheAnswered"; readonly slot: number; readonly answer: CacheAnswer; readonly at: Instant }
  /** An entry that others waited for is there, or its claim was given up: ask again. */
  | { readonly type: "CacheReleased"; readonly slot: number; readonly at: Instant }
  | {
      readonly type: "TriggerAnswered";
      readonly slot: number;
      readonly question: number;
      readonly answer: TriggerAnswer;
      readonly at: Instant;
    }
  | { readonly type: "LimitsAnswered"; readonly slot: number; readonly full: string | undefined; readonly at: Instant }
  /** A place in a limit became free: ask again. */
  | { readonly type: "LimitFreed"; readonly slot: number; readonly at: Instant }
  | {
      readonly type: "AttemptSettled";
      readonly slot: number;
      readonly attempt: number;
      readonly outcome: Outcome;
      readonly at: Instant;
    }
  /** The process that ran the attempt died; what it did is unknown. */
  | { readonly type: "AttemptLost"; readonly slot: number; readonly attempt: number; readonly at: Instant }
  /** The attempt was given back unfinished because this process stops: not charged to anything. */
  | { readonly type: "AttemptReleased"; readonly slot: number; readonly attempt: number; readonly at: Instant }
  | { readonly type: "TimerFired"; readonly slot: number; readonly at: Instant }
  /** A person let a paused task run go on: its body runs. Means nothing to an approval, which wants a decision. */
  | {
      readonly type: "Resumed";
      readonly slot: number;
      readonly by: string | undefined;
      readonly input: unknown;
      readonly at: Instant;
    }
  /** A person decided about a paused task run, an approval above all. */
  | {
      readonly type: "Decided";
      readonly slot: number;
      readonly decision: Decision;
      readonly by: string | undefined;
      readonly at: Instant;
    }
  /** A person says what became of a task run, in place of its body. `slot`: of the marking. */
  | { readonly type: "Marked"; readonly slot: number; readonly marking: Marking; readonly at: Instant }
  | { readonly type: "CancelRequested"; readonly by: string | undefined; readonly at: Instant }
  /** A person pauses the run: nothing new starts, attempts in flight go on to their end, and then it is Paused. */
  | { readonly type: "PauseRequested"; readonly by: string | undefined; readonly at: Instant }
  /** Nothing new starts in this process; attempts in flight are asked to end. */
  | { readonly type: "DrainRequested"; readonly at: Instant }
  | { readonly type: "FlowTimedOut"; readonly afterMs: Millis; readonly at: Instant }
  /** How many attempts may be in flight at once. */
  | { readonly type: "CapacityChanged"; readonly capacity: number; readonly at: Instant };
