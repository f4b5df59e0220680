import { describe, expect, test } from "vitest";
import { graphOf, type NodeSketch } from "../../test/support/graphs.ts";
import type { TaskState } from "../state/task-state.ts";
import { advance } from "./advance.ts";
import { checkRun } from "./check-run.ts";
import type { Command } from "./command.ts";
import type { RunEvent } from "./event.ts";
import { makePlan } from "./plan.ts";
import { type KeptTaskRun, rebuild } from "./recover.ts";
import { typeOf } from "./run.ts";
import { story } from "./story.ts";

const row = (slot: number, state: TaskState, more: Partial<KeptTaskRun> = {}): KeptTaskRun => ({
  ...{ slot, node: slot, attempt: 1, state, childBase: undefined, counters: undefined, name: undefined, value: "kept" },
  ...more,
});
const success: TaskState = { type: "Success", result: "value" };
const running: TaskState = { type: "Running", attempt: 1 };
const notKept = { value: "not-kept" } as const;
const none = { rules: { keepsResult: false } } as const;

/** A run that goes on from these rows at 100. */
function goesOn(sketches: readonly NodeSketch[], taskRuns: readonly KeptTaskRun[]) {
  const facts = { id: "run", parameters: {}, flow: { type: "Running", attempt: 1 }, taskRuns } as const;
  const { run, again } = rebuild(makePlan(graphOf(sketches)), facts, 99);
  const send = (event: RunEvent): readonly Command[] => {
    const commands: Command[] = [];
    advance(run, event, commands);
    checkRun(run);
    return commands;
  };
  const started = (commands: readonly Command[]) =>
    commands.flatMap((command) => (command.type === "StartAttempt" ? [command.slot] : []));
  const ends = (slot: number, at: number) =>
    started(
      send({
        type: "AttemptSettled",
        ...{ slot, attempt: run.attempt[slot]!, outcome: { kind: "returned", value: ["a", "b"] }, at },
      }),
    );
  const first = started(send({ type: "RunRecovered", again, at: 100 }));
  const steps = (slot: number) => story(run, slot).map(({ from, to }) => `${from} → ${to}`);
  const type = (slot: number) => typeOf(run, slot);
  const value = (slot: number) => run.value[slot];
  return { first, ends, steps, type, value, started, send };
}

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

  test("decides its children anew, and children beside them wait for the new ones", () => {
    const list: TaskState = { type: "Success", result: ["a", "b"] };
    const mapped: TaskState = { type: "Mapped", children: 2, result: [] };
    const { first, ends, type } = goesOn(
      [
        { name: "list" },
        { name: "clean", of: ["each list"], mapped: true, ...none },
        { name: "load", of: ["each clean"], mapped: true },
      ],
      [
        row(0, list),
        row(1, mapped, { childBase: 3 }),
        row(2, mapped, { childBase: 5 }),
        row(3, success, { node: 1, ...notKept }),
        row(4, running, { node: 1 }),
        row(5, running, { node: 2 }),
      ],
    );

    expect(first).toEqual([7, 8]); // behind the ranges that were there
    expect([type(5), type(6)]).toEqual(["Pending", "Pending"]);
    expect(ends(8, 200)).toEqual([6]);
    expect(ends(7, 300)).toEqual([5]);
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
