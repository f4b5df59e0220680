/** A flow that is called as a task and waits for a person: asked in both runs, answered in either. */
import { describe, expect, test } from "vitest";
import { stage, typesOf } from "../../../test/support/play.ts";
import { flowRunOf } from "../flow-run.ts";
import { approval, context, flow, signals, task } from "../../index.ts";
import type { People } from "../../ports/people.ts";
import type { Ask, RunRow, Store } from "../../ports/store.ts";
import { MemoryDisk, memoryStoreOn } from "../../store/memory.ts";
import { runFlow } from "../../testing.ts";
import type { StandardSchema } from "../parameters/standard-schema.ts";
import { cancelKept } from "../../runtime/kept/cancel-kept.ts";
import { readKeptRun } from "../../runtime/kept/kept-run.ts";
import { parentOf } from "../../runtime/kept/parent-run.ts";
import { resumeProgram } from "../../runtime/kept/resume.ts";
import { runProgram } from "../../runtime/run.ts";

const RUN = "outer1";
const gate = approval("release?");
const calls: string[] = [];
const note = (name: string) => task(name, (_?: unknown) => calls.push(name));
const inner = flow("inner", () => {
  note("first")();
  note("release")(gate());
});
const outer = flow("outer", () => {
  note("after")(inner.asTask()());
});

/** The run around it, Paused, in a store that a second process has too. */
async function paused(made: { readonly program: typeof outer.program } = outer) {
  const disk = new MemoryDisk();
  const first = memoryStoreOn(disk, "first");
  const on = stage();
  calls.length = 0;
  const run = flowRunOf(await runProgram(made.program, { store: first }, { ports: on, runId: RUN }));
  const store = memoryStoreOn(disk, "second");
  const child = (await runsOf(store, "inner"))[0]!;
  const answer = (runId: string, ask: Ask) => store.post({ runId, ask, by: "ana", at: on.clock.now() });
  const resume = async (program: typeof outer.program, id: string) =>
    flowRunOf(await resumeProgram(program, id, { store }, { ports: on }));
  return { on, disk, store, run, child, answer, resume };
}

async function runsOf(store: Store, flowName: string): Promise<readonly RunRow[]> {
  return store.listRuns({ flow: flowName, limit: 9 });
}

describe("an approval in a flow that is called as a task", () => {
  test("has both runs Paused; the task run says which run asks what", async () => {
    const { run, child, on } = await paused();

    expect(run.state).toMatchObject({ type: "Paused" });
    expect(run.task("inner").state).toEqual({
      type: "Paused",
      reason: { code: "child-run", run: child.id, task: "release?-1", question: "release?" },
    });
    expect([child.state.type, child.ownership, parentOf(child)]).toEqual([
      ...["Paused", "none"],
      { run: RUN, task: "inner-1" },
    ]);
    expect(on.logger.lines().at(-2)).toContain("Task 'inner': Waiting for a person: release?");
  });

  test("is passed on when it is answered at the run around it; the child goes on where it was", async () => {
    const { store, answer, resume } = await paused();
    await answer(RUN, { kind: "approve", task: "inner-1", input: undefined });

    const run = await resume(outer.program, RUN);

    expect(run.state.type).toBe("Success");
    expect(calls).toEqual(["first", "release", "after"]);
    expect((await runsOf(store, "inner")).map(({ state }) => state.type)).toEqual(["Success"]);
  });

  test("is passed on when it is rejected, and fails there", async () => {
    const { answer, resume, store, child } = await paused();
    await answer(RUN, { kind: "reject", task: "inner-1", why: "not on a Friday" });

    const run = await resume(outer.program, RUN);
    const rows = await store.readTaskRuns(child.id);

    expect(typesOf(run)).toEqual({ inner: "Failed", after: "TriggerFailed" });
    expect(rows.map(({ state }) => state.reason)).toContainEqual({
      ...{ code: "approval-rejected", why: "not on a Friday", by: "ana" },
    });
  });

  test("can be answered in its own run; whoever has the run around it goes on", async () => {
    const { child, answer, resume } = await paused();
    await answer(child.id, { kind: "approve", task: "release?-1", input: undefined });

    const own = await resume(inner.program, child.id);
    const around = await resume(outer.program, RUN);

    expect([own.state.type, around.state.type]).toEqual(["Success", "Success"]);
    expect(calls).toEqual(["first", "release", "after"]);
  });

  test("times out by its own time, while the run around it stays", async () => {
    const late = flow("inner", () => note("release")(approval("release?", { timeout: "2h" })()));
    const { program } = flow("outer", () => late.asTask()());
    const on = stage();

    const run = flowRunOf(await runProgram(program, { store: on.store, wait: true }, { ports: on }));

    expect(on.clock.elapsed()).toBe(7_200_000);
    expect(run.task("inner").state.type).toBe("Failed");
    expect((await runsOf(on.store, "inner"))[0]?.state).toMatchObject({ type: "Failed" });
  });

  test("is asked like the run's own, two levels down, with what it takes for an input", async () => {
    const middle = flow("middle", () => inner.asTask()());
    const { program } = flow("top", () => middle.asTask()());
    const asked: string[] = [];
    const on = stage();
    const people = {
      ask: async ([waiting]: readonly {
        readonly slot: number;
        readonly approval?: { readonly question: string };
      }[]) => {
        asked.push(waiting?.approval?.question ?? "");
        return { slot: waiting!.slot, decision: { kind: "approved", input: undefined } as const, by: "ana" };
      },
    };

    const run = await runProgram(program, { store: on.store }, { ports: on, people: people as never });

    expect([run.state.type, asked]).toEqual(["Success", ["release?"]]);
  });

  test("is answered by the table of a test", async () => {
    const run = await runFlow(outer, { approvals: { inner: true } });

    expect(run.state.type).toBe("Success");
  });
});

describe("a body that pauses itself in a flow that is called as a task", () => {
  const look = task("look", () => {
    const { resumed } = context();
    if (resumed === undefined) throw signals.pause("have a look");
    return resumed.input;
  });

  test("gets the input that was given at the run around it", async () => {
    const looking = flow("inner", () => look());
    const around = flow("outer", () => looking.asTask()());
    const { answer, resume, run: before } = await paused(around as never);
    await answer(RUN, { kind: "resume", task: "inner-1", input: { rows: 3 } });

    const run = await resume(around.program, RUN);

    expect(before.task("inner").state.reason).toMatchObject({ code: "child-run", task: "look-1" });
    expect(run.result).toEqual({ rows: 3 });
  });
});

describe("an answer that is given at the run around it", () => {
  const isReason: StandardSchema<unknown, { readonly reason: Date }> = {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (value) => {
        const { reason } = (value ?? {}) as { readonly reason?: unknown };
        return typeof reason === "string"
          ? { value: { reason: new Date(reason) } }
          : { issues: [{ message: "must be a date", path: ["reason"] }] };
      },
    },
  };
  const asking = flow("inner", () => approval("release?", { input: isReason })());

  test.each([
    ["one level down", flow("outer", () => asking.asTask()())],
    ["two levels down", flow("outer", () => flow("middle", () => asking.asTask()()).asTask({ name: "inner" })())],
  ])("is refused there where the question %s does not take it, and asked again", async (_where, around) => {
    const { run, disk, on } = await paused(around as never);
    const before = on.logger.lines().length;
    const answers: unknown[] = [{ reason: 7 }, { reason: "2026-01-31" }];
    const refusals: unknown[] = [];
    const people: People = {
      ask: async ([waiting], _signal, refused) => {
        refusals.push(refused);
        if (waiting === undefined || answers.length === 0) return undefined;
        return { slot: waiting.slot, decision: { kind: "approved", input: answers.shift() }, by: "ana" };
      },
    };

    const store = memoryStoreOn(disk, "third");
    const answered = await resumeProgram(around.program, RUN, { store }, { ports: on, people });

    expect(run.state.type).toBe("Paused");
    expect(refusals).toMatchObject([
      undefined,
      { code: "APPROVAL_INPUT", data: { task: "inner", complaints: ["reason: must be a date"] } },
    ]);
    expect(answered.state).toMatchObject({ type: "Success", result: { reason: new Date("2026-01-31") } });
    expect(on.logger.lines().slice(before).join("\n")).not.toContain("refused");
  });
});

describe("a cancel of the run around one that waits for a person", () => {
  const heard: string[] = [];
  const waits = flow({ name: "inner", stateHandlers: [(_, __, to) => void heard.push(to.type)] }, () => {
    note("release")(gate());
  });

  test("ends that as well, by its own rules, where nobody has either", async () => {
    const around = flow("outer", () => waits.asTask()());
    const { answer, resume, store } = await paused(around as never);
    heard.length = 0;
    await answer(RUN, { kind: "cancel" });

    const run = await resume(around.program, RUN);

    expect([run.state.type, run.task("inner").state.type]).toEqual(["Cancelled", "Cancelled"]);
    expect((await runsOf(store, "inner")).map(({ state, ownership }) => [state.type, ownership])).toEqual([
      ["Cancelled", "none"],
    ]);
    expect(heard.at(-1)).toBe("Cancelled");
    expect(calls).toEqual([]);
  });

  test("ends it two levels down, and before the end of the run around it is kept", async () => {
    const middle = flow("middle", () => inner.asTask()());
    const seen: string[] = [];
    const around: typeof outer = flow(
      { name: "outer", stateHandlers: [(_, __, to) => void (to.type === "Cancelled" && seen.push("outer"))] },
      () => middle.asTask()(),
    ) as never;
    const { answer, resume, store } = await paused(around);
    await answer(RUN, { kind: "cancel" });

    await resume(around.program, RUN);
    const ends = (await store.listRuns({ limit: 9 })).map(({ flow: name, state }) => [name, state.type]);

    expect(ends.sort()).toEqual([
      ["inner", "Cancelled"],
      ["middle", "Cancelled"],
      ["outer", "Cancelled"],
    ]);
    expect(seen).toEqual(["outer"]);
  });

  test("ends it where the process died while the body around it was at work", async () => {
    const disk = new MemoryDisk();
    const [first, second] = [memoryStoreOn(disk, "first"), memoryStoreOn(disk, "second")];
    const on = stage();
    const hang = task("hang", () => new Promise<number>(() => undefined));
    const hanging = flow("inner", () => hang());
    const { program } = flow("outer", () => hanging.asTask()());
    void runProgram(program, { store: first }, { ports: on, runId: RUN }).catch(() => undefined);
    await expect
      .poll(async () => (await first.readTaskRuns((await runsOf(first, "inner"))[0]?.id ?? RUN)).length)
      .toBe(1);
    disk.kill("first");
    await second.post({ runId: RUN, ask: { kind: "cancel" }, by: "ana", at: on.clock.now() });

    const run = await resumeProgram(program, RUN, { store: second }, { ports: on });

    expect(run.state.type).toBe("Cancelled");
    expect((await runsOf(second, "inner")).map(({ state }) => state.type)).toEqual(["Cancelled"]);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
    "leaves none behind where the process dies at commit %i after it",
    async (at) => {
      const { disk, on, answer } = await paused();
      await answer(RUN, { kind: "cancel" });
      const dying = memoryStoreOn(disk, "dying");
      let commits = 0;
      const commit = dying.commit.bind(dying);
      dying.commit = (batch) => {
        if (++commits < at) return commit(batch);
        disk.kill("dying");
        return new Promise(() => undefined);
      };
      void resumeProgram(outer.program, RUN, { store: dying }, { ports: on }).catch(() => undefined);
      await expect.poll(async () => commits >= at || (await stateIn(disk, RUN)) === "Cancelled").toBe(true);
      disk.kill("dying");

      const store = memoryStoreOn(disk, "third");
      if ((await stateIn(disk, RUN)) !== "Cancelled") await resumeProgram(outer.program, RUN, { store }, { ports: on });

      expect((await runsOf(store, "inner")).map(({ state }) => state.type)).toEqual(["Cancelled"]);
      expect(await stateIn(disk, RUN)).toBe("Cancelled");
    },
  );

  test("ends it where the code of both is gone", async () => {
    const { store, on, child } = await paused();
    const row = (await store.readRun(RUN))!;

    await cancelKept(store, row, await readKeptRun(store, row), on.clock);

    expect((await store.readRun(child.id))?.state.type).toBe("Cancelled");
    expect((await store.readRun(RUN))?.state.type).toBe("Cancelled");
  });

  async function stateIn(disk: MemoryDisk, id: string) {
    return (await memoryStoreOn(disk, "looker").readRun(id))?.state.type;
  }
});

describe("the run of a flow that is called as a task", () => {
  test("is gone on with where the process around it died: what finished in it is not run again", async () => {
    const disk = new MemoryDisk();
    const [first, second] = [memoryStoreOn(disk, "first"), memoryStoreOn(disk, "second")];
    const on = stage();
    calls.length = 0;
    const hang = task("hang", () => {
      calls.push("hang");
      return calls.filter((name) => name === "hang").length > 1 ? 1 : new Promise<number>(() => undefined);
    });
    const hanging = flow("inner", () => hang().setUpstream(note("first")()));
    const { program } = flow("outer", () => hanging.asTask()());
    void runProgram(program, { store: first }, { ports: on, runId: RUN });
    await expect.poll(() => calls).toEqual(["first", "hang"]);
    disk.kill("first");

    const run = await resumeProgram(program, RUN, { store: second }, { ports: on });

    expect(run.state.type).toBe("Success");
    expect(calls).toEqual(["first", "hang", "hang"]);
    expect(await runsOf(second, "inner")).toHaveLength(1);
  });

  test("is begun anew by a retry, after it has failed", async () => {
    let fails = true;
    const shaky = task("shaky", () => {
      if (!fails) return "made it";
      fails = false;
      throw new Error("not yet");
    });
    const child = flow("inner", () => shaky());
    const { program } = flow("outer", () => child.asTask({ retries: 1 })());
    const on = stage();

    const run = await runProgram(program, { store: on.store }, { ports: on });

    expect(run.state).toMatchObject({ type: "Success", result: "made it" });
    expect((await runsOf(on.store, "inner")).map(({ state }) => state.type)).toEqual(["Success", "Failed"]);
  });

  test("is let go, not ended, where its process is asked to stop", async () => {
    const on = stage();
    const disk = new MemoryDisk();
    const store = memoryStoreOn(disk, "first");
    const stop = new AbortController();
    const slow = task("slow", async () => {
      stop.abort();
      await on.clock.sleep(60_000, context().signal);
    });
    const child = flow("inner", () => void slow());
    const { program } = flow("outer", () => void child.asTask()());

    const run = await runProgram(program, { store }, { ports: on, drain: stop.signal });
    const [left] = await runsOf(store, "inner");

    expect(run.state).toMatchObject({ type: "Pending", reason: { code: "interrupted" } });
    expect([left?.state.type, left?.ownership]).toEqual(["Running", "none"]);
  });
});
