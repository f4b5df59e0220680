import { describe, expect, test } from "vitest";
import type { CaudalError } from "../../base/errors.ts";
import { filter, flow, isFailed, isSuccess, type Ref, settled, signals, task } from "../../index.ts";

const quiet = { logLevel: "off" } as const;
const one = task("one", () => ({ value: 1, list: [1, null, 2] }));
const fail = task("fail", (): { value: number } => {
  throw new TypeError("no such thing");
});
const skip = task("skip", (): number => {
  throw signals.skip("not today");
});
const look = task({ name: "look", trigger: "all_finished", skipOnUpstreamSkip: false }, (what: unknown) => what);
const odd = task("odd", (x: number): number | null => {
  if (x === 1) throw new Error("one");
  if (x === 2) throw signals.skip("two");
  return x === 3 ? null : x;
});

const codeOf = (build: () => unknown) => {
  try {
    flow("misused", () => void build());
  } catch (error) {
    return (error as CaudalError).code;
  }
  return undefined;
};

describe("settled(ref), given to a task that runs after failures", () => {
  test("is { ok, value } of a success, { ok, error } of a failure, null of what was skipped", async () => {
    const made = flow("settled", () => look([settled(one()), settled(fail()), settled(skip())]));

    const run = await made.run(quiet);

    expect(isSuccess(run) && run.result).toMatchObject([
      { ok: true, value: { value: 1 } },
      { ok: false, error: { name: "TypeError", message: "no such thing" } },
      { ok: true, value: null },
    ]);
  });

  test("follows a path taken before it, at any depth of an argument", async () => {
    const made = flow("paths", () =>
      look({ deep: { good: settled(one().get("value")), bad: settled(fail().get("value")) } }),
    );

    const run = await made.run(quiet);

    expect(isSuccess(run) && run.result).toMatchObject({
      deep: { good: { ok: true, value: 1 }, bad: { ok: false, error: { message: "no such thing" } } },
    });
  });

  test("adds no node, and shows in the plan, as JSON and in the fingerprint", () => {
    const made = flow("shape", () => void look(settled(one())));
    const plain = flow("shape", () => void look(one()));

    expect(made.graph.nodes.length).toBe(2);
    expect(made.explain()).toContain("settled one-1");
    expect(JSON.stringify(made.toJSON())).toContain('"settled":true');
    expect(made.fingerprint).not.toBe(plain.fingerprint);
  });

  test.each<readonly [string, () => unknown]>([
    ["a path after it", () => (settled(one()) as Ref<{ value: unknown }>).get("value")],
    ["twice", () => settled(settled(one()))],
    ["something else than a ref", () => settled(1 as never)],
  ])("refuses %s", (_, build) => {
    expect(codeOf(build)).toBe("SETTLED_ARGUMENT");
  });

  test("refuses parameters, and to be mapped over", () => {
    const parameters = { size: 1 };

    expect(() => flow({ name: "parameter", parameters }, ({ size }) => void settled(size))).toThrow(/cannot fail/);
    expect(codeOf(() => odd.map(settled(one()) as never))).toBe("MAP_ARGUMENTS");
  });
});

describe("filter(ref)", () => {
  test("drops null, failed and skipped members of a mapped task", async () => {
    const made = flow("filter", () => filter(odd.map([0, 1, 2, 3, 4])));

    const run = await made.run(quiet);

    expect(run.task("filter").result).toEqual([0, 4]);
    expect(run.task("odd").child(1).state.type).toBe("Failed");
  });

  test("takes a list inside a result", async () => {
    const made = flow("path", () => look(filter(one().get("list"))));

    const run = await made.run(quiet);

    expect(isSuccess(run) && run.result).toEqual([1, 2]);
  });

  test("fails where there is no list", async () => {
    const made = flow("none", () => void filter(fail() as unknown as Ref<number[]>));

    const run = await made.run(quiet);

    expect(isFailed(run)).toBe(true);
    expect(run.task("filter").explain()).toContain("filter");
  });

  test("takes refs only", () => {
    expect(codeOf(() => filter([1] as never))).toBe("FILTER_ARGUMENT");
  });

  test("is a node of the plan", () => {
    const made = flow("plan", () => void filter(odd.map([1])));

    expect(made.graph.nodes[1]).toMatchObject({ kind: "filter", slug: "filter-1" });
    expect(made.explain()).toContain("filter-1 runs after odd-1 (list)");
  });
});
