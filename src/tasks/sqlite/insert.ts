/** Puts many rows into a table, in one transaction. */
import { setImmediate as breathe } from "node:timers/promises";
import { unreachable } from "../../base/assert.ts";
import { CaudalError } from "../../base/errors.ts";
import "../../base/task-errors.ts";
import { isPlainObject } from "../../base/json.ts";
import { describeValue } from "../../flow/checks/words.ts";
import type { Cell } from "./cell.ts";
import { isConstraint, sqliteFailure } from "./failure.ts";
import { nearest } from "../../base/nearest.ts";
import { isThere } from "./open.ts";
import { byName, checked, oneStatement, parametersOf } from "./parameters.ts";
import { inTransaction, type Session, type Target, withSession } from "./session.ts";

/** After so many rows other work of the process gets its turn, and a cancel or timeout is seen. */
const ROWS_PER_TURN = 2_000;

/**
 * What happens to a row whose key is there already: `"fail"` keeps nothing of the whole insert, `"replace"` deletes the
 * old row first, `"update"` changes only the columns given, `"ignore"` leaves the old row.
 */
export type OnConflict = "fail" | "replace" | "update" | "ignore";

export const ON_CONFLICT: readonly OnConflict[] = ["fail", "replace", "update", "ignore"];

/** Into a table by its columns' names, or by a statement with a `:name` for each property. */
export type InsertPlan = { readonly into: string; readonly onConflict: OnConflict } | { readonly sql: string };

type Row = Readonly<Record<string, unknown>>;
/** Writes the row and tells how many rows were changed by it. */
type Writer = (row: Row, index: number) => number;

/** What is wrong with an insert's text whatever it is given; undefined when nothing is. */
export function complaintAboutInsert(sql: unknown): string | undefined {
  if (typeof sql !== "string") return `sql must be the text of a statement, not ${describeValue(sql)}`;
  const statement = oneStatement(sql);
  if (typeof statement === "string") return statement;
  const parameters = parametersOf(statement);
  if (typeof parameters === "string") return parameters;
  if (parameters.by === "position")
    return "sql has no named parameters: name each after a property of the rows, as in VALUES (:id, :state)";
  return undefined;
}

/**
 * Writes all rows or, when one is refused, none; returns how many were written (`"ignore"` does not count those left out).
 * A column that a row does not have gets its default. About 10 µs per row.
 * @throws CaudalError SQLITE_ROWS_INVALID, SQLITE_TABLE_MISSING, SQLITE_COLUMN_UNKNOWN, SQLITE_VALUE_INVALID, SQLITE_PARAMETERS,
 * SQLITE_CANNOT_OPEN, SQLITE_LOCKED, SQLITE_FAILED with the row's index
 */
export async function insertRows(target: Target, rows: unknown, plan: InsertPlan): Promise<number> {
  if (!Array.isArray(rows)) {
    const fix = isPlainObject(rows) ? "put it into an array" : "give an array of objects";
    throw new CaudalError("SQLITE_ROWS_INVALID", { why: `the rows are ${describeValue(rows)}: ${fix}` });
  }
  if ("into" in plan && !isThere(target.file)) {
    throw new CaudalError("SQLITE_TABLE_MISSING", { file: target.file, table: plan.into, known: [], exists: false });
  }
  return withSession(target, { create: false, shareable: true }, (session) =>
    inTransaction(session, () =>
      writeAll(
        session,
        rows as readonly unknown[],
        "into" in plan ? intoTable(session, plan) : byStatement(session, plan.sql),
      ),
    ),
  );
}

async function writeAll(session: Session, rows: readonly unknown[], write: Writer): Promise<number> {
  let written = 0;
  for (const [index, row] of rows.entries()) {
    if (index > 0 && index % ROWS_PER_TURN === 0) {
      await breathe();
      session.target.signal?.throwIfAborted();
    }
    if (!isPlainObject(row))
      throw new CaudalError("SQLITE_ROWS_INVALID", {
        why: `rows[${index}] is ${describeValue(row)}: each row is a plain object with the columns' names`,
      });
    written += write(row, index);
  }
  return written;
}

/** Rows of the same shape share a prepared statement; the shape of the row before is tried first. */
function intoTable(session: Session, plan: { readonly into: string; readonly onConflict: OnConflict }): Writer {
  const { file } = session.target;
  const columns = columnsOf(session, plan.into);
  const writers = new Map<string, (values: readonly Cell[]) => number>();
  let last: { readonly names: readonly string[]; readonly write: (values: readonly Cell[]) => number } | undefined;
  return (row, index) => {
    const names = Object.keys(row);
    if (last === undefined || !same(names, last.names)) {
      const shape = JSON.stringify(names);
      if (!writers.has(shape)) refuseUnknown(names, columns, { file, table: plan.into, place: `rows[${index}]` });
      const write = writers.get(shape) ?? prepared(session, insertSql(plan, names));
      writers.set(shape, write);
      last = { names, write };
    }
    const values = names.map((name) => checked(row[name], "rows", index, name));
    try {
      const changes = last.write(values);
      return plan.onConflict === "ignore" ? changes : 1;
    } catch (error) {
      throw sqliteFailure(
        error,
        file,
        `rows[${index}] into '${plan.into}'`,
        plan.onConflict === "fail" && isTwin(error) ? TWIN_HINT : "",
      );
    }
  };
}

function byStatement(session: Session, sql: string): Writer {
  const statement = oneStatement(sql);
  const parameters = typeof statement === "string" ? statement : parametersOf(statement);
  if (typeof parameters === "string" || parameters.by === "position")
    throw new CaudalError("SQLITE_PARAMETERS", { why: complaintAboutInsert(sql) ?? "" });
  const { file } = session.target;
  const insert = session.db.prepare(sql);
  return (row, index) => {
    const values = byName(parameters.names, row, index);
    try {
      return insert.run(values).changes;
    } catch (error) {
      throw sqliteFailure(error, file, `rows[${index}]`);
    }
  };
}

const TWIN_HINT = '. Such a row is there already: say what to do with onConflict: "replace", "update" or "ignore"';

function isTwin(error: unknown): boolean {
  return isConstraint(error) && /^UNIQUE/.test((error as Error).message);
}

function prepared(session: Session, sql: string): (values: readonly Cell[]) => number {
  const statement = session.db.prepare(sql);
  return (values) => statement.run(...values).changes;
}

/** An identifier in double quotes, a quote inside written twice: any name a table or column can have. */
function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function insertSql(plan: { readonly into: string; readonly onConflict: OnConflict }, names: readonly string[]): string {
  const columns = names.map(quoted);
  const values = `INTO ${quoted(plan.into)} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`;
  switch (plan.onConflict) {
    case "fail":
      return `INSERT ${values}`;
    case "replace":
      return `INSERT OR REPLACE ${values}`;
    case "ignore": // not OR IGNORE: that would also leave out rows that break a NOT NULL or CHECK
      return `INSERT ${values} ON CONFLICT DO NOTHING`;
    case "update":
      return `INSERT ${values} ON CONFLICT DO UPDATE SET ${columns.map((column) => `${column} = excluded.${column}`).join(", ")}`;
    default:
      return unreachable(plan.onConflict);
  }
}

interface Columns {
  readonly writable: readonly string[];
  /** Generated columns: they are there, but SQLite computes them. */
  readonly computed: readonly string[];
}

/** `hidden`: 2 and 3 are generated columns (https://sqlite.org/pragma.html#pragma_table_xinfo). */
function columnsOf(session: Session, table: string): Columns {
  const found = session.db.prepare("SELECT name, hidden FROM pragma_table_xinfo(?)").all(table) as {
    readonly name: string;
    readonly hidden: number;
  }[];
  if (found.length === 0) {
    const tables = session.db
      .prepare(
        "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
      )
      .all() as { readonly name: string }[];
    throw new CaudalError("SQLITE_TABLE_MISSING", {
      file: session.target.file,
      table,
      known: tables.map(({ name }) => name),
      exists: true,
    });
  }
  const isComputed = (hidden: number) => hidden === 2 || hidden === 3;
  return {
    writable: found.filter(({ hidden }) => !isComputed(hidden)).map(({ name }) => name),
    computed: found.filter(({ hidden }) => isComputed(hidden)).map(({ name }) => name),
  };
}

/** Names are compared exactly, capital letters too: a row with both `Id` and `id` would lose one. */
function refuseUnknown(
  names: readonly string[],
  columns: Columns,
  where: { readonly file: string; readonly table: string; readonly place: string },
): void {
  if (names.length === 0)
    throw new CaudalError("SQLITE_ROWS_INVALID", {
      why: `${where.place} has no properties: there is nothing to insert`,
    });
  for (const column of names) {
    if (columns.writable.includes(column)) continue;
    const computed = columns.computed.includes(column);
    throw new CaudalError("SQLITE_COLUMN_UNKNOWN", {
      ...where,
      column,
      computed,
      nearest: computed ? undefined : nearest(column, columns.writable),
      known: columns.writable,
    });
  }
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index]);
}
