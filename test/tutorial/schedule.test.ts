/** Steps 8 and 9 of the tutorial: a schedule, Ctrl-C, and a cache, within one process and across two. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ComplaintsApi, startComplaintsApi } from "../../examples/etl/complaints-api.mjs";
import { CAUDAL_RUN, EVERYWHERE, installed, type Laptop, PLACES, says, type Way } from "./laptop.ts";

const example = (name: string) => readFile(new URL(`../../examples/etl/${name}`, import.meta.url), "utf8");

let laptop: Laptop;
let api: ComplaintsApi;
beforeAll(async () => {
  api = await startComplaintsApi({ port: 0 });
  laptop = await installed();
}, 300_000);
afterAll(async () => {
  await laptop?.remove();
  await api?.close();
});

/** `caudal run --schedule` follows the schedule without the call at the file's end. */
const onSchedule = (way: Way) => (way === CAUDAL_RUN ? ["--schedule"] : []);

const TICKING = `import { every, flow, task } from "caudal";
const tick = task("tick", () => console.log("tick"));
export const clock = flow({ name: "clock", schedule: every("1s") }, () => { tick(); });
await clock.runOnSchedule();
`;
const TICKED = [says.beginning("clock"), ...says.task("tick", "tick"), says.success];
const NO_LONGER =
  "[time] INFO - caudal | Interrupted: the schedule of flow 'clock' is no longer followed by this process; nothing was running";

describe.concurrent.each(EVERYWHERE)("step 8, a schedule: $title", ({ place, way }) => {
  test("waits, runs, waits, runs, until Ctrl-C", async () => {
    const folder = await laptop.folder(place, { "clock.ts": TICKING });
    const going = await folder.start(way, "clock.ts", { args: onSchedule(way) });

    await going.said("Waiting for next scheduled run at", 3);
    going.press();
    const said = await going.ended;

    expect(said).toMatchObject({ code: 130, stderr: "" });
    const ticks = [says.waiting("clock"), ...TICKED, says.waiting("clock"), ...TICKED, says.waiting("clock")];
    expect(said.lines.slice(0, ticks.length)).toEqual(ticks);
    expect(said.lines.filter((line) => line.includes("Interrupted"))).toHaveLength(1);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s while it waits is one line and exit %i", async (signal, code) => {
    const folder = await laptop.folder(place, { "clock.ts": TICKING.replace('"1s"', '"7d"') });
    const going = await folder.start(way, "clock.ts", { args: onSchedule(way) });

    await going.said("Waiting for next scheduled run at");
    going.press(signal);

    expect(await going.ended).toMatchObject({ code, stderr: "", lines: [says.waiting("clock"), NO_LONGER] });
  });
});

describe.concurrent.each(EVERYWHERE)("step 8, a schedule of one minute: $title", ({ place, way }) => {
  test("names the next full minute in UTC, whatever the local zone", async () => {
    const folder = await laptop.folder(place, { "clock.ts": TICKING.replace('"1s"', '"1m"') });
    const asked = Date.now();
    const going = await folder.start(way, "clock.ts", {
      args: onSchedule(way),
      env: { CAUDAL_ZONE: "Asia/Kathmandu" },
    });

    const line = await going.said("Waiting for next scheduled run at");
    const answered = Date.now();
    going.press();

    expect(await going.ended).toMatchObject({ code: 130, stderr: "" });
    const [, instant = ""] =
      /^\[.* [\d:]{8}\+0545\] INFO - caudal\.clock \| Waiting for next scheduled run at (.*)$/.exec(line) ?? [];
    expect(instant).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:00\+00:00$/);
    const nextMinute = (at: number) => (Math.floor(at / 60_000) + 1) * 60_000;
    expect([nextMinute(asked), nextMinute(answered)]).toContain(Date.parse(instant));
  });
});

describe.concurrent.each(EVERYWHERE.filter(({ way }) => way !== CAUDAL_RUN))(
  "the whole of examples/etl/etl.ts: $title",
  ({ place, way }) => {
    test("draws, runs once, says how many rows, and waits for the next full minute", async () => {
      const folder = await laptop.folder(place, { "etl.ts": await example("etl.ts") });
      const going = await folder.start(way, "etl.ts", { env: { COMPLAINTS_API: api.url } });

      await going.said("Waiting for next scheduled run at");
      going.press();
      const said = await going.ended;

      expect(said).toMatchObject({ code: 130, stderr: "" });
      expect(said.lines.filter((line) => !line.includes("'sqliteScript'"))).toEqual([
        "Drawn: <folder>/etl.pdf",
        says.oneRun("my etl flow", "1m"),
        says.beginning("my etl flow"),
        says.starting("get_complaint_data"),
        "I actually requested this time!",
        says.finished("get_complaint_data", "Cached", " (stored until <instant>)"),
        ...says.task("parse_complaint_data"),
        ...says.task("store_complaints"),
        says.success,
        "25 rows stored",
        says.waiting("my etl flow"),
        NO_LONGER.replace("'clock'", "'my etl flow'"),
      ]);
    });
  },
);

/** Two tasks; the first goes on until it is asked to stop. */
const STAYING = `import { context, every, flow, inline, task } from "caudal";
const stay = task("stay", async () => {
  const { signal } = context();
  console.log("in the body");
  await new Promise<void>((resolve) => {
    const alive = setInterval(() => {}, 60_000);
    signal.addEventListener("abort", () => {
      console.log("aborted:", signal.reason.message);
      if (process.env.DEAF) return;
      clearInterval(alive);
      resolve();
    });
  });
});
const after = task("after", () => console.log("never printed"));
export const staying = flow({ name: "staying", schedule: every("1s") }, () => { after().setUpstream(stay()); });
`;
const RUN = "await staying.run();\n";
const FOLLOW = "await staying.runOnSchedule();\n";
const BRIEF = 'await staying.run({ executor: inline({ grace: "100ms" }) });\n';
const KEPT =
  "[time] INFO - caudal | Interrupted: run <id> of flow 'staying' starts nothing new; what finished is kept. Go on with: npx caudal resume <id>. Ctrl-C again stops at once";
const ABORTED = "aborted: the process was asked to stop";
const STARTED = [says.beginning("staying"), says.starting("stay"), "in the body"];

describe.concurrent.each(EVERYWHERE)("Ctrl-C in the middle of a body: $title", ({ place, way }) => {
  test("aborts the body's signal, starts nothing new, says how to go on, exit 130", async () => {
    const folder = await laptop.folder(place, { "staying.ts": STAYING + RUN });
    const going = await folder.start(way, "staying.ts");

    await going.said("in the body");
    going.press();
    const said = await going.ended;

    expect(said).toMatchObject({ code: 130, stderr: "" });
    expect(said.lines).toEqual([
      says.oneRun("staying", "1s"),
      ...STARTED,
      KEPT,
      ABORTED,
      says.finished("stay", "Success"),
    ]);
  });

  test("the same in a scheduled run, and the schedule is not followed further", async () => {
    const folder = await laptop.folder(place, { "staying.ts": STAYING + FOLLOW });
    const going = await folder.start(way, "staying.ts", { args: onSchedule(way) });

    await going.said("in the body");
    going.press();
    const said = await going.ended;

    expect(said).toMatchObject({ code: 130, stderr: "" });
    expect(said.lines).toEqual([says.waiting("staying"), ...STARTED, KEPT, ABORTED, says.finished("stay", "Success")]);
  });

  test("pressed twice, it ends at once: a body that does not listen is not waited for", async () => {
    const folder = await laptop.folder(place, { "staying.ts": STAYING + RUN });
    const going = await folder.start(way, "staying.ts", { env: { DEAF: "yes" } });

    await going.said("in the body");
    going.press();
    await going.said(ABORTED);
    const pressed = Date.now();
    going.press();
    const said = await going.ended;

    expect(said).toMatchObject({ code: 130, stderr: "" });
    expect(said.lines).toEqual([says.oneRun("staying", "1s"), ...STARTED, KEPT, ABORTED]);
    expect(Date.now() - pressed).toBeLessThan(5_000); // the grace of one that listens is ten seconds
  });
});

describe.concurrent.each(EVERYWHERE.filter(({ way }) => way !== CAUDAL_RUN))(
  "Ctrl-C once: $title",
  ({ place, way }) => {
    test("a body that does not listen is given up after the grace", async () => {
      const folder = await laptop.folder(place, { "staying.ts": STAYING + BRIEF });
      const going = await folder.start(way, "staying.ts", { env: { DEAF: "yes" } });

      await going.said("in the body");
      going.press();
      const said = await going.ended;

      expect(said).toMatchObject({ code: 130, stderr: "" });
      expect(said.lines).toEqual([says.oneRun("staying", "1s"), ...STARTED, KEPT, ABORTED]);
    });
  },
);

/** One that nobody else asks. */
async function ownApi(): Promise<ComplaintsApi & AsyncDisposable> {
  const own = await startComplaintsApi({ port: 0 });
  return { ...own, [Symbol.asyncDispose]: () => own.close() };
}

const etlEverySecond = async () =>
  `${((await example("etl.ts")).split("\nawait ")[0] ?? "").replace('every("1m")', 'every("1s")')}\nawait etl.runOnSchedule();\n`;

describe.concurrent.each(EVERYWHERE)("step 9, a cache for a day, within one process: $title", ({ place, way }) => {
  test("asks the API once; the second run says whose result it took and until when", async () => {
    const folder = await laptop.folder(place, { "etl.ts": await etlEverySecond() });
    await using own = await ownApi();
    const going = await folder.start(way, "etl.ts", { args: onSchedule(way), env: { COMPLAINTS_API: own.url } });

    await going.said("Waiting for next scheduled run at", 3);
    going.press();
    const said = await going.ended;

    expect(said).toMatchObject({ code: 130, stderr: "" });
    expect(own.count()).toBe(1);
    expect(said.stdout).not.toContain("WARNING");
    const inBetween = [...says.task("parse_complaint_data"), ...says.task("store_complaints"), says.success];
    const expected = [
      says.waiting("my etl flow"),
      says.beginning("my etl flow"),
      says.starting("get_complaint_data"),
      "I actually requested this time!",
      says.finished("get_complaint_data", "Cached", " (stored until <instant>)"),
      ...inBetween,
      says.waiting("my etl flow"),
      says.beginning("my etl flow"),
      says.finished("get_complaint_data", "Cached", " (hit: stored by run <id> at <instant>, until <instant>)"),
      ...inBetween,
      says.waiting("my etl flow"),
    ];
    const lines = said.lines.filter((line) => !line.includes("'sqliteScript'"));
    expect(lines.slice(0, expected.length)).toEqual(expected);
  });
});

describe.concurrent.each(EVERYWHERE)("step 9, the same day in a new process: $title", ({ place, way }) => {
  test("does not ask the API, and says which run did", async () => {
    const once = (await etlEverySecond()).replace("await etl.runOnSchedule();", "await etl.run();");
    const folder = await laptop.folder(place, { "etl.ts": once });
    await using own = await ownApi();
    const env = { COMPLAINTS_API: own.url };

    const first = await folder.run(way, "etl.ts", { env });
    const second = await folder.run(way, "etl.ts", { env });

    expect([first.code, second.code, own.count()]).toEqual([0, 0, 1]);
    expect(first.stdout).toContain("I actually requested this time!");
    expect(second.stdout).not.toContain("I actually requested this time!");
    expect(second.lines).toContain(
      says.finished("get_complaint_data", "Cached", " (hit: stored by run <id> at <instant>, until <instant>)"),
    );
  });
});

describe("step 9, the day the line names", () => {
  test("begins when the result was stored", async () => {
    const folder = await laptop.folder(PLACES[0], { "etl.ts": await etlEverySecond() });
    const before = Date.now();

    const { stdout } = await folder.run(CAUDAL_RUN, "etl.ts", { env: { COMPLAINTS_API: api.url } });

    const [, until = ""] = /\(stored until (.*)\)/.exec(stdout) ?? [];
    const day = 24 * 60 * 60 * 1_000;
    expect(Date.parse(until)).toBeGreaterThanOrEqual(Math.floor(before / 1_000) * 1_000 + day);
    expect(Date.parse(until)).toBeLessThanOrEqual(Date.now() + day);
  });
});
