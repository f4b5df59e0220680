import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, expectTypeOf, test } from "vitest";
import { scratchDatabase, TABLE } from "../../../test/support/scratch-database.ts";
import type { Task } from "../../flow/task.ts";
import { sqliteInsert, type SqliteInsertOptions, sqliteQuery, sqliteScript } from "../sqlite.ts";

interface Complaint {
  complaint_id: string;
  state: string;
}

const { file, all, script } = scratchDatabase();

describe("tasks made by the SQLite factories", () => {
  test("create a table, fill it and ask it", async () => {
    const db = pathToFileURL(file());
    const rows: readonly Complaint[] = [
      { complaint_id: "1", state: "CA" },
      { complaint_id: "2", state: "TX" },
    ];

    await sqliteScript({ db, script: TABLE }).run();
    const stored = await sqliteInsert<Complaint>({ db, into: "complaint", onConflict: "replace" }).run(rows);
    const asked = sqliteQuery<Complaint>({ db, sql: "SELECT complaint_id, state FROM complaint WHERE state = :state" });
    const first = sqliteQuery<{ n: number }>({ db, sql: "SELECT count(*) AS n FROM complaint", rows: "first" });

    expect(stored).toBe(2);
    expect(await asked.run({ state: "TX" })).toEqual([{ complaint_id: "2", state: "TX" }]);
    expect(await first.run()).toEqual({ n: 2 });
  });

  test("give null for a first row that is not there", async () => {
    await script(TABLE);

    expect(await sqliteQuery({ db: file(), sql: "SELECT * FROM complaint", rows: "first" }).run()).toBeNull();
  });

  test("insert by a statement of the author's own", async () => {
    await script(TABLE);

    const sql = "INSERT INTO complaint (complaint_id, state) VALUES (:complaint_id, lower(:state))";
    await sqliteInsert<Complaint>({ db: file(), sql }).run([{ complaint_id: "1", state: "CA" }]);

    expect(await all("SELECT state FROM complaint")).toEqual([{ state: "ca" }]);
  });

  test("fail with the absolute path in the error", async () => {
    const missing = join(file(), "..", "missing.db");

    await expect(sqliteQuery({ db: missing, sql: "SELECT 1" }).run()).rejects.toMatchObject({
      code: "SQLITE_CANNOT_OPEN",
      data: { file: join(missing) },
    });
  });

  test("know their rows and what they return", () => {
    const query = { db: "x.db", sql: "SELECT 1 AS complaint_id" };

    expectTypeOf(sqliteScript({ db: "x.db", script: "" })).toEqualTypeOf<Task<[], Promise<void>>>();
    expectTypeOf(sqliteInsert<Complaint>({ db: "x.db", into: "t" })).toEqualTypeOf<
      Task<[rows: readonly Complaint[]], Promise<number>>
    >();
    expectTypeOf(sqliteQuery<Complaint>(query).run).returns.toEqualTypeOf<Promise<Complaint[]>>();
    expectTypeOf(sqliteQuery<Complaint>({ ...query, rows: "first" }).run).returns.toEqualTypeOf<
      Promise<Complaint | null>
    >();
    // @ts-expect-error a Date is no cell: the compiler says so before SQLite is asked
    sqliteInsert<{ at: Date }>({ db: "x.db", into: "t" });
    // @ts-expect-error undefined is no cell: say null
    sqliteInsert<{ at: string | undefined }>({ db: "x.db", into: "t" });
  });
});

describe("options of a SQLite task", () => {
  const refused = (make: () => unknown) => {
    try {
      make();
      return "nothing was refused";
    } catch (error) {
      return (error as Error).message;
    }
  };

  test("are refused when the task is defined, all complaints at once", () => {
    const options = {
      db: ":memory:",
      into: "t",
      sql: "INSERT INTO t VALUES (?)",
      onConflict: "merge",
      retires: 3,
      name: "store",
    };

    const message = refused(() => sqliteInsert(options as unknown as SqliteInsertOptions));

    expect(message).toContain("options of sqliteInsert 'store':");
    expect(message).toContain('db is ":memory:"');
    expect(message).toContain("'retires' is no option (did you mean 'retries'?)");
    expect(message).toContain("give either into (a table) or sql (a statement)");
    expect(message).toContain("sql has no named parameters");
    expect(message).toContain('onConflict must be one of "fail", "replace", "update", "ignore"');
    expect(message).toContain("onConflict goes with into");
  });

  test.each([
    ["sqliteScript", () => sqliteScript({ script: "" } as never), "db is missing"],
    ["sqliteScript", () => sqliteScript({ db: "x.db" } as never), "script is missing"],
    ["sqliteScript", () => sqliteScript({ db: "x.db", script: 7 } as never), "script must be text, not 7"],
    ["sqliteQuery", () => sqliteQuery({ db: "x.db" } as never), "sql must be the text of a statement, not undefined"],
    ["sqliteQuery", () => sqliteQuery({ db: "x.db", sql: "SELECT 1; SELECT 2" }), "sql holds 2 statements"],
    [
      "sqliteQuery",
      () => sqliteQuery({ db: "x.db", sql: "SELECT 1", rows: "one" } as never),
      'rows must be one of "all", "first"',
    ],
    ["sqliteInsert", () => sqliteInsert({ db: "x.db" } as never), "give either into (a table) or sql (a statement)"],
    ["sqliteInsert", () => sqliteInsert(undefined as never), "they must be a plain object, not undefined"],
  ])("of %s: %#", (factory, make, complaint) => {
    const message = refused(make);

    expect(message).toContain(`options of ${factory}`);
    expect(message).toContain(complaint);
  });
});
