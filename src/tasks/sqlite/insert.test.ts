import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { scratchDatabase, TABLE } from "../../../test/support/scratch-database.ts";
import { insertRows } from "./insert.ts";

const { folder, file, script, all, insert } = scratchDatabase();

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
      message: expect.stringMatching(
        /^rows\[2\] into 'complaint': UNIQUE constraint failed: complaint\.complaint_id\. .*onConflict/,
      ),
    });
    expect(await all("SELECT * FROM complaint")).toEqual([]);
  });

  test("with 'replace' can be done twice and leaves each row once", async () => {
    await insert([CA, TX], "replace");

    expect(await insert([{ complaint_id: "1", state: "NM" }, TX], "replace")).toBe(2);
    expect(await all("SELECT * FROM complaint ORDER BY 1")).toEqual([
      { complaint_id: "1", state: "NM", amount: 7 },
      TX,
    ]);
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
    await expect(insert([{ ...CA, state: null }], "ignore")).rejects.toMatchObject({
      code: "SQLITE_FAILED",
      message: expect.stringContaining("NOT NULL constraint failed"),
    });
  });

  test("works with any name a table or column can have", async () => {
    await script(`CREATE TABLE "my ""table""; --" ("order" TEXT, "a ""quoted"" name" INT, "ñ]" BLOB)`);
    const row = { order: "first", 'a "quoted" name': 1, "ñ]": new Uint8Array([1, 2]) };

    expect(await insert([row], "update", 'my "table"; --')).toBe(1);
    expect(await all(`SELECT * FROM "my ""table""; --"`)).toEqual([row]);
  });

  test("keeps text, numbers, big integers, booleans, bytes and NULL as they are", async () => {
    await script("CREATE TABLE any_value (a, b, c, d, e, f)");

    await insert(
      [{ a: "ñ 😡", b: 1.5, c: 2n ** 53n + 1n, d: true, e: new Uint8Array([0, 255]), f: null }],
      "fail",
      "any_value",
    );

    expect(await all("SELECT a, b, CAST(c AS TEXT) AS c, d, e, f FROM any_value")).toEqual([
      { a: "ñ 😡", b: 1.5, c: "9007199254740993", d: 1, e: new Uint8Array([0, 255]), f: null },
    ]);
  });

  test("refuses an unknown column, and names the nearest known one", async () => {
    await expect(insert([CA, { ...TX, sate: "TX" }])).rejects.toMatchObject({
      code: "SQLITE_COLUMN_UNKNOWN",
      message: `rows[1].sate: table 'complaint' has no column 'sate'; did you mean 'state'? It has complaint_id, state, amount (${file()})`,
      data: { column: "sate", nearest: "state" },
    });
    expect(await all("SELECT * FROM complaint")).toEqual([]);
  });

  test("refuses a column that SQLite computes", async () => {
    await script("CREATE TABLE sum (a, b AS (a + 1))");

    await expect(insert([{ a: 1, b: 2 }], "fail", "sum")).rejects.toMatchObject({
      code: "SQLITE_COLUMN_UNKNOWN",
      message: expect.stringContaining("computed by SQLite"),
    });
  });

  test("refuses a value SQLite cannot keep, by row and column", async () => {
    await expect(insert([CA, { ...TX, state: new Date(0) }])).rejects.toMatchObject({
      code: "SQLITE_VALUE_INVALID",
      message:
        "rows[1].state is a Date, which SQLite cannot keep: store value.toISOString() (text) or value.getTime() (milliseconds)",
    });
  });

  test("refuses undefined, which a misspelt property would be, and keeps nothing", async () => {
    await expect(insert([CA, { ...TX, state: undefined }])).rejects.toMatchObject({
      code: "SQLITE_VALUE_INVALID",
      message: expect.stringMatching(/^rows\[1\]\.state is undefined/),
    });
    expect(await all("SELECT * FROM complaint")).toEqual([]);
  });

  test.each([
    [undefined, "the rows are undefined: give an array of objects"],
    ["rows", 'the rows are "rows": give an array of objects'],
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
      message: `there is no table 'complaints' in ${file()} (it has complaint): create it first, for example with sqliteScript(…) and .setUpstream(table)`,
    });
  });

  test("into a file that is not there asks for the table and makes no file", async () => {
    const missing = join(folder(), "missing.db");

    const inserted = insertRows({ file: missing }, [CA], { into: "complaint", onConflict: "fail" });

    await expect(inserted).rejects.toMatchObject({
      code: "SQLITE_TABLE_MISSING",
      message: expect.stringContaining(`${missing} (the file is not there yet)`),
    });
    expect(existsSync(missing)).toBe(false);
  });

  test("stops between batches when its signal aborts, and keeps nothing", async () => {
    const controller = new AbortController();
    const rows = Array.from({ length: 10_000 }, (_, index) => ({ complaint_id: String(index), state: "CA" }));

    const inserted = insertRows({ file: file(), signal: controller.signal }, rows, {
      into: "complaint",
      onConflict: "fail",
    });
    controller.abort(new Error("stopped"));

    await expect(inserted).rejects.toThrow("stopped");
    expect(await all("SELECT count(*) AS n FROM complaint")).toEqual([{ n: 0 }]);
  });
});

describe("an insert by a statement of one's own", () => {
  const UPSERT = "INSERT INTO complaint (complaint_id, state) VALUES (:id, upper(:state)) ON CONFLICT DO NOTHING";
  beforeEach(() => script(TABLE));

  test("binds each row's properties by name and counts the rows written", async () => {
    const rows = [
      { id: "1", state: "ca" },
      { id: "1", state: "tx" },
    ];

    expect(await insertRows({ file: file() }, rows, { sql: UPSERT })).toBe(1);
    expect(await all("SELECT state FROM complaint")).toEqual([{ state: "CA" }]);
  });

  test("refuses a property the statement does not use, and one it lacks", async () => {
    await expect(insertRows({ file: file() }, [{ id: "1", sate: "ca" }], { sql: UPSERT })).rejects.toMatchObject({
      code: "SQLITE_PARAMETERS",
      message:
        "rows[0]: the statement wants :id, :state; it was not given :state; it has no sate (did you mean state?)",
    });
  });

  test("names the table that is not there", async () => {
    await expect(
      insertRows({ file: file() }, [{ a: 1 }], { sql: "INSERT INTO nope VALUES (:a)" }),
    ).rejects.toMatchObject({
      code: "SQLITE_TABLE_MISSING",
      data: { table: "nope" },
    });
  });
});
