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
