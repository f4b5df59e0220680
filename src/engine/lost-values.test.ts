/** Children whose values were not kept, in a run that goes on: which of them run again, in which places, with what. */
import { describe, expect, test } from "vitest";
import type { NodeSketch } from "../../test/support/graphs.ts";
import { goesOn, none, notKept, row, running, success } from "../../test/support/goes-on.ts";
import type { TaskState } from "../state/task-state.ts";
import { newCounters } from "./run.ts";

const mapped: TaskState = { type: "Mapped", children: 2, result: [] };
const paused: TaskState = { type: "Paused" };
const list: TaskState = { type: "Success", result: ["a", "b"] };
const resumed = { by: "ana", at: 50, input: "go" } as const;
const rejected: TaskState = { type: "Failed", error: { name: "Error", message: "no" } };

/** A list that is kept, connections over it that are not, and what is loaded through each: slots 3 and 4, 5 and 6. */
const loads: readonly NodeSketch[] = [
  { name: "list" },
  { name: "connect", of: ["each list"], mapped: true, ...none },
  { name: "load", of: ["each connect"], mapped: true },
];
const decided = [row(0, list), row(1, mapped, { childBase: 3 }), row(2, mapped, { childBase: 5 })];
const connected = [row(3, success, { node: 1, ...notKept }), row(4, success, { node: 1, ...notKept })];

describe("children whose values were not kept", () => {
  test("run again in the places they have, and children beside them wait for them", () => {
    const { first, steps, ends, type } = goesOn(loads, [...decided, ...connected, row(5, running, { node: 2 })]);

    expect(first).toEqual([3, 4]);
    expect(steps(3)).toEqual(["Success → Pending", "Pending → Running"]);
    expect([type(5), type(6)]).toEqual(["Pending", "Pending"]);
    expect(ends(4, 200)).toEqual([6]);
    expect(ends(3, 300)).toEqual([5]);
  });

  test("run again only where a sibling that is unfinished needs them", () => {
    const loaded = row(6, success, { node: 2 });

    const { first, type } = goesOn(loads, [...decided, ...connected, row(5, running, { node: 2 }), loaded]);

    expect(first).toEqual([3]);
    expect([type(4), type(6)]).toEqual(["Success", "Success"]);
  });

  test("all run again for a task that takes them together", () => {
    const sketches = [...loads.slice(0, 2), { name: "sum", of: ["connect"] }];

    const { first, ends } = goesOn(sketches, [...decided.slice(0, 2), ...connected]);

    expect(first).toEqual([3, 4]);
    expect(ends(3, 200)).toEqual([]);
    expect(ends(4, 300)).toEqual([2]);
  });

  test("leave those alone that have failed, and those that are still at work", () => {
    const sketches = [...loads.slice(0, 2), { name: "sum", of: ["connect"] }];
    const [there] = connected;

    const refused = goesOn(sketches, [...decided.slice(0, 2), there!, row(4, rejected, { node: 1 })]);
    const lost = goesOn(sketches, [...decided.slice(0, 2), there!, row(4, running, { node: 1 })]);

    expect([refused.first, refused.type(4)]).toEqual([[3], "Failed"]);
    expect([lost.first, lost.run.counters.get(4)?.lost]).toEqual([[3, 4], 1]); // counted on: it may be poison
  });

  test("run again through the control nodes that their values went through", () => {
    const sketches: readonly NodeSketch[] = [
      ...loads.slice(0, 2),
      { name: "there", of: ["connect"], kind: "filter" },
      { name: "load", of: ["there"] },
    ];
    const filtered = row(2, { type: "Success", result: undefined }, { value: "derived" });

    const { first, ends, value } = goesOn(sketches, [
      row(0, list),
      row(1, mapped, { childBase: 4 }),
      filtered,
      row(4, success, { node: 1, ...notKept }),
      row(5, success, { node: 1, ...notKept }),
    ]);

    expect(first).toEqual([4, 5]);
    expect([ends(5, 200, "two"), ends(4, 300, "one")]).toEqual([[], [3]]);
    expect(value(2)).toEqual(["one", "two"]);
  });

  test("go on by the place their elements came from, where those are flattened", () => {
    const sketches: readonly NodeSketch[] = [
      ...loads.slice(0, 2),
      { name: "load", of: ["each flat connect"], mapped: true },
    ];
    const all: TaskState = { type: "Mapped", children: 3, result: [] };

    const { first, ends, gather } = goesOn(sketches, [
      row(0, list),
      row(1, mapped, { childBase: 3 }),
      row(2, all, { childBase: 5 }),
      ...connected,
      row(5, success, { node: 2 }),
    ]);

    expect(first).toEqual([3, 4]);
    gather(6); // somebody looks at what it takes, which is not there yet
    expect([ends(3, 200, ["a"]), ends(4, 300, ["b", "c"])]).toEqual([[], [6, 7]]);
    expect([gather(6), gather(7)]).toEqual([["b"], ["c"]]);
  });
});

describe("what a person has said of a child", () => {
  test("holds while what it takes runs again: it goes on after that", () => {
    const asks = row(5, paused, { node: 2 });
    const { send, started, ends, first, run } = goesOn(loads, [
      ...decided,
      ...connected,
      asks,
      row(6, success, { node: 2 }),
    ]);

    expect(first).toEqual([3]);
    expect(started(send({ type: "Resumed", slot: 5, ...resumed }))).toEqual([]);
    expect(ends(3, 200)).toEqual([5]);
    expect(run.counters.get(5)?.resumed).toEqual(resumed);
  });

  test("holds for one that is still Paused when what it takes is there again", () => {
    const { send, started, ends, type } = goesOn(loads, [...decided, ...connected, row(5, paused, { node: 2 })]);

    expect(ends(3, 200)).toEqual([]);
    expect(type(5)).toBe("Paused");
    expect(started(send({ type: "Resumed", slot: 5, ...resumed }))).toEqual([5]);
  });

  test("holds where the whole list is made again, for a child that is not kept either", () => {
    const sketches: readonly NodeSketch[] = [
      { name: "list", ...none },
      { name: "connect", of: ["each list"], mapped: true, ...none },
      { name: "sum", of: ["connect"] },
    ];
    const [there] = connected;
    const { first, ends, send, started } = goesOn(sketches, [
      row(0, list, notKept),
      row(1, mapped, { childBase: 3 }),
      there!,
      row(4, paused, { node: 1 }),
    ]);

    expect(first).toEqual([0]);
    expect(started(send({ type: "Resumed", slot: 4, ...resumed }))).toEqual([]);
    expect(ends(0, 200)).toEqual([3, 4]);
  });

  test("is not asked again of one that runs again for its value only", () => {
    const counters = { ...newCounters(0), resumed };
    const resumedOnce = row(3, success, { node: 1, counters, ...notKept });

    const { run } = goesOn(loads, [...decided, resumedOnce, row(5, running, { node: 2 })]);

    expect(run.counters.get(3)).toMatchObject({ generation: 1, resumed });
  });
});

describe("a list that is made again with other elements", () => {
  const sketches: readonly NodeSketch[] = [
    { name: "list", ...none },
    { name: "load", of: ["each list"], mapped: true },
  ];
  const three: TaskState = { type: "Mapped", children: 3, result: [] };
  const kept = [row(0, list, notKept), row(1, three, { childBase: 2 }), row(2, success, { node: 1 })];

  test("gives each child that is left the one at its place", () => {
    const { ends, gather } = goesOn(sketches, kept);

    expect(ends(0, 200, ["x", "y", "z", "new"])).toEqual([3, 4]);
    expect([gather(3), gather(4)]).toEqual([["y"], ["z"]]);
  });

  test.each<[string, TaskState]>([
    ["has not begun", { type: "Pending" }],
    ["waits for its next attempt", { type: "Retrying", attempt: 2, startAt: 5_000 }],
    ["waits for a person", paused],
  ])("fails a child that %s and finds none: its body is not called with another's", (_, state) => {
    const { ends, state: stateOf, type, run } = goesOn(sketches, [...kept, row(4, state, { node: 1 })]);

    expect(ends(0, 200, ["x", "y"])).toEqual([3]);
    expect(stateOf(4)).toMatchObject({
      type: "Failed",
      error: { message: "[2] is missing in the result of 'list' (it is an array of 2)" },
      reason: { code: "ref-path-missing", path: "[2]" },
    });
    expect([type(2), run.timers, run.paused]).toEqual(["Success", 0, 0]);
  });

  test("fails the children that are left where it is no list any more", () => {
    const { ends, type } = goesOn(sketches, kept);

    expect(ends(0, 200, "x")).toEqual([]);
    expect([type(2), type(3), type(4)]).toEqual(["Success", "Failed", "Failed"]);
  });
});

describe("a mapped task whose handlers had put a list in the place of its children", () => {
  test("decides them when it runs again, and children beside them wait for those", () => {
    const { first, ends, type } = goesOn(loads, [
      row(0, list),
      row(1, list, notKept),
      row(2, mapped, { childBase: 3 }),
      row(3, running, { node: 2 }),
    ]);

    expect(first).toEqual([5, 6]);
    expect([type(3), type(4)]).toEqual(["Pending", "Pending"]);
    expect(ends(6, 200)).toEqual([4]);
    expect(ends(5, 300)).toEqual([3]);
  });
});

describe("the setup of a resource that is made again", () => {
  const sketches: readonly NodeSketch[] = [
    { name: "session.setup", resource: "setup", ...none },
    { name: "copy", of: ["session.setup"] },
    { name: "session.cleanup", of: ["session.setup"], after: ["copy"], resource: "cleanup of session.setup" },
  ];

  test.each<[string, TaskState]>([
    ["had ended", success],
    ["was at work when its process stopped", running],
  ])("is cleaned up after its block, also where the cleanup of before %s", (_, state) => {
    const poison = { rules: { maxLost: 0 } } as const;
    const [setup, copy, cleanup] = sketches;
    const { first, ends, steps } = goesOn(
      [setup!, copy!, { ...cleanup!, ...poison }],
      [row(0, success, notKept), row(2, state)],
    );

    expect(first).toEqual([0]);
    expect(ends(0, 200)).toEqual([1]);
    expect(ends(1, 300)).toEqual([2]);
    expect(steps(2)).toEqual([`${state.type} → Pending`, "Pending → Running"]);
  });
});
