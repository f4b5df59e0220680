import { describe, expect, test } from "vitest";
import { scanSql } from "./scan-sql.ts";

const texts = (sql: string) => scanSql(sql).map((statement) => statement.text);
const parameters = (sql: string) => scanSql(sql).flatMap((statement) => statement.parameters);

describe("reading where statements end", () => {
  test("splits at semicolons and drops what is only blanks and comments", () => {
    expect(texts("SELECT 1; ; -- nothing;\n /* still; nothing */ ;SELECT 2")).toEqual(["SELECT 1", "SELECT 2"]);
  });

  test("does not split inside strings, quoted names and comments", () => {
    const sql = `INSERT INTO "a;b" VALUES ('it''s; here', [c;d], \`e;f\`) -- g;h`;

    expect(texts(sql)).toHaveLength(1);
  });

  test("keeps the body of a trigger together, up to its own END", () => {
    const trigger =
      "CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET b = CASE WHEN 1 THEN 2 END; SELECT 1; END";

    expect(texts(`${trigger}; SELECT 2;`)).toEqual([trigger, "SELECT 2"]);
  });

  test("tells the line and the first word of each", () => {
    expect(scanSql("-- two tables\ncreate table a (b);\n\nDROP TABLE c")).toMatchObject([
      { line: 2, keyword: "CREATE" },
      { line: 4, keyword: "DROP" },
    ]);
  });

  test("reads a string that never ends up to the end", () => {
    expect(texts("SELECT 'abc; SELECT 2")).toEqual(["SELECT 'abc; SELECT 2"]);
  });

  test("takes a long text in linear time", () => {
    const long = `INSERT INTO a VALUES ('${"x''".repeat(500_000)}')`;

    expect(texts(long)).toHaveLength(1);
  });
});

describe("reading parameters", () => {
  test("finds every kind, in order", () => {
    expect(parameters("SELECT ?, ?12, :state, @año, $x_1")).toEqual(["?", "?12", ":state", "@año", "$x_1"]);
  });

  test("does not find them in strings, comments, casts or names with a dollar", () => {
    expect(parameters("SELECT ':a ?', \"?b\", a$c /* :d */, e ->> '$.f' -- ?")).toEqual([]);
  });
});
