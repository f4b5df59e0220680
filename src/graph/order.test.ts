import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { GraphNode, NodeId } from "./graph.ts";
import { forEachUpstream, orderOf } from "./order.ts";

function node(id: NodeId, upstreams: readonly NodeId[], after: readonly NodeId[] = []): GraphNode {
  return {
    id,
    slug: `n-${id}`,
    name: "n",
    kind: "task",
    task: 0,
    arguments: upstreams.map((up) => ({
      label: "x",
      source: { kind: "node", node: up, path: [] },
      each: false,
      flatten: false,
    })),
    mapped: false,
    after,
    groups: [],
  };
}

/** Random nodes whose upstreams have lower ids. */
const acyclic = fc
  .array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength: 40 })
  .map((wishes) => wishes.map((ups, id) => node(id, id === 0 ? [] : ups.map((up) => up % id))));

describe("orderOf", () => {
  test("puts every node after all it waits for, and each exactly once", () => {
    fc.assert(
      fc.property(acyclic, (nodes) => {
        const order = orderOf(nodes);
        if (!order.ok) return false;
        const place = new Map(Array.from(order.order, (id, at) => [id, at]));
        let good = place.size === nodes.length;
        for (const { id } of nodes) {
          forEachUpstream(nodes[id]!, (up) => {
            good &&= place.get(up)! < place.get(id)! && order.depth[up]! < order.depth[id]!;
          });
        }
        return good;
      }),
    );
  });

  test("finds a cycle exactly where there is one, and tells a real round", () => {
    const anything = fc
      .array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 25 })
      .map((wishes) => wishes.map((ups, id) => node(id, [], [...new Set(ups.map((up) => up % wishes.length))])));

    fc.assert(
      fc.property(anything, (nodes) => {
        const order = orderOf(nodes);
        if (order.ok) return order.order.length === nodes.length;
        const { cycle } = order;
        return (
          cycle.length > 1 &&
          cycle[0] === cycle.at(-1) &&
          cycle.slice(1).every((id, i) => nodes[id]!.after.includes(cycle[i]!))
        );
      }),
    );
  });

  test("takes a chain of 300,000 nodes, and a round of as many", () => {
    const chain = Array.from({ length: 300_000 }, (_, id) => node(id, id === 0 ? [] : [id - 1]));
    const round = [node(0, [], [299_999]), ...chain.slice(1)];

    expect(orderOf(chain)).toMatchObject({ ok: true });
    const cyclic = orderOf(round);
    expect(!cyclic.ok && cyclic.cycle.length).toBe(300_001);
  });
});
