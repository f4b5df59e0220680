import { describe, expect, test } from "vitest";
import { graphOf, type NodeSketch } from "../../test/support/graphs.ts";
import { goesOn, none, notKept, row, running, success } from "../../test/support/goes-on.ts";
import type { TaskState } from "../state/task-state.ts";
import { makePlan } from "./plan.ts";
import { rebuild } from "./recover.ts";
import { typeOf } from "./run.ts";

describe("a task run whose value was not kept and is needed", () => {
  const sketches: readonly NodeSketch[] = [
    { name: "extract", ...none },
    { name: "load", of: ["extract"] },
  ];

  test("runs again, and its history says so", () => {
    const { first, steps } = goesOn(sketches, [row(0, success, notKept), row(1, running)]);

    expect(first).toEqual([0]);
    expect(steps(0)).toEqual(["Success → Pending", "Pending → Running"]);
  });

  test("is waited for by an attempt that was lost", () => {
    const { first, steps, ends } = goesOn(sketches, [row(0, success, notKept), row(1, running)]);

    expect(first).toEqual([0]);
    expect(steps(1)).toEqual(["Running → Pending"]);
    expect(ends(0, 200)).toEqual([1]);
  });

  test("is waited for by a retry that is due, and leaves one that is not its delay", () => {
    const retrying: TaskState = { type: "Retrying", attempt: 2, startAt: 5_000 };
    const early = goesOn(sketches, [row(0, success, notKept), row(1, retrying)]);
    const late = goesOn(sketches, [row(0, success, notKept), row(1, retrying)]);

    expect(early.ends(0, 200)).toEqual([]);
    expect(early.started(early.send({ type: "TimerFired", slot: 1, at: 5_000 }))).toEqual([1]);
    expect(late.started(late.send({ type: "TimerFired", slot: 1, at: 5_000 }))).toEqual([]);
    expect(late.ends(0, 6_000)).toEqual([1]);
  });

  test("is waited for by a task run that a person lets go on", () => {
    const { send, started, ends, type } = goesOn(sketches, [row(0, success, notKept), row(1, { type: "Paused" })]);

    expect(started(send({ type: "Resumed", slot: 1, by: undefined, input: undefined, at: 150 }))).toEqual([]);
    expect(type(1)).toBe("Pending");
    expect(ends(0, 200)).toEqual([1]);
  });

  test.each([
    ["is to run again", row(0, success, notKept)],
    ["was running again when the process died", row(0, { type: "Running", attempt: 2 })],
  ])("that %s leaves the value alone that a control node took from it: no other is taken for it", (_, lost) => {
    const { first, type, value } = goesOn(
      [
        { name: "extract", ...none },
        { name: "other" },
        { name: "either", of: ["extract", "other"], kind: "merge", rules: { trigger: { kind: "not_all_skipped" } } },
        { name: "load", of: ["extract"] },
      ],
      [
        lost,
        row(1, { type: "Success", result: "the second" }),
        row(2, { type: "Success", result: undefined }, { value: "derived" }),
        row(3, running),
      ],
    );

    expect(first).toEqual([0]);
    expect(type(2)).toBe("Success");
    expect(value(2)).toBeUndefined();
  });
});

describe("children of a node that is complete, in a run that was being cancelled", () => {
  test("are counted like those of any other", () => {
    const mapped: TaskState = { type: "Mapped", children: 1, result: [] };
    const { type } = goesOn(
      [
        { name: "list" },
        { name: "clean", of: ["each list"], mapped: true },
        { name: "load", of: ["each clean"], mapped: true },
      ],
      [
        row(0, { type: "Success", result: ["a"] }),
        row(1, mapped, { childBase: 3 }),
        row(2, mapped, { childBase: 4 }),
        row(3, running, { node: 1 }),
        row(4, { type: "Cancelled" }, { node: 2 }),
      ],
    );

    expect(type(4)).toBe("Cancelled");
  });
});

describe("a run that has ended, read again", () => {
  test("has no value where a control node took it from one that was not kept", () => {
    const sketches: readonly NodeSketch[] = [
      { name: "extract", ...none },
      { name: "clean", of: ["extract"], kind: "filter" },
    ];
    const gone: TaskState = { type: "Success", result: null };
    const taskRuns = [row(0, gone, notKept), row(1, success, { value: "derived" })];

    const { run } = rebuild(makePlan(graphOf(sketches)), { id: "run", parameters: {}, flow: success, taskRuns }, 1);

    expect([typeOf(run, 1), run.value[1]]).toEqual(["Success", "value"]);
  });
});
