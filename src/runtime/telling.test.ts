/** Listeners are told at least once, after the commit, whichever process dies when (G2, I26, F40). */
import { describe, expect, test } from "vitest";
import { fakeRandom } from "../../test/support/fake-random.ts";
import { recordingLogger } from "../../test/support/recording-logger.ts";
import { virtualClock } from "../../test/support/virtual-clock.ts";
import { flow, task, type FailureListener, type StateListener } from "../index.ts";
import type { Program } from "../ports/program.ts";
import type { Store } from "../ports/store.ts";
import { MemoryDisk, memoryStoreOn } from "../store/memory.ts";
import { resumeProgram, type ResumeOptions } from "./kept/resume.ts";
import { retryProgram } from "./kept/retry.ts";
import { runProgram } from "./run.ts";

interface Flow {
  readonly program: Program;
}

/** Processes on one disk, one after the other. What a dead one still says is heard by nobody. */
function machine() {
  const disk = new MemoryDisk();
  const clock = virtualClock();
  const logger = recordingLogger();
  const ports = { clock, logger, random: fakeRandom() };
  const told: string[] = [];
  let current = { name: "process 0", dead: false, died: (): void => undefined };
  let count = 0;
  const store = (): Store => {
    const own = (current = { name: `process ${++count}`, dead: false, died: () => undefined });
    return mortal(memoryStoreOn(disk, own.name), () => own.dead);
  };
  /** Ends the process it is called in. */
  const dies = () => {
    current.dead = true;
    disk.kill(current.name);
    current.died();
  };
  const note = (line: string) => void (current.dead || told.push(line));
  /** Begins a run in a process that dies in it. */
  const begin = (made: Flow) => {
    const own = store();
    return new Promise<void>((resolve) => {
      current.died = resolve;
      void runProgram(made.program, { store: own }, { ports });
    });
  };
  const run = (made: Flow) => runProgram(made.program, { store: store() }, { ports });
  const resume = (made: Flow, id = "last", options: ResumeOptions = {}) =>
    resumeProgram(made.program, id, { store: store(), ...options }, { ports });
  const retry = (made: Flow) => retryProgram(made.program, "last", { store: store() }, { ports });
  return { disk, clock, logger, told, note, dies, begin, run, resume, retry, store };
}

/** From its death on nothing it asks is answered. */
function mortal(inner: Store, isDead: () => boolean): Store {
  return new Proxy(inner, {
    get(target, key) {
      const member = Reflect.get(target, key, target) as unknown;
      if (typeof member !== "function") return member;
      return (...given: unknown[]) =>
        isDead() ? new Promise(() => undefined) : (member as (...all: unknown[]) => unknown).apply(target, given);
    },
  });
}

/** Tells what it hears; the first time it hears of `of`, its process dies before it could. */
function telling(on: ReturnType<typeof machine>, of?: string) {
  let lives = of === undefined;
  const hear = (line: string, replayed: boolean) => {
    if (!lives && line.startsWith(of!)) {
      lives = true;
      on.dies();
    }
    on.note(replayed ? `${line} (replayed)` : line);
  };
  const step: StateListener = (subject, from, to, { replayed }) =>
    hear(`${subject.name} ${from.type}→${to.type}`, replayed);
  const failure: FailureListener = (subject, state, { replayed, attempt }) =>
    hear(`${subject.name} failed (${attempt}): ${state.error.message}`, replayed);
  return { step, failure };
}

describe("a process that dies before it has told", () => {
  test("of a failed task: the run that is taken over tells it first", async () => {
    const on = machine();
    const { failure } = telling(on, "load failed");
    const load = task({ name: "load", onFailure: failure }, () => {
      throw new Error("no table");
    });
    const report = task({ name: "report", trigger: "all_finished" }, (_: unknown) => on.note("report ran"));
    const made = flow("etl", () => void report(load()));

    await on.begin(made);
    const run = await on.resume(made);

    expect(on.told).toEqual(["load failed (1): no table (replayed)", "report ran"]);
    expect(run.state.type).toBe("Success");
  });

  test("of the end of the run: the next run of the flow tells it", async () => {
    const on = machine();
    const { step } = telling(on, "etl Running→Failed");
    const load = task("load", () => {
      throw new Error("no table");
    });
    const made = flow({ name: "etl", onStateChange: step }, () => void load());

    await on.begin(made);
    expect(on.told).toEqual(["etl Pending→Running"]);
    await on.run(made);

    expect(on.told).toContain("etl Running→Failed (replayed)");
    expect(on.told.filter((line) => line.startsWith("etl Running→Failed"))).toHaveLength(2);
  });

  test("and the one after it too: the next tells it, and then nobody does", async () => {
    const on = machine();
    let deaths = 0;
    const failure: FailureListener = (subject, state, { replayed }) => {
      if (deaths++ < 2) on.dies();
      on.note(`${subject.name}: ${state.error.message}${replayed ? " (replayed)" : ""}`);
    };
    const load = task({ name: "load", onFailure: failure }, () => {
      throw new Error("no table");
    });
    const made = flow("etl", () => void load());

    await on.begin(made);
    const id = (await on.store().listRuns({ limit: 1 }))[0]!.id;
    void on.resume(made, id);
    await on.clock.sleep(1);
    expect(on.told).toEqual([]);
    await on.resume(made, id);
    expect(on.told).toEqual(["load: no table (replayed)"]);

    await expect(on.resume(made, id)).rejects.toMatchObject({ code: "RUN_OVER" });
    expect(on.told).toEqual(["load: no table (replayed)"]);
  });
});
