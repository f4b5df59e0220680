/**
 * Where ticks come from: a base (every, cron, rrule, dates) with the steps of its chain around it.
 *
 * A source is a set of instants, and is asked about a stretch of time. Its answer is exact for that stretch, so a
 * step may ask the source before it about any other stretch and knows what silence means. How far to look at all is
 * decided once, outside, for the whole chain.
 */
import type { Json } from "../base/json.ts";
import { DAY_MS, type Instant, type Millis } from "../base/time.ts";
import type { Zone } from "./zone.ts";

export interface Source {
  /** Its wall clock: filters and adjustments judge by it. */
  readonly zone: Zone;
  /** The first tick later than `after` and not later than `last`; undefined when there is none among them. */
  next(after: Instant, last: Instant): Instant | undefined;
  /** An instant from `after` on up to which, itself included, there is no tick: where looking for one may begin. */
  idleUntil(after: Instant): Instant;
  /** How far from there on it is worth looking. */
  readonly searchMs: Millis;
  /** For people: `every 1m`, then one part for each step. */
  readonly parts: readonly string[];
  /** The base, then one entry for each step. */
  readonly json: readonly Json[];
}

/** How long a schedule may rest between two ticks: longer than any calendar makes it (40 years for a leap day and its weekday). */
export const SEARCH_MS: Millis = 100 * 366 * DAY_MS;

/** Schedules live in the years 1000 to 9999: there text, zones and calendars mean the same everywhere. */
export const INSTANT_FIRST: Instant = Date.UTC(1000, 0, 1);
export const INSTANT_LAST: Instant = Date.UTC(10_000, 0, 1) - 1;
