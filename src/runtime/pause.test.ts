/** A run that a person pauses through its store: let go by its process, and gone on with by who resumes it. */
import { describe, expect, test } from "vitest";
import { stage } from "../../test/support/play.ts";
import { approval, flow, task } from "../index.ts";
import type { Store } from "../ports/store.ts";
import { MemoryDisk, memoryStoreOn } from "../store/memory.ts";
import { pauseKept } from "./kept/pause-kept.ts";
import { resumeProgram } from "./kept/resume.ts";
import { runProgram } from "./run.ts";

const RUN = "run1";
const byAna = { code: "by-person", by: "ana" } as const;
const pauseBy = (store: Store, by: string) => store.post({ runId: RUN, ask: { kind: "pause" }, by, at: 1 });

/** Two processes of one store; `calls` are the bodies that were called, in order. */
function twoProcesses() {
  const disk = new MemoryDisk();
  return { disk, first: memoryStoreOn(disk, "first"), second: memoryStoreOn(disk, "second"), calls: [] as string[] };
}

/** A run whose first task asks for the pause itself, takes ten seconds more, and fails once. */
async function pausedInTheMiddle() {
  const on = stage();
  const { disk, first, second, calls } = twoProcesses();
  const load = task({ name: "load", retries: 1, retryDelay: "1m" }, async () => {
    calls.push("load");
    if (calls.length > 1) return 1;
    await pauseBy(second, "ana");
    await on.clock.sleep(10_000);
    throw new Error("not today");
  });
  const report = task("report", (_: number) => calls.push("report"));
  const { program } = flow("paused", () => report(load()));
  const run = await runProgram(program, { store: first }, { ports: on, runId: RUN });
  return { on, disk, first, second, calls, program, run };
}

describe("a run that is paused while a body is called", () => {
  test("lets the body come to its end, starts nothing else, and is let go", async () => {
    const { on, second, calls, run } = await pausedInTheMiddle();

    expect(run.state).toEqual({ type: "Paused", reason: byAna });
    expect([calls, on.clock.elapsed()]).toEqual([["load"], 10_000]);
    expect(await second.readRun(RUN)).toMatchObject({ state: { type: "Paused", reason: byAna }, ownership: "none" });
    expect(await second.requestsOf(RUN)).toEqual([]);
    expect(await second.listRuns({ interrupted: true, limit: 9 })).toEqual([]);
    expect(on.logger.lines().at(-1)).toContain("Flow run PAUSED by ana: it goes on when it is resumed");
  });

  test("goes on where it was when it is resumed: a retry whose time has come meanwhile begins then", async () => {
    const { on, second, calls, program } = await pausedInTheMiddle();
    await on.clock.sleep(600_000);

    const run = await resumeProgram(program, RUN, { store: second }, { ports: on });

    expect(run.state.type).toBe("Success");
    expect(calls).toEqual(["load", "load", "report"]);
  });

  test("is Paused by the first who takes it over, where its process died before that", async () => {
    const on = stage();
    const { disk, first, second, calls } = twoProcesses();
    const { program } = flow("dies", () => {
      task("load", async () => {
        calls.push("load");
        await pauseBy(second, "ana");
        return calls.length > 1 ? 1 : new Promise(() => undefined);
      })();
    });
    runProgram(program, { store: first }, { ports: on, runId: RUN }).catch(() => undefined); // its process dies
    await expect.poll(async () => (await second.readRun(RUN))?.state.reason?.code).toBe("by-person");
    disk.kill("first");

    const taken = await resumeProgram(program, "last", { store: second }, { ports: on });

    expect(taken.state).toEqual({ type: "Paused", reason: byAna });
    expect(calls).toEqual(["load"]);
  });
});

describe("a pause of a run whose own handlers are asked whether it begins", () => {
  test("is not answered before that, so that it is not lost with the process", async () => {
    const on = stage();
    const { disk, first, second, calls } = twoProcesses();
    const asked: string[] = [];
    const hangsOnce = () => (asked.push("asked") === 1 ? new Promise<undefined>(() => undefined) : undefined);
    const load = task("load", () => calls.push("load"));
    const { program } = flow({ name: "begins", stateHandlers: [hangsOnce] }, () => load());
    runProgram(program, { store: first }, { ports: on, runId: RUN }).catch(() => undefined); // its process dies
    await expect.poll(() => asked).toEqual(["asked"]);
    await pauseBy(second, "ana");
    await on.clock.turn();
    const open = await second.requestsOf(RUN);
    disk.kill("first");

    const run = await resumeProgram(program, RUN, { store: second }, { ports: on });

    expect([open.length, run.state.type, calls]).toEqual([1, "Paused", []]);
  });
});

describe("a run that nobody has", () => {
  const gate = approval("release?");
  const asks = flow("asks", () => task("release", (_: boolean) => 1)(gate()));

  test("becomes Paused where it is; what is decided meanwhile is done when it is resumed", async () => {
    const on = stage();
    const { first, second } = twoProcesses();
    await runProgram(asks.program, { store: first }, { ports: on, runId: RUN });
    const before = (await second.readRun(RUN))!;
    await pauseKept({ store: second, clock: on.clock }, before, "ana");
    await second.post({ runId: RUN, ask: { kind: "approve", task: "release?-1", input: undefined }, by: "ben", at: 6 });

    const kept = await second.readRun(RUN);
    const run = await resumeProgram(asks.program, RUN, { store: second }, { ports: on });

    expect([before.state, kept?.state]).toEqual([{ type: "Paused" }, { type: "Paused", reason: byAna }]);
    expect(run.state.type).toBe("Success");
  });

  test("stays Paused where a person pauses it while somebody else is taking it up", async () => {
    const on = stage();
    const { disk, first, second } = twoProcesses();
    const third = memoryStoreOn(disk, "third");
    await runProgram(asks.program, { store: first }, { ports: on, runId: RUN });
    const pausedBefore = new Proxy(third, {
      get: (store, name: keyof Store) => {
        const member = store[name];
        if (typeof member !== "function") return member;
        if (name !== "takeOver") return member.bind(store);
        return async (...args: Parameters<Store["takeOver"]>) => {
          await pauseKept({ store: second, clock: on.clock }, (await second.readRun(RUN))!, "ana");
          return store.takeOver(...args);
        };
      },
    });

    const run = await resumeProgram(asks.program, RUN, { store: pausedBefore }, { ports: on });

    expect(run.state).toEqual({ type: "Paused", reason: byAna });
    expect(await second.readRun(RUN)).toMatchObject({ state: run.state, ownership: "none" });
  });

  test("stays Paused where nobody asks for it to go on", async () => {
    const { on, second, program, calls } = await pausedInTheMiddle();

    const run = await resumeProgram(program, RUN, { store: second }, { ports: on, unasked: true });

    expect([run.state, calls]).toEqual([{ type: "Paused", reason: byAna }, ["load"]]);
    expect(await second.readRun(RUN)).toMatchObject({ state: run.state, epoch: 1 });
  });

  test("is cancelled like any other", async () => {
    const { on, second, calls, program } = await pausedInTheMiddle();
    await second.post({ runId: RUN, ask: { kind: "cancel" }, by: "ana", at: 6 });

    const run = await resumeProgram(program, RUN, { store: second }, { ports: on });

    expect([run.state.type, calls]).toEqual(["Cancelled", ["load"]]);
  });
});

describe("a run that waits for its place among the runs of its flow", () => {
  test("is Paused without having begun anything", async () => {
    const on = stage();
    const { first, second, calls } = twoProcesses();
    let free = (): void => undefined;
    const { program } = flow({ name: "one at a time", maxConcurrency: 1 }, () => {
      task("hold", () => {
        calls.push("hold");
        return new Promise<void>((resolve) => (free = resolve));
      })();
    });
    const holds = runProgram(program, { store: first }, { ports: on });
    await expect.poll(() => calls).toEqual(["hold"]);
    const waits = runProgram(program, { store: first }, { ports: on, runId: RUN });
    await expect.poll(async () => (await second.readRun(RUN))?.state.type).toBe("Queued");

    await pauseBy(second, "ana");
    const paused = await waits;

    expect([paused.state, calls]).toEqual([{ type: "Paused", reason: byAna }, ["hold"]]);
    free();
    await holds;
  });
});

describe("a run that is paused in the middle of any of its commits", () => {
  /** A mapped task, a retry after a while, a branch that waits for all of it. */
  function made() {
    const calls: string[] = [];
    const list = task("list", () => [1, 2, 3]);
    const double = task({ name: "double", retries: 1, retryDelay: "1m" }, (n: number) => {
      calls.push(`double ${n}`);
      if (n === 2 && calls.filter((call) => call === "double 2").length === 1) throw new Error("not today");
      return n * 2;
    });
    const sum = task("sum", (numbers: number[]) => numbers.reduce((a, b) => a + b, 0));
    return { calls, program: flow("any", () => sum(double.map(list()))).program };
  }

  test.each(Array.from({ length: 10 }, (_, i) => i + 1))(
    "number %i, goes on to the same end and calls no body again",
    async (number) => {
      const on = stage();
      const { first, second } = twoProcesses();
      const { program, calls } = made();
      let commits = 0;
      const pausing = new Proxy(first, {
        get: (store, name: keyof Store) => {
          const member = store[name];
          if (typeof member !== "function") return member;
          if (name === "commit" && ++commits === number) void pauseBy(second, "ana");
          return member.bind(store);
        },
      });
      const paused = await runProgram(program, { store: pausing }, { ports: on, runId: RUN });

      const run =
        paused.state.type === "Paused" ? await resumeProgram(program, RUN, { store: second }, { ports: on }) : paused;

      expect(run.state).toMatchObject({ type: "Success", result: 12 });
      expect([...calls].sort()).toEqual(["double 1", "double 2", "double 2", "double 3"]);
    },
  );
});
