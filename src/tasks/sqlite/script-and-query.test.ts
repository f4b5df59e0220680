import { beforeEach, describe, expect, test } from "vitest";
import { scratchDatabase, TABLE } from "../../../test/support/scratch-database.ts";
import { queryRows } from "./query.ts";

const { file, script, all } = scratchDatabase();

describe("a script", () => {
  test("makes the file and runs every statement", async () => {
    await script(`${TABLE}; INSERT INTO complaint VALUES ('1', 'CA', NULL);`);

    expect(await all("SELECT * FROM complaint")).toEqual([{ complaint_id: "1", state: "CA", amount: null }]);
  });

  test("is all or nothing, and names the statement that failed, with its line", async () => {
    await expect(script(`${TABLE};\nINSERT INTO complaint VALUES ('1')`)).rejects.toMatchObject({
      code: "SQLITE_FAILED",
      message: `statement 2 (line 2: INSERT INTO complaint VALUES ('1')): table complaint has 3 columns but 1 values were supplied (${file()})`,
    });
    expect(await all("SELECT name FROM sqlite_schema")).toEqual([]);
  });

  test("may have transactions and pragmas of its own", async () => {
    await script("PRAGMA user_version = 3; BEGIN; CREATE TABLE a (b); COMMIT; VACUUM");

    expect(await all("PRAGMA user_version")).toEqual([{ user_version: 3 }]);
  });

  test("that begins a transaction and does not end it is refused, and leaves nothing", async () => {
    await expect(script("BEGIN; CREATE TABLE a (b)")).rejects.toMatchObject({
      code: "SQLITE_FAILED",
      message: expect.stringContaining("did not COMMIT"),
    });
    expect(await all("SELECT name FROM sqlite_schema")).toEqual([]);
  });

  test("with a trigger runs as it stands", async () => {
    await script(
      "CREATE TABLE a (b); CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET b = b + 1; END; INSERT INTO a VALUES (1)",
    );

    expect(await all("SELECT b FROM a")).toEqual([{ b: 2 }]);
  });

  test("with a parameter is refused: nobody could give its value", async () => {
    await expect(script("SELECT :state")).rejects.toMatchObject({
      code: "SQLITE_PARAMETERS",
      message: expect.stringContaining(":state"),
    });
  });

  test("leaves the journal mode of the file as it is", async () => {
    await script(TABLE);

    expect(await all("PRAGMA journal_mode")).toEqual([{ journal_mode: "delete" }]);
  });
});

describe("a query", () => {
  beforeEach(() => script(`${TABLE}; INSERT INTO complaint VALUES ('1', 'CA', 1.5), ('2', 'TX', 2), ('3', 'CA', 3)`));

  test("binds values by position", async () => {
    expect(await all("SELECT complaint_id FROM complaint WHERE state = ? AND amount > ?", "CA", 2)).toEqual([
      { complaint_id: "3" },
    ]);
  });

  test("binds values by name", async () => {
    expect(await all("SELECT complaint_id FROM complaint WHERE state = :state", { state: "TX" })).toEqual([
      { complaint_id: "2" },
    ]);
  });

  test("never reads a value as SQL", async () => {
    expect(await all("SELECT * FROM complaint WHERE state = ?", "CA' OR 1 --")).toEqual([]);
  });

  test("gives only the first row when asked to", async () => {
    expect(
      await queryRows({ file: file() }, "SELECT complaint_id FROM complaint ORDER BY 1 DESC", [], { rows: "first" }),
    ).toEqual([{ complaint_id: "3" }]);
    expect(await queryRows({ file: file() }, "SELECT 1 WHERE 0", [], { rows: "first" })).toEqual([]);
  });

  test.each([
    ["SELECT ?", [], "the statement has 1 parameter; 0 values were given"],
    ["SELECT ?, ?", [1], "the statement has 2 parameters; 1 value was given"],
    ["SELECT 1", [1], "the statement has 0 parameters; 1 value was given"],
    ["SELECT :state", [], "the statement wants one object with :state; it was given 0 arguments"],
    ["SELECT :state", ["CA"], 'the statement wants one object with :state; it was given "CA"'],
    [
      "SELECT :state, :zip",
      [{ sate: "CA" }],
      "the statement wants :state, :zip; it was not given :state, :zip; it has no sate (did you mean state?)",
    ],
    ["SELECT :a, ?", [1], "sql mixes named and positional parameters (:a, ?): use one kind"],
    ["SELECT :a, $a", [1], "sql names the parameter 'a' with two different prefixes: use one"],
    ["SELECT 1; SELECT 2", [], "sql holds 2 statements (another begins on line 1): give one, or use sqliteScript"],
    ["-- nothing", [], "sql is empty"],
    ["SELECT 1 AS a, 2 AS a", [], "two columns of the query are named 'a': give one another name with AS"],
  ])("%s given %j is refused", async (sql, given, message) => {
    await expect(all(sql, ...given)).rejects.toMatchObject({ code: "SQLITE_PARAMETERS", message });
  });

  test("refuses a value SQLite cannot keep, by its place", async () => {
    await expect(all("SELECT ?, ?", 1, new Date(0))).rejects.toMatchObject({
      code: "SQLITE_VALUE_INVALID",
      message: expect.stringMatching(/^parameter 2 is a Date/),
    });
    await expect(all("SELECT :at", { at: undefined })).rejects.toMatchObject({
      code: "SQLITE_VALUE_INVALID",
      message: expect.stringMatching(/^parameter at is undefined/),
    });
  });

  test("names the table that is not there", async () => {
    await expect(all("SELECT * FROM complaints")).rejects.toMatchObject({
      code: "SQLITE_TABLE_MISSING",
      message: `there is no table 'complaints' in ${file()}: create it first, for example with sqliteScript(…) and .setUpstream(table)`,
    });
  });

  test("says how to read a number JavaScript cannot hold", async () => {
    await expect(all("SELECT 9007199254740993 AS big")).rejects.toMatchObject({
      code: "SQLITE_FAILED",
      message: expect.stringContaining("CAST(… AS TEXT)"),
    });
  });

  test("of more rows than its limit is refused", async () => {
    const many = queryRows({ file: file() }, "SELECT * FROM complaint", [], { rows: "all", rowsMax: 2 });

    await expect(many).rejects.toMatchObject({ code: "SQLITE_ROWS_MAX", data: { max: 2 } });
  });
});
