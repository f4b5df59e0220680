/** Tasks that work on a SQLite file. Each takes all options a task has; unnamed ones are named after their factory. */
import { currentBaseFolder, currentScope } from "../../executor/context.ts";
import { type Check, isFilledText, isOneOf, isText } from "../../flow/checks/check-options.ts";
import { makeFactoryTask } from "../../flow/factory.ts";
import type { Task } from "../../flow/task.ts";
import type { TaskOptions } from "../../flow/task-options.ts";
import { checkFactoryOptions } from "../factory-options.ts";
import type { Cell } from "./cell.ts";
import { complaintAboutInsert, insertRows, type InsertPlan, ON_CONFLICT, type OnConflict } from "./insert.ts";
import { complaintAboutPath, databaseFile } from "./open.ts";
import { complaintAboutQuery, queryRows } from "./query.ts";
import { runScript } from "./script.ts";
import type { Target } from "./session.ts";

/** What every SQLite task is told, beside the options of all tasks. */
interface DatabaseOptions extends TaskOptions {
  /** The file. A relative path belongs to the folder that holds the flow's store: the nearest package.json's above the flow file, else the flow file's own. */
  readonly db: string | URL;
}

export interface SqliteScriptOptions extends DatabaseOptions {
  /** One or more statements. Without BEGIN, PRAGMA, ATTACH or VACUUM of its own it is all or nothing. */
  readonly script: string;
}

export interface SqliteQueryOptions extends DatabaseOptions {
  /** One statement. Its `?` are bound in order to the call's arguments, its `:name` to the properties of one object. */
  readonly sql: string;
  /** `"all"` (when not given): an array of every row. `"first"`: the first row, or null. */
  readonly rows?: "all" | "first" | undefined;
}

export type SqliteInsertOptions = DatabaseOptions & (InsertInto | InsertBySql);

interface InsertInto {
  /** The table; the rows' properties are its columns. */
  readonly into: string;
  /** What to do with a row whose key is there already; `"fail"` when not given. */
  readonly onConflict?: OnConflict | undefined;
  readonly sql?: undefined;
}

interface InsertBySql {
  /** A statement of your own, with a `:name` for each property of the rows. */
  readonly sql: string;
  readonly into?: undefined;
  readonly onConflict?: undefined;
}

/** Values for the `?` of a query in order, or one object for its `:name`s. */
export type QueryArguments = (Cell | { readonly [name: string]: Cell })[];

const isDatabase: Check = (db) => complaintAboutPath(db);
const missing = (options: object, option: string): string | undefined =>
  (options as Readonly<Record<string, unknown>>)?.[option] === undefined ? `${option} is missing` : undefined;

/**
 * A task that runs a script, for example to create a table: `stored.setUpstream(createTable())` makes it run first.
 * The file is made if it is not there.
 * @throws CaudalError OPTION_INVALID. Its task fails with SQLITE_CANNOT_OPEN, SQLITE_LOCKED, SQLITE_PARAMETERS, SQLITE_FAILED
 */
export function sqliteScript(options: SqliteScriptOptions): Task<[], Promise<void>> {
  const also = [missing(options, "db"), missing(options, "script")];
  checkFactoryOptions("sqliteScript", options, { db: isDatabase, script: isText }, also);
  const { db, script } = options;
  return makeFactoryTask("sqliteScript", options, () => runScript(targetOf(db), script));
}

/**
 * A task that asks one question: its rows as plain objects, at most 1,000,000. Integers beyond 2⁵³ are refused: CAST them to TEXT.
 * @throws CaudalError OPTION_INVALID. Its task fails with SQLITE_CANNOT_OPEN, SQLITE_LOCKED, SQLITE_PARAMETERS,
 * SQLITE_VALUE_INVALID, SQLITE_TABLE_MISSING, SQLITE_ROWS_MAX, SQLITE_FAILED
 */
export function sqliteQuery<R extends { readonly [K in keyof R]: Cell } = { [column: string]: Cell }>(
  options: SqliteQueryOptions & { readonly rows: "first" },
): Task<QueryArguments, Promise<R | null>>;
export function sqliteQuery<R extends { readonly [K in keyof R]: Cell } = { [column: string]: Cell }>(
  options: SqliteQueryOptions & { readonly rows?: "all" | undefined },
): Task<QueryArguments, Promise<R[]>>;
export function sqliteQuery(options: SqliteQueryOptions): Task<QueryArguments, Promise<unknown>> {
  const { db, sql, rows = "all" } = options ?? {};
  const also = [missing(options, "db"), complaintAboutQuery(sql)];
  checkFactoryOptions(
    "sqliteQuery",
    options,
    { db: isDatabase, sql: () => undefined, rows: isOneOf("all", "first") },
    also,
  );
  return makeFactoryTask("sqliteQuery", options, async (...given: QueryArguments) => {
    const found = await queryRows(targetOf(db), sql, given, { rows });
    return rows === "first" ? (found[0] ?? null) : found;
  });
}

/**
 * A task that takes rows, writes all of them or none, and returns how many were written.
 * A property that is not a column is refused, and so is `undefined` (for NULL say null): both are what a misspelt name gives.
 * A column a row does not have gets its default. `true` and `false` become 1 and 0.
 * @throws CaudalError OPTION_INVALID. Its task fails with SQLITE_ROWS_INVALID, SQLITE_COLUMN_UNKNOWN, SQLITE_VALUE_INVALID,
 * SQLITE_TABLE_MISSING, SQLITE_PARAMETERS, SQLITE_CANNOT_OPEN, SQLITE_LOCKED, SQLITE_FAILED
 */
export function sqliteInsert<R extends { readonly [K in keyof R]: Cell }>(
  options: SqliteInsertOptions,
): Task<[rows: readonly R[]], Promise<number>> {
  const { db, into, sql, onConflict } = options ?? {};
  const also = [
    missing(options, "db"),
    (into === undefined) === (sql === undefined) ? "give either into (a table) or sql (a statement)" : undefined,
    sql === undefined ? undefined : complaintAboutInsert(sql),
    sql !== undefined && onConflict !== undefined
      ? "onConflict goes with into: in sql write ON CONFLICT yourself"
      : undefined,
  ];
  const own = { db: isDatabase, into: isFilledText, sql: () => undefined, onConflict: isOneOf(...ON_CONFLICT) };
  checkFactoryOptions("sqliteInsert", options, own, also);
  const plan: InsertPlan = sql === undefined ? { into: into ?? "", onConflict: onConflict ?? "fail" } : { sql };
  return makeFactoryTask("sqliteInsert", options, (rows: readonly R[]) => insertRows(targetOf(db), rows, plan), {
    args: ["rows"],
  });
}

/** The file as an absolute path, with the signal of the attempt this is called in. */
function targetOf(db: string | URL): Target {
  const file = databaseFile(db, currentBaseFolder());
  const context = currentScope()?.context();
  context?.log.debug(`database ${file}`);
  return { file, signal: context?.signal };
}
