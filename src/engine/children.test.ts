/** Children of mapped nodes: when they are decided, whom they wait for, and what the counters then say. */
import { describe, expect, test } from "vitest";
import { graphOf } from "../../test/support/graphs.ts";
import { returned, signalled, threw, World } from "../../test/support/world.ts";
import { gather } from "./values.ts";

const list = (name: string) => ({ name });
const twoLists = (name: string, attempt: number) => {
  if (name === "list") return returned(["x", "y"]);
  return name === "each[0]" && attempt === 1 ? threw("not the first time", 50) : returned(`${name} done`);
};

describe("a task mapped over the children of another", () => {
  test("has its children as soon as the other's are decided, each waiting for its sibling only", () => {
    const sketches = [
      list("list"),
      { name: "each", of: ["each list"], mapped: true, rules: { retries: 1 } },
      { name: "next", of: ["each each"], mapped: true },
    ];
    const world = new World(graphOf(sketches), twoLists);
    world.answerFor("flow");
    world.answerFor("list");

    world.answerFor("each[1]");

    expect(world.types()).toMatchObject({ each: "Mapped", next: "Mapped", "next[0]": "Pending", "next[1]": "Running" });
    expect(world.toTheEnd().starts).toEqual(["list", "each[0]", "each[1]", "next[1]", "each[0]", "next[0]"]);
  });

  test("does not take a sibling as finished that is between its failure and its retry", () => {
    const sketches = [
      list("list"),
      { name: "each", of: ["each list"], mapped: true, rules: { retries: 1, asksHandlers: true } },
      { name: "slow" },
      { name: "next", of: ["each each"], after: ["slow"], mapped: true },
    ];
    const world = new World(graphOf(sketches), twoLists);
    for (const name of ["flow", "list", "each", "each[0]", "each[0]", "each[0]"]) world.answerFor(name);
    expect(world.state("each[0]").type).toBe("Failed"); // its handlers are being asked about Retrying

    world.answerFor("slow");

    expect(world.state("next[0]").type).toBe("Pending");
    world.toTheEnd();
    expect(gather(world.run, world.slot("next[0]"))).toEqual(["each[0] done"]);
    expect(world.state("next[0]").type).toBe("Success");
  });

  test("waits for all of them where it takes the flattened list, and then each sees its own origin", () => {
    const sketches = [
      list("list"),
      { name: "each", of: ["each list"], mapped: true },
      { name: "next", of: ["each flat each"], mapped: true },
    ];
    const world = new World(graphOf(sketches), (name) => {
      if (name === "list") return returned([0, 1, 2]);
      if (name === "each[1]") return threw("the middle one");
      return returned(name === "each[0]" ? ["a", "b"] : "c");
    });

    world.toTheEnd();

    expect(world.types()).toMatchObject({
      "next[0]": "Success",
      "next[1]": "Success",
      "next[2]": "TriggerFailed",
      "next[3]": "Success",
    });
    expect([0, 1, 3].map((i) => gather(world.run, world.slot(`next[${i}]`))[0])).toEqual(["a", "b", "c"]);
  });
});

describe("a mapped node whose path leads nowhere", () => {
  test("fails with the path, and has no children", () => {
    const graph = graphOf([list("list"), { name: "each", of: ["each list"], mapped: true }]);
    const [argument] = graph.nodes[1]!.arguments;
    const withPath = { ...argument!, source: { kind: "node", node: 0, path: ["rows"] } } as const;
    const nodes = [graph.nodes[0]!, { ...graph.nodes[1]!, arguments: [withPath] }];
    const world = new World({ ...graph, nodes }, () => returned({ columns: [] }));

    world.toTheEnd();

    expect(world.state("each")).toMatchObject({
      type: "Failed",
      error: { code: "REF_PATH_MISSING" },
      reason: { code: "ref-path-missing", path: ".rows" },
    });
  });
});

describe("a mapped node whose handlers answer its Mapped", () => {
  const sketches = [list("list"), { name: "each", of: ["each list"], mapped: true, rules: { asksHandlers: true } }];
  const behave = (name: string) => returned(name === "list" ? ["x", "y"] : "done");

  test("with a success has that for a result, and no children", () => {
    const world = new World(graphOf(sketches), behave, {
      handlers: (_, to) => (to.type === "Mapped" ? { type: "Success", result: 7 } : undefined),
    });

    world.toTheEnd();

    expect(world.state("each")).toMatchObject({ type: "Success", result: 7 });
    expect(Object.keys(world.types())).toEqual(["list", "each"]);
  });

  test("with Retrying decides its children anew, and never calls a body of its own", () => {
    let asked = 0;
    const world = new World(graphOf(sketches), behave, {
      handlers: (_, to) =>
        to.type === "Mapped" && asked++ === 0 ? { type: "Retrying", attempt: 1, startAt: 30 } : undefined,
    });

    world.toTheEnd();

    expect(world.types()).toMatchObject({ each: "Mapped", "each[0]": "Success", "each[1]": "Success" });
    expect(world.starts).toEqual(["list", "each[0]", "each[1]"]);
  });

  test("with Paused waits for a person, and then decides its children", () => {
    let asked = 0;
    const world = new World(graphOf(sketches), behave, {
      handlers: (_, to) => (to.type === "Mapped" && asked++ === 0 ? { type: "Paused" } : undefined),
    });
    world.toTheEnd();
    expect(world.finished).toEqual({ type: "Paused" });

    world.send({ type: "Resumed", slot: world.slot("each"), by: undefined, input: undefined, at: 10 });

    expect(world.toTheEnd().starts).toEqual(["list", "each[0]", "each[1]"]);
    expect(world.finished).toMatchObject({ type: "Success" });
  });
});

describe("a mapped node whose children all failed", () => {
  test("stays Mapped, fails its flow, and its consumers see the children", () => {
    const sketches = [
      list("list"),
      { name: "each", of: ["each list"], mapped: true },
      { name: "sum", of: ["each"], rules: { trigger: { kind: "all_failed" as const } } },
    ];
    const world = new World(graphOf(sketches, ["each"]), (name) => (name === "list" ? returned([1, 2]) : threw("no")));

    world.toTheEnd();

    expect(world.types()).toMatchObject({ each: "Mapped", sum: "Failed" });
    expect(world.finished).toMatchObject({ type: "Failed", reason: { failed: ["each[0]", "each[1]"] } });
  });
});

describe("a mapped node over a skipped upstream", () => {
  const skip = signalled({ kind: "skip", why: undefined, result: null });

  test("is Skipped as a whole", () => {
    const world = new World(graphOf([list("list"), { name: "each", of: ["each list"], mapped: true }]), () => skip);

    expect(world.toTheEnd().types()).toEqual({ list: "Skipped", each: "Skipped" });
  });

  test("cannot be mapped where it is not to be skipped", () => {
    const rules = { skipOnUpstreamSkip: false };
    const world = new World(
      graphOf([list("list"), { name: "each", of: ["each list"], mapped: true, rules }]),
      () => skip,
    );

    expect(world.toTheEnd().state("each")).toMatchObject({
      type: "Failed",
      reason: { code: "unmappable-result", got: "null" },
    });
  });
});
