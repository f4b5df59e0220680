import { describe, expect, test } from "vitest";
import type { ErrorCode } from "../base/error-sentences.ts";
import { CaudalError } from "../base/errors.ts";
import { branch, flatten, flow, merge, type Ref, referenceTasks, task, unmapped } from "../index.ts";

const one = task("one", () => 1);
const add = task("add", (a: number, b: number) => a + b);
const anything = task("anything", (_value: unknown) => 1);
const list = task("list", () => [1, 2]);

/** What a careless program in plain JavaScript does with a ref: the compiler does not see it. */
const careless = (ref: unknown) => ref as never;

/** Awaitable, and no Promise. */
function thenable(): object {
  const key = ["th", "en"].join("");
  return { [key]: () => undefined };
}

function errorOf(attempt: () => unknown): CaudalError & { readonly line?: string | undefined } {
  try {
    attempt();
  } catch (error) {
    if (error instanceof CaudalError) return error as CaudalError;
    throw error;
  }
  throw new Error("nothing was thrown");
}

function codeOf(attempt: () => unknown): ErrorCode {
  return errorOf(attempt).code;
}

const building = (build: () => unknown) => () =>
  flow("misused", () => {
    build();
  });

describe("a ref used as a value", () => {
  test.each<readonly [string, (ref: never) => unknown]>([
    ["in a template", (ref) => `${ref}`],
    ["in arithmetic", (ref) => ref + 1],
    ["in a comparison", (ref) => ref > 1],
    ["as JSON", (ref) => JSON.stringify(ref)],
    ["inside JSON", (ref) => JSON.stringify({ deep: [ref] })],
    ["spread into a list", (ref) => [...(ref as never[])]],
    ["spread into an object", (ref) => ({ ...(ref as object) })],
    ["iterated", (ref) => Array.from(ref as never[])],
    [
      "destructured",
      (ref) => {
        const { a } = ref as { a: number };
        return a;
      },
    ],
    ["by index", (ref) => ref[0]],
    ["by length", (ref) => (ref as unknown[]).length],
    ["by an unknown member", (ref) => (ref as { name: string }).name],
    ["called", (ref) => (ref as () => void)()],
    [
      "assigned to",
      (ref) => {
        (ref as { x: number }).x = 1;
      },
    ],
    ["with in", (ref) => "a" in (ref as object)],
    ["listed", (ref) => Object.keys(ref as object)],
    ["as text", (ref) => String(ref)],
  ])("%s", (_, use) => {
    const attempt = building(() => use(careless(one())));

    expect(attempt).toThrow(/one-1|not a function/);
  });

  test("names the ref, the use and the line", () => {
    const error = errorOf(building(() => `${careless(list().at(0))}`));

    expect(error.code).toBe("REF_USED_AS_VALUE");
    expect(error.message).toContain("'list-1[0]'");
    expect(error.line).toMatch(/misuse\.test\.ts:\d+:\d+$/);
  });

  test("awaited in an async build: the build is what is wrong, and no rejection is left over", () => {
    const build = async () => {
      await careless(one());
    };

    expect(codeOf(() => flow("async", build as never))).toBe("FLOW_ASYNC");
  });

  test("can still be printed while looking for a mistake", async () => {
    const { inspect } = await import("node:util");
    let shown = "";
    flow("printed", () => {
      shown = inspect(list().at(1));
    });

    expect(shown).toBe("Ref(list-1[1])");
  });
});

describe("inputs that cannot work", () => {
  test.each<readonly [string, ErrorCode, () => unknown]>([
    ["a promise", "PROMISE_AS_INPUT", () => anything(Promise.reject(new Error("late")))],
    ["a promise, deep inside", "PROMISE_AS_INPUT", () => anything({ a: [Promise.resolve(1)] })],
    ["a thenable", "PROMISE_AS_INPUT", () => anything(thenable())],
    ["a ref in a Map", "REF_HIDDEN", () => anything(new Map([["a", one()]]))],
    ["a ref in a Set", "REF_HIDDEN", () => anything(new Set([[one()]]))],
    [
      "a ref in a class instance",
      "REF_HIDDEN",
      () =>
        anything(
          new (class Client {
            readonly query = { of: one() };
          })(),
        ),
    ],
    [
      "a ref in a structure that contains itself",
      "REF_HIDDEN",
      () => {
        const round: Record<string, unknown> = { ref: one() };
        round["self"] = round;
        return anything(round);
      },
    ],
    ["a task instead of its call", "TASK_AS_INPUT", () => anything(one)],
    ["unmapped outside map", "MAP_ARGUMENTS", () => anything(unmapped(one()))],
    ["flatten inside a structure", "MAP_ARGUMENTS", () => anything([flatten(list())])],
    ["map over nothing", "MAP_ARGUMENTS", () => one.map()],
    ["map over what is no list", "MAP_ARGUMENTS", () => add.map(list(), careless(3))],
    ["map over only unmapped things", "MAP_ARGUMENTS", () => anything.map(unmapped(list()))],
    ["merge of nothing", "MERGE_ARGUMENTS", () => merge()],
    ["merge of a value", "MERGE_ARGUMENTS", () => merge(careless(1))],
    ["branch on a value", "BRANCH_CASES", () => branch(careless("a"), { a: () => one() } as never)],
    ["branch without cases", "BRANCH_CASES", () => branch(careless(one()), {} as never)],
    ["an async case", "BRANCH_CASES", () => branch(careless(one()), { a: async () => 1 } as never, () => one())],
    ["a case that is no function", "BRANCH_CASES", () => branch(careless(one()), { a: one() } as never, () => one())],
    ["reference tasks that are values", "REFERENCE_UNKNOWN", () => referenceTasks(careless("one"))],
    ["an upstream that is no ref", "UPSTREAM_UNKNOWN", () => one().setUpstream(careless(undefined))],
    ["two tasks of one name", "TASK_NAME_TWICE", () => [task("twin", () => 1)(), task("twin", () => 2)()]],
  ])("%s", (_, code, use) => {
    const error = errorOf(building(use));

    expect(error.code).toBe(code);
    expect(error.line).toMatch(/misuse\.test\.ts/);
  });

  test("a large Map without refs is just a value", () => {
    const lookup = new Map(Array.from({ length: 1_000 }, (_, i) => [i, { i }]));

    expect(building(() => anything(lookup))).not.toThrow();
  });

  test("a plain structure that contains itself is just a value", () => {
    const round: Record<string, unknown> = { a: 1 };
    round["self"] = round;

    expect(building(() => anything(round))).not.toThrow();
  });
});

describe("outside the build", () => {
  test("a task cannot be called", () => {
    expect(codeOf(() => one())).toBe("TASK_OUTSIDE_FLOW");
  });

  test("an order edge cannot be added", () => {
    const kept: Ref<number>[] = [];
    flow("sealed", () => {
      kept.push(one(), one());
    });

    expect(codeOf(() => kept[0]?.setUpstream(careless(kept[1])))).toBe("FLOW_SEALED");
    expect(codeOf(() => referenceTasks(careless(kept[0])))).toBe("FLOW_SEALED");
  });

  test("a ref belongs to its flow", () => {
    const kept: Ref<number>[] = [];
    flow("first", () => {
      kept.push(one());
    });

    expect(codeOf(building(() => add(careless(kept[0]), 1)))).toBe("REF_OF_ANOTHER_FLOW");
    expect(codeOf(building(() => one().setUpstream(careless(kept[0]))))).toBe("REF_OF_ANOTHER_FLOW");
  });

  test("the function itself can be called anywhere, also taken off its task", () => {
    expect(add.run(1, 2)).toBe(3);
    expect([1, 2].map((x) => x).map(task("double", (x: number) => 2 * x).run)).toEqual([2, 4]);
  });
});

describe("a cycle", () => {
  test("is told with its path and the line of the order edge that closes it", () => {
    const error = errorOf(
      building(() => {
        const first = one();
        const second = anything(first);
        first.setUpstream(anything(second));
      }),
    );

    expect(error.code).toBe("FLOW_CYCLE");
    expect(error.data).toMatchObject({ path: ["one-1", "anything-1", "anything-2", "one-1"] });
    expect(error.line).toMatch(/misuse\.test\.ts/);
  });

  test("of one node with itself counts", () => {
    const error = errorOf(
      building(() => {
        const only = one();
        only.setUpstream(only);
      }),
    );

    expect(error.data).toMatchObject({ path: ["one-1", "one-1"] });
  });

  test("through a case edge counts", () => {
    const attempt = building(() => {
      const which = task("which", (): "a" | "b" => "a")();
      const inside: Ref<number>[] = [];
      branch(which, { a: () => inside.push(one()), b: () => one() });
      which.setUpstream(careless(inside[0]));
    });

    expect(codeOf(attempt)).toBe("FLOW_CYCLE");
  });
});

describe("a build that fails", () => {
  test("is done once more, and a different failure shows that it depends on the world", () => {
    let builds = 0;
    const error = errorOf(() =>
      flow("moody", () => {
        builds++;
        if (builds === 1) anything(Promise.resolve(1));
        one();
      }),
    );

    expect(error.code).toBe("FLOW_NOT_DETERMINISTIC");
    expect(error.cause).toMatchObject({ code: "PROMISE_AS_INPUT" });
  });

  test("with an error of the user's own passes it on as it is", () => {
    const own = new TypeError("not ours");

    expect(() =>
      flow("own", () => {
        throw own;
      }),
    ).toThrow(own);
  });

  test("leaves the next flow unharmed", () => {
    expect(building(() => anything(Promise.resolve(1)))).toThrow();
    expect(codeOf(() => one())).toBe("TASK_OUTSIDE_FLOW");
    expect(building(() => one())).not.toThrow();
  });
});

describe("an unknown parameter of the build function", () => {
  test("is not undefined but an error that knows the nearest name", () => {
    const build = ({ sise }: { sise: unknown }) => anything(sise);
    const error = errorOf(() => flow({ name: "typo", parameters: { size: 10 } }, build as never));

    expect(error.code).toBe("PARAMETER_UNKNOWN");
    expect(error.message).toContain("did you mean 'size'?");
  });
});
