/** Going on with runs whose process died, with the same flow and with a changed one. */
import { describe, expect, test } from "vitest";
import { fakeRandom } from "../../../test/support/fake-random.ts";
import { recordingLogger } from "../../../test/support/recording-logger.ts";
import { virtualClock } from "../../../test/support/virtual-clock.ts";
import { stage } from "../../../test/support/play.ts";
import { context, flow, signals, states, task } from "../../index.ts";
import type { Program } from "../../ports/program.ts";
import type { Store } from "../../ports/store.ts";
import { MemoryDisk, memoryStoreOn } from "../../store/memory.ts";
import type { FinishedRun } from "../finished-run.ts";
import { type ResumeOptions, resumeProgram } from "./resume.ts";
import { runProgram } from "../run.ts";

interface Flow {
  readonly program: Program;
}

/** A disk, and processes on it one after the other; `dies()` in a body ends the process it runs in. */
function machine() {
  const disk = new MemoryDisk();
  const clock = virtualClock();
  const logger = recordingLogger();
  const ports = { clock, logger, random: fakeRandom() };
  let count = 0;
  let process = "";
  let died: () => void = () => undefined;
  const store = (): Store => memoryStoreOn(disk, (process = `process ${++count}`));
  const dies = async () => {
    disk.kill(process);
    died();
    await new Promise(() => undefined);
  };
  /** Begins a run whose process dies in it. */
  const begin = (made: Flow) =>
    new Promise<void>((resolve) => {
      died = resolve;
      // Once another has taken the run over, the dead one's last words are refused.
      runProgram(made.program, { store: store() }, { ports }).catch(() => undefined);
    });
  const goOn = (made: Flow, options: ResumeOptions = {}): Promise<FinishedRun> =>
    resumeProgram(made.program, "last", { store: store(), ...options }, { ports });
  return { disk, clock, logger, dies, begin, goOn, store };
}

const typeOf = (run: FinishedRun, slug: string) => {
  const node = run.program.graph.nodes.find((each) => each.slug === slug);
  return node && run.taskState(node.id).type;
};

describe("a run whose process died", () => {
  test("goes on from its last commit, and says since when", async () => {
    const on = machine();
    const calls: string[] = [];
    const extract = task("extract", () => calls.push("extract"));
    const load = task("load", async (n: number) => {
      calls.push(`load ${context().attempt}`);
      if (context().attempt === 1) await on.dies();
      return n + 1;
    });
    const made = flow("etl", () => load(extract()));
    await on.begin(made);
    const stopped = new Date(on.clock.now()).toISOString().slice(0, 19);
    on.clock.skip(3_600_000);

    const run = await on.goOn(made);

    expect(run.state).toMatchObject({ type: "Success", result: 2 });
    expect(calls).toEqual(["extract", "load 1", "load 2"]);
    expect(on.logger.lines().at(-4)).toMatch(
      new RegExp(`Going on with Flow run \\w+ for 'etl', which stopped at ${stopped}\\+00:00`),
    );
    expect(run.story(1).map((line) => line.replace(/^\S+ /, ""))).toEqual([
      "Pending → Running",
      "Running → Pending",
      "Pending → Running",
      "Running → Success",
    ]);
  });

  test("keeps the children of a mapped task that had ended, and runs the others", async () => {
    const on = machine();
    const calls: string[] = [];
    const double = task("double", async (x: number) => {
      calls.push(`${x} attempt ${context().attempt}`);
      if (x === 3 && context().attempt === 1) await on.dies();
      return x * 2;
    });
    const sum = task("sum", (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0));
    const made = flow("mapped", () => sum(double.map([1, 2, 3])));
    await on.begin(made);

    const run = await on.goOn(made);

    expect(run.state).toMatchObject({ type: "Success", result: 12 });
    expect(calls.filter((call) => call.startsWith("3"))).toEqual(["3 attempt 1", "3 attempt 2"]);
  });

  test("takes the branch it had taken, and merges what it had merged", async () => {
    const on = machine();
    const choose = task("choose", () => "sms" as "sms" | "mail");
    const sms = task("sms", () => "sent by sms");
    const mail = task("mail", () => "sent by mail");
    const report = task("report", async (text: string) => {
      if (context().attempt === 1) await on.dies();
      return text;
    });
    const { branch } = await import("../../index.ts");
    const made = flow("branches", () => report(branch(choose(), { sms: () => sms(), mail: () => mail() })));
    await on.begin(made);

    const run = await on.goOn(made);

    expect(run.state).toMatchObject({ type: "Success", result: "sent by sms" });
    expect(typeOf(run, "mail-1")).toBe("Skipped");
  });

  test("goes on with a loop in the round it was in, with the value of the round before", async () => {
    const on = machine();
    const rounds: string[] = [];
    const loops = task("loops", async () => {
      const { count, result } = context().loop;
      rounds.push(`${count} after ${String(result)}, attempt ${context().attempt}`);
      if (count === 2 && !context().recovered) await on.dies();
      if (count < 3) throw signals.loop(count * 10);
      return result;
    });
    const made = flow("loops", () => loops());
    await on.begin(made);

    const run = await on.goOn(made);

    expect(run.state).toMatchObject({ type: "Success", result: 20 });
    expect(rounds).toEqual([
      "1 after undefined, attempt 1",
      "2 after 10, attempt 2",
      "2 after 10, attempt 3",
      "3 after 20, attempt 4",
    ]);
  });

  test("does not use up retries by that, and does not get used ones back", async () => {
    const on = machine();
    const shaky = task({ name: "shaky", retries: 1 }, async () => {
      if (context().attempt === 2) await on.dies();
      throw new Error(`attempt ${context().attempt}`);
    });
    const made = flow("shaky", () => shaky());
    await on.begin(made);

    const run = await on.goOn(made, { logLevel: "off" });

    expect(run.attempts(0)).toBe(3);
    expect(run.taskState(0)).toMatchObject({ type: "Failed", error: { message: "attempt 3" } });
  });

  test("is not taken from a process that lives, nor begun again when it has ended", async () => {
    const on = machine();
    const dies = task("dies", async () => {
      if (context().attempt === 1) await on.dies();
    });
    const made = flow("once", () => dies());
    await on.begin(made);
    const [{ id = "" } = {}] = await on.store().listRuns({ limit: 1 });

    const run = await on.goOn(made);

    const again = resumeProgram(made.program, id, { store: on.store() });
    await expect(again).rejects.toMatchObject({ code: "RUN_OVER" });
    await expect(on.goOn(made)).rejects.toMatchObject({ code: "NOTHING_INTERRUPTED" });
    const other = resumeProgram(flow("other", () => dies()).program, id, { store: on.store() });
    await expect(other).rejects.toMatchObject({ code: "RUN_OF_ANOTHER_FLOW" });
    await expect(resumeProgram(made.program, "nowhere", { store: on.store() })).rejects.toMatchObject({
      code: "RUN_UNKNOWN",
    });
    expect(run.state.type).toBe("Success");
  });

  test("that was cancelled before is cancelled to its end, and calls no body", async () => {
    const on = machine();
    const calls: string[] = [];
    const first = task("first", async () => {
      calls.push("first");
      await on.dies();
    });
    const second = task("second", () => calls.push("second"));
    const made = flow("cancelled", () => {
      second().setUpstream(first());
    });
    await on.begin(made);
    const store = on.store();
    const [{ id = "" } = {}] = await store.listRuns({ limit: 1 });
    await store.post({ runId: id, ask: { kind: "cancel" }, by: "ana", at: 0 });

    const run = await on.goOn(made);

    expect(run.state.type).toBe("Cancelled");
    expect(calls).toEqual(["first"]);
  });
});

describe("a run whose flow has changed since", () => {
  /** A flow of two tasks; the process dies in the second. `change` makes it another. */
  function versions(on: ReturnType<typeof machine>) {
    const calls: string[] = [];
    const extract = task("extract", () => {
      calls.push("extract");
      return [1, 2];
    });
    const before = task("load", async (_: readonly number[]) => on.dies());
    return { calls, extract, before, begun: () => flow("etl", () => before(extract())) };
  }

  test("goes on when only bodies have changed: fix the bug and resume", async () => {
    const on = machine();
    const { calls, extract, begun } = versions(on);
    await on.begin(begun());
    const fixed = task("load", (rows: readonly number[]) => rows.length);

    const run = await on.goOn(flow("etl", () => fixed(extract())));

    expect(run.state).toMatchObject({ type: "Success", result: 2 });
    expect(calls).toEqual(["extract"]);
  });

  test("is Paused, and says why, when what remains is another; nothing runs", async () => {
    const on = machine();
    const { calls, extract, begun } = versions(on);
    await on.begin(begun());
    const other = task("load", (_: readonly number[], table: string) => calls.push(`into ${table}`));
    const made = flow("etl", () => other(extract(), "complaint"));

    const run = await on.goOn(made);

    expect(run.state).toMatchObject({
      type: "Paused",
      reason: { code: "code-changed", changes: ["'load-1' has not finished and was changed"] },
    });
    expect(calls).toEqual(["extract"]);

    const accepted = await resumeProgram(made.program, run.id, { store: on.store(), acceptChanges: true });

    expect(accepted.state.type).toBe("Success");
    expect(calls).toEqual(["extract", "into complaint"]);
  });

  test("keeps results by slug, wherever their tasks stand now, also those of children", async () => {
    const on = machine();
    const calls: number[] = [];
    const double = task("double", (x: number) => {
      calls.push(x);
      return x * 2;
    });
    const dying = task("sum", async (_: readonly number[]) => on.dies());
    await on.begin(flow("moves", () => dying(double.map([1, 2, 3]))));
    const early = task("early", () => "new");
    const sum = task("sum", (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0));
    const made = flow("moves", () => {
      early();
      return sum(double.map([1, 2, 3]));
    });

    const run = await on.goOn(made, { acceptChanges: true });

    expect(run.state).toMatchObject({ type: "Success", result: 12 });
    expect(calls).toEqual([1, 2, 3]);
    expect(typeOf(run, "early-1")).toBe("Success");
  });

  test("does not mind a finished task that is gone", async () => {
    const on = machine();
    const { extract, before } = versions(on);
    const gone = task("gone", () => 1);
    await on.begin(
      flow("etl", () => {
        gone();
        return before(extract());
      }),
    );
    const load = task("load", (rows: readonly number[]) => rows.length);

    const run = await on.goOn(flow("etl", () => load(extract())));

    expect(run.state).toMatchObject({ type: "Success", result: 2 });
  });
});

describe("a run that was given the states of some tasks, and died before it began", () => {
  test("goes on with them: their bodies are not called", async () => {
    const disk = new MemoryDisk();
    const [first, second] = [memoryStoreOn(disk, "first"), memoryStoreOn(disk, "second")];
    const on = stage();
    const calls: string[] = [];
    const extract = task("extract", () => calls.push("extract"));
    const { program } = flow("given", () => task("load", (rows: number) => rows * 2)(extract()));
    const dying = new Proxy(first, {
      get: (store, name: keyof Store) => {
        if (name === "commit") return () => new Promise(() => undefined);
        const member = store[name];
        return typeof member === "function" ? member.bind(store) : member;
      },
    });
    void runProgram(program, { store: dying, taskStates: { extract: states.success(21) } }, { ports: on, runId: "r1" });
    await expect.poll(() => second.readRun("r1")).toBeDefined();
    disk.kill("first");

    const run = await resumeProgram(program, "r1", { store: second }, { ports: on });

    expect([run.state.type === "Success" && run.state.result, calls]).toEqual([42, []]);
    expect((await second.readTaskRuns("r1"))[0]?.state).toMatchObject({ type: "Success", reason: { code: "given" } });
  });
});
