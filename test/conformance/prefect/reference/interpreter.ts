/**
 * A second answer to every case, from Prefect 1.x's rules alone: no engine, no time, no public API. Tasks run in the
 * order they are listed in, each once all before it are done; a retry is at once. That gives the same states and
 * values as walking the graph again and again, because nothing downstream runs before its upstreams are finished.
 *
 * `PREFECT` answers as the observed library did; `OURS` as this project does, where the design says it differs.
 */
import { isDeepStrictEqual } from "node:util";
import type { Behaviour, Case, Edge, Observation, RunCase, RunSeen, TaskCase, TaskSeen } from "../case-format.ts";
import { act, type Outcome } from "./body.ts";
import { elementsOf, judgedWhole, wholeValue, type Wire, wireOf } from "./edges.ts";
import type { Rules } from "./rules.ts";
import {
  type End,
  errorOf,
  isFailed,
  isFinished,
  isSkipped,
  isSuccess,
  Runner,
  runTask,
  seenOf,
  type State,
  type TaskRun,
  withChildren,
} from "./task-run.ts";

interface Entry {
  readonly value: unknown;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly until: number;
}

/** Between the runs of a case. */
class Memory {
  run = 0;
  readonly counts = new Map<string, number>();
  readonly caches = new Map<string, Entry[]>();

  count(key: string): number {
    const count = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, count);
    return count;
  }
}

export function interpret(given: Case, rules: Rules): Observation {
  const cyclic = cycleIn(given);
  const memory = new Memory();
  const runs = (given.runs ?? [{}]).map((run): RunSeen => {
    memory.run++;
    if (cyclic === "self") return { error: { code: "self_edge", when: "build" } };
    if (cyclic !== undefined) return { flow: { error: "cycle" } };
    return parameterError(given, run) ?? new OneRun(given, run, memory, rules).answer();
  });
  return { id: given.id, runs };
}

function sourcesOf(task: TaskCase): readonly string[] {
  return (task.inputs ?? []).flatMap(({ from }) => from ?? []);
}

/** Every upstream stands before its downstream, but in a cycle. */
function cycleIn({ tasks }: Case): "self" | "longer" | undefined {
  const before = new Set<string>();
  for (const task of tasks) {
    if (sourcesOf(task).includes(task.id)) return "self";
    if (sourcesOf(task).some((id) => !before.has(id))) return "longer";
    before.add(task.id);
  }
  return undefined;
}

function parameterError({ tasks }: Case, { parameters = {} }: RunCase): RunSeen | undefined {
  const known = tasks.filter(({ kind }) => kind === "parameter");
  const names = Object.keys(parameters).filter((name) => !known.some(({ id }) => id === name));
  if (names.length > 0) return { error: { code: "unexpected_parameters", names } };
  const missing = known.filter(
    ({ id, required, default: value }) => (required ?? value === undefined) && !(id in parameters),
  );
  if (missing.length === 0) return undefined;
  return { error: { code: "missing_parameters", names: missing.map(({ id }) => id) } };
}

const RUNS_ALWAYS = {
  skipOnUpstreamSkip: true,
  trigger: "all_successful",
  maxRetries: 0,
  handlers: [],
  caches: false,
  hit: () => undefined,
} as const;

class OneRun {
  readonly #ends = new Map<string, End>();
  readonly #works = new Set<string>();
  readonly #counts = new Map<string, number>();
  readonly #made: (() => void)[] = [];
  readonly #case: Case;
  readonly #parameters: Readonly<Record<string, unknown>>;
  readonly #at: number;
  readonly #memory: Memory;
  readonly #rules: Rules;

  constructor(given: Case, { parameters = {}, at = 0 }: RunCase, memory: Memory, rules: Rules) {
    this.#case = given;
    const declared = given.tasks.filter(({ kind }) => kind === "parameter");
    this.#parameters = {
      ...Object.fromEntries(declared.map(({ id, default: value }) => [id, value ?? null])),
      ...parameters,
    };
    this.#at = at;
    this.#memory = memory;
    this.#rules = rules;
  }

  answer(): RunSeen {
    for (const task of this.#case.tasks) this.#ends.set(task.id, this.#runOf(task));
    for (const task of this.#case.tasks) if (task.kind === "resource") this.#close(task);
    for (const store of this.#made) store();
    const flow = this.#flowState();
    if (flow.error !== undefined) return { flow };
    const resources = new Set(this.#case.tasks.filter(({ kind }) => kind === "resource").map(({ id }) => id));
    const shown = [...this.#ends].filter(([id]) => !resources.has(id));
    const tasks: Record<string, TaskSeen> = {};
    for (const [id, end] of shown) tasks[id] = seenOf(end, this.#works.has(id));
    return { flow, tasks };
  }

  #endOf = (id: string): End => {
    const end = this.#ends.get(id);
    if (end === undefined) throw new Error(`the case names no task ${id}`);
    return end;
  };

  #wires(edges: readonly Edge[]): readonly Wire[] {
    return edges.map((edge) => wireOf(edge, this.#endOf, this.#rules));
  }

  #runOf(task: TaskCase): End {
    const { id, inputs = [] } = task;
    switch (task.kind) {
      case "parameter":
        return this.#plain(id, [], { ...RUNS_ALWAYS, body: () => ({ kind: "returned", value: this.#parameters[id] }) });
      case "case":
        return this.#node(id, inputs, {
          ...RUNS_ALWAYS,
          body: ({ inputs: { value } }) => compared(value, task.equals),
        });
      case "merge": {
        const named = inputs.map((edge, i) => ({ ...edge, key: edge.key ?? `task_${i + 1}` }));
        return this.#node(id, named, {
          ...RUNS_ALWAYS,
          trigger: "not_all_skipped",
          skipOnUpstreamSkip: false,
          body: this.#merged,
        });
      }
      case "filter":
        return this.#filter(id, inputs);
      case "resource":
        return this.#open(task);
      default:
        return this.#task(task);
    }
  }

  #task(task: TaskCase): End {
    const { id, inputs = [], in: block } = task;
    this.#works.add(id);
    const isInside = (from: string | undefined) =>
      from === block || this.#case.tasks.some((other) => other.id === from && other.in === block);
    const opens = block !== undefined && !inputs.some(({ from }) => isInside(from));
    const edges = opens ? [...inputs, { from: block }] : inputs;
    const rules = {
      trigger: task.trigger ?? "all_successful",
      skipOnUpstreamSkip: task.skipOnUpstreamSkip ?? true,
      maxRetries: task.maxRetries ?? 0,
      handlers: task.handlers ?? [],
      caches: task.cacheFor !== undefined,
    };
    return this.#node(id, edges, rules, task);
  }

  /** A task, or the parent of mapped ones. */
  #node(
    id: string,
    edges: readonly Edge[],
    rules: Omit<TaskRun, "hit" | "body"> & Partial<TaskRun>,
    task?: TaskCase,
  ): End {
    const wires = this.#wires(edges);
    const make = (child: number | undefined, inputs: End["inputs"]): TaskRun => ({
      ...rules,
      hit: () => (task === undefined ? undefined : this.#hit(task, inputs)),
      body: rules.body ?? this.#bodyOf(id, child, task?.run),
    });
    const store = (end: End, inputs: End["inputs"]) => {
      if (task?.cacheFor !== undefined && end.type === "Cached" && end.calls > 0) this.#store(task, end, inputs);
      return end;
    };
    if (wires.some(({ edge }) => edge.map === true))
      return this.#mapped(wires, rules, (child, upstreams, inputs) =>
        store(runTask(make(child, inputs), upstreams, inputs, this.#rules), inputs),
      );
    const inputs = valuesOf(wires, wholeValue);
    return store(runTask(make(undefined, inputs), wires.flatMap(judgedWhole), inputs, this.#rules), inputs);
  }

  #plain(id: string, upstreams: readonly End[], task: TaskRun, inputs: End["inputs"] = {}): End {
    const end = runTask(task, upstreams, inputs, this.#rules);
    this.#ends.set(id, end);
    return end;
  }

  #mapped(
    wires: readonly Wire[],
    { skipOnUpstreamSkip, handlers }: Pick<TaskRun, "skipOnUpstreamSkip" | "handlers">,
    run: (child: number, upstreams: readonly End[], inputs: End["inputs"]) => End,
  ): End {
    const runner = new Runner(handlers, this.#rules);
    const { end: parent } = runner;
    const mapped = wires.filter(({ edge }) => edge.map === true);
    const whole = wires.filter((wire) => !mapped.includes(wire));
    const expanded = whole.flatMap(judgedWhole).flatMap(withChildren);
    const seen = [...expanded, ...mapped.flatMap(({ end, judged }) => judged?.flatMap(withChildren) ?? [end])];
    if (!seen.every(isFinished)) return parent;
    if (skipOnUpstreamSkip && seen.some(isSkipped)) {
      runner.change({ type: "Skipped", value: null, reason: "upstream_skipped" });
      return parent;
    }
    const elements = mapped.map((wire) => elementsOf(wire, this.#rules));
    const refused = refusal(elements, mapped, this.#rules);
    runner.change(refused ?? { type: "Mapped", value: [] });
    if (parent.type !== "Mapped") return parent;
    const lengths = elements.map((list) => (list === "none" ? 0 : Array.isArray(list) ? list.length : undefined));
    const count = Math.min(...lengths.filter((length) => length !== undefined));
    const children = [...new Array<undefined>(count).keys()].map((child) => {
      const atChild = wires.map((wire): Wire => {
        const list = elements[mapped.indexOf(wire)];
        if (!mapped.includes(wire)) return wire;
        const end = Array.isArray(list) ? (list[child] as End) : { ...wire.end, value: null };
        // A list that one task gives is one upstream, whichever of its elements are taken.
        const isWhole = wire.end.type !== "Mapped" && !this.#rules.elementsCountApart;
        return { edge: wire.edge, end, judged: wire.judged ?? (isWhole ? [wire.end] : undefined) };
      });
      const inputs = valuesOf(atChild, (wire) => (wire.edge.map === true ? wire.end.value : wholeValue(wire)));
      return run(child, atChild.flatMap(judgedWhole), inputs);
    });
    return Object.assign(parent, { children, value: children.map(({ value }) => value) });
  }

  #bodyOf(id: string, child: number | undefined, behaviour: Behaviour | undefined): TaskRun["body"] {
    return ({ inputs, looped }) => {
      if (behaviour === undefined) return { kind: "returned", value: null };
      const count = (what: string, within: "run" | "case") => {
        if (within === "case") return this.#memory.count(`${id} ${what}`);
        const key = `${id} ${child ?? ""} ${what}`;
        this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
        return this.#counts.get(key)!;
      };
      return act(behaviour, { inputs, looped, run: this.#memory.run, count });
    };
  }

  /** A signal without a result of its own is its own value, or none. */
  #isValue = (value: unknown): boolean => {
    if (value === null || value === undefined) return false;
    return this.#rules.signalsAreValues || typeof value !== "object" || !("$signal" in value);
  };

  #merged: TaskRun["body"] = ({ inputs }) => {
    const entries = Object.entries(inputs);
    if (this.#rules.mergesByText) entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return { kind: "returned", value: entries.map(([, value]) => value).find(this.#isValue) ?? null };
  };

  #filter(id: string, edges: readonly Edge[]): End {
    const [source] = this.#wires(edges);
    const dropped = source?.end.type === "Mapped" && !this.#rules.signalsAreValues ? source.end.children : undefined;
    const isKept = (value: unknown, i: number) => {
      const child = dropped?.[i];
      if (child !== undefined && (isFailed(child) || isSkipped(child))) return false;
      return this.#isValue(value) && !(typeof value === "object" && value !== null && "$error" in value);
    };
    const body = ({ inputs: { task_results: list } }: { readonly inputs: End["inputs"] }): Outcome =>
      Array.isArray(list) ? { kind: "returned", value: list.filter(isKept) } : { kind: "threw", message: "no list" };
    return this.#node(id, edges, { ...RUNS_ALWAYS, trigger: "all_finished", skipOnUpstreamSkip: false, body });
  }

  /** The first two tasks of a resource. The state of the second is what its name stands for. */
  #open({ id, inputs = [], init, setup }: TaskCase): End {
    const wires = this.#wires(inputs);
    const values = valuesOf(wires, wholeValue);
    for (const part of ["init", "setup", "cleanup"]) this.#works.add(`${id}.${part}`);
    const start = this.#bodyOf(`${id}.init`, undefined, init);
    const begin: TaskRun["body"] = (call) => {
      const outcome = start(call);
      return outcome.kind === "returned" ? { kind: "returned", value: { $other: "object" } } : outcome;
    };
    const first = this.#plain(`${id}.init`, wires.flatMap(judgedWhole), { ...RUNS_ALWAYS, body: begin }, values);
    const body = this.#bodyOf(`${id}.setup`, undefined, setup);
    return this.#plain(`${id}.setup`, [first], { ...RUNS_ALWAYS, body });
  }

  #close({ id, cleanup }: TaskCase): void {
    const [init, setup] = [this.#endOf(`${id}.init`), this.#endOf(`${id}.setup`)];
    const block = this.#case.tasks.filter((task) => task.in === id).map((task) => this.#endOf(task.id));
    const closed = (): State | undefined => {
      const isOpen = [init, setup].every((end) => isSuccess(end) && !isSkipped(end));
      return isOpen ? undefined : { type: "Skipped", value: { $signal: "SKIP" }, reason: "resource" };
    };
    const body = this.#bodyOf(`${id}.cleanup`, undefined, cleanup);
    const ending: TaskRun["body"] = (call) => {
      const outcome = body(call);
      return outcome.kind === "returned" ? { kind: "returned", value: null } : outcome;
    };
    const task = { ...RUNS_ALWAYS, trigger: closed, skipOnUpstreamSkip: false, body: ending };
    const upstreams = [init, setup, ...block].flatMap(withChildren);
    this.#plain(`${id}.cleanup`, upstreams, task, { resource: setup.value });
  }

  #entries(task: TaskCase): Entry[] {
    const key = task.cacheKey ?? task.name ?? task.id;
    const known = this.#memory.caches.get(key) ?? [];
    this.#memory.caches.set(key, known);
    return known;
  }

  #hit(task: TaskCase, inputs: End["inputs"]): Entry | undefined {
    if (task.cacheFor === undefined) return undefined;
    const { name, on } = validatorOf(task);
    return this.#entries(task).find((entry) => {
      if (entry.until <= this.#at) return false;
      const isOf = name.endsWith("parameters") || name === "partial_parameters_only" ? "parameters" : "inputs";
      const mine = isOf === "parameters" ? this.#parameters : inputs;
      if (name === "never_use") return false;
      if (name === "all_inputs" || name === "all_parameters") return isDeepStrictEqual(entry[isOf], mine);
      return (on ?? []).every((key) => isDeepStrictEqual(entry[isOf][key], mine[key]));
    });
  }

  /** Entries are there for the next run, not for this one. */
  #store(task: TaskCase, { value }: End, inputs: End["inputs"]): void {
    const until = this.#at + (task.cacheFor ?? 0);
    this.#made.push(() => void this.#entries(task).push({ value, inputs, parameters: this.#parameters, until }));
  }

  #references(): readonly string[] {
    if (this.#case.referenceTasks !== undefined) return this.#case.referenceTasks;
    const upstreams = new Set(this.#case.tasks.flatMap((task) => (task.inputs ?? []).flatMap(namesIn)));
    return this.#case.tasks.filter(({ id, kind }) => kind !== "resource" && !upstreams.has(id)).map(({ id }) => id);
  }

  #flowState(): NonNullable<RunSeen["flow"]> {
    const states = this.#references().map(this.#endOf);
    const all = states.flatMap(withChildren);
    const { flowHandlers = [], terminalHandler } = this.#case;
    if (![...this.#ends.values()].flatMap(withChildren).every(isFinished)) return { state: "Running" };
    const failed = all.some(isFailed);
    const state = failed
      ? { type: "Failed", value: null, reason: "reference_failed" }
      : { type: "Success", value: null, ...(all.every(isSuccess) && { reason: "reference_succeeded" }) };
    const ended = terminalHandler === undefined ? state : atTheEnd(state, terminalHandler, this.#rules);
    const runner = new Runner(flowHandlers, this.#rules);
    runner.end.type = "Running";
    runner.change(ended);
    const { type, reason, message, value } = runner.end;
    if (reason === "state_handler_error")
      return { state: type, reason, error: (value as { readonly $error: string }).$error };
    return { state: type, ...(reason !== undefined && { reason }), ...(message !== undefined && { message }) };
  }
}

function atTheEnd(state: State, handler: NonNullable<Case["terminalHandler"]>, rules: Rules): State {
  const runner = new Runner([handler], rules);
  runner.change(state);
  const { type, value, reason, message } = runner.end;
  return { type, value, reason, message };
}

function namesIn({ from, list = [], dict = {} }: Edge): readonly string[] {
  return from === undefined ? [...list, ...Object.values(dict)].flatMap(namesIn) : [from];
}

function valuesOf(wires: readonly Wire[], value: (wire: Wire) => unknown): End["inputs"] {
  return Object.fromEntries(
    wires.flatMap((wire) => (wire.edge.key === undefined ? [] : [[wire.edge.key, value(wire)]])),
  );
}

function validatorOf({ cacheValidator = "duration_only" }: TaskCase) {
  return typeof cacheValidator === "string" ? { name: cacheValidator, on: undefined } : cacheValidator;
}

/** Why there are no children: nothing to map over, or something that is no list. */
function refusal(elements: readonly unknown[], mapped: readonly Wire[], rules: Rules): State | undefined {
  const failed = (reason: string) => ({
    type: "Failed",
    value: rules.failuresMayBeNull ? null : errorOf("(internal)"),
    reason,
  });
  if (!mapped.some(({ end }) => isSuccess(end))) return failed("no_mappable_upstream");
  if (elements.includes("unmappable")) return failed("unmappable_result");
  return undefined;
}

function compared(value: unknown, equals: unknown): Outcome {
  const plain = (given: unknown) => (typeof given === "boolean" ? Number(given) : (given ?? null));
  if (isDeepStrictEqual(plain(value), plain(equals))) return { kind: "returned", value: null };
  return { kind: "signalled", signal: "SKIP", reason: "case_not_equal" };
}
