/** Values for the parameters of one statement: every one is there, none is left over, all can be kept. */
import { CaudalError } from "../../base/errors.ts";
import "../../base/task-errors.ts";
import { isPlainObject } from "../../base/json.ts";
import { describeValue } from "../../flow/checks/words.ts";
import { type Cell, complaintAbout } from "./cell.ts";
import { nearest } from "../../base/nearest.ts";
import { scanSql, type Statement } from "./scan-sql.ts";

/** `?` and `?2` are bound in order, `:state`, `@state` and `$state` by name; a statement has one kind only. */
export type Parameters =
  | { readonly by: "position"; readonly count: number }
  | { readonly by: "name" /** Without their prefix, each once. */; readonly names: readonly string[] };

/** The one statement of a text, or why it is not one. */
export function oneStatement(sql: string): Statement | string {
  const statements = scanSql(sql);
  const [first, second] = statements;
  if (first === undefined) return "sql is empty";
  if (second !== undefined)
    return `sql holds ${statements.length} statements (another begins on line ${second.line}): give one, or use sqliteScript`;
  return first;
}

/** What a statement wants to be given, or why it cannot be told. */
export function parametersOf(statement: Statement): Parameters | string {
  const written = [...new Set(statement.parameters)];
  const named = written.filter((parameter) => !parameter.startsWith("?"));
  if (named.length > 0 && named.length < written.length)
    return `sql mixes named and positional parameters (${written.join(", ")}): use one kind`;
  if (named.length > 0) {
    const names = named.map((parameter) => parameter.slice(1));
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    return twice === undefined
      ? { by: "name", names }
      : `sql names the parameter '${twice}' with two different prefixes: use one`;
  }
  let count = 0;
  for (const parameter of statement.parameters)
    count = Math.max(count, parameter === "?" ? count + 1 : Number(parameter.slice(1)));
  return { by: "position", count };
}

/**
 * The values in the form the driver takes.
 * @throws CaudalError SQLITE_PARAMETERS, SQLITE_VALUE_INVALID
 */
export function bindable(
  wanted: Parameters,
  given: readonly unknown[],
): readonly [Readonly<Record<string, Cell>>] | readonly Cell[] {
  if (wanted.by === "position") return byPosition(wanted.count, given);
  if (given.length !== 1 || !isPlainObject(given[0])) {
    const got = given.length === 1 ? describeValue(given[0]) : `${given.length} arguments`;
    throw new CaudalError("SQLITE_PARAMETERS", {
      why: `the statement wants one object with ${list(wanted.names)}; it was given ${got}`,
    });
  }
  return [byName(wanted.names, given[0])];
}

function byPosition(count: number, given: readonly unknown[]): readonly Cell[] {
  if (given.length !== count) {
    throw new CaudalError("SQLITE_PARAMETERS", {
      why: `the statement has ${count} parameter${count === 1 ? "" : "s"}; ${given.length} value${given.length === 1 ? " was" : "s were"} given`,
    });
  }
  return given.map((value, index) => checked(value, "parameter", index + 1));
}

/**
 * The named values alone, checked.
 * @param row the index of the row they are of, for errors; undefined when they are the call's argument
 */
export function byName(
  names: readonly string[],
  given: Readonly<Record<string, unknown>>,
  row?: number,
): Readonly<Record<string, Cell>> {
  const missing = names.filter((name) => !Object.hasOwn(given, name));
  const unknown = Object.keys(given).filter((name) => !names.includes(name));
  if (missing.length > 0 || unknown.length > 0) {
    const lacks = missing.length > 0 ? [`it was not given ${list(missing)}`] : [];
    const extra = unknown.map((name) => `it has no ${name}${meant(name, names)}`);
    throw new CaudalError("SQLITE_PARAMETERS", {
      why: `${row === undefined ? "" : `rows[${row}]: `}the statement wants ${list(names)}; ${[...lacks, ...extra].join("; ")}`,
    });
  }
  const entries = names.map(
    (name) =>
      [
        name,
        row === undefined
          ? checked(given[name], "parameter", undefined, name)
          : checked(given[name], "rows", row, name),
      ] as const,
  );
  return Object.fromEntries(entries);
}

/**
 * The value, if SQLite keeps it as it is. `what`, `index` and `name` say where it stands, for the error.
 * @throws CaudalError SQLITE_VALUE_INVALID
 */
export function checked(value: unknown, what: "rows" | "parameter", index: number | undefined, name?: string): Cell {
  const complaint = complaintAbout(value);
  if (complaint === undefined) return value as Cell;
  const place = what === "rows" ? `rows[${index}].${name}` : `parameter ${name ?? index}`;
  throw new CaudalError("SQLITE_VALUE_INVALID", { place, ...complaint });
}

function meant(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return near === undefined ? "" : ` (did you mean ${near}?)`;
}

function list(names: readonly string[]): string {
  return names.map((name) => `:${name}`).join(", ");
}
