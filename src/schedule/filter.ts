/**
 * What `.only(…)` and `.except(…)` judge ticks by: the local time of the tick, in its clock's zone.
 *
 * A filter of ours also says until when its answer holds, so a schedule skips from one change to the next
 * instead of asking about every minute of a year. A function of the user's cannot say that and is asked every time.
 */
import { CaudalError } from "../base/errors.ts";
import { DAY_MS, type Instant, type Millis } from "../base/time.ts";
import { midnightOf, type Moment, type NamedFilter, nextMidnight, wallFilter, weekdayOf } from "./day-filters.ts";
import { localTime, type LocalTime, type Weekday, WEEKDAYS } from "./local-time.ts";
import { readTimeOfDay, readWhenOrWall, type When } from "./when.ts";
import type { Wall } from "./zone.ts";

/** What `.only(…)` and `.except(…)` take: a named filter, or a function of the tick's local time. */
export type TickFilter = NamedFilter | ((local: LocalTime) => boolean);

/**
 * One day of the week, by name: `isDayOfWeek("monday")`.
 * @throws CaudalError SCHEDULE_INVALID
 */
export function isDayOfWeek(day: Weekday): NamedFilter {
  const wanted = WEEKDAYS.indexOf(day);
  if (wanted === -1)
    throw new CaudalError("SCHEDULE_INVALID", { what: "isDayOfWeek(…)", why: `write one of ${WEEKDAYS.join(", ")}` });
  return wallFilter("isDayOfWeek", [day], (wall) => weekdayOf(wall) === wanted, nextMidnight);
}

/**
 * Exactly this time of day: `atTime("09:00")`.
 * @throws CaudalError SCHEDULE_INVALID
 */
export function atTime(time: string): NamedFilter {
  const wanted = readTimeOfDay("atTime(…)", time);
  return wallFilter(
    "atTime",
    [time],
    (wall) => wall - midnightOf(wall) === wanted,
    (wall) => nextTimeOfDay(wall, [wanted, wanted + 1]),
  );
}

/**
 * From one time of day to another, both included; over midnight when the first is the later one.
 * @throws CaudalError SCHEDULE_INVALID
 */
export function betweenTimes(first: string, last: string): NamedFilter {
  const from = readTimeOfDay("first of betweenTimes(…)", first);
  const until = readTimeOfDay("last of betweenTimes(…)", last);
  const accepts = (time: Millis) => (from <= until ? time >= from && time <= until : time >= from || time <= until);
  return wallFilter(
    "betweenTimes",
    [first, last],
    (wall) => accepts(wall - midnightOf(wall)),
    (wall) => nextTimeOfDay(wall, [from, until + 1]),
  );
}

/** The next of these times of day, today or tomorrow. */
function nextTimeOfDay(wall: Wall, times: readonly Millis[]): Wall {
  const midnight = midnightOf(wall);
  const candidates = times.flatMap((time) => [midnight + time, midnight + time + DAY_MS]);
  return Math.min(...candidates.filter((candidate) => candidate > wall));
}

/**
 * One day of the year, as month and day: `onDate("12-24")`. `"02-29"` is there in leap years only.
 * @throws CaudalError SCHEDULE_INVALID
 */
export function onDate(day: string): NamedFilter {
  const wanted = readMonthDay("onDate(…)", day);
  return wallFilter(
    "onDate",
    [day],
    (wall) => monthDayOf(wall) === wanted,
    (wall) => nextYearDay(wall, wanted, wanted),
  );
}

/**
 * From one day of the year to another, both included; over the new year when the first is the later one.
 * @throws CaudalError SCHEDULE_INVALID
 */
export function betweenDates(first: string, last: string): NamedFilter {
  const from = readMonthDay("first of betweenDates(…)", first);
  const until = readMonthDay("last of betweenDates(…)", last);
  const accepts = (day: number) => (from <= until ? day >= from && day <= until : day >= from || day <= until);
  return wallFilter(
    "betweenDates",
    [first, last],
    (wall) => accepts(monthDayOf(wall)),
    (wall) => nextYearDay(wall, from, until),
  );
}

/** Month and day as one number that grows through the year. */
function monthDayOf(wall: Wall): number {
  const date = new Date(wall);
  return date.getUTCMonth() * 32 + date.getUTCDate();
}

/** The next midnight at which the day of `from` begins or the day of `until` is over. */
function nextYearDay(wall: Wall, from: number, until: number): Wall {
  const year = new Date(wall).getUTCFullYear();
  const candidates = [year, year + 1].flatMap((y) => [yearDay(y, from, 0), yearDay(y, until, 1)]);
  return Math.min(...candidates.filter((candidate) => candidate > wall));
}

/** What would lie beyond its month's end (30 February) is the first of the next. */
function yearDay(year: number, monthDay: number, days: number): Wall {
  const month = monthDay >> 5;
  return Math.min(Date.UTC(year, month, (monthDay & 31) + days), Date.UTC(year, month + 1, 1));
}

function readMonthDay(what: string, text: string): number {
  const [written, month = "", day = ""] = /^(\d{2})-(\d{2})$/.exec(text) ?? [];
  const wall = Date.UTC(2000, Number(month) - 1, Number(day)); // a leap year has every day
  const monthDay = monthDayOf(wall);
  const isDay = written !== undefined && monthDay === (Number(month) - 1) * 32 + Number(day);
  if (!isDay)
    throw new CaudalError("SCHEDULE_INVALID", {
      what,
      why: `${JSON.stringify(String(text).slice(0, 60))} is no day of a year: write month and day, such as "12-24"`,
    });
  return monthDay;
}

/**
 * One date and time; text without an offset is compared with the wall clock.
 * @throws CaudalError SCHEDULE_INVALID
 */
export function onDateTime(when: When): NamedFilter {
  const bound = readBound("onDateTime(…)", when);
  return between("onDateTime", bound, bound, [bound.text]);
}

/**
 * From one date and time to another, both included; text without an offset is compared with the wall clock.
 * @throws CaudalError SCHEDULE_INVALID
 */
export function betweenDateTimes(first: When, last: When): NamedFilter {
  const from = readBound("first of betweenDateTimes(…)", first);
  const until = readBound("last of betweenDateTimes(…)", last);
  return between("betweenDateTimes", from, until, [from.text, until.text]);
}

/** A date and time on one of the two axes. */
interface Bound {
  readonly text: string;
  /** The moment's place on the bound's axis, counted from the bound: negative before it. */
  readonly since: (moment: Moment) => Millis;
  /** The instant at which that place is first reached, or given up again when clocks are put back. */
  readonly reach: (moment: Moment, place: Millis) => Instant;
}

function readBound(what: string, when: When): Bound {
  const read = readWhenOrWall(what, when);
  const text = typeof when === "string" ? when : new Date(when).toISOString();
  if ("at" in read) return { text, since: ({ at }) => at - read.at, reach: (_, place) => read.at + place };
  return {
    text,
    since: ({ wall }) => wall - read.wall,
    reach: ({ at, zone }, place) => zone.reach(at, read.wall + place),
  };
}

function between(name: string, from: Bound, until: Bound, args: readonly string[]): NamedFilter {
  return {
    name: [name, ...args].join(" "),
    accepts: (moment) => from.since(moment) >= 0 && until.since(moment) <= 0,
    holdsUntil: (moment) =>
      Math.min(
        from.reach(moment, from.since(moment) < 0 ? 0 : Infinity),
        until.reach(moment, until.since(moment) <= 0 ? 1 : Infinity),
      ),
    asksEachTime: false,
    json: [name, ...args],
  };
}

/**
 * Any of several filters.
 * @throws CaudalError SCHEDULE_INVALID
 */
export function anyOf(...filters: readonly TickFilter[]): NamedFilter {
  if (filters.length === 0)
    throw new CaudalError("SCHEDULE_INVALID", { what: "anyOf(…)", why: "it takes at least one filter" });
  const named = filters.map((filter) => readFilter("anyOf(…)", filter));
  return {
    name: named.map((filter) => filter.name).join(" or "),
    accepts: (moment) => named.some((filter) => filter.accepts(moment)),
    holdsUntil: (moment) => Math.min(...named.map((filter) => filter.holdsUntil(moment))),
    asksEachTime: named.some((filter) => filter.asksEachTime),
    json: ["anyOf", ...named.map((filter) => filter.json)],
  };
}

/**
 * A function as a filter, which has to be asked each time.
 * @throws CaudalError SCHEDULE_INVALID
 */
export function readFilter(what: string, filter: TickFilter): NamedFilter {
  if (typeof filter === "function") {
    const name = filter.name === "" ? "a function" : filter.name;
    return {
      name,
      accepts: (moment) => filter(localTime(moment)),
      holdsUntil: ({ at }) => at + 1,
      asksEachTime: true,
      json: ["function", name],
    };
  }
  const isNamed =
    typeof filter === "object" &&
    filter !== null &&
    typeof filter.accepts === "function" &&
    typeof filter.holdsUntil === "function";
  if (!isNamed)
    throw new CaudalError("SCHEDULE_INVALID", {
      what,
      why: "it takes a filter such as isWeekday or betweenTimes(…), or a function of the local time",
    });
  return filter;
}
