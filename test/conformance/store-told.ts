/** The part of the Store port's suite about listeners: how far they have been told, and who tells them what is left. */
import { beforeEach, describe, expect, test } from "vitest";
import type { Store } from "../../src/ports/store.ts";
import type { Processes } from "./store-ownership.ts";
import { AT, batch, newRun, path, row, RUNNING, running, succeeded, version } from "./store-rows.ts";

const idsOf = async (store: Store, flow?: string) =>
  (await store.listRuns({ untold: true, flow, limit: 9 })).map(({ id }) => id);

const tellIn = async (store: Store) => store.takeOver("run1", AT + 100, { tell: true });

export function describeTold({ place, store, another }: Processes): void {
  describe("what listeners were told", () => {
    let began = 0;
    beforeEach(async () => {
      await store().createRun(newRun("run1"), version);
      const first = { flow: running, at: AT + 10, taskRuns: [row(0, RUNNING)], path: path([0, 5]) };
      began = await store().commit(batch("run1", { ...first, untoldAfter: 0 }));
    });

    test("stands in the history with the states of the run, where a commit said so", async () => {
      const quiet = await store().commit(batch("run1", { at: AT + 20 }));
      const told = await store().commit(batch("run1", { at: AT + 30, untoldAfter: "itself" }));
      await store().commit(batch("run1", { at: AT + 40, flow: succeeded, untoldAfter: told }));

      const rows = await store().readHistory("run1");

      expect(rows.map(({ flow, untoldAfter }) => [flow?.type, untoldAfter])).toEqual([
        ["Running", 0],
        [undefined, undefined],
        [undefined, told],
        ["Success", told],
      ]);
      expect(quiet).toBeLessThan(told);
    });

    test("of a run that ended with nothing left is nobody's matter", async () => {
      await store().commit(batch("run1", { flow: succeeded, untoldAfter: "itself" }));
      const other = await another();
      place().kill(store());

      expect(await idsOf(other)).toEqual([]);
      await expect(tellIn(other)).rejects.toMatchObject({ code: "RUN_OVER" });
    });

    test("of a run that ended too early is its owner's matter while that lives", async () => {
      await store().commit(batch("run1", { flow: succeeded, untoldAfter: began }));
      const other = await another();

      expect(await idsOf(other)).toEqual([]);
      expect(await other.readRun("run1")).toMatchObject({ ownership: "none" });
      await expect(tellIn(other)).rejects.toMatchObject({ code: "RUN_OWNED" });
    });

    test("is taken up by its owner itself, which may have failed to tell", async () => {
      await store().commit(batch("run1", { flow: succeeded, untoldAfter: began }));

      expect(await idsOf(store())).toEqual(["run1"]);
      expect(await tellIn(store())).toMatchObject({ epoch: 2 });
      const late = batch("run1", { untoldAfter: "itself", letsGo: true });
      await expect((async () => store().commit(late))()).rejects.toMatchObject({ code: "STALE_EPOCH" });
    });

    test("is settled by a last commit of the owner, with what listeners printed", async () => {
      await store().commit(batch("run1", { flow: succeeded, untoldAfter: began }));
      const line = { slot: -1, attempt: 0, at: AT + 50, level: "info", text: "told", handler: true } as const;

      await store().commit(batch("run1", { at: AT + 50, logs: [line], untoldAfter: "itself", letsGo: true }));

      expect(await store().readLogs("run1")).toEqual([line]);
      await expect((async () => store().commit(batch("run1")))()).rejects.toMatchObject({ code: "STALE_EPOCH" });
      place().kill(store());
      expect(await idsOf(await another())).toEqual([]);
    });

    test("is told by the next process when that one has died, and by one only", async () => {
      await store().commit(batch("run1", { at: AT + 40, flow: succeeded, untoldAfter: began }));
      place().kill(store());
      const [other, third] = [await another(), await another()];
      expect(await idsOf(other, "etl")).toEqual(["run1"]);
      expect(await idsOf(other, "another flow")).toEqual([]);

      const taken = await tellIn(other);

      expect(taken).toMatchObject({ epoch: 2, state: succeeded, endedAt: AT + 40, ownership: "none" });
      expect(await idsOf(third)).toEqual([]);
      await expect(tellIn(third)).rejects.toMatchObject({ code: "RUN_OWNED" });
      await other.commit(batch("run1", { epoch: 2, at: AT + 110, untoldAfter: "itself", letsGo: true }));
      await expect(tellIn(third)).rejects.toMatchObject({ code: "RUN_OVER" });
      expect(await other.readRun("run1")).toMatchObject({ state: succeeded, endedAt: AT + 40 });
    });

    test("is told by the one after it when that one dies as well, and the late one cannot write", async () => {
      await store().commit(batch("run1", { flow: succeeded, untoldAfter: began }));
      place().kill(store());
      const other = await another();
      await tellIn(other);
      place().kill(other);
      const third = await another();

      expect(await idsOf(third)).toEqual(["run1"]);
      expect(await tellIn(third)).toMatchObject({ epoch: 3 });
      const late = batch("run1", { epoch: 2, untoldAfter: "itself", letsGo: true });
      await expect((async () => other.commit(late))()).rejects.toMatchObject({ code: "STALE_EPOCH" });
    });

    test("is anybody's matter when its owner leaves before it has told", async () => {
      await store().commit(batch("run1", { flow: succeeded, untoldAfter: began }));
      const other = await another();

      await store().close();

      expect(await idsOf(other)).toEqual(["run1"]);
      expect(await tellIn(other)).toMatchObject({ epoch: 2 });
    });

    test("goes with a run that is run again: whoever has it tells it", async () => {
      await store().commit(batch("run1", { flow: succeeded, untoldAfter: began }));
      const other = await another();

      const taken = await other.takeOver("run1", AT + 100, { reopen: true });
      place().kill(store());

      expect(taken).toMatchObject({ epoch: 2, ownership: "here" });
      expect(await idsOf(other)).toEqual([]);
      await other.commit(batch("run1", { epoch: 2, flow: succeeded }));
      await expect(tellIn(other)).rejects.toMatchObject({ code: "RUN_OVER" });
    });
  });
}
