/** Our arithmetic against a clock that is read minute by minute, around changes of all kinds. */
import { describe, expect, test } from "vitest";
import type { Instant } from "../base/time.ts";
import { cron } from "./cron.ts";
import { every } from "./every.ts";
import { rrule } from "./rrule.ts";
import type { Schedule } from "./schedule.ts";
import type { WallRules } from "./wall-ticks.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

interface Reading {
  readonly at: Instant;
  readonly wall: number;
}

/** What the wall clock shows, once a minute, for `days` days. */
function readClock(zone: string, from: string, days: number): readonly Reading[] {
  const format = new Intl.DateTimeFormat("en-US", {
    ...{ timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit" },
    ...{ hour: "2-digit", minute: "2-digit", second: "2-digit" },
  });
  const readings: Reading[] = [];
  for (let at = Date.parse(from); at <= Date.parse(from) + days * DAY; at += MINUTE) {
    const [month, day, year, hour, minute, second] = format.format(at).split(/\D+/).map(Number) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    readings.push({ at, wall: Date.UTC(year, month - 1, day, hour, minute, second) });
  }
  return readings;
}

/** The rule, said once more as plainly as possible: every minute shown, and every minute jumped over. */
function bruteForce(readings: readonly Reading[], matches: (wall: number) => boolean, rules: WallRules): Instant[] {
  const shownAt = new Map<number, Instant[]>();
  for (const { at, wall } of readings) shownAt.set(wall, [...(shownAt.get(wall) ?? []), at]);
  const found = new Set<Instant>();
  for (const [wall, instants] of shownAt) {
    if (!matches(wall)) continue;
    const fires = { both: instants, first: instants.slice(0, 1), second: instants.slice(-1) }[rules.repeat];
    for (const at of fires) found.add(at);
  }
  for (const [index, { at, wall }] of readings.entries()) {
    const before = readings[index - 1];
    if (before === undefined) continue;
    for (let missing = before.wall + MINUTE; missing < wall; missing += MINUTE) {
      if (!matches(missing) || rules.gap === "skip") continue;
      found.add(rules.gap === "first" ? at : at + (missing - before.wall - MINUTE));
    }
  }
  return [...found].sort((a, b) => a - b);
}

const ALL = { gap: "shift", repeat: "both" } as const;
const ONCE = { gap: "shift", repeat: "second" } as const;

const PLACES = [
  ["America/New_York", "2021-03-12T00:00Z"],
  ["America/New_York", "2021-11-05T00:00Z"],
  ["Europe/Madrid", "2022-03-25T00:00Z"],
  ["Europe/Madrid", "2022-10-28T00:00Z"],
  ["Australia/Lord_Howe", "2021-10-01T00:00Z"],
  ["Australia/Lord_Howe", "2022-04-01T00:00Z"],
  ["Asia/Kolkata", "2022-04-01T00:00Z"],
  ["America/Sao_Paulo", "2018-02-16T00:00Z"],
  ["America/Sao_Paulo", "2018-11-02T00:00Z"],
  ["Africa/Casablanca", "2022-03-25T00:00Z"],
  ["Africa/Casablanca", "2022-05-06T00:00Z"],
  ["Pacific/Apia", "2011-12-28T00:00Z"],
] as const;

const hourOf = (wall: number) => new Date(wall).getUTCHours();
const minuteOf = (wall: number) => new Date(wall).getUTCMinutes();
const isAt = (wall: number, ...times: readonly number[]) => times.includes(hourOf(wall) * 100 + minuteOf(wall));

/** Text, what it means for a wall clock, and the rule it has without options. */
const TEXTS = [
  ["0 0 * * *", (wall: number) => isAt(wall, 0), ONCE],
  ["15 0 * * *", (wall: number) => isAt(wall, 15), ONCE],
  ["45 1 * * *", (wall: number) => isAt(wall, 145), ONCE],
  ["30 2 * * *", (wall: number) => isAt(wall, 230), ONCE],
  ["0,45 2,3 * * *", (wall: number) => isAt(wall, 200, 245, 300, 345), ONCE],
  [
    "10-50/20 23-3 * * *",
    (wall: number) => [23, 0, 1, 2, 3].includes(hourOf(wall)) && [10, 30, 50].includes(minuteOf(wall)),
    ONCE,
  ],
  ["*/10 * * * *", (wall: number) => minuteOf(wall) % 10 === 0, ALL],
  ["40 * * * *", (wall: number) => minuteOf(wall) === 40, ALL],
  ["20 */2 * * *", (wall: number) => hourOf(wall) % 2 === 0 && minuteOf(wall) === 20, ALL],
] as const;

const RULES = [
  ["FREQ=DAILY;BYHOUR=2;BYMINUTE=30", (wall: number) => isAt(wall, 230), ONCE],
  ["FREQ=DAILY;BYHOUR=0,1;BYMINUTE=0,45;BYSETPOS=1,-1", (wall: number) => isAt(wall, 0, 145), ONCE],
  [
    "FREQ=HOURLY;BYHOUR=23,0,1,2,3;BYMINUTE=10,50",
    (wall: number) => [23, 0, 1, 2, 3].includes(hourOf(wall)) && [10, 50].includes(minuteOf(wall)),
    ONCE,
  ],
  ["FREQ=MINUTELY;INTERVAL=10", (wall: number) => minuteOf(wall) % 10 === 0, ALL],
  ["FREQ=HOURLY;INTERVAL=2;BYMINUTE=20", (wall: number) => hourOf(wall) % 2 === 0 && minuteOf(wall) === 20, ALL],
] as const;

/** The ticks of five days, away from the edges where the reader has not seen both sides of a change. */
const DAYS = 6;
function ticksOf(schedule: Schedule, readings: readonly Reading[]): readonly Instant[] {
  const [first, last] = [readings[0]?.at ?? 0, readings.at(-1)?.at ?? 0];
  return inside(
    schedule
      .until(last)
      .upcoming(first, 5_000)
      .map((tick) => tick.at),
    first,
    last,
  );
}
const inside = (instants: readonly Instant[], first: Instant, last: Instant) =>
  instants.filter((at) => at > first + DAY / 2 && at < last - DAY / 2);

describe.each(PLACES)("in %s from %s", (zone, from) => {
  const readings = readClock(zone, from, DAYS);
  const expected = (matches: (wall: number) => boolean, rules: WallRules) =>
    inside(bruteForce(readings, matches, rules), readings[0]?.at ?? 0, readings.at(-1)?.at ?? 0);

  test.each(TEXTS)("cron %j fires when a clock on the wall says so", (text, matches, rules) => {
    const found = ticksOf(cron(text, { zone }), readings);

    expect(found.length).toBeGreaterThan(0);
    expect(found).toEqual(expected(matches, rules));
  });

  test.each(RULES)("rrule %j fires when a clock on the wall says so", (rule, matches, rules) => {
    const found = ticksOf(rrule(rule, { start: "2011-01-01", zone }), readings);

    expect(found.length).toBeGreaterThan(0);
    expect(found).toEqual(expected(matches, rules));
  });

  test.each([
    { gap: "first", repeat: "first" },
    { gap: "skip", repeat: "both" },
    { gap: "shift", repeat: "first" },
    { gap: "first", repeat: "second" },
  ] as const)("cron follows %j", (rules) => {
    const isWanted = (wall: number) => minuteOf(wall) % 15 === 5;

    expect(ticksOf(cron("5/15 * * * *", { zone, ...rules }), readings)).toEqual(expected(isWanted, rules));
  });

  test.each([
    ["1d", DAY],
    ["36h", 1.5 * DAY],
    ["25h", DAY + 60 * MINUTE],
  ] as const)("every(%j) steps on the wall clock", (duration, stepMs) => {
    const schedule = every(duration, { start: "2011-01-01T02:30", zone });
    const isWanted = (wall: number) => (wall - Date.parse("2011-01-01T02:30Z")) % stepMs === 0;

    expect(ticksOf(schedule, readings)).toEqual(expected(isWanted, ONCE));
  });

  test("every(50m) counts elapsed time", () => {
    const start = Date.parse("2011-01-01T02:30Z");
    const isWanted = ({ at }: Reading) => (at - start) % (50 * MINUTE) === 0;
    const [first, last] = [readings[0]?.at ?? 0, readings.at(-1)?.at ?? 0];

    const found = ticksOf(every("50m", { start, zone }), readings);

    expect(found).toEqual(
      inside(
        readings.filter(isWanted).map((reading) => reading.at),
        first,
        last,
      ),
    );
  });
});
