/**
 * A graph compiled for running: who waits for whom as flat arrays, computed once per flow and shared by its runs.
 *
 * Upstreams of a node are unique: one reached by two edges counts once, with its roles joined.
 */
import { assert } from "../base/assert.ts";
import type { Argument, Graph, GraphNode, NodeId, NodeKind, Source, TaskRules } from "../graph/graph.ts";

/** How an upstream matters to a node; bits, joined over all edges between the two. */
export const ROLE = {
  /** Judged by triggers: every upstream but the branch of a case. */
  JUDGED: 1,
  /** The branch whose case the node stands in. */
  CASE: 2,
  /** Both are mapped and pair by index: child i waits for child i only. */
  PAIRED: 4,
  /** Mapped over the flattened children of it: a child sees only the sibling its element came from. */
  SPREAD: 8,
} as const;

export interface Plan {
  readonly graph: Graph;
  readonly count: number;
  /** Upstreams of node n: indices upStart[n] … upStart[n + 1] of `up` and `upRole`. */
  readonly upStart: Uint32Array;
  readonly up: Uint32Array;
  readonly upRole: Uint8Array;
  readonly downStart: Uint32Array;
  readonly down: Uint32Array;
  readonly downPaired: Uint8Array;
  readonly rules: readonly TaskRules[];
  readonly kind: readonly NodeKind[];
  readonly mapped: Uint8Array;
  /** An argument of it follows a path into a result, which may be missing. */
  readonly hasPath: Uint8Array;
  /** The longest way from a root, in edges. */
  readonly depth: Uint32Array;
  /** Starting order: priority, then depth, then node order; smaller starts first. */
  readonly rank: Uint32Array;
  readonly references: readonly NodeId[];
  /** Cleanups of resources: they run even in a cancelled run. */
  readonly cleanups: readonly NodeId[];
}

/** The mapped node whose children a source gives one by one, to siblings of them. */
function siblingsOf(graph: Graph, source: Source): NodeId | undefined {
  if (source.kind !== "node" || source.path.length > 0 || source.settled) return undefined;
  return graph.nodes[source.node]?.mapped ? source.node : undefined;
}

/** Every node a source takes a value from; `pairs`: only what the sibling of the child has. */
function sourceNodes(graph: Graph, source: Source, visit: (node: NodeId, pairs: boolean) => void): void {
  switch (source.kind) {
    case "node":
      return visit(source.node, false);
    case "element": {
      const siblings = siblingsOf(graph, source.of);
      return siblings === undefined ? sourceNodes(graph, source.of, visit) : visit(siblings, true);
    }
    case "list":
      for (const item of source.items) sourceNodes(graph, item, visit);
      return;
    case "object":
      for (const value of source.values) sourceNodes(graph, value, visit);
      return;
    default:
  }
}

function hasAnyPath(source: Source): boolean {
  if (source.kind === "node" || source.kind === "parameter" || source.kind === "element") return source.path.length > 0;
  if (source.kind === "list") return source.items.some(hasAnyPath);
  return source.kind === "object" && source.values.some(hasAnyPath);
}

/** A mapped argument whose elements are the children of a mapped node, one by one or flattened. */
function mapsOverNode(graph: Graph, node: GraphNode, argument: Argument): boolean {
  const { source } = argument;
  if (!node.mapped || !argument.each) return false;
  return source.kind === "node" && source.path.length === 0 && (graph.nodes[source.node]?.mapped ?? false);
}

/** The upstreams of one node with their roles. PAIRED holds only if every edge between the two pairs. */
function upstreamsOf(graph: Graph, node: GraphNode, roles: Map<NodeId, number>): void {
  roles.clear();
  const whole = new Set<NodeId>();
  const unspread = new Set<NodeId>();
  for (const argument of node.arguments) {
    const each = mapsOverNode(graph, node, argument);
    sourceNodes(graph, argument.source, (up, pairs) => {
      roles.set(up, (roles.get(up) ?? 0) | ROLE.JUDGED | ROLE.PAIRED | ROLE.SPREAD);
      if (!pairs && (!each || argument.flatten)) whole.add(up);
      if (!each || !argument.flatten) unspread.add(up);
    });
  }
  for (const up of node.after) {
    const sameBody = node.over !== undefined && graph.nodes[up]?.over?.body === node.over.body;
    roles.set(up, (roles.get(up) ?? 0) | ROLE.JUDGED | ROLE.PAIRED);
    if (!sameBody) whole.add(up);
    unspread.add(up);
  }
  // Not judged: it says how many children there are. What became of an element is judged where it is used.
  if (node.over !== undefined)
    sourceNodes(graph, { kind: "element", of: node.over.list, path: [] }, (up, pairs) => {
      roles.set(up, (roles.get(up) ?? 0) | ROLE.PAIRED);
      if (!pairs) whole.add(up);
      unspread.add(up);
    });
  const branch = node.branchOf ?? node.caseOf?.branch;
  if (branch !== undefined) {
    const pairs = node.mapped && (graph.nodes[branch]?.mapped ?? false) && !whole.has(branch);
    roles.set(branch, (roles.get(branch) ?? 0) | ROLE.CASE | ROLE.PAIRED);
    if (!pairs) whole.add(branch);
  }
  for (const up of whole) roles.set(up, (roles.get(up) ?? 0) & ~ROLE.PAIRED);
  for (const up of unspread) roles.set(up, (roles.get(up) ?? 0) & ~ROLE.SPREAD);
}

/**
 * The same for the node most graphs consist of: not mapped, in no branch. Each of its upstreams is judged, and has no
 * other role.
 */
class PlainNodes {
  readonly #up: NodeId[];
  /** By upstream: the last node that counted it, plus one. */
  readonly #seen: Uint32Array;
  #mark = 0;

  constructor(count: number, up: NodeId[]) {
    this.#up = up;
    this.#seen = new Uint32Array(count);
  }

  /** Appends its upstreams. False: it is another kind of node, and nothing was appended. */
  add(node: GraphNode): boolean {
    if (node.mapped || node.over !== undefined || node.branchOf !== undefined || node.caseOf !== undefined)
      return false;
    this.#mark = node.id + 1;
    const from = this.#up.length;
    for (const { source } of node.arguments) {
      if (this.#addSource(source)) continue;
      this.#up.length = from;
      return false;
    }
    for (const id of node.after) this.#addNode(id);
    return true;
  }

  #addNode(id: NodeId): void {
    if (this.#seen[id] === this.#mark) return;
    this.#seen[id] = this.#mark;
    this.#up.push(id);
  }

  /** False where elements are taken: with them come other roles. */
  #addSource(source: Source): boolean {
    switch (source.kind) {
      case "node":
        this.#addNode(source.node);
        return true;
      case "list":
        for (const item of source.items) if (!this.#addSource(item)) return false;
        return true;
      case "object":
        for (const value of source.values) if (!this.#addSource(value)) return false;
        return true;
      case "element":
        return false;
      default:
        return true;
    }
  }
}

interface Edges {
  readonly upStart: Uint32Array;
  readonly up: Uint32Array;
  readonly upRole: Uint8Array;
}

/** What one walk over the nodes of a graph finds; a large graph does not fit into the processor's caches. */
interface Walked extends Edges {
  readonly rules: readonly TaskRules[];
  readonly kind: readonly NodeKind[];
  readonly mapped: Uint8Array;
  readonly hasPath: Uint8Array;
  readonly cleanups: readonly NodeId[];
}

function walk(graph: Graph): Walked {
  const count = graph.nodes.length;
  const upStart = new Uint32Array(count + 1);
  const up: NodeId[] = [];
  const upRole: number[] = [];
  const roles = new Map<NodeId, number>();
  const plain = new PlainNodes(count, up);
  const rules: TaskRules[] = [];
  const kind: NodeKind[] = [];
  const cleanups: NodeId[] = [];
  const mapped = new Uint8Array(count);
  const hasPath = new Uint8Array(count);
  for (const node of graph.nodes) {
    const { id } = node;
    if (plain.add(node)) {
      for (let e = upStart[id]!; e < up.length; e++) upRole[e] = ROLE.JUDGED;
    } else {
      upstreamsOf(graph, node, roles);
      for (const [upstream, role] of roles) {
        upRole[up.length] = role;
        up.push(upstream);
      }
    }
    upStart[id + 1] = up.length;
    rules.push(graph.tasks[node.task]!);
    kind.push(node.kind);
    if (node.mapped) mapped[id] = 1;
    if (node.resource?.role === "cleanup") cleanups.push(id);
    for (const { source } of node.arguments) if (hasAnyPath(source)) hasPath[id] = 1;
  }
  for (const id of up) assert(id < count, "an upstream is a node of the same graph");
  return { upStart, up: new Uint32Array(up), upRole: new Uint8Array(upRole), rules, kind, mapped, hasPath, cleanups };
}

function reverse(count: number, { upStart, up, upRole }: Edges) {
  const downStart = new Uint32Array(count + 1);
  for (const id of up) downStart[id + 1]!++;
  for (let n = 0; n < count; n++) downStart[n + 1]! += downStart[n]!;
  const next = downStart.slice(0, count);
  const down = new Uint32Array(up.length);
  const downPaired = new Uint8Array(up.length);
  for (let n = 0; n < count; n++) {
    for (let e = upStart[n]!; e < upStart[n + 1]!; e++) {
      const at = next[up[e]!]!++;
      down[at] = n;
      downPaired[at] = upRole[e]! & ROLE.PAIRED ? 1 : 0;
    }
  }
  return { downStart, down, downPaired };
}

/** Longest way from a root, by counting down unfinished upstreams (no recursion, O(edges)). */
function depths(count: number, edges: Edges, downStart: Uint32Array, down: Uint32Array): Uint32Array {
  const left = new Uint32Array(count);
  const depth = new Uint32Array(count);
  const queue = new Uint32Array(count);
  let tail = 0;
  for (let n = 0; n < count; n++) {
    left[n] = edges.upStart[n + 1]! - edges.upStart[n]!;
    if (left[n] === 0) queue[tail++] = n;
  }
  for (let head = 0; head < tail; head++) {
    const n = queue[head]!;
    for (let e = downStart[n]!; e < downStart[n + 1]!; e++) {
      const d = down[e]!;
      if (depth[d]! <= depth[n]!) depth[d] = depth[n]! + 1;
      if (--left[d]! === 0) queue[tail++] = d;
    }
  }
  assert(tail === count, "the graph has no cycle (checked when it was built)");
  return depth;
}

/** Counted into place by depth, which keeps the order of nodes, and sorted only where priorities differ. */
function rankOf(rules: readonly TaskRules[], depth: Uint32Array): Uint32Array {
  const count = depth.length;
  let deepest = 0;
  for (let n = 0; n < count; n++) deepest = Math.max(deepest, depth[n]!);
  const start = new Uint32Array(deepest + 2);
  for (let n = 0; n < count; n++) start[depth[n]! + 1]!++;
  for (let d = 0; d <= deepest; d++) start[d + 1]! += start[d]!;
  const order = new Uint32Array(count);
  for (let n = 0; n < count; n++) order[start[depth[n]!]!++] = n;
  const priority = rules[0]?.priority;
  if (rules.some((rule) => rule.priority !== priority)) order.sort((a, b) => rules[b]!.priority - rules[a]!.priority); // stable
  const rank = new Uint32Array(count);
  for (let place = 0; place < count; place++) rank[order[place]!] = place;
  return rank;
}

/** Compiles a checked graph (no cycles, ids dense). O(nodes + edges), and nodes · log nodes where priorities differ. */
export function makePlan(graph: Graph): Plan {
  const count = graph.nodes.length;
  const walked = walk(graph);
  const { downStart, down, downPaired } = reverse(count, walked);
  const depth = depths(count, walked, downStart, down);
  const isCleanup = (id: NodeId) => graph.nodes[id]?.resource?.role === "cleanup";
  const references: NodeId[] = [];
  for (let n = 0; n < count && graph.references === undefined; n++) {
    const [from, to] = [downStart[n]!, downStart[n + 1]!];
    const isLast = from === to || (walked.cleanups.length > 0 && down.subarray(from, to).every(isCleanup));
    if (isLast && graph.nodes[n]!.resource === undefined) references.push(n);
  }
  return {
    graph,
    count,
    ...walked,
    downStart,
    down,
    downPaired,
    depth,
    rank: rankOf(walked.rules, depth),
    references: graph.references ?? references,
  };
}
