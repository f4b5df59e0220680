/**
 * How each state looks: one total table, so that a new state cannot be without a shape or a colour. Colour and fill
 * belong to the group (styles/tokens.css has the colours, a test measures them), the glyph to the state, and a word is
 * always near.
 */
import type { StateCounts, StateType } from "../../src/server/contract.ts";

export type StateGroup = "waiting" | "running" | "attention" | "success" | "cached" | "failed" | "blocked" | "ended";

export interface Look {
  readonly group: StateGroup;
  /** An SVG path in a square of 16, to be stroked. */
  readonly glyph: string;
}

export const LOOKS = {
  Pending: { group: "waiting", glyph: "M8 6.5a1.5 1.5 0 1 0 .01 0z" },
  Scheduled: { group: "waiting", glyph: "M8 5v3.2l2.2 1.4" },
  Queued: { group: "waiting", glyph: "M5.2 6h5.6M5.2 8.2h5.6M5.2 10.4h5.6" },
  Paused: { group: "attention", glyph: "M6.4 5.5v5M9.6 5.5v5" },
  Retrying: { group: "attention", glyph: "M10.9 7.2A3 3 0 1 0 11 8.8M11.2 5v2.3H8.9" },
  Running: { group: "running", glyph: "M6.6 5.4l4 2.6-4 2.6z" },
  Cancelling: { group: "running", glyph: "M6 6h4v4H6z" },
  Success: { group: "success", glyph: "M5 8.3l2.1 2.1L11 6" },
  Cached: { group: "cached", glyph: "M8.8 4.6L5.9 8.7h2.2l-.8 2.9 2.9-4.1H8z" },
  Mapped: {
    group: "success",
    glyph: "M6.1 6.1h.01M9.9 6.1h.01M6.1 9.9h.01M9.9 9.9h.01",
  },
  Looped: { group: "success", glyph: "M8 8c-1.2-2-4.4-2-4.4 0s3.2 2 4.4 0 4.4-2 4.4 0-3.2 2-4.4 0z" },
  Failed: { group: "failed", glyph: "M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4" },
  TimedOut: { group: "failed", glyph: "M8 4.6v3.7l2.5 1.5M6.6 3.1h2.8" },
  ValidationFailed: {
    group: "failed",
    glyph: "M8 4.3l3.3 1.1v2.8c0 1.9-1.4 3-3.3 3.7-1.9-.7-3.3-1.8-3.3-3.7V5.4zM6.9 6.9l2.2 2.2M9.1 6.9L6.9 9.1",
  },
  TriggerFailed: {
    group: "blocked",
    glyph:
      "M7.3 5.7l.9-.9a1.9 1.9 0 0 1 2.7 2.7l-.9.9M8.7 10.3l-.9.9a1.9 1.9 0 0 1-2.7-2.7l.9-.9M6 5.2L5.3 4.5M10 10.8l.7.7",
  },
  Skipped: { group: "ended", glyph: "M5 8h5.4M8.3 5.8L10.5 8l-2.2 2.2" },
  Cancelled: { group: "ended", glyph: "M6 6h4v4H6z" },
} as const satisfies Record<StateType, Look>;

export const STATE_TYPES = Object.keys(LOOKS) as readonly StateType[];

export const GROUPS = [
  "failed",
  "blocked",
  "attention",
  "running",
  "waiting",
  "success",
  "cached",
  "ended",
] as const satisfies readonly StateGroup[];

export function groupOf(state: StateType): StateGroup {
  return LOOKS[state].group;
}

const OVER: ReadonlySet<StateGroup> = new Set(["success", "cached", "failed", "blocked", "ended"]);

/** Nothing happens to it any more by itself. Looped is between two rounds. */
export function isOver(state: StateType): boolean {
  return OVER.has(groupOf(state)) && state !== "Looped";
}

/** What needs a look first: it colours what stands for several task runs. */
export function mostUrgent(counts: StateCounts): StateType | undefined {
  const there = STATE_TYPES.filter((state) => (counts[state] ?? 0) > 0);
  return there.sort((a, b) => GROUPS.indexOf(groupOf(a)) - GROUPS.indexOf(groupOf(b)))[0];
}

/** In the order of groups: what needs a look first. Without zeros. */
export function countedStates(counts: StateCounts): readonly { readonly state: StateType; readonly count: number }[] {
  return STATE_TYPES.map((state) => ({ state, count: counts[state] ?? 0 }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => GROUPS.indexOf(groupOf(a.state)) - GROUPS.indexOf(groupOf(b.state)));
}
