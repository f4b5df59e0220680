/**
 * A hash over the shape of a graph: task names, constant arguments, edges, map and branch roles. Bodies and
 * tuning (retries, timeouts, labels, …) are not part of it: fixing a bug leaves it as it is.
 *
 * Nodes are named by their slugs, and their hashes are added up, so that two independent calls may change places.
 */
import { hashNumber, HashSum, hashText } from "../base/hash.ts";
import { isPlainObject } from "../base/json.ts";
import type { Graph, GraphNode, Source } from "./graph.ts";

/** 32 hexadecimal digits. O(nodes). */
export function fingerprintOf(graph: Graph): string {
  const sum = new HashSum();
  const slugs = new Uint32Array(graph.nodes.length);
  for (const { id, slug } of graph.nodes) slugs[id] = hashNumber(slug);
  // Pieces that are never joined, and a slug is read once: a quarter of the time of hashing the text.
  const sink: Sink = {
    text: (piece) => sum.add(piece),
    slug: (id) => sum.addNumber(slugs[id] ?? 0),
  };
  for (const node of graph.nodes) {
    writeShape(graph, node, sink);
    sum.next();
  }
  return hashText(`${sum.digits()}|${outerShape(graph)}`);
}

/** Of one node, among its upstreams by slug: equal shapes give equal text. */
export function shapeOf(graph: Graph, node: GraphNode): string {
  return textOf(graph, (sink) => writeShape(graph, node, sink));
}

/** Where the shape of a node goes, piece by piece. */
interface Sink {
  text(piece: string): void;
  /** Of a node of the graph. */
  slug(node: number): void;
}

function textOf(graph: Graph, write: (sink: Sink) => void): string {
  let text = "";
  write({
    text: (piece) => (text += piece),
    slug: (id) => (text += graph.nodes[id]?.slug ?? "?"),
  });
  return text;
}

function writeShape(graph: Graph, node: GraphNode, sink: Sink): void {
  sink.text(node.kind);
  sink.text("|");
  sink.slug(node.id);
  sink.text("|");
  sink.text(node.name);
  sink.text(node.mapped ? "|mapped" : "|");
  for (const { source, each, flatten } of node.arguments) {
    sink.text(each ? "|each " : "|");
    if (flatten) sink.text("flat ");
    writeSource(graph, source, sink);
  }
  const slug = (id: number) => graph.nodes[id]?.slug ?? "?";
  if (node.after.length > 0) sink.text(`|after ${node.after.map(slug).sort().join(",")}`);
  if (node.caseOf !== undefined) sink.text(`|case ${slug(node.caseOf.branch)}=${JSON.stringify(node.caseOf.key)}`);
  if (node.cases !== undefined) sink.text(`|cases ${JSON.stringify(node.cases)}`);
  if (node.branchOf !== undefined) sink.text(`|of ${slug(node.branchOf)}`);
  if (node.over !== undefined) sink.text(`|over ${sourceShape(graph, node.over.list)}`);
  if (node.resource !== undefined) sink.text(`|resource ${node.resource.role}`);
}

function outerShape(graph: Graph): string {
  const references = graph.references?.map((id) => graph.nodes[id]?.slug ?? "?").sort() ?? ["ends"];
  const parameters = graph.parameters.map((parameter) => `${parameter.name}${parameter.required ? "!" : ""}`).sort();
  return `references ${references.join(",")}|parameters ${parameters.join(",")}|result ${sourceShape(graph, graph.result)}`;
}

function sourceShape(graph: Graph, source: Source): string {
  return textOf(graph, (sink) => writeSource(graph, source, sink));
}

function writePath(path: readonly unknown[], isSettled: boolean | undefined, sink: Sink): void {
  sink.text(path.length === 0 ? "[]" : JSON.stringify(path));
  if (isSettled) sink.text(" settled");
}

function writeSource(graph: Graph, source: Source, sink: Sink): void {
  switch (source.kind) {
    case "value":
      return sink.text(`=${constantText(source.value)}`);
    case "node":
      sink.text("@");
      sink.slug(source.node);
      return writePath(source.path, source.settled, sink);
    case "parameter":
      sink.text(`$${source.name}`);
      return writePath(source.path, false, sink);
    case "element":
      sink.text("each(");
      writeSource(graph, source.of, sink);
      sink.text(")");
      return writePath(source.path, source.settled, sink);
    case "list":
      sink.text("[");
      for (let i = 0; i < source.items.length; i++) {
        if (i > 0) sink.text(",");
        writeSource(graph, source.items[i]!, sink);
      }
      return sink.text("]");
    case "object":
      return sink.text(
        `{${source.keys
          .map((key, i) => `${JSON.stringify(key)}:${sourceShape(graph, source.values[i] ?? NOTHING)}`)
          .sort()
          .join(",")}}`,
      );
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
