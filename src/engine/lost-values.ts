/**
 * A value that was not kept (`result: "none"`, a resource's setup) died with its process. If anything unfinished still
 * needs it, its task runs again, as a new generation, and so does what its own arguments need in turn. Nothing else of
 * a finished task ever does.
 *
 * Children are decided once. Of a mapped node those run again whose own values are needed, each in its place; all
 * others stay as they are, so one that waits for a person goes on waiting, and one that a person has answered, or that
 * has failed, is not asked or called a second time.
 */
import { forEachNodeIn } from "../graph/order.ts";
import { isFinishedType, type StateType } from "../state/task-state.ts";
import { type Plan, ROLE } from "./plan.ts";
import type { KeptTaskRun } from "./recover.ts";
import { newCounters } from "./run.ts";

/** A task run that is Pending again, and the state it was left in. */
export interface RunsAgain {
  readonly slot: number;
  readonly from: StateType;
}

export interface Surviving {
  readonly rows: readonly KeptTaskRun[];
  readonly again: readonly RunsAgain[];
}

/** The rows a run goes on from. O(slots + edges) where a value was not kept, else O(slots). */
export function withoutLostValues(plan: Plan, rows: readonly KeptTaskRun[]): Surviving {
  if (rows.every((row) => row.value !== "not-kept")) return { rows, again: [] };
  const again = slotsToRunAgain(plan, rows);
  if (again.size === 0) return { rows, again: [] };
  return {
    rows: rows.map((row) => (again.has(row.slot) ? runAgain(row) : row)),
    again: rows.filter(({ slot }) => again.has(slot)).map(({ slot, state }) => ({ slot, from: state.type })),
  };
}

function slotsToRunAgain(plan: Plan, rows: readonly KeptTaskRun[]): ReadonlySet<number> {
  const kept = new KeptSlots(plan, rows);
  const lost = lostSlots(kept, rows);
  const again = new Set<number>();
  const isOpen = (slot: number) => again.has(slot) || !kept.isFinished(slot);
  // From the ends: what is to run again needs the values of its upstreams like what never ran.
  const order = Array.from({ length: plan.count }, (_, node) => node).sort((a, b) => plan.depth[b]! - plan.depth[a]!);
  for (const node of order) {
    const open = kept.slotsOf(node).filter(isOpen);
    if (open.length > 0) kept.forEachTaken(node, open, (slot) => lost.has(slot) && again.add(slot));
  }
  for (const cleanup of plan.cleanups) {
    const { resource } = plan.graph.nodes[cleanup]!;
    if (resource?.role !== "cleanup" || !again.has(resource.setup)) continue;
    // Also one that was at work when its process died: `onLost` would speak of what died with it.
    if (kept.isFinished(cleanup) || kept.isRunning(cleanup)) again.add(cleanup);
  }
  return again;
}

/** Those whose value is gone; of a control node, where one its own may have come from is. */
function lostSlots(kept: KeptSlots, rows: readonly KeptTaskRun[]): ReadonlySet<number> {
  const lost = new Set(rows.filter(({ value }) => value === "not-kept").map(({ slot }) => slot));
  const derived = rows.filter(({ value }) => value === "derived");
  for (const { node, slot } of derived.toSorted((a, b) => a.node - b.node))
    kept.forEachTaken(node, [slot], (taken) => lost.has(taken) && lost.add(slot));
  return lost;
}

/** Task runs by what was kept of them: one without a row was only ever Pending. */
class KeptSlots {
  readonly #plan: Plan;
  readonly #rows = new Map<number, KeptTaskRun>();

  constructor(plan: Plan, rows: readonly KeptTaskRun[]) {
    this.#plan = plan;
    for (const row of rows) this.#rows.set(row.slot, row);
  }

  isFinished(slot: number): boolean {
    const row = this.#rows.get(slot);
    return row !== undefined && isFinishedType(row.state.type);
  }

  isRunning(slot: number): boolean {
    return this.#rows.get(slot)?.state.type === "Running";
  }

  /** The children of a mapped node that has decided them, else the node itself. */
  slotsOf(node: number): readonly number[] {
    const base = this.#rows.get(node)?.childBase;
    return base === undefined ? [node] : Array.from({ length: this.#countOf(node) }, (_, child) => base + child);
  }

  #countOf(node: number): number {
    const state = this.#rows.get(node)?.state;
    return state?.type === "Mapped" ? state.children : 0;
  }

  /** The task runs whose values these slots of a node take: siblings where the two nodes pair. */
  forEachTaken(node: number, slots: readonly number[], visit: (slot: number) => void): void {
    const base = this.#rows.get(node)?.childBase;
    for (const up of upstreamsByValue(this.#plan, node)) {
      const siblings = this.#rows.get(up)?.childBase;
      if (base === undefined || siblings === undefined || !isPaired(this.#plan, node, up)) {
        for (const slot of this.slotsOf(up)) visit(slot);
        continue;
      }
      const count = this.#countOf(up);
      for (const slot of slots) if (slot - base < count) visit(siblings + slot - base);
    }
  }
}

/** Nodes that a node takes values from: not those it only waits for. */
export function upstreamsByValue(plan: Plan, node: number): ReadonlySet<number> {
  const { arguments: list, over } = plan.graph.nodes[node]!;
  const found = new Set<number>();
  for (const { source } of list) forEachNodeIn(source, (up) => found.add(up));
  if (over !== undefined) forEachNodeIn(over.list, (up) => found.add(up));
  return found;
}

/** Each child of a node takes from its sibling among the children of the other. */
export function isPaired(plan: Plan, node: number, up: number): boolean {
  for (let e = plan.upStart[node]!; e < plan.upStart[node + 1]!; e++)
    if (plan.up[e] === up) return (plan.upRole[e]! & ROLE.PAIRED) !== 0;
  return false;
}

/**
 * Pending, as a deliberate run of its own; its attempts go on counting. Whoever let it go on once is not asked a second
 * time: nobody but us wants it to run again.
 */
function runAgain(row: KeptTaskRun): KeptTaskRun {
  const { generation = 0, resumed } = row.counters ?? {};
  const { holdsLimits: _, woken: __, ...counters } = { ...newCounters(generation + 1), resumed };
  const state = { type: "Pending", reason: { code: "value-not-kept" } } as const;
  return { ...row, state, childBase: undefined, counters, value: "kept" };
}
