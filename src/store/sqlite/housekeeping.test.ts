/** Retention: by age and count, a piece at a time, never what is still needed. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { batch, entry, line, newRun, row, running, version } from "../../../test/conformance/store-rows.ts";
import { cleanStoreFolders, storeFolder } from "../../../test/support/store-folder.ts";
import type { FlowState } from "../../state/task-state.ts";
import { type BlobFolder, blobFolder } from "../blobs.ts";
import { Database } from "./database.ts";
import { Housekeeper } from "./housekeeping.ts";
import type { Retention } from "./retention.ts";
import { SqliteStore } from "./sqlite-store.ts";

cleanStoreFolders();

const DAY = 86_400_000;
const START = 1_000 * DAY;
const LARGE = "x".repeat(100_000);

function house(retention: Retention = { ageMs: 90 * DAY, runs: 1_000 }) {
  const folder = storeFolder();
  let now = START;
  const store = new SqliteStore(folder, { now: () => now });
  const db = Database.open(folder, "process");
  const blobs = blobFolder(join(folder, "blobs"));
  const keeper = new Housekeeper(
    db,
    () => blobs,
    retention,
    () => now,
  );
  const ran = (
    id: string,
    more: { readonly flow?: string; readonly result?: unknown; readonly rows?: number; readonly untold?: boolean } = {},
  ) => {
    store.createRun(newRun(id, { flow: more.flow ?? "etl", createdAt: now }), () => ({
      ...version(),
      flow: more.flow ?? "etl",
    }));
    store.commit(batch(id, { flow: running, at: now }));
    const rows = Array.from({ length: more.rows ?? 1 }, (_, i) =>
      row(i, { type: "Success", result: more.result ?? i }),
    );
    const succeeded: FlowState = { type: "Success", result: more.result ?? 1 };
    store.commit(batch(id, { taskRuns: rows, logs: [line(0, "said")], at: now }));
    store.commit(batch(id, { flow: succeeded, at: now, untoldAfter: more.untold === true ? 0 : undefined }));
  };
  return {
    store,
    db,
    blobs,
    keeper,
    ran,
    later: (ms: number) => void (now += ms),
    now: () => now,
    /** Until nothing is left to do; the sizes of the pieces. */
    tidy: () => {
      const steps: number[] = [];
      for (let done = keeper.step(); done > 0; done = keeper.step()) steps.push(done);
      return steps;
    },
    ids: () => store.listRuns({ limit: 9_999 }).map(({ id }) => id),
    count: (table: string) => Number(db.get(`SELECT count(*) AS n FROM ${table}`)?.["n"]),
  };
}

const many = (n: number, name = "run") => Array.from({ length: n }, (_, i) => `${name}${String(i).padStart(4, "0")}`);

describe("finished runs", () => {
  test("older than their age go, with all that is theirs; the newest ten of a flow stay", () => {
    const on = house();
    for (const id of many(15)) on.ran(id);
    on.later(91 * DAY);
    on.ran("new");

    on.tidy();

    expect(on.ids()).toEqual(["new", ...many(15).slice(6).reverse()]);
    expect([on.count("task_run"), on.count("log"), on.count("history"), on.count("pruning")]).toEqual([10, 10, 30, 0]);
    on.store.close();
  });

  test("take with them that their listeners were not told", () => {
    const on = house();
    for (const id of many(11)) on.ran(id, { untold: true });
    on.later(91 * DAY);
    on.ran("new");

    on.tidy();

    expect(on.count("untold")).toBe(9);
    on.store.close();
  });

  test("beyond their number go, oldest first", () => {
    const on = house({ ageMs: 90 * DAY, runs: 12 });
    for (const id of many(20)) on.ran(id);

    on.tidy();

    expect(on.ids()).toEqual(many(20).slice(8).reverse());
    on.store.close();
  });

  test("that are young and few all stay, and so do those that have not ended", () => {
    const on = house({ ageMs: 90 * DAY, runs: 12 });
    on.store.createRun(newRun("open", { createdAt: on.now() }), version);
    on.store.commit(batch("open", { flow: { type: "Paused" }, at: on.now(), letsGo: true }));
    for (const id of many(11)) on.ran(id);
    expect(on.tidy()).toEqual([]);
    on.later(1_000 * DAY);

    on.tidy();

    expect(on.ids()).toContain("open");
    expect(on.store.readHistory("open")).toHaveLength(1);
    on.store.close();
  });

  test("take with them the versions of their flow that no run names any more", () => {
    const on = house({ ageMs: 90 * DAY, runs: 12 });
    const other = { fingerprint: "f0", createdAt: on.now() };
    on.store.createRun(newRun("before", other), () => ({ ...version(), fingerprint: "f0" }));
    on.store.commit(batch("before", { flow: { type: "Success", result: 1 }, at: on.now() }));
    for (const id of many(12)) on.ran(id);
    const kept = [on.store.readVersion("etl", "f0"), on.store.readVersion("etl", "f1")].map(
      (found) => found !== undefined,
    );

    on.tidy();

    expect(kept).toEqual([true, true]);
    expect(on.ids()).not.toContain("before");
    expect(on.store.readVersion("etl", "f0")).toBeUndefined();
    expect(on.store.readVersion("etl", "f1")).toBeDefined();
    on.store.close();
  });

  test("leave a process that goes on with an older version able to begin runs of it", () => {
    const on = house({ ageMs: 90 * DAY, runs: 12 });
    const before = (id: string) => {
      on.store.createRun(newRun(id, { fingerprint: "f0", createdAt: on.now() }), () => ({
        ...version(),
        fingerprint: "f0",
      }));
      on.store.commit(batch(id, { flow: { type: "Success", result: 1 }, at: on.now() }));
    };
    before("one");
    before("two");
    for (const id of many(12)) on.ran(id);
    on.tidy();
    expect(on.store.readVersion("etl", "f0")).toBeUndefined();

    before("three");

    expect(on.store.readRun("three")).toMatchObject({ fingerprint: "f0" });
    expect(on.store.readVersion("etl", "f0")).toBeDefined();
    on.store.close();
  });

  test("with many rows go a thousand at a time, and whoever keeps house next goes on", () => {
    const on = house({ ageMs: 90 * DAY, runs: 1 });
    on.ran("large", { rows: 4_500 });
    for (const id of many(10)) on.ran(id);

    expect(on.keeper.step()).toBe(1);
    expect(on.store.readRun("large")).toBeUndefined();
    const next = new Housekeeper(on.db, () => on.blobs, { ageMs: 90 * DAY, runs: 1 }, on.now);
    const steps: number[] = [];
    for (let done = next.step(); on.count("pruning") > 0; done = next.step()) steps.push(done);

    expect(Math.max(...steps)).toBeLessThanOrEqual(1_000);
    expect(on.count("task_run")).toBe(10);
    on.store.close();
  });

  test("give their room in the file back to the disk", () => {
    const on = house({ ageMs: 90 * DAY, runs: 1 });
    for (const id of many(30)) on.ran(id, { rows: 500, result: "y".repeat(500) });
    on.db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    const before = statSync(on.db.file).size;

    on.tidy();

    on.db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    expect(statSync(on.db.file).size).toBeLessThan(0.5 * before);
    expect(on.db.get("PRAGMA integrity_check")).toEqual({ integrity_check: "ok" });
    on.store.close();
  });

  test("never take the cursor back", () => {
    const on = house({ ageMs: 0, runs: 1 });
    on.store.createRun(newRun("first", { createdAt: on.now() }), version);
    for (const id of many(12)) on.ran(id);
    const last = on.store.commit(batch("first", { flow: { type: "Success", result: 1 }, at: on.now() }));

    on.later(1);
    on.tidy();

    on.store.createRun(newRun("next", { createdAt: on.now() }), version);
    expect(on.store.commit(batch("next", { at: on.now() }))).toBeGreaterThan(last);
    on.store.close();
  });
});

describe("large results", () => {
  const fileOf = (blobs: BlobFolder, value: string) =>
    [...blobs.list()].find(({ address }) => blobs.get(address).includes(value));
  const old = (blobs: BlobFolder, at: number) => {
    for (const { address } of blobs.list())
      utimesSync(join(blobs.folder, address.slice(0, 2), `${address}.br`), at / 1_000, at / 1_000);
  };

  test("of runs that went go when they are a day old; those that a row names stay", () => {
    const on = house({ ageMs: 90 * DAY, runs: 1 });
    on.ran("old", { result: `${LARGE} old` });
    for (const id of many(10)) on.ran(id, { result: `${LARGE} new` });
    old(on.blobs, on.now() - 2 * DAY);

    on.tidy();

    expect(fileOf(on.blobs, "old")).toBeUndefined();
    expect(fileOf(on.blobs, "new")).toBeDefined();
    expect(on.store.readRun("run0009")?.state).toMatchObject({ result: `${LARGE} new` });
    on.store.close();
  });

  test("that were just put stay, although no row names them yet", () => {
    const on = house();
    on.ran("run1");
    const value = { large: LARGE };
    on.store.keep(value);
    old(on.blobs, on.now() - 1_000);

    on.tidy();

    expect([...on.blobs.list()]).toHaveLength(1);
    on.store.close();
  });

  test("that went before the commit that names them are put again by it", () => {
    const on = house();
    on.store.createRun(newRun("slow", { createdAt: on.now() }), version);
    const value = { large: LARGE };
    on.store.keep(value);
    old(on.blobs, on.now() - 2 * DAY);

    on.tidy();
    expect([...on.blobs.list()]).toHaveLength(0);
    on.store.commit(batch("slow", { taskRuns: [row(0, { type: "Success", result: value })], at: on.now() }));

    expect(on.store.readTaskRuns("slow")[0]?.state).toMatchObject({ result: value });
    on.store.close();
  });

  test("of a cache entry stay until it expires, whatever becomes of its run", () => {
    const on = house({ ageMs: 90 * DAY, runs: 1 });
    on.store.createRun(newRun("run1", { createdAt: on.now() }), version);
    const cached = entry("k", { value: { large: LARGE }, storedAt: on.now(), expiresAt: on.now() + 200 * DAY });
    on.store.commit(batch("run1", { cache: [cached], flow: { type: "Success", result: 1 }, at: on.now() }));
    on.later(100 * DAY);
    for (const id of many(10)) on.ran(id);
    old(on.blobs, on.now() - 2 * DAY);

    on.tidy();

    expect(on.store.readRun("run1")).toBeUndefined();
    const asked = { key: "k", scope: "etl/load", runId: "run0001", epoch: 1, slot: 0, at: on.now() };
    expect(on.store.claimCache(asked)).toMatchObject({ kind: "hit", entry: { value: { large: LARGE } } });
    on.later(200 * DAY);
    on.tidy();
    expect([on.count("cache"), [...on.blobs.list()].length]).toEqual([0, 0]);
    on.store.close();
  });
});

describe("what else is not needed for ever", () => {
  test("are ticks of more than a year and a day", () => {
    const on = house();
    const tick = () => ({ schedule: "s", clock: 0, at: on.now() });
    on.store.createRun(newRun("run1"), version, tick());
    on.later(300 * DAY);
    on.store.createRun(newRun("run2"), version, tick());
    on.later(100 * DAY);

    on.tidy();

    expect(on.count("tick")).toBe(1);
    on.store.close();
  });

  test("are requests that were answered", () => {
    const on = house();
    on.ran("run1");
    for (const answered of [0, 1])
      on.db.run("INSERT INTO request (run_no, ask, by, at, answered) VALUES (1, '1', 'ana', ?, ?)", on.now(), answered);
    on.later(31 * DAY);

    on.tidy();

    expect(on.count("request")).toBe(1);
    on.store.close();
  });

  test("the newest entry of a scope stays a month longer, to explain a miss", () => {
    const on = house();
    on.store.createRun(newRun("run1", { createdAt: on.now() }), version);
    const at = (key: string, ms: number) => entry(key, { storedAt: on.now() + ms, expiresAt: on.now() + ms + 5 });
    on.store.commit(batch("run1", { cache: [at("a", 0), at("b", 1)], at: on.now() }));
    on.later(10);

    on.tidy();
    expect(on.db.all("SELECT key FROM cache")).toEqual([{ key: "b" }]);

    on.later(31 * DAY);
    on.tidy();
    expect(on.count("cache")).toBe(0);
    on.store.close();
  });
});

test("a store in use keeps house by itself", async () => {
  const folder = storeFolder();
  let now = START;
  const store = new SqliteStore(folder, { now: () => now, durability: "process", retention: { ageMs: 0, runs: 10 } });
  const finished = (id: string) => {
    store.createRun(newRun(id, { createdAt: now }), version);
    store.commit(batch(id, { flow: { type: "Success", result: 1 }, at: now }));
  };
  for (const id of many(40)) {
    finished(id);
    now += 1;
  }

  await until(() => store.listRuns({ limit: 99 }).length === 11);

  expect(existsSync(store.name)).toBe(true);
  store.close();
});

/** Other things of the process get their turn until it is so. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

describe.skipIf(process.platform === "win32")("what somebody planted among its files", () => {
  test("S27: leads to no file outside, and outlives the sweep unless it is ours", () => {
    const on = house();
    const outside = join(storeFolder(), "outside");
    mkdirSync(join(outside, "tmp"), { recursive: true });
    const address = on.blobs.put(LARGE);
    const shard = join(on.blobs.folder, address.slice(0, 2));
    renameSync(shard, join(outside, "shard"));
    writeFileSync(join(outside, "precious"), "1");
    symlinkSync(join(outside, "shard"), shard);
    const odd = ["-rf", "*", "a b", `${"f".repeat(64)}-9.br.bak`].map((name) => join(on.blobs.folder, "00", name));
    mkdirSync(join(on.blobs.folder, "00"));
    for (const file of odd) writeFileSync(file, "odd");
    symlinkSync(join(outside, "precious"), join(on.blobs.folder, "00", `00${"a".repeat(62)}-1.br`));
    renameSync(join(on.blobs.folder, "tmp"), join(outside, "was-tmp"));
    writeFileSync(join(outside, "was-tmp", "half"), "1");
    symlinkSync(join(outside, "was-tmp"), join(on.blobs.folder, "tmp"));
    const before = readdirSync(outside, { recursive: true });

    on.later(1_000 * DAY);
    on.tidy();

    expect(readdirSync(outside, { recursive: true })).toEqual(before);
    expect(before).toEqual(
      expect.arrayContaining(["precious", join("was-tmp", "half"), join("shard", `${address}.br`)]),
    );
    expect(odd.every((file) => existsSync(file))).toBe(true);
    on.store.close();
  });
});
