/** How a flow ends: its reference tasks, `finalState`, its own handlers and listeners. */
import { describe, expect, test } from "vitest";
import { play, stage } from "../../test/support/play.ts";
import { flow, type FlowOptions, referenceTasks, signals, type StateHandler, states, task } from "../index.ts";

const good = task("good", () => "fine");
const bad = task("bad", () => {
  throw new Error("broken");
});
const after = task({ name: "after", trigger: "all_finished" }, (_: unknown) => "done");

describe("a flow's state", () => {
  test("is that of the tasks nothing waits for: a failure before them does not count", async () => {
    expect((await play(flow("default", () => after(bad())))).state).toMatchObject({ type: "Success", result: "done" });
  });

  test("is Failed when one of them failed, and names it", async () => {
    const run = await play(
      flow("default", () => {
        good();
        bad();
      }),
    );

    expect(run.state).toMatchObject({
      type: "Failed",
      error: { code: "RUN_FAILED", message: "flow 'default' failed: bad failed" },
      reason: { code: "reference-failed", failed: ["bad"] },
    });
  });

  test("is that of the reference tasks where some were named", async () => {
    const named = flow("named", () => {
      const upstream = bad();
      after(upstream);
      referenceTasks(upstream);
    });

    expect((await play(named)).state.type).toBe("Failed");
  });

  test("is Success for a flow without tasks, with its result", async () => {
    expect((await play(flow("empty", () => ({ fixed: 1 })))).state).toMatchObject({
      type: "Success",
      result: { fixed: 1 },
    });
  });

  test("names at most twenty of a thousand failed tasks, and how many more", async () => {
    const each = task("each", (x: number) => {
      throw new Error(String(x));
    });

    const { state } = await play(
      flow("many", () => each.map(Array.from({ length: 1_000 }, (_, i) => i))),
      { logLevel: "off" },
    );

    expect(state).toMatchObject({ error: { message: expect.stringContaining("and 980 more failed") } });
  });
});

const ended = (options: Partial<FlowOptions>, body = good) => play(flow({ name: "ends", ...options }, () => body()));

describe("finalState", () => {
  test("is asked with the flow's state and those of its references, children one by one", async () => {
    const seen: unknown[] = [];
    const each = task("each", (x: number) => x);
    const finalState: FlowOptions["finalState"] = ({ name }, state, references) =>
      void seen.push(name, state.type, ...references.map(({ type }) => type));

    await play(
      flow({ name: "asked", finalState }, () => {
        each.map([1, 2]);
        bad();
      }),
    );

    expect(seen).toEqual(["asked", "Failed", "Success", "Success", "Failed"]);
  });

  test("may decide otherwise, either way", async () => {
    expect((await ended({ finalState: () => states.success(3) }, bad)).state).toEqual({
      type: "Success",
      result: 3,
      reason: { code: "final-state" },
    });
    expect((await ended({ finalState: () => states.failed("no") })).state).toMatchObject({
      type: "Failed",
      error: { message: "no" },
    });
    expect((await ended({ finalState: () => undefined })).state.type).toBe("Success");
  });

  test("that throws fails the flow with its error", async () => {
    const finalState = () => {
      throw new TypeError("no idea");
    };

    expect((await ended({ finalState })).state).toMatchObject({
      type: "Failed",
      error: { name: "TypeError", message: "no idea" },
    });
  });

  test.each([
    ["nothing we know", 5],
    ["a state of no kind", { type: "Great" }],
    ["a state that is not final", { type: "Running", attempt: 1 }],
    ["a pause", { type: "Paused" }],
    ["a promise", Promise.resolve(states.success(1))],
  ])("that answers with %s fails the flow", async (_, answer) => {
    const run = await ended({ finalState: (() => answer) as unknown as NonNullable<FlowOptions["finalState"]> });

    expect(run.state).toMatchObject({
      type: "Failed",
      error: { code: "HANDLER_FAILED", message: expect.stringContaining("finalState") },
    });
  });
});

describe("a flow's state handlers", () => {
  const seenBy = async (options: Partial<FlowOptions>, body = good) => {
    const seen: string[] = [];
    const note: StateHandler = (subject, from, to) =>
      void seen.push(`${subject.kind} ${subject.name} ${from.type}>${to.type}`);
    const run = await ended({ ...options, stateHandlers: [note, ...(options.stateHandlers ?? [])] }, body);
    return { seen, state: run.state };
  };

  test("see it begin and end", async () => {
    expect((await seenBy({})).seen).toEqual(["flow ends Pending>Running", "flow ends Running>Success"]);
    expect((await seenBy({}, bad)).seen).toEqual(["flow ends Pending>Running", "flow ends Running>Failed"]);
  });

  test("see what finalState decided", async () => {
    expect((await seenBy({ finalState: () => states.success(1) }, bad)).seen.at(-1)).toBe("flow ends Running>Success");
  });

  test.each<readonly [string, StateHandler, object]>([
    [
      "replace its end",
      (_, __, to) => (to.type === "Success" ? states.failed("vetoed") : undefined),
      { type: "Failed", error: { message: "vetoed" } },
    ],
    [
      "may be async",
      async (_, __, to) => (to.type === "Success" ? states.success(9) : undefined),
      { type: "Success", result: 9 },
    ],
    [
      "may end it before it begins",
      (_, __, to) => (to.type === "Running" ? states.success("nothing to do") : undefined),
      { type: "Success", result: "nothing to do" },
    ],
    [
      "may pause it before it begins",
      (_, __, to) => (to.type === "Running" ? states.paused() : undefined),
      { type: "Paused" },
    ],
    [
      "may pause it at its end",
      (_, __, to) => (to.type === "Success" ? states.paused() : undefined),
      { type: "Paused" },
    ],
    ["may throw a signal", () => raise(signals.fail("not today")), { type: "Failed", error: { message: "not today" } }],
    ["fail it when they throw", () => raise(new Error("oops")), { type: "Failed", error: { code: "HANDLER_FAILED" } }],
    [
      "fail it when they answer nonsense",
      (() => 5) as unknown as StateHandler,
      { type: "Failed", error: { code: "HANDLER_FAILED" } },
    ],
  ])("%s", async (_, handler, expected) => {
    expect((await ended({ stateHandlers: [handler] })).state).toMatchObject(expected);
  });

  test("that fail at its beginning keep every task from running", async () => {
    const run = await ended({ stateHandlers: [() => raise(new Error("oops"))] });

    expect(run.task("good")).toMatchObject({ attempts: 0, state: { type: "Pending" } });
  });
});

function raise(thrown: unknown): never {
  throw thrown;
}

describe("a flow's listeners", () => {
  test("hear of each transition, after the fact, and onFailure once", async () => {
    const heard: string[] = [];
    const { run } = stage();
    const options: FlowOptions = {
      name: "heard",
      onStateChange: [(subject, from, to) => heard.push(`${subject.kind} ${from.type}>${to.type}`)],
      onFailure: (subject, state) => heard.push(`${subject.name}: ${state.error.message}`),
    };

    await run(flow(options, () => bad()));

    expect(heard).toEqual(["flow Pending>Running", "flow Running>Failed", "heard: flow 'heard' failed: bad failed"]);
  });

  test("change nothing by failing", async () => {
    const on = stage();

    const run = await on.run(flow({ name: "heard", onStateChange: () => raise(new Error("deaf")) }, () => good()));

    expect(run.state.type).toBe("Success");
    expect(on.logger.lines()).toContain("WARN caudal.FlowRunner | onStateChange failed and was ignored: Error: deaf");
  });
});
