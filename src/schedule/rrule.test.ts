import { describe, expect, test } from "vitest";
import { rrule, type RruleOptions } from "./rrule.ts";

const NEW_YORK = "America/New_York";

/** The first ticks as local times, the start's seconds left out. */
function firstOf(rule: string, options: RruleOptions, count: number): readonly string[] {
  const zone = options.zone ?? "UTC";
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
  return rrule(rule, options)
    .upcoming(Date.UTC(1990, 0, 1), count)
    .map(({ at }) => format.format(at));
}

const utcOf = (rule: string, options: RruleOptions, after: string, count: number) =>
  rrule(rule, options)
    .upcoming(Date.parse(after), count)
    .map(({ at }) => new Date(at).toISOString().slice(0, 16));

describe("the examples of RFC 5545 §3.8.5.3, all at nine in New York", () => {
  const at9 = (dates: string) => dates.split(" ").map((date) => `${date} 09:00`);

  test.each([
    ["FREQ=DAILY;INTERVAL=10;COUNT=5", "1997-09-02", "1997-09-02 1997-09-12 1997-09-22 1997-10-02 1997-10-12"],
    [
      "FREQ=WEEKLY;UNTIL=19970917T000000Z;WKST=SU;BYDAY=TU,TH",
      "1997-09-02",
      "1997-09-02 1997-09-04 1997-09-09 1997-09-11 1997-09-16",
    ],
    [
      "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=MO,WE,FR",
      "1997-09-01",
      "1997-09-01 1997-09-03 1997-09-05 1997-09-15 1997-09-17",
    ],
    ["FREQ=MONTHLY;COUNT=4;BYDAY=1FR", "1997-09-05", "1997-09-05 1997-10-03 1997-11-07 1997-12-05"],
    ["FREQ=MONTHLY;INTERVAL=2;BYDAY=1SU,-1SU", "1997-09-07", "1997-09-07 1997-09-28 1997-11-02 1997-11-30"],
    ["FREQ=MONTHLY;COUNT=3;BYDAY=-2MO", "1997-09-22", "1997-09-22 1997-10-20 1997-11-17"],
    ["FREQ=MONTHLY;BYMONTHDAY=-3", "1997-09-28", "1997-09-28 1997-10-29 1997-11-28 1997-12-29"],
    ["FREQ=MONTHLY;BYMONTHDAY=1,-1", "1997-09-30", "1997-09-30 1997-10-01 1997-10-31 1997-11-01"],
    ["FREQ=MONTHLY;INTERVAL=18;BYMONTHDAY=10,11,12", "1997-09-10", "1997-09-10 1997-09-11 1997-09-12 1999-03-10"],
    ["FREQ=YEARLY;BYMONTH=6,7", "1997-06-10", "1997-06-10 1997-07-10 1998-06-10 1998-07-10"],
    [
      "FREQ=YEARLY;INTERVAL=3;BYYEARDAY=1,100,200",
      "1997-01-01",
      "1997-01-01 1997-04-10 1997-07-19 2000-01-01 2000-04-09",
    ],
    ["FREQ=YEARLY;BYDAY=20MO", "1997-05-19", "1997-05-19 1998-05-18 1999-05-17"],
    ["FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "1997-05-12", "1997-05-12 1998-05-11 1999-05-17"],
    ["FREQ=YEARLY;BYMONTH=3;BYDAY=TH", "1997-03-13", "1997-03-13 1997-03-20 1997-03-27 1998-03-05"],
    ["FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "1997-09-02", "1998-02-13 1998-03-13 1998-11-13 1999-08-13"],
    ["FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13", "1997-09-13", "1997-09-13 1997-10-11 1997-11-08"],
    [
      "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
      "1996-11-05",
      "1996-11-05 2000-11-07 2004-11-02",
    ],
    ["FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "1997-09-04", "1997-09-04 1997-10-07 1997-11-06"],
    ["FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", "1997-09-29", "1997-09-29 1997-10-30 1997-11-27"],
    ["FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "1997-08-05", "1997-08-05 1997-08-10 1997-08-19 1997-08-24"],
    ["FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "1997-08-05", "1997-08-05 1997-08-17 1997-08-19 1997-08-31"],
    ["FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", "2007-01-15", "2007-01-15 2007-01-30 2007-02-15 2007-03-15 2007-03-30"],
  ])("%s", (rule, date, dates) => {
    const expected = at9(dates);

    expect(firstOf(rule, { start: `${date}T09:00`, zone: NEW_YORK }, expected.length)).toEqual(expected);
  });

  test("every three hours, quarters of an hour, and twenty minutes by day", () => {
    const start = { start: "1997-09-02T09:00", zone: NEW_YORK };
    const day = "1997-09-02";

    expect(firstOf("FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z", start, 9)).toEqual(
      ["09:00", "12:00", "15:00"].map((time) => `${day} ${time}`),
    );
    expect(firstOf("FREQ=MINUTELY;INTERVAL=90;COUNT=4", start, 9)).toEqual(
      ["09:00", "10:30", "12:00", "13:30"].map((time) => `${day} ${time}`),
    );
    expect(firstOf("FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40", start, 30)).toEqual(
      firstOf("FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16", start, 30),
    );
  });
});

describe("a recurrence rule", () => {
  test("takes what it does not say from its start: midnight of 2019-01-01, a Tuesday, when none is given", () => {
    expect(utcOf("FREQ=WEEKLY", { zone: "Europe/Madrid" }, "2026-03-01T00:00Z", 2)).toEqual([
      "2026-03-02T23:00",
      "2026-03-09T23:00",
    ]);
    expect(utcOf("FREQ=MONTHLY;BYHOUR=9", {}, "2026-03-01T09:00Z", 1)).toEqual(["2026-04-01T09:00"]);
  });

  test("has its start among its ticks only if the start fits", () => {
    expect(firstOf("FREQ=DAILY;BYHOUR=10", { start: "2026-03-01T09:00" }, 1)).toEqual(["2026-03-01 10:00"]);
  });

  test("begins at the next full second of a start between two", () => {
    const start = new Date("2026-03-01T09:00:00.250Z");

    expect(rrule("FREQ=DAILY", { start }).next(0)?.at).toBe(Date.UTC(2026, 2, 1, 9, 0, 1));
  });

  test("leaves out months without such a day", () => {
    expect(firstOf("FREQ=MONTHLY", { start: "2026-01-31" }, 3)).toEqual(
      ["01", "03", "05"].map((month) => `2026-${month}-31 00:00`),
    );
  });

  test("takes weekdays with and without an ordinal side by side", () => {
    expect(firstOf("FREQ=MONTHLY;BYDAY=1MO,SU", { start: "2026-03-01" }, 4)).toEqual(
      ["01", "02", "08", "15"].map((day) => `2026-03-${day} 00:00`),
    );
  });

  test("counts weeks over the turn of the year as ISO 8601 does", () => {
    expect(firstOf("FREQ=YEARLY;BYWEEKNO=53,1;BYDAY=MO,SU", { start: "2020-12-01" }, 4)).toEqual(
      ["2020-12-28", "2021-01-03", "2021-01-04", "2021-01-10"].map((date) => `${date} 00:00`),
    );
  });

  test("picks positions among all times of a period", () => {
    const rule = "FREQ=WEEKLY;BYDAY=MO,FR;BYHOUR=8,20;BYSETPOS=2,-1";

    expect(firstOf(rule, { start: "2026-03-02" }, 3)).toEqual([
      "2026-03-02 20:00",
      "2026-03-06 20:00",
      "2026-03-09 20:00",
    ]);
  });

  test("ends with UNTIL, the last tick included, whichever way it is written", () => {
    const options = { start: "2026-01-01T09:00", zone: NEW_YORK };

    expect(firstOf("FREQ=DAILY;UNTIL=20260102T140000Z", options, 9)).toHaveLength(2);
    expect(firstOf("FREQ=DAILY;UNTIL=20260102T135959Z", options, 9)).toHaveLength(1);
    expect(firstOf("FREQ=DAILY;UNTIL=20260102T090000", options, 9)).toHaveLength(2);
    expect(firstOf("FREQ=DAILY;UNTIL=20260102", options, 9)).toHaveLength(1);
    expect(firstOf("FREQ=DAILY;UNTIL=20250101", options, 9)).toEqual([]);
  });

  test("counts from its start, whatever it is asked after", () => {
    const schedule = rrule("FREQ=HOURLY;INTERVAL=7;COUNT=5", { start: "2026-01-01T09:00" });

    expect(schedule.upcoming(Date.parse("2026-01-01T23:00Z"), 9).map(({ at }) => new Date(at).getUTCHours())).toEqual([
      6, 13,
    ]);
  });

  test("finds far and rare dates without walking to them", () => {
    expect(utcOf("FREQ=SECONDLY;INTERVAL=7", { start: "2000-01-01" }, "2900-01-01T00:00:00Z", 1)).toHaveLength(1);
    expect(
      utcOf(
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO;BYHOUR=23;BYMINUTE=59;BYSECOND=58",
        {},
        "2026-01-01T00:00:00Z",
        2,
      ),
    ).toEqual(["2044-02-29T23:59", "2072-02-29T23:59"]);
  });

  test("is said for people and for the store", () => {
    const schedule = rrule("rrule:freq=daily", { start: "2026-01-01T09:00", zone: "Europe/Madrid" });

    expect(schedule.describe()).toBe('rrule "FREQ=DAILY" from 2026-01-01T09:00:00 in Europe/Madrid');
    expect(schedule.toJSON()).toEqual({
      clocks: [
        {
          base: {
            ...{ kind: "rrule", rule: "FREQ=DAILY", start: "2026-01-01T09:00:00", zone: "Europe/Madrid" },
            ...{ gap: "shift", repeat: "second" },
          },
          steps: [],
          parameters: {},
        },
      ],
    });
  });
});

describe("a recurrence rule where clocks change", () => {
  test("fires shifted by the gap, and at the second of two equal times", () => {
    const options = (start: string) => ({ start, zone: NEW_YORK });

    expect(utcOf("FREQ=DAILY", options("2021-03-13T02:30"), "2021-03-13T00:00Z", 3)).toEqual([
      "2021-03-13T07:30",
      "2021-03-14T07:30",
      "2021-03-15T06:30",
    ]);
    expect(utcOf("FREQ=DAILY", options("2021-11-06T01:30"), "2021-11-06T00:00Z", 3)).toEqual([
      "2021-11-06T05:30",
      "2021-11-07T06:30",
      "2021-11-08T06:30",
    ]);
  });

  test("keeps to a start that lies in the gap", () => {
    expect(utcOf("FREQ=DAILY", { start: "2021-03-14T02:30", zone: NEW_YORK }, "2021-03-13T00:00Z", 2)).toEqual([
      "2021-03-14T07:30",
      "2021-03-15T06:30",
    ]);
  });

  test("counts times in the gap, fired or not", () => {
    const options = { start: "2021-03-13T02:30", zone: NEW_YORK } as const;

    expect(firstOf("FREQ=DAILY;COUNT=3", { ...options, gap: "skip" }, 9)).toEqual([
      "2021-03-13 02:30",
      "2021-03-15 02:30",
    ]);
  });

  test("runs through both passes of a repeated hour when it is hourly or finer, and once when hours are named", () => {
    const options = { start: "2021-11-01", zone: NEW_YORK };
    const after = "2021-11-07T04:00Z";

    expect(utcOf("FREQ=HOURLY", options, after, 3)).toEqual(["05", "06", "07"].map((hour) => `2021-11-07T${hour}:00`));
    expect(utcOf("FREQ=HOURLY;BYHOUR=0,1,2", options, after, 2)).toEqual(
      ["06", "07"].map((hour) => `2021-11-07T${hour}:00`),
    );
    expect(utcOf("FREQ=HOURLY", { ...options, repeat: "first" }, after, 2)).toEqual(
      ["05", "07"].map((hour) => `2021-11-07T${hour}:00`),
    );
  });

  test("never fires before a start that is an instant", () => {
    const start = "2021-11-07T01:30:00-05:00";

    expect(utcOf("FREQ=DAILY", { start, zone: NEW_YORK, repeat: "both" }, "2021-11-01T00:00Z", 1)).toEqual([
      "2021-11-07T06:30",
    ]);
  });
});
