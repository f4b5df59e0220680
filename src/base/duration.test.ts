import { describe, expect, test } from "vitest";
import { DURATION_MS_MAX, formatMillis, toMillis, toMillisOrZero, type Duration } from "./duration.ts";

const text = (written: string): Duration => written as Duration;

describe("a duration", () => {
  test.each([
    [1_500, 1_500],
    [text("1ms"), 1],
    [text("90s"), 90_000],
    [text("1m"), 60_000],
    [text("2h"), 7_200_000],
    [text("1d"), 86_400_000],
    [text("2w"), 1_209_600_000],
    [text("1.5h"), 5_400_000],
    [text("0.1s"), 100],
    [text("4.35s"), 4_350],
    [text("007s"), 7_000],
    [DURATION_MS_MAX, DURATION_MS_MAX],
  ] as const)("%j is %d ms", (written, ms) => {
    expect(toMillis("timeout", written)).toBe(ms);
  });

  test.each([
    ["-1s", "negative"],
    ["1e3s", "plain decimal number"],
    ["0x10s", "plain decimal number"],
    [".5s", "plain decimal number"],
    ["1,5s", "plain decimal number"],
    ["", "plain decimal number"],
    ["s", "plain decimal number"],
    ["1 s", "space"],
    [" 1s", "space"],
    ["1s\n", "space"],
    ["10", "no unit"],
    ["1y", "'y' is no unit"],
    ["1constructor", "'constructor' is no unit"],
    ["1S", "written small"],
    ["11000d", "longer than ten years"],
    ["0.5ms", "whole number of milliseconds"],
    ["0s", "longer than zero"],
    [`${"9".repeat(400)}s`, "not a finite number"],
  ])("%j is refused", (written, why) => {
    expect(() => toMillis("timeout", text(written))).toThrow(
      expect.objectContaining({ code: "DURATION_INVALID", message: expect.stringContaining(why) }),
    );
  });

  test.each([
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [-1],
    [0],
    [1.5],
    [DURATION_MS_MAX + 1],
    [null],
    [undefined],
    [{}],
    [10n],
  ])("%s is refused", (given) => {
    expect(() => toMillis("timeout", given as Duration)).toThrow(expect.objectContaining({ code: "DURATION_INVALID" }));
  });

  test("of zero is refused only where it would mean nothing", () => {
    expect(toMillisOrZero("retryDelay", 0)).toBe(0);
    expect(toMillisOrZero("retryDelay", -0)).toBe(0);
    expect(toMillisOrZero("retryDelay", "0s")).toBe(0);
  });

  test("that is refused names the option, what was given and the fix", () => {
    expect(() => toMillis("timeout", text("soon"))).toThrow(
      'timeout is not a duration: "soon" (it is not a plain decimal number and a unit). Write milliseconds, or a number with ms, s, m, h, d or w, such as "90s"',
    );
  });
});

describe("formatMillis", () => {
  test.each([
    [0, "0s"],
    [0.4, "0s"],
    [250, "250ms"],
    [1_000, "1s"],
    [1_250, "1s 250ms"],
    [90_000, "1m 30s"],
    [3_600_000, "1h"],
    [3_601_000, "1h"],
    [100_800_000, "1d 4h"],
    [1_209_600_000, "14d"],
    [-90_000, "-1m 30s"],
  ])("says %d ms as %j", (ms, said) => {
    expect(formatMillis(ms)).toBe(said);
  });
});
