import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { graphOf } from "../../test/support/graphs.ts";
import { behaviourOf, plainFlows } from "../../test/support/random-flows.ts";
import { prefectEnds } from "../../test/support/reference-model.ts";
import { World } from "../../test/support/world.ts";

describe("a flow of plain tasks", () => {
  test("ends as Prefect 1.x ends it, in any order of answers", () => {
    fc.assert(
      fc.property(plainFlows, fc.array(fc.nat(1_000), { minLength: 1, maxLength: 20 }), (flow, order) => {
        const world = new World(graphOf(flow.sketches), behaviourOf(flow));
        for (let i = 0; world.open > 0; i++) world.answer(order[i % order.length] ?? 0);

        const expected = prefectEnds(flow);

        expect(world.types()).toEqual(expected.tasks);
        expect(world.finished?.type).toBe(expected.flow);
      }),
      { numRuns: 1_500 },
    );
  });
});
