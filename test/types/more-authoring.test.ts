/** What the compiler works out about settled results, filters, resources, groups, flows as tasks and the like. */
import { describe, expectTypeOf, test } from "vitest";
import {
  filter,
  flow,
  group,
  type Limit,
  limit,
  mapEach,
  parameter,
  type Ref,
  resource,
  type Settled,
  settled,
  task,
} from "caudal";

const one = task("one", () => 1);
const twice = task("twice", (x: number) => 2 * x);
const maybes = task("maybes", async (): Promise<(string | null | undefined)[]> => ["a", null]);

/** Types are checked where they are written; the builds run so that their shapes hold at run time too. */
function built(build: () => unknown): void {
  flow("types", () => {
    build();
  });
}

describe("settled and filter", () => {
  test("settled gives a value or an error, told apart by ok", () => {
    const look = task("look", (result: Settled<number>) => {
      if (result.ok) expectTypeOf(result.value).toEqualTypeOf<number>();
      else expectTypeOf(result.error.message).toEqualTypeOf<string>();
    });
    built(() => {
      expectTypeOf(settled(one())).toEqualTypeOf<Ref<Settled<number>>>();
      look(settled(one()));
    });
  });

  test("filter takes null and undefined out of the type", () => {
    built(() => {
      expectTypeOf(filter(maybes())).toEqualTypeOf<Ref<string[]>>();
      expectTypeOf(filter(twice.map([1]))).toEqualTypeOf<Ref<number[]>>();
    });
  });
});

describe("a resource", () => {
  const session = resource("types session", {
    setup: async (url: string, port: number) => ({ url, port }),
    cleanup: (value) => {
      expectTypeOf(value).toEqualTypeOf<{ url: string; port: number }>();
    },
  });

  test("gives its block the value, and gives back what the block returned", () => {
    built(() => {
      const back = session.use("a", one(), (connection) => {
        expectTypeOf(connection).toEqualTypeOf<Ref<{ url: string; port: number }>>();
        return { sum: one() };
      });
      expectTypeOf(back).toEqualTypeOf<{ sum: Ref<number> }>();
    });
  });

  test("whose setup can do without arguments takes the block alone", () => {
    const loose = resource("types loose", { setup: (url?: string) => url ?? "x", cleanup: () => undefined });
    built(() => {
      expectTypeOf(loose.use((url) => twice(url.get("length")))).toEqualTypeOf<Ref<number>>();
      expectTypeOf(loose.use("a", (url) => url)).toEqualTypeOf<Ref<string>>();
    });
  });
});

describe("groups and limits", () => {
  test("a group gives back what its block returned", () => {
    built(() => {
      expectTypeOf(group("types", () => [one()] as const)).toEqualTypeOf<readonly [Ref<number>]>();
    });
  });

  test("limits take what limit() made, and names", () => {
    const db = limit("types db", 3);
    expectTypeOf(db).toEqualTypeOf<Limit>();
    expectTypeOf(one.with({ limits: [db, "other"] })).toEqualTypeOf(one);
  });
});

describe("a flow as a task", () => {
  const child = flow({ name: "types child", parameters: { size: 1 } }, ({ size }) => ({ size: twice(size) }));
  const demanding = flow({ name: "types demanding", parameters: { at: parameter<string>() } }, ({ at }) => ({ at }));

  test("takes the flow's given parameters, with refs inside, and gives its result", () => {
    built(() => {
      expectTypeOf(child.asTask()({ size: one() })).toEqualTypeOf<Ref<{ size: number }>>();
      expectTypeOf(child.asTask()()).toEqualTypeOf<Ref<{ size: number }>>();
      expectTypeOf(demanding.asTask({ retries: 1 })({ at: "now" }).get("at")).toEqualTypeOf<Ref<string>>();
    });
  });
});

describe("mapEach", () => {
  test("gives the element as a ref, and the list of what the body returned", () => {
    built(() => {
      const each = mapEach(maybes(), (text) => {
        expectTypeOf(text).toEqualTypeOf<Ref<string | null | undefined>>();
        return { sum: twice(1), fixed: "a" };
      });
      expectTypeOf(each).toEqualTypeOf<Ref<{ sum: number; fixed: string }[]>>();
      expectTypeOf(mapEach([1, one()], (x) => twice(x))).toEqualTypeOf<Ref<number[]>>();
    });
  });
});
