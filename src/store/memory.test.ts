import { describe, expect, test } from "vitest";
import { storeSuite } from "../../test/conformance/store.ts";
import { stage } from "../../test/support/play.ts";
import { flow, task } from "../index.ts";
import { runProgram } from "../runtime/run.ts";
import type { Store } from "../ports/store.ts";
import { MemoryDisk, memoryStore, memoryStoreOn } from "./memory.ts";

describe("the memory store", () => {
  storeSuite(() => {
    const disk = new MemoryDisk();
    const processes = new Map<Store, string>();
    return {
      open: () => {
        const process = `process ${processes.size + 1}`;
        const store = memoryStoreOn(disk, process);
        processes.set(store, process);
        return store;
      },
      kill: (store) => disk.kill(processes.get(store)!),
    };
  });

  test("says that it keeps nothing after the process", () => {
    expect(memoryStore()).toMatchObject({ name: "memory", durable: false });
  });

  test("remembers the newest finished runs, and every unfinished one", async () => {
    const on = stage({ store: memoryStore({ finishedRunsMax: 2 }) });
    const waits = flow("waits", () => task({ name: "gate", trigger: "manual_only" }, () => 1)());
    const ends = flow("ends", () => task("one", () => 1)());

    const paused = await on.run(waits);
    const [, , third, fourth] = [await on.run(ends), await on.run(ends), await on.run(ends), await on.run(ends)];

    const kept = (await on.store.listRuns({ limit: 10 })).map(({ id }) => id);
    expect(kept).toEqual([fourth?.id, third?.id, paused.id]);
  });

  test("forgets the tick of a run with the run", async () => {
    const disk = new MemoryDisk();
    const store = memoryStoreOn(disk, "one", { finishedRunsMax: 2 });
    const { program } = flow("ends", () => task("one", () => 1)());

    for (let at = 1; at <= 5; at++)
      await runProgram(program, { store }, { ports: stage(), tick: { schedule: "s", clock: 0, at } });

    expect([disk.runs.size, disk.ticks.size]).toEqual([2, 2]);
  });

  test("forgets the key of a run with the run", async () => {
    const on = stage({ store: memoryStore({ finishedRunsMax: 0 }) });
    const ends = flow("ends", () => task("one", () => 1)());

    const first = await on.run(ends, { idempotencyKey: "monday" });
    const second = await on.run(ends, { idempotencyKey: "monday" });

    expect(second.id).not.toBe(first.id);
  });
});

describe("what a run leaves in its store", () => {
  test("are its last states, its lines, and when it began and ended", async () => {
    const on = stage();
    const talks = task({ name: "talks", cacheFor: "1h" }, async (x: number) => {
      await on.clock.sleep(1_000);
      console.info("quietly said");
      return x;
    });

    const run = await on.run(
      flow("kept", () => talks.map([1, 2])),
      { logLevel: "off" },
    );

    expect(await on.store.readRun(run.id)).toMatchObject({
      state: { type: "Success", result: [1, 2] },
      startedAt: on.clock.now() - 1_000,
      endedAt: on.clock.now(),
    });
    expect(
      (await on.store.readTaskRuns(run.id)).map(({ slot, node, child, attempt, state }) => [
        slot,
        node,
        child,
        attempt,
        state.type,
      ]),
    ).toEqual([
      [0, 0, undefined, 0, "Mapped"],
      [1, 0, 0, 1, "Cached"],
      [2, 0, 1, 1, "Cached"],
    ]);
    expect(await on.store.readLogs(run.id, 2)).toMatchObject([{ attempt: 1, level: "info", text: "quietly said" }]);
  });
});
