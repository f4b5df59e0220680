/** What the compiler works out about approvals. */
import * as v from "valibot";
import { expectTypeOf, test } from "vitest";
import { z } from "zod";
import { approval, flow, type Ref, type Task, task } from "caudal";

const release = task("release", (_approved: true, _version: string) => "released");
const count = task("count", () => 1);

test("an approval gives true, or what its schema makes of the input", () => {
  const plain = approval("release?", { timeout: "1h" });
  const zod = approval("which one?", { input: z.object({ version: z.string(), share: z.number().default(1) }) });
  const valibot = approval("how many?", { input: v.number() });

  flow("types", () => {
    expectTypeOf(plain()).toEqualTypeOf<Ref<true>>();
    expectTypeOf(zod()).toEqualTypeOf<Ref<{ version: string; share: number }>>();
    expectTypeOf(valibot(count())).toEqualTypeOf<Ref<number>>();
    expectTypeOf(plain.map([1, 2])).toEqualTypeOf<Ref<true[]>>();
    return release(plain(count(), { nested: count() }), zod().get("version"));
  });
  expectTypeOf(plain).toEqualTypeOf<Task<readonly unknown[], true>>();
});

test("an option of a body is refused", () => {
  // @ts-expect-error there is no body to retry
  expectTypeOf(() => approval("release?", { retries: 1 })).toBeFunction();
});
