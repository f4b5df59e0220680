/** Builds a case as a flow, through the public API. Knows the form of cases, and no case. */
import { isDeepStrictEqual } from "node:util";
import {
  type AnyRef,
  context,
  type Flow,
  filter,
  flatten,
  flow,
  merge,
  parameter,
  referenceTasks,
  resource,
  signals,
  type Task,
  task,
  type TaskOptions,
  unmapped,
} from "../../../src/index.ts";
import { behave } from "./behaviours.ts";
import type { Behaviour, Case, Edge, Source, TaskCase } from "./case-format.ts";
import { finalStateOf, handlerOf } from "./handlers.ts";
import type { Recorder } from "./recorder.ts";
import { cacheOf, triggerOf } from "./task-rules.ts";

/** A task of the case as the run knows it. */
export interface Place {
  readonly slug: string;
  /** It has a body of the case: its calls and inputs are observed. */
  readonly works: boolean;
}

export interface BuiltCase {
  readonly flow: Flow<Record<string, unknown>, unknown>;
  /** By the name observations use. */
  readonly places: ReadonlyMap<string, Place>;
}

type Inputs = Readonly<Record<string, unknown>>;
type Refs = Readonly<Record<string, AnyRef>>;

/** What a task's signal says when its case was not taken: the reason of the observation. */
export const CASE_NOT_EQUAL = "case_not_equal";

/** @throws CaudalError what is wrong with the case's graph */
export function buildCase(given: Case, recorder: Recorder): BuiltCase {
  const places = new Map<string, Place>();
  const declared = given.tasks.filter(({ kind }) => kind === "parameter");
  const built = flow(
    {
      name: "case",
      parameters: Object.fromEntries(declared.map((said) => [said.id, declare(said)])),
      taskStateHandlers: [recorder.flowWide],
      stateHandlers: (given.flowHandlers ?? []).map(handlerOf),
      ...(given.terminalHandler && { finalState: finalStateOf(given.terminalHandler) }),
    },
    (parameters: Refs) => new Builder(given, recorder, parameters, places).build(),
  );
  return { flow: built as unknown as BuiltCase["flow"], places };
}

function declare({ default: value, required }: TaskCase) {
  if (required ?? value === undefined) return parameter<unknown>();
  return parameter<unknown>({ default: value ?? null });
}

/** What the first task of a resource gives: no plain data. */
class Manager {
  readonly kind = "resource manager";
}

class Builder {
  readonly #case: Case;
  readonly #recorder: Recorder;
  readonly #parameters: Refs;
  readonly #places: Map<string, Place>;
  readonly #tasks: ReadonlyMap<string, TaskCase>;
  readonly #refs = new Map<string, AnyRef>();
  /** Tasks whose upstreams are being built: asked for again, they close a cycle. */
  readonly #open = new Set<string>();
  readonly #backEdges: (readonly [ref: () => AnyRef, from: string])[] = [];
  #merges = 0;
  #filters = 0;

  constructor(given: Case, recorder: Recorder, parameters: Refs, places: Map<string, Place>) {
    this.#case = given;
    this.#recorder = recorder;
    this.#parameters = parameters;
    this.#places = places;
    this.#tasks = new Map(given.tasks.map((task) => [task.id, task]));
  }

  build(): void {
    for (const { id } of this.#case.tasks) this.#refOf(id);
    for (const [ref, from] of this.#backEdges) ref().setUpstream(this.#known(from));
    const references = (this.#case.referenceTasks ?? []).map((id) => this.#known(id));
    if (references.length > 0) referenceTasks(...references);
  }

  #known(id: string): AnyRef {
    const ref = this.#refs.get(id);
    if (ref === undefined) throw new Error(`the case names no task ${id}`);
    return ref;
  }

  /** The task's ref, built when it is first asked for; undefined where that would be before itself. */
  #refOf(id: string): AnyRef | undefined {
    const known = this.#refs.get(id);
    if (known !== undefined || this.#open.has(id)) return known;
    const task = this.#tasks.get(id);
    if (task === undefined) throw new Error(`the case names no task ${id}`);
    // Whatever stands in a block is built with it.
    if (task.in !== undefined && !this.#open.has(task.in) && this.#refOf(task.in) !== undefined) return this.#known(id);
    this.#open.add(id);
    const ref = this.#make(task);
    this.#open.delete(id);
    this.#refs.set(id, ref);
    return ref;
  }

  #make(task: TaskCase): AnyRef {
    switch (task.kind) {
      case "task":
        return this.#call(task.id, task.inputs ?? [], rulesOf(task), this.#bodyOf(task.id, task.run));
      case "parameter":
        return this.#parameter(task.id);
      case "case":
        return this.#call(task.id, task.inputs ?? [], rulesOf(task), ({ value }) => {
          if (!isEqual(value, task.equals)) throw signals.skip(CASE_NOT_EQUAL);
          return null;
        });
      case "merge":
        return this.#merge(task);
      case "filter":
        return this.#filter(task);
      case "resource":
        return this.#resource(task);
      default:
        throw new Error(`no task is a ${String(task.kind)}`);
    }
  }

  /** A parameter as a task that others can wait for. */
  #parameter(id: string): AnyRef {
    const made = this.#task(id, {}, (value: unknown) => value);
    return made(this.#parameters[id]);
  }

  #merge({ id, inputs = [] }: TaskCase): AnyRef {
    if (inputs.some((edge) => edge.map === true || edge.flatten === true)) return this.#mappedMerge(id, inputs);
    const refs = inputs.map((edge, i) => {
      const source = this.#source(edge, () => this.#known(id));
      return edge.from === undefined ? this.#constant(`${id}.input ${i}`, source) : (source as AnyRef | null);
    });
    const there = refs.filter((ref) => ref !== null);
    this.#places.set(id, { slug: `merge-${++this.#merges}`, works: false });
    return merge(...there);
  }

  /** `merge` of the public API merges whole results: over elements, it is a task by the same rules. */
  #mappedMerge(id: string, inputs: readonly Edge[]): AnyRef {
    const named = inputs.map((edge, i) => ({ ...edge, key: edge.key ?? `task_${i + 1}` }));
    return this.#call(id, named, { trigger: "not_all_skipped", skipOnUpstreamSkip: false }, (values) =>
      Object.values(values).find((value) => value !== null && value !== undefined),
    );
  }

  #filter({ id, inputs = [] }: TaskCase): AnyRef {
    const [list, ...order] = inputs.toSorted((a, b) => Number(b.key !== undefined) - Number(a.key !== undefined));
    if (list === undefined) throw new Error(`filter ${id} has no input`);
    const value = this.#argument(list, false, `${id}.input`, () => this.#known(id));
    const given = isRef(value) ? value : this.#constant(`${id}.input`, value);
    this.#places.set(id, { slug: `filter-${++this.#filters}`, works: false });
    const ref = filter(given);
    const waits = order.map((edge) => this.#source(edge, () => this.#known(id))).flatMap(refsIn);
    return waits.length === 0 ? ref : ref.setUpstream(...waits);
  }

  /** A plain task before, then setup, block and cleanup as the public API has them. */
  #resource({ id, inputs = [], init, setup, cleanup }: TaskCase): AnyRef {
    const started = this.#bodyOf(`${id}.init`, init);
    const first = this.#call(`${id}.init`, inputs, { result: "none" }, (values) => {
      started(values);
      return new Manager();
    });
    this.#refs.set(`${id}.init`, first);
    const members = this.#case.tasks.filter((task) => task.in === id);
    for (const member of members) this.#buildBefore(member, id);
    const opened = this.#bodyOf(`${id}.setup`, setup);
    const closed = this.#bodyOf(`${id}.cleanup`, cleanup);
    const made = resource<[manager: unknown], unknown>(id, {
      setup: () => opened({}),
      cleanup: (value) => closed({ resource: value }),
    });
    return made.use(first, (value: AnyRef) => {
      this.#refs.set(id, value);
      for (const member of members) this.#refOf(member.id);
      return value;
    });
  }

  /** What a member of a block waits for, and the resource does not make, stands outside of the block. */
  #buildBefore(member: TaskCase, resource: string): void {
    for (const id of this.#upstreamsOf(member)) {
      const task = this.#tasks.get(id);
      if (task !== undefined && !this.#isBehind(task, resource)) this.#refOf(id);
    }
  }

  #upstreamsOf({ inputs = [] }: TaskCase): readonly string[] {
    const within = ({ from, list = [], dict = {} }: Source): readonly string[] => [
      ...(from === undefined ? [] : [from]),
      ...[...list, ...Object.values(dict)].flatMap(within),
    ];
    return inputs.flatMap(within);
  }

  /** The task is the resource, stands in its block, or waits for one that does. */
  #isBehind(task: TaskCase, resource: string): boolean {
    const open = [task];
    const seen = new Set<TaskCase>();
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (at.id === resource || at.in === resource) return true;
      if (seen.has(at)) continue;
      seen.add(at);
      open.push(...this.#upstreamsOf(at).flatMap((id) => this.#tasks.get(id) ?? []));
    }
    return false;
  }

  /** A value as a task, where only refs are taken. */
  #constant(name: string, value: unknown): AnyRef {
    return this.#task(name, {}, (passed: unknown) => passed)(value);
  }

  #bodyOf(id: string, behaviour: Behaviour | undefined) {
    const recorder = this.#recorder;
    const slug = slugOf(id);
    this.#places.set(id, { slug, works: true });
    return (inputs: Inputs): unknown => {
      const { mapIndex } = context();
      recorder.called(slug, mapIndex, inputs);
      if (behaviour === undefined) return null;
      const count = (what: string, within: "run" | "case") => recorder.count(slug, mapIndex, what, within);
      return behave(behaviour, { inputs, run: recorder.run, count });
    };
  }

  #task<A extends unknown[]>(name: string, options: TaskOptions, body: (...args: A) => unknown): Task<A, unknown> {
    const slug = slugOf(name);
    this.#recorder.own.add(slug);
    if (!this.#places.has(name)) this.#places.set(name, { slug, works: false });
    const stateHandlers = [this.#recorder.handler, ...(options.stateHandlers ?? [])];
    return task({ cacheVersion: "1", ...options, name, stateHandlers }, body);
  }

  /** One call of a task: keyed edges and mapped ones are arguments, the others order only. */
  #call(id: string, edges: readonly Edge[], options: TaskOptions, body: (inputs: Inputs) => unknown): AnyRef {
    const passed = edges.filter(({ key, map }) => key !== undefined || map === true);
    const keys = passed.map(({ key }) => key);
    const labels = keys.map((key, i) => key ?? `order ${i}`);
    const isMapped = passed.some(({ map }) => map === true);
    const made = this.#task(id, { args: labels, mapLengths: "shortest", ...options }, (...values: unknown[]) =>
      body(Object.fromEntries(keys.flatMap((key, i) => (key === undefined ? [] : [[key, values[i]]])))),
    );
    const self = () => this.#known(id);
    const values = passed.map((edge, i) => this.#argument(edge, isMapped, `${id}.input ${i}`, self));
    const waits = edges
      .filter((edge) => !passed.includes(edge))
      .map((edge) => this.#source(edge, self))
      .flatMap(refsIn);
    const ref = isMapped ? made.map(...(values as never[])) : made(...values);
    return waits.length === 0 ? ref : ref.setUpstream(...waits);
  }

  #argument(edge: Edge, isMapped: boolean, name: string, self: () => AnyRef): unknown {
    const source = this.#source(edge, self);
    const isRef = edge.from !== undefined;
    const overOther = edge.map === true && !isRef && !Array.isArray(source);
    const value = overOther ? this.#constant(name, source) : source;
    const flat = edge.flatten === true ? flatten(value as AnyRef) : value;
    return isMapped && edge.map !== true ? unmapped(flat) : flat;
  }

  /** What an edge brings: refs in place of tasks. A task that is being built right now waits for this one instead. */
  #source(source: Source, self: () => AnyRef): unknown {
    if (source.from !== undefined) {
      const ref = this.#refOf(source.from);
      if (ref === undefined) this.#backEdges.push([self, source.from]);
      return ref ?? null;
    }
    if (source.list !== undefined) return source.list.map((member) => this.#source(member, self));
    if (source.dict === undefined) return source.const;
    const members = Object.entries(source.dict);
    return Object.fromEntries(members.map(([key, member]) => [key, this.#source(member, self)]));
  }
}

/** Every task is called once. */
function slugOf(name: string): string {
  return `${name}-1`;
}

function rulesOf(task: TaskCase): TaskOptions {
  return {
    trigger: triggerOf(task.trigger),
    skipOnUpstreamSkip: task.skipOnUpstreamSkip ?? true,
    retries: task.maxRetries ?? 0,
    stateHandlers: (task.handlers ?? []).map(handlerOf),
    ...cacheOf(task),
  };
}

/** As the observed library's language has it: true is 1, false is 0. */
function isEqual(a: unknown, b: unknown): boolean {
  const plain = (value: unknown) => (typeof value === "boolean" ? Number(value) : (value ?? null));
  return isDeepStrictEqual(plain(a), plain(b));
}

const isRef = (value: unknown): value is AnyRef => Object.prototype.toString.call(value) === "[object Ref]";

/** The refs of an order edge, which may be a collection of them. */
function refsIn(value: unknown): readonly AnyRef[] {
  if (isRef(value)) return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(refsIn);
}
