import { describe, expect, test } from "vitest";
import { isCaudalError } from "../base/errors.ts";
import { cron } from "./cron.ts";
import { dates } from "./dates.ts";
import { every } from "./every.ts";
import { isWeekday, nextWeekday } from "./day-filters.ts";
import { rrule } from "./rrule.ts";
import { isSchedule, type Schedule } from "./schedule.ts";

const at = (iso: string) => Date.parse(iso);
const isoOf = (schedule: Schedule, after: string, count: number) =>
  schedule.upcoming(at(after), count).map((tick) => new Date(tick.at).toISOString().slice(0, 16));

function thrownBy(misuse: () => unknown) {
  try {
    misuse();
  } catch (error) {
    if (isCaudalError(error)) return error;
    throw error;
  }
  return undefined;
}
const codeOf = (misuse: () => unknown) => thrownBy(misuse)?.code;

describe("a schedule", () => {
  test("gives the first tick later than an instant, never that instant itself", () => {
    const minutely = every("1m");

    expect(minutely.next(at("2022-03-07T20:21:59.999Z"))?.at).toBe(at("2022-03-07T20:22:00Z"));
    expect(minutely.next(at("2022-03-07T20:22:00Z"))?.at).toBe(at("2022-03-07T20:23:00Z"));
  });

  test("fires on the full minute, from 2019 on, when it has no start", () => {
    expect(every("1m").next(at("2000-01-01T00:00:30Z"))?.at).toBe(at("2019-01-01T00:00:00Z"));
    expect(isoOf(every("7h"), "2022-03-07T00:00:00Z", 2)).toEqual(["2022-03-07T03:00", "2022-03-07T10:00"]);
  });

  test("has its start as its first tick, and no wall-clock time before it", () => {
    const daily = every("1d", { start: "2022-05-01T09:00", zone: "Europe/Madrid" });

    expect(isoOf(daily, "2021-01-01T00:00:00Z", 2)).toEqual(["2022-05-01T07:00", "2022-05-02T07:00"]);
  });

  test("takes a start as a Date, as milliseconds, or as text with an offset", () => {
    const start = at("2022-05-01T07:00:00Z");
    const starts = [new Date(start), start, "2022-05-01T09:00:00+02:00", "2022-05-01T07:00Z"];

    const firsts = starts.map((given) => every("1d", { start: given }).next(0)?.at);

    expect(firsts).toEqual([start, start, start, start]);
  });

  test("of dates gives each once, in order", () => {
    const list = dates(["2022-03-03T00:00", "2022-03-01", new Date("2022-03-01T00:00:00Z"), "2022-03-02T10:00+01:00"]);

    expect(isoOf(list, "2022-01-01T00:00:00Z", 9)).toEqual([
      "2022-03-01T00:00",
      "2022-03-02T09:00",
      "2022-03-03T00:00",
    ]);
    expect(list.next(at("2022-03-03T00:00:00Z"))).toBeUndefined();
    expect(dates([]).next(0)).toBeUndefined();
  });

  test("looks for both day and weekday when told so", () => {
    expect(isoOf(cron("0 0 13 * 5", { dayOr: false }), "2022-01-01T00:00:00Z", 2)).toEqual([
      "2022-05-13T00:00",
      "2023-01-13T00:00",
    ]);
    expect(isoOf(cron("0 0 13 * 5"), "2022-01-01T00:00:00Z", 3)).toEqual([
      "2022-01-07T00:00",
      "2022-01-13T00:00",
      "2022-01-14T00:00",
    ]);
  });

  test("has seconds in the sixth field of cron text", () => {
    expect(
      cron("0 9 * * * 15,45")
        .upcoming(at("2022-01-01T00:00:00Z"), 2)
        .map((tick) => new Date(tick.at).toISOString()),
    ).toEqual(["2022-01-01T09:00:15.000Z", "2022-01-01T09:00:45.000Z"]);
  });

  test("is known as one", () => {
    expect([every("1m"), every("1m").only(isWeekday), {}, null, undefined, "every 1m"].map(isSchedule)).toEqual([
      ...[true, true, false, false, false, false],
    ]);
  });
});

describe("a schedule of several clocks", () => {
  const twice = cron("0 9 * * *")
    .with({ parameters: { x: 1 } })
    .and(cron("0 9,12 * * *").with({ parameters: { x: 2 } }));

  test("merges their ticks, each with its clock and its parameters", () => {
    expect(twice.upcoming(at("2022-03-03T00:00:00Z"), 3)).toEqual([
      { at: at("2022-03-03T09:00:00Z"), clock: 0, parameters: { x: 1 } },
      { at: at("2022-03-03T09:00:00Z"), clock: 1, parameters: { x: 2 } },
      { at: at("2022-03-03T12:00:00Z"), clock: 1, parameters: { x: 2 } },
    ]);
  });

  test("gives all ticks of the next instant on demand", () => {
    expect(twice.nextAll(at("2022-03-03T00:00:00Z")).map(({ clock }) => clock)).toEqual([0, 1]);
    expect(twice.nextAll(at("2022-03-03T09:00:00Z")).map(({ clock }) => clock)).toEqual([1]);
    expect(dates([]).nextAll(0)).toEqual([]);
  });

  test("has one tick where two fire at one instant with equal parameters", () => {
    const parameters = { a: 1, b: { c: [2], d: 3 } };
    const same = every("1h")
      .with({ parameters })
      .and(every("30m").with({ parameters: { b: { d: 3, c: [2] }, a: 1 } }));

    expect(same.upcoming(at("2022-03-03T00:30:00Z"), 3).map(({ clock }) => clock)).toEqual([0, 1, 0]);
  });

  test("goes on with what is left when one ends", () => {
    const both = every("1d", { start: "2022-03-01T09:00" })
      .until("2022-03-04T09:00:00Z")
      .and(every("1d", { start: "2022-03-04T10:00" }));

    expect(isoOf(both, "2022-03-03T00:00:00Z", 4)).toEqual([
      ...["2022-03-03T09:00", "2022-03-04T09:00", "2022-03-04T10:00", "2022-03-05T10:00"],
    ]);
  });

  test("takes what the chain says afterwards for all of them", () => {
    const both = cron("0 9 * * *", { zone: "Europe/Madrid" })
      .and(cron("0 9 * * *", { zone: "America/New_York" }))
      .from("2022-03-03T09:00");

    expect(isoOf(both, "2022-01-01T00:00:00Z", 2)).toEqual(["2022-03-03T08:00", "2022-03-03T14:00"]);
  });
});

describe("the steps of a chain", () => {
  const daily = every("1d", { start: "2022-03-01T06:00" });

  test("bound it on both sides, both included", () => {
    const bounded = daily.from("2022-03-03T06:00").until("2022-03-04T06:00");

    expect(isoOf(bounded, "2022-01-01T00:00:00Z", 9)).toEqual(["2022-03-03T06:00", "2022-03-04T06:00"]);
    expect(isoOf(daily.from("2022-03-03T06:00:00.000001"), "2022-01-01T00:00:00Z", 1)).toEqual(["2022-03-04T06:00"]);
    expect(daily.until("2022-02-01T00:00").next(0)).toBeUndefined();
  });

  test("are found however far away they begin", () => {
    expect(
      isoOf(cron("0 9 * * *", { zone: "Europe/Madrid" }).only(isWeekday).from("2190-06-01"), "2022-01-01T00:00:00Z", 1),
    ).toEqual(["2190-06-01T07:00"]);
  });

  test("move every tick by elapsed time, later or earlier", () => {
    expect(isoOf(daily.shift("90m"), "2022-03-02T07:00:00Z", 1)).toEqual(["2022-03-02T07:30"]);
    expect(isoOf(daily.shift("-90m"), "2022-03-02T04:29:00Z", 2)).toEqual(["2022-03-02T04:30", "2022-03-03T04:30"]);
    expect(isoOf(daily.shift(-5_400_000), "2022-03-02T04:29:00Z", 1)).toEqual(["2022-03-02T04:30"]);
  });

  test("are taken in the order they are written", () => {
    const late = every("1d", { start: "2022-03-01T23:30" });

    expect(isoOf(late.only(isWeekday).shift("1h"), "2022-03-04T12:00:00Z", 2)).toEqual([
      "2022-03-05T00:30",
      "2022-03-08T00:30",
    ]);
    expect(isoOf(late.shift("1h").only(isWeekday), "2022-03-04T12:00:00Z", 2)).toEqual([
      "2022-03-07T00:30",
      "2022-03-08T00:30",
    ]);
  });

  test("move a weekend to its Monday, where what meets is one tick", () => {
    expect(isoOf(daily.shift(nextWeekday), "2022-03-04T00:00:00Z", 4)).toEqual([
      ...["2022-03-04T06:00", "2022-03-07T06:00", "2022-03-08T06:00", "2022-03-09T06:00"],
    ]);
  });

  test("move a weekend to its Monday in order, whatever the time of day", () => {
    const list = dates(["2022-03-05T10:00", "2022-03-06T06:00", "2022-03-07T08:00"]).shift(nextWeekday);

    expect(isoOf(list, "2022-03-01T00:00:00Z", 9)).toEqual([
      "2022-03-07T06:00",
      "2022-03-07T08:00",
      "2022-03-07T10:00",
    ]);
  });

  test("move a weekend that begins far off to its Monday in order, and leave what is there already", () => {
    const list = dates(["2011-11-20", "2013-08-18", "2024-01-13", "2024-01-14T00:01"]);
    const moved = list.shift(nextWeekday).shift(nextWeekday);

    expect(isoOf(moved, "2011-10-26T21:13:00Z", 9)).toEqual([
      ...["2011-11-21T00:00", "2013-08-19T00:00", "2024-01-15T00:00", "2024-01-15T00:01"],
    ]);
  });

  test("keep the local time when they move by days, and count elapsed time when they move by less", () => {
    const daily = cron("0 9 * * *", { zone: "Europe/Madrid" });

    expect(isoOf(daily.shift("1d"), "2022-03-26T12:00:00Z", 2)).toEqual(["2022-03-27T07:00", "2022-03-28T07:00"]);
    expect(isoOf(daily.shift("-2d"), "2022-10-29T12:00:00Z", 1)).toEqual(["2022-10-30T08:00"]);
    expect(isoOf(daily.shift("23h"), "2022-03-26T12:00:00Z", 1)).toEqual(["2022-03-27T07:00"]);
    expect(isoOf(daily.shift("-9h"), "2022-03-26T12:00:00Z", 1)).toEqual(["2022-03-26T22:00"]);
  });

  test("move to the next weekday whichever copy of the package says so", () => {
    expect(isoOf(daily.shift({ ...nextWeekday }), "2022-03-04T07:00:00Z", 1)).toEqual(["2022-03-07T06:00"]);
  });

  test("keep the local time when clocks change over the weekend", () => {
    const saturdays = cron("0 9 * * sat", { zone: "Europe/Madrid" }).shift(nextWeekday);

    expect(isoOf(saturdays, "2022-03-24T00:00:00Z", 1)).toEqual(["2022-03-28T07:00"]);
    expect(isoOf(saturdays, "2022-10-28T00:00:00Z", 1)).toEqual(["2022-10-31T08:00"]);
  });

  test("give parameters, of which the later ones win", () => {
    const schedule = daily.with({ parameters: { x: 1, y: 1 } }).with({ parameters: { x: 2 } });

    expect(schedule.next(at("2022-03-05T00:00:00Z"))?.parameters).toEqual({ x: 2, y: 1 });
  });
});

describe("what a schedule says of itself", () => {
  test.each([
    [every("90s"), "every 1m 30s"],
    [every(86_400_500), "every 86400500ms"],
    [
      every("1d", { start: "2022-03-01T09:00", zone: "Europe/Madrid" }),
      "every 1d from 2022-03-01T08:00:00.000Z in Europe/Madrid",
    ],
    [cron(" 0  9 * * mon ", { zone: "Europe/Madrid" }), 'cron "0 9 * * mon" in Europe/Madrid'],
    [
      cron("0 9 1 * mon", { dayOr: false }).only(isWeekday).shift("-1h"),
      'cron "0 9 1 * mon" (day and weekday), only isWeekday, 1h earlier',
    ],
    [dates(["2022-03-01"]).and(every("1h").with({ parameters: { size: 5 } })), '1 date; and every 1h, with {"size":5}'],
  ])("%# reads well", (schedule, text) => {
    expect(schedule.describe()).toBe(text);
  });

  test("is JSON with all there is to know", () => {
    const schedule = every("1h", { zone: "Europe/Madrid" })
      .except(isWeekday)
      .from("2022-03-01")
      .with({ parameters: { size: 5 } });

    expect(JSON.parse(JSON.stringify(schedule))).toEqual({
      clocks: [
        {
          base: {
            kind: "every",
            everyMs: 3_600_000,
            start: "2019-01-01T00:00:00.000Z",
            zone: "Europe/Madrid",
            gap: "shift",
            repeat: "second",
          },
          steps: [{ except: ["isWeekday"] }, { from: "2022-02-28T23:00:00.000Z" }],
          parameters: { size: 5 },
        },
      ],
    });
  });
});

describe("misuse is refused with a code", () => {
  test.each([
    ["DURATION_INVALID", () => every("0s")],
    ["DURATION_INVALID", () => every("1m").shift("soon" as never)],
    ["DURATION_INVALID", () => every("1m").shift({} as never)],
    ["ZONE_UNKNOWN", () => every("1d", { zone: "Europe/Madird" })],
    ["ZONE_UNKNOWN", () => cron("@daily", { zone: "+02:00" })],
    ["SCHEDULE_INVALID", () => every("1d", { start: "tomorrow" })],
    ["SCHEDULE_INVALID", () => every("1d", { start: "2022-02-29" })],
    ["SCHEDULE_INVALID", () => every("1d", { start: Number.NaN })],
    ["SCHEDULE_INVALID", () => every("1d", { start: new Date("nonsense") })],
    ["SCHEDULE_INVALID", () => every("1d", { gap: "late" as never })],
    ["SCHEDULE_INVALID", () => cron("@daily", { repeat: "third" as never })],
    ["SCHEDULE_INVALID", () => cron("@daily", { dayOr: "no" as never })],
    ["SCHEDULE_INVALID", () => dates("2022-01-01" as never)],
    ["SCHEDULE_INVALID", () => every("1d").until("2022-01-01")],
    ["SCHEDULE_INVALID", () => every("1d").and({} as never)],
    ["SCHEDULE_INVALID", () => every("1d").with({ parameters: 5 as never })],
    ["SCHEDULE_INVALID", () => every("1d").with({ parameters: { a: [new Date(0)] } })],
    ["SCHEDULE_INVALID", () => every("1d").upcoming(0, -1)],
    ["SCHEDULE_INVALID", () => every("1d").next(Number.NaN)],
  ])("%s %#", (code, misuse) => {
    expect(misuse).toThrow(expect.objectContaining({ code }));
  });

  test("B10: a duration that is none", () => {
    const durations: readonly unknown[] = [
      "1x",
      "-1s",
      -1,
      "3661d",
      "1e400",
      Number("1e400"),
      Number.NaN,
      "1 m",
      5n,
      undefined,
    ];

    const complaints = durations.map((duration) => codeOf(() => every(duration as never)));

    expect(new Set(complaints)).toEqual(new Set(["DURATION_INVALID"]));
  });

  test("B12: a zone that is none, with the nearest name where one is near", () => {
    const told = (zone: unknown) => thrownBy(() => cron("@daily", { zone: zone as string }));

    expect(told("Mars/Base")).toMatchObject({ code: "ZONE_UNKNOWN", data: { zone: "Mars/Base", nearest: undefined } });
    expect(told("Europe/Madird")).toMatchObject({ code: "ZONE_UNKNOWN", data: { nearest: "Europe/Madrid" } });
    expect(told("New York")).toMatchObject({ code: "ZONE_UNKNOWN", data: { nearest: "America/New_York" } });
    expect([null, "", 5, {}, "+02:00"].map((zone) => told(zone)?.code)).toEqual(Array(5).fill("ZONE_UNKNOWN"));
  });

  test.each([
    ["every", (options: unknown) => every("1d", options as never)],
    ["cron", (options: unknown) => cron("@daily", options as never)],
    ["rrule", (options: unknown) => rrule("FREQ=DAILY", options as never)],
    ["dates", (options: unknown) => dates([], options as never)],
  ])("and so are options of %s that nobody would read", (name, make) => {
    expect([null, "Europe/Madrid", 5, []].map((options) => codeOf(() => make(options)))).toEqual(
      Array(4).fill("SCHEDULE_INVALID"),
    );
    expect(() => make({ timezone: "Europe/Madrid" })).toThrow(
      `options of ${name}(…): 'timezone' is none of them: did you mean zone?`,
    );
    expect(() => make({ zon: "Europe/Madrid" })).toThrow("did you mean zone?");
    expect(() => make({ color: "red" })).toThrow("'color' is none of them: there are");
  });

  test("and suggests the zone that was meant", () => {
    expect(() => every("1d", { zone: "Madrid" })).toThrow(
      "there is no time zone 'Madrid': did you mean 'Europe/Madrid'?",
    );
  });

  test("and names the parameter that is not JSON", () => {
    expect(() => every("1d").with({ parameters: { a: [{ b: new Map() }] } })).toThrow("a[0].b is not JSON");
  });
});
