/**
 * The next wall-clock time of a recurrence rule, by arithmetic: the period (year … second) a time lies in is
 * computed, never walked to from the start, and what cannot match is jumped over.
 *
 * From YEARLY to DAILY a period is a stretch of days, each with the same times of day; below, it lies inside one day
 * and has the same seconds in each. Where RFC 5545 leaves something open dateutil (and so Prefect 1.x) decides:
 * the start is a tick only if it fits the rule, and BYWEEKNO alone means every day of the week.
 */
import { DAY_MS } from "../base/time.ts";
import { type Day, dayOfDate, makeDayFilter, weekBegin, yearOf } from "./rrule-days.ts";
import type { RuleParts } from "./rrule-text.ts";
import { INSTANT_LAST } from "./source.ts";
import type { NextWall } from "./wall-ticks.ts";
import type { Wall } from "./zone.ts";

/** Seconds since 1970 by the wall clock. */
type Second = number;

/** The first second from `from` on that fits, looking no further than `last`. */
type Search = (from: Second, last: Second) => Second | undefined;

const DAY_S = 86_400;
const UNIT_S = { HOURLY: 3_600, MINUTELY: 60, SECONDLY: 1 } as const;

/** A little more than the 100 years after which schedules stop searching. */
const SEARCH_S: Second = 102 * 366 * DAY_S;
const LAST: Second = Math.floor(INSTANT_LAST / 1_000);

/** The candidates of a rule, without its COUNT and UNTIL. `start` is a full second. */
export function makeRuleSearch(parts: RuleParts, start: Wall): NextWall {
  const startSecond = start / 1_000;
  const { frequency } = parts;
  const search =
    frequency === "HOURLY" || frequency === "MINUTELY" || frequency === "SECONDLY"
      ? searchWithinDays(parts, startSecond, UNIT_S[frequency])
      : searchOverDays(withStart(parts, startSecond), startSecond);
  return (after) => {
    const from = Math.max(Math.floor(after / 1_000) + 1, startSecond);
    const found = search(from, Math.min(from + SEARCH_S, LAST));
    return found === undefined ? undefined : found * 1_000;
  };
}

/** What the rule does not say is taken from its start. */
function withStart(parts: RuleParts, start: Second): RuleParts {
  const { frequency, months, weeks, yearDays, monthDays, days } = parts;
  const shown = new Date(start * 1_000);
  const isOpen = [weeks, yearDays, monthDays, days].every((part) => part === undefined);
  const isOfMonth = isOpen && (frequency === "YEARLY" || frequency === "MONTHLY");
  return {
    ...parts,
    months: isOpen && frequency === "YEARLY" ? (months ?? [shown.getUTCMonth() + 1]) : months,
    monthDays: isOfMonth ? [shown.getUTCDate()] : monthDays,
    days: isOpen && frequency === "WEEKLY" ? [{ ordinal: undefined, weekday: shown.getUTCDay() }] : days,
    hours: parts.hours ?? [shown.getUTCHours()],
    minutes: parts.minutes ?? [shown.getUTCMinutes()],
    seconds: parts.seconds ?? [shown.getUTCSeconds()],
  };
}

/** YEARLY, MONTHLY, WEEKLY, DAILY. */
function searchOverDays(parts: RuleParts, start: Second): Search {
  const { positions } = parts;
  const isAllowed = makeDayFilter(parts) ?? (() => true);
  const times = timesOf(parts.hours ?? [], parts.minutes ?? [], parts.seconds ?? []);
  const lastTime = times.at(-1) ?? 0;
  const periods = makePeriods(parts, Math.floor(start / DAY_S));
  return (from, last) => {
    const lastDay = Math.floor(last / DAY_S);
    const fromDay = Math.floor((from - lastTime + DAY_S - 1) / DAY_S);
    // With BYSETPOS a period counts as a whole, so it is entered at its beginning.
    for (let index = periods.indexOf(Math.floor(from / DAY_S)); ; index += parts.interval) {
      const [begin, end] = periods.daysOf(index);
      if (begin > lastDay || Number.isNaN(begin)) return undefined;
      if (positions !== undefined) {
        const found = firstOfPositions(allowedFrom(begin, end, isAllowed), times, positions, from);
        if (found !== undefined) return found <= last ? found : undefined;
        continue;
      }
      for (let day = Math.max(begin, fromDay); day < end; day++) {
        if (!isAllowed(day)) continue;
        const time = firstFrom(times, from - day * DAY_S);
        if (time !== undefined) return day * DAY_S + time <= last ? day * DAY_S + time : undefined;
      }
    }
  };
}

interface Periods {
  /** The number of the first period of the rule that is not over before this day. */
  indexOf(day: Day): number;
  daysOf(index: number): readonly [begin: Day, end: Day];
}

/** Periods have numbers (year, month since year 0, week or day since 1970); those of the rule lie `interval` apart. */
function makePeriods({ frequency, interval, weekStart }: RuleParts, startDay: Day): Periods {
  const week0 = weekBegin(0, weekStart);
  const numberOf = (day: Day): number => {
    if (frequency === "YEARLY") return yearOf(day);
    if (frequency === "MONTHLY") return yearOf(day) * 12 + new Date(day * DAY_MS).getUTCMonth();
    return frequency === "WEEKLY" ? Math.floor((day - week0) / 7) : day;
  };
  const beginOf = (index: number): Day => {
    if (frequency === "YEARLY") return dayOfDate(index, 0, 1);
    if (frequency === "MONTHLY") return dayOfDate(2000, index - 24_000, 1); // Date.UTC takes the year 0 for 1900
    return frequency === "WEEKLY" ? week0 + index * 7 : index;
  };
  const first = numberOf(startDay);
  return {
    indexOf: (day) => alignUp(numberOf(day), first, interval),
    daysOf: (index) => [beginOf(index), beginOf(index + 1)],
  };
}

/** The first of `origin`, `origin + step`, … that is not less than `at`; `origin` at least. */
function alignUp(at: number, origin: number, step: number): number {
  return origin + Math.max(0, Math.ceil((at - origin) / step)) * step;
}

function allowedFrom(begin: Day, end: Day, isAllowed: (day: Day) => boolean): readonly Day[] {
  const days: Day[] = [];
  for (let day = begin; day < end; day++) if (isAllowed(day)) days.push(day);
  return days;
}

/** The first at or after `from` among the named ones of all days' times, counted from 1, or from the end with −1. */
function firstOfPositions(
  days: readonly Day[],
  times: readonly Second[],
  positions: readonly number[],
  from: Second,
): Second | undefined {
  const length = days.length * times.length;
  let first: Second | undefined;
  for (const position of positions) {
    const index = position > 0 ? position - 1 : length + position;
    if (index < 0 || index >= length) continue;
    const at = (days[Math.floor(index / times.length)] ?? 0) * DAY_S + (times[index % times.length] ?? 0);
    if (at >= from && (first === undefined || at < first)) first = at;
  }
  return first;
}

/** HOURLY, MINUTELY, SECONDLY: BYHOUR and finer parts narrow down to the unit, and spread out below it. */
function searchWithinDays(parts: RuleParts, start: Second, unit: number): Search {
  const { frequency, hours, minutes, seconds, positions } = parts;
  const shown = new Date(start * 1_000);
  const isAllowed = makeDayFilter(parts) ?? (() => true);
  const within = timesOf(
    [0],
    frequency === "HOURLY" ? (minutes ?? [shown.getUTCMinutes()]) : [0],
    frequency === "SECONDLY" ? [0] : (seconds ?? [shown.getUTCSeconds()]),
  );
  const offsets = positions === undefined ? within : named(within, positions);
  const origin = Math.floor(start / unit) * unit;
  const step = parts.interval * unit;
  const levels = [
    { unit: 3_600, among: asFlags(hours, 24) },
    { unit: 60, among: frequency === "HOURLY" ? undefined : asFlags(minutes, 60) },
    { unit: 1, among: frequency === "SECONDLY" ? asFlags(seconds, 60) : undefined },
  ];
  if (offsets.length === 0 || !isMet(levels, origin, step)) return () => undefined;
  return (from, last) => {
    let at = alignUp(from - unit + 1, origin, step);
    while (at <= last) {
      const day = Math.floor(at / DAY_S);
      const begin = isAllowed(day) ? firstWithin(levels, at - day * DAY_S) : DAY_S;
      const offset = day * DAY_S + begin > at ? undefined : firstFrom(offsets, from - at);
      if (offset !== undefined) return at + offset <= last ? at + offset : undefined;
      at = alignUp(Math.max(at + 1, day * DAY_S + begin), origin, step);
    }
    return undefined;
  };
}

/** One clock field: which of its values are allowed, and how many seconds one of it lasts. */
interface Level {
  readonly unit: number;
  readonly among: readonly boolean[] | undefined;
}

/** The first time of day from this one on that all fields allow; a whole day when none does. */
function firstWithin(levels: readonly Level[], time: Second): Second {
  let at = time;
  for (let index = 0; index < levels.length && at < DAY_S; index++) {
    const { unit, among } = levels[index] as Level;
    if (among === undefined || among[Math.floor(at / unit) % among.length] === true) continue;
    at = (Math.floor(at / unit) + 1) * unit;
    index = -1; // a coarser field may have moved on
  }
  return Math.min(at, DAY_S);
}

/** Whether steps ever meet the fields: seen from any day, they come by at the same times modulo the common divisor. */
function isMet(levels: readonly Level[], origin: Second, step: number): boolean {
  const divisor = greatestCommonDivisor(step, DAY_S);
  const phase = ((origin % divisor) + divisor) % divisor;
  let at = phase;
  while (at < DAY_S) {
    const next = firstWithin(levels, at);
    if (next === at) return true;
    at = alignUp(next, phase, divisor);
  }
  return false;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function asFlags(values: readonly number[] | undefined, length: number): readonly boolean[] | undefined {
  return values === undefined ? undefined : Array.from({ length }, (_, value) => values.includes(value));
}

/** Times of day in order, each once. */
function timesOf(hours: readonly number[], minutes: readonly number[], seconds: readonly number[]): readonly Second[] {
  const sorted = (values: readonly number[]) => [...new Set(values)].sort((a, b) => a - b);
  const [minutesInOrder, secondsInOrder] = [sorted(minutes), sorted(seconds)];
  return sorted(hours).flatMap((hour) =>
    minutesInOrder.flatMap((minute) => secondsInOrder.map((second) => (hour * 60 + minute) * 60 + second)),
  );
}

function named(values: readonly Second[], positions: readonly number[]): readonly Second[] {
  return values.filter((_, index) => positions.includes(index + 1) || positions.includes(index - values.length));
}

/** The first of an ordered list that is not less than `least`. */
function firstFrom(values: readonly Second[], least: Second): Second | undefined {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? Infinity) < least) low = middle + 1;
    else high = middle;
  }
  return values[low];
}
