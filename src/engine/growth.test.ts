/** What the engine does grows with the graph and no faster: counted, not timed. */
import { describe, expect, test } from "vitest";
import { graphOf, type NodeSketch } from "../../test/support/graphs.ts";
import { returned, threw } from "../../test/support/world.ts";
import { advance } from "./advance.ts";
import type { Command } from "./command.ts";
import type { Outcome, RunEvent } from "./event.ts";
import { makePlan, type Plan } from "./plan.ts";
import { createRun, type Run } from "./run.ts";

/** Reads of the plan's edges, and looks at task runs, of a whole run. */
interface Work {
  readonly edges: number;
  readonly looks: number;
  readonly events: number;
}

const EDGES = ["up", "upRole", "down", "downPaired"] as const;

/** A plan that counts each read of an edge. */
function counted(plan: Plan, count: () => void): Plan {
  const watched = EDGES.map((name) => {
    const get = (target: Plan[typeof name], key: string | symbol) => {
      count();
      return Reflect.get(target, key) as unknown;
    };
    return [name, new Proxy(plan[name], { get })];
  });
  return { ...plan, ...Object.fromEntries(watched) };
}

/** Runs to the end, answering everything in order, without the checks that other tests make. */
function work(sketches: readonly NodeSketch[], behave: (slot: number) => Outcome = () => returned(1)): Work {
  let edges = 0;
  let looks = 0;
  const plan = counted(makePlan(graphOf(sketches)), () => edges++);
  const run = createRun(plan, "run", {}, 64);
  const todo: number[] = [];
  Object.defineProperty(todo, "push", {
    value: (...slots: number[]) => {
      looks += slots.length;
      for (const slot of slots) todo[todo.length] = slot;
      return todo.length;
    },
  });
  run.todo = todo;
  const events: RunEvent[] = [{ type: "RunStarted", given: new Map(), at: 0 }];
  let at = 0;
  for (; at < events.length; at++) {
    const commands: Command[] = [];
    advance(run, events[at]!, commands);
    for (const command of commands) events.push(...answer(run, command, behave));
  }
  expect(run.openNodes).toBe(0);
  return { edges, looks, events: at };
}

function answer(_: Run, command: Command, behave: (slot: number) => Outcome): RunEvent[] {
  switch (command.type) {
    case "StartAttempt": {
      const { slot, attempt } = command;
      return [{ type: "AttemptSettled", slot, attempt, outcome: behave(slot), at: 0 }];
    }
    case "AskFlowHandlers":
      return [{ type: "FlowHandlersAnswered", state: command.to, at: 0 }];
    case "AskFinalState":
      return [{ type: "FinalStateAnswered", state: command.state, at: 0 }];
    default:
      return [];
  }
}

const names = (count: number, prefix = "t") => Array.from({ length: count }, (_, i) => `${prefix}${i}`);
const list = (width: number) => (slot: number) => returned(slot === 0 ? Array.from({ length: width }, (_, i) => i) : 1);

const SHAPES: readonly (readonly [string, (size: number) => Work])[] = [
  ["a chain", (n) => work(names(n).map((name, i) => ({ name, of: i === 0 ? [] : [`t${i - 1}`] })))],
  ["a fan-out", (n) => work([{ name: "root" }, ...names(n).map((name) => ({ name, of: ["root"] }))])],
  ["a fan-in", (n) => work([...names(n).map((name) => ({ name })), { name: "sum", of: names(n) }])],
  [
    "a fan-in of failures",
    (n) => work([...names(n).map((name) => ({ name })), { name: "sum", of: names(n) }], () => threw("no")),
  ],
  [
    "layers of ten, each task below all of the layer before",
    (n) =>
      work(
        names(n).map((name, i) => ({
          name,
          of: i < 10 ? [] : names(10).map((_, k) => `t${Math.floor(i / 10 - 1) * 10 + k}`),
        })),
      ),
  ],
  ["a mapped task", (n) => work([{ name: "list" }, { name: "each", of: ["each list"], mapped: true }], list(n))],
  [
    "mapped tasks in a row, and a sum",
    (n) =>
      work(
        [
          { name: "list" },
          { name: "one", of: ["each list"], mapped: true },
          { name: "two", of: ["each one"], mapped: true },
          { name: "three", of: ["each two", "list"], mapped: true },
          { name: "sum", of: ["three"] },
        ],
        list(n),
      ),
  ],
];

describe("twice the size", () => {
  test.each(SHAPES)("of %s is at most twice the work", (_, run) => {
    const small = run(500);
    const large = run(1_000);

    expect(large.edges).toBeLessThanOrEqual(2 * small.edges + 1_000);
    expect(large.looks).toBeLessThanOrEqual(2 * small.looks + 100);
    expect(large.events).toBeLessThanOrEqual(2 * small.events + 100);
  });
});

describe("a run of many task runs", () => {
  test("holds 200,000 in a chain without running out of stack", () => {
    const { events } = work(names(200_000).map((name, i) => ({ name, of: i === 0 ? [] : [`t${i - 1}`] })));

    expect(events).toBeGreaterThan(200_000);
  });

  test("holds 200,000 children", () => {
    const { looks } = work([{ name: "list" }, { name: "each", of: ["each list"], mapped: true }], list(200_000));

    expect(looks).toBeLessThan(200_010);
  });
});
