import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Instant } from "../base/time.ts";
import { cron } from "./cron.ts";
import { dates } from "./dates.ts";
import { every } from "./every.ts";
import { isMonthEnd, isWeekday, type NamedFilter, nextWeekday } from "./day-filters.ts";
import { anyOf, betweenTimes, onDate } from "./filter.ts";
import { rrule } from "./rrule.ts";
import type { Schedule } from "./schedule.ts";
import { readZone, type Zone } from "./zone.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;
/** As many ticks as a list has that is compared. */
const LIST_MAX = 1_500;

// Free to explore: a failure prints its seed, and FAST_CHECK_SEED repeats it.
const seed = process.env["FAST_CHECK_SEED"];
if (seed !== undefined) fc.configureGlobal({ seed: Number(seed) });

const ZONES = [
  "UTC",
  "America/New_York",
  "Europe/Madrid",
  "Australia/Lord_Howe",
  "America/Sao_Paulo",
  "Africa/Casablanca",
  "Pacific/Apia",
];

const instants = fc
  .integer({ min: Date.UTC(2010, 0, 1) / MINUTE, max: Date.UTC(2030, 0, 1) / MINUTE })
  .map((minute) => minute * MINUTE);
const rules = fc.record({
  zone: fc.constantFrom(...ZONES),
  gap: fc.constantFrom("shift" as const, "first" as const, "skip" as const),
  repeat: fc.constantFrom("second" as const, "first" as const, "both" as const),
});
const texts = fc.constantFrom(
  "30 2 * * *",
  "*/20 * * * *",
  "0 */3 * * sat,sun",
  "45 1,2 L * *",
  "0 0 29 2 *",
  "10 1-3 * * 5#1",
);
const recurrenceRules = fc.constantFrom(
  "FREQ=DAILY;INTERVAL=3;BYHOUR=2;BYMINUTE=30",
  "FREQ=MINUTELY;INTERVAL=50",
  "FREQ=HOURLY;BYDAY=SA,SU;BYMINUTE=0,20,40;BYSETPOS=-1",
  "FREQ=MONTHLY;BYDAY=-1SU;BYHOUR=0,1,2,3",
  "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,MO;BYSETPOS=2",
  "FREQ=DAILY;UNTIL=20280329T003000Z",
  "FREQ=YEARLY;BYWEEKNO=1,53;COUNT=40",
);
const named = <T extends { readonly text: string }>(made: T) => ({ ...made, [fc.toStringMethod]: () => made.text });

/** A schedule without steps, and the zone its ticks are judged in. */
interface Base {
  readonly schedule: Schedule;
  readonly zone: string;
}

const bases: fc.Arbitrary<Base> = fc.oneof(
  fc.tuple(texts, rules).map(([text, options]) => ({ schedule: cron(text, options), zone: options.zone })),
  fc
    .tuple(recurrenceRules, instants, rules)
    .map(([rule, start, options]) => ({ schedule: rrule(rule, { start, ...options }), zone: options.zone })),
  fc.tuple(fc.integer({ min: 7, max: 4_000 }), instants, rules).map(([minutes, start, options]) => ({
    schedule: every(minutes * MINUTE, { start, ...options }),
    zone: options.zone,
  })),
  fc
    .tuple(fc.array(instants, { maxLength: 9 }), fc.constantFrom(...ZONES))
    .map(([list, zone]) => ({ schedule: dates(list, { zone }), zone })),
);

/** A step, what it makes of a list of ticks, and the furthest it moves one. */
interface Step {
  readonly take: (schedule: Schedule) => Schedule;
  readonly takeList: (ticks: readonly Instant[], zone: Zone) => readonly Instant[];
  readonly reachMs: number;
}

const filters: fc.Arbitrary<NamedFilter> = fc.constantFrom(
  isWeekday,
  isMonthEnd,
  betweenTimes("22:00", "03:30"),
  anyOf(onDate("03-27"), onDate("10-31")),
);
const isAccepted = (filter: NamedFilter, zone: Zone) => (at: Instant) =>
  filter.accepts({ at, wall: zone.wallAt(at), zone });
const inOrder = (ticks: readonly Instant[]) => [...new Set(ticks)].sort((a, b) => a - b);
const movedBy = (at: Instant, byMs: number, zone: Zone) =>
  Math.abs(byMs) < DAY ? at + byMs : zone.instantOf(zone.wallAt(at) + byMs);
const toWeekday = (zone: Zone) => (at: Instant) => {
  const days = [1, 0, 0, 0, 0, 0, 2][new Date(zone.wallAt(at)).getUTCDay()] ?? 0;
  return movedBy(at, days * DAY, zone);
};

const steps: fc.Arbitrary<Step> = fc.oneof(
  filters.map((filter) => ({
    take: (schedule: Schedule) => schedule.only(filter),
    takeList: (ticks: readonly Instant[], zone: Zone) => ticks.filter(isAccepted(filter, zone)),
    reachMs: 0,
  })),
  filters.map((filter) => ({
    take: (schedule: Schedule) => schedule.except(filter),
    takeList: (ticks: readonly Instant[], zone: Zone) => ticks.filter((at) => !isAccepted(filter, zone)(at)),
    reachMs: 0,
  })),
  fc.integer({ min: -5_000, max: 5_000 }).map((minutes) => ({
    take: (schedule: Schedule) => schedule.shift(minutes * MINUTE),
    takeList: (ticks: readonly Instant[], zone: Zone) =>
      inOrder(ticks.map((at) => movedBy(at, minutes * MINUTE, zone))),
    reachMs: Math.abs(minutes) * MINUTE + DAY,
  })),
  fc.constant({
    take: (schedule: Schedule) => schedule.shift(nextWeekday),
    takeList: (ticks: readonly Instant[], zone: Zone) => inOrder(ticks.map(toWeekday(zone))),
    reachMs: 4 * DAY,
  }),
  instants.map((first) => ({
    take: (schedule: Schedule) => schedule.from(first),
    takeList: (ticks: readonly Instant[]) => ticks.filter((at) => at >= first),
    reachMs: 0,
  })),
  instants.map((last) => ({
    take: (schedule: Schedule) => schedule.until(last),
    takeList: (ticks: readonly Instant[]) => ticks.filter((at) => at <= last),
    reachMs: 0,
  })),
);
const stepped = fc.tuple(bases, fc.array(steps, { maxLength: 3 })).map(([base, chain]) => {
  const schedule = chain.reduce((before, step) => step.take(before), base.schedule);
  return named({ base, chain, schedule, text: schedule.describe() });
});
const chains = stepped.map(({ schedule }) => named({ schedule, text: schedule.describe() }));
const schedules = fc
  .oneof(
    chains.map(({ schedule }) => schedule),
    fc.tuple(chains, chains).map(([one, other]) => one.schedule.and(other.schedule.with({ parameters: { x: 1 } }))),
  )
  .map((schedule) => named({ schedule, text: schedule.describe() }));

const placeOf = (tick: { readonly at: number; readonly clock: number }) => tick.at * 8 + tick.clock;

describe("whatever the schedule", () => {
  test("its ticks grow strictly, by instant and then by clock, and come after the instant asked about", () => {
    fc.assert(
      fc.property(schedules, instants, ({ schedule }, after) => {
        const found = schedule.upcoming(after, 12);

        const places = found.map(placeOf);

        expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
        expect(found.every(({ at }) => at > after && Number.isInteger(at))).toBe(true);
      }),
      { numRuns: 120 },
    );
  });

  test("asking again and again finds what asking once does", () => {
    fc.assert(
      fc.property(schedules, instants, ({ schedule }, after) => {
        const groups = [schedule.nextAll(after)];
        for (let i = 0; i < 6; i++)
          groups.push(schedule.nextAll(groups.at(-1)?.[0]?.at ?? Number.MAX_SAFE_INTEGER / 2));

        const found = groups.flat();

        expect(found).toEqual(schedule.upcoming(after, found.length));
      }),
      { numRuns: 120 },
    );
  });

  test("the next tick is the same from everywhere before it, and is the tick after the millisecond before it", () => {
    fc.assert(
      fc.property(schedules, instants, fc.double({ min: 0, max: 1, noNaN: true }), ({ schedule }, after, share) => {
        const tick = schedule.next(after);
        fc.pre(tick !== undefined);

        const between = after + Math.floor((tick.at - 1 - after) * share);

        expect(schedule.next(between)).toEqual(tick);
        expect(schedule.next(tick.at - 1)).toEqual(tick);
      }),
      { numRuns: 120 },
    );
  });

  test("its steps make of its ticks what each would make of a list of them", () => {
    fc.assert(
      fc.property(stepped, instants, ({ base, chain, schedule }, after) => {
        const reachMs = chain.reduce((sum, step) => sum + step.reachMs, 0);
        const list = base.schedule.upcoming(after - reachMs, LIST_MAX).map(({ at }) => at);
        const listEnd = list.length < LIST_MAX ? Number.POSITIVE_INFINITY : (list.at(-1) ?? 0) - reachMs;
        const zone = readZone(base.zone);
        const seen = (ticks: readonly Instant[]) => ticks.filter((at) => at > after && at < listEnd).slice(0, 40);

        const found = schedule.upcoming(after, 40).map(({ at }) => at);

        const expected = chain.reduce<readonly Instant[]>((ticks, step) => step.takeList(ticks, zone), list);
        expect(seen(found)).toEqual(seen(expected));
      }),
      { numRuns: 120 },
    );
  });

  test("a filter takes away and adds nothing", () => {
    fc.assert(
      fc.property(chains, filters, instants, ({ schedule }, filter, after) => {
        const all = schedule.upcoming(after, 60);
        const end = all.at(-1)?.at ?? after;
        const upTo = (ticks: readonly { readonly at: number }[]) => ticks.map(({ at }) => at).filter((at) => at <= end);

        const split = [
          ...upTo(schedule.only(filter).upcoming(after, 60)),
          ...upTo(schedule.except(filter).upcoming(after, 60)),
        ];

        expect(split.sort((a, b) => a - b)).toEqual(all.map(({ at }) => at));
      }),
      { numRuns: 120 },
    );
  });
});
