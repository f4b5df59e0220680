/** Where ticks come from: a base (every, cron, rrule, dates) with the steps of its chain around it. */
import type { Json } from "../base/json.ts";
import type { Instant, Millis } from "../base/time.ts";
import type { Zone } from "./zone.ts";

export interface Source {
  /** Its wall clock: filters and adjustments judge by it. */
  readonly zone: Zone;
  /**
   * The first tick later than `after`; undefined when there is none ever again, or none in the `withinMs` after
   * which the search ends (counted from where ticks can begin).
   */
  next(after: Instant, withinMs: Millis): Instant | undefined;
  /** For people: `every 1m`, then one part for each step. */
  readonly parts: readonly string[];
  /** The base, then one entry for each step. */
  readonly json: readonly Json[];
}

/** Schedules live in the years 1000 to 9999: there text, zones and calendars mean the same everywhere. */
export const INSTANT_FIRST: Instant = Date.UTC(1000, 0, 1);
export const INSTANT_LAST: Instant = Date.UTC(10_000, 0, 1) - 1;
