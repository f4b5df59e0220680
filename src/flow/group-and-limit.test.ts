import { describe, expect, test } from "vitest";
import type { CaudalError } from "../base/errors.ts";
import { flow, group, isSuccess, limit, task } from "../index.ts";
import { pictureOf } from "../render/picture.ts";

const quiet = { logLevel: "off" } as const;
const one = task("one", () => 1);
const use = task("use", (value: unknown) => value);

const codeOf = (build: () => unknown) => {
  try {
    flow("misused", () => void build());
  } catch (error) {
    return (error as CaudalError).code;
  }
  return undefined;
};

/** A task that says how many of it ran at once. */
function counting(limits: Parameters<typeof task>[0] & object) {
  const seen = { now: 0, most: 0 };
  const counted = task(limits, async (_i: number) => {
    seen.most = Math.max(seen.most, ++seen.now);
    await new Promise((resolve) => setImmediate(resolve));
    seen.now--;
  });
  return { counted, seen };
}

describe("a limit", () => {
  test("bounds how many task runs are Running at once, given as it is or by name", async () => {
    const two = limit("test db", 2);
    const { counted, seen } = counting({ name: "counted", limits: [two] });
    const named = counting({ name: "by name", limits: ["test db"] });
    const made = flow("limited", () => {
      counted.map([1, 2, 3, 4, 5]);
      named.counted.map([1, 2, 3]);
    });

    const run = await made.run(quiet);

    expect(isSuccess(run)).toBe(true);
    expect(seen.most).toBeLessThanOrEqual(2);
    expect(named.seen.most).toBeLessThanOrEqual(2);
    expect(made.explain()).toContain("limits test db");
  });

  test("made again with another maximum counts from then on", async () => {
    limit("test again", 5);
    const later = limit("test again", 1);
    const { counted, seen } = counting({ name: "counted", limits: [later] });

    await flow("again", () => void counted.map([1, 2, 3])).run(quiet);

    expect(seen.most).toBe(1);
  });

  test("of two maxima cannot be in one flow", () => {
    const first = limit("test twice", 5);
    const second = limit("test twice", 2);
    const twice = () => {
      one.with({ limits: [first] })();
      use.with({ limits: [second] })(1);
    };

    expect(codeOf(twice)).toBe("LIMIT_TWICE");
  });

  test.each<readonly [unknown, unknown]>([
    ["db", 0],
    ["db", 1.5],
    ["db", "5"],
    ["", 1],
    [1, 1],
  ])("refuses limit(%j, %j)", (name, max) => {
    expect(() => limit(name as string, max as number)).toThrow(/options of limit/);
  });
});

describe("a group", () => {
  test("names the tasks called in it, nested, and gives back what its block returned", async () => {
    const made = flow("grouped", () => {
      const inner = group("load", () => group("files", () => use(one())));
      return { value: use(inner) };
    });

    const run = await made.run(quiet);

    expect(isSuccess(run) && run.result).toEqual({ value: 1 });
    expect(made.graph.nodes.map((node) => node.groups)).toEqual([["load", "files"], ["load", "files"], []]);
    expect(made.explain()).toContain("in group load › files");
    expect(made.toJSON()).toMatchObject({ nodes: [{ groups: ["load", "files"] }, {}, { groups: [] }] });
  });

  test("is a frame of the drawing, and no part of the fingerprint", () => {
    const made = flow("drawn", () => void group("load", one));
    const plain = flow("drawn", () => void one());

    expect(pictureOf(made.graph).groups).toMatchObject([{ name: "load", depth: 0 }]);
    expect(made.fingerprint).toBe(plain.fingerprint);
  });

  test("that fails to build leaves nothing behind", () => {
    const made = flow("left", () => {
      try {
        group("broken", () => {
          throw new Error("no");
        });
      } catch {
        one();
      }
    });

    expect(made.graph.nodes[0]?.groups).toEqual([]);
  });

  test.each<readonly [string, () => unknown, string]>([
    ["an async block", () => group("a", async () => undefined), "BLOCK_INVALID"],
    ["no block", () => group("a", undefined as never), "BLOCK_INVALID"],
    ["a name that is none", () => group("", one), "NAME_INVALID"],
  ])("refuses %s", (_, build, code) => {
    expect(codeOf(build)).toBe(code);
  });
});
