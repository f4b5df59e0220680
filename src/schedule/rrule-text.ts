/**
 * Recurrence rules as text (RFC 5545 §3.3.10), read strictly, with the column of what is wrong.
 *
 * Upper and lower case are one; `RRULE:` may stand in front. What the RFC forbids because nobody could say what it
 * means (ordinals of a day in a week, COUNT beside UNTIL) is refused; what merely narrows (`FREQ=DAILY;BYYEARDAY=1`)
 * is taken.
 */
import { CaudalError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import type { Wall } from "./zone.ts";

export const FREQUENCIES = ["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"] as const;
export type Frequency = (typeof FREQUENCIES)[number];

/** From Sunday = 0, as `Date` counts. */
const DAY_NAMES = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"] as const;

/** A weekday, all of them or (ordinal 2: the second, −1: the last) one of the month or year. */
export interface NthDay {
  readonly ordinal: number | undefined;
  readonly weekday: number;
}

/** What a rule says; an absent part is undefined, lists are as written. */
export interface RuleParts {
  readonly frequency: Frequency;
  readonly interval: number;
  readonly count: number | undefined;
  /** The last instant, or the last wall-clock time where it was written without `Z`. */
  readonly until: { readonly at: number } | { readonly wall: Wall } | undefined;
  readonly weekStart: number;
  readonly months: readonly number[] | undefined;
  readonly weeks: readonly number[] | undefined;
  readonly yearDays: readonly number[] | undefined;
  readonly monthDays: readonly number[] | undefined;
  readonly days: readonly NthDay[] | undefined;
  readonly hours: readonly number[] | undefined;
  readonly minutes: readonly number[] | undefined;
  readonly seconds: readonly number[] | undefined;
  readonly positions: readonly number[] | undefined;
  /** As it is kept and shown: upper case, without `RRULE:`. */
  readonly text: string;
}

const PART_NAMES = [
  ...["FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYMONTH", "BYWEEKNO", "BYYEARDAY", "BYMONTHDAY"],
  ...["BYDAY", "BYHOUR", "BYMINUTE", "BYSECOND", "BYSETPOS"],
] as const;

/** Parts and lines of other standards and of calendars, and how to say the same here. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ["DTSTART", "the first date is an option: rrule(…, { start, zone })"],
  ["TZID", "the zone is an option: rrule(…, { zone })"],
  ["EXDATE", "leave dates out with .except(onDateTime(…)) or .except(onDate(…))"],
  ["RDATE", "add dates with .and(dates([…]))"],
  ["BYWEEKDAY", "weekdays are BYDAY"],
  ["BYEASTER", "it is no part of RFC 5545: list the dates with dates([…])"],
  ["RSCALE", "only the Gregorian calendar is known here"],
  ["SKIP", "what falls on no date is left out, which is SKIP=OMIT"],
]);

const TEXT_LENGTH_MAX = 2_000;
const INTERVAL_MAX = 1_000_000;
const COUNT_MAX = 100_000;
const UNTIL = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z?))?$/;

/** Something wrong at a place of the text. */
class Wrong extends Error {
  readonly column: number;
  constructor(column: number, why: string) {
    super(why);
    this.column = column;
  }
}

/** The value of one part. */
interface Part {
  readonly name: string;
  readonly value: string;
  /** Where its name and its value begin. */
  readonly nameColumn: number;
  readonly column: number;
}

/**
 * Reads a rule.
 * @param hasStart COUNT counts from the start: without one it is refused
 * @throws CaudalError RRULE_INVALID
 */
export function readRule(rule: string, hasStart: boolean): RuleParts {
  if (typeof rule !== "string") throw ruleInvalid(String(rule), 0, 'write text such as "FREQ=WEEKLY;BYDAY=MO,WE"');
  try {
    return readParts(rule, hasStart);
  } catch (wrong) {
    if (!(wrong instanceof Wrong)) throw wrong;
    throw ruleInvalid(rule, wrong.column, wrong.message);
  }
}

export function ruleInvalid(text: string, column: number, why: string): CaudalError<"RRULE_INVALID"> {
  // A caret lines up under spaces only.
  return new CaudalError("RRULE_INVALID", { text: text.slice(0, TEXT_LENGTH_MAX).replaceAll(/\s/g, " "), column, why });
}

function readParts(text: string, hasStart: boolean): RuleParts {
  if (text.length > TEXT_LENGTH_MAX) throw new Wrong(0, `it is longer than ${TEXT_LENGTH_MAX} characters`);
  const parts = splitParts(text);
  const numbers = (name: string, min: number, max: number, isSigned = false) =>
    readList(parts.get(name), (item, column) => readNumber(name, item, column, min, max, isSigned));
  const frequency = readFrequency(parts.get("FREQ"), text);
  const read: RuleParts = {
    frequency,
    interval: numbers("INTERVAL", 1, INTERVAL_MAX)?.[0] ?? 1,
    count: numbers("COUNT", 1, COUNT_MAX)?.[0],
    until: readUntil(parts.get("UNTIL")),
    weekStart: readList(parts.get("WKST"), readWeekday)?.[0] ?? 1,
    months: numbers("BYMONTH", 1, 12),
    weeks: numbers("BYWEEKNO", 1, 53, true),
    yearDays: numbers("BYYEARDAY", 1, 366, true),
    monthDays: numbers("BYMONTHDAY", 1, 31, true),
    days: readList(parts.get("BYDAY"), (item, column) => readDay(item, column, frequency, parts.has("BYWEEKNO"))),
    hours: numbers("BYHOUR", 0, 23),
    minutes: numbers("BYMINUTE", 0, 59),
    seconds: numbers("BYSECOND", 0, 59),
    positions: numbers("BYSETPOS", 1, 100_000, true),
    text: [...parts.values()].map(({ name, value }) => `${name}=${value}`).join(";"),
  };
  refuseTogether(parts, hasStart);
  return read;
}

function splitParts(text: string): ReadonlyMap<string, Part> {
  const trimmed = text.trimEnd();
  const [line, name = ""] = /(?<=\S)\s*[\r\n]\s*(\w*)/.exec(trimmed) ?? [];
  const hint = ELSEWHERE.get(name.toUpperCase());
  if (line !== undefined && !/^\s*DTSTART/i.test(trimmed))
    throw new Wrong(
      trimmed.indexOf(line) + line.length - name.length,
      hint === undefined ? "a rule is one line" : `${name.toUpperCase()} does not belong into the rule: ${hint}`,
    );
  const parts = new Map<string, Part>();
  let at = /^\s*(?:RRULE:)?/i.exec(trimmed)?.[0].length ?? 0;
  for (const written of trimmed.slice(at).split(";")) {
    const part = splitPart(written, at);
    if (parts.has(part.name)) throw new Wrong(at, `${part.name} is there twice`);
    parts.set(part.name, part);
    at += written.length + 1;
  }
  return parts;
}

function splitPart(written: string, at: number): Part {
  if (written.trim() === "")
    throw new Wrong(at, 'a part is missing: write NAME=VALUE, with ";" between two of them only');
  const nameColumn = at + written.length - written.trimStart().length;
  const name = (/^\w*/.exec(written.trimStart())?.[0] ?? "").toUpperCase();
  const elsewhere = ELSEWHERE.get(name);
  if (elsewhere !== undefined) throw new Wrong(nameColumn, `${name} does not belong into the rule: ${elsewhere}`);
  if (!(PART_NAMES as readonly string[]).includes(name)) throw new Wrong(nameColumn, notAPart(name));
  const equals = written.indexOf("=");
  if (equals === -1 || written.slice(0, equals).trim().toUpperCase() !== name)
    throw new Wrong(nameColumn + name.length, `after ${name} comes "="`);
  const value = written.slice(equals + 1);
  const column = at + equals + 1 + value.length - value.trimStart().length;
  if (value.trim() === "") throw new Wrong(column, `${name} has no value`);
  return { name, value: value.trim().toUpperCase(), nameColumn, column };
}

function notAPart(name: string): string {
  if (name === "") return "here a part should begin, such as FREQ=DAILY";
  const meant = nearest(name, PART_NAMES);
  return meant === undefined
    ? `'${name}' is no part of a rule: there are ${PART_NAMES.join(", ")}`
    : `'${name}' is no part of a rule: did you mean ${meant}?`;
}

function readFrequency(part: Part | undefined, text: string): Frequency {
  if (part === undefined) throw new Wrong(text.trimEnd().length, "FREQ is missing: say how often, such as FREQ=DAILY");
  const found = FREQUENCIES.find((frequency) => frequency === part.value);
  if (found !== undefined) return found;
  const meant = nearest(part.value, FREQUENCIES);
  const hint = meant === undefined ? `write ${FREQUENCIES.join(", ")}` : `did you mean ${meant}?`;
  throw new Wrong(part.column, `'${part.value}' is no frequency: ${hint}`);
}

/** The items of a list in the order written; for a part of one value, the list has one. */
function readList<T>(part: Part | undefined, read: (item: string, column: number) => T): readonly T[] | undefined {
  if (part === undefined) return undefined;
  const { name, value } = part;
  const isList = name.startsWith("BY");
  const items: T[] = [];
  let at = part.column;
  for (const item of isList ? value.split(",") : [value]) {
    if (item.trim() === "") throw new Wrong(at, `${name} has nothing beside a comma`);
    items.push(read(item.trim(), at + item.length - item.trimStart().length));
    at += item.length + 1;
  }
  return items;
}

function readNumber(name: string, item: string, column: number, min: number, max: number, isSigned: boolean): number {
  const range = isSigned
    ? `from ${min} to ${max}, or from -${max} to -${min} counted from the end`
    : `from ${min} to ${max}`;
  const isNumber = (isSigned ? /^[+-]?\d{1,9}$/ : /^\+?\d{1,9}$/).test(item);
  const number = Number(item);
  const size = isSigned ? Math.abs(number) : number;
  if (isNumber && size >= min && size <= max) return number;
  throw new Wrong(
    column,
    `${name} takes ${name.startsWith("BY") ? "whole numbers" : "a whole number"} ${range}, not '${item}'`,
  );
}

function readWeekday(item: string, column: number): number {
  const weekday = (DAY_NAMES as readonly string[]).indexOf(item);
  if (weekday === -1) throw new Wrong(column, `'${item}' is no weekday: write ${DAY_NAMES.join(", ")}`);
  return weekday;
}

/** `MO`, `2MO`, `-1FR`. */
function readDay(item: string, column: number, frequency: Frequency, hasWeeks: boolean): NthDay {
  const [, written = "", name = ""] = /^([+-]?\d{0,9})(.*)$/.exec(item) ?? [];
  const weekday = readWeekday(name, column + written.length);
  if (written === "") return { ordinal: undefined, weekday };
  if (frequency !== "MONTHLY" && frequency !== "YEARLY")
    throw new Wrong(column, `'${item}' counts within a month or year: it needs FREQ=MONTHLY or FREQ=YEARLY`);
  if (hasWeeks) throw new Wrong(column, `'${item}' counts within a year, BYWEEKNO within weeks: write '${name}'`);
  return { ordinal: readNumber("BYDAY before a weekday", written, column, 1, 53, true), weekday };
}

function readUntil(part: Part | undefined): RuleParts["until"] {
  if (part === undefined) return undefined;
  const [, year, month, day, hour = "00", minute = "00", second = "00", utc] = UNTIL.exec(part.value) ?? [];
  const said = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const wall = Date.parse(said);
  // What Date.parse carried over, such as 30 February, reads differently when it is written again.
  if (Number.isNaN(wall) || new Date(wall).toISOString() !== said)
    throw new Wrong(
      part.column,
      `'${part.value}' is no date: write UNTIL=20301231T090000Z, or 20301231T090000 for a time in the zone`,
    );
  return utc === "Z" ? { at: wall } : { wall };
}

function refuseTogether(parts: ReadonlyMap<string, Part>, hasStart: boolean): void {
  const count = parts.get("COUNT");
  const until = parts.get("UNTIL");
  if (count !== undefined && until !== undefined)
    throw new Wrong(Math.max(count.nameColumn, until.nameColumn), "COUNT and UNTIL both end the rule: keep one");
  if (count !== undefined && !hasStart)
    throw new Wrong(count.nameColumn, 'COUNT counts from the start: give one, rrule(…, { start: "2026-03-01T09:00" })');
}
