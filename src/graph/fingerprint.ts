/**
 * A hash over the shape of a graph: task names, constant arguments, edges, map and branch roles. Bodies and
 * tuning (retries, timeouts, labels, …) are not part of it: fixing a bug leaves it as it is.
 *
 * Nodes are named by their slugs and read in the order of slugs, so that two independent calls may change places.
 */
import { TextHash } from "../base/hash.ts";
import { isPlainObject } from "../base/json.ts";
import type { Argument, Graph, GraphNode, Source } from "./graph.ts";

/** 32 hexadecimal digits. O(nodes · log nodes). */
export function fingerprintOf(graph: Graph): string {
  const hash = new TextHash();
  for (const node of bySlug(graph)) hash.add(`${shapeOf(graph, node)}\n`);
  hash.add(outerShape(graph));
  return hash.digits();
}

/** Of one node, among its upstreams by slug: equal shapes give equal text. */
export function shapeOf(graph: Graph, node: GraphNode): string {
  const slug = (id: number) => graph.nodes[id]?.slug ?? "?";
  const parts = [
    node.kind,
    node.slug,
    node.name,
    node.mapped ? "mapped" : "",
    ...node.arguments.map((argument) => argumentShape(graph, argument)),
  ];
  if (node.after.length > 0) parts.push(`after ${node.after.map(slug).sort().join(",")}`);
  if (node.caseOf !== undefined) parts.push(`case ${slug(node.caseOf.branch)}=${JSON.stringify(node.caseOf.key)}`);
  if (node.cases !== undefined) parts.push(`cases ${JSON.stringify(node.cases)}`);
  if (node.branchOf !== undefined) parts.push(`of ${slug(node.branchOf)}`);
  if (node.over !== undefined) parts.push(`over ${sourceShape(graph, node.over.list)}`);
  if (node.resource !== undefined) parts.push(`resource ${node.resource.role}`);
  return parts.join("|");
}

function outerShape(graph: Graph): string {
  const references = graph.references?.map((id) => graph.nodes[id]?.slug ?? "?").sort() ?? ["ends"];
  const parameters = graph.parameters.map((parameter) => `${parameter.name}${parameter.required ? "!" : ""}`).sort();
  return `references ${references.join(",")}|parameters ${parameters.join(",")}|result ${sourceShape(graph, graph.result)}`;
}

function bySlug(graph: Graph): readonly GraphNode[] {
  return [...graph.nodes].sort((a, b) => (a.slug < b.slug ? -1 : a.slug > b.slug ? 1 : 0));
}

function argumentShape(graph: Graph, { source, each, flatten }: Argument): string {
  return `${each ? "each " : ""}${flatten ? "flat " : ""}${sourceShape(graph, source)}`;
}

function sourceShape(graph: Graph, source: Source): string {
  switch (source.kind) {
    case "value":
      return `=${constantText(source.value)}`;
    case "node":
      return `@${graph.nodes[source.node]?.slug ?? "?"}${JSON.stringify(source.path)}${source.settled ? " settled" : ""}`;
    case "parameter":
      return `$${source.name}${JSON.stringify(source.path)}`;
    case "element":
      return `each(${sourceShape(graph, source.of)})${JSON.stringify(source.path)}${source.settled ? " settled" : ""}`;
    case "list":
      return `[${source.items.map((item) => sourceShape(graph, item)).join(",")}]`;
    case "object":
      return `{${source.keys
        .map((key, i) => `${JSON.stringify(key)}:${sourceShape(graph, source.values[i] ?? NOTHING)}`)
        .sort()
        .join(",")}}`;
  }
}

const NOTHING: Source = { kind: "value", value: undefined };
const NESTING_MAX = 200;

/**
 * A constant as text, the same in every process: keys sorted, functions by name, instances of classes by their
 * class (what is in them need not be the same tomorrow). Never throws, and ends for cycles.
 */
export function constantText(value: unknown, depth = 0): string {
  if (depth > NESTING_MAX) return "#deep";
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "bigint":
      return `${value}n`;
    case "function":
      return `#function ${value.name}`;
    case "symbol":
      return `#symbol ${value.description ?? ""}`;
    case "object":
      return value === null ? "null" : objectText(value, depth + 1);
    default:
      return String(value);
  }
}

function objectText(value: object, depth: number): string {
  const all = (items: Iterable<unknown>) => Array.from(items, (item) => constantText(item, depth)).join(",");
  if (Array.isArray(value)) return `[${all(value)}]`;
  if (value instanceof Date) return `#date ${value.getTime()}`;
  if (value instanceof Map) return `#map(${all(value)})`;
  if (value instanceof Set) return `#set(${all(value)})`;
  if (value instanceof RegExp) return `#regexp ${String(value)}`;
  if (ArrayBuffer.isView(value) && !(value instanceof DataView))
    return `#${value.constructor.name}(${Array.from(value as unknown as ArrayLike<unknown>, String).join(",")})`;
  if (!isPlainObject(value)) return `#instance ${className(value)}`;
  return `{${Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${constantText(value[key], depth)}`)
    .join(",")}}`;
}

function className(value: object): string {
  const made: unknown = (Object.getPrototypeOf(value) as { readonly constructor?: { readonly name?: unknown } } | null)
    ?.constructor?.name;
  return typeof made === "string" ? made : "";
}

/** The first difference in shape, as half a sentence; undefined: there is none. */
export function firstDifference(before: Graph, after: Graph): string | undefined {
  const slugs = new Map(after.nodes.map((node) => [node.slug, node]));
  for (const node of before.nodes) {
    const other = slugs.get(node.slug);
    if (other === undefined) return `'${node.slug}' is only in one of them`;
    const [was, is] = [shapeOf(before, node), shapeOf(after, other)];
    if (was !== is) return `'${node.slug}' was ${cut(was)}, then ${cut(is)}`;
  }
  const known = new Set(before.nodes.map((node) => node.slug));
  const added = after.nodes.find((node) => !known.has(node.slug));
  if (added !== undefined) return `'${added.slug}' is only in one of them`;
  const [was, is] = [outerShape(before), outerShape(after)];
  return was === is ? undefined : `its result or its reference tasks were ${cut(was)}, then ${cut(is)}`;
}

const SHAPE_SHOWN_MAX = 200;

function cut(shape: string): string {
  return shape.length <= SHAPE_SHOWN_MAX ? shape : `${shape.slice(0, SHAPE_SHOWN_MAX)}…`;
}
