/** What stands behind a `Flow`: built once, when it is defined. */
import { isPlainObject, type Json } from "../base/json.ts";
import { fingerprintOf, firstDifference } from "../graph/fingerprint.ts";
import type { Graph } from "../graph/graph.ts";
import { graphToJson } from "../graph/serialise.ts";
import type { Program } from "../ports/program.ts";
import { type RunOptions, runProgram } from "../runtime/run.ts";
import type { ScheduleOptions } from "../runtime/run-on-schedule.ts";
import { recordOf } from "../state/error-text.ts";
import { type Blueprint, buildFlow, buildOnce } from "./plan/build.ts";
import type { CheckedFlow } from "./checks/check.ts";
import { refuseIfAny } from "./checks/check-options.ts";
import { given } from "./definition.ts";
import { draw } from "./drawing.ts";
import { flowAsTask } from "./plan/flow-task.ts";
import type { VisualizeOptions } from "./visualize.ts";
import type { FlowOptions } from "./flow-options.ts";
import { finishedOf, type FlowRun, flowRunOf } from "./flow-run.ts";
import { explainPlan } from "./plan-text.ts";
import { programOf } from "./plan/program-of.ts";
import { type Declared, declareParameters } from "./parameters/read-parameters.ts";
import { type InterceptedCall, type RegisteredFlow, registry } from "./registry.ts";
import type { ResumeOptions } from "../runtime/kept/resume.ts";
import { markComplaints, type MarkSettings } from "./mark-options.ts";
import { resumeComplaints, runComplaints, scheduleRunComplaints } from "./checks/run-checks.ts";
import { makeTask, type Task } from "./task.ts";
import type { TaskOptions } from "./task-options.ts";
import { neverCalled } from "./plan/tasks-made.ts";
import { callerLine, lineText, type UserLine } from "./user-line.ts";

/** A flow without parameters, which is run without any, has nothing to be read. */
function declaredBy(flow: string, parameters: Readonly<Record<string, unknown>> | undefined): Declared {
  if (parameters !== undefined) return declareParameters(flow, parameters);
  return {
    parameters: [],
    read: (values) => (isNothing(values) ? {} : declareParameters(flow, {}).read(values)),
  };
}

const isNothing = (values: unknown) => isPlainObject(values) && Object.keys(values).length === 0;

export class FlowObject implements RegisteredFlow {
  readonly name: string;
  readonly file: string | undefined;
  readonly line: string | undefined;
  readonly program: Program;
  /** What a second build starts from. */
  readonly blueprint: Blueprint;
  #fingerprint: string | undefined;
  #nodeLines: readonly (string | undefined)[] | undefined;

  constructor(
    options: FlowOptions & { readonly parameters?: Readonly<Record<string, unknown>> },
    build: Blueprint["build"],
    at: UserLine | undefined,
  ) {
    const declared = declaredBy(options.name, options.parameters);
    this.name = options.name;
    this.file = at?.file;
    this.line = lineText(at);
    this.blueprint = {
      name: options.name,
      about: given({
        description: options.description,
        version: options.version,
        tags: options.tags ?? [],
      }) as Blueprint["about"],
      parameters: declared.parameters,
      settings: { defaults: given(options.taskDefaults ?? {}), stateHandlers: options.taskStateHandlers ?? [] },
      build,
    };
    this.program = programOf(options, declared, buildFlow(this.blueprint), at?.file, () => this.nodeLines);
  }

  get graph(): Graph {
    return this.program.graph;
  }

  get fingerprint(): string {
    this.#fingerprint ??= fingerprintOf(this.graph);
    return this.#fingerprint;
  }

  async run(options: RunOptions = {}): Promise<FlowRun> {
    if (this.#intercepted("run")) return never();
    refuseIfAny(`run() of flow '${this.name}'`, runComplaints(options, this.#parameterNames));
    return flowRunOf(await runProgram(this.program, options, { people: registry().people }));
  }

  async runOnSchedule(options: ScheduleOptions = {}): Promise<FlowRun | undefined> {
    if (this.#intercepted("runOnSchedule")) return never();
    refuseIfAny(`runOnSchedule() of flow '${this.name}'`, scheduleRunComplaints(options, this.#parameterNames));
    const { runProgramOnSchedule } = await import("../runtime/run-on-schedule.ts"); // only who follows a schedule pays for its code
    const last = await runProgramOnSchedule(this.program, options, { people: registry().people });
    return last && flowRunOf(last);
  }

  async resume(which: string = "last", options: ResumeOptions = {}): Promise<FlowRun> {
    if (this.#intercepted("resume")) return never();
    refuseIfAny(`resume() of flow '${this.name}'`, resumeComplaints(which, options));
    const { resumeProgram } = await import("../runtime/kept/resume.ts"); // only who goes on with a run pays for its code
    return flowRunOf(await resumeProgram(this.program, which, options, { people: registry().people }));
  }

  async retry(which: string = "last", options: ResumeOptions = {}): Promise<FlowRun> {
    if (this.#intercepted("retry")) return never();
    refuseIfAny(`retry() of flow '${this.name}'`, resumeComplaints(which, options));
    const { retryProgram } = await import("../runtime/kept/retry.ts"); // as above
    return flowRunOf(await retryProgram(this.program, which, options, { people: registry().people }));
  }

  async mark(run: string, task: string, settings: MarkSettings): Promise<FlowRun> {
    if (this.#intercepted("mark")) return never();
    refuseIfAny(`mark() of flow '${this.name}'`, markComplaints(run, task, settings));
    const { as, reason: why, value, by = "a script", ...options } = settings;
    const { people, from = "script" } = registry();
    const { markProgram } = await import("../runtime/kept/mark.ts"); // as above
    return flowRunOf(await markProgram(this.program, run, { task, as, why, value, by, from }, options, { people }));
  }

  async visualize(options: VisualizeOptions & { readonly run?: FlowRun | undefined } = {}): Promise<string> {
    if (this.#intercepted("visualize")) return never();
    return draw(this.program, options.run && finishedOf(options.run), options);
  }

  asTask(options: TaskOptions = {}): Task<[parameters?: unknown], Promise<unknown>> {
    return makeTask(flowAsTask(this.program, options));
  }

  explain(): string {
    return explainPlan(this.graph);
  }

  toJSON(): Json {
    return graphToJson(this.graph);
  }

  /** See `buildTwice`. */
  buildAgain(): CheckedFlow {
    const { warnings } = this.program;
    const about = { warnings, uncalledTasks: neverCalled() };
    try {
      const again = buildOnce(this.blueprint, true);
      const difference = firstDifference(this.graph, again.graph);
      return { ...about, differences: difference === undefined ? [] : [difference], lines: again.lines ?? [] };
    } catch (error) {
      return { ...about, differences: [`the second build failed: ${recordOf(error).message}`], lines: [] };
    }
  }

  /** The user's lines, from a second build: nobody needs them until something has failed. */
  get nodeLines(): readonly (string | undefined)[] {
    if (this.#nodeLines === undefined) {
      const { differences, lines } = this.buildAgain();
      this.#nodeLines = differences.length === 0 ? lines : [];
    }
    return this.#nodeLines;
  }

  get #parameterNames(): readonly string[] {
    return this.graph.parameters.map((parameter) => parameter.name);
  }

  /** While a file is loaded for its flows, nothing acts: the loader is told instead. */
  #intercepted(call: InterceptedCall): boolean {
    const { loader } = registry();
    loader?.intercepted(call, this, lineText(callerLine()));
    return loader !== undefined;
  }
}

function never(): Promise<never> {
  return new Promise<never>(() => undefined);
}

/** Programs that define flows without end must not grow for it: the oldest are forgotten. */
const REGISTERED_MAX = 10_000;

export function register(flow: FlowObject): void {
  const { flows } = registry();
  if (flows.length >= REGISTERED_MAX) flows.shift();
  flows.push(flow);
}
