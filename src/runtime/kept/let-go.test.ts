/** Runs that this process has and drives no longer: they are nobody's as soon as the store allows it, in every store. */
import { describe, expect, test } from "vitest";
import { batch } from "../../../test/conformance/store-rows.ts";
import { fakeRandom } from "../../../test/support/fake-random.ts";
import { recordingLogger } from "../../../test/support/recording-logger.ts";
import { cleanStoreFolders, storeFolder } from "../../../test/support/store-folder.ts";
import { storeWith } from "../../../test/support/store-with.ts";
import { virtualClock } from "../../../test/support/virtual-clock.ts";
import { CaudalError } from "../../base/errors.ts";
import { context, every, flow, task } from "../../index.ts";
import type { Program } from "../../ports/program.ts";
import type { Store } from "../../ports/store.ts";
import { MemoryDisk, memoryStoreOn } from "../../store/memory.ts";
import { SqliteStore } from "../../store/sqlite/sqlite-store.ts";
import { cancelKept } from "./cancel-kept.ts";
import { resumeProgram } from "./resume.ts";
import { retryProgram } from "./retry.ts";
import { type RunOptions, runProgram } from "../run.ts";
import { runProgramOnSchedule } from "../run-on-schedule.ts";

cleanStoreFolders();

interface Flow {
  readonly program: Program;
}

/** Opens one place as two processes that live. */
const PLACES: readonly (readonly [string, () => (pid: number) => Store])[] = [
  ["memory", memoryPlace],
  ["SQLite", sqlitePlace],
];

function memoryPlace(): (pid: number) => Store {
  const disk = new MemoryDisk();
  return (pid) => memoryStoreOn(disk, `process ${pid}`);
}

function sqlitePlace(): (pid: number) => Store {
  const folder = storeFolder();
  return (pid) =>
    new SqliteStore(folder, {
      durability: "process",
      process: { host: "test", boot: "1", pid, started: "" },
      isAlive: () => true,
    });
}

type Call = "createRun" | "takeOver" | "commit" | "readRun" | "readTaskRuns";

/** A process whose store fails when it is told to: before it does what it is asked, or after. */
function processOn(open: (pid: number) => Store, pid = 1) {
  const inner = open(pid);
  const failing: { call: Call; when: "before" | "after"; times: number }[] = [];
  const failure = () => new CaudalError("STORE_FAILED", { store: "test", why: "the disk fails" });
  const faulty =
    (call: Call) =>
    (...args: unknown[]) => {
      const fault = failing.find((each) => each.call === call && each.times > 0);
      if (fault === undefined) return (inner[call] as (...args: unknown[]) => unknown).apply(inner, args);
      fault.times--;
      if (fault.when === "after") (inner[call] as (...args: unknown[]) => unknown).apply(inner, args);
      throw failure();
    };
  const calls: readonly Call[] = ["createRun", "takeOver", "commit", "readRun", "readTaskRuns"];
  const store = storeWith(inner, Object.fromEntries(calls.map((call) => [call, faulty(call)])));
  const clock = virtualClock();
  const ports = { clock, logger: recordingLogger(), random: fakeRandom() };
  return {
    ...{ clock, ports, store, other: open(2) },
    fails: (call: Call, when: "before" | "after", times = 1) => void failing.push({ call, when, times }),
    run: ({ program }: Flow, options: RunOptions = {}) => runProgram(program, { store, ...options }, { ports }),
    resume: ({ program }: Flow) => resumeProgram(program, RUN, { store }, { ports }),
    ownership: async () => (await inner.readRun(RUN))?.ownership,
  };
}

let ids = 0;
const RUN = "run00000000000000000000001";
const failed = { code: "STORE_FAILED" };

describe.each(PLACES)("in %s, a run whose start", (_name, place) => {
  test("was carried out and not answered can be gone on with by another process", async () => {
    const here = processOn(place());
    here.fails("createRun", "after");
    const made = flow("etl", () => task("load", () => "loaded")());

    await expect(here.run(made)).rejects.toMatchObject(failed);
    const { state } = await resumeProgram(made.program, RUN, { store: here.other }, { ports: here.ports });

    expect(state).toMatchObject({ type: "Success", result: "loaded" });
  });

  test("failed is gone on with by the next start with its key", async () => {
    const here = processOn(place());
    here.fails("commit", "before");
    const made = flow("etl", () => task("load", () => "loaded")());

    await expect(here.run(made, { idempotencyKey: "monday" })).rejects.toMatchObject(failed);
    const { state, id } = await here.run(made, { idempotencyKey: "monday" });

    expect([state.type, id]).toEqual(["Success", RUN]);
  });
});

describe.each(PLACES)("in %s, a run one of whose commits failed", (_name, place) => {
  test("is nobody's before its caller hears of it, and goes on in the same process", async () => {
    const here = processOn(place());
    const attempts: number[] = [];
    const load = task("load", () => {
      attempts.push(context().attempt);
      if (attempts.length === 1) here.fails("commit", "before");
    });
    const made = flow("etl", () => load());

    await expect(here.run(made)).rejects.toMatchObject(failed);
    const left = await here.ownership();
    const { state } = await here.resume(made);

    expect([left, state.type, attempts]).toEqual(["none", "Success", [1, 2]]);
  });

  test("is nobody's as soon as the store can do it", async () => {
    const here = processOn(place());
    here.fails("commit", "before", 4);

    await expect(here.run(flow("etl", () => task("load", () => 1)()))).rejects.toMatchObject(failed);
    const before = await here.other.readRun(RUN);
    await here.clock.sleep(3_500);

    expect(before).toMatchObject({ ownership: "alive", epoch: 1 });
    expect(await here.other.readRun(RUN)).toMatchObject({ ownership: "none", epoch: 1 });
  });

  test("may be taken over by its own process before that", async () => {
    const here = processOn(place());
    here.fails("commit", "before", 2);
    const made = flow("etl", () => task("load", () => 1)());

    await expect(here.run(made)).rejects.toMatchObject(failed);
    const before = await here.ownership();
    const { state } = await here.resume(made);
    await here.clock.sleep(5_000);

    expect([before, state.type]).toEqual(["here", "Success"]);
    expect(await here.store.readRun(RUN)).toMatchObject({ epoch: 2, state: { type: "Success" } });
  });

  test("was Running until it was left, however long it took to let it go", async () => {
    const here = processOn(place());
    const load = task("load", async () => {
      await here.clock.sleep(200);
      here.fails("commit", "before", 10);
    });

    await expect(here.run(flow("etl", () => load()))).rejects.toMatchObject(failed);
    await here.clock.sleep(60_000);

    expect(await here.other.takeOver(RUN, here.clock.now())).toMatchObject({ activeMs: 200 });
  });
});

describe.each(PLACES)("in %s, a take-over", (_name, place) => {
  /** A run that failed in its middle and is nobody's. */
  async function interrupted() {
    const here = processOn(place());
    let calls = 0;
    const load = task("load", () => {
      if (++calls === 1) here.fails("commit", "before");
      return calls;
    });
    const made = flow("etl", () => load());
    await here.run(made).catch(() => undefined);
    return { here, made };
  }

  test("that was carried out and not answered leaves the run nobody's", async () => {
    const { here, made } = await interrupted();
    here.fails("takeOver", "after");

    await expect(here.resume(made)).rejects.toMatchObject(failed);
    const left = await here.other.readRun(RUN);
    const { state } = await here.resume(made);

    expect(left).toMatchObject({ ownership: "none", epoch: 2 });
    expect(state.type).toBe("Success");
  });

  test("after which the rows cannot be read leaves it nobody's", async () => {
    const { here, made } = await interrupted();
    await here.other.takeOver(RUN, 0);
    await here.other.commit(batch(RUN, { epoch: 2, letsGo: true }));
    let reads = 0;
    const store = storeWith(here.store, {
      readTaskRuns: (id) => {
        if (++reads === 2) throw new CaudalError("STORE_FAILED", { store: "test", why: "unreadable" });
        return here.store.readTaskRuns(id);
      },
      takeOver: async (...given) => ({ ...(await here.store.takeOver(...given)), cursor: -1 }),
    });

    const resumed = resumeProgram(made.program, RUN, { store }, { ports: here.ports });

    await expect(resumed).rejects.toMatchObject(failed);
    expect(await here.ownership()).toBe("none");
  });

  test("beside another in the same process is refused, and takes nothing from it", async () => {
    const { here, made } = await interrupted();

    const both = await Promise.allSettled([here.resume(made), here.resume(made)]);

    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(both.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "RUN_OWNED" } });
    expect(await here.store.readRun(RUN)).toMatchObject({ state: { type: "Success" }, epoch: 2 });
  });

  test("to cancel it without its code leaves it nobody's where it fails", async () => {
    const { here } = await interrupted();
    here.fails("commit", "before");
    const row = (await here.store.readRun(RUN))!;

    await expect(cancelKept(here.store, row, undefined, here.clock)).rejects.toMatchObject(failed);

    expect(await here.ownership()).toBe("none");
  });

  test("to run again what failed leaves it nobody's where it fails", async () => {
    const here = processOn(place());
    let calls = 0;
    const load = task("load", () => {
      if (++calls === 1) throw new Error("no");
    });
    const made = flow("etl", () => load());
    await here.run(made);
    here.fails("takeOver", "after");

    const retried = retryProgram(made.program, RUN, { store: here.store }, { ports: here.ports });
    await expect(retried).rejects.toMatchObject(failed);

    expect(await here.other.readRun(RUN)).toMatchObject({ ownership: "none", epoch: 2, state: { type: "Running" } });
  });
});

describe.each(PLACES)("in %s, a schedule that is followed", (_name, place) => {
  test("takes up at a later tick what could not be taken up before the first", async () => {
    const open = place();
    const [gone, here] = [processOn(open, 3), processOn(open)];
    const calls: string[] = [];
    const load = task("load", () => {
      if (calls.push(context().runId) === 1) gone.fails("commit", "before");
    });
    const { program } = flow({ name: "minutely", schedule: every("1m") }, () => load());
    const followed = runProgramOnSchedule(program, { store: gone.store, runs: 1 }, { ports: gone.ports });
    await expect(followed).rejects.toMatchObject(failed);
    const [left] = await here.store.listRuns({ interrupted: true, limit: 9 });
    here.fails("takeOver", "after");

    const ports = { ...here.ports, random: { ...fakeRandom(), runId: () => `other${++ids}` } };
    await runProgramOnSchedule(program, { store: here.store, runs: 2 }, { ports });

    expect(await here.store.readRun(left!.id)).toMatchObject({ state: { type: "Success" }, epoch: 3 });
    expect(calls.filter((id) => id === left!.id).length).toBe(2);
  });
});
