/** The options of wall-clock schedules for hours that do not exist or exist twice. */
import { CaudalError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import type { Gap, Repeat, WallRules } from "./wall-ticks.ts";

export interface ClockRules {
  /**
   * A wall-clock time that does not exist, when clocks are put forward: `"shift"` (the default) fires as much
   * later as the clock jumped (02:30 → 03:30), `"first"` at the first instant after the gap, `"skip"` not at all.
   */
  readonly gap?: Gap;
  /** A wall-clock time that exists twice, when clocks are put back: fires at the `"second"` (the default), the `"first"`, or `"both"`. */
  readonly repeat?: Repeat;
}

const GAPS: readonly unknown[] = ["shift", "first", "skip"] satisfies Gap[];
const REPEATS: readonly unknown[] = ["second", "first", "both"] satisfies Repeat[];

/**
 * The rules with what is missing filled in.
 * @throws CaudalError SCHEDULE_INVALID
 */
export function readRules(what: string, given: ClockRules, defaults: WallRules): WallRules {
  const { gap = defaults.gap, repeat = defaults.repeat } = given;
  if (!GAPS.includes(gap))
    throw new CaudalError("SCHEDULE_INVALID", { what: `gap of ${what}`, why: 'write "shift", "first" or "skip"' });
  if (!REPEATS.includes(repeat))
    throw new CaudalError("SCHEDULE_INVALID", { what: `repeat of ${what}`, why: 'write "second", "first" or "both"' });
  return { gap, repeat };
}

export function rulesAsJson(rules: WallRules): { readonly [key: string]: Json } {
  return { gap: rules.gap, repeat: rules.repeat };
}
