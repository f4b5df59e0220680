import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { stage } from "../../test/support/play.ts";
import { recordingLogger } from "../../test/support/recording-logger.ts";
import { flow, task } from "../index.ts";

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
