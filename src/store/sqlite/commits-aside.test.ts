import { rmSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { storeSuite } from "../../../test/conformance/store.ts";
import { batch, newRun, row, running, succeeded, version } from "../../../test/conformance/store-rows.ts";
import { sqlitePlaces } from "../../../test/support/store-place.ts";
import { storeFolder } from "../../../test/support/store-folder.ts";
import type { Store } from "../../ports/store.ts";
import { openAside } from "./commits-aside.ts";
import { SqliteStore } from "./sqlite-store.ts";

describe("the SQLite store whose commits go to the disk beside the event loop", () => {
  storeSuite(sqlitePlaces(openAside));
});

/** A disk that is done when it is told. */
class SlowDisk {
  readonly #open: ((error: Error | null) => void)[] = [];

  readonly sync = (_: number, done: (error: Error | null) => void): void => void this.#open.push(done);

  get syncs(): number {
    return this.#open.length;
  }

  finish(error: Error | null = null): void {
    this.#open.shift()?.(error);
  }
}

let disk: SlowDisk;
let folder: string;
let store: Store;

beforeEach(async () => {
  disk = new SlowDisk();
  folder = storeFolder();
  store = openAside(folder, { sync: disk.sync });
  onTestFinished(async () => {
    let isClosed = false;
    void Promise.resolve(store.close()).then(() => (isClosed = true));
    for (; !isClosed; await turn()) disk.finish();
  });
  for (const id of ["run1", "run2", "run3"]) await store.createRun(newRun(id), version);
});

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** What has come of promises so far, by name. */
function noted(promises: Readonly<Record<string, unknown>>): string[] {
  const said: string[] = [];
  for (const [name, promise] of Object.entries(promises))
    Promise.resolve(promise).then(
      () => said.push(`${name} done`),
      (error: { readonly code?: string }) => said.push(`${name} ${error.code}`),
    );
  return said;
}

describe("a commit", () => {
  test("is done when it is on the disk, and what runs meanwhile runs", async () => {
    const said = noted({ run1: store.commit(batch("run1", { flow: running })) });
    await turn();
    expect(said).toEqual([]);

    disk.finish();
    await turn();

    expect(said).toEqual(["run1 done"]);
  });

  test("shares its sync with those that wait beside it, not with one that began before it", async () => {
    const first = store.commit(batch("run1", { flow: running }));
    const second = store.commit(batch("run2", { flow: running }));
    const third = store.commit(batch("run3", { flow: running }));
    const said = noted({ first, second, third });
    expect(disk.syncs).toBe(1);

    disk.finish();
    await turn();
    expect(said).toEqual(["first done"]);
    expect(disk.syncs).toBe(1);

    disk.finish();
    await turn();
    expect(said).toEqual(["first done", "second done", "third done"]);
    expect(disk.syncs).toBe(0);
  });

  test("of hundreds that waited together is told with a few others, and the event loop goes on between", async () => {
    void store.commit(batch("run1", { flow: running }));
    const many = Array.from({ length: 100 }, (_, i) => [`${i}`, store.commit(batch("run2"))] as const);
    const said = noted(Object.fromEntries(many));
    disk.finish();
    await turn();

    disk.finish();
    for (let i = 0; i < 20; i++) await Promise.resolve();
    const atOnce = said.length;
    for (let i = 0; i < 100; i++) await turn();

    expect(atOnce).toBeGreaterThan(0);
    expect(atOnce).toBeLessThan(20);
    expect(said).toHaveLength(100);
  });

  test("survives the process without its sync, as with any durability", async () => {
    void store.commit(batch("run1", { flow: running, taskRuns: [row(0, { type: "Success", result: 7 })] }));

    const other = new SqliteStore(folder, { durability: "process" });
    onTestFinished(() => other.close());

    expect(other.readTaskRuns("run1")).toMatchObject([{ state: { type: "Success", result: 7 } }]);
  });

  test("that is refused has nothing to wait for", async () => {
    expect(() => store.commit(batch("run1", { epoch: 9 }))).toThrow(expect.objectContaining({ code: "STALE_EPOCH" }));
    expect(disk.syncs).toBe(0);
  });
});

describe("a disk that fails", () => {
  test("fails the commits that wait for it, and takes nothing more", async () => {
    const said = noted({ run1: store.commit(batch("run1", { flow: running })) });

    disk.finish(new Error("EIO: i/o error, fdatasync"));
    await turn();

    expect(said).toEqual(["run1 STORE_FAILED"]);
    const again = () => store.commit(batch("run2", { flow: succeeded }));
    expect(again).toThrow(expect.objectContaining({ code: "STORE_FAILED" }));
    expect(disk.syncs).toBe(0);
  });

  test("whose log was deleted says so", async () => {
    await committed("run1");
    rmSync(join(folder, "caudal.db-wal"));

    const said = noted({ run2: store.commit(batch("run2", { flow: running })) });
    await turn();

    expect(said).toEqual(["run2 STORE_GONE"]);
  });
});

async function committed(run: string): Promise<void> {
  const done = store.commit(batch(run, { flow: running }));
  disk.finish();
  await done;
}

describe("what others ask of a run", () => {
  test("is on the disk before it is answered", async () => {
    const said = noted({ post: store.post({ runId: "run1", ask: { kind: "cancel" }, by: "ana", at: 1 }) });
    await turn();
    expect(said).toEqual([]);

    disk.finish();
    await turn();

    expect(said).toEqual(["post done"]);
  });
});

test("a store that is to survive its process only waits for no disk", () => {
  const quick = openAside(storeFolder(), { durability: "process", sync: disk.sync });
  onTestFinished(() => void quick.close());
  quick.createRun(newRun("run1"), version);

  expect(quick.commit(batch("run1", { flow: running }))).toBe(1);
  expect(disk.syncs).toBe(0);
});
