/**
 * Who failed by itself in a finished run, and who did not run because of that: the graph walked forwards
 * from each failure over the nodes that never called their body. Linear in nodes, edges and mapped children.
 */
import type { GraphNode, NodeId, NodeKind, Source } from "../../graph/graph.ts";
import { isOfUpstreams } from "../../state/reason.ts";
import type { TaskState } from "../../state/task-state.ts";
import type { FinishedRun } from "../finished-run.ts";

type FailedTaskState = Extract<
  TaskState,
  { readonly type: "Failed" | "TimedOut" | "TriggerFailed" | "ValidationFailed" }
>;

/** A task run that failed by itself: not because another one failed. */
export interface Root {
  readonly node: NodeId;
  /** The first failed child of a mapped task. */
  readonly child: number | undefined;
  readonly name: string;
  /** As shown: the name, its slug where the flow calls the task several times, with the child's index. */
  readonly label: string;
  readonly state: FailedTaskState;
  /** The other failed children of the same mapped task, in order. */
  readonly moreChildren: readonly number[];
  readonly children: number;
}

/** A task that did not run because an upstream failed. */
export interface Blocked {
  readonly node: NodeId;
  readonly name: string;
  readonly kind: NodeKind;
  readonly type: TaskState["type"];
  /** Task runs: 1, or the blocked ones among `children`. */
  readonly count: number;
  readonly children: number;
}

/** Nodes that stand for an expression, not for a task a user wrote. */
export const CONTROL_KINDS: ReadonlySet<NodeKind> = new Set<NodeKind>(["choose", "merge"]);

const NOT_RUN: ReadonlySet<TaskState["type"]> = new Set<TaskState["type"]>([
  "TriggerFailed",
  "Skipped",
  "Pending",
  "Scheduled",
  "Queued",
  "Cancelled",
]);

export interface Casualties {
  /** In order of calls. A TriggerFailed task is one only if no failed task explains it. */
  readonly roots: readonly Root[];
  /** What did not run because of any of these roots, nearest first. */
  blockedBy(roots: readonly Root[]): readonly Blocked[];
}

/** What is looked up again and again while walking. */
interface Walk {
  readonly run: FinishedRun;
  readonly nodes: readonly GraphNode[];
  readonly downstreams: ReadonlyMap<NodeId, readonly NodeId[]>;
  readonly namesakes: ReadonlyMap<string, number>;
}

/** Sorts out who failed by itself in a run that ended. */
export function casualtiesOf(run: FinishedRun): Casualties {
  const { nodes } = run.program.graph;
  const walk: Walk = { run, nodes, downstreams: downstreamsOf(nodes), namesakes: namesakesOf(nodes) };
  const roots = new Map<NodeId, Root>();
  const add = (node: GraphNode, orTrigger: boolean) => {
    const root = rootAt(walk, node, orTrigger);
    if (root !== undefined) roots.set(node.id, root);
  };
  for (const node of nodes) add(node, false);
  const explained = new Set(blockedFrom(walk, [...roots.keys()]).map(({ node }) => node));
  for (const node of nodes) if (!roots.has(node.id) && !explained.has(node.id)) add(node, true);
  return {
    roots: [...roots.values()].sort((a, b) => a.node - b.node),
    blockedBy: (some) =>
      blockedFrom(
        walk,
        some.map(({ node }) => node),
      ),
  };
}

function rootAt(walk: Walk, node: GraphNode, orTrigger: boolean): Root | undefined {
  const { run } = walk;
  const children = run.childCount(node.id);
  const indices = children === 0 ? [undefined] : Array.from({ length: children }, (_, i) => i);
  let first: { readonly child: number | undefined; readonly state: FailedTaskState } | undefined;
  const moreChildren: number[] = [];
  for (const child of indices) {
    const state = run.taskState(node.id, child);
    if (!failedByItself(run, node.id, child, state, orTrigger)) continue;
    if (first === undefined) first = { child, state };
    else if (child !== undefined) moreChildren.push(child);
  }
  if (first === undefined) return undefined;
  const name = nameOf(walk, node);
  const label = first.child === undefined ? name : `${name}[${first.child}]`;
  return { node: node.id, ...first, name, label, moreChildren, children };
}

function failedByItself(
  run: FinishedRun,
  node: NodeId,
  child: number | undefined,
  state: TaskState,
  orTrigger: boolean,
): state is FailedTaskState {
  if (state.type === "Failed" || state.type === "TimedOut" || state.type === "ValidationFailed") return true;
  // A body may end itself TriggerFailed by a signal.
  return state.type === "TriggerFailed" && (orTrigger || !didNotRun(run, node, child, state));
}

function blockedFrom(walk: Walk, starts: readonly NodeId[]): readonly Blocked[] {
  const reached = new Set<NodeId>(starts);
  const words = new Set<string>(); // slugs and names of what was reached: reasons name their upstream
  const blocked: Blocked[] = [];
  const queue = [...starts];
  for (let i = 0; i < queue.length; i++) {
    const from = walk.nodes[queue[i] ?? -1];
    if (from === undefined) continue;
    words.add(from.slug).add(from.name);
    for (const id of walk.downstreams.get(from.id) ?? []) {
      const node = walk.nodes[id];
      if (node === undefined || reached.has(id)) continue;
      const entry = blockedAt(walk, node, reached, words);
      if (entry === undefined) continue;
      reached.add(id);
      queue.push(id);
      blocked.push(entry);
    }
  }
  return blocked;
}

function blockedAt(
  walk: Walk,
  node: GraphNode,
  reached: ReadonlySet<NodeId>,
  words: ReadonlySet<string>,
): Blocked | undefined {
  const { run } = walk;
  const children = run.childCount(node.id);
  const common = { node: node.id, name: nameOf(walk, node), kind: node.kind, children };
  if (children === 0) {
    const state = run.taskState(node.id);
    return didNotRun(run, node.id, undefined, state) && isBecauseOf(node, state, reached, words)
      ? { ...common, type: state.type, count: 1 }
      : undefined;
  }
  let type: TaskState["type"] | undefined;
  let count = 0;
  for (let child = 0; child < children; child++) {
    const state = run.taskState(node.id, child);
    if (!didNotRun(run, node.id, child, state)) continue;
    type ??= state.type;
    count++;
  }
  return type === undefined ? undefined : { ...common, type, count };
}

function didNotRun(run: FinishedRun, node: NodeId, child: number | undefined, state: TaskState): boolean {
  return NOT_RUN.has(state.type) && (run.attempts(node, child) === 0 || isOfUpstreams(state.reason));
}

/** A task may be skipped for a reason of its own: a case that was not taken, another upstream's skip. */
function isBecauseOf(
  node: GraphNode,
  state: TaskState,
  reached: ReadonlySet<NodeId>,
  words: ReadonlySet<string>,
): boolean {
  if (state.type !== "Skipped" || state.reason === undefined) return true;
  switch (state.reason.code) {
    case "upstream-skipped":
      return words.has(state.reason.upstream);
    case "case-not-taken":
    case "no-case-taken":
      return node.caseOf !== undefined && reached.has(node.caseOf.branch);
    default:
      return true;
  }
}

function downstreamsOf(nodes: readonly GraphNode[]): ReadonlyMap<NodeId, readonly NodeId[]> {
  const downstreams = new Map<NodeId, NodeId[]>();
  for (const node of nodes) {
    for (const upstream of new Set(upstreamsOf(node))) {
      const list = downstreams.get(upstream);
      if (list === undefined) downstreams.set(upstream, [node.id]);
      else list.push(node.id);
    }
  }
  return downstreams;
}

function upstreamsOf(node: GraphNode): readonly NodeId[] {
  const upstreams = [...node.after];
  for (const { source } of node.arguments) addUpstreams(source, upstreams);
  if (node.caseOf !== undefined) upstreams.push(node.caseOf.branch);
  if (node.branchOf !== undefined) upstreams.push(node.branchOf);
  if (node.over !== undefined) addUpstreams(node.over.list, upstreams);
  return upstreams;
}

function addUpstreams(source: Source, upstreams: NodeId[]): void {
  if (source.kind === "node") upstreams.push(source.node);
  if (source.kind === "element") addUpstreams(source.of, upstreams);
  if (source.kind === "list") for (const item of source.items) addUpstreams(item, upstreams);
  if (source.kind === "object") for (const value of source.values) addUpstreams(value, upstreams);
}

function namesakesOf(nodes: readonly GraphNode[]): ReadonlyMap<string, number> {
  const namesakes = new Map<string, number>();
  for (const { name } of nodes) namesakes.set(name, (namesakes.get(name) ?? 0) + 1);
  return namesakes;
}

function nameOf({ namesakes }: Walk, node: GraphNode): string {
  return (namesakes.get(node.name) ?? 0) > 1 ? node.slug : node.name;
}
