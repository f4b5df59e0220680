/** A finished run as its author sees it: its state, its result, its tasks, and why. */
import { CaudalError } from "../base/errors.ts";
import type { GraphNode, NodeId } from "../graph/graph.ts";
import type { FinishedRun } from "../runtime/finished-run.ts";
import type { ErrorRecord } from "../state/error-record.ts";
import type { FailedState, FlowState, SuccessState, TaskState, TimedOutState } from "../state/task-state.ts";
import { nearest } from "../base/nearest.ts";
import { draw } from "./drawing.ts";
import type { VisualizeOptions } from "./visualize.ts";
import { failedUnread, markRead } from "./checks/unread.ts";

/** One node of a run, or one child of a mapped node. */
export interface TaskRun {
  /** The task's name; a child's ends in `[i]`. */
  readonly name: string;
  readonly slug: string;
  /** What its log lines call it: the task's `taskRunName`, where it has one, once it has begun. */
  readonly runName: string;
  readonly state: TaskState;
  /** What consumers got: the value, null where it was skipped or cancelled, an error record where it failed. */
  readonly result: unknown;
  /** Calls of the body. */
  readonly attempts: number;
  /** How many children a mapped task has; 0 for others. */
  readonly children: number;
  /** @throws RangeError when there is no such child */
  child(index: number): TaskRun;
  /** Why it is in this state and what would change it. */
  explain(): string;
  /** Its history, one line per transition. */
  story(): readonly string[];
}

interface RunFacts<R> {
  readonly id: string;
  readonly name: string;
  /** What the run worked with: given values and defaults. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Every node, in order of calls. */
  readonly tasks: readonly TaskRun[];
  /** By slug, or by name where one call has it. @throws CaudalError TASK_UNKNOWN, TASK_AMBIGUOUS */
  task(nameOrSlug: string): TaskRun;
  /** Why the run, or one task of it, ended as it did. */
  explain(nameOrSlug?: string): string;
  /** Draws the graph with the states of this run. */
  visualize(options?: VisualizeOptions): Promise<string>;
  /** The result. @throws CaudalError RUN_FAILED when the run did not succeed, with the first failed task's error as cause */
  unwrap(): R;
}

export interface RunSucceeded<R> extends RunFacts<R> {
  readonly state: SuccessState<R>;
  /** What the build function returned, with results in place of refs; null in place of what was skipped. */
  readonly result: R;
}

export interface RunFailed<R> extends RunFacts<R> {
  readonly state: FailedState | TimedOutState;
  readonly result: undefined;
}

/** Cancelled, waiting for a person (Paused), or interrupted (Pending). */
export interface RunElse<R> extends RunFacts<R> {
  readonly state: Exclude<FlowState, SuccessState | FailedState | TimedOutState>;
  readonly result: undefined;
}

/** `isSuccess(run)` makes `run.result` there; reading `state` or `result` counts as having seen how it ended. */
export type FlowRun<R = unknown> = RunSucceeded<R> | RunFailed<R> | RunElse<R>;

export function flowRunOf<R>(finished: FinishedRun): FlowRun<R> {
  return new FlowRunView(finished) as unknown as FlowRun<R>;
}

/** What is behind a run; undefined where it is none of ours. */
export function finishedOf(run: FlowRun): FinishedRun | undefined {
  return views.get(run);
}

const views = new WeakMap<object, FinishedRun>();

const NAMES_SHOWN_MAX = 20;
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

class FlowRunView {
  readonly #finished: FinishedRun;
  #bySlug: Map<string, NodeId> | undefined;
  #byName: Map<string, NodeId[]> | undefined;
  /** Stands for this run among the unread ones, without holding it. */
  readonly #token = {};

  constructor(finished: FinishedRun) {
    this.#finished = finished;
    views.set(this, finished);
    if (isFailure(finished.state)) failedUnread(this.#token);
  }

  get id(): string {
    return this.#finished.id;
  }

  get name(): string {
    return this.#finished.name;
  }

  get parameters(): Readonly<Record<string, unknown>> {
    return this.#finished.parameters;
  }

  get state(): FlowState {
    markRead(this.#token);
    return this.#finished.state;
  }

  get result(): unknown {
    const { state } = this;
    return state.type === "Success" ? state.result : undefined;
  }

  get tasks(): readonly TaskRun[] {
    return this.#nodes.map((node) => taskRunOf(this.#finished, node));
  }

  task(nameOrSlug: string): TaskRun {
    return taskRunOf(this.#finished, this.#find(nameOrSlug));
  }

  explain(nameOrSlug?: string): string {
    if (nameOrSlug !== undefined) return this.task(nameOrSlug).explain();
    markRead(this.#token);
    return explainRun(this.#finished);
  }

  visualize(options: VisualizeOptions = {}): Promise<string> {
    return draw(this.#finished.program, this.#finished, options);
  }

  unwrap(): unknown {
    const { state } = this;
    if (state.type === "Success") return state.result;
    const flow = this.#finished.program.graph.name;
    const run = this.id;
    if (!isFailure(state)) throw new CaudalError("RUN_FAILED", { flow, run, why: `it ended ${state.type}` });
    const first = firstFailure(this.#finished);
    throw new CaudalError(
      "RUN_FAILED",
      { flow, run, why: first === undefined ? state.error.message : `${first.name}: ${first.error.message}` },
      { cause: errorOf(first?.error ?? state.error) },
    );
  }

  toJSON(): object {
    return { id: this.id, flow: this.#finished.program.graph.name, name: this.name, state: this.state };
  }

  [INSPECT](): string {
    return `FlowRun(${this.#finished.program.graph.name}, ${this.id}, ${this.state.type})`;
  }

  get #nodes(): readonly GraphNode[] {
    return this.#finished.program.graph.nodes;
  }

  #find(nameOrSlug: string): GraphNode {
    this.#bySlug ??= new Map(this.#nodes.map((node) => [node.slug, node.id]));
    this.#byName ??= groupByName(this.#nodes);
    const bySlug = this.#bySlug.get(nameOrSlug);
    const byName = this.#byName.get(nameOrSlug) ?? [];
    const node = this.#nodes[bySlug ?? byName[0] ?? -1];
    if (node === undefined)
      throw new CaudalError("TASK_UNKNOWN", {
        name: nameOrSlug,
        known: knownNames(nameOrSlug, [...this.#byName.keys()]),
      });
    if (bySlug === undefined && byName.length > 1) {
      throw new CaudalError("TASK_AMBIGUOUS", {
        name: nameOrSlug,
        slugs: byName.slice(0, NAMES_SHOWN_MAX).map((id) => this.#nodes[id]?.slug ?? ""),
      });
    }
    return node;
  }
}

function isFailure(state: FlowState): state is FailedState | TimedOutState {
  return state.type === "Failed" || state.type === "TimedOut";
}

function groupByName(nodes: readonly GraphNode[]): Map<string, NodeId[]> {
  const groups = new Map<string, NodeId[]>();
  for (const { name, id } of nodes) {
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [id]);
    else group.push(id);
  }
  return groups;
}

/** The nearest name alone where there is one: a list of a thousand names helps nobody. */
function knownNames(wanted: string, names: readonly string[]): readonly string[] {
  const meant = nearest(wanted, names);
  if (names.length <= NAMES_SHOWN_MAX) return names;
  return [...(meant === undefined ? [] : [meant]), ...names.slice(0, NAMES_SHOWN_MAX), "…"];
}

function taskRunOf(finished: FinishedRun, node: GraphNode, index?: number): TaskRun {
  const at = index === undefined ? "" : `[${index}]`;
  return {
    name: node.name + at,
    slug: node.slug + at,
    get runName() {
      return finished.runName(node.id, index);
    },
    get state() {
      return finished.taskState(node.id, index);
    },
    get result() {
      return resultOf(finished.taskState(node.id, index));
    },
    get attempts() {
      return finished.attempts(node.id, index);
    },
    get children() {
      return index === undefined ? finished.childCount(node.id) : 0;
    },
    child(child) {
      if (!Number.isInteger(child) || child < 0 || child >= this.children)
        throw new RangeError(`${this.slug} has ${this.children} children; there is no child ${child}`);
      return taskRunOf(finished, node, child);
    },
    explain: () => finished.explain(node.id, index),
    story: () => finished.story(node.id, index),
  };
}

function resultOf(state: TaskState): unknown {
  if ("result" in state) return state.result;
  if ("error" in state) return state.error;
  return state.type === "Cancelled" ? null : undefined;
}

interface Failure {
  readonly name: string;
  readonly error: ErrorRecord;
}

/** The failure that others followed from: the first in order of calls that is not a trigger's. */
function firstFailure(finished: FinishedRun): Failure | undefined {
  let followed: Failure | undefined;
  for (const node of finished.program.graph.nodes) {
    const children = finished.childCount(node.id);
    for (let i = -1; i < children; i++) {
      const state = finished.taskState(node.id, i === -1 ? undefined : i);
      if (!("error" in state)) continue;
      const failure = { name: i === -1 ? node.name : `${node.name}[${i}]`, error: state.error };
      if (state.type !== "TriggerFailed") return failure;
      followed ??= failure;
    }
  }
  return followed;
}

/** An error one can throw, from what was kept of it. */
function errorOf(record: ErrorRecord): Error {
  const error = new Error(record.message, record.cause === undefined ? undefined : { cause: errorOf(record.cause) });
  error.name = record.name;
  if (record.stack !== undefined && record.stack !== "") error.stack = record.stack;
  return record.code === undefined ? error : Object.assign(error, { code: record.code });
}

function explainRun(finished: FinishedRun): string {
  const { state, program } = finished;
  const head = `Flow run ${finished.id} of '${program.graph.name}': ${state.type}${isFailure(state) ? `: ${state.error.message}` : ""}`;
  const troubled = program.graph.nodes.filter(
    (node) => !["Success", "Cached", "Mapped"].includes(finished.taskState(node.id).type),
  );
  const lines = troubled.slice(0, NAMES_SHOWN_MAX).map((node) => `${node.slug}: ${finished.explain(node.id)}`);
  const more = troubled.length > lines.length ? [`… and ${troubled.length - lines.length} more`] : [];
  return [head, ...lines, ...more].join("\n");
}
