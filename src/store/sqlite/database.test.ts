import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sqliteDriver } from "../sqlite-driver.ts";
import { Database, STORE_FILE } from "./database.ts";

let base = "";
let file = "";
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "caudal-database-"));
  mkdirSync(join(base, ".caudal"), { mode: 0o700 });
  file = join(base, ".caudal", STORE_FILE);
  writeFileSync(file, "", { mode: 0o600 });
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function written(sql: string): Buffer {
  const db = new (sqliteDriver().DatabaseSync)(file, {});
  db.exec(sql);
  db.close();
  return readFileSync(file);
}

describe("a store whose process died while it made the file", () => {
  test("is made by the next process: a file without a table is nobody's", () => {
    written("PRAGMA auto_vacuum = INCREMENTAL");

    const database = Database.open(join(base, ".caudal"), "full");

    expect(database.get("SELECT count(*) AS runs FROM run")).toEqual({ runs: 0 });
    database.close();
  });
});

describe("a database that is no store of ours", () => {
  test("is refused as soon as it has a table, and not touched", () => {
    const before = written("CREATE TABLE complaint (id INTEGER)");

    expect(() => Database.open(join(base, ".caudal"), "full")).toThrowError(/database of another application/);

    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test("is refused while all its tables may still be in its log", () => {
    written("PRAGMA journal_mode = WAL");

    expect(() => Database.open(join(base, ".caudal"), "full")).toThrowError(/database of another application/);
  });
});
