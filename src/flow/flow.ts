/** `flow()`: a named static graph of task calls, built when it is defined, run when it is asked to. */
import { isPlainObject, type Json } from "../base/json.ts";
import type { Graph } from "../graph/graph.ts";
import type { Program } from "../ports/program.ts";
import type { ResumeOptions } from "../runtime/kept/resume.ts";
import type { RunOptions } from "../runtime/run.ts";
import type { ScheduleOptions } from "../runtime/run-on-schedule.ts";
import type { Blueprint } from "./plan/build.ts";
import { refuseIfAny } from "./checks/check-options.ts";
import { given } from "./definition.ts";
import type { VisualizeOptions } from "./visualize.ts";
import { FlowObject, register } from "./flow-object.ts";
import { type FlowOptions, flowComplaints } from "./flow-options.ts";
import type { FlowRun } from "./flow-run.ts";
import type { Built, Why } from "./plan/input.ts";
import { checkName } from "./checks/names.ts";
import type { MarkSettings } from "./mark-options.ts";
import type { Given, ParameterRefs, Parameters } from "./parameters/parameter.ts";
import type { RegisteredFlow } from "./registry.ts";
import type { Task } from "./task.ts";
import type { TaskOptions } from "./task-options.ts";
import { callerLine } from "./user-line.ts";
import { describeValue } from "./checks/words.ts";

/** What a run can be told, besides its parameters. */
export type RunSettings = Omit<RunOptions, "parameters">;

/** How a run that stopped goes on; its parameters, name and tags are those it was begun with. */
export type ResumeSettings = Omit<ResumeOptions, "parameters" | "runName" | "idempotencyKey" | "taskStates" | "tags">;

/** What following a schedule can be told, besides the parameters of its runs. */
export type ScheduleSettings = Omit<ScheduleOptions, "parameters">;

// biome-ignore lint/complexity/noBannedTypes: asks whether every member may be missing
type WithParameters<S, G> = {} extends G
  ? [options?: S & { readonly parameters?: G | undefined }]
  : [options: S & { readonly parameters: G }];

// biome-ignore lint/complexity/noBannedTypes: asks whether every member may be missing
type ParametersArgument<G> = {} extends G ? [parameters?: G] : [parameters: G];

/** A flow: `G` is what its runs are given as parameters, `R` what they give back. */
export interface Flow<G, R> extends RegisteredFlow {
  readonly name: string;
  /** The file that called `flow()`, absolute; undefined where it cannot be known. */
  readonly file: string | undefined;
  /** The plan as data. */
  readonly graph: Graph;
  /** 32 hexadecimal digits over the plan's shape: equal as long as an interrupted run could go on with it. */
  readonly fingerprint: string;
  /** Plan and functions, for the command line and other runners; not for flow files. */
  readonly program: Program;
  /**
   * Runs once, now. Resolves when the run has ended, however it ended: a failed task is a state, not an exception.
   * @throws CaudalError PARAMETER_INVALID, OPTION_INVALID, SECRET_MISSING, TASK_STATES_INVALID
   */
  run(...options: WithParameters<RunSettings, G>): Promise<FlowRun<R>>;
  /** Follows the flow's schedule until Ctrl-C, `runs`, `until` or `signal`; gives the last run. */
  runOnSchedule(...options: WithParameters<ScheduleSettings, G>): Promise<FlowRun<R> | undefined>;
  /**
   * Goes on with a run that stopped before its end, from its last commit: what finished keeps its result, what was
   * running when its process died runs again (see `onLost`). Default: the newest such run of this flow.
   * @throws CaudalError RUN_UNKNOWN, RUN_OVER, RUN_OWNED, RUN_OF_ANOTHER_FLOW, NOTHING_INTERRUPTED, OPTION_INVALID
   */
  resume(run?: string, options?: ResumeSettings): Promise<FlowRun<R>>;
  /**
   * Runs again what failed or was cancelled in a run that has ended, and what follows from it, in that same run; the
   * rest keeps its results. Mend the body first. Default: the newest run of this flow that failed or was cancelled.
   * @throws CaudalError RUN_UNKNOWN, RUN_NOT_OVER, RUN_OWNED, RUN_OF_ANOTHER_FLOW, NOTHING_FAILED, RUN_CODE_CHANGED
   */
  retry(run?: string, options?: ResumeSettings): Promise<FlowRun<R>>;
  /**
   * Says what became of a task run, in place of its body: Success (with a value), Failed or Skipped. What follows decides
   * by that. Where nobody has the run, it goes on here: what followed from an end that is no longer so runs again, and
   * nothing else. Where a process has it, that one does it, and this resolves with the run as it is then.
   * @param task its name or slug, with `[i]` for a child of a mapped one
   * @throws CaudalError RUN_UNKNOWN, RUN_OF_ANOTHER_FLOW, TASK_UNKNOWN, TASK_AMBIGUOUS, TASK_NOT_MARKABLE, OPTION_INVALID,
   * RUN_CODE_CHANGED, RESULT_NOT_SERIALIZABLE
   */
  mark(run: string, task: string, settings: MarkSettings): Promise<FlowRun<R>>;
  /**
   * A task that runs this flow with the parameters it is called with (refs allowed inside), as a run of its own, and
   * gives its result. It fails with the child's failure as cause, and is aborted with its run.
   * @throws CaudalError OPTION_INVALID, NAME_INVALID
   */
  asTask(options?: TaskOptions): Task<ParametersArgument<G>, Promise<R>>;
  /** Draws the plan; gives the file's absolute path. Default `<flow name>.pdf` in the current folder. */
  visualize(options?: VisualizeOptions & { readonly run?: FlowRun | undefined }): Promise<string>;
  /** The plan in words: what waits for what. */
  explain(): string;
  toJSON(): Json;
}

type Sync<B> = [B] extends [never]
  ? unknown
  : B extends PromiseLike<unknown>
    ? Why<"FLOW_ASYNC: the build function only draws the graph: remove `async`">
    : unknown;

/**
 * Defines a flow. `build` is called at once and only draws the graph: tasks called in it become nodes.
 * @throws CaudalError OPTION_INVALID with every complaint at once, NAME_INVALID, PARAMETER_DEFAULT, FLOW_ASYNC, FLOW_CYCLE,
 * FLOW_NOT_DETERMINISTIC, and whatever the calls in `build` throw
 */
export function flow<P extends Parameters = Record<never, never>, B = void>(
  nameOrOptions: string | (FlowOptions & { readonly parameters?: P | undefined }),
  build: ((parameters: ParameterRefs<P>) => B) & Sync<B>,
): Flow<Given<P>, Built<B>> {
  const options: unknown = typeof nameOrOptions === "string" ? { name: nameOrOptions } : nameOrOptions;
  const of = isPlainObject(options) && typeof options["name"] === "string" ? `flow '${options["name"]}'` : "a flow";
  const complaints = flowComplaints(options);
  if (typeof build !== "function")
    complaints.push(`its build function is missing: flow("a name", () => { … }), not ${describeValue(build)}`);
  refuseIfAny(of, complaints);
  const checked = given(options as FlowOptions & { readonly parameters?: P });
  checkName("a flow", checked.name);
  const made = new FlowObject(checked, build as Blueprint["build"], callerLine());
  register(made);
  return made as unknown as Flow<Given<P>, Built<B>>;
}
