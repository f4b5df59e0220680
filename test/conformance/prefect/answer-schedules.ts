/**
 * Answers schedules written in the neutral form, through the public API:
 *
 *   npx tsx test/conformance/prefect/answer-schedules.ts SCHEDULES_FILE > ACTUAL_FILE
 *
 * Knows no case: it reads clocks, filters and adjustments, and prints the dates our schedules give.
 */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import * as schedules from "../../../src/index.ts";
import type { Schedule, TickFilter } from "../../../src/index.ts";

export interface ClockCase {
  readonly type: "interval" | "cron" | "dates" | "rrule";
  readonly seconds?: number;
  readonly cron?: string;
  readonly dayOr?: boolean;
  readonly dates?: readonly string[];
  readonly rule?: string;
  readonly dtstart?: string;
  readonly start?: string;
  readonly end?: string;
  readonly tz?: string;
  readonly parameterDefaults?: Readonly<Record<string, unknown>>;
}

/** A name, then its arguments. */
export type Call = readonly [name: string, ...args: (string | number)[]];

export interface ScheduleCase {
  readonly id: string;
  readonly clocks: readonly ClockCase[];
  readonly filters?: readonly Call[];
  readonly orFilters?: readonly Call[];
  readonly notFilters?: readonly Call[];
  readonly adjustments?: readonly Call[];
  readonly after: string;
  readonly n: number;
  readonly expected?: readonly { readonly utc: string }[];
  readonly tags?: readonly string[];
  readonly note?: string;
}

export interface Answer {
  readonly id: string;
  readonly dates: readonly string[];
  /** Why there are no dates, where the public API has no such schedule. */
  readonly error?: string;
}

export function answer(scheduleCase: ScheduleCase): Answer {
  const { id, after, n } = scheduleCase;
  try {
    const ticks = build(scheduleCase).upcoming(isAdjusted(scheduleCase) ? -Infinity : Date.parse(after), n);
    return { id, dates: ticks.map(({ at }) => isoSeconds(at)) };
  } catch (error) {
    return { id, dates: [], error: error instanceof Error ? error.message : String(error) };
  }
}

/** The schedule of a case; a clock we do not have throws. */
export function build(scheduleCase: ScheduleCase): Schedule {
  const { clocks, filters = [], orFilters = [], notFilters = [], adjustments = [], after } = scheduleCase;
  const [first, ...others] = clocks.map(buildClock);
  if (first === undefined) return schedules.dates([]);
  let schedule = others.reduce((all, clock) => all.and(clock), first);
  for (const call of filters) schedule = schedule.only(buildFilter(call));
  if (orFilters.length > 0) schedule = schedule.only(schedules.anyOf(...orFilters.map(buildFilter)));
  for (const call of notFilters) schedule = schedule.except(buildFilter(call));
  // In a case `after` bounds what the clocks give; only then it is adjusted, and may come to lie on the other side.
  if (isAdjusted(scheduleCase)) schedule = schedule.from(Date.parse(after) + 1);
  for (const call of adjustments) schedule = adjust(schedule, call);
  return schedule;
}

function isAdjusted({ adjustments = [] }: ScheduleCase): boolean {
  return adjustments.length > 0;
}

function buildClock(clock: ClockCase): Schedule {
  const { start, end, parameterDefaults } = clock;
  let schedule = buildBase(clock);
  if (start !== undefined && clock.type !== "interval") schedule = schedule.from(instantOf(start, clock));
  if (end !== undefined) schedule = schedule.until(instantOf(end, clock));
  return parameterDefaults === undefined ? schedule : schedule.with({ parameters: parameterDefaults });
}

/** A wall-clock text by the clock's zone, also where what fires goes by another one. */
function instantOf(text: string, { tz: zone = "UTC" }: ClockCase): number {
  return schedules.dates([text], { zone }).next(-Infinity)?.at ?? Number.NaN;
}

/** The zone of a clock is that of its start: without one it goes by UTC. */
function buildBase({
  type,
  seconds = 0,
  cron = "",
  dates = [],
  dayOr = true,
  rule = "",
  dtstart,
  start,
  tz = "UTC",
}: ClockCase): Schedule {
  const zone = type === "dates" || (start ?? dtstart) !== undefined ? tz : "UTC";
  switch (type) {
    case "interval":
      return schedules.every(Math.round(seconds * 1_000), start === undefined ? { zone } : { start, zone });
    case "cron":
      return schedules.cron(cron, { zone, dayOr });
    case "dates":
      return schedules.dates(dates, { zone });
    case "rrule":
      return schedules.rrule(rule, dtstart === undefined ? { zone } : { start: dtstart, zone });
    default:
      throw new Error(`no public schedule is a clock of type ${type}`);
  }
}

/** 0 is Monday, as in what was observed. */
const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;

const monthDay = (month: unknown, day: unknown) => `${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;

function buildFilter([name, a = "", b = "", c, d]: Call): TickFilter {
  switch (name) {
    case "on_datetime":
      return schedules.onDateTime(a);
    case "between_datetimes":
      return schedules.betweenDateTimes(a, b);
    case "on_date":
      return schedules.onDate(monthDay(a, b));
    case "between_dates":
      return schedules.betweenDates(monthDay(a, b), monthDay(c, d));
    case "at_time":
      return schedules.atTime(String(a));
    case "between_times":
      return schedules.betweenTimes(String(a), String(b));
    case "is_weekday":
      return schedules.isWeekday;
    case "is_weekend":
      return schedules.isWeekend;
    case "is_month_start":
      return schedules.isMonthStart;
    case "is_month_end":
      return schedules.isMonthEnd;
    case "is_day_of_week":
      return schedules.isDayOfWeek(DAYS[Number(a)] ?? "monday");
    default:
      throw new Error(`no public filter is called ${name}`);
  }
}

function adjust(schedule: Schedule, [name, seconds = 0]: Call): Schedule {
  switch (name) {
    case "add":
      return schedule.shift(Number(seconds) * 1_000);
    case "next_weekday":
      return schedule.shift(schedules.nextWeekday);
    default:
      throw new Error(`no public adjustment is called ${name}`);
  }
}

function isoSeconds(at: number): string {
  const text = new Date(at).toISOString();
  return text.endsWith(".000Z") ? `${text.slice(0, 19)}Z` : text;
}

export function readCases(file: string): readonly ScheduleCase[] {
  const read = JSON.parse(readFileSync(file, "utf8")) as
    | { readonly cases: readonly ScheduleCase[] }
    | readonly ScheduleCase[];
  return "cases" in read ? read.cases : read;
}

/** By name, because what runs TypeScript may put the program elsewhere first; a test that imports this file is another one. */
const [, program = "", file] = process.argv;
if (basename(program).startsWith("answer-schedules")) {
  if (file === undefined) throw new Error("usage: answer-schedules.ts SCHEDULES_FILE");
  console.log(JSON.stringify({ cases: readCases(file).map(answer) }, null, 1));
}
