/** What holds of every run, whatever the flow, its bodies and the order in which the world answers. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { graphOf } from "../../test/support/graphs.ts";
import { behaviourOf, type RandomFlow, randomFlows } from "../../test/support/random-flows.ts";
import { World, type WorldOptions } from "../../test/support/world.ts";
import { isFinishedType } from "../state/task-state.ts";
import type { Command } from "./command.ts";
import { advance } from "./advance.ts";
import { createRun } from "./run.ts";
import { restore, snapshot } from "./snapshot.ts";
import { story } from "./story.ts";

/** The order in which the world answers: the numbers, again and again. */
const orders = fc.array(fc.nat(1_000), { minLength: 1, maxLength: 40 });

function played(flow: RandomFlow, order: readonly number[], options: WorldOptions = {}): World {
  const world = new World(graphOf(flow.sketches), behaviourOf(flow), options);
  for (let i = 0; world.open > 0; i++) world.answer(order[i % order.length] ?? 0);
  return world;
}

describe("a run of any flow", () => {
  test("ends, with every task run finished and the invariants true after each event", () => {
    fc.assert(
      fc.property(randomFlows, orders, (flow, order) => {
        const { run, finished } = played(flow, order);

        expect(["Success", "Failed"]).toContain(finished?.type);
        expect([run.openNodes, run.running, run.timers, run.questions.size, run.ready.length]).toEqual([0, 0, 0, 0, 0]);
      }),
      { numRuns: 400 },
    );
  });

  test("starts nothing before its upstreams are finished", () => {
    fc.assert(
      fc.property(randomFlows, orders, (flow, order) => {
        const { run, plan } = played(flow, order);
        const times = Array.from({ length: run.slots }, (_, slot) => spanOf(run, slot));

        for (let node = 0; node < plan.count; node++) {
          for (let e = plan.upStart[node]!; e < plan.upStart[node + 1]!; e++) {
            const up = plan.up[e]!;
            if (plan.mapped[node] === 0) expect(times[up]!.ended).toBeLessThan(times[node]!.begun);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  test("ends in the same states, with the same values, in whatever order things are settled", () => {
    fc.assert(
      fc.property(randomFlows, orders, orders, fc.nat(3), (flow, one, other, capacity) => {
        const first = played(flow, one);
        const second = played(flow, other, { capacity: capacity + 1 });

        expect(second.outcome()).toEqual(first.outcome());
        expect(second.finished).toEqual(first.finished);
      }),
      { numRuns: 400 },
    );
  });

  test("never holds more of a limit than there is, and holds it in no state but Running", () => {
    fc.assert(
      fc.property(randomFlows, orders, fc.integer({ min: 1, max: 3 }), (flow, order, limit) => {
        const world = new World(graphOf(flow.sketches), behaviourOf(flow), { limit });

        for (let i = 0; world.open > 0; i++) {
          world.answer(order[i % order.length] ?? 0);
          expect(world.holding).toBeLessThanOrEqual(limit);
        }
        expect(world.holding).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  test("never has more attempts in flight than there is room for", () => {
    fc.assert(
      fc.property(randomFlows, orders, fc.integer({ min: 1, max: 3 }), (flow, order, capacity) => {
        const world = new World(graphOf(flow.sketches), behaviourOf(flow), { capacity });

        for (let i = 0; world.open > 0; i++) {
          world.answer(order[i % order.length] ?? 0);
          expect(world.inFlight).toBeLessThanOrEqual(capacity);
        }
      }),
      { numRuns: 200 },
    );
  });
});

/** Where in the log of the run a task run left Pending for good, and where it reached its last state. */
function spanOf(run: World["run"], slot: number) {
  let begun = Number.POSITIVE_INFINITY;
  let ended = -1;
  for (let i = 0; i < run.log.length; i++) {
    if (run.log.slot[i] !== slot) continue;
    begun = Math.min(begun, i);
    ended = i;
  }
  return { begun, ended };
}

describe("a run restored from its snapshot at any step", () => {
  test("goes on identically: equal commands, equal snapshots", () => {
    fc.assert(
      fc.property(randomFlows, orders, fc.nat(1_000), (flow, order, at) => {
        const world = played(flow, order);
        const { events, plan } = world;
        const cut = at % events.length;
        const original = createRun(plan, "run", {}, world.run.capacity);
        for (const event of events.slice(0, cut)) advance(original, event, []);
        const kept = snapshot(original);
        const copy = structuredClone(kept);

        const restored = restore(plan, copy);

        for (const event of events.slice(cut)) {
          const there: Command[] = [];
          const here: Command[] = [];
          advance(original, event, there);
          advance(restored, event, here);
          expect(here).toEqual(there);
        }
        expect(snapshot(restored)).toEqual(snapshot(original));
        expect(kept).toEqual(copy);
      }),
      { numRuns: 300 },
    );
  });

  test("takes the end of an attempt once: repeated, and after it was lost, it changes nothing", () => {
    fc.assert(
      fc.property(randomFlows, orders, fc.nat(1_000), (flow, order, pick) => {
        const world = new World(graphOf(flow.sketches), behaviourOf(flow));
        for (let i = 0; world.open > 0; i++) {
          world.answer(order[i % order.length] ?? 0);
          const ends = world.events.filter((event) => event.type === "AttemptSettled");
          const again = ends[pick % Math.max(1, ends.length)];
          const before = snapshot(world.run);
          const commands: Command[] = [];

          if (again !== undefined) advance(world.run, again, commands);

          expect(snapshot(world.run)).toEqual(before);
          expect(commands).toEqual([]);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("a run that is cancelled at any step", () => {
  test("starts nothing more and ends Cancelled, whatever the world still answers", () => {
    fc.assert(
      fc.property(randomFlows, orders, fc.nat(1_000), (flow, order, at) => {
        const world = new World(graphOf(flow.sketches), behaviourOf(flow), { capacity: 2 });
        for (let i = 0; i < at % 30 && world.open > 0; i++) world.answer(order[i % order.length] ?? 0);
        const over = world.finished !== undefined || ["ending", "ended"].includes(world.run.flowPhase);
        const before = world.starts.length;

        world.send({ type: "CancelRequested", by: undefined, at: world.now });
        for (let i = 0; world.open > 0; i++) world.answer(order[i % order.length] ?? 0);

        expect(world.starts.length).toBe(before);
        expect(world.finished?.type === "Cancelled" || over).toBe(true);
        expect(world.run.openNodes).toBe(0);
        expect(world.holding).toBe(0);
      }),
      { numRuns: 400 },
    );
  });
});

describe("a run that is drained at any step", () => {
  test("starts nothing more, and ends interrupted once nothing is in flight", () => {
    fc.assert(
      fc.property(randomFlows, orders, fc.nat(1_000), (flow, order, at) => {
        const world = new World(graphOf(flow.sketches), behaviourOf(flow), { capacity: 2 });
        for (let i = 0; i < at % 30 && world.open > 0; i++) world.answer(order[i % order.length] ?? 0);
        const before = world.starts.length;

        world.send({ type: "DrainRequested", at: world.now });
        for (let i = 0; world.open > 0; i++) world.answer(order[i % order.length] ?? 0);

        expect(world.starts.length).toBe(before);
        expect(world.finished).toBeDefined();
        expect(world.holding).toBe(0);
      }),
      { numRuns: 400 },
    );
  });
});

describe("a run that a person pauses at any step", () => {
  test("starts nothing more, and is Paused once nothing is in flight, or has ended by then", () => {
    fc.assert(
      fc.property(randomFlows, orders, fc.nat(1_000), (flow, order, at) => {
        const world = new World(graphOf(flow.sketches), behaviourOf(flow), { capacity: 2 });
        for (let i = 0; i < at % 30 && world.open > 0; i++) world.answer(order[i % order.length] ?? 0);
        const before = world.starts.length;

        const commands = world.send({ type: "PauseRequested", by: "ana", at: world.now });
        for (let i = 0; world.open > 0; i++) world.answer(order[i % order.length] ?? 0);

        expect(commands.filter(({ type }) => type === "AbortAttempt")).toEqual([]);
        expect(world.starts.length).toBe(before);
        expect(["Paused", "Success", "Failed"]).toContain(world.finished?.type);
        expect(world.run.running).toBe(0);
        expect(world.holding).toBe(0);
      }),
      { numRuns: 400 },
    );
  });

  test("and that is cancelled at any later step ends Cancelled, if it had not ended before", () => {
    fc.assert(
      fc.property(randomFlows, orders, fc.nat(1_000), fc.nat(20), (flow, order, at, later) => {
        const world = new World(graphOf(flow.sketches), behaviourOf(flow), { capacity: 2 });
        for (let i = 0; i < at % 30 && world.open > 0; i++) world.answer(order[i % order.length] ?? 0);
        world.send({ type: "PauseRequested", by: "ana", at: world.now });
        for (let i = 0; i < later && world.open > 0; i++) world.answer(order[i % order.length] ?? 0);
        const { flowPhase, flow: ended } = world.run;
        const over = flowPhase === "ending" || (flowPhase === "ended" && isFinishedType(ended.type));
        const before = world.starts.length;

        world.send({ type: "CancelRequested", by: undefined, at: world.now });
        for (let i = 0; world.open > 0; i++) world.answer(order[i % order.length] ?? 0);

        expect(world.starts.length).toBe(before);
        expect(world.finished?.type === "Cancelled" || over).toBe(true);
        if (flowPhase === "ended" && over) expect(world.run.flow).toBe(ended);
        expect(world.run.openNodes).toBe(0);
      }),
      { numRuns: 400 },
    );
  });
});

describe("the history of a task run", () => {
  test("is without gaps: each step begins where the one before ended", () => {
    fc.assert(
      fc.property(randomFlows, orders, (flow, order) => {
        const { run } = played(flow, order);

        for (let slot = 0; slot < run.slots; slot++) {
          const steps = story(run, slot);
          expect(steps[0]?.from).toBe("Pending");
          expect(steps.slice(1).map((step) => step.from)).toEqual(steps.slice(0, -1).map((step) => step.to));
        }
      }),
      { numRuns: 100 },
    );
  });
});
