/**
 * Daylight saving in every zone that Intl knows, 2000 to 2040, against a clock that is read minute by minute
 * (test/support/clock-table.ts). Many zones share a table of changes: each table is taken once, and every zone is
 * checked to have its own.
 */
import { beforeAll, describe, expect, test } from "vitest";
import {
  type ClockTable,
  DAY,
  HOUR,
  MINUTE,
  type OracleRules,
  offsetIn,
  readStretch,
  readTable,
} from "../../test/support/clock-table.ts";
import { cron } from "./cron.ts";
import { every } from "./every.ts";
import { rrule } from "./rrule.ts";
import type { ClockRules } from "./rules.ts";
import type { Schedule } from "./schedule.ts";
import { readZone } from "./zone.ts";

const FROM = Date.UTC(2000, 0, 1);
const UNTIL = Date.UTC(2041, 0, 1);
const ZONES = Intl.supportedValuesOf("timeZone");

/** Zones are read once a day; a share of them, another each time, once an hour. EVERY_ZONE=1 takes all of them. */
const SHARES = 48;
const isWhole = process.env["EVERY_ZONE"] === "1";
const share = Number(process.env["ZONE_SHARE"] ?? Math.floor(Math.random() * SHARES));
const hourly = ZONES.filter((_, index) => isWhole || index % SHARES === share);

const RULES: readonly OracleRules[] = (["shift", "first", "skip"] as const).flatMap((gap) =>
  (["second", "first", "both"] as const).map((repeat) => ({ gap, repeat })),
);
const ONCE: OracleRules = { gap: "shift", repeat: "second" };
const BOTH: OracleRules = { gap: "shift", repeat: "both" };

const minuteOfDay = (wallMinute: number) => wallMinute % 1_440;
const START = Date.UTC(1999, 11, 20, 2, 30) / MINUTE;
const steps = (minutes: number) => (wallMinute: number) => (wallMinute - START) % minutes === 0;

interface Kind {
  readonly make: (zone: string, rules: ClockRules) => Schedule;
  readonly isWanted: (wallMinute: number) => boolean;
  /** What it does without options. */
  readonly rules: OracleRules;
  /** How much is looked at on each side of a change. */
  readonly aroundMs: number;
}

/** As wide as its ticks are rare: the date line was moved by a day, and a step of 36 hours is longer than that. */
const KINDS: Readonly<Record<string, Kind>> = {
  "cron of one time": {
    make: (zone, rules) => cron("30 2 * * *", { zone, ...rules }),
    isWanted: (wall) => minuteOfDay(wall) === 150,
    rules: ONCE,
    aroundMs: 40 * HOUR,
  },
  "cron of midnight": {
    make: (zone, rules) => cron("0 0 * * *", { zone, ...rules }),
    isWanted: (wall) => minuteOfDay(wall) === 0,
    rules: ONCE,
    aroundMs: 40 * HOUR,
  },
  "cron of each hour by its name": {
    make: (zone, rules) => cron("5,35 0-23 * * *", { zone, ...rules }),
    isWanted: (wall) => wall % 30 === 5,
    rules: ONCE,
    aroundMs: 4 * HOUR,
  },
  "cron of all hours": {
    make: (zone, rules) => cron("*/20 * * * *", { zone, ...rules }),
    isWanted: (wall) => wall % 20 === 0,
    rules: BOTH,
    aroundMs: 4 * HOUR,
  },
  "cron of every second hour": {
    make: (zone, rules) => cron("10 */2 * * *", { zone, ...rules }),
    isWanted: (wall) => minuteOfDay(wall) % 120 === 10,
    rules: BOTH,
    aroundMs: 5 * HOUR,
  },
  "every day": {
    make: (zone, rules) => every("1d", { start: "1999-12-20T02:30", zone, ...rules }),
    isWanted: steps(1_440),
    rules: ONCE,
    aroundMs: 40 * HOUR,
  },
  "every 25 hours": {
    make: (zone, rules) => every("25h", { start: "1999-12-20T02:30", zone, ...rules }),
    isWanted: steps(1_500),
    rules: ONCE,
    aroundMs: 40 * HOUR,
  },
  "a rule of one time": {
    make: (zone, rules) => rrule("FREQ=DAILY", { start: "1999-12-20T01:45", zone, ...rules }),
    isWanted: (wall) => minuteOfDay(wall) === 105,
    rules: ONCE,
    aroundMs: 40 * HOUR,
  },
};

/** Where a table is looked at: around each change, and midway between some. */
function placesOf({ changes }: ClockTable): { readonly at: number; readonly jumpMs: number }[] {
  const edges = [FROM, ...changes.map((change) => change.at), UNTIL];
  const quiet = edges.slice(1).map((edge, index) => ({ at: midway(edges[index] ?? 0, edge), jumpMs: 0 }));
  return [
    ...changes.map(({ at, before, after }) => ({ at, jumpMs: Math.abs(after - before) })),
    ...quiet.filter((_, index) => index % 10 === 0),
  ];
}
const midway = (a: number, b: number) => a + Math.floor((b - a) / 2 / MINUTE) * MINUTE;

/** What our schedules do otherwise than the clock on the wall says. */
function differences(zone: string, table: ClockTable): readonly object[] {
  const places = placesOf(table);
  return Object.entries(KINDS).flatMap(([kind, { make, isWanted, rules: itsRules, aroundMs }]) => {
    const cases = [
      ...RULES.map((rules) => ({ schedule: make(zone, rules), rules })),
      { schedule: make(zone, {}), rules: itsRules },
    ];
    return places.flatMap(({ at, jumpMs }) => {
      const [from, until] = [at - aroundMs, at + aroundMs + jumpMs];
      const minutes = readStretch(table, from, until).minutesOf(isWanted);
      return cases.flatMap(({ schedule, rules }) =>
        difference(schedule, { from, until }, minutes.ticksBy(rules), { zone, kind, ...rules }),
      );
    });
  });
}

function difference(
  schedule: Schedule,
  { from, until }: { readonly from: number; readonly until: number },
  expected: readonly number[],
  what: object,
): readonly object[] {
  const found = schedule.upcoming(from - 1, expected.length + 1).map(({ at }) => at);
  const isEqual = expected.every((at, index) => found[index] === at) && (found[expected.length] ?? Infinity) > until;
  return isEqual ? [] : [{ ...what, found: found.map(iso), expected: expected.map(iso) }];
}
const iso = (at: number) => new Date(at).toISOString();

/** The changes by which our arithmetic goes. */
function ourChanges(name: string): readonly object[] {
  const zone = readZone(name);
  const changes: object[] = [];
  for (let at = FROM; at < UNTIL; ) {
    const { until, offset, offsetAfter } = zone.segmentAt(at);
    if (offset !== offsetAfter && until <= UNTIL) changes.push({ at: until, before: offset, after: offsetAfter });
    at = until;
  }
  return changes;
}

describe("R26: in every zone, 2000 to 2040,", () => {
  const tables = new Map<string, ClockTable>();
  let distinct: readonly (readonly [zone: string, table: ClockTable])[] = [];

  beforeAll(() => {
    for (const zone of ZONES) tables.set(zone, readTable(zone, FROM, UNTIL, DAY));
    distinct = [
      ...new Map([...tables].map(([zone, table]) => [JSON.stringify(table), [zone, table] as const])).values(),
    ];
  }, 300_000);

  test("there is enough to check", () => {
    const changes = distinct.flatMap(([, table]) => table.changes);

    expect(ZONES.length).toBeGreaterThan(400);
    expect(distinct.length).toBeGreaterThan(150);
    expect(changes.length).toBeGreaterThan(5_000);
    expect(
      ZONES.filter((zone) => offsetIn(tables.get(zone) as ClockTable, FROM) !== readZone(zone).offsetAt(FROM)),
    ).toEqual([]);
  });

  test("no offset lasts less than six days, so reading a clock once a day misses none", () => {
    const lasting = distinct.flatMap(([, { changes }]) =>
      changes.slice(1).map((change, index) => change.at - (changes[index]?.at ?? 0)),
    );

    expect(Math.min(...lasting)).toBeGreaterThan(6 * DAY);
  });

  test(`reading it once an hour finds no other change (${isWhole ? "all zones" : `ZONE_SHARE=${share}`})`, () => {
    const found = hourly.map((zone) => ({ zone, ...readTable(zone, FROM, UNTIL, HOUR) }));

    expect(found).toEqual(hourly.map((zone) => ({ zone, ...tables.get(zone) })));
  }, 600_000);

  test("our arithmetic goes by the same changes and no others", () => {
    const ours = ZONES.map((zone) => ({ zone, changes: ourChanges(zone) }));

    expect(ours).toEqual(ZONES.map((zone) => ({ zone, changes: tables.get(zone)?.changes })));
  }, 300_000);

  test.each([0, 1, 2, 3, 4, 5, 6, 7])(
    "schedules differ from a clock on the wall in 0 cases (part %i of 8)",
    (part) => {
      const chosen = distinct.filter((_, index) => index % 8 === part);

      const found = chosen.flatMap(([zone, table]) => differences(zone, table));

      expect(found.slice(0, 5)).toEqual([]);
    },
    300_000,
  );
});
