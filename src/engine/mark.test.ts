/** A person says what became of a task run: it holds like any end of it, whatever the task run was in the middle of. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { graphOf, type NodeSketch } from "../../test/support/graphs.ts";
import { behaviourOf, type RandomFlow, randomFlows } from "../../test/support/random-flows.ts";
import { type Behave, returned, threw, World, type WorldOptions } from "../../test/support/world.ts";
import type { FlowState, TaskState } from "../state/task-state.ts";
import { advance } from "./advance.ts";
import { checkRun } from "./check-run.ts";
import type { Command } from "./command.ts";
import { explain } from "./explain.ts";
import { markRefusal } from "./mark.ts";
import { type Marking, MARKS } from "./marking.ts";
import { makePlan } from "./plan.ts";
import { preview } from "./preview.ts";
import { rebuild } from "./recover.ts";
import { resetAfter, resetFor } from "./reset.ts";
import { isDropped, PHASE, taskRunName, typeOf } from "./run.ts";
import { story } from "./story.ts";

const asked = { asksHandlers: true };
const chain: readonly NodeSketch[] = [
  { name: "extract" },
  { name: "load", of: ["extract"] },
  { name: "report", of: ["load"] },
  { name: "alert", of: ["load"], rules: { trigger: { kind: "any_failed" } } },
];

function marking(world: World, name: string, as: Marking["as"], value?: unknown): Marking {
  return { slot: world.slot(name), as, why: "seen by hand", by: "ana", value };
}

function mark(world: World, name: string, as: Marking["as"], value?: unknown): World {
  world.send({ type: "Marked", slot: world.slot(name), marking: marking(world, name, as, value), at: world.now });
  return world;
}

/** A run of `chain` in which `extract` is at work and nothing else has begun. */
const begun = (sketches = chain, behave?: Behave, options?: WorldOptions): World => {
  const world = new World(graphOf(sketches), behave, options);
  world.answerFor("flow");
  return world;
};

describe("a task run that has not begun", () => {
  test.each([
    ["Success", { report: "Success", alert: "TriggerFailed" }],
    ["Failed", { report: "TriggerFailed", alert: "Success" }],
    ["Skipped", { report: "Skipped", alert: "Skipped" }],
  ] as const)("that is marked %s never runs, and what follows decides by that", (as, expected) => {
    const world = mark(begun(), "load", as, 7).toTheEnd();

    expect(world.types()).toMatchObject({ extract: "Success", load: as, ...expected });
    expect(world.starts).not.toContain("load");
  });

  test("keeps who said it, when, why, and what it was", () => {
    const world = begun();
    world.now = 40;

    mark(world, "load", "Success", { rows: 3 });

    expect(world.state("load")).toEqual({
      type: "Success",
      result: { rows: 3 },
      reason: { code: "marked", why: "seen by hand", by: "ana", at: 40, from: "Pending" },
    });
    expect(world.run.marked).toEqual([world.slot("load")]);
  });

  test("starts what follows at once, though its own upstream is still at work", () => {
    const world = mark(begun(), "load", "Success", 7);

    expect(world.starts).toEqual(["extract", "report"]);
  });

  test("carries an error with the reason, where it is marked Failed", () => {
    const world = mark(begun(), "load", "Failed");

    expect(world.state("load")).toMatchObject({
      error: { code: "MARKED_FAILED", message: "marked Failed by ana: seen by hand" },
    });
  });

  test("says in a sentence why it is as it is", () => {
    const world = mark(begun(), "load", "Skipped");

    expect(explain(world.run, world.slot("load"))).toBe(
      "'load' was skipped, as ana marked it at 1970-01-01T00:00:00+00:00, when it was Pending: seen by hand.",
    );
  });
});

describe("a task run in the middle of something short of its body", () => {
  const flaky: Behave = (name, attempt) => (name === "load" && attempt === 1 ? threw("broken", 500) : returned(name));

  test("gives up the timer of its next attempt", () => {
    const world = begun([{ name: "load", rules: { retries: 3 } }], flaky);
    world.answerFor("load");
    expect(world.state("load").type).toBe("Retrying");

    mark(world, "load", "Success", 1).toTheEnd();

    expect([world.types(), world.starts]).toEqual([{ load: "Success" }, ["load"]]);
    expect(world.finished).toMatchObject({ type: "Success" });
  });

  test("gives up its place in line", () => {
    const limits = { limits: ["db"] };
    const world = begun([
      { name: "first", rules: limits },
      { name: "second", rules: limits },
    ]);
    world.answerFor("first");
    world.answerFor("second");
    expect(world.state("second").type).toBe("Queued");

    mark(world, "second", "Skipped").toTheEnd();

    expect([world.types(), world.holding]).toEqual([{ first: "Success", second: "Skipped" }, 0]);
  });

  test("gives up its question to a person, and the run goes on", () => {
    const rules = { approval: { question: "go?", timeoutMs: 1_000, input: undefined } };
    const world = begun([
      { name: "gate", rules },
      { name: "ship", of: ["gate"] },
    ]);
    world.answerFor("flow");
    expect(world.run.flow.type).toBe("Paused");

    mark(world, "gate", "Success", true).toTheEnd();

    expect(world.types()).toEqual({ gate: "Success", ship: "Success" });
  });

  test("gives up its turn", () => {
    const world = begun([{ name: "first" }, { name: "second" }, { name: "third" }], undefined, { capacity: 1 });

    mark(world, "second", "Success").toTheEnd();

    expect(world.starts).toEqual(["first", "third"]);
  });

  test("gives back the claim on a cache entry that comes too late", () => {
    const world = begun([{ name: "load", rules: { cacheForMs: 1_000 } }]);

    mark(world, "load", "Success", 1);
    const late = world.answerFor("load");

    expect(late).toContainEqual({ type: "ReleaseCache", slot: 0 });
  });

  test("is not put into the cache", () => {
    const world = begun([{ name: "load", rules: { cacheForMs: 1_000, retries: 1 } }], flaky);
    world.answerFor("load");
    world.answerFor("load");

    const commands = world.send({
      type: "Marked",
      slot: 0,
      marking: marking(world, "load", "Success", 1),
      at: world.now,
    });

    expect(commands.map(({ type }) => type)).toContain("ReleaseCache");
    expect(commands.map(({ type }) => type)).not.toContain("StoreCache");
  });
});

describe("handlers of a task run that is marked", () => {
  const sketches = [
    { name: "load", rules: asked },
    { name: "report", of: ["load"] },
  ];

  test("are told, and have no say", () => {
    const told: string[] = [];
    const handlers = (name: string, to: { readonly type: string }) => {
      told.push(`${name} ${to.type}`);
      return to.type === "Skipped" ? ({ type: "Paused" } as const) : undefined;
    };
    const world = begun(sketches, undefined, { handlers });

    mark(world, "load", "Skipped").toTheEnd();

    expect(told).toEqual(["load Running", "load Skipped"]);
    expect(world.types()).toEqual({ load: "Skipped", report: "Skipped" });
    expect(world.starts).toEqual([]);
  });

  test("are asked about the first of two marks only", () => {
    const world = begun(sketches);

    mark(mark(world, "load", "Success", 1), "load", "Failed").toTheEnd();

    expect(world.state("load").type).toBe("Success");
  });
});

describe("what cannot be marked", () => {
  const list: Behave = (name) => returned(name === "list" ? [1, 2] : name);
  const mapped = [{ name: "list" }, { name: "each", of: ["each list"], mapped: true }, { name: "sum", of: ["each"] }];

  test("is a task run whose body is called", () => {
    const world = begun();
    const before = world.run.log.length;

    mark(world, "extract", "Success");

    expect(markRefusal(world.run, 0, false)).toBe("TASK_UNDER_WAY");
    expect([world.state("extract").type, world.run.log.length]).toEqual(["Running", before]);
  });

  test("is one that has ended while the run goes on", () => {
    const world = begun();
    world.answerFor("extract");

    mark(world, "extract", "Failed");

    expect(markRefusal(world.run, 0, false)).toBe("TASK_DECIDED");
    expect(world.state("extract").type).toBe("Success");
  });

  test("is a mapped one with children, each of which can be", () => {
    const world = begun(mapped, list, { capacity: 1 });
    world.answerFor("list");
    expect(markRefusal(world.run, world.slot("each"), false)).toBe("TASK_MAPPED");

    mark(world, "each[1]", "Success", "by hand").toTheEnd();

    expect(world.starts).toEqual(["list", "each[0]", "sum"]);
    expect(world.state("each")).toMatchObject({ type: "Mapped", result: ["each[0]", "by hand"] });
  });

  test("is anything of a run that is being cancelled", () => {
    const world = begun();
    world.send({ type: "CancelRequested", by: undefined, at: 1 });

    expect(markRefusal(world.run, world.slot("load"), false)).toBe("RUN_CANCELLING");
  });
});

/** Ends a run, marks one of its task runs, and ends it again. */
function markedAfterEnd(
  sketches: readonly NodeSketch[],
  behave: Behave,
  name: string,
  as: Marking["as"],
  value?: unknown,
) {
  const world = new World(graphOf(sketches), behave).toTheEnd();
  world.starts.length = 0;
  const given = marking(world, name, as, value);
  const foretold = preview(world.run, { type: "mark", marking: given, isNobodys: true }, { at: world.now });
  const { slots } = resetFor(world.run, { type: "mark", slot: given.slot }, world.now);
  checkRun(world.run);
  world.finished = undefined;
  world.send({ type: "RunStarted", given: new Map(), marking: given, at: world.now });
  const again = slots.map((slot) => taskRunName(world.run, slot));
  return { world: world.toTheEnd(), again, foretold };
}

describe("a task run of a run that has ended", () => {
  const broken: Behave = (name) => (name === "load" ? threw("broken") : returned(name));

  test("that is marked Success lets what follows run, with its value, and nothing else", () => {
    const { world, again } = markedAfterEnd(chain, broken, "load", "Success", 7);

    expect(again).toEqual(["report", "alert"]);
    expect([world.starts, world.run.value[1]]).toEqual([["report"], 7]);
    expect(world.types()).toEqual({ extract: "Success", load: "Success", report: "Success", alert: "TriggerFailed" });
  });

  test("keeps the step it took in its story", () => {
    const { world } = markedAfterEnd(chain, broken, "load", "Success");

    expect(story(world.run, world.slot("load")).at(-1)).toMatchObject({ from: "Failed", to: "Success" });
  });

  test("decides the run's end anew where nothing follows", () => {
    const only = [{ name: "extract" }, { name: "load", of: ["extract"] }];

    const { world, again } = markedAfterEnd(only, broken, "load", "Success");

    expect([again, world.starts]).toEqual([[], []]);
    expect(world.finished).toMatchObject({ type: "Success" });
  });

  test("may be a child: its list has it, and only what takes from that child runs", () => {
    const sketches = [
      { name: "list" },
      { name: "each", of: ["each list"], mapped: true },
      { name: "more", of: ["each each"], mapped: true },
    ];
    const behave: Behave = (name) =>
      name === "list" ? returned([1, 2]) : name === "each[1]" ? threw("broken") : returned(name);

    const { world, again } = markedAfterEnd(sketches, behave, "each[1]", "Success", "by hand");

    expect([again, world.starts]).toEqual([["more[1]"], ["more[1]"]]);
    expect(world.state("each")).toMatchObject({ result: ["each[0]", "by hand"] });
  });

  test("is kept as marked when what follows runs again later, though its task keeps no result", () => {
    const rules = { keepsResult: false };
    const sketches = [
      { name: "load", rules },
      { name: "report", of: ["load"] },
    ];
    const { world } = markedAfterEnd(sketches, () => returned("x"), "load", "Success", 7);
    world.starts.length = 0;

    resetFor(world.run, { type: "run-from", slot: world.slot("report") }, world.now);
    world.send({ type: "RunStarted", given: new Map(), at: world.now });
    world.toTheEnd();

    expect([world.starts, world.run.value[0]]).toEqual([["report"], 7]);
  });

  test("has a preview that says what then happens", () => {
    const { foretold } = markedAfterEnd(chain, broken, "load", "Success", 7);

    expect(foretold.taskRuns.map(({ name, becomes, to }) => `${name} ${becomes} → ${to}`)).toEqual([
      "load ends → Success",
      "report runs → Success",
      "alert ends → TriggerFailed",
    ]);
    expect([foretold.stays, foretold.flow.to]).toEqual([1, "Failed"]);
  });

  test("has a preview that knows the value: how many children there will be", () => {
    const sketches = [{ name: "list" }, { name: "each", of: ["each list"], mapped: true }];
    const { foretold } = markedAfterEnd(sketches, () => threw("broken"), "list", "Success", [1, 2]);

    expect(foretold.taskRuns.map(({ name, becomes }) => `${name} ${becomes}`)).toEqual([
      "list ends",
      "each ends",
      "each[0] runs",
      "each[1] runs",
    ]);
  });
});

/** A run of `chain` that was left, goes on from these states, and is marked with that. */
function leftAndMarked(states: readonly TaskState[], given: Omit<Marking, "why" | "by">, flow: FlowState = GOING_ON) {
  const taskRuns = states.map((state, slot) => ({
    ...{ slot, node: slot, attempt: 1, state, childBase: undefined, counters: undefined, value: "kept" as const },
  }));
  const { run } = rebuild(makePlan(graphOf(chain)), { id: "run", parameters: {}, flow, taskRuns }, 9);
  const marking = { ...given, why: "seen by hand", by: "ana" };
  const isFinished = run.phase[given.slot] === PHASE.DONE;
  const back = isFinished ? resetAfter(run, given.slot, 50).slots : [];
  const commands: Command[] = [];
  advance(run, { type: "RunRecovered", again: [], marking, at: 100 }, commands);
  checkRun(run);
  const started = commands.flatMap((command) =>
    command.type === "StartAttempt" ? [taskRunName(run, command.slot)] : [],
  );
  return { run, back, started, types: states.map((_, slot) => typeOf(run, slot)), ends: commands.at(-1) };
}

const GOING_ON: FlowState = { type: "Running", attempt: 1 };
const done: TaskState = { type: "Success", result: 1 };
const lost: TaskState = { type: "Running", attempt: 1 };
const failed: TaskState = { type: "Failed", error: { name: "Error", message: "broken" } };
const notBegun: TaskState = { type: "Pending" };

describe("a task run of a run that was left before its end", () => {
  test("is marked before anything goes on, also where its attempt was lost", () => {
    const { types, started } = leftAndMarked([done, lost, notBegun, notBegun], { slot: 1, as: "Success", value: 7 });

    expect(types).toEqual(["Success", "Success", "Running", "TriggerFailed"]);
    expect(started).toEqual(["report"]);
  });

  test("does not begin in the process that takes the run over to mark it", () => {
    const { types, started } = leftAndMarked([done, notBegun, notBegun, notBegun], {
      slot: 1,
      as: "Skipped",
      value: 0,
    });

    expect(types).toEqual(["Success", "Skipped", "Skipped", "Skipped"]);
    expect(started).toEqual([]);
  });

  test("sets back what follows where it had ended, and that only", () => {
    const { back, types } = leftAndMarked([lost, failed, failed, lost], { slot: 1, as: "Success", value: 7 });

    expect(back).toEqual([2, 3]);
    expect(types).toEqual(["Running", "Success", "Running", "TriggerFailed"]);
  });

  test("leaves a run Paused that a person had paused", () => {
    const held = { type: "Paused", reason: { code: "by-person", by: "eva" } } as const;

    const { types, started, ends, run } = leftAndMarked(
      [done, failed, failed, notBegun],
      { slot: 1, as: "Success", value: 7 },
      held,
    );

    expect([types, started]).toEqual([["Success", "Success", "Pending", "Pending"], []]);
    expect([ends, run.pausing]).toEqual([{ type: "AskFlowHandlers", from: expect.anything(), to: held }, held.reason]);
  });
});

const orders = fc.array(fc.nat(1_000), { minLength: 1, maxLength: 40 });

function answerAll(world: World, order: readonly number[]): void {
  for (let i = 0; world.open > 0; i++) world.answer(order[i % order.length] ?? 0);
}

const endOf = (world: World) => world.finished?.type;

/** One that may be marked, if there is one. */
function markable(world: World, pick: number, isNobodys: boolean): number | undefined {
  const { run } = world;
  const slots = Array.from({ length: run.slots }, (_, slot) => slot).filter(
    (slot) => !isDropped(run, slot) && markRefusal(run, slot, isNobodys) === undefined,
  );
  return slots[pick % Math.max(1, slots.length)];
}

function partWay(flow: RandomFlow, order: readonly number[], steps: number): World {
  const world = new World(graphOf(flow.sketches), behaviourOf(flow), { capacity: 2 });
  for (let i = 0; i < steps % 40 && world.open > 0; i++) world.answer(order[i % order.length] ?? 0);
  return world;
}

describe("any task run of any run", () => {
  test("that is marked at any step stays as marked, never starts after that, and the run ends with nothing held", () => {
    fc.assert(
      fc.property(
        randomFlows,
        orders,
        fc.nat(),
        fc.nat(),
        fc.constantFrom(...MARKS),
        (flow, order, steps, pick, as) => {
          const world = partWay(flow, order, steps);
          const slot = markable(world, pick, false);
          fc.pre(slot !== undefined && endOf(world) === undefined && world.run.flowPhase === "running");
          const before = world.starts.length;
          const name = taskRunName(world.run, slot);

          world.send({
            type: "Marked",
            slot,
            marking: { slot, as, why: "x", by: undefined, value: ["a"] },
            at: world.now,
          });
          answerAll(world, order);

          expect(typeOf(world.run, slot)).toBe(as);
          expect(world.run.detail.get(slot)?.reason?.code).toBe("marked");
          expect(world.starts.slice(before)).not.toContain(name);
          expect([world.run.openNodes, world.holding]).toEqual([0, 0]);
          expect(["Success", "Failed"]).toContain(endOf(world));
        },
      ),
      { numRuns: 500 },
    );
  });

  test("that is marked after the end runs again what run-from would, but for itself and what only it needs", () => {
    fc.assert(
      fc.property(randomFlows, orders, fc.nat(), fc.constantFrom(...MARKS), (flow, order, pick, as) => {
        const world = new World(graphOf(flow.sketches), behaviourOf(flow));
        answerAll(world, order);
        const slot = markable(world, pick, true);
        fc.pre(slot !== undefined);
        const before = world.outcome();

        const { slots } = resetFor(world.run, { type: "mark", slot }, world.now);
        checkRun(world.run);
        const value = { by: "hand" };
        const given: Marking = { slot, as, why: "x", by: undefined, value };
        world.send({ type: "RunStarted", given: new Map(), marking: given, at: world.now });
        answerAll(world, order);

        const again = new Set(slots.map((other) => taskRunName(world.run, other)));
        expect(again.has(taskRunName(world.run, slot))).toBe(false);
        expect(typeOf(world.run, slot)).toBe(as);
        expect([world.run.openNodes, world.holding]).toEqual([0, 0]);
        const after = world.outcome();
        for (let node = 0; node < world.plan.count; node++) {
          const name = taskRunName(world.run, node);
          if (node !== slot && !again.has(name) && typeOf(world.run, node) !== "Mapped")
            expect(after[name]).toEqual(before[name]);
        }
      }),
      { numRuns: 300 },
    );
  });
});
