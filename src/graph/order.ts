/**
 * Who waits for whom, in which order nodes can run, and the cycle where there is one.
 * No recursion over the graph: a chain of a million nodes is an ordinary graph.
 */
import { present } from "../base/assert.ts";
import type { GraphNode, NodeId, Source } from "./graph.ts";

/** Every node a source takes a value from, in order of appearance, with repeats. */
export function forEachNodeIn(source: Source, visit: (node: NodeId) => void): void {
  switch (source.kind) {
    case "node":
      return visit(source.node);
    case "element":
      return forEachNodeIn(source.of, visit);
    case "list":
      for (const item of source.items) forEachNodeIn(item, visit);
      return;
    case "object":
      for (const value of source.values) forEachNodeIn(value, visit);
      return;
    default:
  }
}

/** Every node this one waits for: arguments, order-only edges, its branch, the list it maps over. With repeats. */
export function forEachUpstream(node: GraphNode, visit: (upstream: NodeId) => void): void {
  for (const { source } of node.arguments) forEachNodeIn(source, visit);
  for (const upstream of node.after) visit(upstream);
  if (node.over !== undefined) forEachNodeIn(node.over.list, visit);
  if (node.caseOf !== undefined) visit(node.caseOf.branch);
  if (node.branchOf !== undefined) visit(node.branchOf);
}

export type Order =
  | {
      readonly ok: true;
      /** Every node after all it waits for; among equals, by id. */
      readonly order: Uint32Array;
      /** Length of the longest way from a root, by node id. */
      readonly depth: Uint32Array;
    }
  | {
      readonly ok: false /** From a node back to itself: the first id stands at the end again. */;
      readonly cycle: readonly NodeId[];
    };

interface Edges {
  readonly start: Uint32Array;
  readonly down: Uint32Array;
  readonly waiting: Uint32Array;
}

function downstreams(nodes: readonly GraphNode[]): Edges {
  const waiting = new Uint32Array(nodes.length);
  const start = new Uint32Array(nodes.length + 1);
  for (const node of nodes) {
    forEachUpstream(node, (upstream) => {
      waiting[node.id]!++;
      start[upstream + 1]!++;
    });
  }
  for (let n = 0; n < nodes.length; n++) start[n + 1]! += start[n]!;
  const next = start.slice(0, nodes.length);
  const down = new Uint32Array(start[nodes.length]!);
  for (const node of nodes) {
    forEachUpstream(node, (upstream) => {
      down[next[upstream]!++] = node.id;
    });
  }
  return { start, down, waiting };
}

/** O(nodes + edges). */
export function orderOf(nodes: readonly GraphNode[]): Order {
  const { start, down, waiting } = downstreams(nodes);
  const order = new Uint32Array(nodes.length);
  const depth = new Uint32Array(nodes.length);
  let tail = 0;
  for (let n = 0; n < nodes.length; n++) if (waiting[n] === 0) order[tail++] = n;
  for (let head = 0; head < tail; head++) {
    const node = order[head]!;
    for (let e = start[node]!; e < start[node + 1]!; e++) {
      const next = down[e]!;
      if (depth[next]! <= depth[node]!) depth[next] = depth[node]! + 1;
      if (--waiting[next]! === 0) order[tail++] = next;
    }
  }
  return tail === nodes.length ? { ok: true, order, depth } : { ok: false, cycle: cycleAmong(nodes, waiting) };
}

/** Longer rounds are told from wherever the walk met itself. */
const ROUND_ROTATED_MAX = 1_000;

/**
 * Every node that is left waits for another one that is left: walking upstream must come round. The walk is
 * told in the order things would run.
 */
function cycleAmong(nodes: readonly GraphNode[], waiting: Uint32Array): NodeId[] {
  const seenAt = new Map<NodeId, number>();
  const walk: NodeId[] = [];
  let node = waiting.findIndex((left) => left > 0);
  while (!seenAt.has(node)) {
    seenAt.set(node, walk.length);
    walk.push(node);
    node = firstStuckUpstream(present(nodes[node], "a node on the walk"), waiting);
  }
  const round = walk.slice(seenAt.get(node)).reverse();
  const first = round.indexOf(Math.min(...round.slice(0, ROUND_ROTATED_MAX)));
  const told = [...round.slice(first), ...round.slice(0, first)];
  return [...told, present(told[0], "a cycle has a node")];
}

function firstStuckUpstream(node: GraphNode, waiting: Uint32Array): NodeId {
  let found: NodeId | undefined;
  forEachUpstream(node, (upstream) => {
    if (found === undefined && waiting[upstream]! > 0) found = upstream;
  });
  return present(found, "a node that is stuck waits for one that is stuck");
}
