/** Cancel, flow timeout, drain, and cleanups: what still happens in a run that is to stop. */
import { describe, expect, test } from "vitest";
import { graphOf, type NodeSketch } from "../../test/support/graphs.ts";
import { returned, signalled, threw, World, type WorldOptions } from "../../test/support/world.ts";
import type { TaskState } from "../state/task-state.ts";

const asksHandlers = { asksHandlers: true };
const chain: readonly NodeSketch[] = [
  { name: "one", rules: { ...asksHandlers, retries: 1 } },
  { name: "two", of: ["one"] },
];

/** A run of `chain`, cancelled while the handlers of `one` are asked about a state of this type. */
function cancelledWhileAsked(
  about: TaskState["type"],
  handlers: NonNullable<WorldOptions["handlers"]> = () => undefined,
) {
  const behave = () => (about === "Success" ? returned(1) : threw("broken", 20));
  const world = new World(graphOf(chain), behave, { handlers });
  world.answerFor("flow");
  for (;;) {
    const asked = world.commands.findLast((command) => command.type === "AskHandlers");
    if (asked?.to.type === about) break;
    world.answerFor("one");
  }
  world.send({ type: "CancelRequested", by: undefined, at: 5 });
  return world.toTheEnd();
}

describe("a cancel that comes while handlers are asked", () => {
  test.each<readonly [TaskState["type"], string]>([
    ["Running", "Cancelled"],
    ["Success", "Success"],
    ["Failed", "Failed"],
    ["Retrying", "Failed"],
  ])("about %s leaves the task %s", (about, expected) => {
    const world = cancelledWhileAsked(about);

    expect(world.types()).toEqual({ one: expected, two: "Cancelled" });
    expect(world.finished).toMatchObject({ type: "Cancelled" });
  });

  test.each<TaskState>([{ type: "Retrying", attempt: 2, startAt: 90 }, { type: "Paused" }])(
    "takes no $type for an answer",
    (answer) => {
      const world = cancelledWhileAsked("Success", (_, to) => (to.type === "Success" ? answer : undefined));

      expect(world.types()).toEqual({ one: "Cancelled", two: "Cancelled" });
      expect(world.finished).toMatchObject({ type: "Cancelled" });
    },
  );

  test("about Mapped makes no children", () => {
    const sketches: readonly NodeSketch[] = [
      { name: "list" },
      { name: "each", of: ["each list"], mapped: true, rules: asksHandlers },
    ];
    const world = new World(graphOf(sketches), () => returned([1, 2]));
    world.answerFor("flow");
    world.answerFor("list");

    world.send({ type: "CancelRequested", by: undefined, at: 5 });
    world.toTheEnd();

    expect(world.types()).toEqual({ list: "Success", each: "Cancelled" });
    expect(world.finished).toMatchObject({ type: "Cancelled" });
  });

  test("about Cancelled is not to be argued with", () => {
    const sketches = [{ name: "one" }, { name: "two", of: ["one"], rules: asksHandlers }];
    const world = new World(graphOf(sketches), () => threw("aborted"), {
      handlers: () => ({ type: "Success", result: "no" }),
    });
    world.answerFor("flow");

    world.send({ type: "CancelRequested", by: undefined, at: 5 });

    expect(world.toTheEnd().types()).toEqual({ one: "Cancelled", two: "Cancelled" });
  });
});

describe("a run that is cancelled", () => {
  test("while its final state is being decided ends Cancelled", () => {
    const world = new World(graphOf([{ name: "one" }]));
    world.answerFor("flow");
    world.answerFor("one");
    expect(world.run.flowPhase).toBe("deciding");

    world.send({ type: "CancelRequested", by: undefined, at: 5 });

    expect(world.toTheEnd().finished).toMatchObject({ type: "Cancelled" });
  });

  test("and then runs out of time stays Cancelled", () => {
    const world = new World(graphOf(chain), () => returned(1));
    world.answerFor("flow");
    world.send({ type: "CancelRequested", by: undefined, at: 5 });

    world.send({ type: "FlowTimedOut", afterMs: 10, at: 10 });

    expect(world.toTheEnd().finished).toMatchObject({ type: "Cancelled" });
  });

  test("while its handlers are asked about Paused ends Cancelled", () => {
    const world = new World(graphOf([{ name: "gate", rules: { trigger: { kind: "manual_only" } } }]));
    world.answerFor("flow");
    expect(world.run.flowProposed).toMatchObject({ type: "Paused" });

    world.send({ type: "CancelRequested", by: undefined, at: 5 });
    world.toTheEnd();

    expect(world.commands.filter(({ type }) => type === "FinishRun")).toEqual([
      { type: "FinishRun", state: expect.objectContaining({ type: "Cancelled" }) },
    ]);
  });

  test("aborts what is in flight, and keeps what still succeeds", () => {
    const world = new World(graphOf([{ name: "one" }, { name: "other" }]), (name) =>
      name === "one" ? returned("made it") : threw("aborted"),
    );
    world.answerFor("flow");

    const commands = world.send({ type: "CancelRequested", by: undefined, at: 5 });

    expect(commands).toEqual([
      { type: "AbortAttempt", slot: 0, why: "cancelled" },
      { type: "AbortAttempt", slot: 1, why: "cancelled" },
    ]);
    expect(world.toTheEnd().types()).toEqual({ one: "Success", other: "Cancelled" });
  });
});

const twoOfThree: readonly NodeSketch[] = [{ name: "one" }, { name: "other" }, { name: "after", of: ["one"] }];
const byAna = { type: "PauseRequested", by: "ana", at: 5 } as const;
const pausedByAna = { type: "Paused", reason: { code: "by-person", by: "ana" } } as const;

describe("a run that a person pauses", () => {
  test.each(["FlowTimedOut", "CancelRequested"] as const)(
    "and that ends before it stops is over: %s changes nothing",
    (type) => {
      const world = new World(graphOf([{ name: "one" }]), () => returned(1));
      world.answerFor("flow");
      world.send(byAna);
      world.toTheEnd();
      const ended = world.run.flow;

      world.send(type === "FlowTimedOut" ? { type, afterMs: 9, at: 20 } : { type, by: undefined, at: 20 });

      expect(ended).toMatchObject({ type: "Success" });
      expect([world.run.flow, world.run.flowPhase, world.finished]).toEqual([ended, "ended", ended]);
    },
  );

  test("aborts nothing, starts nothing, and is Paused when what is in flight has ended", () => {
    const world = new World(graphOf(twoOfThree));
    world.answerFor("flow");

    const commands = world.send(byAna);
    const meanwhile = world.run.flow;
    world.toTheEnd();

    expect(commands).toEqual([]);
    expect(meanwhile).toMatchObject({ type: "Running", reason: { code: "by-person", by: "ana" } });
    expect(world.types()).toEqual({ one: "Success", other: "Success", after: "Pending" });
    expect([world.run.flow, world.finished]).toEqual([pausedByAna, pausedByAna]);
  });

  test("keeps retries and timers that are due for whoever goes on with it", () => {
    const sketches = [{ name: "one", rules: { retries: 1 } }, { name: "other" }];
    const world = new World(graphOf(sketches), (name) => (name === "one" ? threw("broken", 20) : returned(1)));
    world.answerFor("flow");
    world.answerFor("one");
    world.send(byAna);
    world.send({ type: "TimerFired", slot: 0, at: 30 });

    world.toTheEnd();

    expect(world.types()).toEqual({ one: "Retrying", other: "Success" });
    expect(world.starts).toEqual(["one", "other"]);
    expect(world.finished).toEqual(pausedByAna);
  });

  test("ends by its rules where what was in flight was the last of it", () => {
    const world = new World(graphOf([{ name: "one" }]));
    world.answerFor("flow");
    world.send(byAna);

    expect(world.toTheEnd().finished).toMatchObject({ type: "Success" });
  });

  test("is Paused by that person also where it waited for another", () => {
    const world = new World(graphOf([{ name: "gate", rules: { trigger: { kind: "manual_only" } } }]));
    world.toTheEnd();
    expect(world.finished).toEqual({ type: "Paused" });

    world.send(byAna);

    expect(world.toTheEnd().finished).toEqual(pausedByAna);
  });

  test.each([
    ["while attempts go on", 0],
    ["when it is Paused already", 9],
  ])("ends Cancelled when that is asked for %s", (_, answers) => {
    const world = new World(graphOf(twoOfThree), (name) => (name === "one" ? returned(1) : threw("aborted")));
    world.answerFor("flow");
    world.send(byAna);
    for (let i = 0; i < answers && world.open > 0; i++) world.answer(0);

    world.send({ type: "CancelRequested", by: "ben", at: 7 });
    world.toTheEnd();

    expect(world.finished).toMatchObject({ type: "Cancelled" });
    expect(world.types()).toMatchObject({ one: "Success", after: "Cancelled" });
  });

  test("is Paused too where its process was to stop before that was asked", () => {
    const world = new World(graphOf(twoOfThree));
    world.answerFor("flow");
    world.send({ type: "DrainRequested", at: 4 });

    world.send(byAna);
    const meanwhile = world.run.flow;
    for (const slot of [0, 1]) world.send({ type: "AttemptReleased", slot, attempt: 1, at: 7 });
    world.toTheEnd();

    expect(meanwhile).toMatchObject({ type: "Running", reason: { code: "by-person", by: "ana" } });
    expect([world.run.flow, world.finished]).toEqual([pausedByAna, pausedByAna]);
  });

  test("ends Cancelled when that is asked for while its cleanups run, and a task of their block is asked about", () => {
    const sketches: readonly NodeSketch[] = [
      { name: "setup", resource: "setup" },
      { name: "use", of: ["setup"], rules: asksHandlers },
      { name: "cleanup", of: ["setup"], after: ["use"], resource: "cleanup of setup" },
    ];
    const world = new World(graphOf(sketches));
    world.answerFor("flow");
    world.send(byAna);
    world.answerFor("setup");
    expect(world.types()).toEqual({ setup: "Success", use: "Pending", cleanup: "Running" });

    world.send({ type: "CancelRequested", by: "ben", at: 7 });

    expect(world.toTheEnd().types()).toEqual({ setup: "Success", use: "Cancelled", cleanup: "Success" });
    expect(world.finished).toMatchObject({ type: "Cancelled" });
  });

  test("keeps that it is to be Paused where its process leaves it in the same moment", () => {
    const world = new World(graphOf(twoOfThree));
    world.answerFor("flow");
    world.send({ type: "DrainRequested", at: 4 });
    for (const slot of [0, 1]) world.send({ type: "AttemptReleased", slot, attempt: 1, at: 5 });

    world.send(byAna);

    expect([world.run.flowPhase, world.run.flow]).toMatchObject([
      "ended",
      { type: "Running", reason: { code: "by-person", by: "ana" } },
    ]);
  });

  test("says so at once where it waits for somebody and its cleanups still run, and stays so when that one decides", () => {
    const sketches: readonly NodeSketch[] = [
      { name: "gate", rules: { trigger: { kind: "manual_only" } } },
      { name: "setup", resource: "setup" },
      { name: "cleanup", of: ["setup"], after: ["gate"], resource: "cleanup of setup" },
    ];
    const world = new World(graphOf(sketches));
    world.answerFor("flow");
    world.answerFor("setup");
    world.answerFor("flow");

    world.send(byAna);

    expect([world.types().cleanup, world.run.flow]).toEqual(["Running", pausedByAna]);

    const approved = { kind: "approved", input: undefined } as const;
    world.send({ type: "Decided", slot: world.slot("gate"), decision: approved, by: "ben", at: 6 });

    expect([world.types().gate, world.run.flow]).toEqual(["Pending", pausedByAna]);
    expect(world.toTheEnd().finished).toEqual(pausedByAna);
  });

  test("is Paused all the same where its process is asked to stop meanwhile", () => {
    const world = new World(graphOf(twoOfThree));
    world.answerFor("flow");
    world.send(byAna);

    const commands = world.send({ type: "DrainRequested", at: 6 });
    for (const slot of [0, 1]) world.send({ type: "AttemptReleased", slot, attempt: 1, at: 7 });
    world.toTheEnd();

    expect(commands.map(({ type }) => type)).toEqual(["AbortAttempt", "AbortAttempt"]);
    expect(world.types()).toEqual({ one: "Pending", other: "Pending", after: "Pending" });
    expect(world.finished).toEqual(pausedByAna);
  });
});

describe("a run that is out of time", () => {
  test("ends TimedOut, its tasks Cancelled", () => {
    const world = new World(graphOf(chain), () => signalled({ kind: "retry", inMs: 60, at: undefined }));
    world.answerFor("flow");

    world.send({ type: "FlowTimedOut", afterMs: 10, at: 10 });

    expect(world.toTheEnd().finished).toMatchObject({ type: "TimedOut", afterMs: 10, error: { code: "FLOW_TIMEOUT" } });
    expect(world.types()).toEqual({ one: "Cancelled", two: "Cancelled" });
  });
});

const withResource: readonly NodeSketch[] = [
  { name: "open", resource: "setup" },
  { name: "use", of: ["open"] },
  { name: "close", of: ["open"], after: ["use"], resource: "cleanup of open" },
];

describe("the cleanup of a resource", () => {
  test.each([
    ["works", returned(1)],
    ["fails", threw("broken")],
    ["is skipped", signalled({ kind: "skip", why: undefined, result: null })],
  ])("runs when its block %s, and does not count for the flow", (_, outcome) => {
    const world = new World(graphOf(withResource), (name) =>
      name === "use" ? outcome : name === "open" ? returned("a session") : threw("cannot close"),
    );

    world.toTheEnd();

    expect(world.state("close").type).toBe("Failed");
    expect(world.finished?.type).toBe(outcome.kind === "threw" ? "Failed" : "Success");
  });

  test("is Skipped when its setup failed", () => {
    const world = new World(graphOf(withResource), () => threw("cannot open"));

    expect(world.toTheEnd().types()).toEqual({ open: "Failed", use: "TriggerFailed", close: "Skipped" });
  });

  test("runs in a cancelled run once its block has ended, and may fail there", () => {
    const world = new World(graphOf(withResource), (name) => (name === "open" ? returned("a session") : threw(name)));
    world.answerFor("flow");
    world.answerFor("open");

    world.send({ type: "CancelRequested", by: undefined, at: 5 });

    expect(world.types()).toEqual({ open: "Success", use: "Running", close: "Pending" });
    expect(world.toTheEnd().types()).toEqual({ open: "Success", use: "Cancelled", close: "Failed" });
    expect(world.finished).toMatchObject({ type: "Cancelled" });
  });

  test("runs in a process that is asked to stop, before the run is left", () => {
    const world = new World(graphOf(withResource), (name) => returned(name));
    world.answerFor("flow");
    world.answerFor("open");
    world.send({ type: "DrainRequested", at: 5 });
    const slot = world.slot("use");
    world.send({ type: "AttemptReleased", slot, attempt: 1, at: 6 });

    world.toTheEnd();

    expect(world.types()).toEqual({ open: "Success", use: "Pending", close: "Success" });
    expect(world.finished).toEqual({ type: "Pending", reason: { code: "interrupted" } });
  });
});

describe("cleanups that are ready when their run is cancelled", () => {
  test("start in their order, as all that is ready does", () => {
    const task = (name: string, priority: number): NodeSketch => ({ name, rules: { priority } });
    const opening = (name: string): NodeSketch => ({ ...task(name, 9), resource: "setup" });
    const closing = (of: string, priority: number): NodeSketch => ({
      ...{ ...task(`close ${of}`, priority), of: [of], after: ["gate"], resource: `cleanup of ${of}` },
    });
    const sketches = [
      ...[opening("a"), opening("b"), task("gate", 8), task("runs", 7)],
      ...[task("x", 6), task("y", 6), task("z", 6), closing("a", 2), closing("b", 1)],
    ];
    const world = new World(graphOf(sketches), undefined, { capacity: 1 });
    for (const name of ["flow", "a", "b", "gate"]) world.answerFor(name);

    world.send({ type: "CancelRequested", by: undefined, at: 5 });
    world.toTheEnd();

    expect(world.starts).toEqual(["a", "b", "gate", "runs", "close a", "close b"]);
  });
});
