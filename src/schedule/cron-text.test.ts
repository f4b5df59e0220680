import { describe, expect, test } from "vitest";
import { isCaudalError } from "../base/errors.ts";
import { cron } from "./cron.ts";
import { readCron } from "./cron-text.ts";

function complaintOf(text: string): string {
  try {
    cron(text);
  } catch (error) {
    if (isCaudalError(error)) return error.message;
    throw error;
  }
  return "accepted";
}

describe("cron text", () => {
  test.each([
    ["0 9 * * 1-5", "0 0 9 * * 1,2,3,4,5"],
    ["0 9 * * mon-FRI", "0 0 9 * * 1,2,3,4,5"],
    ["0 9 * * 0,7", "0 0 9 * * 0"],
    ["0 9 * * 5-7", "0 0 9 * * 5,6,0"],
    ["0 9 * * 7-2", "0 0 9 * * 0,1,2"],
    ["0 9 * * 7-7", "0 0 9 * * 0"],
    ["0 9 * * fri-mon", "0 0 9 * * 5,6,0,1"],
    ["0 9 * * 5#2,mon#L", "0 0 9 * * 5#2,1#L"],
    ["0 9 * * L5", "0 0 9 * * 5#L"],
    ["0 9 * * friL", "0 0 9 * * 5#L"],
    ["0 22-1 * * *", "0 0 22,23,0,1 * * *"],
    ["50/3 0 * * *", "0 50,53,56,59 0 * * *"],
    ["0 8-18/5 * * *", "0 0 8,13,18 * * *"],
    ["0 0 L,15 jan,JUL *", "0 0 0 L,15 1,7 *"],
    ["0 0 ? * ?", "0 0 0 * * *"],
    ["0 0 1-31/10 11-2 *", "0 0 0 1,11,21,31 11,12,1,2 *"],
    ["  0\t0  1 1 * ", "0 0 0 1 1 *"],
    ["1 2 3 4 5 6", "6 1 2 3 4 5"],
    ["@hourly", "0 0 * * * *"],
    ["@Daily", "0 0 0 * * *"],
    ["@weekly", "0 0 0 * * 0"],
    ["@monthly", "0 0 0 1 * *"],
    ["@annually", "0 0 0 1 1 *"],
  ])("%j means %j, seconds first", (text, pattern) => {
    expect(readCron(text).pattern).toBe(pattern);
  });

  test.each([
    ["0 * * * *", true],
    ["0 */2 * * *", true],
    ["0 1-23/2 * * *", true],
    ["*/5 1-3 * * *", false],
    ["0 0-23 * * *", false],
    ["@hourly", true],
    ["@daily", false],
  ])("%j has open hours: %j", (text, isHourOpen) => {
    expect(readCron(text).isHourOpen).toBe(isHourOpen);
  });
});

describe("cron text that cannot be read", () => {
  test("is shown with a caret under what is wrong", () => {
    expect(complaintOf("0 9,25 * * *")).toBe(
      ["this cron text cannot be read: hour 25 is over 23", "  0 9,25 * * *", "      ^"].join("\n"),
    );
  });

  test.each([
    ["0 0 0 * *", 4, "day 0 is below 1"],
    ["0 0 * 13 *", 6, "month 13 is over 12"],
    ["0 0 * * 8", 8, "weekday 8 is over 7"],
    ["0 0 * * mom", 8, "'mom' is no weekday: did you mean mon?"],
    ["0 0 * smarch *", 6, "'smarch' is no month"],
    ["0 0 * * 1-x", 10, "'x' is no weekday"],
    ["*/0 * * * *", 2, "'0' is no step"],
    ["*/90 * * * *", 2, "a step of 90 is longer than the field"],
    ["*/1/2 * * * *", 3, "minute has two steps"],
    ["1-2-3 * * * *", 3, "minute has two dashes"],
    ["50-10/5 * * * *", 0, "minute has a step over a range that wraps"],
    ["1,,2 * * * *", 2, "minute has nothing beside a comma"],
    ["0 0 * * 5#6", 10, "after # comes which one of the month"],
    ["0 0 15W * *", 4, "'15W' is no day"],
    ["-1 * * * *", 0, "minute lacks a number"],
    ["1e1 * * * *", 0, "'1e1' is no minute"],
    ["0 0 * *", 7, "weekday is missing"],
    ["", 0, "minute is missing"],
    ["0 0 0 * * * *", 12, "it has 7 fields"],
    ["@dayly", 0, "'@dayly' is no alias: did you mean @daily?"],
    ["@reboot", 0, "@reboot is no time"],
    ["x".repeat(501), 500, "longer than 500 characters"],
  ])("%j is wrong at column %d: %s", (text, column, why) => {
    expect(() => cron(text)).toThrow(
      expect.objectContaining({
        code: "CRON_INVALID",
        data: expect.objectContaining({ column, why: expect.stringContaining(why) }),
      }),
    );
  });

  test("B11: says the column of what is wrong, and that a day comes never", () => {
    expect(complaintOf("61 * * * *")).toContain("minute 61 is over 59\n  61 * * * *\n  ^");
    expect(complaintOf("* * * * * * *")).toContain("it has 7 fields");
    expect(complaintOf("* * * * * * *").split("\n").slice(1)).toEqual(["  * * * * * * *", `${" ".repeat(14)}^`]);
    expect(complaintOf("0 0 30 2 *")).toContain("never fires");
  });

  test("keeps its caret in place when there are tabs", () => {
    expect(complaintOf("0\t99\t* * *")).toContain("\n  0 99 * * *\n    ^");
  });

  test.each([[undefined], [null], [5], [{}]])("may be no text at all: %j", (given) => {
    expect(() => cron(given as unknown as string)).toThrow(expect.objectContaining({ code: "CRON_INVALID" }));
  });
});

describe("cron text that names a day no calendar has", () => {
  test.each([["0 0 30 2 *"], ["0 0 31 4,6,9,11 *"]])("%j is refused as one that never fires", (text) => {
    expect(() => cron(text)).toThrow(expect.objectContaining({ code: "CRON_NEVER" }));
  });

  test("is refused with both day and weekday wanted, and fires by its weekday where either will do", () => {
    expect(() => cron("0 0 30 2 1", { dayOr: false })).toThrow(expect.objectContaining({ code: "CRON_NEVER" }));
    expect(cron("0 0 30 2 1").next(Date.UTC(2022, 0, 1))?.at).toBe(Date.UTC(2022, 1, 7));
  });
});
