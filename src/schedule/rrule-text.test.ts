import { describe, expect, test } from "vitest";
import { isCaudalError } from "../base/errors.ts";
import { rrule, type RruleOptions } from "./rrule.ts";
import { readRule } from "./rrule-text.ts";

function complaintOf(rule: string, options?: RruleOptions): string {
  try {
    rrule(rule, options);
  } catch (error) {
    if (isCaudalError(error)) return `${error.code} ${error.message}`;
    throw error;
  }
  return "accepted";
}

/** The reason and the column of the caret. */
function refusalOf(rule: string, options?: RruleOptions): readonly [column: number, why: string] {
  try {
    rrule(rule, options);
  } catch (error) {
    if (isCaudalError(error, "RRULE_INVALID")) {
      const { column, why } = error.data as { readonly column: number; readonly why: string };
      return [column, why];
    }
    throw error;
  }
  return [-1, "accepted"];
}

describe("a recurrence rule", () => {
  test("is read in any case and order, with or without its name in front", () => {
    expect(readRule(" rrule:byday=mo,-1FR,+2tu;Freq=monthly;wkst=SU ", false)).toMatchObject({
      frequency: "MONTHLY",
      interval: 1,
      weekStart: 0,
      days: [
        { ordinal: undefined, weekday: 1 },
        { ordinal: -1, weekday: 5 },
        { ordinal: 2, weekday: 2 },
      ],
      text: "BYDAY=MO,-1FR,+2TU;FREQ=MONTHLY;WKST=SU",
    });
  });

  test.each([
    ["20301231T090000Z", { at: Date.UTC(2030, 11, 31, 9) }],
    ["20301231T090000", { wall: Date.UTC(2030, 11, 31, 9) }],
    ["20301231", { wall: Date.UTC(2030, 11, 31) }],
  ])("ends at UNTIL=%s", (until, read) => {
    expect(readRule(`FREQ=DAILY;UNTIL=${until}`, false).until).toEqual(read);
  });
});

describe("a recurrence rule that cannot be read", () => {
  test("is shown with a caret under what is wrong", () => {
    expect(complaintOf("FREQ=WEEKLY;BYDAY=MO,XX")).toBe(
      [
        "RRULE_INVALID this recurrence rule cannot be read: 'XX' is no weekday: write SU, MO, TU, WE, TH, FR, SA",
        "  FREQ=WEEKLY;BYDAY=MO,XX",
        "                       ^",
      ].join("\n"),
    );
  });

  test.each([
    ["", 0, 'a part is missing: write NAME=VALUE, with ";" between two of them only'],
    ["FREQ=DAILY;", 11, 'a part is missing: write NAME=VALUE, with ";" between two of them only'],
    ["BYDAY=MO", 8, "FREQ is missing: say how often, such as FREQ=DAILY"],
    ["FREQ=DAYLY", 5, "'DAYLY' is no frequency: did you mean DAILY?"],
    ["FREQ", 4, 'after FREQ comes "="'],
    ["FREQ=", 5, "FREQ has no value"],
    ["FREQ=DAILY;FREQ=DAILY", 11, "FREQ is there twice"],
    ["FREQ=DAILY; INTERVALL=2", 12, "'INTERVALL' is no part of a rule: did you mean INTERVAL?"],
    ["FREQ=DAILY;INTERVAL=0", 20, "INTERVAL takes a whole number from 1 to 1000000, not '0'"],
    ["FREQ=DAILY;INTERVAL=1,2", 20, "INTERVAL takes a whole number from 1 to 1000000, not '1,2'"],
    ["FREQ=DAILY;BYHOUR=9,,12", 20, "BYHOUR has nothing beside a comma"],
    ["FREQ=DAILY;BYHOUR=9, 24", 21, "BYHOUR takes whole numbers from 0 to 23, not '24'"],
    [
      "FREQ=MONTHLY;BYMONTHDAY=-32",
      24,
      "BYMONTHDAY takes whole numbers from 1 to 31, or from -31 to -1 counted from the end, not '-32'",
    ],
    ["FREQ=WEEKLY;BYDAY=2MO", 18, "'2MO' counts within a month or year: it needs FREQ=MONTHLY or FREQ=YEARLY"],
    ["FREQ=YEARLY;BYWEEKNO=3;BYDAY=2MO", 29, "'2MO' counts within a year, BYWEEKNO within weeks: write 'MO'"],
    [
      "FREQ=DAILY;UNTIL=20230230",
      17,
      "'20230230' is no date: write UNTIL=20301231T090000Z, or 20301231T090000 for a time in the zone",
    ],
    ["FREQ=DAILY;UNTIL=20300101;COUNT=3", 26, "COUNT and UNTIL both end the rule: keep one"],
    ["FREQ=DAILY;COUNT=3", 11, 'COUNT counts from the start: give one, rrule(…, { start: "2026-03-01T09:00" })'],
    [
      "DTSTART:20220101T090000",
      0,
      "DTSTART does not belong into the rule: the first date is an option: rrule(…, { start, zone })",
    ],
    [
      "FREQ=DAILY\nEXDATE:20220101",
      11,
      "EXDATE does not belong into the rule: leave dates out with .except(onDateTime(…)) or .except(onDate(…))",
    ],
    ["FREQ=DAILY;\n BYHOUR=9", 13, "a rule is one line"],
  ])("%j: at %i, %s", (rule, column, why) => {
    expect(refusalOf(rule)).toEqual([column, why]);
  });

  test("is refused where it is no text, or endless", () => {
    expect(complaintOf(7 as never)).toContain("RRULE_INVALID");
    expect(complaintOf("FREQ=DAILY;".repeat(300))).toContain("it is longer than 2000 characters");
  });

  test.each([
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=SECONDLY;INTERVAL=2;BYSECOND=1",
    "FREQ=HOURLY;BYMINUTE=0;BYSETPOS=2",
    "FREQ=YEARLY;INTERVAL=1000000;BYMONTH=2;BYMONTHDAY=29",
  ])("and one that never fires is refused too: %s", (rule) => {
    expect(complaintOf(rule)).toContain("RRULE_NEVER");
  });

  test("a wrong start, zone or rule for odd hours is named", () => {
    expect(complaintOf("FREQ=DAILY", { start: "soon" })).toContain("SCHEDULE_INVALID start of rrule(…)");
    expect(complaintOf("FREQ=DAILY", { zone: "Europe/Madird" })).toContain("ZONE_UNKNOWN");
    expect(complaintOf("FREQ=DAILY", { gap: "jump" as never })).toContain("SCHEDULE_INVALID gap of rrule(…)");
  });
});
