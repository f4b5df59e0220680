/**
 * A value that was not kept (`result: "none"`, a resource's setup) died with its process. If anything unfinished still
 * needs it, its task runs again, as a new generation, and so does what its own arguments need in turn. Nothing else of
 * a finished task ever does.
 */
import { forEachNodeIn } from "../graph/order.ts";
import { isFinishedType, type StateType } from "../state/task-state.ts";
import type { Plan } from "./plan.ts";
import type { KeptTaskRun } from "./recover.ts";
import { newCounters } from "./run.ts";

/** A node that is Pending again, and the state it was finished in. */
export interface RunsAgain {
  readonly slot: number;
  readonly from: StateType;
}

export interface Surviving {
  readonly rows: readonly KeptTaskRun[];
  readonly again: readonly RunsAgain[];
  /** Slots of their children: no longer among the rows. */
  readonly removed: readonly number[];
}

/** The rows a run goes on from. O(slots + edges) where a value was not kept, else O(slots). */
export function withoutLostValues(plan: Plan, rows: readonly KeptTaskRun[]): Surviving {
  if (rows.every((row) => row.value !== "not-kept")) return { rows, again: [], removed: [] };
  const again = nodesToRunAgain(plan, rows);
  if (again.size === 0) return { rows, again: [], removed: [] };
  const removed = rows.filter((row) => row.slot >= plan.count && again.has(row.node)).map((row) => row.slot);
  const left = rows.filter((row) => row.slot < plan.count || !again.has(row.node));
  const nodes = left.filter((row) => again.has(row.node) && row.state.type !== "Pending");
  return {
    rows: left.map((row) => (again.has(row.node) ? runAgain(row) : row)),
    again: nodes.map(({ slot, state }) => ({ slot, from: state.type })),
    removed,
  };
}

function nodesToRunAgain(plan: Plan, rows: readonly KeptTaskRun[]): ReadonlySet<number> {
  const lost = losingNodes(plan, rows);
  const finished = finishedNodes(plan, rows);
  const again = new Set<number>();
  // From the ends: what is to run again needs the values of its upstreams like what never ran.
  const order = Array.from({ length: plan.count }, (_, node) => node).sort((a, b) => plan.depth[b]! - plan.depth[a]!);
  for (const node of order) {
    if (finished.has(node) && !again.has(node)) continue;
    for (const up of upstreamsByValue(plan, node)) if (lost.has(up)) again.add(up);
  }
  for (const cleanup of plan.cleanups) {
    const { resource } = plan.graph.nodes[cleanup]!;
    if (resource?.role === "cleanup" && again.has(resource.setup) && finished.has(cleanup)) again.add(cleanup);
  }
  return again;
}

/** Nodes any of whose values is gone; of a control node, the values its own came from. */
function losingNodes(plan: Plan, rows: readonly KeptTaskRun[]): ReadonlySet<number> {
  const losing = new Set(rows.filter((row) => row.value === "not-kept").map((row) => row.node));
  const derived = rows.filter((row) => row.value === "derived").map((row) => row.node);
  for (const node of derived.sort((a, b) => a - b))
    if (upstreamsByValue(plan, node).some((up) => losing.has(up))) losing.add(node);
  return losing;
}

/** Complete with all their children. */
function finishedNodes(plan: Plan, rows: readonly KeptTaskRun[]): ReadonlySet<number> {
  const finished = new Set<number>();
  const children = new Map<number, number>();
  for (const { slot, node, state } of rows)
    if (slot >= plan.count && isFinishedType(state.type)) children.set(node, (children.get(node) ?? 0) + 1);
  for (const { slot, node, state } of rows) {
    if (slot >= plan.count || !isFinishedType(state.type)) continue;
    if (state.type !== "Mapped" || (children.get(node) ?? 0) >= state.children) finished.add(node);
  }
  return finished;
}

function upstreamsByValue(plan: Plan, node: number): number[] {
  const { arguments: list, over } = plan.graph.nodes[node]!;
  const found: number[] = [];
  for (const { source } of list) forEachNodeIn(source, (up) => found.push(up));
  if (over !== undefined) forEachNodeIn(over.list, (up) => found.push(up));
  return found;
}

/** Pending, as a deliberate run of its own; its attempts go on counting. */
export function runAgain(row: KeptTaskRun): KeptTaskRun {
  const { holdsLimits: _, woken: __, ...counters } = newCounters((row.counters?.generation ?? 0) + 1);
  const state = { type: "Pending", reason: { code: "value-not-kept" } } as const;
  return { ...row, state, childBase: undefined, counters, value: "kept" };
}
