/**
 * What every adapter of the Store port must do, as one suite: an adapter's test calls it with a way to open an empty
 * store. Answers may come at once or as promises; the suite waits for both.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { STATE_INDEX } from "../../src/engine/run.ts";
import type { Store, TaskRunRow } from "../../src/ports/store.ts";
import { describeLogs } from "./store-logs.ts";
import { describeOwnership, type StorePlace } from "./store-ownership.ts";
import { describePlaces } from "./store-places.ts";
import { describeTold } from "./store-told.ts";
import {
  AT,
  batch,
  COUNTERS,
  entry,
  line,
  newRun,
  path,
  request,
  row,
  RUNNING,
  running,
  STATES_TO_KEEP,
  succeeded,
  version,
} from "./store-rows.ts";

/** Runs the suite. `makePlace` gives an empty place each time. */
export function storeSuite(makePlace: () => StorePlace | Promise<StorePlace>): void {
  let place: StorePlace;
  let store: Store;
  const opened: Store[] = [];
  const another = async () => {
    const more = await place.open();
    opened.push(more);
    return more;
  };
  beforeEach(async () => {
    place = await makePlace();
    store = await another();
  });
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close();
  });

  describe("a run that is created", () => {
    test("is Pending, owned by its creator, and read as it was given", async () => {
      const made = await store.createRun(newRun("run1", { scheduledAt: 5 }), version);

      expect(made.created).toBe(true);
      expect(made.run).toEqual({
        ...newRun("run1", { scheduledAt: 5 }),
        state: { type: "Pending" },
        epoch: 1,
        startedAt: undefined,
        endedAt: undefined,
        changedAt: AT,
        cursor: expect.any(Number),
        activeMs: 0,
        ownedAt: AT,
        ownership: "here",
        owner: expect.any(String),
      });
      expect(await store.readRun("run1")).toEqual(made.run);
    });

    test("with task runs that were finished before has them and their transitions from then on", async () => {
      const rows = [row(0, { type: "Success", result: [1, 2], reason: { code: "given" } })];
      const given = { taskRuns: rows, path: path([0, STATE_INDEX.Success]) };

      const { run } = await store.createRun(newRun("run1"), version, undefined, given);
      const after = await store.commit(batch("run1", { flow: running, taskRuns: [row(1, RUNNING)] }));

      const history = await store.readHistory("run1");
      expect((await store.readTaskRuns("run1")).map(({ state }) => state)).toEqual([rows[0]!.state, RUNNING]);
      expect(history.map(({ cursor, at, epoch }) => [cursor, at, epoch])).toEqual([
        [run.cursor, AT, 1],
        [after, AT + 1, 1],
      ]);
      expect([...history[0]!.path.slots]).toEqual([0]);
      expect(run).toMatchObject({ state: { type: "Pending" }, changedAt: AT });
    });

    test("with the key of another run of its flow gives that one back, unchanged", async () => {
      await store.createRun(newRun("run1", { idempotencyKey: "monday" }), version);

      const again = await store.createRun(
        newRun("run2", { idempotencyKey: "monday", parameters: { size: 99 } }),
        version,
      );

      expect(again).toMatchObject({ created: false, run: { id: "run1", parameters: { size: 10 } } });
      expect(await store.readRun("run2")).toBeUndefined();
    });

    test("with the key of a run of another flow is a run of its own", async () => {
      await store.createRun(newRun("run1", { idempotencyKey: "monday" }), version);

      expect(await store.createRun(newRun("run2", { flow: "other", idempotencyKey: "monday" }), version)).toMatchObject(
        {
          created: true,
        },
      );
    });

    test("is listed newest first, by flow, and no more than asked for", async () => {
      await store.createRun(newRun("run1"), version);
      await store.createRun(newRun("run2", { flow: "other" }), version);
      await store.createRun(newRun("run3"), version);
      const ids = async (filter: Parameters<Store["listRuns"]>[0]) =>
        (await store.listRuns(filter)).map(({ id }) => id);

      expect(await ids({ limit: 10 })).toEqual(["run3", "run2", "run1"]);
      expect(await ids({ flow: "etl", limit: 10 })).toEqual(["run3", "run1"]);
      expect(await ids({ limit: 1 })).toEqual(["run3"]);
      expect(await ids({ flow: "unheard of", limit: 10 })).toEqual([]);
    });
  });

  describe("a run that is named", () => {
    test("by its name, or by how its id begins or ends, is found", async () => {
      await store.createRun(newRun("0abc1xyz"), version);
      await store.createRun(newRun("0abc2xyz", { name: "nightly" }), version);
      await store.createRun(newRun("0def3%_z"), version);
      const ids = async (named: string) => (await store.listRuns({ named, limit: 9 })).map(({ id }) => id);

      expect(await ids("0abc")).toEqual(["0abc2xyz", "0abc1xyz"]);
      expect(await ids("c2xyz")).toEqual(["0abc2xyz"]);
      expect(await ids("nightly")).toEqual(["0abc2xyz"]);
      expect(await ids("0def3%_z")).toEqual(["0def3%_z"]);
      expect(await ids("%")).toEqual([]);
    });
  });

  describe("a commit", () => {
    beforeEach(async () => {
      await store.createRun(newRun("run1"), version);
    });

    test("moves the cursor on, for all runs of the store", async () => {
      await store.createRun(newRun("run2"), version);

      const first = await store.commit(batch("run1"));
      const second = await store.commit(batch("run2"));
      const third = await store.commit(batch("run1"));

      expect(second).toBeGreaterThan(first);
      expect(third).toBeGreaterThan(second);
      expect([(await store.readRun("run1"))?.cursor, (await store.readRun("run2"))?.cursor]).toEqual([third, second]);
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

    test("gives back long values, and times between two milliseconds", async () => {
      const long = {
        ...row(0, { type: "Success", result: "ñ".repeat(5_000) }),
        startedAt: AT + 0.123,
        endedAt: AT + 0.5,
      };
      const failed = row(1, { type: "Failed", error: { name: "Error", message: "why ".repeat(1_000) } });

      await store.commit(batch("run1", { taskRuns: [long, failed] }));

      expect(await store.readTaskRuns("run1")).toEqual([long, failed]);
    });

    test("gives back all of many task runs, with gaps among them, in order", async () => {
      const many = Array.from({ length: 9_000 }, (_, i) => row(i < 4_500 ? i : 2 * i, { type: "Success", result: i }));

      await store.commit(batch("run1", { taskRuns: many.toReversed() }));

      const brief = (rows: readonly TaskRunRow[]) => rows.map(({ slot, state }) => [slot, state]);
      expect(brief(await store.readTaskRuns("run1"))).toEqual(brief(many));
    });

    test.each(STATES_TO_KEEP)("gives back %j as it was", async (state) => {
      const kept: TaskRunRow = {
        ...row(0, state, "attempt" in state && state.type === "Running" ? state.attempt : 1),
        counters: COUNTERS,
      };

      await store.commit(batch("run1", { taskRuns: [kept] }));

      expect(await store.readTaskRuns("run1")).toEqual([kept]);
    });

    test("knows which task runs run, and since when, without a row from their start", async () => {
      const at = AT + 7;
      await store.commit(
        batch("run1", { at, taskRuns: [row(0, RUNNING), row(1, RUNNING)], path: path([0, 5], [1, 5]) }),
      );
      await store.commit(
        batch("run1", { at: at + 1, taskRuns: [row(0, { type: "Success", result: 1 })], path: path([0, 7]) }),
      );

      expect(
        (await store.readTaskRuns("run1")).map(({ slot, state: { type }, attempt }) => [slot, type, attempt]),
      ).toEqual([
        [0, "Success", 1],
        [1, "Running", 1],
      ]);
    });

    test("of a mapped node and its children gives each child its node and place", async () => {
      const mapped = { ...row(1, { type: "Mapped", children: 2, result: [] }, 0), childBase: 3 };
      const child = { ...row(4, { type: "Success", result: "b" }), node: 1, child: 1 };

      await store.commit(batch("run1", { taskRuns: [mapped, child] }));

      expect(await store.readTaskRuns("run1")).toEqual([mapped, child]);
    });

    test("takes rows of children away whose node decides anew, before it writes its own", async () => {
      await store.commit(
        batch("run1", { taskRuns: [row(0, { type: "Success", result: 1 }), row(1, { type: "Success", result: 1 })] }),
      );

      await store.commit(batch("run1", { removed: [0, 1], taskRuns: [row(1, { type: "Pending" })] }));

      expect(await store.readTaskRuns("run1")).toEqual([row(1, { type: "Pending" })]);
    });

    test("takes children away that run, too, however many others do", async () => {
      const all = Array.from({ length: 100 }, (_, slot) => slot);
      const starts = path(...all.map((slot) => [slot, 5] as const));
      await store.commit(batch("run1", { taskRuns: all.map((slot) => row(slot, RUNNING)), path: starts }));

      await store.commit(batch("run1", { removed: [7, 8] }));
      place.kill(store);
      const other = await another();
      await other.takeOver("run1", AT + 100);

      const left = (await other.readTaskRuns("run1")).map(({ slot }) => slot);
      expect(left).toEqual(all.filter((slot) => slot !== 7 && slot !== 8));
      expect((await store.readTaskRuns("run1")).map(({ slot }) => slot)).toEqual(left);
    });

    test("says which values it does not have", async () => {
      const derived: TaskRunRow = { ...row(0, { type: "Success", result: undefined }), value: "derived" };
      const lost: TaskRunRow = { ...row(1, { type: "Success", result: undefined }), value: "not-kept" };

      const had = [derived, lost].map((row) => ({ ...row, state: { type: "Success", result: "here" } as const }));
      await store.commit(batch("run1", { taskRuns: had }));

      expect(await store.readTaskRuns("run1")).toEqual([derived, lost]);
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
      place.kill(store);
      const successor = await another();
      const taken = await successor.takeOver("run1", AT);
      expect(taken).toMatchObject({ epoch: 2, ownership: "here" });

      const late = async () =>
        store.commit(batch("run1", { flow: succeeded, taskRuns: [row(0, { type: "Pending" })], cache: [entry("k")] }));

      await expect(late()).rejects.toMatchObject({ code: "STALE_EPOCH", data: { epoch: 1, current: 2 } });
      const lateClaim = async () => store.claimCache(request("k"));
      await expect(lateClaim()).rejects.toMatchObject({ code: "STALE_EPOCH" });
      expect(await successor.readRun("run1")).toMatchObject({ state: { type: "Pending" }, epoch: 2 });
      expect(await successor.readTaskRuns("run1")).toEqual([]);
      expect(await successor.claimCache(request("k", { epoch: 2 }))).toMatchObject({ kind: "claimed" });
      await successor.commit(batch("run1", { epoch: 2, flow: running }));
    });

    test("of a run that ends or is let go ends its claims", async () => {
      await store.createRun(newRun("run2"), version);
      await store.claimCache(request("k"));
      await store.claimCache(request("l"));
      expect(await store.claimCache(request("k", { runId: "run2" }))).toMatchObject({ kind: "held" });

      await store.commit(batch("run1", { letsGo: true }));

      const late = async () => store.claimCache(request("m"));
      await expect(late()).rejects.toMatchObject({ code: "STALE_EPOCH" });
      expect(await store.claimCache(request("k", { runId: "run2" }))).toMatchObject({ kind: "claimed" });
      await store.commit(batch("run2", { flow: succeeded }));
      await store.createRun(newRun("run3"), version);
      expect(await store.claimCache(request("k", { runId: "run3" }))).toMatchObject({ kind: "claimed" });
    });

    test("of a run nobody knows is refused", async () => {
      const unknown = async () => store.commit(batch("nowhere"));

      await expect(unknown()).rejects.toMatchObject({ code: "RUN_UNKNOWN" });
      await expect((async () => store.takeOver("nowhere", AT))()).rejects.toMatchObject({ code: "RUN_UNKNOWN" });
    });
  });

  describe("an entry of the cache", () => {
    beforeEach(async () => {
      await store.createRun(newRun("run1"), version);
      await store.createRun(newRun("run2"), version);
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

    test("is listed newest first, by its scope, and can be forgotten", async () => {
      const other = entry("other", { scope: "etl/other", storedAt: AT + 5 });
      await store.commit(batch("run1", { cache: [entry("k"), other] }));
      const keys = async (scope?: string) => (await store.listCache({ scope, limit: 9 })).map(({ key }) => key);
      expect(await keys()).toEqual(["other", "k"]);
      expect(await store.listCache({ scope: "etl/load", limit: 9 })).toMatchObject([
        { key: "k", scope: "etl/load", version: "1", runId: "run1", storedAt: AT, expiresAt: AT + 1_000 },
      ]);
      expect(await store.listCache({ limit: 1 })).toHaveLength(1);

      expect(await store.clearCache("etl/load")).toBe(1);

      expect(await keys()).toEqual(["other"]);
      expect(await store.claimCache(request("k"))).toEqual({ kind: "claimed", last: undefined });
      expect([await store.clearCache(), await keys()]).toEqual([1, []]);
    });

    test("is replaced by a newer one of its key", async () => {
      await store.commit(batch("run1", { cache: [entry("k")] }));
      await store.commit(batch("run1", { cache: [entry("k", { value: "new" })] }));

      expect(await store.claimCache(request("k"))).toMatchObject({ kind: "hit", entry: { value: "new" } });
    });

    test("is computed by one; others are told by whom, and called when it is there", async () => {
      const called: string[] = [];
      expect(await store.claimCache(request("k"))).toEqual({ kind: "claimed", last: undefined });
      expect(await store.claimCache(request("k", { runId: "run2" }))).toEqual({ kind: "held", runId: "run1", slot: 0 });
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

    test("whose claim is given up is computed by the next", async () => {
      const called: string[] = [];
      await store.claimCache(request("k"));
      store.whenCacheFree("k", () => called.push("waited"));
      store.whenCacheFree("k", () => called.push("gave up"))();

      await store.commit(batch("run1", { cacheFreed: ["k"] }));

      expect(called).toEqual(["waited"]);
      expect(await store.claimCache(request("k", { runId: "run2" }))).toMatchObject({ kind: "claimed" });
    });

    test.each([
      ["dies", (holder: Store) => place.kill(holder)],
      ["stores it", (holder: Store) => holder.commit(batch("run3", { cache: [entry("k", { runId: "run3" })] }))],
      ["gives it up", (holder: Store) => holder.commit(batch("run3", { cacheFreed: ["k"] }))],
    ])("is waited for until the other process %s", async (_, end) => {
      const holder = await another();
      await holder.createRun(newRun("run3"), version);
      await holder.claimCache(request("k", { runId: "run3", slot: 4 }));
      expect(await store.claimCache(request("k"))).toEqual({ kind: "held", runId: "run3", slot: 4 });
      const free = new Promise<void>((resolve) => store.whenCacheFree("k", resolve));

      await end(holder);
      await free;

      expect((await store.claimCache(request("k"))).kind).not.toBe("held");
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

  describeOwnership({ place: () => place, store: () => store, another });
  describeTold({ place: () => place, store: () => store, another });
  describePlaces({ place: () => place, store: () => store, another });
  describeLogs(() => store);

  describe("a result", () => {
    test.each([() => 1, Symbol("s"), { rows: [{ client: Promise.resolve() }] }])(
      "that is %s cannot be kept",
      (value) => {
        expect(() => store.keep(value)).toThrow(expect.objectContaining({ code: "RESULT_NOT_SERIALIZABLE" }));
      },
    );
  });

  describe("a tick of a schedule", () => {
    const tick = { schedule: "etl", clock: 0, at: AT };

    test("has one run: whoever comes later is given that one, and creates none", async () => {
      const first = await store.createRun(newRun("run1"), version, tick);
      const second = await (await another()).createRun(newRun("run2"), version, tick);

      expect([first.created, second.created, second.run.id]).toEqual([true, false, "run1"]);
      expect(await store.readRun("run2")).toBeUndefined();
    });

    test.each([{ schedule: "other" }, { clock: 1 }, { at: AT + 1 }])("differs by %o", async (other) => {
      await store.createRun(newRun("run1"), version, tick);

      expect(await store.createRun(newRun("run2"), version, { ...tick, ...other })).toMatchObject({ created: true });
    });
  });

  describe("a store that is closed", () => {
    test("refuses what is asked of it, and may be closed again", async () => {
      await store.createRun(newRun("run1"), version);
      await store.close();
      const closed = { code: "STORE_CLOSED" };

      await expect((async () => store.createRun(newRun("run2"), version))()).rejects.toMatchObject(closed);
      await expect((async () => store.commit(batch("run1")))()).rejects.toMatchObject(closed);
      await expect((async () => store.readRun("run1"))()).rejects.toMatchObject(closed);
      await expect((async () => store.listRuns({ limit: 1 }))()).rejects.toMatchObject(closed);
      await expect((async () => store.claimCache(request("k")))()).rejects.toMatchObject(closed);
      await store.close();
    });
  });
}
