/** Any flow with values that are not kept, left at any step or run again after its end, in a process that has none of them. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rowsOf } from "../../test/support/goes-on.ts";
import { graphOf } from "../../test/support/graphs.ts";
import { behaviourOf, type RandomFlow, randomFlows } from "../../test/support/random-flows.ts";
import { World } from "../../test/support/world.ts";
import type { RunEvent } from "./event.ts";
import { makePlan } from "./plan.ts";
import { type KeptTaskRun, rebuild } from "./recover.ts";
import { resetFor } from "./reset.ts";
import { type Run, STATE_INDEX, taskRunName } from "./run.ts";
import { stateOf } from "./state-of.ts";
import { gather } from "./values.ts";

/** In the place of every value that another process does not have. */
const LOST = "lost with its process";

const orders = fc.array(fc.nat(1_000), { minLength: 1, maxLength: 40 });
const masks = fc.nat(2 ** 12 - 1);

/** Of the tasks, those that a mask has a bit for do not keep their results. */
function unkept({ sketches, deeds }: RandomFlow, mask: number): RandomFlow {
  const isMasked = (node: number) => (mask >> (node % 12)) % 2 === 1;
  const marked = sketches.map((sketch, node) =>
    sketch.kind === undefined && isMasked(node)
      ? { ...sketch, rules: { ...sketch.rules, keepsResult: false } }
      : sketch,
  );
  return { sketches: marked, deeds };
}

function rowsWithoutLost(run: Run): readonly KeptTaskRun[] {
  return rowsOf(run).map((row) =>
    row.value === "kept" ? row : { ...row, state: { ...row.state, result: LOST } as KeptTaskRun["state"] },
  );
}

const isKept = ({ value, state }: KeptTaskRun) => value === "kept" && state.type !== "Mapped";

/** Answers all that is owed, and names whatever starts with a value that is not there. */
function withLost(world: World, order: readonly number[], from: number): readonly string[] {
  const { run } = world;
  const found: string[] = [];
  let seen = from;
  const look = () => {
    for (; seen < run.log.length; seen++) {
      const slot = run.log.slot[seen]!;
      if (run.log.step[seen]! % 32 !== STATE_INDEX.Running) continue;
      if (JSON.stringify(gather(run, slot)).includes(LOST)) found.push(taskRunName(run, slot));
    }
  };
  look();
  for (let i = 0; world.open > 0; i++) {
    world.answer(order[i % order.length] ?? 0);
    look();
  }
  return found;
}

/** Left after so many steps, at a moment when nobody is asked anything. */
function partWay(flow: RandomFlow, order: readonly number[], steps: number): World {
  const world = new World(graphOf(flow.sketches), behaviourOf(flow), { capacity: 2 });
  for (let i = 0; world.open > 0 && (i < steps || world.run.questions.size > 0); i++)
    world.answer(order[i % order.length] ?? 0);
  return world;
}

const goOn = (flow: RandomFlow, run: Run, event: RunEvent) =>
  new World(graphOf(flow.sketches), behaviourOf(flow), { goesOn: { run, event } });

describe("a run of any flow whose values are not all kept", () => {
  test("that is left at any step goes on with all that is needed made again, and with what was kept as it was", () => {
    fc.assert(
      fc.property(randomFlows, masks, orders, fc.nat(40), (random, mask, order, steps) => {
        const flow = unkept(random, mask);
        const { run: left, now } = partWay(flow, order, steps);
        fc.pre(left.flowPhase === "running");
        const rows = rowsWithoutLost(left);
        const facts = { id: "run", parameters: {}, flow: left.flow, taskRuns: rows };

        const { run, again } = rebuild(makePlan(graphOf(flow.sketches)), facts, 9);
        const found = withLost(goOn(flow, run, { type: "RunRecovered", again, at: now }), order, 0);

        expect(found).toEqual([]);
        expect([run.openNodes, run.running, run.questions.size]).toEqual([0, 0, 0]);
        const kept = rows.filter((row) => isKept(row) && left.phase[row.slot] === 4);
        expect(kept.map(({ slot }) => [stateOf(run, slot), run.attempt[slot]])).toEqual(
          kept.map(({ state, attempt }) => [state, attempt]),
        );
      }),
      { numRuns: 600 },
    );
  });

  test("that is run again from any task, or where it failed, has all made again that this needs", () => {
    fc.assert(
      fc.property(randomFlows, masks, orders, fc.nat(30), fc.boolean(), (random, mask, order, pick, retries) => {
        const flow = unkept(random, mask);
        const ended = partWay(flow, order, Infinity);
        const facts = { id: "run", parameters: {}, flow: ended.run.flow, taskRuns: rowsWithoutLost(ended.run) };

        const { run } = rebuild(makePlan(graphOf(flow.sketches)), facts, 9);
        const slot = pick % run.plan.count;
        resetFor(run, retries ? { type: "retry-failed" } : { type: "run-from", slot }, ended.now);
        const from = run.log.length;
        fc.pre(run.flowPhase === "new");
        const found = withLost(goOn(flow, run, { type: "RunStarted", given: new Map(), at: ended.now }), order, from);

        expect(found).toEqual([]);
        expect([run.openNodes, run.running, run.questions.size]).toEqual([0, 0, 0]);
      }),
      { numRuns: 600 },
    );
  });
});
