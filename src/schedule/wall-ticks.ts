/**
 * From wall-clock times to instants: the rule for the hours that do not exist and those that exist twice.
 *
 * Time is walked segment by segment (a segment has one offset). In each, ticks come from the wall-clock times
 * the clock shows there, and from those it jumped over on the way in. Both are found by asking for the next
 * candidate, so nothing is scanned; between far candidates whole years are jumped.
 */
import type { Instant } from "../base/time.ts";
import { REACH_MS, type Segment, type Wall, type Zone } from "./zone.ts";

/** When a wall-clock time that the clock jumps over fires: moved on by the gap, at the gap's end, or not at all. */
export type Gap = "shift" | "first" | "skip";

/** Which of the two instants fires when the clock shows a time twice. */
export type Repeat = "second" | "first" | "both";

export interface WallRules {
  readonly gap: Gap;
  readonly repeat: Repeat;
}

/** The first candidate later than `after`; undefined when there is none ever again. */
export type NextWall = (after: Wall) => Wall | undefined;

/** The first tick later than `after` and not later than `last`. Cost: two or three candidates. */
export function nextWallTick(
  nextWall: NextWall,
  zone: Zone,
  rules: WallRules,
  after: Instant,
  last: Instant,
): Instant | undefined {
  let from = after + 1;
  while (from <= last) {
    const segment = zone.segmentAt(from);
    const native = nextNative(nextWall, segment, rules.repeat, from);
    const ofGap = nextOfGap(nextWall, segment, rules.gap, from);
    const tick = Math.min(native.tick ?? Infinity, ofGap ?? Infinity);
    if (tick < Infinity) return tick <= last ? tick : undefined;

    // Only times near the end of this segment can be shown again; beyond them nothing happens before `native.wall`.
    const isNear = segment.until - from <= REACH_MS;
    if (!isNear && native.wall === undefined) return undefined;
    from = isNear ? segment.until : Math.max(segment.until, (native.wall ?? 0) - segment.offset - REACH_MS);
  }
  return undefined;
}

/** Candidates the clock shows in this segment, without those the repeat rule leaves to another one. */
function nextNative(
  nextWall: NextWall,
  segment: Segment,
  repeat: Repeat,
  from: Instant,
): { readonly wall: Wall | undefined; readonly tick: Instant | undefined } {
  const { offset, offsetBefore, offsetAfter } = segment;
  const repeatedBefore = repeat === "first" ? Math.max(0, offsetBefore - offset) : 0;
  const repeatedAfter = repeat === "second" ? Math.max(0, offset - offsetAfter) : 0;
  const wall = nextWall(Math.max(from, segment.from + repeatedBefore) + offset - 1);
  const isHere = wall !== undefined && wall - offset < segment.until - repeatedAfter;
  return { wall, tick: isHere ? wall - offset : undefined };
}

/** Candidates the clock jumped over when this segment began. */
function nextOfGap(nextWall: NextWall, segment: Segment, gap: Gap, from: Instant): Instant | undefined {
  const { from: begin, offset, offsetBefore } = segment;
  const isOver = from >= begin + (offset - offsetBefore);
  if (gap === "skip" || offset <= offsetBefore || isOver || (gap === "first" && from > begin)) return undefined;
  const wall = nextWall((gap === "first" ? begin : Math.max(from, begin)) + offsetBefore - 1);
  if (wall === undefined || wall >= begin + offset) return undefined;
  return gap === "first" ? begin : wall - offsetBefore;
}
