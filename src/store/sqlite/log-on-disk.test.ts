import { fdatasyncSync, fstatSync } from "node:fs";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { batch, newRun, running, version } from "../../../test/conformance/store-rows.ts";
import { storeFolder } from "../../../test/support/store-folder.ts";
import type { Durability } from "./database.ts";
import { SqliteStore } from "./sqlite-store.ts";

let folder: string;
/** What was asked of the disk: how long the log was then. */
let syncs: number[];
let error: Error | undefined;

beforeEach(() => {
  folder = storeFolder();
  syncs = [];
  error = undefined;
});

function opened(durability: Durability): SqliteStore {
  const syncNow = (descriptor: number) => {
    if (error !== undefined) throw error;
    fdatasyncSync(descriptor);
    syncs.push(fstatSync(descriptor).size);
  };
  const store = new SqliteStore(folder, { durability, syncNow });
  onTestFinished(() => store.close());
  return store;
}

describe("a commit that is to survive the machine", () => {
  test("has brought its bytes to the disk when it returns, once", () => {
    const store = opened("full");
    store.createRun(newRun("run1"), version);
    const made = syncs.length;

    store.commit(batch("run1", { flow: running }));

    expect(made).toBe(0); // a run that was only made has lost nothing with the power
    expect(syncs).toEqual([expect.any(Number)]);
    expect(syncs[0]).toBeGreaterThan(4_096);
  });

  test("leaves the disk alone where only the end of the process is to be survived", () => {
    const store = opened("process");
    store.createRun(newRun("run1"), version);

    store.commit(batch("run1", { flow: running }));

    expect(syncs).toEqual([]);
  });
});

describe("a disk that fails to take a commit", () => {
  test("ends the store for this process: nobody knows what is on it", () => {
    const store = opened("full");
    store.createRun(newRun("run1"), version);
    error = new Error("EIO: i/o error, fdatasync");
    expect(() => store.commit(batch("run1", { flow: running }))).toThrowError(/EIO/);
    error = undefined;

    expect(() => store.commit(batch("run1", { flow: running }))).toThrowError(
      expect.objectContaining({ code: "STORE_FAILED" }),
    );

    expect(syncs).toEqual([]);
    expect(store.readRun("run1")).toMatchObject({ id: "run1" });
  });

  test("tells whoever waits to hear of it", async () => {
    const store = opened("full");
    store.createRun(newRun("run1"), version);
    const broken = new Promise((resolve) => store.whenBroken(resolve));
    error = new Error("EIO: i/o error, fdatasync");

    expect(() => store.commit(batch("run1", { flow: running }))).toThrowError(/EIO/);

    expect(await broken).toMatchObject({ code: "STORE_FAILED" });
  });
});
