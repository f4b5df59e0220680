/** A drawn flow as a program: the graph that the builder would make of it, and functions that report to their world. */
import type { Argument, Graph, GraphNode, Source, TaskRules } from "../src/graph/graph.ts";
import type { Program, StateHandler, TaskFunctions, TriggerFunction } from "../src/ports/program.ts";
import type { Schedule } from "../src/schedule/schedule.ts";
import { Signal } from "../src/state/signal.ts";
import type { Ears } from "./ears.ts";
import type { FlowSpec, NodeSpec } from "./scenario.ts";

export const FLOW_NAME = "simulated";
const HANDLER_TIMEOUT_MS = 30_000;

/** What functions of the flow need of the world they are called in. */
export interface Surroundings {
  body(node: number, args: readonly unknown[]): unknown;
  sleep(ms: number): Promise<void>;
  readonly ears: Ears | undefined;
}

export interface ProgramOptions {
  readonly schedule?: Schedule | undefined;
  /** What a later version of the code has in the names of its last tasks. */
  readonly changed?: boolean | undefined;
}

export function graphOf(flow: FlowSpec, changed = false, ears?: Ears): Graph {
  const nodes = flow.nodes.map((spec, id) => nodeOf(flow, spec, id, changed));
  return {
    name: FLOW_NAME,
    tags: [],
    nodes,
    tasks: flow.nodes.map((spec) => rulesOf(spec, ears?.hears(spec.name) === true)),
    parameters: [],
    references: undefined,
    result: { kind: "value", value: undefined },
  };
}

function nodeOf(flow: FlowSpec, spec: NodeSpec, id: number, changed: boolean): GraphNode {
  const { over, caseOf, cases, branchOf, resource } = spec;
  const last = changed && id === flow.nodes.length - 1 && spec.kind === "task" && spec.resource === undefined;
  const name = last ? `${spec.name}b` : spec.name;
  return {
    id,
    slug: `${name}-1`,
    name,
    kind: spec.kind,
    task: id,
    arguments: spec.args.map((arg, i): Argument => {
      const { each, flatten } = arg;
      return { label: spec.kind === "choose" ? (cases?.[i] ?? "") : String(i), source: sourceOf(arg), each, flatten };
    }),
    mapped: spec.mapped,
    after: spec.after,
    groups: [],
    ...(over && { over: { list: { kind: "node", node: over.list, path: [] }, body: over.body } }),
    ...(caseOf && { caseOf }),
    ...(cases && { cases }),
    ...(branchOf !== undefined && { branchOf }),
    ...(resource && { resource }),
  };
}

function sourceOf({ from, element }: NodeSpec["args"][number]): Source {
  const node: Source = { kind: "node", node: from, path: [] };
  return element ? { kind: "element", of: node, path: [] } : node;
}

function rulesOf(spec: NodeSpec, watched: boolean): TaskRules {
  return {
    name: spec.name,
    tags: [],
    trigger: spec.trigger,
    skipOnUpstreamSkip: spec.skipOnUpstreamSkip,
    retries: spec.retries,
    retrySignalsMax: 1_000,
    loopMax: 100_000,
    maxLost: spec.maxLost,
    onLost: spec.onLost,
    timeoutMs: spec.timeoutMs,
    cacheForMs: spec.cacheForMs,
    hasTarget: false,
    priority: spec.priority,
    limits: spec.limit === undefined ? [] : [spec.limit],
    keepsResult: spec.keepsResult,
    mapLengths: "equal",
    asksHandlers: spec.handler !== undefined,
    watched,
    bodyHash: "body",
  };
}

export function programOf(flow: FlowSpec, around: Surroundings, options: ProgramOptions = {}): Program {
  return {
    graph: graphOf(flow, options.changed, around.ears),
    tasks: flow.nodes.map((spec, id) => functionsOf(spec, id, around)),
    flow: {
      stateHandlers: [],
      listeners: around.ears?.hearsFlow === true ? [around.ears.step] : [],
      onFailure: around.ears?.hearsFlow === true ? [around.ears.failure] : [],
      finalState: undefined,
      handlerTimeoutMs: HANDLER_TIMEOUT_MS,
    },
    readParameters: () => ({}),
    schedule: options.schedule,
    timeoutMs: flow.timeoutMs,
    maxConcurrency: flow.maxConcurrency,
    file: undefined,
    warnings: [],
  };
}

function functionsOf(spec: NodeSpec, id: number, around: Surroundings): TaskFunctions {
  return {
    body: spec.kind === "task" ? (...args: readonly unknown[]) => around.body(id, args) : undefined,
    stateHandlers: spec.handler === undefined ? [] : [handlerOf(spec.handler, around)],
    listeners: around.ears?.hears(spec.name) === true ? [around.ears.step] : [],
    onFailure: around.ears?.hears(spec.name) === true ? [around.ears.failure] : [],
    trigger: spec.custom === undefined ? undefined : triggerOf(spec.custom, around),
    retryDelay: {
      kind: "backoff",
      initialMs: spec.retryDelayMs,
      factor: 1,
      maxMs: Math.max(1, spec.retryDelayMs),
      jitter: 0,
    },
    retryIf: undefined,
    cacheBy: "inputs",
    cacheKey: undefined,
    cacheVersion: undefined,
    target: undefined,
    input: undefined,
    output: undefined,
    handlerTimeoutMs: HANDLER_TIMEOUT_MS,
    taskRunName: undefined,
    secrets: [],
  };
}

/** `reference-model.ts` says the same in its own words. */
function handlerOf(deed: NonNullable<NodeSpec["handler"]>, around: Surroundings): StateHandler {
  switch (deed) {
    case "watches":
      return () => undefined;
    case "slow":
      return async () => around.sleep(3);
    case "rescues":
      return (_subject, _from, to) => (to.type === "Failed" ? { type: "Success", result: "rescued" } : undefined);
    case "spoils":
      return (_subject, _from, to) =>
        to.type === "Success" ? { type: "Failed", error: { name: "Error", message: "spoilt" } } : undefined;
    case "throws":
      return (_subject, _from, to) => {
        if (to.type === "Running") throw new Error("the handler broke");
      };
    case "hangs":
      return (_subject, _from, to) => (to.type === "Success" ? new Promise<void>(() => undefined) : undefined);
  }
}

function triggerOf(custom: NonNullable<NodeSpec["custom"]>, around: Surroundings): TriggerFunction {
  switch (custom) {
    case "yes":
      return () => true;
    case "no":
      return () => false;
    case "throws":
      return () => {
        throw new Error("the trigger broke");
      };
    case "slow yes":
      return async () => {
        await around.sleep(2);
        return true;
      };
    case "skips":
      return () => {
        throw new Signal({ kind: "skip", why: undefined, result: null });
      };
  }
}
