/** What the compiler works out by itself. Nothing here runs but what builds graphs. */
import * as v from "valibot";
import { describe, expectTypeOf, test } from "vitest";
import { z } from "zod";
import {
  branch,
  flatten,
  type Flow,
  flow,
  type FlowRun,
  isFailed,
  isSuccess,
  merge,
  parameter,
  type Ref,
  type State,
  type StateHandler,
  task,
  type TaskState,
  unmapped,
} from "caudal";
import type { notify } from "./programs.ts";

interface Hit {
  readonly id: string;
  readonly score: number;
}
const one = task("one", () => 1);
const text = task("text", async () => "a");
const hits = task(
  "hits",
  async (size: number): Promise<Hit[]> => Array.from({ length: size }, (_, i) => ({ id: String(i), score: i })),
);
const maybe = task("maybe", (): string | null => null);
const channel = task("channel", () => "sms" as "sms" | "mail");

/** Types are checked where they are written; the builds run so that their shapes hold at run time too. */
function built(build: () => unknown): void {
  flow("types", () => {
    build();
  });
}

describe("a call", () => {
  test("gives a ref of what the function returns, awaited", () => {
    built(() => {
      expectTypeOf(one()).toEqualTypeOf<Ref<number>>();
      expectTypeOf(text()).toEqualTypeOf<Ref<string>>();
      expectTypeOf(hits(one())).toEqualTypeOf<Ref<Hit[]>>();
    });
  });

  test("takes refs, values, and structures with refs at any depth", () => {
    const deep = task(
      "deep",
      (options: { readonly filter: { readonly ids: readonly string[]; readonly min?: number } }) =>
        options.filter.ids.length,
    );
    built(() => {
      expectTypeOf(deep({ filter: { ids: [text(), "b"], min: one() } })).toEqualTypeOf<Ref<number>>();
      expectTypeOf(deep({ filter: { ids: ["b"] } })).toEqualTypeOf<Ref<number>>();
    });
  });

  test("keeps optional and rest parameters", () => {
    const loose = task("loose", (_a: string, _b?: number, ..._rest: boolean[]) => undefined);
    built(() => {
      loose("a");
      loose("a", one(), true, false);
    });
  });

  test("takes any and unknown as they are", () => {
    const any = task("any", (value: unknown) => value);
    built(() => {
      expectTypeOf(any(one())).toEqualTypeOf<Ref<unknown>>();
      any([text(), { a: one() }]);
      any(null);
    });
  });
});

describe("a path", () => {
  test("has the member's type, through null as undefined", () => {
    built(() => {
      expectTypeOf(hits(1).at(0)).toEqualTypeOf<Ref<Hit | undefined>>();
      expectTypeOf(hits(1).at(0).get("id")).toEqualTypeOf<Ref<string | undefined>>();
    });
  });

  test("setUpstream gives the same type back", () => {
    built(() => expectTypeOf(hits(1).setUpstream(one(), text())).toEqualTypeOf<Ref<Hit[]>>());
  });
});

describe("map", () => {
  const score = task("score", (hit: Hit, factor: number) => hit.score * factor);

  test("gives a ref of the list of results", () => {
    built(() => {
      expectTypeOf(score.map(hits(2), [1, one()])).toEqualTypeOf<Ref<number[]>>();
      expectTypeOf(score.map(hits(2), unmapped(one()))).toEqualTypeOf<Ref<number[]>>();
    });
  });

  test("flatten takes one level away", () => {
    const pages = task("pages", (): Hit[][] => []);
    built(() => {
      expectTypeOf(flatten(pages())).toEqualTypeOf<Ref<Hit[]>>();
      expectTypeOf(score.map(flatten(pages()), unmapped(2))).toEqualTypeOf<Ref<number[]>>();
    });
  });
});

describe("branch and merge", () => {
  test("give the union of what the cases return", () => {
    built(() => {
      expectTypeOf(branch(channel(), { sms: () => one(), mail: () => text() })).toEqualTypeOf<Ref<string | number>>();
      expectTypeOf(branch(maybe(), { a: () => one() }, () => text())).toEqualTypeOf<Ref<string | number>>();
      expectTypeOf(merge(one(), text())).toEqualTypeOf<Ref<string | number>>();
    });
  });

  test("take booleans and numbers by their text", () => {
    const yes = task("yes", (): boolean => true);
    const level = task("level", (): 1 | 2 => 1);
    built(() => {
      branch(yes(), { true: () => one(), false: () => one() });
      branch(level(), { 1: () => one(), 2: () => one() });
    });
  });

  test("a flow that returns a branch has its value as result", () => {
    expectTypeOf<Awaited<ReturnType<(typeof notify)["run"]>>>().toEqualTypeOf<FlowRun<{ readonly at: Date }[]>>();
  });
});

describe("a flow", () => {
  test("has refs of its plain parameters, widened", () => {
    flow({ name: "plain", parameters: { size: 10, live: false, tags: [], filter: { state: "CA" } } }, (parameters) => {
      expectTypeOf(parameters.size).toEqualTypeOf<Ref<number>>();
      expectTypeOf(parameters.live).toEqualTypeOf<Ref<boolean>>();
      expectTypeOf(parameters.filter).toEqualTypeOf<Ref<{ state: string }>>();
    });
  });

  test("has a schema's output as ref, and takes its input", () => {
    const schemas = flow(
      {
        name: "schemas",
        parameters: {
          since: z.coerce.date<string>(),
          mode: z.enum(["sms", "mail"]).default("sms"),
          user: v.object({ name: v.string() }),
          spec: parameter<"a" | "b">({ default: "a" }),
          must: parameter<number>({ required: true }),
        },
      },
      ({ since, mode, user, spec, must }) => {
        expectTypeOf(since).toEqualTypeOf<Ref<Date>>();
        expectTypeOf(mode).toEqualTypeOf<Ref<"sms" | "mail">>();
        expectTypeOf(user).toEqualTypeOf<Ref<{ name: string }>>();
        expectTypeOf(spec).toEqualTypeOf<Ref<"a" | "b">>();
        expectTypeOf(must).toEqualTypeOf<Ref<number>>();
        return branch(mode, { sms: () => one(), mail: () => one() });
      },
    );
    const run = () => schemas.run({ parameters: { since: "2026-01-01", user: { name: "a" }, must: 1 } });
    expectTypeOf(run).returns.resolves.toEqualTypeOf<FlowRun<number>>();
  });

  test("returns results in place of refs, at any depth", () => {
    const nested = flow("nested", () => ({ first: one(), list: [text()], pair: [one(), text()] as const, fixed: "x" }));
    type R = typeof nested extends Flow<infer _, infer Result> ? Result : never;
    expectTypeOf<R>().toEqualTypeOf<{
      first: number;
      list: string[];
      pair: readonly [number, string];
      fixed: string;
    }>();
  });

  test("without a result gives undefined", () => {
    const nothing = flow("nothing", () => {
      one();
    });
    expectTypeOf(nothing).toEqualTypeOf<Flow<Record<string, never>, undefined>>();
  });
});

describe("guards", () => {
  test("narrow a run to its result, and to its error", () => {
    const check = (run: FlowRun<{ stored: number }>) => {
      if (isSuccess(run)) expectTypeOf(run.result.stored).toEqualTypeOf<number>();
      else if (isFailed(run)) expectTypeOf(run.state.error.message).toEqualTypeOf<string>();
      else expectTypeOf(run.result).toEqualTypeOf<undefined>();
    };
    expectTypeOf(check).toBeFunction();
  });

  test("narrow states", () => {
    const handler: StateHandler = (_subject, _from, to) => {
      if (isFailed(to)) expectTypeOf(to.error.message).toEqualTypeOf<string>();
    };
    const check = (state: TaskState) => {
      if (!isFailed(state)) expectTypeOf<Extract<typeof state, { readonly error: unknown }>>().toEqualTypeOf<never>();
      if (isSuccess(state)) expectTypeOf(state.result).toEqualTypeOf<unknown>();
    };
    const any = (state: State) => isFailed(state) && state.error.name;
    expectTypeOf([handler, check, any]).toBeArray();
  });
});
