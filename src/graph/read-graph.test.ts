import { expect, test } from "vitest";
import { branch, every, flow, mapEach, merge, resource, settled, task } from "../index.ts";
import { makePlan } from "../engine/plan.ts";
import { graphFromJson } from "./read-graph.ts";
import { graphToJson } from "./serialise.ts";

const list = task("list", (size: number) => [size]);
const use = task({ name: "use", retries: 2, trigger: "all_finished" }, (value: unknown, _more?: unknown) => value);
const pick = task("pick", () => "a" as "a" | "b");
const session = resource("session", { setup: () => 1, cleanup: () => undefined });

/** Every kind of node and source. */
const made = flow({ name: "all of it", schedule: every("1m"), tags: ["t"], parameters: { size: 10 } }, ({ size }) => {
  const items = list(size);
  const mapped = use.map(items, [1, 2]);
  const each = mapEach(items, (x) => use(use(x)));
  const taken = branch(pick(), { a: () => use(items.at(0)), b: () => use({ deep: [mapped, size] }) });
  const inSession = session.use((one) => use(one).setUpstream(items));
  return { taken, last: merge(taken, use(settled(mapped))), each, inSession };
});

test("a graph that was written as JSON is read as it was", () => {
  const json = graphToJson(made.graph);

  const read = graphFromJson(json);

  expect(graphToJson(read!)).toEqual(json);
});

test("its plan is that of the flow", () => {
  const read = graphFromJson(graphToJson(made.graph));

  const { graph: _, rules: __, ...own } = makePlan(made.graph);
  expect(makePlan(read!)).toMatchObject(own);
});

test("what is no graph of this format is none", () => {
  expect([graphFromJson({ format: 2, nodes: [] }), graphFromJson({}), graphFromJson(null)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
