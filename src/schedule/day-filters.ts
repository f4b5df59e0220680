/**
 * What schedules are given as values, not calls: `isWeekday` and its kin, `nextWeekday`, and the calendar arithmetic they
 * share with the other filters.
 * Apart from `filter.ts` because values must be there at once, while functions are loaded when they are called.
 */
import type { Json } from "../base/json.ts";
import { DAY_MS, type Instant } from "../base/time.ts";
import type { Wall, Zone } from "./zone.ts";

/** A tick as a filter sees it. */
export interface Moment {
  readonly at: Instant;
  readonly wall: Wall;
  readonly zone: Zone;
}

/** A filter made by one of the functions below. */
export interface NamedFilter {
  /** For people: `isWeekday`, `betweenTimes 14:00 16:00`. */
  readonly name: string;
  readonly accepts: (moment: Moment) => boolean;
  /** No later than the first instant after the moment at which the answer can be another one; infinite when it never changes. */
  readonly holdsUntil: (moment: Moment) => Instant;
  /** A function of the user's is in it, which cannot say how long its answer holds. */
  readonly asksEachTime: boolean;
  readonly json: Json;
}

/** A filter that looks at the wall clock only: `holdsUntilWall` is later than the wall-clock time it is given. */
export function wallFilter(
  name: string,
  args: readonly string[],
  accepts: (wall: Wall) => boolean,
  holdsUntilWall: (wall: Wall) => Wall,
): NamedFilter {
  return {
    name: [name, ...args].join(" "),
    accepts: (moment) => accepts(moment.wall),
    holdsUntil: ({ at, wall, zone }) => zone.reach(at, holdsUntilWall(wall)),
    asksEachTime: false,
    json: [name, ...args],
  };
}

export const midnightOf = (wall: Wall): Wall => Math.floor(wall / DAY_MS) * DAY_MS;
export const nextMidnight = (wall: Wall): Wall => midnightOf(wall) + DAY_MS;
/** 0 is Sunday: 1970-01-01 was a Thursday. */
export const weekdayOf = (wall: Wall): number => (((Math.floor(wall / DAY_MS) + 4) % 7) + 7) % 7;
export const isWeekendDay = (wall: Wall): boolean => weekdayOf(wall) === 0 || weekdayOf(wall) === 6;
const dayOfMonth = (wall: Wall): number => new Date(wall).getUTCDate();

/** Monday to Friday. */
export const isWeekday: NamedFilter = wallFilter("isWeekday", [], (wall) => !isWeekendDay(wall), nextMidnight);
/** Saturday and Sunday. */
export const isWeekend: NamedFilter = wallFilter("isWeekend", [], isWeekendDay, nextMidnight);
/** The first day of a month. */
export const isMonthStart: NamedFilter = wallFilter("isMonthStart", [], (wall) => dayOfMonth(wall) === 1, nextMidnight);
/** The last day of a month. */
export const isMonthEnd: NamedFilter = wallFilter(
  "isMonthEnd",
  [],
  (wall) => dayOfMonth(wall + DAY_MS) === 1,
  nextMidnight,
);

/** An adjustment for `.shift(…)`: what falls on a weekend moves to the Monday after it, at the same local time. */
export const nextWeekday = { adjust: "nextWeekday" } as const;
