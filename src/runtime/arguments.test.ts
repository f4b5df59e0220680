/** What bodies are called with: refs in structures, paths, and members that failed or were skipped. */
import { describe, expect, test } from "vitest";
import { play } from "../../test/support/play.ts";
import { type AnyRef, flow, signals, task } from "../index.ts";

/** A task that returns what it is given; of which type is nobody's business here. */
const give: (value: unknown) => AnyRef = task("give", (value: unknown) => value);
/** A ref of whatever, for paths the types would not allow. */
const deep = (ref: unknown) => ref as AnyRef;
const fail = task("fail", (): { deep: string } => {
  throw new Error("broken");
});
const skip = task("skip", (): { deep: string } => {
  throw signals.skip();
});
const take = task({ name: "take", trigger: "all_finished", skipOnUpstreamSkip: false }, (value: unknown) => value);
const strict = task("strict", (value: unknown) => value);

const taken = async (build: () => unknown) =>
  (await play(flow("arguments", () => take(build() as never)))).task("take").result;
const record = expect.objectContaining({ name: "Error", message: "broken" });

describe("refs in arrays and objects", () => {
  test("are replaced by their results, at any depth", async () => {
    const value = await taken(() => ({ list: [give(1), { deep: [give("two"), 3] }], plain: null, none: undefined }));

    expect(value).toEqual({ list: [1, { deep: ["two", 3] }], plain: null, none: undefined });
  });

  test("that failed are error records, those skipped null", async () => {
    expect(await taken(() => [fail(), { skipped: skip() }, give(1)])).toEqual([record, { skipped: null }, 1]);
  });

  test("judge the consumer's trigger like any upstream", async () => {
    const run = await play(flow("strict", () => strict([give(1), { x: fail() }])));

    expect(run.task("strict").state).toMatchObject({ type: "TriggerFailed", reason: { failed: 1, total: 2 } });
  });

  test("skip the consumer when they are skipped", async () => {
    expect((await play(flow("strict", () => strict({ x: [skip()] })))).task("strict").state.type).toBe("Skipped");
  });

  test("may be under keys that mean something to JavaScript", async () => {
    const value = await taken(() => JSON.parse('{"__proto__": 1, "constructor": 2}'));

    expect(Object.entries(value as object)).toEqual([
      ["__proto__", 1],
      ["constructor", 2],
    ]);
  });

  test("give each consumer the very value that was returned", async () => {
    const value = new Map([[1, { a: 1 }]]);

    expect(await taken(() => give(value))).toBe(value);
  });
});

describe("a path", () => {
  const rows = { rows: [{ id: 1 }, { id: 2, note: undefined }], "odd key": null };
  const at = (path: (ref: AnyRef) => unknown) => taken(() => path(give(rows)));

  test.each<readonly [string, (ref: AnyRef) => unknown, unknown]>([
    ["of keys and indices", (ref) => deep(ref.get("rows").at(0)).get("id"), 1],
    ["with a negative index counts from the end", (ref) => deep(ref.get("rows").at(-1)).get("id"), 2],
    ["to a member that is null", (ref) => ref.get("odd key"), null],
    ["to a member that is undefined", (ref) => deep(ref.get("rows").at(1)).get("note"), undefined],
    ["past the end of a list", (ref) => ref.get("rows").at(9), undefined],
  ])("%s is followed", async (_, path, expected) => {
    expect(await at(path)).toEqual(expected);
  });

  test.each<readonly [string, (ref: AnyRef) => unknown, string]>([
    ["that is not there", (ref) => ref.get("columns"), ".columns"],
    ["through null", (ref) => ref.get("odd key").get("x"), ".odd key.x"],
    ["to what every object inherits", (ref) => ref.get("toString"), ".toString"],
  ])("%s fails the consumer before its body", async (_, path, missing) => {
    const run = await play(flow("missing", () => strict(path(give(rows)))));

    expect(run.task("strict")).toMatchObject({
      attempts: 0,
      state: {
        type: "Failed",
        error: { code: "REF_PATH_MISSING", message: expect.stringContaining("'give'") },
        reason: { code: "ref-path-missing", path: missing },
      },
    });
  });

  test("that is missing is not retried", async () => {
    const run = await play(flow("missing", () => strict.with({ retries: 3 })(give(rows).get("columns"))));

    expect(run.task("strict").story()).toHaveLength(1);
  });

  test("is followed after the trigger said run", async () => {
    const made = flow("trigger", () => strict([give(rows).get("columns"), fail()]));

    expect((await play(made)).task("strict").state.type).toBe("TriggerFailed");
  });

  test("through a failed upstream gives its error record, through a skipped one null", async () => {
    expect(await taken(() => [fail().get("deep"), skip().get("deep")])).toEqual([record, null]);
  });

  test("into the children of a mapped task takes one of them", async () => {
    const double = task("double", (x: number) => 2 * x);

    expect(await taken(() => double.map([1, 2, 3]).at(1))).toBe(4);
  });

  test("into a parameter is followed too, and fails the consumer where it leads nowhere", async () => {
    const made = flow(
      { name: "parameter", parameters: { options: { size: 3 } as Record<string, number> } },
      ({ options }) => ({
        there: strict(options.get("size")),
        missing: take(options.get("colour")),
      }),
    );

    const run = await play(made);

    expect(run.task("strict").result).toBe(3);
    expect(run.task("take").state).toMatchObject({ error: { code: "REF_PATH_MISSING" } });
  });
});
