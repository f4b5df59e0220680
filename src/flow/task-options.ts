/** What can be said about a task, and how all of it is checked when the task is defined. */
import type { Duration } from "../base/duration.ts";
import type { TriggerBounds } from "../graph/graph.ts";
import type { CacheBy, FailureListener, StateHandler, StateListener, TriggerFunction } from "../ports/program.ts";
import type { Limit } from "./limit.ts";
import type { AnySchema } from "./parameters/standard-schema.ts";

export type TriggerName =
  | "all_successful"
  | "all_failed"
  | "any_successful"
  | "any_failed"
  | "all_finished"
  | "not_all_skipped"
  | "manual_only";

/** A trigger by share or count; made by `someFailed` and `someSuccessful`. */
export interface BoundedTrigger extends TriggerBounds {
  readonly kind: "some_failed" | "some_successful";
}

export type Trigger = TriggerName | BoundedTrigger | TriggerFunction;

/** A delay that grows: `initial`, `initial · factor`, … up to `max`. */
export interface Backoff {
  readonly initial: Duration;
  /** At least 1; 2 when not given. */
  readonly factor?: number | undefined;
  /** One day when not given. */
  readonly max?: Duration | undefined;
  /** 0…1: the share of each delay that is random; 0 when not given. */
  readonly jitter?: number | undefined;
}

/** When a task may start, how often it is tried, how long its result is fresh, who is told. */
export interface TaskOptions {
  /** At most 200 characters; the function's name when not given. */
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  /** Attempts after the first; 0 when not given. */
  readonly retries?: number | undefined;
  /** Before attempt `attempt + 1`; none when not given. */
  readonly retryDelay?: Duration | Backoff | ((attempt: number, error: unknown) => Duration) | undefined;
  /** False: this error is not retried. */
  readonly retryIf?: ((error: unknown) => boolean) | undefined;
  /** Per attempt. */
  readonly timeout?: Duration | undefined;
  /** How long a result is taken from the cache instead of computed, counted from the end of the task run. */
  readonly cacheFor?: Duration | undefined;
  /** What a cached result depends on; `"inputs"` when not given. */
  readonly cacheBy?: CacheBy | undefined;
  /** Shares cache entries among tasks that give the same key. */
  readonly cacheKey?: string | undefined;
  /** Change it and everything is computed again; a hash of the function's source when not given. */
  readonly cacheVersion?: string | undefined;
  /** A file: where it exists, the task does not run. Relative to the folder that holds the store. */
  readonly target?: string | undefined;
  /** `"all_successful"` when not given. Constants and parameters are not upstreams. */
  readonly trigger?: Trigger | undefined;
  /** A skipped upstream skips this task, before its trigger is asked; true when not given. */
  readonly skipOnUpstreamSkip?: boolean | undefined;
  /** Asked at every transition, in order; they may change the state. */
  readonly stateHandlers?: readonly StateHandler[] | undefined;
  /** Told of every transition. */
  readonly onStateChange?: StateListener | readonly StateListener[] | undefined;
  /** Told once, when the task run has finally failed. */
  readonly onFailure?: FailureListener | readonly FailureListener[] | undefined;
  /** `"none"`: the result must not be kept; it lives in the process that made it. */
  readonly result?: "none" | undefined;
  /** Checks what the body is called with, at run time. */
  readonly input?: AnySchema | undefined;
  /** Checks what the body returns, at run time. */
  readonly output?: AnySchema | undefined;
  /** Limits it counts against while Running: what `limit()` made, or names. */
  readonly limits?: readonly (string | Limit)[] | undefined;
  /** Whole number, −100…100; higher starts first. */
  readonly priority?: number | undefined;
  /** When the process of an attempt died and its outcome is unknown; `"retry"` when not given. */
  readonly onLost?: "retry" | "fail" | "ask" | undefined;
  /**
   * What one run of it is called in log lines and views: text with `{…}` for arguments, parameters, `mapIndex` and such,
   * or a function of the arguments.
   */
  readonly taskRunName?: string | ((args: readonly unknown[]) => string) | undefined;
  /** Names of the secrets its body reads. */
  readonly secrets?: readonly string[] | undefined;
  /** Names for edge labels, where the function's own cannot be read. */
  readonly args?: readonly string[] | undefined;
  /** How long one state handler, or a custom trigger, may take; 30 s when not given. */
  readonly handlerTimeout?: Duration | undefined;
  /** Lost attempts before it fails for good; 3 when not given. */
  readonly maxLost?: number | undefined;
  /** Rounds of `signals.loop`; 100,000 when not given. */
  readonly loopMax?: number | undefined;
  /** Times `signals.retry` may be thrown; 1,000 when not given. */
  readonly retrySignalsMax?: number | undefined;
  /** Mapped lists of different lengths fail, or end with the shortest; `"equal"` when not given. */
  readonly mapLengths?: "equal" | "shortest" | undefined;
}

/** What `taskDefaults` of a flow may say: all but what names one task. */
export type TaskDefaults = Omit<TaskOptions, "name" | "args" | "cacheKey" | "target">;
