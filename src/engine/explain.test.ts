/** Why a task run is in its state, in sentences people read. */
import { describe, expect, test } from "vitest";
import { graphOf, type NodeSketch } from "../../test/support/graphs.ts";
import { type Behave, returned, signalled, threw, World, type WorldOptions } from "../../test/support/world.ts";
import { explain } from "./explain.ts";
import type { Marking } from "./marking.ts";
import { resetFor } from "./reset.ts";
import { story } from "./story.ts";

const chain: readonly NodeSketch[] = [{ name: "load" }, { name: "store", of: ["load"] }];
const skip = signalled({ kind: "skip", why: "nothing new", result: null });

/** What is said of a task run when nothing is owed any more. */
function said(name: string, sketches: readonly NodeSketch[], behave?: Behave, options?: WorldOptions): string {
  const world = new World(graphOf(sketches), behave, options).toTheEnd();
  return explain(world.run, world.slot(name));
}

describe("a task run that ended", () => {
  test.each<readonly [string, string, string]>([
    ["well", said("load", chain), "'load' succeeded."],
    [
      "well, in the second attempt",
      said("load", [{ name: "load", rules: { retries: 2 } }], (_, attempt) =>
        attempt === 1 ? threw("no") : returned(1),
      ),
      "'load' succeeded in attempt 2.",
    ],
    ["in a failure", said("load", chain, () => threw("broken")), "'load' failed: broken. It has no retries."],
    [
      "in a failure, with its retries used up",
      said("load", [{ name: "load", rules: { retries: 1 } }], () => threw("broken")),
      "'load' failed in attempt 2: broken. Its retries (1) are used up or do not apply to this error.",
    ],
    [
      "because of an upstream",
      said("store", chain, () => threw("broken")),
      "'store' did not run because of 'load' (Failed): its trigger is all_successful. It runs when all of its upstreams succeed, or with another trigger.",
    ],
    ["skipped by its own word", said("load", chain, () => skip), "'load' was skipped by its own signal (nothing new)."],
    [
      "skipped with its upstream",
      said("store", chain, () => skip),
      "'store' was skipped because 'load' was skipped (skipOnUpstreamSkip: false would let it run).",
    ],
    [
      "cancelled",
      said("store", chain, () => returned(1), { given: new Map([[1, { type: "Cancelled" }]]) }),
      "'store' was cancelled before it was finished.",
    ],
    [
      "in its time",
      said("load", chain, () => ({
        kind: "timed-out",
        error: { name: "CaudalError", message: "late" },
        afterMs: 90_000,
        retry: { allowed: false, inMs: 0 },
      })),
      "'load' did not end within 1m 30s. It would change with a longer timeout, or a body that ends when its signal aborts.",
    ],
    [
      "mapped",
      said("each", [{ name: "load" }, { name: "each", of: ["each load"], mapped: true }], (name) =>
        name === "load"
          ? returned([1, 2, 3])
          : name === "each[1]"
            ? threw("two")
            : name === "each[2]"
              ? skip
              : returned(1),
      ),
      "'each' was mapped over 3 elements: 1 succeeded, 1 failed, 1 skipped.",
    ],
    [
      "mapped over nothing",
      said("each", [{ name: "load" }, { name: "each", of: ["each load"], mapped: true }], () => returned([])),
      "'each' was mapped over 0 elements: no child.",
    ],
    [
      "in a case that was not taken",
      said(
        "a",
        [
          { name: "key" },
          { name: "pick", of: ["key"], kind: "branch", cases: ["a", "b"] },
          { name: "a", caseOf: { branch: "pick", key: "a" } },
        ],
        () => returned("b"),
      ),
      "'a' was skipped because it stands in case 'a' and the branch took 'b'.",
    ],
  ])("%s", (_, text, expected) => {
    expect(text).toBe(expected);
  });
});

describe("a task run that ran, before what it follows was marked", () => {
  const sketches: readonly NodeSketch[] = [
    ...chain,
    { name: "alert", of: ["load"], rules: { trigger: { kind: "any_failed" } } },
  ];

  /** Whether `load` returns or throws, it is then marked. */
  const after = (behave: Behave, as: Marking["as"]) => {
    const world = new World(graphOf(sketches), behave).toTheEnd();
    const slot = world.slot("load");
    resetFor(world.run, { type: "mark", slot }, world.now);
    const marking = { slot, as, why: "seen by hand", by: "ana", value: 7 };
    world.send({ type: "RunStarted", given: new Map(), marking, at: world.now });
    world.toTheEnd();
    return (name: string) => explain(world.run, world.slot(name));
  };

  test("did not run again because of the mark and its trigger, by no signal of its own", () => {
    expect(after(() => returned(1), "Failed")("store")).toBe(
      "'store' did not run because of 'load' (marked Failed): its trigger is all_successful. It runs when all of its upstreams succeed, or with another trigger.",
    );
  });

  test("was skipped because what it follows was", () => {
    expect(after(() => returned(1), "Skipped")("store")).toBe(
      "'store' was skipped because 'load' was skipped (skipOnUpstreamSkip: false would let it run).",
    );
  });

  test("is told of a trigger that asked for a failure which is none any more", () => {
    const broken: Behave = (name) => (name === "load" ? threw("broken") : returned(name));

    expect(after(broken, "Success")("alert")).toBe(
      "'alert' did not run: trigger any_failed was not met: of 1 upstreams 1 succeeded and 0 failed. It runs when its trigger any_failed is met.",
    );
  });
});

describe("a task run that has not ended", () => {
  /** After the flow's handlers have spoken, and then these. */
  const after = (names: readonly string[], sketches: readonly NodeSketch[], behave?: Behave) => {
    const world = new World(graphOf(sketches), behave);
    for (const name of ["flow", ...names]) world.answerFor(name);
    return (name: string) => explain(world.run, world.slot(name));
  };

  test("waits for its upstreams, which are named with their states", () => {
    expect(after([], chain)("store")).toBe("'store' has not begun: it waits for 'load' (Running).");
  });

  test("is running, in which attempt", () => {
    expect(after([], chain)("load")).toBe("'load' is running (attempt 1).");
  });

  test("is tried again, and when", () => {
    const say = after(["load"], [{ name: "load", rules: { retries: 1 } }], () => threw("no", 61_000));

    expect(say("load")).toBe("'load' failed and is tried again: attempt 2 begins at 1970-01-01T00:01:01+00:00.");
  });

  test('said "not yet", and goes on when', () => {
    const say = after(["load"], chain, () => signalled({ kind: "retry", inMs: 5_000, at: undefined }));

    expect(say("load")).toBe("'load' said \"not yet\": attempt 2 begins at 1970-01-01T00:00:05+00:00.");
  });

  test("waits for a person", () => {
    expect(after([], [{ name: "gate", rules: { trigger: { kind: "manual_only" } } }])("gate")).toBe(
      "'gate' waits for a person: its trigger is manual_only.",
    );
  });

  test("waits for a limit", () => {
    const limited = { limits: ["db"] };
    const say = after(
      ["one", "two"],
      [
        { name: "one", rules: limited },
        { name: "two", rules: limited },
      ],
    );

    expect(say("two")).toBe("'two' could begin, but limit 'full' is full.");
  });

  test("waits for at most five names, and says how many more", () => {
    const ups = Array.from({ length: 7 }, (_, i) => `up${i}`);
    const say = after([], [...ups.map((name) => ({ name })), { name: "sum", of: ups }]);

    expect(say("sum")).toMatch(/'up4' \(Running\) and 2 more\.$/);
  });
});

describe("the story of a task run", () => {
  test("has its transitions with their times, and nobody else's", () => {
    const world = new World(graphOf([{ name: "load", rules: { retries: 1 } }, { name: "other" }]), (name, attempt) =>
      name === "load" && attempt === 1 ? threw("no", 700) : returned(1),
    ).toTheEnd();

    expect(story(world.run, 0)).toEqual([
      { at: 0, from: "Pending", to: "Running" },
      { at: 0, from: "Running", to: "Failed" },
      { at: 0, from: "Failed", to: "Retrying" },
      { at: 700, from: "Retrying", to: "Running" },
      { at: 700, from: "Running", to: "Success" },
    ]);
  });
});
