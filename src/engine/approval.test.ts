/** The rule of approvals: Paused by rule, one decision counts, time runs out; and of whatever else waits for a person. */
import { describe, expect, test } from "vitest";
import { graphOf, type NodeSketch } from "../../test/support/graphs.ts";
import { returned, signalled, World } from "../../test/support/world.ts";
import type { ApprovalRule } from "../graph/graph.ts";
import type { Decision } from "./event.ts";
import { explain } from "./explain.ts";
import { restore, snapshot } from "./snapshot.ts";

const ANA = { by: "ana", at: 50 } as const;
const YES: Decision = { kind: "approved", input: undefined };
const NO: Decision = { kind: "rejected", why: "not on a Friday" };

const gate = (rule: Partial<ApprovalRule> = {}, rules: NodeSketch["rules"] = {}): NodeSketch => ({
  name: "gate",
  rules: { ...rules, approval: { question: "release?", timeoutMs: undefined, input: undefined, ...rule } },
});

/** `gate`, then `ship`, and beside them `count`, which waits for nobody. */
function asked(first: NodeSketch = gate(), options = {}): World {
  const sketches = [{ name: "count" }, first, { name: "ship", of: ["gate"] }];
  return new World(graphOf(sketches), () => returned("done"), options).toTheEnd();
}

/** The same with a timeout, when nothing is left but to answer or to let the time pass. */
function waiting(timeoutMs: number): World {
  const world = new World(graphOf([{ name: "count" }, gate({ timeoutMs }), { name: "ship", of: ["gate"] }]));
  while (world.finished === undefined) world.answerFor(world.owedAbout().find((name) => name !== "gate") ?? "");
  return world;
}

const decide = (world: World, decision: Decision, { by, at }: { by: string; at: number } = ANA) =>
  world.send({ type: "Decided", slot: world.slot("gate"), decision, by, at });

describe("an approval", () => {
  test("waits as Paused, with its question, when all that waits for nobody is finished", () => {
    const world = asked();

    expect(world.state("gate")).toEqual({ type: "Paused", reason: { code: "approval", question: "release?" } });
    expect(world.types()).toEqual({ count: "Success", gate: "Paused", ship: "Pending" });
    expect(world.finished).toEqual({ type: "Paused" });
    expect(world.starts).toEqual(["count"]);
  });

  test("says in its explanation what it asks, and until when", () => {
    const world = waiting(60_000);

    expect(explain(world.run, world.slot("gate"))).toBe(
      "'gate' waits for a person: \"release?\", until 1970-01-01T00:01:00+00:00.",
    );
  });

  test("that is approved gives true, and its consumers go on", () => {
    const world = asked();

    decide(world, YES);

    expect(world.state("gate")).toEqual({ type: "Success", result: true, reason: { code: "approved", by: "ana" } });
    expect(world.toTheEnd().types()).toEqual({ count: "Success", gate: "Success", ship: "Success" });
    expect(world.finished).toMatchObject({ type: "Success" });
  });

  test("with an input gives what the person gave", () => {
    const world = asked(gate({ input: { type: "object" } }));

    decide(world, { kind: "approved", input: { version: 2 } });

    expect(world.state("gate")).toMatchObject({ type: "Success", result: { version: 2 } });
  });

  test("that is rejected fails for the person's reason, and is not retried", () => {
    const world = asked(gate({}, { retries: 3 }));

    decide(world, NO);

    expect(world.toTheEnd().state("gate")).toMatchObject({
      type: "Failed",
      error: { code: "APPROVAL_REJECTED", message: "'release?' was rejected by ana: not on a Friday" },
      reason: { code: "approval-rejected", why: "not on a Friday", by: "ana" },
    });
    expect(world.state("ship").type).toBe("TriggerFailed");
    expect(world.starts).toEqual(["count"]);
  });

  test("takes the first decision, and no second one", () => {
    const world = asked();
    decide(world, NO);

    decide(world, YES);

    expect(world.toTheEnd().state("gate").type).toBe("Failed");
  });

  test("takes no second decision while its handlers are asked about the first", () => {
    const world = asked(gate({}, { asksHandlers: true }));
    decide(world, YES);

    decide(world, NO);

    expect(world.toTheEnd().state("gate").type).toBe("Success");
  });

  test("is passed by nothing but a decision", () => {
    const world = asked();

    world.send({ type: "Resumed", slot: world.slot("gate"), by: "ana", input: 1, at: 50 });

    expect(world.state("gate").type).toBe("Paused");
  });

  test("takes decisions only while it waits", () => {
    const before = new World(graphOf([{ name: "count" }, { ...gate(), of: ["count"] }]));

    before.send({ type: "Decided", slot: before.slot("gate"), decision: YES, by: "ana", at: 0 });

    expect(before.toTheEnd().state("gate").type).toBe("Paused");
  });

  test("of which each child of a mapped one asks for itself", () => {
    const sketches = [{ name: "list" }, { ...gate(), of: ["each list"], mapped: true }];
    const world = new World(graphOf(sketches), () => returned(["a", "b"])).toTheEnd();

    world.send({ type: "Decided", slot: world.slot("gate[1]"), decision: YES, by: "ana", at: 1 });

    expect(world.toTheEnd().types()).toMatchObject({ gate: "Mapped", "gate[0]": "Paused", "gate[1]": "Success" });
  });

  test("that a handler makes wait asks its person afterwards, instead of passing as done", () => {
    let first = true;
    const handlers = (_: string, to: { readonly type: string }) => {
      const later = first && to.type === "Paused";
      if (later) first = false;
      return later ? ({ type: "Retrying", attempt: 1, startAt: 30 } as const) : undefined;
    };
    const world = asked(gate({}, { asksHandlers: true }), { handlers });

    expect(world.state("gate")).toMatchObject({ type: "Paused", reason: { code: "approval" } });
  });

  test("in a cancelled run is cancelled, and decided no more", () => {
    const world = asked();
    world.send({ type: "CancelRequested", by: undefined, at: 20 });

    decide(world, YES);

    expect(world.toTheEnd().state("gate").type).toBe("Cancelled");
  });
});

describe("an approval with a timeout", () => {
  const hour = 3_600_000;

  test("keeps its run waiting for people, not for the time", () => {
    const world = waiting(hour);

    expect(world.finished).toEqual({ type: "Paused" });
    expect(world.state("gate")).toMatchObject({ reason: { until: hour } });
  });

  test("ends TimedOut when nobody answers, and the run goes on", () => {
    const world = waiting(hour).toTheEnd();

    expect(world.state("gate")).toMatchObject({
      type: "TimedOut",
      afterMs: hour,
      error: { code: "APPROVAL_TIMEOUT", message: "nobody answered 'release?' within 1h" },
    });
    expect(world.finished).toMatchObject({ type: "Failed" });
  });

  test("takes an answer until then, and none from then on", () => {
    const inTime = waiting(hour);
    const late = waiting(hour);

    decide(inTime, YES, { by: "ana", at: hour - 1 });
    decide(late, YES, { by: "ana", at: hour });

    expect([inTime, late].map((world) => world.state("gate").type)).toEqual(["Success", "TimedOut"]);
  });

  test("goes on the same after it was kept and read", () => {
    const world = waiting(hour);

    const again = restore(world.plan, snapshot(world.run));

    expect(snapshot(again)).toEqual(snapshot(world.run));
  });
});

describe("a paused task run that is no approval", () => {
  const paused = () =>
    new World(graphOf([{ name: "gate" }]), (_, attempt) =>
      attempt === 1 ? signalled({ kind: "pause", why: "look" }) : returned("done"),
    ).toTheEnd();

  test("runs its body (again) when it is approved, and knows who let it, when, and with what", () => {
    const world = paused();

    decide(world, { kind: "approved", input: 7 });

    expect(world.run.counters.get(0)?.resumed).toEqual({ by: "ana", at: 50, input: 7 });
    expect(world.toTheEnd().starts).toEqual(["gate", "gate"]);
  });

  test("fails when it is rejected", () => {
    const world = paused();

    decide(world, NO);

    expect(world.toTheEnd().state("gate")).toMatchObject({ type: "Failed", reason: { code: "approval-rejected" } });
  });
});
