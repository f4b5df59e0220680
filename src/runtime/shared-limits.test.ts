/** I21: limits and `maxConcurrency` hold over all processes of a store. */
import { describe, expect, test } from "vitest";
import { storeWith } from "../../test/support/store-with.ts";
import { stage, typesOf } from "../../test/support/play.ts";
import { CaudalError } from "../base/errors.ts";
import { context, flow, limit, task } from "../index.ts";
import { MemoryDisk, memoryStoreOn } from "../store/memory.ts";
import { resumeProgram } from "./kept/resume.ts";

let made = 0;
const fresh = (max: number) => limit(`shared ${++made}`, max);

/** This process with its stage, and another one's store. */
function two() {
  const disk = new MemoryDisk();
  return { disk, on: stage({ store: memoryStoreOn(disk, "here") }), other: memoryStoreOn(disk, "other") };
}

describe("a limit of a store that several processes have", () => {
  test("is used and never exceeded, and nobody in line is forgotten", async () => {
    const { on } = two();
    let now = 0;
    let most = 0;
    const work = task({ name: "work", limits: [fresh(3)] }, async (ms: number) => {
      most = Math.max(most, ++now);
      await on.clock.sleep(ms, context().signal).finally(() => now--);
    });
    const several = flow("several", () => work.map(Array.from({ length: 50 }, (_, i) => (i % 7) + 1)));

    const runs = await Promise.all([on.run(several), on.run(several)]);

    expect(most).toBe(3);
    expect(runs.map((run) => run.state.type)).toEqual(["Success", "Success"]);
  });

  test("is kept by a body that goes on although its run can be kept no longer", async () => {
    const { on } = two();
    let commits = 0;
    const store = storeWith(on.store, {
      commit: (batch) => {
        if (++commits === 3) throw new CaudalError("STORE_FAILED", { store: "test", why: "the disk fails" });
        return on.store.commit(batch);
      },
    });
    const seen: string[] = [];
    const work = task({ name: "work", limits: [fresh(1)] }, async (who: string) => {
      seen.push(`${who} begins at ${on.clock.elapsed()}`);
      await on.clock.sleep(100);
    });
    const short = task("short", () => on.clock.sleep(10));

    const broken = on.run(
      flow("broken", () => void [work("one"), short()]),
      { store },
    );
    await expect(broken).rejects.toMatchObject({ code: "STORE_FAILED" });
    const { state } = await on.run(flow("after", () => work("other")));

    expect([state.type, seen]).toEqual(["Success", ["one begins at 0", "other begins at 100"]]);
  });

  test("is given back where the start of its body could not be kept", async () => {
    const { on } = two();
    let failed = false;
    const store = storeWith(on.store, {
      commit: (batch) => {
        if (failed || batch.taskRuns.length === 0) return on.store.commit(batch);
        failed = true;
        throw new CaudalError("STORE_FAILED", { store: "test", why: "the disk fails" });
      },
    });
    const work = task({ name: "work", limits: [fresh(1)] }, () => on.clock.elapsed());

    const broken = on.run(
      flow("broken", () => work()),
      { store },
    );
    await expect(broken).rejects.toMatchObject({ code: "STORE_FAILED" });
    const { state } = await on.run(flow("after", () => work()));

    expect(state).toMatchObject({ type: "Success", result: 0 });
  });

  test("is waited for while another process has all of it", async () => {
    const { on, other } = two();
    const db = fresh(1);
    const place = { name: `limit/${db.name}`, max: 1 };
    await other.claimPlaces([place], 0, 0);
    on.clock.at(on.clock.now() + 500, () => void other.releasePlaces([place.name]));
    const work = task({ name: "work", limits: [db] }, (_: number) => on.clock.elapsed());

    const run = await on.run(flow("waits", () => work.map([1, 2])));

    expect(typesOf(run)).toEqual({ work: "Mapped[Success Success]" });
    expect(run.task("work").result).toEqual([500, 500]);
    expect(await other.claimPlaces([place], 1e15, 1e15)).toBeUndefined();
  });

  test("is free again when the process that had it has died", async () => {
    const { on, other, disk } = two();
    const db = fresh(1);
    await other.claimPlaces([{ name: `limit/${db.name}`, max: 1 }], 0, 0);
    on.clock.at(on.clock.now() + 500, () => disk.kill("other"));

    const run = await on.run(flow("waits", () => task({ name: "work", limits: [db] }, () => 1)()));

    expect(run.state.type).toBe("Success");
  });

  test("is not kept by a run that is cancelled in line", async () => {
    const { on, other } = two();
    const db = fresh(1);
    const place = { name: `limit/${db.name}`, max: 1 };
    await other.claimPlaces([place], 0, 0);
    const stop = new AbortController();
    on.clock.at(on.clock.now() + 500, () => stop.abort());

    const run = await on.run(
      flow("cancelled", () => task({ name: "work", limits: [db] }, (x: number) => x).map([1, 2])),
      { signal: stop.signal },
    );
    await other.releasePlaces([place.name]);

    expect(run.state.type).toBe("Cancelled");
    expect(await other.claimPlaces([place], 1e15, 1e15)).toBeUndefined();
  });

  test("is waited for while the store cannot answer", async () => {
    const { on, other } = two();
    const { name } = fresh(1);
    let asked = 0;
    const busy = storeWith(on.store, {
      claimPlaces: (...claim) => (asked++ === 0 ? Promise.reject(new Error("busy")) : on.store.claimPlaces(...claim)),
    });
    on.clock.at(on.clock.now() + 500, () => void other.releasePlaces([`limit/${name}`]));
    await other.claimPlaces([{ name: `limit/${name}`, max: 1 }], 0, 0);

    const run = await on.run(
      flow("busy", () => task({ name: "work", limits: [name] }, () => 1)()),
      { store: busy },
    );

    expect(run.state.type).toBe("Success");
    expect(asked).toBeGreaterThan(1);
  });
});

describe("a flow with maxConcurrency, in several processes", () => {
  const place = (name: string) => ({ name: `flow/${name}`, max: 1 });
  const bounded = (name: string) => flow({ name, maxConcurrency: 1 }, () => task("turn", () => 1)());

  test("waits, Queued in its store, for the run of another process to end", async () => {
    const { on, other } = two();
    await other.claimPlaces([place("bounded")], 0, 0);
    const waiting = on.run(bounded("bounded"));
    const seen = await new Promise<unknown>((resolve) =>
      on.clock.at(on.clock.now() + 500, async () => resolve((await other.listRuns({ limit: 1 }))[0]?.state)),
    );

    await other.releasePlaces([place("bounded").name]);

    expect(seen).toEqual({ type: "Queued", reason: { code: "limit", limit: "maxConcurrency" } });
    expect((await waiting).state.type).toBe("Success");
    expect(await other.claimPlaces([place("bounded")], 1e15, 1e15)).toBeUndefined();
  });

  test("lets go on one after the other", async () => {
    const { on } = two();
    let now = 0;
    let most = 0;
    const turn = task("turn", async () => {
      most = Math.max(most, ++now);
      await on.clock.sleep(5);
      now--;
    });
    const f = flow({ name: "many", maxConcurrency: 2 }, () => turn());

    const runs = await Promise.all(Array.from({ length: 9 }, () => on.run(f)));

    expect(most).toBe(2);
    expect(runs.map((run) => run.state.type)).toEqual(Array(9).fill("Success"));
  });

  test.each([
    ["its signal", (stop: AbortController) => stop.abort()],
    [
      "a request of another process",
      (_: AbortController, other: ReturnType<typeof memoryStoreOn>, id: string) =>
        void other.post({ runId: id, ask: { kind: "cancel" }, by: "ana", at: 1 }),
    ],
  ])("ends the wait of a run that is cancelled by %s", async (_, cancel) => {
    const { on, other } = two();
    await other.claimPlaces([place("cancelled")], 0, 0);
    const stop = new AbortController();
    on.clock.at(on.clock.now() + 500, async () => cancel(stop, other, (await other.listRuns({ limit: 1 }))[0]!.id));

    const run = await on.run(bounded("cancelled"), { signal: stop.signal });

    expect(run.state.type).toBe("Cancelled");
    expect(typesOf(run)).toEqual({ turn: "Cancelled" });
  });

  test("goes on waiting where requests cannot be read for a moment", async () => {
    const { on, other } = two();
    await other.claimPlaces([place("unread")], 0, 0);
    let reads = 0;
    const requestsOf = (id: string) => {
      if (++reads === 2) throw new Error("cannot be read");
      return on.store.requestsOf(id);
    };
    const waiting = on.run(bounded("unread"), { store: storeWith(on.store, { requestsOf }) });
    await new Promise<void>((resolve) => on.clock.at(on.clock.now() + 500, resolve));

    const id = (await other.listRuns({ limit: 1 }))[0]!.id;
    await other.post({ runId: id, ask: { kind: "resume", task: "turn", input: undefined }, by: "a person", at: 0 });
    await other.releasePlaces([place("unread").name]);

    expect((await waiting).state.type).toBe("Success");
    expect(reads).toBeGreaterThan(1);
  });

  test("is gone on with from the beginning when its process died in line", async () => {
    const { on, other, disk } = two();
    await other.claimPlaces([place("died")], 0, 0);
    const f = bounded("died");
    // What a dead process waits for never comes.
    void on.run(f, { store: storeWith(on.store, { whenPlaceFree: () => () => undefined }) });
    const id = await new Promise<string>((resolve) =>
      on.clock.at(on.clock.now() + 500, async () => resolve((await other.listRuns({ limit: 1 }))[0]!.id)),
    );
    disk.kill("here");
    await other.releasePlaces([place("died").name]);

    const run = await resumeProgram(f.program, id, { store: other, logLevel: "off" });

    expect(run.state.type).toBe("Success");
    expect(await other.readRun(id)).toMatchObject({ state: { type: "Success" }, epoch: 2 });
  });
});

test("a limit is no matter of a store that one process has for itself", async () => {
  const refuse = () => {
    throw new Error("asked");
  };
  const alone = stage();
  const store = storeWith(alone.store, { claimPlaces: refuse, releasePlaces: refuse });
  const work = task({ name: "work", limits: [fresh(1)] }, (x: number) => x);

  const run = await alone.run(
    flow({ name: "alone", maxConcurrency: 1 }, () => work.map([1, 2])),
    { store },
  );

  expect(run.state.type).toBe("Success");
});
