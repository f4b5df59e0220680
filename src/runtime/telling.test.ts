/** Listeners are told at least once, after the commit, whichever process dies when (G2, I26, F40). */
import { describe, expect, test } from "vitest";
import { fakeRandom } from "../../test/support/fake-random.ts";
import { recordingLogger } from "../../test/support/recording-logger.ts";
import { virtualClock } from "../../test/support/virtual-clock.ts";
import { flow, isFailed, task, type FailureListener, type StateListener } from "../index.ts";
import type { Program } from "../ports/program.ts";
import type { HistoryRow, Store } from "../ports/store.ts";
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
  /** Whether the process that is there now is there still. */
  const lives = () => {
    const own = current;
    return () => !own.dead;
  };
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
  return { disk, clock, logger, ports, told, note, lives, dies, begin, run, resume, retry, store };
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

const rowsOf = async (store: Store): Promise<readonly HistoryRow[]> => {
  const [run] = await store.listRuns({ limit: 1 });
  return store.readHistory(run!.id);
};

const broken = () => {
  throw new Error("no table");
};

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

  test("of a retry: it is told, but for what went wrong, which was not kept", async () => {
    const on = machine();
    const { step } = telling(on, "load Running→Failed");
    const errors: string[] = [];
    const listens: StateListener = (subject, from, to, info) => {
      step(subject, from, to, info);
      if (isFailed(to) && info.replayed) errors.push(to.error.message);
    };
    let calls = 0;
    const load = task({ name: "load", retries: 1, onStateChange: listens }, () =>
      ++calls === 1 ? broken() : "loaded",
    );
    const made = flow("etl", () => load());

    await on.begin(made);
    await on.resume(made);

    expect(on.told).toEqual([
      "load Pending→Running",
      "load Running→Failed (replayed)",
      "load Failed→Retrying (replayed)",
      "load Retrying→Running (replayed)",
      "load Pending→Running", // that attempt was lost
      "load Running→Success",
    ]);
    expect(errors).toEqual([expect.stringContaining("was not kept")]);
  });

  test("of a run that is run again: it is told before that", async () => {
    const on = machine();
    const { failure } = telling(on, "etl failed");
    const load = task("load", (): string => (mended ? "loaded" : broken()));
    let mended = false;
    const made = flow({ name: "etl", onFailure: failure }, () => load());

    await on.begin(made);
    mended = true;
    const run = await on.retry(made);

    expect(on.told).toEqual([expect.stringMatching(/^etl failed .* \(replayed\)$/)]);
    expect(run.state.type).toBe("Success");
    await expect(on.resume(made, run.id)).rejects.toMatchObject({ code: "RUN_OVER" });
  });

  test("is not replaced by a flow that has changed since: nobody would know of which task it tells", async () => {
    const on = machine();
    const { failure } = telling(on, "load failed");
    const load = task({ name: "load", onFailure: failure }, broken);
    const more = task("more", () => 1);
    await on.begin(flow("etl", () => void load()));
    const changed = flow("etl", () => [load(), more()]);

    const run = await on.run(changed);

    expect(on.told).toEqual(["load failed (1): no table"]); // of its own run
    const left = await on.store().listRuns({ untold: true, limit: 9 });
    expect(left.map(({ id }) => id)).toEqual([expect.not.stringMatching(run.id)]);
  });

  test("keeps what listeners print then with the run they tell of", async () => {
    const on = machine();
    let lives = false;
    const failure: FailureListener = ({ name }) => {
      if (!lives) on.dies();
      lives = true;
      console.log(`call somebody about '${name}'`);
    };
    const made = flow("etl", () => void task({ name: "load", onFailure: failure }, broken)());
    await on.begin(made);
    const store = on.store();
    const id = (await store.listRuns({ limit: 1 }))[0]!.id;

    await on.resume(made, id);

    const line = { text: "call somebody about 'load'", slot: 0, attempt: 1, handler: true };
    expect(await store.readLogs(id)).toMatchObject([line]);
  });
});

describe("a listener that answers with a promise", () => {
  const soon =
    (on: ReturnType<typeof machine>, what: string): FailureListener =>
    async () => {
      const lives = on.lives();
      await on.clock.sleep(5_000);
      if (lives()) on.note(what);
    };

  test("is waited for at the end of the run, not before", async () => {
    const on = machine();
    const load = task({ name: "load", onFailure: soon(on, "told") }, broken);
    const after = task({ name: "after", trigger: "all_finished" }, (_: unknown) => on.note("after ran"));

    await on.run(flow("etl", () => void after(load())));

    expect(on.told).toEqual(["after ran", "told"]);
    expect((await rowsOf(on.store())).at(-1)).toMatchObject({ untoldAfter: expect.any(Number), flow: undefined });
    expect(await on.store().listRuns({ untold: true, limit: 9 })).toEqual([]);
  });

  test("is told again where its process dies before it has ended", async () => {
    const on = machine();
    const load = task({ name: "load", onFailure: soon(on, "told") }, broken);
    const made = flow("etl", () => void load());
    void on.run(made);
    await on.clock.sleep(1_000);
    on.dies();

    await on.run(made);

    expect(on.told).toEqual(["told", "told"]); // of the first run, and of the second
  });

  test("and never ends counts as told when its time is up, and that is said", async () => {
    const on = machine();
    const load = task({ name: "load", onFailure: () => new Promise(() => undefined) }, broken);

    const run = await on.run(flow("etl", () => void load()));

    expect(run.state.type).toBe("Failed");
    expect(on.logger.lines().join()).toContain("onFailure failed and was ignored: Error: it did not end within 30s");
    expect(await on.store().listRuns({ untold: true, limit: 9 })).toEqual([]);
  });
});

describe("what listeners cost", () => {
  test("a run of which there is nothing to tell is one without listeners", async () => {
    const on = machine();
    const { failure } = telling(on);
    const commitsOf = async (options: { readonly onFailure?: FailureListener }) => {
      const load = task({ name: "load", ...options }, () => 1);
      await on.run(flow({ name: "etl", ...options }, () => load()));
      return (await rowsOf(on.store())).map(({ untoldAfter }) => untoldAfter);
    };

    const [without, quiet] = [await commitsOf({}), await commitsOf({ onFailure: failure })];

    expect(quiet).toEqual(without);
    expect(new Set(quiet)).toEqual(new Set([undefined]));
  });

  test("one that tells at its end has one commit more", async () => {
    const on = machine();
    const { step } = telling(on);
    const load = task("load", () => 1);

    await on.run(flow("etl", () => load()));
    const plain = (await rowsOf(on.store())).length;
    await on.run(flow({ name: "told", onStateChange: step }, () => load()));

    expect((await rowsOf(on.store())).length).toBe(plain + 1);
  });
});

describe("a step that a state handler is asked about", () => {
  test("is told once it is kept, not when it is in between", async () => {
    const on = machine();
    const store = on.store();
    const kept: string[] = [];
    const load = task(
      {
        name: "load",
        cacheFor: "1h",
        stateHandlers: [async () => on.clock.sleep(10)],
        onStateChange: async (_subject, from, to, { runId }) => {
          const types = (await store.readTaskRuns(runId)).map(({ state }) => state.type);
          kept.push(`${from.type}→${to.type}: ${types.join()}`);
        },
      },
      () => 1,
    );

    await runProgram(flow("etl", () => load()).program, { store }, { ports: on.ports });

    expect(kept).toEqual(["Pending→Running: Running", "Running→Success: Cached", "Success→Cached: Cached"]);
  });
});
