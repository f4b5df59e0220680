import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, test, vi } from "vitest";
import { scratchDatabase, TABLE } from "../../../test/support/scratch-database.ts";
import { databaseFile, openSqlite } from "./open.ts";
import { queryRows } from "./query.ts";
import { runScript } from "./script.ts";

const { folder, file, script, all, insert } = scratchDatabase();

afterEach(() => vi.unstubAllEnvs());

describe("a file that cannot be used", () => {
  const refused = (path: string) => runScript({ file: path, lockWaitMs: 0 }, TABLE);

  test("because its folder is missing", async () => {
    const path = join(folder(), "no", "data.db");

    await expect(refused(path)).rejects.toMatchObject({
      code: "SQLITE_CANNOT_OPEN",
      message: `cannot use the database ${path}: its folder ${join(folder(), "no")} is not there. Make the folder, or correct the path`,
    });
  });

  test("because it is a folder", async () => {
    await expect(refused(folder())).rejects.toMatchObject({
      code: "SQLITE_CANNOT_OPEN",
      message: `cannot use the database ${folder()}: it is a folder. Give the path of a file in it`,
    });
  });

  test("because its folder is a file", async () => {
    writeFileSync(file(), "");

    await expect(refused(join(file(), "data.db"))).rejects.toMatchObject({
      code: "SQLITE_CANNOT_OPEN",
      message: expect.stringContaining(`${file()} is a file, not a folder`),
    });
  });

  test("because it is no database, and it stays as it was", async () => {
    const text = "id,state\n1,CA\n".repeat(100);
    writeFileSync(file(), text);

    await expect(refused(file())).rejects.toMatchObject({
      code: "SQLITE_CANNOT_OPEN",
      message: expect.stringContaining(`${file()}: it is not a SQLite database`),
    });
    expect(readFileSync(file(), "utf8")).toBe(text);
  });

  test("because there is none to ask", async () => {
    await expect(all("SELECT 1")).rejects.toMatchObject({
      code: "SQLITE_CANNOT_OPEN",
      message: expect.stringContaining("there is no such file"),
    });
    expect(existsSync(file())).toBe(false);
  });

  test.skipIf(process.getuid?.() === 0)("because it is read-only", async () => {
    await script(TABLE);
    chmodSync(file(), 0o444);

    await expect(refused(file())).rejects.toMatchObject({
      code: "SQLITE_CANNOT_OPEN",
      message: expect.stringContaining("can be read but not written"),
    });
  });

  test("because another connection keeps it locked", async () => {
    await script(TABLE);
    const other = openSqlite(file());
    other.exec("BEGIN IMMEDIATE");

    await expect(refused(file())).rejects.toMatchObject({
      code: "SQLITE_LOCKED",
      message: expect.stringContaining(`the database ${file()} stayed locked by another connection`),
    });
    other.close();
  });

  test("is free again after a task on it has failed", async () => {
    await script(`${TABLE}; INSERT INTO complaint VALUES ('1', 'CA', 1), ('2', 'TX', 2)`);
    await expect(
      insert([
        { complaint_id: "3", state: "CA" },
        { complaint_id: "4", state: null },
      ]),
    ).rejects.toThrow("NOT NULL");
    await expect(
      queryRows({ file: file() }, "SELECT * FROM complaint", [], { rows: "all", rowsMax: 1 }),
    ).rejects.toMatchObject({ code: "SQLITE_ROWS_MAX" });

    await runScript({ file: file(), lockWaitMs: 0 }, "DELETE FROM complaint");

    expect(await all("SELECT count(*) AS n FROM complaint")).toEqual([{ n: 0 }]);
  });

  test("and was replaced since the last task is opened anew", async () => {
    await script(`${TABLE}; INSERT INTO complaint VALUES ('1', 'CA', 1)`);
    await all("SELECT * FROM complaint");
    rmSync(file());
    await script(TABLE);

    expect(await all("SELECT count(*) AS n FROM complaint")).toEqual([{ n: 0 }]);
  });

  test.runIf(existsSync("/proc/self/fd"))("does not stay open many times over, however often it is used", async () => {
    await script(TABLE);
    const openFiles = () => readdirSync("/proc/self/fd").length;
    const before = openFiles();

    await Promise.all(
      Array.from({ length: 500 }, (_, index) => insert([{ complaint_id: String(index), state: "CA" }])),
    );
    const afterwards = openFiles();

    expect(await all("SELECT count(*) AS n FROM complaint")).toEqual([{ n: 500 }]);
    expect(afterwards - before).toBeLessThan(32);
  });

  test("for a moment, because of a lock, is waited for without blocking the process", async () => {
    await script(TABLE);
    const other = openSqlite(file());
    other.exec("BEGIN IMMEDIATE");
    other.prepare("SELECT 1").get();

    const inserted = insert([{ complaint_id: "1", state: "CA" }]);
    setImmediate(() => other.close());

    expect(await inserted).toBe(1);
  });
});

describe("the path of a database", () => {
  test("is relative to the base folder(), never to the current one", () => {
    expect(databaseFile("data.db", folder())).toBe(file());
    expect(databaseFile(join("..", "x.db"), join(folder(), "sub"))).toBe(join(folder(), "x.db"));
  });

  test("may be absolute or the address of a file", () => {
    expect(databaseFile(file(), "/elsewhere")).toBe(file());
    expect(databaseFile(pathToFileURL(file()), "/elsewhere")).toBe(file());
    expect(databaseFile(pathToFileURL(file()).href, "/elsewhere")).toBe(file());
  });

  test.each([[""], [":memory:"], ["a\0b"], [undefined], [7], [new URL("https://a.example/x.db")]])(
    "%j is refused",
    (db) => {
      expect(() => databaseFile(db as string, folder())).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
    },
  );

  test("of Caudal's own store is refused", () => {
    vi.stubEnv("CAUDAL_STORE", join(folder(), "other-place"));

    expect(() => databaseFile(join(".caudal", "store.db"), folder())).toThrow(
      expect.objectContaining({ code: "SQLITE_STORE_FILE" }),
    );
    expect(() => databaseFile(join("other-place", "store.db"), folder())).toThrow(
      expect.objectContaining({ code: "SQLITE_STORE_FILE" }),
    );
    expect(databaseFile("other-place-2.db", folder())).toBe(join(folder(), "other-place-2.db"));
  });
});

describe("openSqlite", () => {
  test("gives the database itself, which closes at the end of a using block", async () => {
    const db = openSqlite(file());
    db.exec(TABLE);
    db[Symbol.dispose]();

    expect(db.isOpen).toBe(false);
    expect(await all("SELECT * FROM complaint")).toEqual([]);
  });

  test("outside a task's body reads a relative path from the current folder", () => {
    const db = openSqlite(relative(process.cwd(), file()));
    db.close();

    expect(existsSync(file())).toBe(true);
  });

  test("has databases in memory", () => {
    const db = openSqlite(":memory:");

    expect(db.prepare("SELECT 1 AS one").get()).toEqual({ one: 1 });
    db.close();
  });

  test("refuses what is no database at once", () => {
    mkdirSync(join(folder(), "sub"));
    writeFileSync(file(), "no database ".repeat(100));

    expect(() => openSqlite(file())).toThrow(expect.objectContaining({ code: "SQLITE_CANNOT_OPEN" }));
    expect(() => openSqlite(join(folder(), "sub"))).toThrow(expect.objectContaining({ code: "SQLITE_CANNOT_OPEN" }));
  });
});
