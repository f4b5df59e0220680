/**
 * What every adapter of the Store port must do, as one suite: an adapter's test calls it with a way to open an empty
 * store. Answers may come at once or as promises; the suite waits for both.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Batch, CacheEntry, CacheRequest, LogRow, NewRun, Store, TaskRunRow } from "../../src/ports/store.ts";
import type { FlowState, TaskState } from "../../src/state/task-state.ts";

const AT = 1_000_000;

function newRun(id: string, more: Partial<NewRun> = {}): NewRun {
  return {
    id,
    name: id.slice(-8),
    flow: "etl",
    parameters: { size: 10 },
    tags: ["nightly"],
    idempotencyKey: undefined,
    scheduledAt: undefined,
    createdAt: AT,
    ...more,
  };
}

function batch(runId: string, more: Partial<Batch> = {}): Batch {
  return {
    runId,
    epoch: 1,
    at: AT + 1,
    flow: undefined,
    taskRuns: [],
    path: { slots: new Uint32Array(0), steps: new Uint16Array(0) },
    logs: [],
    cache: [],
    cacheFreed: [],
    ...more,
  };
}

const running: FlowState = { type: "Running", attempt: 1 };
const succeeded: FlowState = { type: "Success", result: { rows: 3 } };
const row = (slot: number, state: TaskState, attempt = 1): TaskRunRow => ({
  slot,
  node: slot,
  child: undefined,
  attempt,
  state,
});
const line = (slot: number, text: string): LogRow => ({ slot, attempt: 1, at: AT, level: "info", text });
const entry = (key: string, more: Partial<CacheEntry> = {}): CacheEntry => ({
  key,
  scope: "etl/load",
  version: "1",
  value: [1, 2],
  runId: "run1",
  storedAt: AT,
  expiresAt: AT + 1_000,
  ...more,
});
const request = (key: string, more: Partial<CacheRequest> = {}): CacheRequest => ({
  key,
  scope: "etl/load",
  runId: "run1",
  slot: 0,
  at: AT,
  ...more,
});

/** Runs the suite. `open` gives an empty store each time. */
export function storeSuite(open: () => Store | Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(async () => {
    await store.close();
  });

  describe("a run that is created", () => {
    test("is Pending, owned by its creator, and read as it was given", async () => {
      const made = await store.createRun(newRun("run1", { scheduledAt: 5 }));

      expect(made.created).toBe(true);
      expect(made.run).toEqual({
        ...newRun("run1", { scheduledAt: 5 }),
        state: { type: "Pending" },
        epoch: 1,
        startedAt: undefined,
        endedAt: undefined,
      });
      expect(await store.readRun("run1")).toEqual(made.run);
    });

    test("with the key of another run of its flow gives that one back, unchanged", async () => {
      await store.createRun(newRun("run1", { idempotencyKey: "monday" }));

      const again = await store.createRun(newRun("run2", { idempotencyKey: "monday", parameters: { size: 99 } }));

      expect(again).toMatchObject({ created: false, run: { id: "run1", parameters: { size: 10 } } });
      expect(await store.readRun("run2")).toBeUndefined();
    });

    test("with the key of a run of another flow is a run of its own", async () => {
      await store.createRun(newRun("run1", { idempotencyKey: "monday" }));

      expect(await store.createRun(newRun("run2", { flow: "other", idempotencyKey: "monday" }))).toMatchObject({
        created: true,
      });
    });

    test("is listed newest first, by flow, and no more than asked for", async () => {
      await store.createRun(newRun("run1"));
      await store.createRun(newRun("run2", { flow: "other" }));
      await store.createRun(newRun("run3"));
      const ids = async (filter: Parameters<Store["listRuns"]>[0]) =>
        (await store.listRuns(filter)).map(({ id }) => id);

      expect(await ids({ limit: 10 })).toEqual(["run3", "run2", "run1"]);
      expect(await ids({ flow: "etl", limit: 10 })).toEqual(["run3", "run1"]);
      expect(await ids({ limit: 1 })).toEqual(["run3"]);
      expect(await ids({ flow: "unheard of", limit: 10 })).toEqual([]);
    });
  });

  describe("a commit", () => {
    beforeEach(async () => {
      await store.createRun(newRun("run1"));
    });

    test("moves the cursor on, for all runs of the store", async () => {
      await store.createRun(newRun("run2"));

      const first = await store.commit(batch("run1"));
      const second = await store.commit(batch("run2"));
      const third = await store.commit(batch("run1"));

      expect(second).toBeGreaterThan(first);
      expect(third).toBeGreaterThan(second);
    });

    test("keeps the flow's state, and when it began and ended", async () => {
      await store.commit(batch("run1", { flow: running, at: AT + 5 }));
      await store.commit(batch("run1", { at: AT + 6 }));
      expect(await store.readRun("run1")).toMatchObject({ state: running, startedAt: AT + 5, endedAt: undefined });

      await store.commit(batch("run1", { flow: succeeded, at: AT + 9 }));

      expect(await store.readRun("run1")).toMatchObject({ state: succeeded, startedAt: AT + 5, endedAt: AT + 9 });
    });

    test("keeps the last state of each task run, in the order of their slots", async () => {
      await store.commit(
        batch("run1", { taskRuns: [row(2, { type: "Running", attempt: 1 }), row(0, { type: "Pending" })] }),
      );

      await store.commit(batch("run1", { taskRuns: [row(2, { type: "Success", result: "done" })] }));

      expect(await store.readTaskRuns("run1")).toEqual([
        row(0, { type: "Pending" }),
        row(2, { type: "Success", result: "done" }),
      ]);
    });

    test("keeps the lines of each task run in order", async () => {
      await store.commit(batch("run1", { logs: [line(0, "one"), line(1, "other"), line(0, "two")] }));
      await store.commit(batch("run1", { logs: [line(0, "three")] }));

      expect((await store.readLogs("run1", 0)).map(({ text }) => text)).toEqual(["one", "two", "three"]);
      expect(await store.readLogs("run1", 7)).toEqual([]);
    });

    test("leaves alone what was read before it", async () => {
      await store.commit(batch("run1", { logs: [line(0, "one")], taskRuns: [row(0, { type: "Pending" })] }));
      const [run, taskRuns, logs] = [
        await store.readRun("run1"),
        await store.readTaskRuns("run1"),
        await store.readLogs("run1", 0),
      ];

      await store.commit(
        batch("run1", { flow: running, logs: [line(0, "two")], taskRuns: [row(0, { type: "Running", attempt: 1 })] }),
      );

      expect([run?.state.type, taskRuns[0]?.state.type, logs.length]).toEqual(["Pending", "Pending", 1]);
    });

    test("of an owner that was replaced is refused, and nothing of it is written", async () => {
      const taken = await store.takeOver("run1", AT);
      expect(taken.epoch).toBe(2);

      const late = async () =>
        store.commit(batch("run1", { flow: succeeded, taskRuns: [row(0, { type: "Pending" })], cache: [entry("k")] }));

      await expect(late()).rejects.toMatchObject({ code: "STALE_EPOCH", data: { epoch: 1, current: 2 } });
      expect(await store.readRun("run1")).toMatchObject({ state: { type: "Pending" }, epoch: 2 });
      expect(await store.readTaskRuns("run1")).toEqual([]);
      expect(await store.claimCache(request("k"))).toMatchObject({ kind: "claimed" });
      await store.commit(batch("run1", { epoch: 2, flow: running }));
    });

    test("of a run nobody knows is refused", async () => {
      const unknown = async () => store.commit(batch("nowhere"));

      await expect(unknown()).rejects.toMatchObject({ code: "RUN_UNKNOWN" });
      await expect((async () => store.takeOver("nowhere", AT))()).rejects.toMatchObject({ code: "RUN_UNKNOWN" });
    });
  });

  describe("an entry of the cache", () => {
    beforeEach(async () => {
      await store.createRun(newRun("run1"));
      await store.createRun(newRun("run2"));
    });

    test("is hit from its commit on, until exactly its age", async () => {
      await store.commit(batch("run1", { cache: [entry("k")] }));

      expect(await store.claimCache(request("k", { at: AT + 999 }))).toMatchObject({
        kind: "hit",
        entry: { value: [1, 2], runId: "run1" },
      });
      expect(await store.claimCache(request("k", { at: AT + 1_000 }))).toMatchObject({ kind: "claimed" });
    });

    test("without an end is hit for ever", async () => {
      await store.commit(batch("run1", { cache: [entry("k", { expiresAt: undefined })] }));

      expect(await store.claimCache(request("k", { at: AT * 1_000_000 }))).toMatchObject({ kind: "hit" });
    });

    test("is replaced by a newer one of its key", async () => {
      await store.commit(batch("run1", { cache: [entry("k")] }));
      await store.commit(batch("run1", { cache: [entry("k", { value: "new" })] }));

      expect(await store.claimCache(request("k"))).toMatchObject({ kind: "hit", entry: { value: "new" } });
    });

    test("is computed by one; others are told by whom, and called when it is there", async () => {
      const called: string[] = [];
      expect(await store.claimCache(request("k"))).toEqual({ kind: "claimed", last: undefined });
      expect(await store.claimCache(request("k", { runId: "run2" }))).toEqual({ kind: "held", runId: "run1" });
      store.whenCacheFree("k", () => called.push("run2"));

      await store.commit(batch("run1", { cache: [entry("k")] }));

      expect(called).toEqual(["run2"]);
      expect(await store.claimCache(request("k", { runId: "run2" }))).toMatchObject({ kind: "hit" });
      await store.commit(batch("run1", { cache: [entry("k")] }));
      expect(called).toEqual(["run2"]);
    });

    test("that is claimed may be asked for again by its claimant", async () => {
      await store.claimCache(request("k"));

      expect(await store.claimCache(request("k"))).toMatchObject({ kind: "claimed" });
      expect(await store.claimCache(request("k", { slot: 1 }))).toMatchObject({ kind: "held" });
    });

    test.each([
      ["is given up", (on: Store) => on.commit(batch("run1", { cacheFreed: ["k"] }))],
      ["loses its run to another owner", (on: Store) => on.takeOver("run1", AT)],
    ])("whose claim %s is computed by the next", async (_, free) => {
      const called: string[] = [];
      await store.claimCache(request("k"));
      store.whenCacheFree("k", () => called.push("waited"));
      store.whenCacheFree("k", () => called.push("gave up"))();

      await free(store);

      expect(called).toEqual(["waited"]);
      expect(await store.claimCache(request("k", { runId: "run2" }))).toMatchObject({ kind: "claimed" });
    });

    test("that is gone is still known of, so that a miss can be explained", async () => {
      await store.commit(batch("run1", { cache: [entry("k")] }));
      await store.commit(
        batch("run1", {
          at: AT + 9_000,
          cache: [entry("other", { scope: "etl/other", storedAt: AT + 9_000, expiresAt: AT + 99_000 })],
        }),
      );

      const claim = await store.claimCache(request("k", { at: AT + 9_000 }));

      expect(claim).toEqual({
        kind: "claimed",
        last: { key: "k", scope: "etl/load", version: "1", runId: "run1", storedAt: AT, expiresAt: AT + 1_000 },
      });
    });
  });

  describe("a tick of a schedule", () => {
    const tick = { schedule: "etl", clock: 0, at: AT, runId: "run1" };

    test("is claimed once; whoever comes later is told by which run", async () => {
      expect(await store.claimTick(tick)).toEqual({ claimed: true });
      expect(await store.claimTick({ ...tick, runId: "run2" })).toEqual({ claimed: false, runId: "run1" });
    });

    test.each([{ schedule: "other" }, { clock: 1 }, { at: AT + 1 }])("differs by %o", async (other) => {
      await store.claimTick(tick);

      expect(await store.claimTick({ ...tick, ...other })).toEqual({ claimed: true });
    });
  });

  describe("a store that is closed", () => {
    test("refuses what is asked of it, and may be closed again", async () => {
      await store.createRun(newRun("run1"));
      await store.close();
      const closed = { code: "STORE_CLOSED" };

      await expect((async () => store.createRun(newRun("run2")))()).rejects.toMatchObject(closed);
      await expect((async () => store.commit(batch("run1")))()).rejects.toMatchObject(closed);
      await expect((async () => store.readRun("run1"))()).rejects.toMatchObject(closed);
      await expect((async () => store.listRuns({ limit: 1 }))()).rejects.toMatchObject(closed);
      await expect((async () => store.claimCache(request("k")))()).rejects.toMatchObject(closed);
      await expect(
        (async () => store.claimTick({ schedule: "s", clock: 0, at: 0, runId: "r" }))(),
      ).rejects.toMatchObject(closed);
      await store.close();
    });
  });
}
