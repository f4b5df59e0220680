/** What an action would do, said before it is done; and that what is said is what happens. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { graphOf, type NodeSketch } from "../../test/support/graphs.ts";
import { type Behave, returned, threw, World } from "../../test/support/world.ts";
import { plainFlows } from "../../test/support/random-flows.ts";
import { MARKS } from "./marking.ts";
import { preview, type Preview, type PreviewAction } from "./preview.ts";
import { resetFor } from "./reset.ts";
import { snapshot } from "./snapshot.ts";

const gate = (name: string, more: Partial<NodeSketch> = {}): NodeSketch => ({
  name,
  ...more,
  rules: { ...more.rules, approval: { question: "go?", timeoutMs: undefined, input: undefined } },
});

function ended(sketches: readonly NodeSketch[], failing: readonly string[] = [], results: object = {}): World {
  const table = results as Readonly<Record<string, unknown>>;
  const behave: Behave = (name) => (failing.includes(name) ? threw("broken") : returned(table[name] ?? name));
  return new World(graphOf(sketches), behave).toTheEnd();
}

const ask = (world: World, action: PreviewAction) => preview(world.run, action, { at: world.now });

/** `load runs → Success`, one line per task run. */
const told = ({ taskRuns }: Preview) =>
  taskRuns.map(({ name, becomes, to, dependsOn }) => `${name} ${becomes} → ${to ?? dependsOn}`);

const chain = [
  { name: "extract" },
  { name: "load", of: ["extract"] },
  { name: "report", of: ["load"] },
  { name: "count", of: ["extract"] },
];

describe("a preview", () => {
  test("of retrying what failed says what would run, and leaves the run as it is", () => {
    const world = ended(chain, ["load"]);
    const before = snapshot(world.run);

    const said = ask(world, { type: "retry-failed" });

    expect(told(said)).toEqual(["load runs → Success", "report runs → Success"]);
    expect([said.stays, said.flow]).toEqual([2, { from: "Failed", to: "Success", dependsOn: undefined }]);
    expect(said.assumes).toEqual(["bodies that run succeed"]);
    expect(snapshot(world.run)).toEqual(before);
  });

  test("of retrying where nothing failed says that all stays", () => {
    expect(ask(ended(chain), { type: "retry-failed" })).toMatchObject({
      taskRuns: [],
      stays: 4,
      flow: { to: "Success" },
    });
  });

  test("of running from a node on says what follows", () => {
    const world = ended(chain);

    const said = ask(world, { type: "run-from", slot: world.slot("load") });

    expect(told(said)).toEqual(["load runs → Success", "report runs → Success"]);
  });

  test("of a yes says what goes on, and of a no what does not", () => {
    const world = ended([{ name: "count" }, gate("gate"), { name: "ship", of: ["gate"] }]);
    const slot = world.slot("gate");

    expect(told(ask(world, { type: "approve", slot }))).toEqual(["gate ends → Success", "ship runs → Success"]);
    expect(told(ask(world, { type: "reject", slot }))).toEqual(["gate ends → Failed", "ship ends → TriggerFailed"]);
    expect(told(ask(world, { type: "resume", slot }))).toEqual([]);
  });

  test("of a yes before another question says who waits then", () => {
    const world = ended([gate("first"), gate("second", { of: ["first"] }), { name: "ship", of: ["second"] }]);

    const said = ask(world, { type: "approve", slot: 0 });

    expect(told(said)).toEqual(["first ends → Success", "second waits → Paused"]);
    expect(said.flow).toMatchObject({ from: "Paused", to: "Paused" });
  });

  test("of resuming what is paused says that it runs", () => {
    const world = ended([{ name: "manual", rules: { trigger: { kind: "manual_only" } } }]);

    expect(told(ask(world, { type: "resume", slot: 0 }))).toEqual(["manual runs → Success"]);
  });

  test("of a cancel says what would be cancelled, what is at work too", () => {
    const world = new World(graphOf([...chain, gate("gate")]));
    world.answerFor("flow");

    const said = ask(world, { type: "cancel" });

    expect(told(said)).toEqual([
      "extract ends → Cancelled",
      "load ends → Cancelled",
      "report ends → Cancelled",
      "count ends → Cancelled",
      "gate ends → Cancelled",
    ]);
    expect(said.flow.to).toBe("Cancelled");
  });

  test("of a cancel says that open resources are closed", () => {
    const sketches: NodeSketch[] = [
      { name: "setup", resource: "setup" },
      { name: "use", of: ["setup"] },
      { name: "cleanup", of: ["setup"], after: ["use"], resource: "cleanup of setup" },
    ];
    const world = new World(graphOf(sketches));
    world.answerFor("flow");
    world.answerFor("setup");

    expect(told(ask(world, { type: "cancel" }))).toEqual(["use ends → Cancelled", "cleanup runs → Success"]);
  });

  test("takes up what the run is in the middle of", () => {
    const world = new World(graphOf([...chain, gate("gate")]));
    world.answerFor("flow");

    expect(told(ask(world, { type: "reject", slot: world.slot("gate") }))).toEqual([
      "extract runs → Success",
      "load runs → Success",
      "report runs → Success",
      "count runs → Success",
      "gate ends → Failed",
    ]);
  });
});

describe("a preview that cannot know", () => {
  test("says that it depends on the function of a trigger, and what follows with it", () => {
    const world = ended([
      { name: "load" },
      { name: "judged", of: ["load"], rules: { trigger: { kind: "custom" } } },
      { name: "after", of: ["judged"] },
    ]);
    const action = { type: "run-from", slot: 0 } as const;

    const unnamed = preview(world.run, action, { at: 9 });
    const named = preview(world.run, action, { at: 9, triggerName: () => "onlyOnMonday" });

    expect(told(unnamed).slice(1)).toEqual([
      "judged depends → your function, the trigger of 'judged'",
      "after depends → your function, the trigger of 'judged'",
    ]);
    expect(told(named)).toEqual([
      "load runs → Success",
      "judged depends → your function onlyOnMonday",
      "after depends → your function onlyOnMonday",
    ]);
    expect(named.flow).toEqual({ from: "Success", to: undefined, dependsOn: "your function onlyOnMonday" });
  });

  const mapped = [
    { name: "list" },
    { name: "parse", of: ["each list"], mapped: true },
    { name: "store", of: ["each parse"], mapped: true },
    { name: "sum", of: ["store"] },
  ];

  test("does not know how many elements a list has before it is there", () => {
    const world = ended(mapped, [], { list: ["a", "b"] });

    expect(told(ask(world, { type: "run-from", slot: 0 }))).toEqual([
      "list runs → Success",
      "parse depends → how many elements 'list' returns",
      "store depends → how many elements 'list' returns",
      "sum depends → how many elements 'list' returns",
    ]);
  });

  test("knows it where the list is there", () => {
    const world = ended(mapped, ["parse[1]"], { list: ["a", "b"] });

    expect(told(ask(world, { type: "retry-failed" }))).toEqual([
      "sum runs → Success",
      "parse[1] runs → Success",
      "store[1] runs → Success",
    ]);
    expect(told(ask(world, { type: "run-from", slot: 1 })).toSorted()).toEqual([
      "parse ends → Mapped",
      "parse[0] runs → Success",
      "parse[1] runs → Success",
      "store ends → Mapped",
      "store[0] runs → Success",
      "store[1] runs → Success",
      "sum runs → Success",
    ]);
  });

  const branching: NodeSketch[] = [
    { name: "pick" },
    { name: "branch", kind: "branch", of: ["pick"], cases: ["sms", "mail"] },
    { name: "sms", caseOf: { branch: "branch", key: "sms" } },
    { name: "mail", caseOf: { branch: "branch", key: "mail" } },
  ];

  test("does not know which case is taken before its value is there", () => {
    const world = ended(branching, [], { pick: "sms" });

    expect(told(ask(world, { type: "run-from", slot: 0 }))).toEqual([
      "pick runs → Success",
      "branch depends → what 'pick' returns",
      "sms depends → what 'pick' returns",
      "mail depends → what 'pick' returns",
    ]);
  });

  test("knows the case where the value is there", () => {
    const world = ended(branching, ["sms"], { pick: "sms" });

    expect(told(ask(world, { type: "run-from", slot: 1 }))).toEqual([
      "branch ends → Success",
      "sms runs → Success",
      "mail ends → Skipped",
    ]);
  });

  test("knows that a trigger says no, whatever the list", () => {
    const world = ended([
      { name: "list" },
      gate("gate"),
      { name: "each", of: ["each list"], after: ["gate"], mapped: true },
    ]);
    resetFor(world.run, { type: "run-from", slot: 0 }, world.now);
    world.finished = undefined;
    world.send({ type: "RunStarted", given: new Map(), at: world.now });

    expect(told(ask(world, { type: "reject", slot: 1 })).at(-1)).toBe("each ends → TriggerFailed");
  });

  test("says what it takes for granted", () => {
    const rules = { asksHandlers: true, cacheForMs: 1_000 };
    const world = ended([{ name: "load", rules }]);

    expect(ask(world, { type: "run-from", slot: 0 }).assumes).toEqual([
      "no result is found in the cache",
      "state handlers leave the states as they are",
      "bodies that run succeed",
    ]);
  });
});

describe("what a preview says of retrying", () => {
  test("is what happens, where bodies succeed and nobody has to be asked", () => {
    fc.assert(
      fc.property(plainFlows, fc.nat(9), (flow, pick) => {
        const failing = flow.sketches[pick % flow.sketches.length]!.name;
        const mended = { is: false };
        const world = new World(graphOf(flow.sketches.map(certain)), (name) =>
          name === failing && !mended.is ? threw("broken") : returned(name),
        ).toTheEnd();
        const said = ask(world, { type: "retry-failed" });
        world.starts.length = 0;
        mended.is = true;

        if (resetFor(world.run, { type: "retry-failed" }, world.now).slots.length > 0)
          world.send({ type: "RunStarted", given: new Map(), at: world.now });
        world.toTheEnd();

        const runs = said.taskRuns.filter(({ becomes }) => becomes === "runs").map(({ name }) => name);
        expect(runs.toSorted()).toEqual(world.starts.toSorted());
        expect(said.taskRuns.map(({ to }) => to)).toEqual(said.taskRuns.map(({ name }) => world.state(name).type));
        expect(said.flow.to).toBe(world.run.flow.type);
      }),
      { numRuns: 300 },
    );
  });
});

describe("what a preview says of a mark", () => {
  test("is what happens, where bodies succeed and nobody has to be asked", () => {
    fc.assert(
      fc.property(plainFlows, fc.nat(9), fc.nat(9), fc.constantFrom(...MARKS), (flow, breaks, pick, as) => {
        const failing = flow.sketches[breaks % flow.sketches.length]!.name;
        const mended = { is: false };
        const world = new World(graphOf(flow.sketches.map(certain)), (name) =>
          name === failing && !mended.is ? threw("broken") : returned(name),
        ).toTheEnd();
        const slot = pick % flow.sketches.length;
        const marking = { slot, as, why: "x", by: undefined, value: 1 };
        const said = ask(world, { type: "mark", marking, isNobodys: true });
        world.starts.length = 0;
        mended.is = true;

        resetFor(world.run, { type: "mark", slot }, world.now);
        world.send({ type: "RunStarted", given: new Map(), marking, at: world.now });
        world.toTheEnd();

        const runs = said.taskRuns.filter(({ becomes }) => becomes === "runs").map(({ name }) => name);
        expect(runs.toSorted()).toEqual(world.starts.toSorted());
        expect(said.taskRuns.map(({ to }) => to)).toEqual(said.taskRuns.map(({ name }) => world.state(name).type));
        expect(said.flow.to).toBe(world.run.flow.type);
      }),
      { numRuns: 300 },
    );
  });
});

/** Without what a preview does not know: triggers that are functions, and retries that would mend it by themselves. */
function certain(sketch: NodeSketch): NodeSketch {
  const trigger =
    sketch.rules?.trigger?.kind === "custom" ? ({ kind: "all_finished" } as const) : sketch.rules?.trigger;
  return { ...sketch, rules: { ...sketch.rules, retries: 0, ...(trigger && { trigger }) } };
}
