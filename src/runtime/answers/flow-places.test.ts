import { describe, expect, test, vi } from "vitest";
import { flow, task } from "../../index.ts";
import { MemoryDisk, memoryStore, memoryStoreOn } from "../../store/memory.ts";
import { takePlace } from "./flow-places.ts";

function bounded(maxConcurrency: number) {
  let open = 0;
  let most = 0;
  const turn = task("turn", async () => {
    most = Math.max(most, ++open);
    await new Promise((resolve) => setImmediate(resolve));
    open--;
  });
  return { f: flow({ name: "bounded", maxConcurrency }, () => turn()), most: () => most };
}

describe("a flow with maxConcurrency", () => {
  test("never has more runs going on at once, and all of them end", async () => {
    const { f, most } = bounded(2);
    const options = { store: memoryStore(), logLevel: "off" } as const;

    const runs = await Promise.all(Array.from({ length: 7 }, () => f.run(options)));

    expect(most()).toBe(2);
    expect(runs.map((run) => run.state.type)).toEqual(Array(7).fill("Success"));
  });

  test("ends the wait of a run whose signal aborts", async () => {
    const { f } = bounded(1);
    const store = memoryStore();
    const stop = new AbortController();

    const first = f.run({ store, logLevel: "off" });
    const second = f.run({ store, logLevel: "off", signal: stop.signal });
    stop.abort();

    expect((await second).state.type).toBe("Cancelled");
    expect((await first).state.type).toBe("Success");
  });

  test("ends the wait of a run that another process has taken over", async () => {
    const { f, most } = bounded(1);
    const disk = new MemoryDisk();
    const [here, other] = [memoryStoreOn(disk, "here"), memoryStoreOn(disk, "other")];
    await other.claimPlaces([{ name: "flow/bounded", max: 1 }], 0, 0);
    const waiting = f.run({ store: here, logLevel: "off" });
    const isQueued = async () => (await other.listRuns({ states: ["Queued"], limit: 1 }))[0];
    await vi.waitFor(async () => expect(await isQueued()).toBeDefined());

    disk.alive.delete("here");
    await other.takeOver((await isQueued())!.id, 0);

    await expect(waiting).rejects.toMatchObject({ code: "STALE_EPOCH" });
    expect(most()).toBe(0);
  });

  test("is bounded per store", async () => {
    const { f, most } = bounded(1);

    await Promise.all([
      f.run({ store: memoryStore(), logLevel: "off" }),
      f.run({ store: memoryStore(), logLevel: "off" }),
    ]);

    expect(most()).toBe(2);
  });
});

describe("a place that all processes of a store share", () => {
  test("is not missed where it becomes free while its next run is still about to wait", async () => {
    const store = memoryStoreOn(new MemoryDisk(), "here");
    const turn = { store, flow: "bounded", max: 1, stop: () => undefined, now: () => 0 };
    const leave = await takePlace({ ...turn, waits: () => undefined });

    const taken: unknown = await Promise.race([
      takePlace({ ...turn, waits: () => leave() }),
      new Promise((resolve) => setImmediate(resolve)),
    ]);

    expect(taken).toBeTypeOf("function");
  });
});
