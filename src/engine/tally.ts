/**
 * What a task run sees of its upstreams: counts by outcome, and the case it stands in. Children of a mapped
 * upstream count one by one (from the node's own counters, not by walking them); a child sees only its own
 * sibling of an upstream it is paired with.
 */
import { STATES } from "../state/task-state.ts";
import { ROLE } from "./plan.ts";
import { childIndex, type Run, STATE_INDEX } from "./run.ts";

export interface Tally {
  /** Upstreams in the graph that are judged; they may have expanded to none (mapped over nothing). */
  upstreams: number;
  total: number;
  failed: number;
  skipped: number;
  cancelled: number;
  /** The first upstream that was skipped. */
  skippedBy: number;
  /** Slot of the branch whose case this stands in, or −1. */
  branch: number;
}

/** One instance is reused: tallies are read at once, never kept. */
const tally: Tally = { upstreams: 0, total: 0, failed: 0, skipped: 0, cancelled: 0, skippedBy: -1, branch: -1 };

const SKIPPED = STATE_INDEX.Skipped;
const MAPPED = STATE_INDEX.Mapped;
const FAILED_STATE = Object.values(STATES).map((look) => look.family === "failed");
const CANCELLED_STATE = Object.values(STATES).map((look) => look.family === "cancelled");

/** The slot of an upstream as a child sees it: its sibling where the two pair, else the whole node. */
function seenSlot(run: Run, node: number, up: number, role: number, child: number | undefined): number {
  if (child === undefined || run.state[up] !== MAPPED) return up;
  if ((role & ROLE.PAIRED) !== 0) return child < run.childCount[up]! ? run.childBase[up]! + child : up;
  if ((role & ROLE.SPREAD) === 0) return up;
  const origin = run.origins.get(originKey(node, up))?.[child];
  return origin === undefined ? up : run.childBase[up]! + origin;
}

/** Under which `run.origins` keeps, per child of `node`, the child of `up` its element came from. */
export function originKey(node: number, up: number): string {
  return `${node} ${up}`;
}

/** A mapped node leaves what became of single elements to its children. */
function countsChildren(run: Run, seen: number, role: number, child: number | undefined): boolean {
  if (seen >= run.plan.count || run.state[seen] !== MAPPED) return false;
  return child !== undefined || (role & (ROLE.PAIRED | ROLE.SPREAD)) === 0;
}

/** Counts the upstreams of a task run. The result is valid until the next call. */
export function tallyUpstreams(run: Run, slot: number): Tally {
  const { plan } = run;
  const node = run.owner[slot]!;
  const child = childIndex(run, slot);
  tally.upstreams = tally.total = tally.failed = tally.skipped = tally.cancelled = 0;
  tally.skippedBy = tally.branch = -1;
  for (let e = plan.upStart[node]!; e < plan.upStart[node + 1]!; e++) {
    const role = plan.upRole[e]!;
    const seen = seenSlot(run, node, plan.up[e]!, role, child);
    if ((role & ROLE.CASE) !== 0) tally.branch = seen;
    if ((role & ROLE.JUDGED) === 0) continue;
    tally.upstreams++;
    if (countsChildren(run, seen, role, child)) countChildren(run, seen);
    else countOne(run, seen);
  }
  return tally;
}

function countOne(run: Run, slot: number): void {
  const state = run.state[slot]!;
  tally.total++;
  if (FAILED_STATE[state]) tally.failed++;
  else if (CANCELLED_STATE[state]) tally.cancelled++;
  else if (state === SKIPPED) {
    tally.skipped++;
    if (tally.skippedBy < 0) tally.skippedBy = slot;
  }
}

function countChildren(run: Run, node: number): void {
  tally.total += run.childCount[node]!;
  tally.failed += run.childFailed[node]!;
  tally.cancelled += run.childCancelled[node]!;
  const skipped = run.childSkipped[node]!;
  tally.skipped += skipped;
  if (skipped > 0 && tally.skippedBy < 0) tally.skippedBy = node;
}

/** The slots behind a tally, in order, mapped upstreams expanded: for custom triggers and explanations. */
export function upstreamSlots(run: Run, slot: number): number[] {
  const { plan } = run;
  const node = run.owner[slot]!;
  const child = childIndex(run, slot);
  const slots: number[] = [];
  for (let e = plan.upStart[node]!; e < plan.upStart[node + 1]!; e++) {
    const role = plan.upRole[e]!;
    if ((role & ROLE.JUDGED) === 0) continue;
    const seen = seenSlot(run, node, plan.up[e]!, role, child);
    if (countsChildren(run, seen, role, child)) {
      for (let i = 0; i < run.childCount[seen]!; i++) slots.push(run.childBase[seen]! + i);
    } else slots.push(seen);
  }
  return slots;
}
