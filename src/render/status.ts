/** How a run's states show in a drawing: one state per box, counts where a box stands for several task runs. */
import type { NodeId } from "../graph/graph.ts";
import { familyOf, STATE_TYPES, STATES, type StateType } from "../state/task-state.ts";

/** How many task runs are in each state. */
export type StateCounts = Readonly<Partial<Record<StateType, number>>>;

export interface NodeStatus {
  readonly state: StateType;
  /** Of a mapped node whose children were decided: how many are in each state. */
  readonly children?: StateCounts | undefined;
}

export type NodeStatuses = ReadonlyMap<NodeId, NodeStatus>;

/** What needs a look first. It colours a box that stands for several task runs. */
const URGENCY = [
  "Failed",
  "TimedOut",
  "ValidationFailed",
  "TriggerFailed",
  "Cancelled",
  "Cancelling",
  "Running",
  "Retrying",
  "Paused",
  "Queued",
  "Scheduled",
  "Looped",
  "Pending",
  "Success",
  "Mapped",
  "Cached",
  "Skipped",
] as const satisfies readonly StateType[];

/** The most urgent state that occurs; undefined when nothing is counted. */
export function mostUrgent(counts: StateCounts): StateType | undefined {
  return URGENCY.find((type) => (counts[type] ?? 0) > 0);
}

/** The state whose colour a node gets: its own, unless a child needs a look. */
export function colouringState(status: NodeStatus): StateType {
  const urgent = status.children === undefined ? undefined : mostUrgent(status.children);
  return urgent !== undefined && familyOf(urgent) !== "success" ? urgent : status.state;
}

/** Children instead of their mapped node. */
export function addStatus(counts: Partial<Record<StateType, number>>, status: NodeStatus): void {
  const shown = Object.entries(status.children ?? {}) as [StateType, number][];
  for (const [type, count] of shown.length > 0 ? shown : [[status.state, 1] as const])
    counts[type] = (counts[type] ?? 0) + count;
}

/** The most frequent first, without zeros. */
export function countedStates(counts: StateCounts): readonly { readonly type: StateType; readonly count: number }[] {
  return STATE_TYPES.map((type) => ({ type, count: counts[type] ?? 0 }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
}

/** "8 ✓". */
export function countText(type: StateType, count: number): string {
  return `${count.toLocaleString("en-US")} ${STATES[type].glyph}`;
}

/** "✓ Success". */
export function stateText(type: StateType): string {
  return `${STATES[type].glyph} ${type}`;
}
