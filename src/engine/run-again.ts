/**
 * Running again what failed: which of a run's task runs go back to Pending as a new generation. Those that failed or
 * were cancelled, and whatever follows from them; of a mapped node only such children, and of what is mapped beside it
 * only their siblings. All others keep state and result.
 */
import { familyOf } from "../state/task-state.ts";
import { runAgain } from "./lost-values.ts";
import { type Plan, ROLE } from "./plan.ts";
import type { KeptTaskRun } from "./recover.ts";

export interface SetBack<R extends KeptTaskRun> {
  readonly rows: readonly R[];
  /** Slots that are Pending again. */
  readonly again: readonly number[];
  /** Slots of children whose node decides its children anew: no longer among the rows. */
  readonly removed: readonly number[];
  /** Nodes that run again, wholly or in some of their children; in order of nodes. */
  readonly nodes: readonly number[];
}

/** O(slots + edges). */
export function setBackFailed<R extends KeptTaskRun>(plan: Plan, rows: readonly R[]): SetBack<R> {
  const { whole, children } = whatRunsAgain(plan, rows);
  const again: number[] = [];
  const removed: number[] = [];
  const left = rows.flatMap((row) => {
    const isChild = row.slot >= plan.count;
    if (isChild && whole.has(row.node)) {
      removed.push(row.slot);
      return [];
    }
    const runs = isChild ? children.get(row.node)?.has(row.child ?? -1) === true : whole.has(row.node);
    if (!runs) return [row];
    again.push(row.slot);
    return [runAgain(row, { code: "run-again" })];
  });
  const nodes = [...new Set([...whole, ...children.keys()])].sort((a, b) => a - b);
  return { rows: left, again, removed, nodes };
}

interface Affected {
  /** Nodes with all of their children. */
  readonly whole: Set<number>;
  /** Indices of children of mapped nodes that stay mapped as they are. */
  readonly children: Map<number, Set<number>>;
}

function whatRunsAgain(plan: Plan, rows: readonly KeptTaskRun[]): Affected {
  const affected: Affected = { whole: new Set(), children: new Map() };
  const nodeRows = new Map<number, KeptTaskRun>();
  for (const row of rows) {
    if (row.slot < plan.count) nodeRows.set(row.node, row);
    else if (isFailure(row)) addChild(affected, row.node, row.child ?? 0);
  }
  const order = Array.from({ length: plan.count }, (_, node) => node).sort((a, b) => plan.depth[a]! - plan.depth[b]!);
  for (const node of order) {
    const row = nodeRows.get(node);
    if (row === undefined || isFailure(row) || followsWholly(plan, row, affected)) {
      affected.whole.add(node); // without a row it never ran, and will
      affected.children.delete(node);
    }
  }
  return affected;
}

/** It runs again by itself, not only because of others. */
export function isFailure({ state }: Pick<KeptTaskRun, "state">): boolean {
  const family = familyOf(state.type);
  return family === "failed" || family === "cancelled";
}

function addChild({ children }: Affected, node: number, child: number): void {
  const known = children.get(node);
  if (known === undefined) children.set(node, new Set([child]));
  else known.add(child);
}

/** False where it is not affected, or only in children that pair with those of its upstreams. */
function followsWholly(plan: Plan, { node, state }: KeptTaskRun, affected: Affected): boolean {
  for (let e = plan.upStart[node]!; e < plan.upStart[node + 1]!; e++) {
    const up = plan.up[e]!;
    if (affected.whole.has(up)) return true;
    const some = affected.children.get(up);
    if (some === undefined) continue;
    if ((plan.upRole[e]! & ROLE.PAIRED) === 0 || state.type !== "Mapped") return true;
    for (const child of some) if (child < state.children) addChild(affected, node, child);
  }
  return false;
}
