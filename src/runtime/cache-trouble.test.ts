/** The cache while its store is late, busy or broken; and values that must not be in it. */
import { describe, expect, test } from "vitest";
import { stage } from "../../test/support/play.ts";
import { CaudalError } from "../base/errors.ts";
import { flow } from "../flow/flow.ts";
import { task } from "../flow/task.ts";
import type { Store } from "../ports/store.ts";
import { memoryStore } from "../store/memory.ts";

function storeWith(
  claimCache: (store: Store, request: Parameters<Store["claimCache"]>[0]) => ReturnType<Store["claimCache"]>,
) {
  const store = memoryStore();
  const inner = store.claimCache.bind(store);
  store.claimCache = (request) => claimCache({ ...store, claimCache: inner }, request);
  return store;
}

const cached = (body: () => unknown, result?: "none") =>
  task({ name: "cached", cacheFor: "1h", ...(result && { result }) }, body);

describe("a claim on the cache", () => {
  test("is made a little later where the store is busy", async () => {
    let asked = 0;
    const store = storeWith((inner, request) => {
      if (asked++ === 0) throw new CaudalError("STORE_BUSY", { store: "test" });
      return inner.claimCache(request);
    });

    const run = await stage({ store }).run(flow("busy", () => void cached(() => 1)()));

    expect([run.task("cached").state.type, asked]).toEqual(["Cached", 2]);
  });

  test("stops the run, and fails no task, where the store is broken", async () => {
    const store = storeWith(() => {
      throw new CaudalError("STORE_FAILED", { store: "test", why: "gone" });
    });

    const run = stage({ store }).run(flow("broken", () => void cached(() => 1)()));

    await expect(run).rejects.toMatchObject({ code: "STORE_FAILED" });
  });

  test("is not waited for in vain, where the entry comes before the answer that says to wait", async () => {
    const place = stage({
      store: storeWith(async (inner, request) => {
        const claim = inner.claimCache(request);
        await place.clock.sleep(request.slot === 1 ? 1 : 50);
        return claim;
      }),
    });
    const once = cached(() => 1);
    const list = task("list", () => [1, 1]);

    const run = await place.run(flow("late", () => void [list(), once(), once()]));

    expect(run.tasks.filter(({ name }) => name === "cached").map(({ state }) => state.type)).toEqual([
      "Cached",
      "Cached",
    ]);
  });
});

describe("a value that must not be kept", () => {
  test("is computed each time, though its task has a cache", async () => {
    let calls = 0;
    const place = stage();
    const connects = flow("connects", () => {
      cached(() => {
        calls++;
        return () => "a connection";
      }, "none")();
    });

    const first = await place.run(connects);
    await place.run(connects);

    expect([first.state.type, calls]).toEqual(["Success", 2]);
  });
});
