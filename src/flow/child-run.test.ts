/** A flow that is called as a task and waits for a person: asked in both runs, answered in either. */
import { describe, expect, test } from "vitest";
import { stage, typesOf } from "../../test/support/play.ts";
import { flowRunOf } from "./flow-run.ts";
import { approval, context, flow, signals, task } from "../index.ts";
import type { Ask, RunRow, Store } from "../ports/store.ts";
import { MemoryDisk, memoryStoreOn } from "../store/memory.ts";
import { runFlow } from "../testing.ts";
import { parentOf } from "../runtime/parent-run.ts";
import { resumeProgram } from "../runtime/resume.ts";
import { runProgram } from "../runtime/run.ts";

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
