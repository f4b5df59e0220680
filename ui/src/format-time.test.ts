import { describe, expect, test } from "vitest";
import { absolute, duration, instantOf, iso, relative, span, wallOf } from "./format-time.ts";

const AT = Date.parse("2026-11-23T15:54:05.250Z");

describe("an instant", () => {
  test.each([
    ["UTC", "2026-11-23 15:54:05 UTC"],
    ["America/Mexico_City", "2026-11-23 09:54:05 CST"],
    ["Asia/Kolkata", "2026-11-23 21:24:05 GMT+5:30"],
  ])("in %s names its zone", (zone, text) => {
    expect(absolute(AT, zone)).toBe(text);
  });

  test("at midnight is the hour 00", () => {
    expect(wallOf(Date.parse("2026-11-23T00:00:00Z"), "UTC").time).toBe("00:00:00");
  });

  test.each([
    [0, "en", "now"],
    [-180_000, "en", "3 min. ago"],
    [40_000, "en", "in 40 sec."],
    [-180_000, "es", "hace 3 min"],
    [-86_400_000, "en", "yesterday"],
    [-800 * 86_400_000, "en", "2 yr. ago"],
  ])("%i ms from now in %s", (offset, language, text) => {
    expect(relative(AT + offset, AT, language)).toBe(text);
  });
});

describe("a duration", () => {
  test.each([
    [0, "0 ms"],
    [12.4, "12 ms"],
    [999, "999 ms"],
    [4_200, "4.2 s"],
    [59_999, "59.9 s"],
    [62_300, "1 min 02 s"],
    [3_725_300, "1 h 02 min 05 s"],
    [90_061_000, "1 d 01 h 01 min"],
    [-5, "0 ms"],
  ])("of %d ms", (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  test("has the decimal sign of the language", () => {
    expect(duration(4_200, "es")).toBe("4,2 s");
  });
});

describe("the span of a setting", () => {
  test.each([
    [30_000, "30 s"],
    [86_400_000, "1 d"],
    [5_400_000, "1 h 30 min"],
    [1_500, "1 s 500 ms"],
    [0, "0 s"],
  ])("of %d ms", (ms, text) => {
    expect(span(ms)).toBe(text);
  });
});

describe("a wall clock's time", () => {
  test.each([
    ["2026-11-23T09:54", "America/Mexico_City", "2026-11-23T15:54:00.000Z"],
    ["2026-11-23T09:54:05", "UTC", "2026-11-23T09:54:05.000Z"],
    ["2026-03-29T02:30", "Europe/Madrid", "2026-03-29T01:30:00.000Z"],
    ["2026-10-25T02:30", "Europe/Madrid", "2026-10-25T00:30:00.000Z"],
    ["2026-04-05T01:59", "Australia/Lord_Howe", "2026-04-04T14:59:00.000Z"],
  ])("%s in %s", (wall, zone, instant) => {
    expect(iso(instantOf(wall, zone) ?? 0)).toBe(instant);
  });

  test("that is none has no instant", () => {
    expect(instantOf("2026-13-45T99:99", "UTC")).toBeUndefined();
  });
});
