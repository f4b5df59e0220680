/** A graph as JSON: for the API, for files, for people who compare. Constants that are no JSON are shown as text. */
import { isPlainObject, type Json } from "../base/json.ts";
import { constantText, fingerprintOf } from "./fingerprint.ts";
import type { Argument, Graph, GraphNode, Source, TaskRules } from "./graph.ts";

const FORMAT = 1;

/** `format` grows when a reader of the last one could not read it. Nodes are named by slug. */
export function graphToJson(graph: Graph): Json {
  return {
    format: FORMAT,
    name: graph.name,
    ...(graph.description !== undefined && { description: graph.description }),
    ...(graph.version !== undefined && { version: graph.version }),
    tags: graph.tags,
    fingerprint: fingerprintOf(graph),
    parameters: graph.parameters.map((parameter) => jsonOf(parameter)),
    tasks: graph.tasks.map((rules) => rulesJson(rules)),
    nodes: graph.nodes.map((node) => nodeJson(graph, node)),
    references: graph.references?.map((id) => slugOf(graph, id)) ?? null,
    result: sourceJson(graph, graph.result),
  };
}

function slugOf(graph: Graph, id: number): string {
  return graph.nodes[id]?.slug ?? "";
}

function rulesJson(rules: TaskRules): Json {
  return jsonOf(rules);
}

function nodeJson(graph: Graph, node: GraphNode): Json {
  return {
    slug: node.slug,
    name: node.name,
    kind: node.kind,
    task: node.task,
    arguments: node.arguments.map((argument) => argumentJson(graph, argument)),
    mapped: node.mapped,
    after: node.after.map((id) => slugOf(graph, id)),
    ...(node.caseOf !== undefined && { caseOf: { branch: slugOf(graph, node.caseOf.branch), key: node.caseOf.key } }),
    ...(node.cases !== undefined && { cases: node.cases }),
    ...(node.branchOf !== undefined && { branchOf: slugOf(graph, node.branchOf) }),
    ...(node.over !== undefined && { over: sourceJson(graph, node.over.list), body: node.over.body }),
    ...(node.resource !== undefined && { resource: node.resource.role }),
    ...(node.resource?.role === "cleanup" && { setup: slugOf(graph, node.resource.setup) }),
    groups: node.groups,
  };
}

function argumentJson(graph: Graph, { label, source, each, flatten }: Argument): Json {
  return { label, source: sourceJson(graph, source), ...(each && { each }), ...(flatten && { flatten }) };
}

function sourceJson(graph: Graph, source: Source): Json {
  switch (source.kind) {
    case "value":
      return { value: jsonOf(source.value) };
    case "node":
      return {
        node: slugOf(graph, source.node),
        ...(source.path.length > 0 && { path: source.path }),
        ...(source.settled && { settled: true }),
      };
    case "parameter":
      return { parameter: source.name, ...(source.path.length > 0 && { path: source.path }) };
    case "element":
      return {
        element: sourceJson(graph, source.of),
        ...(source.path.length > 0 && { path: source.path }),
        ...(source.settled && { settled: true }),
      };
    case "list":
      return { list: source.items.map((item) => sourceJson(graph, item)) };
    case "object":
      // Pairs, not members: a key may be `__proto__`.
      return {
        object: source.keys.map((key, i) => [
          key,
          sourceJson(graph, source.values[i] ?? { kind: "value", value: null }),
        ]),
      };
  }
}

const NESTING_MAX = 200;

/** Members that are undefined are left away, as JSON does; anything else it cannot say becomes `{ "$text": … }`. */
function jsonOf(value: unknown, depth = 0): Json {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (depth < NESTING_MAX && Array.isArray(value)) return value.map((item: unknown) => jsonOf(item, depth + 1));
  if (depth < NESTING_MAX && isPlainObject(value)) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return Object.fromEntries(members.map(([key, member]) => [key, jsonOf(member, depth + 1)]));
  }
  return { $text: constantText(value) };
}
