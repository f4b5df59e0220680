/** Migrations: from nothing, from an older version, killed midway, two at once (F10, R21). */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { childProgram, endChildren, startChild } from "../../../test/support/child-program.ts";
import { filled } from "../../../test/support/filled-store.ts";
import { cleanStoreFolders, storeFolder } from "../../../test/support/store-folder.ts";
import { sqliteDriver } from "../sqlite-driver.ts";
import { Database } from "./database.ts";
import { salvage } from "./doctor/salvage.ts";
import { type HashedRow, historyHash } from "./live-run.ts";
import type { Migration } from "./migrate.ts";
import { MIGRATIONS } from "./schema.ts";
import { SqliteStore } from "./sqlite-store.ts";

cleanStoreFolders();
endChildren();

const ADDED: Migration = "CREATE TABLE added (n INTEGER NOT NULL) STRICT; INSERT INTO added (n) VALUES (7)";
const WITH_ADDED = [...MIGRATIONS, ADDED];
const TODAY = MIGRATIONS.length;

const open = (folder: string, migrations: readonly Migration[]) => Database.open(folder, "process", { migrations });
/** As any program can see without SQLite. */
const versionIn = (file: string) => readFileSync(file).readUInt32BE(60);

/** A store of today's version with a row in it, closed by its process. */
async function older(): Promise<string> {
  const folder = storeFolder();
  await inProcess(folder, `open(folder, MIGRATIONS).run("INSERT INTO store (key, value) VALUES ('kept', 'yes')")`);
  return folder;
}

/** Runs a line in a process of its own, where `open` is as above. */
const inProcess = (folder: string, line: string) => startChild(program(folder, line), folder).ended;

function program(folder: string, line: string): string {
  return childProgram(
    folder,
    `import { Database } from "./src/store/sqlite/database.ts";
    import { MIGRATIONS } from "./src/store/sqlite/schema.ts";
    const folder = process.argv[2];
    const ADDED = ${JSON.stringify(ADDED)};
    const open = (folder, migrations) => Database.open(folder, "process", { migrations });
    ${line};`,
  );
}

describe("a store", () => {
  test("from nothing has the newest version", () => {
    const folder = storeFolder();

    const db = open(folder, WITH_ADDED);

    expect(db.get("SELECT n FROM added")).toEqual({ n: 7 });
    expect(versionIn(db.file)).toBe(TODAY + 1);
    db.close();
  });

  test("of an older version becomes the newest, keeps what it had, and leaves a copy", async () => {
    const folder = await older();

    const db = open(folder, WITH_ADDED);

    expect(db.get("SELECT value FROM store")).toEqual({ value: "yes" });
    expect(db.get("SELECT n FROM added")).toEqual({ n: 7 });
    expect(db.get("PRAGMA journal_mode")).toEqual({ journal_mode: "wal" });
    const copy = `${db.file}.v${TODAY}.bak`;
    expect([versionIn(db.file), versionIn(copy), statSync(copy).mode & 0o777]).toEqual([TODAY + 1, TODAY, 0o600]);
    db.close();
  });

  test("whose migration fails stays as it was", async () => {
    const folder = await older();
    const fails = [...WITH_ADDED, "CREATE TABLE added (n INTEGER)"];

    expect(() => open(folder, fails)).toThrow(expect.objectContaining({ code: "STORE_DAMAGED" }));

    expect(versionIn(join(folder, "caudal.db"))).toBe(TODAY);
    const db = open(folder, MIGRATIONS);
    expect(db.get("SELECT value FROM store")).toEqual({ value: "yes" });
    expect(db.get("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'added'")).toEqual({ n: 0 });
    db.close();
  });

  test.each([
    ["in the middle", "[...MIGRATIONS, ADDED, () => process.kill(process.pid, 'SIGKILL')]"],
    ["at its beginning", "[...MIGRATIONS, () => process.kill(process.pid, 'SIGKILL')]"],
  ])("whose migration is killed %s stays as it was", async (_, migrations) => {
    const folder = await older();

    const { signal } = await inProcess(folder, `open(folder, ${migrations})`);

    expect(signal).toBe("SIGKILL");
    const db = open(folder, MIGRATIONS);
    expect(db.get("SELECT value FROM store")).toEqual({ value: "yes" });
    expect(versionIn(db.file)).toBe(TODAY);
    db.close();
    expect(readdirSync(folder).filter((name) => name.includes(".bak."))).toEqual([]);
  });

  test("that a later caudal has migrated takes nothing more from a process that opened it before", async () => {
    const folder = await older();
    const before = open(folder, MIGRATIONS);
    const count = () => before.transaction(() => before.run("INSERT INTO store (key, value) VALUES ('late', 'yes')"));

    await inProcess(folder, "open(folder, [...MIGRATIONS, ADDED])");

    expect(count).toThrow(
      expect.objectContaining({ code: "STORE_NEWER", message: expect.stringContaining(`version ${TODAY + 1}`) }),
    );
    expect(before.get("SELECT count(*) AS n FROM store WHERE key = 'late'")).toEqual({ n: 0 });
    expect(count).toThrow(expect.objectContaining({ code: "STORE_NEWER" }));
    before.close();
  });

  test("that is killed while it is made is made by the next", async () => {
    const folder = storeFolder();
    const { signal } = await inProcess(
      folder,
      "open(folder, [...MIGRATIONS, () => process.kill(process.pid, 'SIGKILL')])",
    );
    expect(signal).toBe("SIGKILL");

    const db = open(folder, WITH_ADDED);

    expect(versionIn(db.file)).toBe(TODAY + 1);
    db.close();
  });

  test.each([
    ["a new one", async () => storeFolder()],
    ["an older one", older],
  ])("that six processes open at once (%s) is migrated once", async (_, make) => {
    const folder = await make();
    const file = program(folder, "open(folder, [...MIGRATIONS, ADDED])");

    const ended = await Promise.all(Array.from({ length: 6 }, () => startChild(file, folder).ended));

    expect(ended.filter(({ code }) => code !== 0)).toEqual([]);
    const db = open(folder, WITH_ADDED);
    expect(db.all("SELECT n FROM added")).toEqual([{ n: 7 }]);
    db.close();
  });
});

/** A store as version 1 left it: a run's row said with each commit how many lines the run had. */
function ofVersion1(): string {
  const { folder, file } = filled();
  const db = new (sqliteDriver().DatabaseSync)(file, {});
  db.exec(`PRAGMA journal_mode = DELETE;
    INSERT INTO log SELECT run_no, 0, 0, 1, 5, 'info', 'one' FROM run WHERE run_id = 'open';
    INSERT INTO log SELECT run_no, 1, 0, 1, 5, 'info', 'two' FROM run WHERE run_id = 'open';
    ALTER TABLE run ADD COLUMN log_lines INTEGER NOT NULL DEFAULT 2;
    ALTER TABLE history DROP COLUMN flow;
    ALTER TABLE history DROP COLUMN untold_after;
    DROP TABLE untold;
    PRAGMA user_version = 1`);
  const hashes = new Map<unknown, string>();
  const rows = db.prepare("SELECT *, run_no AS runNo FROM history ORDER BY cursor").all();
  for (const { runNo, cursor, ...row } of rows as unknown as (HashedRow & { readonly runNo: number })[]) {
    const hash = historyHash(hashes.get(runNo) ?? "", { ...row, cursor, flow: null, untoldAfter: null });
    hashes.set(runNo, hash);
    db.prepare("UPDATE history SET hash = ? WHERE cursor = ?").run(hash, cursor);
  }
  db.close();
  return folder;
}

test("a store of version 1 keeps its runs and their lines", async () => {
  const store = new SqliteStore(ofVersion1());
  const { run } = await store.queries();

  expect(store.listRuns({ limit: 9 }).map(({ id, cursor }) => [id, cursor])).toEqual([
    ["open", 5],
    ["run2", 4],
    ["run1", 2],
  ]);
  expect(store.readLogs("open").map(({ text }) => text)).toEqual(["one", "two"]);
  expect(run("open")).toMatchObject({ logLines: 2 });
  expect(store.readHistory("open")[0]).toMatchObject({ flow: undefined, untoldAfter: undefined });
  expect(store.listRuns({ untold: true, limit: 9 })).toEqual([]);
  store.close();
});

test("what can be read of a damaged store of version 1 is saved", () => {
  const folder = ofVersion1();
  const target = `${folder}-saved`;

  const { recovered, lost } = salvage(folder, target);

  expect([recovered.toSorted(), lost]).toEqual([["open", "run1", "run2"], []]);
  const saved = new SqliteStore(target);
  expect(saved.readLogs("open")).toHaveLength(2);
  saved.close();
});
