/** Runs one statement and reads its rows. */
import { CaudalError } from "../../base/errors.ts";
import "../../base/task-errors.ts";
import { describeValue } from "../../flow/checks/words.ts";
import type { SqliteDatabase } from "../../store/sqlite-driver.ts";
import { sqliteFailure } from "./failure.ts";
import { bindable, oneStatement, parametersOf } from "./parameters.ts";
import { type Target, unlocked, withSession } from "./session.ts";

/** More rows than this are refused (SQLITE_ROWS_MAX): the result is kept whole. */
export const ROWS_MAX = 1_000_000;

export interface QueryOptions {
  /** Every row, or only the first. */
  readonly rows: "all" | "first";
  readonly rowsMax?: number | undefined;
}

/** What other statements do (PRAGMA, ATTACH) may outlive them in their connection. */
const KEEPS_SETTINGS: ReadonlySet<string> = new Set([
  "SELECT",
  "WITH",
  "VALUES",
  "INSERT",
  "REPLACE",
  "UPDATE",
  "DELETE",
]);

type Row = Record<string, unknown>;

/** What is wrong with a query's text whatever it is given; undefined when nothing is. */
export function complaintAboutQuery(sql: unknown): string | undefined {
  if (typeof sql !== "string") return `sql must be the text of a statement, not ${describeValue(sql)}`;
  const statement = oneStatement(sql);
  if (typeof statement === "string") return statement;
  const parameters = parametersOf(statement);
  return typeof parameters === "string" ? parameters : undefined;
}

/**
 * The rows of one statement as plain objects, in SQLite's order. The file must be there.
 * @param given values for `?`, in order, or one object for `:name`
 * @throws CaudalError SQLITE_CANNOT_OPEN, SQLITE_LOCKED, SQLITE_PARAMETERS, SQLITE_VALUE_INVALID, SQLITE_TABLE_MISSING, SQLITE_ROWS_MAX, SQLITE_FAILED
 */
export async function queryRows(
  target: Target,
  sql: string,
  given: readonly unknown[],
  options: QueryOptions,
): Promise<readonly Row[]> {
  const statement = oneStatement(sql);
  if (typeof statement === "string") throw new CaudalError("SQLITE_PARAMETERS", { why: statement });
  const parameters = parametersOf(statement);
  if (typeof parameters === "string") throw new CaudalError("SQLITE_PARAMETERS", { why: parameters });
  const values = bindable(parameters, given);
  return withSession(target, { create: false, shareable: KEEPS_SETTINGS.has(statement.keyword) }, async (session) => {
    try {
      return await unlocked(session, () => read(session.db, sql, values, options));
    } catch (error) {
      throw sqliteFailure(error, target.file, "the query");
    }
  });
}

function read(db: SqliteDatabase, sql: string, values: readonly unknown[], options: QueryOptions): readonly Row[] {
  const statement = db.prepare(sql);
  refuseTwins(statement.columns().map((column) => column.name));
  if (options.rows === "first") {
    const row = statement.get(...values) as Row | undefined;
    return row === undefined ? [] : [{ ...row }];
  }
  const { rowsMax = ROWS_MAX } = options;
  const rows: Row[] = [];
  for (const row of statement.iterate(...values) as IterableIterator<Row>) {
    if (rows.length >= rowsMax) throw new CaudalError("SQLITE_ROWS_MAX", { max: rowsMax });
    rows.push({ ...row });
  }
  return rows;
}

/** Two columns of one name would be one property: a value would be lost. */
function refuseTwins(names: readonly string[]): void {
  const twin = names.find((name, index) => names.indexOf(name) !== index);
  if (twin !== undefined)
    throw new CaudalError("SQLITE_PARAMETERS", {
      why: `two columns of the query are named '${twin}': give one another name with AS`,
    });
}
