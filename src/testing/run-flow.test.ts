import { describe, expect, expectTypeOf, test } from "vitest";
import { context, dates, every, flow, isSuccess, signals, states, task } from "../index.ts";
import type { LogRecord } from "../ports/logger.ts";
import { defaultStore } from "../runtime/kept/default-store.ts";
import { memoryStore } from "../store/memory.ts";
import { runFlow, runFlowOnSchedule } from "./run-flow.ts";
import { virtualClock } from "./virtual-clock.ts";

const get = task({ name: "get", retries: 3, retryDelay: "1h" }, async (size: number) => ["a", "b", "c"].slice(0, size));
const parse = task("parse", (rows: string[]) => {
  console.log("parsing");
  return rows.map((row) => row.toUpperCase());
});
const etl = flow({ name: "etl", parameters: { size: 2 } }, ({ size }) => parse(get(size)));

const shout = task("shout", (word: string) => `${word}!`);
const shouts = flow("shouts", () => shout.map(["a", "b", "c"]));
const twice = flow("twice", () => [shout("a"), shout("b")]);

describe("runFlow", () => {
  test("gives the run that flow.run gives, with the same types", async () => {
    const run = await runFlow(etl, { parameters: { size: 3 } });

    expect(isSuccess(run) && run.result).toEqual(["A", "B", "C"]);
    expectTypeOf(run).toEqualTypeOf<Awaited<ReturnType<typeof etl.run>>>();
    if (isSuccess(run)) expectTypeOf(run.result).toEqualTypeOf<string[]>();
  });

  test("leaves the store of the process alone", async () => {
    const before = await (await defaultStore(undefined)).listRuns({ limit: 100 });

    await runFlow(etl);

    expect(await (await defaultStore(undefined)).listRuns({ limit: 100 })).toEqual(before);
  });

  test("keeps the run in the store it is given", async () => {
    const store = memoryStore();

    const run = await runFlow(etl, { store });

    expect(await store.readRun(run.id)).toMatchObject({ id: run.id, state: { type: "Success" } });
  });

  test("collects the log and what bodies print, and shows neither", async () => {
    const logs: LogRecord[] = [];

    await runFlow(etl, { logs });

    const lines = logs.map(({ logger, message }) => `${logger}: ${message}`);
    expect(lines).toContain("caudal.parse: parsing");
    expect(lines.at(-1)).toBe("caudal.FlowRunner: Flow run SUCCESS: all reference tasks succeeded");
  });

  test("passes context, secrets and task states on", async () => {
    const seen = task({ name: "seen", secrets: ["KEY"] }, (_rows: string[]) => [
      context().user["name"],
      context().secrets["KEY"]?.reveal(),
    ]);
    const asks = flow("asks", () => seen(get(2)));

    const run = await runFlow(asks, {
      context: { name: "Ana" },
      secrets: { KEY: "abc" },
      taskStates: { get: states.success([]) },
    });

    expect(run.result).toEqual(["Ana", "abc"]);
    expect(run.task("get").attempts).toBe(0);
  });

  test("refuses every mistake in its options at once", async () => {
    const wrong = {
      mocks: { gett: () => 1, parse: 7 },
      failAt: { get: { attempt: 0, error: "no" } },
      clock: 5,
      sise: 3,
    };

    await expect(runFlow(etl, wrong as never)).rejects.toMatchObject({
      code: "OPTION_INVALID",
      data: {
        complaints: [
          expect.stringContaining("'sise' is no option"),
          expect.stringContaining("clock must be virtualClock()"),
          "mocks: this flow has no task 'gett' (did you mean 'get'?)",
          "mocks.parse must be a function, not 7",
          expect.stringContaining("failAt.get must be an error"),
        ],
      },
    });
  });

  test("refuses a child of a task that is not mapped", async () => {
    await expect(runFlow(etl, { failAt: { "get[1]": "no" } })).rejects.toThrow(
      "'get[1]' names a child, but get-1 is not mapped",
    );
  });
});

describe("a mock", () => {
  test("takes the place of a body, and gets its arguments", async () => {
    const run = await runFlow(etl, { mocks: { get: (size: number) => [`row ${size}`] } });

    expect(run.result).toEqual(["ROW 2"]);
  });

  test("may throw signals, and has its calls counted as attempts", async () => {
    const get = () => {
      if (context().attempt < 3) throw signals.retry({ in: "1h" });
      return ["late"];
    };

    const run = await runFlow(etl, { mocks: { get } });

    expect([run.result, run.task("get").attempts]).toEqual([["LATE"], 3]);
  });

  test("stands for one call by its slug, and for one child by its index", async () => {
    const some = await runFlow(twice, { mocks: { "shout-2": () => "mocked" } });
    const child = await runFlow(shouts, { mocks: { "shout[1]": () => "mocked" } });

    expect([some.result, child.result]).toEqual([
      ["a!", "mocked"],
      ["a!", "mocked", "c!"],
    ]);
  });
});

describe("failAt", () => {
  test("fails every attempt with an error", async () => {
    const run = await runFlow(etl, { failAt: { get: new TypeError("no network") } });

    expect(run.task("get").state).toMatchObject({
      type: "Failed",
      error: { name: "TypeError", message: "no network" },
    });
    expect([run.task("get").attempts, run.task("parse").state.type]).toEqual([4, "TriggerFailed"]);
  });

  test("fails one attempt, or several, and lets the others run", async () => {
    const failAt = {
      get: [
        { attempt: 1, error: "first" },
        { attempt: 2, error: "second" },
      ],
    };

    const run = await runFlow(etl, { failAt });

    expect([run.result, run.task("get").attempts]).toEqual([["A", "B"], 3]);
  });

  test("throws signals too, for one child", async () => {
    const run = await runFlow(shouts, { failAt: { "shout[2]": signals.skip("not today") } });

    expect(run.task("shout").child(2).state.type).toBe("Skipped");
  });
});

describe("runFlowOnSchedule", () => {
  const tick = task("tick", () => context().scheduledAt);

  test("has a day of a one-minute schedule pass", async () => {
    const minutely = flow({ name: "minutely", schedule: every("1m") }, () => tick());
    const clock = virtualClock({ at: "2026-11-24T00:00:00Z" });

    const runs = await runFlowOnSchedule(minutely, { clock, until: "2026-11-25T00:00:00Z" });

    expect(runs).toHaveLength(1_440);
    expect(runs[0]?.result).toBe(Date.UTC(2026, 10, 24, 0, 1));
    expect(runs.at(-1)?.result).toBe(Date.UTC(2026, 10, 25));
  });

  test("gives both runs where two clocks meet", async () => {
    const both = every("1h")
      .with({ parameters: { size: 1 } })
      .and(every("2h").with({ parameters: { size: 2 } }));
    const meeting = flow({ name: "meeting", schedule: both, parameters: { size: 0 } }, ({ size }) => parse(get(size)));

    const runs = await runFlowOnSchedule(meeting, { runs: 4, clock: virtualClock({ at: "2026-11-24T00:00:00Z" }) });

    expect(runs.map(({ result }) => result)).toEqual([["A"], ["A"], ["A", "B"], ["A"]]);
  });

  test("ends with the schedule", async () => {
    const once = flow({ name: "once", schedule: dates(["2026-11-24T09:00:00Z"]) }, () => tick());

    const runs = await runFlowOnSchedule(once, { runs: 5, clock: virtualClock({ at: "2026-11-24T00:00:00Z" }) });

    expect(runs).toHaveLength(1);
  });

  test("refuses to go on for ever", async () => {
    const minutely = flow({ name: "minutely", schedule: every("1m") }, () => tick());

    await expect(runFlowOnSchedule(minutely)).rejects.toThrow("say when to stop, with runs or until");
  });

  test("refuses a flow without a schedule", async () => {
    await expect(runFlowOnSchedule(etl, { runs: 1 })).rejects.toMatchObject({ code: "FLOW_WITHOUT_SCHEDULE" });
  });
});
