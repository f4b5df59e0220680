/** The part of the Store port's suite that plays several processes: whose a run is, and how they speak to each other. */
import { beforeEach, describe, expect, test } from "vitest";
import type { Store } from "../../src/ports/store.ts";
import { AT, batch, newRun, path, row, RUNNING, running, succeeded, version } from "./store-rows.ts";

/** An empty place to keep runs in, which several processes may open. */
export interface StorePlace {
  /** A store as one more process has it. */
  open(): Store | Promise<Store>;
  /** That process dies, without a word. */
  kill(store: Store): void;
}

export interface Processes {
  readonly place: () => StorePlace;
  /** The first process's store. */
  readonly store: () => Store;
  /** One more process's. */
  readonly another: () => Promise<Store>;
}

export function describeOwnership({ place, store, another }: Processes): void {
  describe("a run of another process", () => {
    beforeEach(async () => {
      await store().createRun(newRun("run1"), version);
      await store().commit(
        batch("run1", { flow: running, at: AT + 10, taskRuns: [row(0, RUNNING)], path: path([0, 5]) }),
      );
    });

    test("cannot be taken while that one lives", async () => {
      const other = await another();

      expect(await other.readRun("run1")).toMatchObject({ ownership: "alive" });
      await expect((async () => other.takeOver("run1", AT))()).rejects.toMatchObject({ code: "RUN_OWNED" });
      await expect((async () => store().takeOver("run1", AT))()).rejects.toMatchObject({ code: "RUN_OWNED" });
    });

    test("is taken over when that one has died, and everything of it is there", async () => {
      place().kill(store());
      const other = await another();
      expect(await other.readRun("run1")).toMatchObject({ ownership: "gone" });
      expect((await other.listRuns({ interrupted: true, limit: 9 })).map(({ id }) => id)).toEqual(["run1"]);

      const taken = await other.takeOver("run1", AT + 100);

      expect(taken).toMatchObject({ epoch: 2, activeMs: 0, ownedAt: AT + 100, ownership: "here", state: running });
      expect((await other.readTaskRuns("run1")).map(({ state }) => state.type)).toEqual(["Running"]);
      expect(await other.listRuns({ interrupted: true, limit: 9 })).toEqual([]);
    });

    test("that has ended is taken over by nobody", async () => {
      await store().commit(batch("run1", { at: AT + 30, flow: succeeded }));
      const other = await another();

      await expect((async () => other.takeOver("run1", AT))()).rejects.toMatchObject({ code: "RUN_OVER" });
      expect(await other.readRun("run1")).toMatchObject({ epoch: 1, ownership: "none" });
    });

    test("that was taken from it stays the other's when it leaves after all", async () => {
      place().kill(store());
      const other = await another();
      await other.takeOver("run1", AT);

      await store().close();

      expect(await other.readRun("run1")).toMatchObject({ epoch: 2, ownership: "here" });
    });

    test("that it let go is taken over at once", async () => {
      await store().commit(batch("run1", { at: AT + 30, letsGo: true }));
      const other = await another();

      expect(await other.readRun("run1")).toMatchObject({ ownership: "none", owner: undefined });
      expect(await other.takeOver("run1", AT + 100)).toMatchObject({ epoch: 2, activeMs: 20 });
    });

    test("that it let go takes nothing more from it, and nothing of then once it has it again", async () => {
      const late = async (epoch: number) => store().commit(batch("run1", { epoch, flow: succeeded }));
      await store().commit(batch("run1", { letsGo: true }));
      await expect(late(1)).rejects.toMatchObject({ code: "STALE_EPOCH" });

      await store().takeOver("run1", AT + 100);

      await expect(late(1)).rejects.toMatchObject({ code: "STALE_EPOCH" });
      expect(await store().readRun("run1")).toMatchObject({ epoch: 2, ownership: "here", state: running });
      await late(2);
      expect(await store().readRun("run1")).toMatchObject({ state: succeeded });
    });

    test("goes on with another version of its flow", async () => {
      await store().commit(batch("run1", { letsGo: true }));
      const make = () => ({ ...version(), fingerprint: "f2" });

      expect(await store().takeOver("run1", AT + 100)).toMatchObject({ fingerprint: version().fingerprint });
      await store().commit(batch("run1", { epoch: 2, version: { fingerprint: "f2", make } }));

      expect(await store().readRun("run1")).toMatchObject({ fingerprint: "f2" });
      expect(await store().readVersion(newRun("run1").flow, "f2")).toEqual(make());
    });

    test("is nobody's once it has ended", async () => {
      await store().commit(batch("run1", { flow: succeeded }));

      expect(await store().readRun("run1")).toMatchObject({ ownership: "none" });
      expect(await store().listRuns({ interrupted: true, limit: 9 })).toEqual([]);
    });

    test("is nobody's and not interrupted while it waits for its time", async () => {
      const scheduled = { type: "Scheduled", startAt: AT + 9_000 } as const;

      await store().commit(batch("run1", { flow: scheduled, letsGo: true }));

      expect(await store().readRun("run1")).toMatchObject({ state: scheduled, ownership: "none" });
      expect(await store().listRuns({ interrupted: true, limit: 9 })).toEqual([]);
      expect((await store().listRuns({ states: ["Scheduled"], limit: 9 })).map(({ id }) => id)).toEqual(["run1"]);
    });

    test("that has ended is taken over only to be opened again, and then runs as if it had no end", async () => {
      await store().commit(batch("run1", { flow: succeeded, at: AT + 50 }));
      await store().post({ runId: "run1", ask: { kind: "cancel" }, by: "ana", at: AT + 60 });
      await expect((async () => store().takeOver("run1", AT + 70))()).rejects.toMatchObject({ code: "RUN_OVER" });

      const opened = await store().takeOver("run1", AT + 100, { reopen: true });

      expect(opened).toMatchObject({ epoch: 2, state: running, endedAt: undefined, activeMs: 0, ownership: "here" });
      expect(await store().requestsOf("run1")).toEqual([]);
      await store().commit(batch("run1", { epoch: 2, flow: succeeded, at: AT + 120 }));
      expect(await store().readRun("run1")).toMatchObject({ startedAt: AT + 10, endedAt: AT + 120, ownership: "none" });
    });

    test("is asked for something through the store, until that is answered", async () => {
      const other = await another();
      const heard = new Promise<void>((resolve) => store().watch(resolve));

      const { id } = await other.post({ runId: "run1", ask: { kind: "cancel" }, by: "ana", at: AT });
      await heard;

      const ask = { kind: "mark", task: "load-1", as: "Success", why: "seen", value: undefined } as const;
      const second = await other.post({ runId: "run1", ask, by: "ben", at: AT });
      expect(await store().requestsOf("run1")).toEqual([
        { id, runId: "run1", ask: { kind: "cancel" }, by: "ana", at: AT },
        { id: second.id, runId: "run1", ask, by: "ben", at: AT },
      ]);
      await store().commit(batch("run1", { answered: [id, second.id] }));
      expect(await store().requestsOf("run1")).toEqual([]);
    });

    test("keeps the inner steps of its bodies, for its owner only", async () => {
      const key = { runId: "run1", epoch: 1, scope: "load-1", name: "charge" };
      expect(await store().readOnce(key)).toBeUndefined();

      await store().keepOnce(key, { paid: 5n });

      expect(await store().readOnce(key)).toEqual({ value: { paid: 5n } });
      expect(await store().readOnce({ ...key, scope: "load-2" })).toBeUndefined();
      await expect((async () => store().keepOnce({ ...key, epoch: 9 }, 1))()).rejects.toMatchObject({
        code: "STALE_EPOCH",
      });
    });
  });
}
