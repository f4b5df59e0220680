/** Our schedules beside what a real Prefect 1.x gave (schedules.json; what its tags mean is said in the README there). */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { readZone } from "../../../src/schedule/zone.ts";
import { type Answer, answer, readCases, type ScheduleCase } from "./answer-schedules.ts";

const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));

interface Deviation {
  readonly match: string;
  readonly aspects: readonly string[];
}

const cases = readCases(pathOf("schedules.json"));
const deviations = JSON.parse(readFileSync(pathOf("deviations.json"), "utf8")) as readonly Deviation[];
const deviating = deviations.filter(({ aspects }) => aspects.includes("dates")).map(({ match }) => new RegExp(match));

const isTagged = ({ tags = [] }: ScheduleCase, tag?: string) =>
  tag === undefined ? tags.length > 0 : tags.includes(tag);
const isDeviating = ({ id }: ScheduleCase) => deviating.some((match) => match.test(id));
const observed = ({ expected = [] }: ScheduleCase) => expected.map(({ utc }) => utc);
const named = (chosen: readonly ScheduleCase[]) =>
  chosen.map((scheduleCase) => [scheduleCase.id, scheduleCase] as const);
const caseOf = (id: string) => cases.find((scheduleCase) => scheduleCase.id === id) as ScheduleCase;

describe("a schedule whose dates Prefect gave as documented", () => {
  const plain = cases.filter((scheduleCase) => !isTagged(scheduleCase) && !isDeviating(scheduleCase));

  test.each(named(plain))("%s: gives the same dates", (_, scheduleCase) => {
    expect(answer(scheduleCase)).toEqual({ id: scheduleCase.id, dates: observed(scheduleCase) });
  });
});

describe("a schedule of open hours, when clocks are put back", () => {
  const chosen = cases.filter((scheduleCase) => isDeviating(scheduleCase));

  test.each(named(chosen))(
    "%s: has dates in the first pass of the repeated hour besides, and no others",
    (_, scheduleCase) => {
      const ours = answer(scheduleCase).dates;
      const theirs = observed(scheduleCase);
      const zone = readZone(scheduleCase.clocks[0]?.tz ?? "UTC");
      const isFirstPass = (utc: string) => zone.instantOf(zone.wallAt(Date.parse(utc))) > Date.parse(utc);

      const others = ours.filter((utc) => !isFirstPass(utc));

      expect(ours.length).toBeGreaterThan(others.length);
      expect(others).toEqual(theirs.slice(0, others.length));
    },
  );
});

describe("a schedule whose dates contradicted Prefect's own documentation", () => {
  test.each([
    [
      "interval-dst/ny-fall/90min-old-start",
      ["04:30", "06:00", "07:30", "09:00", "10:30", "12:00", "13:30", "15:00"].map((time) => `2021-11-07T${time}:00Z`),
    ],
    ["cron-dst/ny-spring/0230", ["14T07:30", "15T06:30", "16T06:30", "17T06:30"].map((time) => `2021-03-${time}:00Z`)],
    [
      "cron-dst/ny-spring/hours-1-3",
      ["14T06:00", "14T07:00", "15T05:00", "15T06:00", "15T07:00", "16T05:00", "16T06:00", "16T07:00"].map(
        (time) => `2021-03-${time}:00Z`,
      ),
    ],
  ])("%s: gives the documented ones", (id, dates) => {
    expect(isTagged(caseOf(id), "library-bug")).toBe(true);
    expect(answer(caseOf(id)).dates).toEqual(dates);
  });
});

describe("two ticks at one instant", () => {
  test.each(named(cases.filter((scheduleCase) => isTagged(scheduleCase, "order-unspecified"))))(
    "%s: are both there when their parameters differ",
    (_, scheduleCase) => {
      expect(answer(scheduleCase).dates).toEqual(observed(scheduleCase));
    },
  );

  test.each(named(cases.filter((scheduleCase) => isTagged(scheduleCase, "adjustment-duplicates"))))(
    "%s: are one where an adjustment moved them together, because a tick is its clock and its instant",
    (_, scheduleCase) => {
      const distinct = [...new Set(observed(scheduleCase))];

      expect(answer(scheduleCase).dates.slice(0, distinct.length)).toEqual(distinct);
    },
  );
});

describe("what a case says", () => {
  const hourly = {
    id: "made",
    n: 2,
    after: "2022-03-07T10:00:30Z",
    clocks: [{ type: "interval", seconds: 3_600 }],
  } as const;

  test("bounds what the clocks give by `after`, before adjustments move it", () => {
    const datesOf = (...adjustments: ScheduleCase["adjustments"] & object) => answer({ ...hourly, adjustments }).dates;

    expect(datesOf(["add", 90])).toEqual(["2022-03-07T11:01:30Z", "2022-03-07T12:01:30Z"]);
    expect(datesOf(["add", -7_200])).toEqual(["2022-03-07T09:00:00Z", "2022-03-07T10:00:00Z"]);
  });

  test("adds whole days to the local time", () => {
    const daily = { type: "interval", seconds: 86_400, start: "2021-03-10T09:00:00", tz: "America/New_York" } as const;
    const answered = answer({
      ...hourly,
      clocks: [daily],
      after: "2021-03-13T00:00:00Z",
      adjustments: [["add", 86_400]],
    });

    expect(answered.dates).toEqual(["2021-03-14T13:00:00Z", "2021-03-15T13:00:00Z"]);
  });

  test("takes a clock's zone from its start, and goes by UTC without one, whatever its end is written in", () => {
    const cron = { type: "cron", cron: "0 9 * * *", end: "2022-03-09T04:00:00", tz: "America/New_York" } as const;

    expect(answer({ ...hourly, n: 9, clocks: [cron] }).dates).toEqual(["2022-03-08T09:00:00Z", "2022-03-09T09:00:00Z"]);
    expect(answer({ ...hourly, n: 9, clocks: [{ ...cron, start: "2022-01-01T00:00:00" }] }).dates).toEqual([
      "2022-03-07T14:00:00Z",
      "2022-03-08T14:00:00Z",
    ]);
  });
});

describe("the program", () => {
  test("prints an answer to every case", async () => {
    const run = [fileURLToPath(new URL("../../../scripts/run-ts.mjs", import.meta.url)), pathOf("answer-schedules.ts")];
    const { stdout } = await promisify(execFile)(process.execPath, [...run, pathOf("schedules.json")]);
    const { cases: answers } = JSON.parse(stdout) as { readonly cases: readonly Answer[] };

    expect(answers.map(({ id }) => id)).toEqual(cases.map(({ id }) => id));
    expect(answers.filter(({ error }) => error !== undefined).map(({ id }) => id)).toEqual([]);
  });
});
