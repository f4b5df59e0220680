/** Mapping through the public API (`prefect-semantics.md` §9). */
import { describe, expect, test } from "vitest";
import { play, stage, typesOf } from "../../test/support/play.ts";
import { type AnyRef, context, flatten, flow, inline, isSuccess, signals, task, unmapped } from "../index.ts";

/** A task that returns what it is given; of which type is nobody's business here. */
const give: (value: unknown) => AnyRef = task("give", (value: unknown) => value);
const each = task("each", (x: unknown) => (x instanceof Error ? raise(x) : x));
const pair = task("pair", (a: unknown, b: unknown) => [a, b]);
const all = task({ name: "all", trigger: "all_finished", skipOnUpstreamSkip: false }, (xs: unknown) => xs);

/** An upstream that fails, where a list is expected. */
const failed = (): AnyRef => each(new Error("no"));

const failsWithNull: () => AnyRef = task("fails with null", () => raise(signals.fail("no", { result: null })));

function raise(thrown: unknown): never {
  throw thrown;
}

describe("a task mapped over a list", () => {
  test.each([
    ["of an upstream", () => each.map(give([1, 2, 3]))],
    ["that is a constant", () => each.map([1, 2, 3])],
    ["of refs", () => each.map([give(1), 2, give(3)])],
  ])("%s has a child per element, and gives their results in order", async (_, build) => {
    const run = await play(flow("list", build));

    expect(run.task("each")).toMatchObject({ children: 3, result: [1, 2, 3], state: { type: "Mapped" } });
    expect(run.state).toMatchObject({ type: "Success", result: [1, 2, 3] });
  });

  test("that is a parameter has a child per element", async () => {
    const made = flow({ name: "parameter", parameters: { xs: [1, 2] } }, ({ xs }) => each.map(xs));

    const run = await stage().run(made, { parameters: { xs: [4, 5, 6] } });

    expect(run.task("each").result).toEqual([4, 5, 6]);
  });

  test("that is empty has no children, and an empty list for a result", async () => {
    const run = await play(flow("empty", () => all(each.map([]))));

    expect(run.task("each").state).toEqual({ type: "Mapped", children: 0, result: [] });
    expect(run.task("all").result).toEqual([]);
  });

  test.each([1, 10_000])("of %i has as many children", async (width) => {
    const made = flow("wide", () => each.map(give(Array.from({ length: width }, (_, i) => i))));

    const run = await play(made, { logLevel: "off" });

    expect(run.task("each").children).toBe(width);
    expect(run.task("each").child(width - 1).result).toBe(width - 1);
  });

  test("tells each child its index", async () => {
    const indexed = task("indexed", (x: string) => `${x}${context().mapIndex} ${context().taskRunId.split("/")[1]}`);

    const run = await play(flow("index", () => indexed.map(["a", "b"])));

    expect(run.task("indexed").result).toEqual(["a0 indexed-1[0]", "b1 indexed-1[1]"]);
  });
});

describe("a task mapped over several lists", () => {
  test("takes them in step, and what is unmapped whole", async () => {
    const three = task("three", (...args: unknown[]) => args);

    const run = await play(flow("step", () => three.map(give([1, 2]), ["a", "b"], unmapped([9]))));

    expect(run.task("three").result).toEqual([
      [1, "a", [9]],
      [2, "b", [9]],
    ]);
  });

  test("fails where their lengths differ", async () => {
    const run = await play(flow("lengths", () => pair.map(give([1, 2, 3]), [1])));

    expect(run.task("pair").state).toMatchObject({
      type: "Failed",
      error: { code: "MAP_LENGTHS", message: expect.stringContaining("a: 3, b: 1") },
      reason: { code: "map-lengths", lengths: [3, 1] },
    });
  });

  test("ends with the shortest where it says so", async () => {
    const run = await play(flow("shortest", () => pair.with({ mapLengths: "shortest" }).map(give([1, 2, 3]), ["a"])));

    expect(run.task("pair").result).toEqual([[1, "a"]]);
  });

  test("has no children where one of them is empty and the shortest counts", async () => {
    const run = await play(flow("shortest", () => pair.with({ mapLengths: "shortest" }).map(give([1]), [])));

    expect(run.task("pair").state).toMatchObject({ type: "Mapped", children: 0 });
  });
});

describe("a task mapped over what is no list", () => {
  test.each([
    ["null", null],
    ["undefined", undefined],
    ["a number", 5],
    ["text", "abc"],
    ["an object", { 0: "a", length: 1 }],
    ["an object", new Set([1])],
    ["an object", new Uint8Array(2)],
  ])("fails, naming %s", async (got, value) => {
    const run = await play(flow("unmappable", () => each.map(give(value))));

    expect(run.task("each").state).toMatchObject({
      type: "Failed",
      error: { code: "MAP_UNMAPPABLE" },
      reason: { code: "unmappable-result", upstream: "give", got },
    });
  });
});

describe("a task mapped over upstreams of which some failed", () => {
  test("fails when all did, whatever its trigger, and its consumers TriggerFailed", async () => {
    const made = flow("all failed", () =>
      pair(each.with({ name: "mapped", trigger: "all_finished" }).map(failed()), 1),
    );

    const run = await play(made);

    expect(run.task("mapped").state).toMatchObject({ type: "Failed", reason: { code: "no-mappable-upstream" } });
    expect(run.task("pair").state.type).toBe("TriggerFailed");
  });

  test("has children that ask their trigger when one did", async () => {
    const made = flow("one failed", () => pair.map(give([1, 2]), failed()));

    expect(typesOf(await play(made))).toMatchObject({ pair: "Mapped[TriggerFailed TriggerFailed]" });
  });

  test.each([
    ["could not be mapped itself", () => each.map(failed())],
    ["was mapped over no list", () => each.map(give(5))],
    ["failed with null", () => failsWithNull()],
  ])("has none under `shortest` when one %s: it has not even an element that failed", async (_, build) => {
    const made = flow("one unmappable", () => pair.with({ mapLengths: "shortest" }).map(give([1, 2]), build()));

    expect((await play(made)).task("pair").state).toMatchObject({ type: "Mapped", children: 0 });
  });

  test("has children that say so when one could not be mapped itself, where lengths must match", async () => {
    const made = flow("one unmappable", () => pair.map(give([1, 2]), each.map(failed())));

    expect(typesOf(await play(made))).toMatchObject({ pair: "Mapped[TriggerFailed TriggerFailed]" });
  });

  test("gives null in place of its elements to children that run all the same", async () => {
    const made = flow("one failed", () => pair.with({ trigger: "all_finished" }).map(give([1, 2]), failed()));

    expect((await play(made)).task("pair").result).toEqual([
      [1, null],
      [2, null],
    ]);
  });

  test("fails every child when an unmapped one did", async () => {
    const made = flow("unmapped", () => pair.map([1, 2], unmapped(each(new Error("no")))));

    expect(typesOf(await play(made))).toMatchObject({ pair: "Mapped[TriggerFailed TriggerFailed]" });
  });

  test.each([
    ["mapped", () => each.map(task("skips", () => raise(signals.skip()))() as AnyRef)],
    ["unmapped", () => pair.map([1, 2], unmapped(task("skips", () => raise(signals.skip()))()))],
  ])("is Skipped as a whole when a %s one was", async (_, build) => {
    const run = await play(flow("skipped", build));

    expect(run.tasks.at(-1)).toMatchObject({ children: 0, state: { type: "Skipped" } });
  });
});

describe("children that fail or skip", () => {
  const mixed = () => each.map([1, new Error("two"), 3]);

  test("fail or skip only their own successors", async () => {
    const skipping = task("skipping", (x: unknown) => (x === 3 ? raise(signals.skip()) : x));

    const run = await play(flow("successors", () => pair.map(skipping.map(mixed()), unmapped(0))));

    expect(typesOf(run)).toEqual({
      each: "Mapped[Success Failed Success]",
      skipping: "Mapped[Success TriggerFailed Skipped]",
      pair: "Mapped[Success TriggerFailed Skipped]",
    });
  });

  test("are an error record and null in the list of a consumer that runs all the same", async () => {
    const skipping = task("skipping", (x: unknown) => (x === 3 ? raise(signals.skip()) : x));

    const run = await play(flow("reduce", () => all(skipping.map(mixed()))));

    expect(run.task("all").result).toEqual([1, expect.objectContaining({ code: "TRIGGER_FAILED" }), null]);
  });

  test("leave their parent Mapped, and fail the flow where it is a reference", async () => {
    const run = await play(flow("reference", mixed));

    expect(run.task("each").state.type).toBe("Mapped");
    expect(run.state).toMatchObject({ type: "Failed", reason: { code: "reference-failed", failed: ["each[1]"] } });
  });
});

describe("a task mapped over the children of another", () => {
  test("goes on with each child as soon as its own sibling is done", async () => {
    const { clock, run: start } = stage();
    const order: string[] = [];
    const wait = task("wait", async (ms: number) => {
      await clock.sleep(ms);
      order.push(`wait ${ms}`);
      return ms;
    });
    const then = task("then", (ms: number) => void order.push(`then ${ms}`));

    await start(flow("depth first", () => then.map(wait.map([30, 10, 20]))));

    expect(order).toEqual(["wait 10", "then 10", "wait 20", "then 20", "wait 30", "then 30"]);
  });

  test("takes a list and its children in step", async () => {
    const run = await play(flow("both", () => pair.map(each.map([1, 2]), give(["a", "b"]))));

    expect(run.task("pair").result).toEqual([
      [1, "a"],
      [2, "b"],
    ]);
  });

  test("waits for all of them where it takes them whole", async () => {
    const run = await play(flow("whole", () => pair.map([1, 2], unmapped(each.map([5, 6])))));

    expect(run.task("pair").result).toEqual([
      [1, [5, 6]],
      [2, [5, 6]],
    ]);
  });

  test("keeps to maxAttempts", async () => {
    const { clock, run: start } = stage();
    let now = 0;
    let most = 0;
    const wait = task("wait", async (_: number) => {
      most = Math.max(most, ++now);
      await clock.sleep(5);
      now--;
    });

    await start(
      flow("few", () => wait.map(wait.map([1, 2, 3, 4, 5, 6]) as never)),
      { executor: inline({ maxAttempts: 2 }) },
    );

    expect(most).toBe(2);
  });
});

describe("flatten", () => {
  const lists = task("lists", (n: number) =>
    n < 0 ? raise(new Error("negative")) : Array.from({ length: n }, () => n),
  );

  test.each([
    ["takes a list of lists one level down", [[1, 2], [], [3, [4]]], [1, 2, 3, [4]]],
    ["leaves a flat list as it is", [1, 2], [1, 2]],
    ["leaves a list as it is of which a member is no list, as Prefect 1.x does", [[1], 2, null], [[1], 2, null]],
  ])("%s", async (_, value, expected) => {
    const run = await play(flow("flatten", () => each.map(flatten(give(value)))));

    expect(run.task("each").result).toEqual(expected);
  });

  test("fans out again over the lists of children", async () => {
    const run = await play(flow("children", () => each.map(flatten(lists.map([2, 0, 3])))));

    expect(run.task("each").result).toEqual([2, 2, 3, 3, 3]);
  });

  test("takes a failed child for one element, whose successor fails alone", async () => {
    const run = await play(flow("failed child", () => each.map(flatten(lists.map([2, -1, 1])))));

    expect(typesOf(run)).toMatchObject({ each: "Mapped[Success Success TriggerFailed Success]" });
  });

  test("is for arguments that are not mapped too", async () => {
    const run = await play(flow("plain", () => all(flatten(lists.map([1, 2])))));

    expect(run.task("all").result).toEqual([1, 2, 2]);
  });

  test("and unmapped give every child the same list", async () => {
    const run = await play(flow("shared", () => pair.map([1, 2], unmapped(flatten(give([[7], [8]]))))));

    expect(run.task("pair").result).toEqual([
      [1, [7, 8]],
      [2, [7, 8]],
    ]);
  });
});

describe("a flow whose result is a mapped task", () => {
  test("has the list of its children's results", async () => {
    const run = await play(flow("result", () => ({ list: each.map([1, 2]) })));

    expect(isSuccess(run) && run.result).toEqual({ list: [1, 2] });
  });
});
