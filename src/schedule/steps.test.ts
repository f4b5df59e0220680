/** Steps upon steps: that each one asks the one before it about the right stretch of time. What they mean: schedule.test.ts. */
import { describe, expect, test } from "vitest";
import { cron } from "./cron.ts";
import { dates } from "./dates.ts";
import { every } from "./every.ts";
import { isWeekday, isWeekend, nextWeekday } from "./day-filters.ts";
import { betweenTimes, onDateTime } from "./filter.ts";
import { rrule } from "./rrule.ts";
import type { Schedule } from "./schedule.ts";

const isoOf = (schedule: Schedule, after: string, count: number) =>
  schedule.upcoming(Date.parse(after), count).map((tick) => new Date(tick.at).toISOString().slice(0, 16));

describe("a filter after .shift(nextWeekday)", () => {
  const moved = rrule("FREQ=YEARLY;BYWEEKNO=1,53;COUNT=40", {
    start: "2019-12-30T13:00:00Z",
    zone: "Australia/Lord_Howe",
  })
    .shift(nextWeekday)
    .from("2023-01-11T13:01:00Z");

  test("loses no tick, although it is asked nine years before the first one", () => {
    const night = betweenTimes("22:00", "03:30");

    const ticks = isoOf(moved.only(night), "2014-10-13T23:27:00Z", 9);

    expect(ticks).toEqual([
      ...["2023-12-31T13:00", "2024-01-01T13:00", "2024-01-02T13:00", "2024-01-03T13:00", "2024-01-04T13:00"],
      "2024-01-07T13:00",
    ]);
    expect(isoOf(moved.except(night), "2014-10-13T23:27:00Z", 9)).toEqual([]);
    expect(isoOf(moved, "2014-10-13T23:27:00Z", 9)).toEqual(ticks);
  });
});

describe("what is asked of a schedule that ends", () => {
  const weekend = dates(["2022-03-05T10:00", "2022-03-06T10:00", "2022-03-06T11:00"]).shift(nextWeekday);

  test("finds what was moved beyond its last tick", () => {
    expect(isoOf(weekend, "2022-03-06T12:00:00Z", 9)).toEqual(["2022-03-07T10:00", "2022-03-07T11:00"]);
    expect(isoOf(weekend.shift("3d"), "2022-03-10T10:30:00Z", 9)).toEqual(["2022-03-10T11:00"]);
  });

  test("does not find what was moved beyond its bound", () => {
    expect(isoOf(weekend.until("2022-03-07T10:30"), "2022-03-01T00:00:00Z", 9)).toEqual(["2022-03-07T10:00"]);
    expect(isoOf(weekend.from("2022-03-07T10:30"), "2022-03-01T00:00:00Z", 9)).toEqual(["2022-03-07T11:00"]);
  });
});

describe("a schedule whose first tick lies more than a century ahead", () => {
  test.each([
    ["a start", every("1d", { start: "2190-06-01T09:00", zone: "Europe/Madrid" })],
    ["a rule's start", rrule("FREQ=DAILY", { start: "2190-06-01T09:00", zone: "Europe/Madrid" })],
    ["a date", dates(["2022-01-01", "2190-06-01T09:00"], { zone: "Europe/Madrid" })],
    ["a bound", cron("0 9 * * *", { zone: "Europe/Madrid" }).from("2190-06-01")],
    ["a filter", cron("0 9 * * *", { zone: "Europe/Madrid" }).only(onDateTime("2190-06-01T09:00"))],
    ["a bound before steps", every("1h", { zone: "Europe/Madrid" }).from("2190-06-01T09:00").shift(nextWeekday)],
  ])("because of %s finds it, through steps too", (_, schedule) => {
    expect(isoOf(schedule, "2022-01-01T00:00:00Z", 1)).toEqual(["2190-06-01T07:00"]);
    expect(isoOf(schedule.only(isWeekday).shift("1h").except(isWeekend), "2022-01-01T00:00:00Z", 1)).toEqual([
      "2190-06-01T08:00",
    ]);
  });
});

describe("a schedule of one answer, asked about many stretches in any order", () => {
  test("gives each the same as a schedule that was never asked", () => {
    const make = () =>
      cron("0 9 * * sat", { zone: "Europe/Madrid" }).shift(nextWeekday).only(betweenTimes("08:00", "10:00"));
    const asked = make();
    const days = [80, 3, 200, 83, 82, 4, 0, 199, 81, 2];

    const answers = days.map((day) => asked.next(Date.UTC(2022, 0, 1 + day))?.at);

    expect(answers).toEqual(days.map((day) => make().next(Date.UTC(2022, 0, 1 + day))?.at));
  });
});
