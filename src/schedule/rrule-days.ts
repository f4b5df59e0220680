/** Which days a recurrence rule allows: all its parts that speak of days, worked out a year at a time. */
import { DAY_MS } from "../base/time.ts";
import type { NthDay, RuleParts } from "./rrule-text.ts";

/** Days since 1970-01-01, by the wall clock. */
export type Day = number;

/** Whether a rule allows a day. Cost: a year of days each time another year is asked for, some 10 µs. */
export type IsDayAllowed = (day: Day) => boolean;

/** The parts that speak of days, with what the start fills in. */
export type DayParts = Pick<
  RuleParts,
  "frequency" | "weekStart" | "months" | "weeks" | "yearDays" | "monthDays" | "days"
>;

const YEARS_KEPT_MAX = 256;

export function dayOfDate(year: number, month: number, date: number): Day {
  return Date.UTC(year, month, date) / DAY_MS;
}

export function yearOf(day: Day): number {
  return new Date(day * DAY_MS).getUTCFullYear();
}

/** 0 is Sunday; 1970-01-01 was a Thursday. */
function weekdayOf(day: Day): number {
  return (((day + 4) % 7) + 7) % 7;
}

/** undefined when the rule allows every day. */
export function makeDayFilter(parts: DayParts): IsDayAllowed | undefined {
  const { months, weeks, yearDays, monthDays, days } = parts;
  if ([months, weeks, yearDays, monthDays, days].every((part) => part === undefined)) return undefined;
  const years = new Map<number, readonly boolean[]>();
  return (day) => {
    const year = yearOf(day);
    let allowed = years.get(year);
    if (allowed === undefined) {
      if (years.size >= YEARS_KEPT_MAX) years.clear();
      allowed = allowedDays(parts, year);
      years.set(year, allowed);
    }
    return allowed[day - dayOfDate(year, 0, 1)] === true;
  };
}

function allowedDays(parts: DayParts, year: number): readonly boolean[] {
  const { months, weeks, yearDays, monthDays, days } = parts;
  const first = dayOfDate(year, 0, 1);
  const length = dayOfDate(year + 1, 0, 1) - first;
  const allowed: boolean[] = [];
  for (let month = 0; month < 12; month++) {
    const monthFirst = dayOfDate(year, month, 1);
    const monthLength = dayOfDate(year, month + 1, 1) - monthFirst;
    const isMonth = months === undefined || months.includes(month + 1);
    const isOrdinalOfMonth = parts.frequency === "MONTHLY" || months !== undefined;
    for (let index = 0; index < monthLength; index++) {
      const day = monthFirst + index;
      const ofYear = day - first;
      const isAllowed =
        isMonth &&
        isNamed(monthDays, index, monthLength) &&
        isNamed(yearDays, ofYear, length) &&
        (days === undefined ||
          (isOrdinalOfMonth ? isDay(days, day, index, monthLength) : isDay(days, day, ofYear, length))) &&
        (weeks === undefined || isWeek(weeks, day, parts.weekStart));
      allowed.push(isAllowed);
    }
  }
  return allowed;
}

/** Whether one of `length` (counted from 0) is among numbers that count from 1, or from the end with −1. */
function isNamed(numbers: readonly number[] | undefined, index: number, length: number): boolean {
  return numbers === undefined || numbers.includes(index + 1) || numbers.includes(index - length);
}

/** A weekday's ordinal among `length` days: every seventh day is the same. */
function isDay(days: readonly NthDay[], day: Day, index: number, length: number): boolean {
  const weekday = weekdayOf(day);
  const fromStart = Math.floor(index / 7) + 1;
  const fromEnd = -Math.floor((length - 1 - index) / 7) - 1;
  return days.some(
    (named) =>
      named.weekday === weekday &&
      (named.ordinal === undefined || named.ordinal === fromStart || named.ordinal === fromEnd),
  );
}

/** Weeks belong to the year that has four of their days (ISO 8601, with any day as the first). */
function isWeek(weeks: readonly number[], day: Day, weekStart: number): boolean {
  const begin = weekBegin(day, weekStart);
  const year = yearOf(begin + 3);
  const first = firstWeek(year, weekStart);
  return isNamed(weeks, (begin - first) / 7, (firstWeek(year + 1, weekStart) - first) / 7);
}

/** The first day of the week a day lies in. */
export function weekBegin(day: Day, weekStart: number): Day {
  return day - ((weekdayOf(day) - weekStart + 7) % 7);
}

/** The first day of a year's week 1, the one 4 January lies in. */
function firstWeek(year: number, weekStart: number): Day {
  return weekBegin(dayOfDate(year, 0, 4), weekStart);
}
