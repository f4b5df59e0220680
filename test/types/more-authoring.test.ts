/** What the compiler works out about settled results, filters, resources, groups, flows as tasks and the like. */
import { describe, expectTypeOf, test } from "vitest";
import { filter, flow, type Ref, type Settled, settled, task } from "caudal";

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
