/**
 * A flow ready to run: its graph, and beside it the functions a user wrote. The seam between authoring
 * (`flow/` makes programs) and running (`runtime/` runs them).
 */
import type { Instant, Millis } from "../base/time.ts";
import type { Graph } from "../graph/graph.ts";
import type { ErrorRecord } from "../state/error-record.ts";
import type { FlowState, State, TaskState } from "../state/task-state.ts";
import type { Schedule } from "../schedule/schedule.ts";

/** Of whom a handler or listener is told. */
export interface Subject {
  readonly kind: "task" | "flow";
  /** The task's or the flow's name; a mapped child's ends in `[i]`. */
  readonly name: string;
  /** The node's slug; the flow's name for a flow. */
  readonly slug: string;
  readonly mapIndex: number | undefined;
}

export interface HandlerInfo {
  readonly runId: string;
  readonly flowName: string;
  /** The attempt the transition belongs to; 0 before the first. */
  readonly attempt: number;
  readonly at: Instant;
  /** It may have been called before with this transition, by a process that died. */
  readonly replayed: boolean;
  /** What has failed in the run so far; looked up when asked. */
  failures(): Failures;
}

/** A state that says what went wrong. */
export type FailureState = Extract<State, { readonly error: ErrorRecord }>;

/** Task runs that failed by themselves; where there are none, those that did not run because of others. */
export interface Failures {
  readonly count: number;
  /** The first ten of them, in order of calls. */
  readonly named: readonly {
    readonly name: string;
    readonly slug: string;
    readonly mapIndex: number | undefined;
    readonly state: FailureState;
  }[];
}

/**
 * Called for every transition, in list order, before it is committed; may be async. A state it returns replaces
 * `to`, for the handlers after it and for the engine. A thrown signal counts as its state; any other error
 * fails the task (`HANDLER_FAILED`), without a retry.
 */
export type StateHandler = (
  subject: Subject,
  from: State,
  to: State,
  info: HandlerInfo,
) => State | void | Promise<State | void>;

/** Told of every transition after it was committed. What it returns or throws changes nothing (errors are logged). */
export type StateListener = (subject: Subject, from: State, to: State, info: HandlerInfo) => unknown;

/** Told once, when a task run or a flow run has finally failed. */
export type FailureListener = (subject: Subject, state: FailureState, info: HandlerInfo) => unknown;

/** What a custom trigger sees: one entry per upstream, mapped upstreams expanded to their children. */
export interface TriggerUpstream {
  readonly slug: string;
  readonly name: string;
  readonly mapIndex: number | undefined;
  readonly state: TaskState;
}

/** True: run. False: TriggerFailed. May throw a signal. */
export type TriggerFunction = (upstreams: readonly TriggerUpstream[]) => boolean | Promise<boolean>;

export type RetryDelay =
  | {
      readonly kind: "backoff";
      readonly initialMs: Millis;
      readonly factor: number;
      readonly maxMs: Millis /** 0…1: the share of the delay that is random. */;
      readonly jitter: number;
    }
  | { readonly kind: "function"; readonly of: (attempt: number, error: unknown) => Millis };

/** How a cache key comes about. */
export type CacheBy =
  | "inputs"
  | "parameters"
  | "nothing"
  | ((inputs: Readonly<Record<string, unknown>>, parameters: Readonly<Record<string, unknown>>) => unknown);

/** A validator that turns a value into itself, or into complaints (Standard Schema underneath). */
export type Validate = (value: unknown) => Validated | Promise<Validated>;
export type Validated =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly complaints: readonly string[] };

/** The functions of one task; `Graph.tasks` at the same index has its plain rules. */
export interface TaskFunctions {
  /** Undefined for control nodes, which the engine decides itself. */
  readonly body: ((...args: never[]) => unknown) | undefined;
  readonly stateHandlers: readonly StateHandler[];
  readonly listeners: readonly StateListener[];
  readonly onFailure: readonly FailureListener[];
  readonly trigger: TriggerFunction | undefined;
  readonly retryDelay: RetryDelay;
  readonly retryIf: ((error: unknown) => boolean) | undefined;
  readonly cacheBy: CacheBy;
  readonly cacheKey: string | undefined;
  readonly cacheVersion: string | undefined;
  readonly target: string | undefined;
  readonly input: Validate | undefined;
  readonly output: Validate | undefined;
  readonly handlerTimeoutMs: Millis;
  readonly taskRunName: string | ((args: readonly unknown[]) => string) | undefined;
  readonly secrets: readonly string[];
  /** The flow its body runs, of a flow that is called as a task. */
  readonly calls?: Program | undefined;
}

export interface FlowFunctions {
  readonly stateHandlers: readonly StateHandler[];
  readonly listeners: readonly StateListener[];
  readonly onFailure: readonly FailureListener[];
  /** Decides the flow's state from its reference states, before the flow's handlers see it. */
  readonly finalState:
    | ((flow: { readonly name: string }, state: FlowState, referenceStates: readonly TaskState[]) => FlowState | void)
    | undefined;
  readonly handlerTimeoutMs: Millis;
}

/** Checks and completes what was given: every complaint at once (`PARAMETER_INVALID`). */
export type ReadParameters = (
  given: Readonly<Record<string, unknown>>,
) => Promise<Readonly<Record<string, unknown>>> | Readonly<Record<string, unknown>>;

/** What a tick does while a run of its schedule has not ended. */
export type Overlap = "skip" | "queue" | "allow";
/** Which ticks are made up that passed while nobody watched. */
export type CatchUp = "none" | "last" | "all";

export interface Program {
  readonly graph: Graph;
  readonly tasks: readonly TaskFunctions[];
  readonly flow: FlowFunctions;
  readonly readParameters: ReadParameters;
  readonly schedule: Schedule | undefined;
  /** For whoever serves the schedule; its defaults where undefined. */
  readonly overlap?: Overlap | undefined;
  readonly catchUp?: CatchUp | undefined;
  readonly timeoutMs: Millis | undefined;
  readonly maxConcurrency: number | undefined;
  /** The file that called `flow()`, as an absolute path; undefined where it cannot be known. */
  readonly file: string | undefined;
  /** Short sentences for the author: a task made but never called, … Shown by `check` and once by `run`. */
  readonly warnings: readonly string[];
  /**
   * The user's line of each node, as `file:line:column`, for whoever tells of a failure: building does not record
   * them, so this builds once more. Empty where a second build is not the same.
   */
  nodeLines?(): readonly (string | undefined)[];
  /** More such sentences, of what can only be known once the file is there: asked before the first run. */
  lateWarnings?(): readonly string[];
}
