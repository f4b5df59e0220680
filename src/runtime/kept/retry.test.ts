/** Running again what failed in a run that has ended: that, what follows from it, and nothing else. */
import { describe, expect, test } from "vitest";
import { fakeRandom } from "../../../test/support/fake-random.ts";
import { type AnyFlow, stage, type Stage, typesOf } from "../../../test/support/play.ts";
import { type FlowRun, flowRunOf } from "../../flow/flow-run.ts";
import { context, flow, resource, task } from "../../index.ts";
import { STATE_TYPES } from "../../state/task-state.ts";
import { MemoryDisk, memoryStoreOn } from "../../store/memory.ts";
import { type ResumeOptions, resumeProgram } from "./resume.ts";
import { retryProgram } from "./retry.ts";

/** A place with history, as on a disk. */
const lasting = () => stage({ store: memoryStoreOn(new MemoryDisk(), "this process") });

async function retry(on: Stage, made: AnyFlow, which = "last", options: ResumeOptions = {}): Promise<FlowRun> {
  const { clock, logger, store } = on;
  const ports = { clock, logger, random: fakeRandom() };
  return flowRunOf(await retryProgram(made.program, which, { store, ...options }, { ports }));
}

/** extract → load → report, of which load fails until it is mended. */
function etl() {
  const calls: string[] = [];
  const keys: string[] = [];
  const mended = { is: false };
  const extract = task("extract", () => {
    calls.push("extract");
    return [1, 2];
  });
  const load = task("load", (rows: number[]) => {
    calls.push("load");
    keys.push(context().idempotencyKey);
    if (!mended.is) throw new Error("no such table");
    return rows.length;
  });
  const report = task("report", (count: number) => {
    calls.push("report");
    return `${count} rows`;
  });
  const made = flow("etl", () => report(load(extract())));
  return { made, calls, keys, mended };
}

describe("retry of a failed run", () => {
  test("calls what failed and what follows, with the stored results of the rest, in the same run", async () => {
    const on = lasting();
    const { made, calls, mended } = etl();
    const failed = await on.run(made);
    calls.length = 0;
    mended.is = true;

    const run = await retry(on, made);

    expect([run.id, run.state.type, run.result]).toEqual([failed.id, "Success", "2 rows"]);
    expect(calls).toEqual(["load", "report"]);
    expect(typesOf(run)).toEqual({ extract: "Success", load: "Success", report: "Success" });
    expect(await on.store.readRun(run.id)).toMatchObject({ epoch: 2, state: { type: "Success" }, ownership: "none" });
    expect(on.logger.lines().some((line) => line.includes("load, report; the results of the others are kept"))).toBe(
      true,
    );
  });

  test("keeps the step back, so that whoever reads the history sees each of its attempts", async () => {
    const on = lasting();
    const { made, mended } = etl();
    await on.run(made);
    mended.is = true;

    const run = await retry(on, made);

    const steps = (await on.store.readHistory(run.id)).flatMap(({ path }) =>
      [...path.slots].map((slot, i) => [slot, path.steps[i]! >> 5, path.steps[i]! & 31]),
    );
    const ofLoad = steps.filter(([slot]) => slot === 1).map(([, from, to]) => [STATE_TYPES[from!], STATE_TYPES[to!]]);
    expect(ofLoad).toEqual([
      ["Pending", "Running"],
      ["Running", "Failed"],
      ["Failed", "Pending"],
      ["Pending", "Running"],
      ["Running", "Success"],
    ]);
  });

  test("counts attempts on, and gives the deliberate run another idempotency key", async () => {
    const on = lasting();
    const { made, keys, mended } = etl();
    await on.run(made);
    await retry(on, made);
    mended.is = true;

    const run = await retry(on, made);

    expect(run.task("load").attempts).toBe(3);
    expect(new Set(keys).size).toBe(3);
  });

  test("that fails again has failed, and is retried again", async () => {
    const on = lasting();
    const { made, calls } = etl();
    await on.run(made);

    expect((await retry(on, made)).state.type).toBe("Failed");
    expect((await retry(on, made)).state.type).toBe("Failed");
    expect(calls.filter((name) => name === "extract")).toHaveLength(1);
  });

  test("calls only the children that failed, and their siblings downstream", async () => {
    const on = lasting();
    const calls: string[] = [];
    let broken = true;
    const parse = task("parse", (x: number) => {
      calls.push(`parse ${x}`);
      if (broken && x === 2) throw new Error("odd");
      return x;
    });
    const store = task("store", (x: number) => {
      calls.push(`store ${x}`);
      return x;
    });
    const sum = task("sum", (xs: number[]) => xs.reduce((a, b) => a + b, 0));
    const made = flow("mapped", () => sum(store.map(parse.map([1, 2, 3]))));
    await on.run(made);
    calls.length = 0;
    broken = false;

    const run = await retry(on, made);

    expect(calls).toEqual(["parse 2", "store 2"]);
    expect(run.result).toBe(6);
  });

  test("opens and closes a resource around what runs again in its block", async () => {
    const on = lasting();
    const calls: string[] = [];
    let broken = true;
    const session = resource("session", {
      setup: () => {
        calls.push("open");
        return { query: () => 7 };
      },
      cleanup: () => void calls.push("close"),
    });
    const copy = task("copy", (db: { query: () => number }) => {
      if (broken) throw new Error("no rows");
      return db.query();
    });
    const made = flow("with a session", () => session.use((db) => copy(db)));
    await on.run(made);
    broken = false;

    const run = await retry(on, made);

    expect(run.result).toBe(7);
    expect(calls).toEqual(["open", "close", "open", "close"]);
  });

  test("gives the run its time anew", async () => {
    const on = lasting();
    let slow = true;
    const wait = task("wait", () => (slow ? on.clock.sleep(60_000) : 1));
    const made = flow({ name: "limited", timeout: "10s" }, () => wait());
    const first = await on.run(made);
    slow = false;

    const run = await retry(on, made);

    expect([first.state.type, run.state.type]).toEqual(["TimedOut", "Success"]);
  });

  test("is refused where nothing failed, where the run goes on, and of another flow: nothing is written", async () => {
    const on = lasting();
    const good = flow("good", () => task("one", () => 1)());
    const paused = flow("paused", () => task({ name: "gate", trigger: "manual_only" }, () => 1)());
    const [ended, waiting] = [await on.run(good), await on.run(paused)];

    await expect(retry(on, good)).rejects.toMatchObject({ code: "NOTHING_FAILED" });
    await expect(retry(on, good, ended.id)).rejects.toMatchObject({ code: "NOTHING_FAILED" });
    await expect(retry(on, good, "nowhere")).rejects.toMatchObject({ code: "RUN_UNKNOWN" });
    await expect(retry(on, good, waiting.id)).rejects.toMatchObject({ code: "RUN_OF_ANOTHER_FLOW" });
    await expect(retry(on, paused, waiting.id)).rejects.toMatchObject({ code: "RUN_NOT_OVER" });
    expect(await on.store.readRun(ended.id)).toMatchObject({ epoch: 1 });
  });

  test("of a flow whose shape changed in what runs again names the changes, and goes on when told to", async () => {
    const on = lasting();
    const { made, mended } = etl();
    const failed = await on.run(made);
    mended.is = true;
    const extract = task("extract", () => [9]);
    const load = task("load", (rows: number[]) => rows.length);
    const check = task("check", (rows: number) => rows > 0);
    const changed = flow("etl", () => check(load(extract())));

    await expect(retry(on, changed, failed.id)).rejects.toMatchObject({
      code: "RUN_CODE_CHANGED",
      data: { changes: ["'check-1' is new", "'report-1' is to run again and is no longer in the flow"] },
    });
    const run = await retry(on, changed, failed.id, { acceptChanges: true });

    expect([run.id, run.result]).toEqual([failed.id, true]);
  });

  test("that is stopped in the middle is resumed like any other", async () => {
    const disk = new MemoryDisk();
    const on = stage({ store: memoryStoreOn(disk, "first") });
    const { made, calls } = etl();
    const failed = await on.run(made);
    await on.store.takeOver(failed.id, on.clock.now(), { reopen: true });
    disk.kill("first");
    const next = memoryStoreOn(disk, "second");

    const run = await resumeProgram(made.program, "last", { store: next }, { ports: on });

    expect([run.id, run.state.type]).toEqual([failed.id, "Failed"]);
    expect(calls).toEqual(["extract", "load"]);
  });
});
