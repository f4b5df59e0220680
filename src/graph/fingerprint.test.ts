import { describe, expect, test } from "vitest";
import { branch, flow, type Ref, type TaskOptions, task } from "../index.ts";
import { constantText } from "./fingerprint.ts";

const one = task("one", () => 1);
const two = task("two", () => 2);
const use = task("use", (...values: unknown[]) => values);

const printOf = (build: () => unknown) => flow("print", () => void build()).fingerprint;

describe("a fingerprint", () => {
  const base = () => use(one(), { limit: 3, at: new Date(0) });

  test("is the same for the same shape, whatever the order of independent calls and of keys", () => {
    expect(printOf(base)).toBe(printOf(base));
    expect(printOf(base)).toBe(printOf(() => use(one(), { at: new Date(0), limit: 3 })));
    expect(printOf(() => [one(), two()])).toBe(printOf(() => [two(), one()]));
  });

  test("does not know bodies, labels and tuning", () => {
    const tuned = task(
      { name: "use", retries: 9, timeout: "5s", args: ["x"], tags: ["a"] } satisfies TaskOptions,
      (a: unknown, b: unknown) => [b, a],
    );

    expect(printOf(() => tuned(one(), { limit: 3, at: new Date(0) }))).toBe(printOf(base));
  });

  test.each<readonly [string, () => unknown]>([
    ["a constant", () => use(one(), { limit: 4, at: new Date(0) })],
    ["an instant", () => use(one(), { limit: 3, at: new Date(1) })],
    ["an upstream", () => use(two(), { limit: 3, at: new Date(0) })],
    ["a path", () => use(one().get("toFixed"), { limit: 3, at: new Date(0) })],
    ["an order edge", () => base().setUpstream(two())],
    ["a map", () => use.map(task("one", () => [1])(), [{ limit: 3, at: new Date(0) }])],
    ["a node", () => [base(), one()]],
    ["the order of arguments", () => use({ limit: 3, at: new Date(0) }, one())],
  ])("changes with %s", (_, build) => {
    expect(printOf(build)).not.toBe(printOf(base));
  });

  test("changes when a node moves into a case, or to another key", () => {
    const key = task("key", (): "a" | "b" => "a");
    const inA = () => branch(key(), { a: () => one(), b: () => two() });
    const inB = () => branch(key(), { b: () => one(), a: () => two() });
    const outside = () => {
      const [a, b]: Ref<number>[] = [one(), two()];
      branch(key(), { a: () => a, b: () => b });
    };

    expect(new Set([printOf(inA), printOf(inB), printOf(outside)]).size).toBe(3);
  });

  test("of a flow whose constants are no plain data is still the same in every process", () => {
    class Client {
      readonly opened = Math.random();
    }
    const build = () =>
      use(new Client(), (x: number) => x, Symbol("s"), new Map([[1, new Set([2])]]), 10n, new Uint8Array([1]), -0);

    expect(printOf(build)).toBe(printOf(build));
  });
});

describe("constantText", () => {
  test("tells values apart that JSON takes for the same", () => {
    const values = [
      0,
      -0,
      "0",
      null,
      undefined,
      Number.NaN,
      0n,
      [],
      {},
      [[]],
      new Date(0),
      new Map(),
      new Set(),
      new Uint8Array(1),
      "",
      false,
    ];

    expect(new Set(values.map((value) => constantText(value))).size).toBe(values.length);
  });

  test("ends for a structure that contains itself", () => {
    const round: Record<string, unknown> = {};
    round["self"] = round;

    expect(constantText(round)).toContain("#deep");
  });
});
