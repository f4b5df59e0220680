/**
 * Real processes on one store: everybody gets the lock in time (F12), limits hold over all of them (I21), and the log
 * stays small while somebody else reads (R49).
 */
import { readFileSync, statSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { batch, newRun, row, running, version } from "../../../test/conformance/store-rows.ts";
import { childProgram, endChildren, startChild } from "../../../test/support/child-program.ts";
import { cleanStoreFolders, storeFolder } from "../../../test/support/store-folder.ts";
import { CHECKPOINT_PAGES, Database } from "./database.ts";
import { SqliteStore } from "./sqlite-store.ts";

cleanStoreFolders();
endChildren();

/** Starts lines that have a store open, and the rows of the suite. */
function program(folder: string, lines: string) {
  const file = childProgram(
    folder,
    `import { SqliteStore } from "./src/store/sqlite/sqlite-store.ts";
    import { batch, newRun, row, version } from "./test/conformance/store-rows.ts";
    const store = new SqliteStore(process.argv[2], { durability: "process" });
    const who = process.pid;
    ${lines}
    store.close();`,
  );
  return () => startChild(file, folder).ended;
}

const PROCESSES = Array.from({ length: 8 });

describe("eight processes that write all the time", () => {
  test("are never told that the store is busy, and lose nothing", async () => {
    const folder = storeFolder();
    const run = program(
      folder,
      `for (let i = 0; i < 20; i++) {
        store.createRun(newRun(who + "-" + i), version);
        for (let slot = 0; slot < 5; slot++)
          store.commit(batch(who + "-" + i, { taskRuns: [row(slot, { type: "Success", result: slot })] }));
        store.commit(batch(who + "-" + i, { flow: { type: "Success", result: i } }));
      }`,
    );

    const ended = await Promise.all(PROCESSES.map(run));

    expect(ended.filter(({ code }) => code !== 0)).toEqual([]);
    const store = new SqliteStore(folder);
    const runs = store.listRuns({ limit: 999 });
    expect(runs.filter(({ state }) => state.type === "Success")).toHaveLength(160);
    expect(new Set(runs.flatMap(({ id }) => store.readHistory(id).map(({ cursor }) => cursor))).size).toBe(160 * 6);
    store.close();
  });

  test("hold no more places together than there are, and each gets its turn", async () => {
    const folder = storeFolder();
    const run = program(
      folder,
      `import { appendFileSync } from "node:fs";
      const place = { name: "limit/db", max: 3 };
      const note = (what) => appendFileSync(process.argv[2] + "-noted", what);
      for (let i = 0; i < 10; i++) {
        const since = Date.now();
        while (store.claimPlaces([place], since, Date.now()) !== undefined)
          await new Promise((resolve) => store.whenPlaceFree(place.name, resolve));
        note("+");
        await new Promise((resolve) => setImmediate(resolve));
        note("-");
        store.releasePlaces([place.name]);
      }`,
    );

    const ended = await Promise.all(PROCESSES.map(run));

    expect(ended.filter(({ code }) => code !== 0)).toEqual([]);
    let held = 0;
    const most = Math.max(
      ...[...readFileSync(`${folder}-noted`, "utf8")].map((what) => (what === "+" ? ++held : --held)),
    );
    expect(most).toBeLessThanOrEqual(3);
    expect(held).toBe(0);
  });
});

describe("the log beside the file", () => {
  const PAGE = 4_096;
  const write = (store: SqliteStore, commits: number) => {
    store.createRun(newRun("long"), version);
    store.commit(batch("long", { flow: running }));
    for (let i = 0; i < commits; i++)
      store.commit(batch("long", { taskRuns: [row(i, { type: "Success", result: "y".repeat(20_000) })] }));
  };

  test("stays small in a long run, also while another process reads again and again (R49)", async () => {
    const folder = storeFolder();
    const store = new SqliteStore(folder, { durability: "process" });
    const reader = Database.openToRead(folder);
    let most = 0;
    store.createRun(newRun("long"), version);
    await Promise.resolve(); // it keeps house from now on
    for (let i = 0; i < 2_000; i++) {
      store.commit(batch("long", { taskRuns: [row(i, { type: "Success", result: "y".repeat(20_000) })] }));
      if (i % 10 === 0) reader.all("SELECT count(*) FROM run");
      most = Math.max(most, statSync(`${store.name}-wal`).size);
    }

    expect(statSync(store.name).size).toBeGreaterThan(30_000_000);
    expect(most).toBeLessThan(4 * CHECKPOINT_PAGES * PAGE);
    reader.close();
    store.close();
  });

  test("is moved into the file by the keeper alone, whoever else writes", async () => {
    const folder = storeFolder();
    const keeper = new SqliteStore(folder, { durability: "process" });
    keeper.createRun(newRun("first"), version);
    await Promise.resolve(); // it keeps house from now on
    const other = new SqliteStore(folder, { durability: "process" });
    const before = statSync(keeper.name).size;

    write(other, 400);
    const beside = statSync(keeper.name).size;
    keeper.commit(batch("first", { flow: running }));

    expect(statSync(`${keeper.name}-wal`).size).toBeGreaterThan(CHECKPOINT_PAGES * PAGE);
    expect(beside).toBe(before);
    expect(statSync(keeper.name).size).toBeGreaterThan(before + CHECKPOINT_PAGES * PAGE);
    other.close();
    keeper.close();
  });

  test("grows no more once a reader that kept it from being moved has gone (R49)", async () => {
    const folder = storeFolder();
    const store = new SqliteStore(folder, { durability: "process" });
    const reader = Database.openToRead(folder);
    store.createRun(newRun("first"), version);
    await Promise.resolve();
    reader.exec("BEGIN");
    reader.all("SELECT count(*) FROM run");
    write(store, 600);
    expect(statSync(`${store.name}-wal`).size).toBeGreaterThan(2 * CHECKPOINT_PAGES * PAGE);

    reader.exec("COMMIT");
    const before = statSync(`${store.name}-wal`).size;
    for (let i = 0; i < 600; i++)
      store.commit(batch("long", { taskRuns: [row(i, { type: "Success", result: "z".repeat(20_000) })] }));

    expect(statSync(`${store.name}-wal`).size).toBeLessThan(before + 100_000);
    reader.close();
    store.close();
  });
});
