/** What runs again after a failure, or from one task run on: that, what follows from it, what it needs, and nothing else. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { graphOf, type NodeSketch } from "../../test/support/graphs.ts";
import { behaviourOf, randomFlows } from "../../test/support/random-flows.ts";
import { type Behave, returned, signalled, threw, World } from "../../test/support/world.ts";
import { checkRun } from "./check-run.ts";
import { type RerunAction, type Reset, resetFor } from "./reset.ts";
import { isDropped, taskRunName } from "./run.ts";
import { stateOf } from "./state-of.ts";

/** Bodies that fail by name in the first run, and work in the second. */
function broken(failing: readonly string[], results: Readonly<Record<string, unknown>> = {}) {
  const mended = { is: false };
  const behave: Behave = (name) =>
    failing.includes(name) && !mended.is ? threw("broken") : returned(results[name] ?? name);
  return { behave, mended };
}

/** Ends a run, sets it back, and ends it again with bodies that work. */
function again(sketches: readonly NodeSketch[], failing: readonly string[], options: Options = {}) {
  const { behave, mended } = broken(failing, options.results);
  const world = new World(graphOf(sketches), behave).toTheEnd();
  const first = world.starts.splice(0);
  mended.is = true;
  const reset = setBack(world, options.from === undefined ? { type: "retry-failed" } : fromNode(world, options.from));
  return { world, first, reset, names: reset.slots.map((slot) => taskRunName(world.run, slot)) };
}

interface Options {
  readonly from?: string;
  readonly results?: Readonly<Record<string, unknown>>;
}

const fromNode = (world: World, name: string): RerunAction => ({ type: "run-from", slot: world.slot(name) });

function setBack(world: World, action: RerunAction): Reset {
  const reset = resetFor(world.run, action, world.now);
  checkRun(world.run);
  world.finished = undefined;
  world.send({ type: "RunStarted", given: new Map(), at: world.now });
  world.toTheEnd();
  return reset;
}

const chain = [
  { name: "extract" },
  { name: "load", of: ["extract"] },
  { name: "report", of: ["load"] },
  { name: "count", of: ["extract"] },
];

describe("retrying what failed", () => {
  test("runs it and what follows, and leaves the rest with state and result", () => {
    const { world, first, names } = again(chain, ["load"]);

    expect(first).toEqual(["extract", "load", "count"]);
    expect(names).toEqual(["load", "report"]);
    expect(world.starts).toEqual(["load", "report"]);
    expect(world.outcome()).toMatchObject({ extract: ["Success", "extract"], report: ["Success", "report"] });
    expect(world.finished).toMatchObject({ type: "Success" });
  });

  test("runs again what ran because of the failure", () => {
    const alert = { name: "alert", of: ["load"], rules: { trigger: { kind: "any_failed" as const } } };

    const { world } = again([...chain, alert], ["load"]);

    expect(world.state("alert").type).toBe("TriggerFailed");
  });

  test("counts attempts on, retries anew, and begins a new generation", () => {
    const sketches = [{ name: "load", rules: { retries: 1 } }];
    const world = new World(graphOf(sketches), (_, attempt) => (attempt < 4 ? threw("broken") : returned("ok")));
    world.toTheEnd();

    setBack(world, { type: "retry-failed" });

    expect([world.run.attempt[0], world.state("load").type]).toEqual([4, "Success"]);
    expect(world.run.counters.get(0)).toMatchObject({ generation: 1, failures: 1 });
  });

  test("changes nothing where nothing failed", () => {
    const world = new World(graphOf(chain)).toTheEnd();

    const reset = resetFor(world.run, { type: "retry-failed" }, 9);

    expect(reset).toEqual({ slots: [], dropped: [] });
    expect([world.run.flowPhase, world.run.flow.type]).toEqual(["ended", "Success"]);
  });

  test("runs what a cancel kept from running", () => {
    const world = new World(graphOf(chain));
    world.answerFor("flow");
    world.send({ type: "CancelRequested", by: undefined, at: 1 });
    world.toTheEnd();
    expect(world.types()).toEqual({ extract: "Success", load: "Cancelled", report: "Cancelled", count: "Cancelled" });

    setBack(world, { type: "retry-failed" });

    expect(world.starts).toEqual(["extract", "load", "count", "report"]);
    expect(world.finished).toMatchObject({ type: "Success" });
  });

  test("leaves alone who waits for a person", () => {
    const gate = { name: "gate", rules: { approval: { question: "go?", timeoutMs: 500, input: undefined } } };
    const { behave, mended } = broken(["load"]);
    const world = new World(graphOf([...chain, gate]), behave);
    while (world.finished === undefined) world.answerFor(world.owedAbout().find((name) => name !== "gate") ?? "");
    mended.is = true;

    const { slots } = setBack(world, { type: "retry-failed" });

    expect(slots).toEqual([1, 2]);
    expect([world.state("report").type, world.state("gate").type]).toEqual(["Success", "TimedOut"]); // its time is kept
  });
});

describe("retrying failed children", () => {
  const mapped = [
    { name: "list" },
    { name: "parse", of: ["each list"], mapped: true },
    { name: "store", of: ["each parse"], mapped: true },
    { name: "sum", of: ["store"] },
  ];
  const results = { list: ["a", "b", "c"] };

  test("runs them, their siblings downstream, and what takes all of them", () => {
    const { world, names } = again(mapped, ["parse[1]"], { results });

    expect(names).toEqual(["sum", "parse[1]", "store[1]"]);
    expect(world.starts.toSorted()).toEqual(["parse[1]", "store[1]", "sum"]);
    expect(world.finished).toMatchObject({ type: "Success" });
  });

  test("decides anew how many there are where the list comes again", () => {
    const lists = [["a", "b", "c"], ["a"]];
    const { behave, mended } = broken(["store[0]"]);
    const world = new World(graphOf(mapped), (name, attempt) =>
      name === "list" ? returned(lists[attempt - 1]) : behave(name, attempt),
    ).toTheEnd();
    world.starts.length = 0;
    mended.is = true;

    const { dropped } = setBack(world, fromNode(world, "list"));

    expect(dropped).toHaveLength(6);
    expect(dropped.every((slot) => isDropped(world.run, slot))).toBe(true);
    expect(world.starts).toEqual(["list", "parse[0]", "store[0]", "sum"]);
    expect(world.finished).toMatchObject({ type: "Success" });
  });

  test("may run from one child on", () => {
    const { world } = again(mapped, [], { results, from: "parse[2]" });

    expect(world.starts.toSorted()).toEqual(["parse[2]", "store[2]", "sum"]);
  });
});

describe("running from a node on", () => {
  test("runs it and what follows, though all of it succeeded", () => {
    const { world } = again(chain, [], { from: "load" });

    expect(world.starts).toEqual(["load", "report"]);
  });

  test("takes the case of a branch anew", () => {
    const sketches: NodeSketch[] = [
      { name: "pick" },
      { name: "branch", kind: "branch", of: ["pick"], cases: ["sms", "mail"] },
      { name: "sms", caseOf: { branch: "branch", key: "sms" } },
      { name: "mail", caseOf: { branch: "branch", key: "mail" } },
      {
        name: "choose",
        kind: "choose",
        branchOf: "branch",
        of: ["sms", "mail"],
        cases: ["sms", "mail"],
        rules: { trigger: { kind: "not_all_skipped" }, skipOnUpstreamSkip: false },
      },
    ];
    const world = new World(graphOf(sketches), (name, attempt) =>
      returned(name === "pick" ? (attempt === 1 ? "sms" : "mail") : name),
    ).toTheEnd();

    setBack(world, fromNode(world, "pick"));

    expect(world.outcome()).toMatchObject({
      sms: ["Skipped", null],
      mail: ["Success", "mail"],
      choose: ["Success", "mail"],
    });
  });
});

describe("what was not kept", () => {
  test("comes again where it is needed, and its other consumers stay as they are", () => {
    const sketches = [
      { name: "open", rules: { keepsResult: false } },
      { name: "use", of: ["open"] },
      { name: "fail", of: ["open"] },
    ];

    const { world, names } = again(sketches, ["fail"]);

    expect(names).toEqual(["open", "fail"]);
    expect(world.starts).toEqual(["open", "fail"]);
    expect(world.run.log.length).toBeGreaterThan(0);
  });

  test("of a mapped task comes again for the children that are there", () => {
    const sketches = [
      { name: "list" },
      { name: "open", of: ["each list"], mapped: true, rules: { keepsResult: false } },
      { name: "use", of: ["each open"], mapped: true },
      { name: "fail", of: ["open"] },
    ];

    const { world } = again(sketches, ["fail"], { results: { list: ["a", "b"] } });

    expect(world.starts.toSorted()).toEqual(["fail", "open[0]", "open[1]"]);
    expect(world.finished).toMatchObject({ type: "Success" });
  });

  test("of a mapped task comes again for those only that pair with what runs again", () => {
    const sketches = [
      { name: "list" },
      { name: "open", of: ["each list"], mapped: true, rules: { keepsResult: false } },
      { name: "use", of: ["each open"], mapped: true },
    ];

    const { world } = again(sketches, ["use[1]"], { results: { list: ["a", "b"] } });

    expect(world.starts).toEqual(["open[1]", "use[1]"]);
  });

  test("of a child that failed is its error, which is there still", () => {
    const sketches: NodeSketch[] = [
      { name: "list" },
      { name: "open", of: ["each list"], mapped: true, rules: { keepsResult: false } },
      { name: "count", of: ["open"], rules: { trigger: { kind: "all_finished" } } },
    ];

    const { world } = again(sketches, ["open[0]"], { results: { list: ["a", "b"] }, from: "count" });

    expect(world.starts.toSorted()).toEqual(["count", "open[1]"]);
  });

  test("comes again where control nodes handed it on", () => {
    const sketches: NodeSketch[] = [
      { name: "open", rules: { keepsResult: false } },
      { name: "either", of: ["open"], kind: "merge", rules: { trigger: { kind: "not_all_skipped" } } },
      { name: "use", of: ["either"] },
    ];

    const { world, names } = again(sketches, ["use"]);

    expect(names).toEqual(["open", "either", "use"]);
    expect(world.starts).toEqual(["open", "use"]);
  });

  test("stays away where what runs again only waits for it", () => {
    const sketches = [
      { name: "open", rules: { keepsResult: false } },
      { name: "use", after: ["open"] },
    ];

    const { world } = again(sketches, ["use"]);

    expect(world.starts).toEqual(["use"]);
  });

  test("comes again without a second question to whoever had let its task go on", () => {
    const sketches = [
      { name: "open", rules: { keepsResult: false } },
      { name: "use", of: ["open"] },
    ];
    const pause = signalled({ kind: "pause", why: undefined });
    const { behave, mended } = broken(["use"]);
    const asks: Behave = (name, attempt) => (name === "open" && attempt === 1 ? pause : behave(name, attempt));
    const world = new World(graphOf(sketches), asks).toTheEnd();
    world.send({ type: "Resumed", slot: 0, by: "ana", input: "go", at: 5 });
    world.toTheEnd();
    mended.is = true;

    setBack(world, { type: "retry-failed" });

    expect(world.run.counters.get(0)).toMatchObject({ generation: 1, resumed: { by: "ana", input: "go" } });
    expect(world.finished).toMatchObject({ type: "Success" });
  });

  test("has a resource opened and closed around what runs again in its block", () => {
    const sketches: NodeSketch[] = [
      { name: "session.setup", resource: "setup", rules: { keepsResult: false } },
      { name: "copy", of: ["session.setup"] },
      { name: "verify", after: ["copy"] },
      { name: "session.cleanup", of: ["session.setup"], after: ["verify"], resource: "cleanup of session.setup" },
      { name: "report", of: ["verify"] },
    ];

    const { world } = again(sketches, ["verify"]);

    expect(world.starts).toEqual(["session.setup", "verify", "session.cleanup", "report"]);
  });
});

describe("a run of any flow that is set back", () => {
  const orders = fc.array(fc.nat(1_000), { minLength: 1, maxLength: 20 });

  test("keeps its invariants, touches nothing else, and ends", () => {
    fc.assert(
      fc.property(randomFlows, orders, fc.nat(30), fc.boolean(), (flow, order, pick, retries) => {
        const world = new World(graphOf(flow.sketches), behaviourOf(flow));
        const play = () => {
          for (let i = 0; world.open > 0; i++) world.answer(order[i % order.length] ?? 0);
        };
        play();
        const { run } = world;
        const before = Array.from({ length: run.slots }, (_, slot) => stateOf(run, slot));
        const attempts = run.attempt.slice();

        const slot = pick % run.plan.count;
        const reset = resetFor(run, retries ? { type: "retry-failed" } : { type: "run-from", slot }, world.now);
        checkRun(run);
        world.send({ type: "RunStarted", given: new Map(), at: world.now });
        play();

        const touched = new Set([...reset.slots, ...reset.dropped]);
        const kept = before.map((_, at) => at).filter((at) => !touched.has(at) && before[at]!.type !== "Mapped");
        expect(kept.map((at) => stateOf(run, at))).toEqual(kept.map((at) => before[at]));
        expect(kept.map((at) => run.attempt[at])).toEqual(kept.map((at) => attempts[at]));
        expect([run.openNodes, run.running, run.questions.size]).toEqual([0, 0, 0]);
      }),
      { numRuns: 400 },
    );
  });
});
