import { describe, expect, test } from "vitest";
import { every } from "./every.ts";
import {
  anyOf,
  atTime,
  betweenDates,
  betweenDateTimes,
  betweenTimes,
  isDayOfWeek,
  onDate,
  onDateTime,
  type TickFilter,
} from "./filter.ts";
import { isMonthEnd, isMonthStart, isWeekday, isWeekend, type NamedFilter } from "./day-filters.ts";
import { localTime, type LocalTime } from "./local-time.ts";
import type { Schedule } from "./schedule.ts";
import { readZone } from "./zone.ts";

const hourly = every("1h", { start: "2022-01-01T00:00" });
const isoOf = (schedule: Schedule, after: string, count: number) =>
  schedule.upcoming(Date.parse(after), count).map(({ at }) => new Date(at).toISOString().slice(0, 16));

describe("a filter", () => {
  test.each([
    [atTime("09:00"), ["2022-03-04T09:00", "2022-03-05T09:00"]],
    [betweenTimes("14:00", "15:00"), ["2022-03-04T14:00", "2022-03-04T15:00", "2022-03-05T14:00"]],
    [betweenTimes("23:00", "00:00"), ["2022-03-04T00:00", "2022-03-04T23:00", "2022-03-05T00:00"]],
    [isWeekend, ["2022-03-05T00:00", "2022-03-05T01:00"]],
    [isDayOfWeek("monday"), ["2022-03-07T00:00", "2022-03-07T01:00"]],
    [isMonthStart, ["2022-04-01T00:00", "2022-04-01T01:00"]],
    [isMonthEnd, ["2022-03-31T00:00", "2022-03-31T01:00"]],
    [onDate("12-24"), ["2022-12-24T00:00", "2022-12-24T01:00"]],
    [onDate("02-29"), ["2024-02-29T00:00", "2024-02-29T01:00"]],
    [betweenDates("04-29", "05-01"), ["2022-04-29T00:00", "2022-04-29T01:00"]],
    [onDateTime("2022-05-01T10:00"), ["2022-05-01T10:00"]],
    [
      betweenDateTimes("2022-05-01T10:00", "2022-05-01T12:00Z"),
      ["2022-05-01T10:00", "2022-05-01T11:00", "2022-05-01T12:00"],
    ],
    [anyOf(onDate("12-24"), atTime("09:00")), ["2022-03-04T09:00", "2022-03-05T09:00"]],
    [(local: LocalTime) => local.weekday === "tuesday" && local.hour === 8, ["2022-03-08T08:00", "2022-03-15T08:00"]],
  ] as [TickFilter, string[]][])("%# lets through only what it accepts", (filter, expected) => {
    expect(isoOf(hourly.only(filter), "2022-03-03T23:30:00Z", expected.length)).toEqual(expected);
  });

  test("goes over the new year when its first day is the later one", () => {
    const daily = every("1d", { start: "2022-01-01T06:00" }).only(betweenDates("12-31", "01-01"));

    expect(isoOf(daily, "2022-03-01T00:00:00Z", 3)).toEqual([
      "2022-12-31T06:00",
      "2023-01-01T06:00",
      "2023-12-31T06:00",
    ]);
  });

  test("that nothing ever passes ends the schedule", () => {
    const never = every("1m").only(isWeekday).only(isWeekend);

    expect(never.next(0)).toBeUndefined();
    expect(never.upcoming(0, 5)).toEqual([]);
  });

  test("that is a function and never true ends the schedule five years on", () => {
    const asked: number[] = [];
    const never = every("1d").only(({ at }) => asked.push(at) < 0);

    const tick = never.next(Date.UTC(2020, 0, 1));

    expect(tick).toBeUndefined();
    expect(new Date(asked.at(-1) ?? 0).getUTCFullYear()).toBe(2025);
  });

  test("of one day of four years and a weekday is found decades on", () => {
    const leapMonday = every("1h").only(onDate("02-29")).only(isDayOfWeek("monday"));

    expect(isoOf(leapMonday, "2022-01-01T00:00:00Z", 1)).toEqual(["2044-02-29T00:00"]);
  });
});

describe("skipping from change to change", () => {
  const filters: [NamedFilter, (local: LocalTime) => boolean][] = [
    [atTime("01:30"), (t) => t.hour === 1 && t.minute === 30],
    [betweenTimes("01:00", "01:30"), (t) => t.hour === 1 && t.minute <= 30],
    [betweenTimes("23:30", "02:15"), (t) => t.hour * 60 + t.minute >= 1_410 || t.hour * 60 + t.minute <= 135],
    [
      betweenDateTimes("2021-11-07T01:15", "2021-11-07T01:30"),
      (t) => t.month === 11 && t.day === 7 && t.hour === 1 && t.minute >= 15 && t.minute <= 30,
    ],
    [isWeekend, (t) => t.weekday === "saturday" || t.weekday === "sunday"],
    [onDate("11-07"), (t) => t.month === 11 && t.day === 7],
    [onDate("10-31"), (t) => t.month === 10 && t.day === 31],
    [isMonthEnd, (t) => t.day === 31 && t.month === 10],
  ];

  test.each(filters)("%# misses nothing when an hour is repeated", (named, plain) => {
    const schedule = every("5m", { zone: "America/New_York" }).from("2021-10-30T00:00").until("2021-11-09T00:00");
    const after = Date.UTC(2021, 9, 29);

    expect(schedule.only(named).upcoming(after, 5_000)).toEqual(schedule.only(plain).upcoming(after, 5_000));
    expect(schedule.except(named).upcoming(after, 5_000)).toEqual(schedule.except(plain).upcoming(after, 5_000));
  });

  test("misses nothing when midnight does not exist", () => {
    const schedule = every("5m", { start: "2018-11-02T00:00", zone: "America/Sao_Paulo" }).until("2018-11-06T00:00");
    const after = Date.UTC(2018, 9, 29);

    const skipping = schedule.only(isDayOfWeek("sunday")).upcoming(after, 5_000);

    expect(skipping).toEqual(schedule.only(({ weekday }) => weekday === "sunday").upcoming(after, 5_000));
    expect(skipping).toHaveLength(23 * 12);
  });
});

describe("a filter that makes no sense is refused", () => {
  test.each([
    ["atTime(24:00)", () => atTime("24:00")],
    ["atTime(9:00)", () => atTime("9:00")],
    ["betweenTimes(09:00, 10:60)", () => betweenTimes("09:00", "10:60")],
    ["onDate(02-30)", () => onDate("02-30")],
    ["onDate(13-01)", () => onDate("13-01")],
    ["onDate(00-10)", () => onDate("00-10")],
    ["betweenDates(1-1, 2-2)", () => betweenDates("1-1", "2-2")],
    ["isDayOfWeek(0)", () => isDayOfWeek(0 as never)],
    ["onDateTime(2022-02-30T00:00)", () => onDateTime("2022-02-30T00:00")],
    ["onDateTime(soon)", () => onDateTime("soon")],
    ["anyOf()", () => anyOf()],
    ["anyOf(5)", () => anyOf(5 as never)],
    ["only(undefined)", () => hourly.only(undefined as never)],
  ])("%s", (_, make) => {
    expect(make).toThrow(expect.objectContaining({ code: "SCHEDULE_INVALID" }));
  });
});

describe("a function of the local time", () => {
  test("sees the wall clock of the schedule's zone", () => {
    const at = Date.UTC(2022, 2, 7, 20, 22, 5, 7);
    const zone = readZone("Asia/Kolkata");

    expect(localTime({ at, wall: zone.wallAt(at), zone })).toEqual({
      ...{ at, zone: "Asia/Kolkata", year: 2022, month: 3, day: 8, hour: 1, minute: 52, second: 5, millisecond: 7 },
      weekday: "tuesday",
    });
  });
});
