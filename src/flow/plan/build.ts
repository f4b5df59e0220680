/**
 * Calls a build function and makes a graph of what it did.
 *
 * A build that fails is done once more with the user's lines recorded, so that the error can name them; a build
 * that then goes another way depends on something it must not depend on (`FLOW_NOT_DETERMINISTIC`).
 */
import { isThenable } from "../../base/thenable.ts";
import { CaudalError } from "../../base/errors.ts";
import type { Graph, GraphParameter, Source } from "../../graph/graph.ts";
import { orderOf } from "../../graph/order.ts";
import { Building, type TaskEntry, whileBuilding } from "./building.ts";
import type { FlowTaskSettings } from "../definition.ts";
import { didYouMean } from "../checks/names.ts";
import { makeRef, refTarget } from "./ref.ts";
import { sourceOf } from "./source.ts";
import { neverCalledIn } from "./tasks-made.ts";
import { callerLine, lineText, locate, misuse } from "../user-line.ts";

/** What is known of a flow before its build function is called. */
export interface Blueprint {
  readonly name: string;
  readonly about: Pick<Graph, "description" | "version" | "tags">;
  readonly parameters: readonly GraphParameter[];
  readonly settings: FlowTaskSettings;
  readonly build: (parameters: Readonly<Record<string, unknown>>) => unknown;
}

export interface BuiltFlow {
  readonly graph: Graph;
  readonly entries: readonly TaskEntry[];
  readonly warnings: readonly string[];
  /** The user's line of each node, where lines were recorded. */
  readonly lines: readonly (string | undefined)[] | undefined;
}

/** @throws CaudalError what the build did wrong, with the user's line; FLOW_NOT_DETERMINISTIC */
export function buildFlow(blueprint: Blueprint): BuiltFlow {
  try {
    return buildOnce(blueprint, false);
  } catch (error) {
    if (!(error instanceof CaudalError)) throw error;
    throw explained(blueprint, error);
  }
}

/** The error again, from a build that knows the lines. */
function explained(blueprint: Blueprint, first: CaudalError): CaudalError {
  try {
    buildOnce(blueprint, true);
  } catch (second) {
    if (second instanceof CaudalError && second.code === first.code) return second;
    return misuse(
      "FLOW_NOT_DETERMINISTIC",
      { flow: blueprint.name, difference: `one ended with ${first.code}, the other with another error` },
      { cause: first },
    );
  }
  return misuse(
    "FLOW_NOT_DETERMINISTIC",
    { flow: blueprint.name, difference: `one ended with ${first.code}, the other well` },
    { cause: first },
  );
}

/** One build; `recordsLines` costs a stack trace per node. */
export function buildOnce(blueprint: Blueprint, recordsLines: boolean): BuiltFlow {
  const building = new Building(blueprint.name, blueprint.settings, recordsLines);
  const result = whileBuilding(building, () => {
    const returned = blueprint.build(parameterRefs(building, blueprint));
    return resultSource(building, returned);
  });
  refuseCycles(building);
  return {
    graph: graphOf(blueprint, building, result),
    entries: building.entries,
    warnings: warningsOf(building),
    lines: building.lines,
  };
}

function parameterRefs(building: Building, { name, parameters }: Blueprint): Readonly<Record<string, unknown>> {
  const refs = new Map<string, unknown>();
  for (const parameter of parameters)
    refs.set(parameter.name, makeRef(building, { kind: "parameter", name: parameter.name, path: [] }));
  const plain: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [key, ref] of refs) plain[key] = ref;
  return new Proxy(plain, {
    get(_, key) {
      if (typeof key === "symbol") return undefined;
      if (refs.has(key)) return refs.get(key);
      throw misuse("PARAMETER_UNKNOWN", { flow: name, name: key, hint: didYouMean(key, [...refs.keys()]) });
    },
  });
}

function resultSource(building: Building, returned: unknown): Source {
  if (refTarget(returned) === undefined && isThenable(returned)) {
    // Its rejection (a ref that was awaited) is part of the mistake told here, not another one.
    if (returned instanceof Promise) returned.catch(() => undefined);
    throw misuse("FLOW_ASYNC", { flow: building.name });
  }
  return sourceOf(returned, {
    building,
    task: `the result of flow ${building.name}`,
    argument: "what the build function returns",
  });
}

function refuseCycles(building: Building): void {
  if (!building.hasBackEdge) return;
  const order = orderOf(building.nodes);
  if (order.ok) return;
  const path = order.cycle.map((id) => building.node(id).slug);
  const backEdge = order.cycle.findIndex((id, i) => (order.cycle[i + 1] ?? -1) <= id && i + 1 < order.cycle.length);
  const line = building.afterLines?.get(`${order.cycle[backEdge + 1]} ${order.cycle[backEdge]}`);
  throw locate(
    new CaudalError("FLOW_CYCLE", { flow: building.name, path }) as CaudalError,
    line ?? lineText(callerLine()),
  );
}

function graphOf({ name, about, parameters }: Blueprint, building: Building, result: Source): Graph {
  const { nodes, entries, references } = building;
  return {
    name,
    ...about,
    nodes,
    tasks: entries.map((entry) => entry.rules),
    parameters,
    references: references.size === 0 ? undefined : [...references],
    result,
  };
}

function warningsOf(building: Building): readonly string[] {
  return neverCalledIn(building).map(
    (task) => `task '${task}' is made in flow '${building.name}' but never called there`,
  );
}
