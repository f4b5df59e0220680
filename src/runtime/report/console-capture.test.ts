import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { stage } from "../../../test/support/play.ts";
import { recordingLogger } from "../../../test/support/recording-logger.ts";
import { OF_RUN } from "../../engine/run.ts";
import { context, flow, isFailed, type StateHandler, task } from "../../index.ts";

const METHODS = ["debug", "log", "info", "warn", "error"] as const;
let raw: string[] = [];
beforeEach(() => {
  raw = [];
  for (const method of METHODS)
    vi.spyOn(console, method).mockImplementation((...args: unknown[]) => void raw.push(`${method} ${args.join(" ")}`));
});
afterEach(() => vi.restoreAllMocks());

const talk = task("talk", (prefix: string) => {
  console.debug(`${prefix} debug`);
  console.log("%s: %d rows, %o", prefix, 3, { a: 1 });
  console.warn(prefix, "warn");
  console.error(`${prefix} error`);
});

describe("what a body prints", () => {
  test("is printed raw, once, and kept as lines of its task run", async () => {
    const on = stage();

    const run = await on.run(flow("talks", () => talk.map(["a", "b"])));

    expect(raw.filter((line) => line.includes("a "))).toHaveLength(4);
    expect(raw).toContain("log %s: %d rows, %o a 3 [object Object]");
    expect((await on.store.readLogs(run.id, 1)).map(({ level, text }) => `${level} ${text}`)).toEqual([
      "debug a debug",
      "info a: 3 rows, { a: 1 }",
      "warn a warn",
      "error a error",
    ]);
    expect(await on.store.readLogs(run.id, 2)).toHaveLength(4);
    expect(on.logger.records.some(({ logger }) => logger === "caudal.talk")).toBe(false);
  });

  test("is a record, and nothing raw, in JSON format", async () => {
    const logger = recordingLogger({ json: true, level: "debug" });

    await stage({ logger }).run(flow("talks", () => talk("a")));

    expect(raw).toEqual([]);
    expect(logger.records.filter((record) => record.logger === "caudal.talk").map(({ level }) => level)).toEqual([
      "debug",
      "info",
      "warn",
      "error",
    ]);
  });

  test("is printed although the lines of the run are off", async () => {
    await stage({ logger: recordingLogger({ level: "off" }) }).run(flow("talks", () => talk("a")));

    expect(raw).toHaveLength(4);
  });

  test("belongs to its own attempt, however attempts are interleaved", async () => {
    const on = stage();
    const slow = task("slow", async (ms: number) => {
      await on.clock.sleep(ms);
      console.log(`after ${ms}`);
    });

    const run = await on.run(flow("interleaved", () => slow.map([30, 10, 20])));

    expect((await on.store.readLogs(run.id, 1)).map(({ text }) => text)).toEqual(["after 30"]);
    expect((await on.store.readLogs(run.id, 2)).map(({ text }) => text)).toEqual(["after 10"]);
  });
});

describe("what a state handler prints", () => {
  const failing = task("parse", () => {
    throw new Error("no rows");
  });
  const alerts: StateHandler = async (subject, _from, to) => {
    await Promise.resolve();
    if (isFailed(to)) console.log(`Failed! ${subject.name}`);
  };
  const made = flow({ name: "alerts", stateHandlers: [alerts], taskStateHandlers: [alerts] }, () => failing());

  test("is printed raw, once, and kept as lines of what it was asked about, marked as a handler's", async () => {
    const on = stage();

    const run = await on.run(made);
    const lines = await on.store.readLogs(run.id);

    expect(raw).toEqual(["log Failed! parse", "log Failed! alerts"]);
    expect(lines).toMatchObject([
      { slot: 0, attempt: 1, level: "info", text: "Failed! parse", handler: true },
      { slot: OF_RUN, attempt: 0, level: "info", text: "Failed! alerts", handler: true },
    ]);
  });

  test("is a record, and nothing raw, in JSON format", async () => {
    const logger = recordingLogger({ json: true });

    await stage({ logger }).run(made);

    expect(raw).toEqual([]);
    expect(logger.records.filter(({ fields }) => fields?.["handler"] === true)).toMatchObject([
      { logger: "caudal.parse", message: "Failed! parse", fields: { taskRun: "parse-1", attempt: 1 } },
      { logger: "caudal.alerts", message: "Failed! alerts" },
    ]);
  });

  test("is the handler's where it is asked in a flow that a body runs, and it has no context()", async () => {
    const thrown: unknown[] = [];
    const asks: StateHandler = () => {
      console.log("asked");
      try {
        context();
      } catch (error) {
        thrown.push(error);
      }
    };
    const inner = flow({ name: "inner", taskStateHandlers: [asks] }, () => task("one", () => 1)());
    const on = stage();

    const run = await on.run(flow("outer", () => inner.asTask()()));
    const [child] = await on.store.listRuns({ flow: "inner", limit: 1 });

    expect((await on.store.readLogs(run.id)).filter(({ text }) => text === "asked")).toEqual([]);
    expect((await on.store.readLogs(child!.id)).map(({ handler }) => handler)).toEqual([true, true]);
    expect(thrown).toMatchObject([{ code: "NO_CONTEXT" }, { code: "NO_CONTEXT" }]);
  });
});

describe("the console outside bodies", () => {
  test("is what it was: while runs are active, and after them", async () => {
    const before = console.log;
    const on = stage();

    const running = on.run(
      flow("quiet", () => task("quiet", () => on.clock.sleep(10))()),
      { logLevel: "off" },
    );
    console.log("beside");
    await running;

    expect(raw).toEqual(["log beside"]);
    expect(console.log).toBe(before);
  });

  test("is given back when the last of several runs has ended", async () => {
    const before = console.log;
    const on = stage();
    const sleeps = (ms: number) => flow("sleeps", () => task("sleeps", () => on.clock.sleep(ms))());

    await Promise.all([on.run(sleeps(10)), on.run(sleeps(30)), on.run(sleeps(20))]);

    expect(console.log).toBe(before);
  });
});
