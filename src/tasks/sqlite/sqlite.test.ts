import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { insertRows, type OnConflict } from "./insert.ts";
import { databaseFile, openSqlite } from "./open.ts";
import { queryRows } from "./query.ts";
import { runScript } from "./script.ts";

let folder = "";
let file = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "caudal sqlité "));
  file = join(folder, "data.db");
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const script = (text: string) => runScript({ file }, text);
const all = (sql: string, ...given: readonly unknown[]) => queryRows({ file }, sql, given, { rows: "all" });
const insert = (rows: unknown, onConflict: OnConflict = "fail", into = "complaint") => insertRows({ file }, rows, { into, onConflict });
const TABLE = "CREATE TABLE complaint (complaint_id TEXT PRIMARY KEY, state TEXT NOT NULL, amount REAL DEFAULT 7)";

describe("a script", () => {
  test("makes the file and runs every statement", async () => {
    await script(`${TABLE}; INSERT INTO complaint VALUES ('1', 'CA', NULL);`);

    expect(await all("SELECT * FROM complaint")).toEqual([{ complaint_id: "1", state: "CA", amount: null }]);
  });

  test("is all or nothing, and names the statement that failed, with its line", async () => {
    await expect(script(`${TABLE};\nINSERT INTO complaint VALUES ('1')`)).rejects.toMatchObject({
      code: "SQLITE_FAILED",
      message: `statement 2 (line 2: INSERT INTO complaint VALUES ('1')): table complaint has 3 columns but 1 values were supplied (${file})`,
    });
    expect(await all("SELECT name FROM sqlite_schema")).toEqual([]);
  });

  test("may have transactions and pragmas of its own", async () => {
    await script("PRAGMA user_version = 3; BEGIN; CREATE TABLE a (b); COMMIT; VACUUM");

    expect(await all("PRAGMA user_version")).toEqual([{ user_version: 3 }]);
  });

  test("that begins a transaction and does not end it is refused, and leaves nothing", async () => {
    await expect(script("BEGIN; CREATE TABLE a (b)")).rejects.toMatchObject({ code: "SQLITE_FAILED", message: expect.stringContaining("did not COMMIT") });
    expect(await all("SELECT name FROM sqlite_schema")).toEqual([]);
  });

  test("with a trigger runs as it stands", async () => {
    await script("CREATE TABLE a (b); CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET b = b + 1; END; INSERT INTO a VALUES (1)");

    expect(await all("SELECT b FROM a")).toEqual([{ b: 2 }]);
  });

  test("with a parameter is refused: nobody could give its value", async () => {
    await expect(script("SELECT :state")).rejects.toMatchObject({ code: "SQLITE_PARAMETERS", message: expect.stringContaining(":state") });
  });

  test("leaves the journal mode of the file as it is", async () => {
    await script(TABLE);

    expect(await all("PRAGMA journal_mode")).toEqual([{ journal_mode: "delete" }]);
  });
});

describe("a query", () => {
  beforeEach(() => script(`${TABLE}; INSERT INTO complaint VALUES ('1', 'CA', 1.5), ('2', 'TX', 2), ('3', 'CA', 3)`));

  test("binds values by position", async () => {
    expect(await all("SELECT complaint_id FROM complaint WHERE state = ? AND amount > ?", "CA", 2)).toEqual([{ complaint_id: "3" }]);
  });

  test("binds values by name", async () => {
    expect(await all("SELECT complaint_id FROM complaint WHERE state = :state", { state: "TX" })).toEqual([{ complaint_id: "2" }]);
  });

  test("never reads a value as SQL", async () => {
    expect(await all("SELECT * FROM complaint WHERE state = ?", "CA' OR 1 --")).toEqual([]);
  });

  test("gives only the first row when asked to", async () => {
    expect(await queryRows({ file }, "SELECT complaint_id FROM complaint ORDER BY 1 DESC", [], { rows: "first" })).toEqual([{ complaint_id: "3" }]);
    expect(await queryRows({ file }, "SELECT 1 WHERE 0", [], { rows: "first" })).toEqual([]);
  });

  test.each([
    ["SELECT ?", [], "the statement has 1 parameter; 0 values were given"],
    ["SELECT ?, ?", [1], "the statement has 2 parameters; 1 value was given"],
    ["SELECT 1", [1], "the statement has 0 parameters; 1 value was given"],
    ["SELECT :state", [], "the statement wants one object with :state; it was given 0 arguments"],
    ["SELECT :state", ["CA"], "the statement wants one object with :state; it was given a string"],
    ["SELECT :state, :zip", [{ sate: "CA" }], "the statement wants :state, :zip; it was not given :state, :zip; it has no sate (did you mean state?)"],
    ["SELECT :a, ?", [1], "sql mixes named and positional parameters (:a, ?): use one kind"],
    ["SELECT :a, $a", [1], "sql names the parameter 'a' with two different prefixes: use one"],
    ["SELECT 1; SELECT 2", [], "sql holds 2 statements (another begins on line 1): give one, or use sqliteScript"],
    ["-- nothing", [], "sql is empty"],
    ["SELECT 1 AS a, 2 AS a", [], "two columns of the query are named 'a': give one another name with AS"],
  ])("%s given %j is refused", async (sql, given, message) => {
    await expect(all(sql, ...given)).rejects.toMatchObject({ code: "SQLITE_PARAMETERS", message });
  });

  test("refuses a value SQLite cannot keep, by its place", async () => {
    await expect(all("SELECT ?, ?", 1, new Date(0))).rejects.toMatchObject({ code: "SQLITE_VALUE_INVALID", message: expect.stringMatching(/^parameter 2 is a Date/) });
    await expect(all("SELECT :at", { at: undefined })).rejects.toMatchObject({ code: "SQLITE_VALUE_INVALID", message: expect.stringMatching(/^parameter at is undefined/) });
  });

  test("names the table that is not there", async () => {
    await expect(all("SELECT * FROM complaints")).rejects.toMatchObject({
      code: "SQLITE_TABLE_MISSING",
      message: `there is no table 'complaints' in ${file}: create it first, for example with sqliteScript(…) and .setUpstream(table)`,
    });
  });

  test("says how to read a number JavaScript cannot hold", async () => {
    await expect(all("SELECT 9007199254740993 AS big")).rejects.toMatchObject({ code: "SQLITE_FAILED", message: expect.stringContaining("CAST(… AS TEXT)") });
  });

  test("of more rows than its limit is refused", async () => {
    const many = queryRows({ file }, "SELECT * FROM complaint", [], { rows: "all", rowsMax: 2 });

    await expect(many).rejects.toMatchObject({ code: "SQLITE_ROWS_MAX", data: { max: 2 } });
  });
});

describe("an insert into a table", () => {
  const CA = { complaint_id: "1", state: "CA", amount: 1 };
  const TX = { complaint_id: "2", state: "TX", amount: 2 };
  beforeEach(() => script(TABLE));

  test("writes the rows and returns their number", async () => {
    expect(await insert([CA, TX])).toBe(2);
    expect(await all("SELECT * FROM complaint")).toEqual([CA, TX]);
  });

  test("of no rows writes nothing and returns 0", async () => {
    expect(await insert([])).toBe(0);
  });

  test("gives a column a row does not have its default", async () => {
    await insert([{ complaint_id: "1", state: "CA" }, TX]);

    expect(await all("SELECT amount FROM complaint")).toEqual([{ amount: 7 }, { amount: 2 }]);
  });

  test("is all or nothing, and names the row that failed", async () => {
    await expect(insert([CA, TX, CA])).rejects.toMatchObject({
      code: "SQLITE_FAILED",
      message: expect.stringMatching(/^rows\[2\] into 'complaint': UNIQUE constraint failed: complaint\.complaint_id\. .*onConflict/),
    });
    expect(await all("SELECT * FROM complaint")).toEqual([]);
  });

  test("with 'replace' can be done twice and leaves each row once", async () => {
    await insert([CA, TX], "replace");

    expect(await insert([{ complaint_id: "1", state: "NM" }, TX], "replace")).toBe(2);
    expect(await all("SELECT * FROM complaint ORDER BY 1")).toEqual([{ complaint_id: "1", state: "NM", amount: 7 }, TX]);
  });

  test("with 'update' changes only the columns given", async () => {
    await insert([CA, TX]);

    expect(await insert([{ complaint_id: "1", state: "NM" }], "update")).toBe(1);
    expect(await all("SELECT * FROM complaint ORDER BY 1")).toEqual([{ ...CA, state: "NM" }, TX]);
  });

  test("with 'ignore' leaves the old row and counts only the new ones", async () => {
    await insert([CA]);

    expect(await insert([{ ...CA, state: "NM" }, TX], "ignore")).toBe(1);
    expect(await all("SELECT * FROM complaint ORDER BY 1")).toEqual([CA, TX]);
  });

  test("with 'ignore' still refuses a row that breaks another rule", async () => {
    await expect(insert([{ ...CA, state: null }], "ignore")).rejects.toMatchObject({ code: "SQLITE_FAILED", message: expect.stringContaining("NOT NULL constraint failed") });
  });

  test("works with any name a table or column can have", async () => {
    await script(`CREATE TABLE "my ""table""; --" ("order" TEXT, "a ""quoted"" name" INT, "ñ]" BLOB)`);
    const row = { order: "first", 'a "quoted" name': 1, "ñ]": new Uint8Array([1, 2]) };

    expect(await insert([row], "update", 'my "table"; --')).toBe(1);
    expect(await all(`SELECT * FROM "my ""table""; --"`)).toEqual([row]);
  });

  test("keeps text, numbers, big integers, booleans, bytes and NULL as they are", async () => {
    await script("CREATE TABLE any_value (a, b, c, d, e, f)");

    await insert([{ a: "ñ 😡", b: 1.5, c: 2n ** 53n + 1n, d: true, e: new Uint8Array([0, 255]), f: null }], "fail", "any_value");

    expect(await all("SELECT a, b, CAST(c AS TEXT) AS c, d, e, f FROM any_value")).toEqual([
      { a: "ñ 😡", b: 1.5, c: "9007199254740993", d: 1, e: new Uint8Array([0, 255]), f: null },
    ]);
  });

  test("refuses an unknown column, and names the nearest known one", async () => {
    await expect(insert([CA, { ...TX, sate: "TX" }])).rejects.toMatchObject({
      code: "SQLITE_COLUMN_UNKNOWN",
      message: `rows[1].sate: table 'complaint' has no column 'sate'; did you mean 'state'? It has complaint_id, state, amount (${file})`,
      data: { column: "sate", nearest: "state" },
    });
    expect(await all("SELECT * FROM complaint")).toEqual([]);
  });

  test("refuses a column that SQLite computes", async () => {
    await script("CREATE TABLE sum (a, b AS (a + 1))");

    await expect(insert([{ a: 1, b: 2 }], "fail", "sum")).rejects.toMatchObject({ code: "SQLITE_COLUMN_UNKNOWN", message: expect.stringContaining("computed by SQLite") });
  });

  test("refuses a value SQLite cannot keep, by row and column", async () => {
    await expect(insert([CA, { ...TX, state: new Date(0) }])).rejects.toMatchObject({
      code: "SQLITE_VALUE_INVALID",
      message: "rows[1].state is a Date, which SQLite cannot keep: store value.toISOString() (text) or value.getTime() (milliseconds)",
    });
  });

  test("refuses undefined, which a misspelt property would be, and keeps nothing", async () => {
    await expect(insert([CA, { ...TX, state: undefined }])).rejects.toMatchObject({ code: "SQLITE_VALUE_INVALID", message: expect.stringMatching(/^rows\[1\]\.state is undefined/) });
    expect(await all("SELECT * FROM complaint")).toEqual([]);
  });

  test.each([
    [undefined, "the rows are undefined: give an array of objects"],
    ["rows", "the rows are a string: give an array of objects"],
    [{ complaint_id: "1" }, "the rows are an object: put it into an array"],
    [[CA, null], "rows[1] is null: each row is a plain object with the columns' names"],
    [[["1", "CA"]], "rows[0] is an array: each row is a plain object with the columns' names"],
    [[new Date(0)], "rows[0] is a Date: each row is a plain object with the columns' names"],
    [[CA, {}], "rows[1] has no properties: there is nothing to insert"],
  ])("refuses %j as its rows", async (rows, message) => {
    await expect(insert(rows)).rejects.toMatchObject({ code: "SQLITE_ROWS_INVALID", message });
  });

  test("names the table that is not there, and those that are", async () => {
    await expect(insert([CA], "fail", "complaints")).rejects.toMatchObject({
      code: "SQLITE_TABLE_MISSING",
      message: `there is no table 'complaints' in ${file} (it has complaint): create it first, for example with sqliteScript(…) and .setUpstream(table)`,
    });
  });

  test("into a file that is not there asks for the table and makes no file", async () => {
    const missing = join(folder, "missing.db");

    const inserted = insertRows({ file: missing }, [CA], { into: "complaint", onConflict: "fail" });

    await expect(inserted).rejects.toMatchObject({ code: "SQLITE_TABLE_MISSING", message: expect.stringContaining(`${missing} (the file is not there yet)`) });
    expect(existsSync(missing)).toBe(false);
  });

  test("stops between batches when its signal aborts, and keeps nothing", async () => {
    const controller = new AbortController();
    const rows = Array.from({ length: 10_000 }, (_, index) => ({ complaint_id: String(index), state: "CA" }));

    const inserted = insertRows({ file, signal: controller.signal }, rows, { into: "complaint", onConflict: "fail" });
    controller.abort(new Error("stopped"));

    await expect(inserted).rejects.toThrow("stopped");
    expect(await all("SELECT count(*) AS n FROM complaint")).toEqual([{ n: 0 }]);
  });
});

describe("an insert by a statement of one's own", () => {
  const UPSERT = "INSERT INTO complaint (complaint_id, state) VALUES (:id, upper(:state)) ON CONFLICT DO NOTHING";
  beforeEach(() => script(TABLE));

  test("binds each row's properties by name and counts the rows written", async () => {
    const rows = [{ id: "1", state: "ca" }, { id: "1", state: "tx" }];

    expect(await insertRows({ file }, rows, { sql: UPSERT })).toBe(1);
    expect(await all("SELECT state FROM complaint")).toEqual([{ state: "CA" }]);
  });

  test("refuses a property the statement does not use, and one it lacks", async () => {
    await expect(insertRows({ file }, [{ id: "1", sate: "ca" }], { sql: UPSERT })).rejects.toMatchObject({
      code: "SQLITE_PARAMETERS",
      message: "rows[0]: the statement wants :id, :state; it was not given :state; it has no sate (did you mean state?)",
    });
  });

  test("names the table that is not there", async () => {
    await expect(insertRows({ file }, [{ a: 1 }], { sql: "INSERT INTO nope VALUES (:a)" })).rejects.toMatchObject({ code: "SQLITE_TABLE_MISSING", data: { table: "nope" } });
  });
});

describe("a file that cannot be used", () => {
  const refused = (path: string) => runScript({ file: path, lockWaitMs: 0 }, TABLE);

  test("because its folder is missing", async () => {
    const path = join(folder, "no", "data.db");

    await expect(refused(path)).rejects.toMatchObject({
      code: "SQLITE_CANNOT_OPEN",
      message: `cannot use the database ${path}: its folder ${join(folder, "no")} is not there. Make the folder, or correct the path`,
    });
  });

  test("because it is a folder", async () => {
    await expect(refused(folder)).rejects.toMatchObject({ code: "SQLITE_CANNOT_OPEN", message: `cannot use the database ${folder}: it is a folder. Give the path of a file in it` });
  });

  test("because its folder is a file", async () => {
    writeFileSync(file, "");

    await expect(refused(join(file, "data.db"))).rejects.toMatchObject({ code: "SQLITE_CANNOT_OPEN", message: expect.stringContaining(`${file} is a file, not a folder`) });
  });

  test("because it is no database, and it stays as it was", async () => {
    const text = "id,state\n1,CA\n".repeat(100);
    writeFileSync(file, text);

    await expect(refused(file)).rejects.toMatchObject({ code: "SQLITE_CANNOT_OPEN", message: expect.stringContaining(`${file}: it is not a SQLite database`) });
    expect(readFileSync(file, "utf8")).toBe(text);
  });

  test("because there is none to ask", async () => {
    await expect(all("SELECT 1")).rejects.toMatchObject({ code: "SQLITE_CANNOT_OPEN", message: expect.stringContaining("there is no such file") });
    expect(existsSync(file)).toBe(false);
  });

  test.skipIf(process.getuid?.() === 0)("because it is read-only", async () => {
    await script(TABLE);
    chmodSync(file, 0o444);

    await expect(refused(file)).rejects.toMatchObject({ code: "SQLITE_CANNOT_OPEN", message: expect.stringContaining("can be read but not written") });
  });

  test("because another connection keeps it locked", async () => {
    await script(TABLE);
    const other = openSqlite(file);
    other.exec("BEGIN IMMEDIATE");

    await expect(refused(file)).rejects.toMatchObject({ code: "SQLITE_LOCKED", message: expect.stringContaining(`the database ${file} stayed locked by another connection`) });
    other.close();
  });

  test("is free again after a task on it has failed", async () => {
    await script(`${TABLE}; INSERT INTO complaint VALUES ('1', 'CA', 1), ('2', 'TX', 2)`);
    await expect(insert([{ complaint_id: "3", state: "CA" }, { complaint_id: "4", state: null }])).rejects.toThrow("NOT NULL");
    await expect(queryRows({ file }, "SELECT * FROM complaint", [], { rows: "all", rowsMax: 1 })).rejects.toMatchObject({ code: "SQLITE_ROWS_MAX" });

    await runScript({ file, lockWaitMs: 0 }, "DELETE FROM complaint");

    expect(await all("SELECT count(*) AS n FROM complaint")).toEqual([{ n: 0 }]);
  });

  test("and was replaced since the last task is opened anew", async () => {
    await script(`${TABLE}; INSERT INTO complaint VALUES ('1', 'CA', 1)`);
    await all("SELECT * FROM complaint");
    rmSync(file);
    await script(TABLE);

    expect(await all("SELECT count(*) AS n FROM complaint")).toEqual([{ n: 0 }]);
  });

  test.runIf(existsSync("/proc/self/fd"))("does not stay open many times over, however often it is used", async () => {
    await script(TABLE);
    const openFiles = () => readdirSync("/proc/self/fd").length;
    const before = openFiles();

    await Promise.all(Array.from({ length: 500 }, (_, index) => insert([{ complaint_id: String(index), state: "CA" }])));
    const afterwards = openFiles();

    expect(await all("SELECT count(*) AS n FROM complaint")).toEqual([{ n: 500 }]);
    expect(afterwards - before).toBeLessThan(32);
  });

  test("for a moment, because of a lock, is waited for without blocking the process", async () => {
    await script(TABLE);
    const other = openSqlite(file);
    other.exec("BEGIN IMMEDIATE");
    other.prepare("SELECT 1").get();

    const inserted = insert([{ complaint_id: "1", state: "CA" }]);
    setImmediate(() => other.close());

    expect(await inserted).toBe(1);
  });
});

describe("the path of a database", () => {
  test("is relative to the base folder, never to the current one", () => {
    expect(databaseFile("data.db", folder)).toBe(file);
    expect(databaseFile(join("..", "x.db"), join(folder, "sub"))).toBe(join(folder, "x.db"));
  });

  test("may be absolute or the address of a file", () => {
    expect(databaseFile(file, "/elsewhere")).toBe(file);
    expect(databaseFile(pathToFileURL(file), "/elsewhere")).toBe(file);
    expect(databaseFile(pathToFileURL(file).href, "/elsewhere")).toBe(file);
  });

  test.each([[""], [":memory:"], ["a\0b"], [undefined], [7], [new URL("https://a.example/x.db")]])("%j is refused", (db) => {
    expect(() => databaseFile(db as string, folder)).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  });

  test("of Caudal's own store is refused", () => {
    vi.stubEnv("CAUDAL_STORE", join(folder, "other-place"));

    expect(() => databaseFile(join(".caudal", "store.db"), folder)).toThrow(expect.objectContaining({ code: "SQLITE_STORE_FILE" }));
    expect(() => databaseFile(join("other-place", "store.db"), folder)).toThrow(expect.objectContaining({ code: "SQLITE_STORE_FILE" }));
    expect(databaseFile("other-place-2.db", folder)).toBe(join(folder, "other-place-2.db"));
  });
});

describe("openSqlite", () => {
  test("gives the database itself, which closes at the end of a using block", async () => {
    const db = openSqlite(file);
    db.exec(TABLE);
    db[Symbol.dispose]();

    expect(db.isOpen).toBe(false);
    expect(await all("SELECT * FROM complaint")).toEqual([]);
  });

  test("outside a task's body reads a relative path from the current folder", () => {
    const db = openSqlite(relative(process.cwd(), file));
    db.close();

    expect(existsSync(file)).toBe(true);
  });

  test("has databases in memory", () => {
    const db = openSqlite(":memory:");

    expect(db.prepare("SELECT 1 AS one").get()).toEqual({ one: 1 });
    db.close();
  });

  test("refuses what is no database at once", () => {
    mkdirSync(join(folder, "sub"));
    writeFileSync(file, "no database ".repeat(100));

    expect(() => openSqlite(file)).toThrow(expect.objectContaining({ code: "SQLITE_CANNOT_OPEN" }));
    expect(() => openSqlite(join(folder, "sub"))).toThrow(expect.objectContaining({ code: "SQLITE_CANNOT_OPEN" }));
  });
});
