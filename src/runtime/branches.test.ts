/** Cases of a branch, what `choose()` gives, and `merge`. */
import { describe, expect, test } from "vitest";
import { play, typesOf } from "../../test/support/play.ts";
import { type AnyRef, branch, flow, merge, signals, task } from "../index.ts";

const give: (value: unknown) => AnyRef = task("give", (value: unknown) => value);
/** `branch` without its types, for values and cases that would not compile. */
const choose = branch as unknown as (
  value: AnyRef,
  cases: Readonly<Record<string, () => unknown>>,
  otherwise?: () => unknown,
) => AnyRef;
const a = task("a", (): string => "from a");
const b = task("b", (): string => "from b");
const other = task("other", (): string => "from other");
const skip = task("skip", (): string => raise(signals.skip()));
const fail = task("fail", (): string => raise(new Error("broken")));
const take = task("take", (value: unknown) => value);

function raise(thrown: unknown): never {
  throw thrown;
}

const pick = (value: unknown, otherwise?: () => unknown) =>
  play(
    flow("pick", () => {
      const chosen =
        otherwise === undefined
          ? choose(give(value), { a, b, 1: a, true: b })
          : choose(give(value), { a, b }, otherwise);
      take(chosen);
    }),
  );

describe("a branch", () => {
  test("runs the case its value names and skips the others", async () => {
    const run = await play(flow("two", () => take(choose(give("b"), { a, b }))));

    expect(typesOf(run)).toEqual({
      give: "Success",
      branch: "Success",
      a: "Skipped",
      b: "Success",
      choose: "Success",
      take: "Success",
    });
    expect(run.task("a").state).toMatchObject({ reason: { code: "case-not-taken", key: "a", taken: "b" } });
    expect(run.task("take").result).toBe("from b");
  });

  test.each([
    [1, "from a"],
    [true, "from b"],
    ["true", "from b"],
  ])("compares %s as text", async (value, expected) => {
    expect((await pick(value)).task("take").result).toBe(expected);
  });

  test("without a case for its value skips all of them, and what takes it", async () => {
    const run = await pick("unheard of");

    expect(typesOf(run)).toMatchObject({ branch: "Success", a: "Skipped", choose: "Skipped", take: "Skipped" });
    expect(run.task("branch").state).toMatchObject({
      result: null,
      reason: { code: "no-case-taken", key: "unheard of" },
    });
    expect(run.state.type).toBe("Success");
  });

  test("takes otherwise for every other value", async () => {
    expect((await pick("unheard of", other)).task("take").result).toBe("from other");
    expect((await pick("a", other)).task("take").result).toBe("from a");
  });

  test("is not fooled by a value that looks like the key of otherwise", async () => {
    expect((await pick("otherwise", other)).task("take").result).toBe("from other");
    expect((await pick("otherwise")).task("take").state.type).toBe("Skipped");
  });

  test.each([
    ["null", null],
    ["undefined", undefined],
    ["an object", { key: "a" }],
    ["an array", ["a"]],
  ])("cannot choose by %s", async (got, value) => {
    const run = await pick(value);

    expect(run.task("branch").state).toMatchObject({
      type: "Failed",
      error: { code: "BRANCH_NO_KEY", message: expect.stringContaining(got) },
    });
    expect(typesOf(run)).toMatchObject({
      a: "TriggerFailed",
      b: "TriggerFailed",
      choose: "TriggerFailed",
      take: "TriggerFailed",
    });
  });

  test("whose value failed makes its cases TriggerFailed; skipped, Skipped", async () => {
    const failed = await play(flow("failed", () => take(choose(fail() as AnyRef, { a, b }))));
    const skipped = await play(flow("skipped", () => take(choose(skip() as AnyRef, { a, b }))));

    expect(typesOf(failed)).toMatchObject({
      branch: "TriggerFailed",
      a: "TriggerFailed",
      choose: "TriggerFailed",
      take: "TriggerFailed",
    });
    expect(typesOf(skipped)).toMatchObject({ branch: "Skipped", a: "Skipped", choose: "Skipped", take: "Skipped" });
  });
});

describe("a task in a case", () => {
  test("that is not taken is Skipped whatever its trigger and skipOnUpstreamSkip", async () => {
    const eager = task({ name: "eager", trigger: "all_finished", skipOnUpstreamSkip: false }, () => 1);

    const run = await play(flow("eager", () => choose(give("a"), { a, b: () => eager() })));

    expect(run.task("eager")).toMatchObject({
      attempts: 0,
      state: { type: "Skipped", reason: { code: "case-not-taken" } },
    });
  });

  test("of a nested branch is Skipped with the branch it is in", async () => {
    const run = await play(
      flow("nested", () =>
        take(
          choose(give("a"), {
            a: () => choose(give("b").setUpstream(a()), { a: other, b }),
            b: () => choose(give("x"), { x: skip }),
          }),
        ),
      ),
    );

    expect(run.task("take").result).toBe("from b");
    expect(typesOf(run)).toMatchObject({
      "branch-2": "Success",
      "branch-3": "Skipped",
      other: "Skipped",
      skip: "Skipped",
    });
  });

  test("that fails makes what the branch gives TriggerFailed", async () => {
    const run = await play(flow("fails", () => take(choose(give("a"), { a: fail, b }))));

    expect(typesOf(run)).toMatchObject({
      fail: "Failed",
      b: "Skipped",
      choose: "TriggerFailed",
      take: "TriggerFailed",
    });
    expect(run.state.type).toBe("Failed");
  });

  test("that is skipped by itself makes what the branch gives Skipped", async () => {
    const run = await play(flow("skips", () => take(choose(give("a"), { a: skip, b }))));

    expect(typesOf(run)).toMatchObject({ choose: "Skipped", take: "Skipped" });
  });

  test("may be many, mapped, and given back as a structure", async () => {
    const double = task("double", (x: number) => 2 * x);

    const run = await play(
      flow("structure", () => take(choose(give("a"), { a: () => ({ list: double.map([1, 2]), word: a() }), b }))),
    );

    expect(run.task("take").result).toEqual({ list: [2, 4], word: "from a" });
  });

  test("that gives back no ref is waited for all the same", async () => {
    const order: string[] = [];
    const slow = task("slow", async () => {
      await new Promise((resolve) => setImmediate(resolve));
      order.push("slow");
    });
    const last = task("last", (_: unknown) => void order.push("last"));

    await play(flow("waits", () => last(choose(give("a"), { a: () => void slow(), b }))));

    expect(order).toEqual(["slow", "last"]);
  });
});

describe("merge", () => {
  const merged = async (...build: (() => AnyRef)[]) =>
    (await play(flow("merge", () => merge(...build.map((make) => make()))))).tasks.at(-1)?.state;

  test.each<readonly [string, (() => AnyRef)[], unknown]>([
    ["gives the first that is not null", [() => give(null), () => give(2), () => give(3)], 2],
    ["takes the arguments in their order", [() => give(3), () => give(2)], 3],
    ["takes zero and empty text for values", [() => give(0), () => give("x")], 0],
    ["passes over undefined", [() => give(undefined), () => give("x")], "x"],
    ["passes over the skipped", [() => skip(), () => give(1)], 1],
    ["gives null where all ran and gave null", [() => give(null), () => give(null)], null],
    ["takes ten before eleven", Array.from({ length: 11 }, (_, i) => () => give(i < 9 ? null : i)), 9],
  ])("%s", async (_, build, expected) => {
    expect(await merged(...build)).toMatchObject({ type: "Success", result: expected });
  });

  test("of nothing but skipped is Skipped", async () => {
    expect(await merged(skip, skip)).toMatchObject({ type: "Skipped", reason: { code: "all-upstreams-skipped" } });
  });

  test("of a failed one is TriggerFailed, skipped ones or not", async () => {
    expect(await merged(fail, skip)).toMatchObject({ type: "TriggerFailed" });
    expect(await merged(fail, () => give(1))).toMatchObject({ type: "TriggerFailed" });
  });
});
