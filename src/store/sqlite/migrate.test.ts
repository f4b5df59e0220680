/** Migrations: from nothing, from an older version, killed midway, two at once (F10, R21). */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { childProgram, endChildren, startChild } from "../../../test/support/child-program.ts";
import { cleanStoreFolders, storeFolder } from "../../../test/support/store-folder.ts";
import { Database } from "./database.ts";
import type { Migration } from "./migrate.ts";
import { MIGRATIONS } from "./schema.ts";

cleanStoreFolders();
endChildren();

const SECOND: Migration = "CREATE TABLE added (n INTEGER NOT NULL) STRICT; INSERT INTO added (n) VALUES (7)";
/** The machinery is tested with two of them, however many there are. */
const FIRST = MIGRATIONS.slice(0, 1);
const TWO = [...FIRST, SECOND];

const open = (folder: string, migrations: readonly Migration[]) => Database.open(folder, "process", { migrations });
/** As any program can see without SQLite. */
const versionIn = (file: string) => readFileSync(file).readUInt32BE(60);

/** A store of the first version with a row in it, closed by its process. */
async function older(): Promise<string> {
  const folder = storeFolder();
  await inProcess(folder, `open(folder, FIRST).run("INSERT INTO store (key, value) VALUES ('kept', 'yes')")`);
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
    const FIRST = MIGRATIONS.slice(0, 1);
    const SECOND = ${JSON.stringify(SECOND)};
    const open = (folder, migrations) => Database.open(folder, "process", { migrations });
    ${line};`,
  );
}

describe("a store", () => {
  test("from nothing has the newest version", () => {
    const folder = storeFolder();

    const db = open(folder, TWO);

    expect(db.get("SELECT n FROM added")).toEqual({ n: 7 });
    expect(versionIn(db.file)).toBe(2);
    db.close();
  });

  test("of an older version becomes the newest, keeps what it had, and leaves a copy", async () => {
    const folder = await older();

    const db = open(folder, TWO);

    expect(db.get("SELECT value FROM store")).toEqual({ value: "yes" });
    expect(db.get("SELECT n FROM added")).toEqual({ n: 7 });
    expect(db.get("PRAGMA journal_mode")).toEqual({ journal_mode: "wal" });
    const copy = `${db.file}.v1.bak`;
    expect([versionIn(db.file), versionIn(copy), statSync(copy).mode & 0o777]).toEqual([2, 1, 0o600]);
    db.close();
  });

  test("of the version before listeners were told from the history is read and written on", async () => {
    const folder = await older();
    const db = open(folder, FIRST);
    const columns = "cursor, run_no, epoch, at, path, running, hash";
    db.exec(`INSERT INTO history (${columns}) VALUES (1, 1, 1, 5, x'00', NULL, 'h')`);
    db.close();

    const now = open(folder, MIGRATIONS);

    expect(now.get("SELECT flow, untold_after FROM history")).toEqual({ flow: null, untold_after: null });
    expect(now.all("SELECT run_no FROM untold")).toEqual([]);
    expect(versionIn(now.file)).toBe(2);
    now.close();
  });

  test("whose migration fails stays as it was", async () => {
    const folder = await older();
    const fails = [...TWO, "CREATE TABLE added (n INTEGER)"];

    expect(() => open(folder, fails)).toThrow(expect.objectContaining({ code: "STORE_DAMAGED" }));

    expect(versionIn(join(folder, "caudal.db"))).toBe(1);
    const db = open(folder, FIRST);
    expect(db.get("SELECT value FROM store")).toEqual({ value: "yes" });
    expect(db.get("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'added'")).toEqual({ n: 0 });
    db.close();
  });

  test.each([
    ["in the middle", "[...FIRST, SECOND, () => process.kill(process.pid, 'SIGKILL')]"],
    ["at its beginning", "[...FIRST, () => process.kill(process.pid, 'SIGKILL')]"],
  ])("whose migration is killed %s stays as it was", async (_, migrations) => {
    const folder = await older();

    const { signal } = await inProcess(folder, `open(folder, ${migrations})`);

    expect(signal).toBe("SIGKILL");
    const db = open(folder, FIRST);
    expect(db.get("SELECT value FROM store")).toEqual({ value: "yes" });
    expect(versionIn(db.file)).toBe(1);
    db.close();
    expect(readdirSync(folder).filter((name) => name.includes(".bak."))).toEqual([]);
  });

  test("that a later caudal has migrated takes nothing more from a process that opened it before", async () => {
    const folder = await older();
    const before = open(folder, FIRST);
    const count = () => before.transaction(() => before.run("INSERT INTO store (key, value) VALUES ('late', 'yes')"));

    await inProcess(folder, "open(folder, [...FIRST, SECOND])");

    expect(count).toThrow(
      expect.objectContaining({ code: "STORE_NEWER", message: expect.stringMatching(/version 2/) }),
    );
    expect(before.get("SELECT count(*) AS n FROM store WHERE key = 'late'")).toEqual({ n: 0 });
    expect(count).toThrow(expect.objectContaining({ code: "STORE_NEWER" }));
    before.close();
  });

  test("that is killed while it is made is made by the next", async () => {
    const folder = storeFolder();
    const { signal } = await inProcess(folder, "open(folder, [...FIRST, () => process.kill(process.pid, 'SIGKILL')])");
    expect(signal).toBe("SIGKILL");

    const db = open(folder, TWO);

    expect(versionIn(db.file)).toBe(2);
    db.close();
  });

  test.each([
    ["a new one", async () => storeFolder()],
    ["an older one", older],
  ])("that six processes open at once (%s) is migrated once", async (_, make) => {
    const folder = await make();
    const file = program(folder, "open(folder, [...FIRST, SECOND])");

    const ended = await Promise.all(Array.from({ length: 6 }, () => startChild(file, folder).ended));

    expect(ended.filter(({ code }) => code !== 0)).toEqual([]);
    const db = open(folder, TWO);
    expect(db.all("SELECT n FROM added")).toEqual([{ n: 7 }]);
    db.close();
  });
});
