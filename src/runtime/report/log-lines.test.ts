/** The lines of a run, word for word. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { stage } from "../../../test/support/play.ts";
import { AT_START, recordingLogger } from "../../../test/support/recording-logger.ts";
import { context, flow, signals, task } from "../../index.ts";
import { consoleLogger, loggerFromEnvironment } from "./console-logger.ts";

/** What the process printed, in order: our lines and what bodies print. */
let printed: string[] = [];
beforeEach(() => {
  printed = [];
  vi.spyOn(console, "log").mockImplementation((text: string) => void printed.push(text));
});
afterEach(() => vi.restoreAllMocks());

const helloWorld = task("hello_world", () => {
  console.log("Hello world!");
  return "Hello Caudal!";
});
const caudalSay = task("caudal_say", (s: string) => console.log(s));
const hello = flow("my first flow!", () => {
  caudalSay(helloWorld());
});

/** A logger whose text lands among what the process printed. */
const printing = (json = false) => {
  const logger = consoleLogger({
    level: "info",
    json,
    zone: "UTC",
    write: (text) => printed.push(text.replace(/\n$/, "")),
  });
  return { ...logger, records: [], lines: () => [], text: () => "" };
};

describe("a run of the first flow", () => {
  test("prints its eight lines", async () => {
    await stage({ logger: printing() }).run(hello);

    expect(printed).toEqual([
      `${AT_START} INFO - caudal.FlowRunner | Beginning Flow run for 'my first flow!'`,
      `${AT_START} INFO - caudal.TaskRunner | Task 'hello_world': Starting task run...`,
      "Hello world!",
      `${AT_START} INFO - caudal.TaskRunner | Task 'hello_world': Finished task run for task with final state: 'Success'`,
      `${AT_START} INFO - caudal.TaskRunner | Task 'caudal_say': Starting task run...`,
      "Hello Caudal!",
      `${AT_START} INFO - caudal.TaskRunner | Task 'caudal_say': Finished task run for task with final state: 'Success'`,
      `${AT_START} INFO - caudal.FlowRunner | Flow run SUCCESS: all reference tasks succeeded`,
    ]);
  });

  test("prints records only in JSON, what bodies print among them", async () => {
    await stage({ logger: printing(true) }).run(hello);

    const records = printed.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    expect(records.map(({ logger, message }) => `${logger} ${message}`)).toEqual([
      "caudal.FlowRunner Beginning Flow run for 'my first flow!'",
      "caudal.TaskRunner Task 'hello_world': Starting task run...",
      "caudal.hello_world Hello world!",
      "caudal.TaskRunner Task 'hello_world': Finished task run for task with final state: 'Success'",
      "caudal.TaskRunner Task 'caudal_say': Starting task run...",
      "caudal.caudal_say Hello Caudal!",
      "caudal.TaskRunner Task 'caudal_say': Finished task run for task with final state: 'Success'",
      "caudal.FlowRunner Flow run SUCCESS: all reference tasks succeeded",
    ]);
    expect(records[2]).toEqual({
      at: "2026-11-23T10:03:53.000Z",
      level: "info",
      runId: "run00000000000000000000001",
      flow: "my first flow!",
      logger: "caudal.hello_world",
      message: "Hello world!",
      taskRun: "hello_world-1",
      attempt: 1,
    });
  });
});

describe("the lines of a run", () => {
  const linesOf = async (build: () => unknown, runs = 1) => {
    const on = stage({ logger: recordingLogger() });
    const made = flow("lines", () => void build());
    for (let i = 0; i < runs; i++) await on.run(made);
    const own = on.logger.records.map(({ message }) => message.split("\n")[0] ?? "");
    return { own, text: on.logger.text(), records: on.logger.records, clock: on.clock };
  };
  const ends = (name: string, state: string) =>
    `Task '${name}': Finished task run for task with final state: '${state}'`;
  const begins = (name: string) => `Task '${name}': Starting task run...`;
  const broken = task("broken", () => {
    throw new TypeError("no such thing");
  });
  const after = task("after", (_: unknown) => 1);

  test("show a failure with its stack, the author's frames first, and never say that a task starts which cannot", async () => {
    const { own, records } = await linesOf(() => after(broken()));

    expect(own).toEqual([
      "Beginning Flow run for 'lines'",
      begins("broken"),
      "Task 'broken': Exception encountered during task execution!",
      ends("broken", "Failed"),
      ends("after", "TriggerFailed"),
      "Flow run FAILED: some reference tasks failed.",
    ]);
    const [, , failure] = records;
    expect(failure).toMatchObject({ level: "error", logger: "caudal.TaskRunner" });
    expect(failure?.message.split("\n").slice(1, 3)).toEqual([
      "TypeError: no such thing",
      expect.stringContaining("log-lines.test.ts"),
    ]);
  });

  test("show each attempt, and that it is retried", async () => {
    const once = task({ name: "once", retries: 1, retryDelay: "7s" }, () => {
      if (context().attempt === 1) throw new Error("once");
    });

    const { own, text } = await linesOf(() => once());

    expect(own.slice(1, -1)).toEqual([
      begins("once"),
      "Task 'once': Exception encountered during task execution!",
      ends("once", "Retrying"),
      begins("once"),
      ends("once", "Success"),
    ]);
    expect(text).toContain("[2026-11-23 10:04:00+0000] INFO - caudal.TaskRunner | Task 'once': Starting task run...");
  });

  test("show what was cached: stored, and in the next run hit", async () => {
    const { own } = await linesOf(() => task({ name: "cached", cacheFor: "1d" }, () => 1)(), 2);

    const run = "run00000000000000000000001";
    expect(own.filter((line) => line.includes("cached"))).toEqual([
      begins("cached"),
      `${ends("cached", "Cached")} (stored until 2026-11-24T10:03:53+00:00)`,
      `${ends("cached", "Cached")} (hit: stored by run ${run} at 2026-11-23T10:03:53+00:00, until 2026-11-24T10:03:53+00:00)`,
    ]);
  });

  test.each<readonly [string, unknown, readonly string[]]>([
    ["skip", signals.skip("enough"), ["Task 'it': signals.skip thrown: enough", ends("it", "Skipped")]],
    ["fail", signals.fail("no rows"), ["Task 'it': signals.fail thrown: no rows", ends("it", "Failed")]],
    ["pause", signals.pause(), ["Task 'it': signals.pause thrown", ends("it", "Paused")]],
    ["success", signals.success(1), [ends("it", "Success")]],
  ])("announce signals.%s as Prefect does", async (_, signal, expected) => {
    const { own } = await linesOf(() =>
      task("it", () => {
        throw signal;
      })(),
    );

    expect(own.slice(2, -1)).toEqual(expected);
  });

  test("take the rounds of a loop for one run of its task", async () => {
    const looping = task({ name: "looping", retries: 1 }, () => {
      const { loop, attempt } = context();
      if (attempt === 2) throw new Error("in round two");
      if (loop.count < 3) throw signals.loop(loop.count);
    });

    const { own } = await linesOf(() => looping());

    expect(own.slice(1, -1)).toEqual([
      begins("looping"),
      "Task 'looping': Exception encountered during task execution!",
      ends("looping", "Retrying"),
      begins("looping"),
      ends("looping", "Success"),
    ]);
  });

  test("name children by their index, and say nothing of what is no task of the author's", async () => {
    const each = task("each", (x: number) => x);

    const { own } = await linesOf(() => each.map([1, 2]));

    expect(own.slice(1, -1)).toEqual([
      ends("each", "Mapped"),
      begins("each[0]"),
      begins("each[1]"),
      ends("each[0]", "Success"),
      ends("each[1]", "Success"),
    ]);
  });

  test("of context().log are the task's own", async () => {
    const { records } = await linesOf(() => task("talks", () => context().log.warn("careful"))());

    expect(records.find(({ level }) => level === "warn")).toMatchObject({
      logger: "caudal.talks",
      message: "careful",
      fields: { taskRun: "talks-1", attempt: 1 },
    });
  });
});

describe("a logger", () => {
  const written: string[] = [];
  const at = Date.UTC(2026, 6, 1, 22, 30);
  const lineIn = (zone: string | undefined) => {
    written.length = 0;
    consoleLogger({ level: "warn", json: false, zone, write: (text) => written.push(text) }).write({
      at,
      level: "error",
      logger: "caudal.x",
      message: "m",
    });
    return written[0];
  };

  test("writes local times with their offset", () => {
    expect(lineIn("UTC")).toBe("[2026-07-01 22:30:00+0000] ERROR - caudal.x | m\n");
    expect(lineIn("Europe/Madrid")).toBe("[2026-07-02 00:30:00+0200] ERROR - caudal.x | m\n");
    expect(lineIn("Asia/Kolkata")).toBe("[2026-07-02 04:00:00+0530] ERROR - caudal.x | m\n");
  });

  test("leaves out what is below its level", () => {
    const logger = consoleLogger({ level: "warn", json: false, zone: "UTC", write: (text) => written.push(text) });
    written.length = 0;

    logger.write({ at, level: "info", logger: "caudal.x", message: "m" });

    expect([logger.writes("info"), logger.writes("warn"), written]).toEqual([false, true, []]);
  });

  test.each([
    [{}, "info", false],
    [{ CAUDAL_LOG_LEVEL: "warning" }, "warn", false],
    [{ CAUDAL_LOG_LEVEL: "DEBUG", CAUDAL_LOG_FORMAT: "json" }, "debug", true],
    [{ CAUDAL_LOG_LEVEL: "loud", CAUDAL_ZONE: "Nowhere/At_all" }, "info", false],
  ] as const)("takes %o from the environment", (env, level, json) => {
    const logger = loggerFromEnvironment(undefined, env);

    expect([logger.json, logger.writes(level)]).toEqual([json, true]);
  });
});
