/** What the driver says when something went wrong, as errors of ours that name the file and what to do. */
import { CaudalError } from "../../base/errors.ts";
import "../../base/task-errors.ts";

/** Primary result codes: https://sqlite.org/rescode.html. */
const CODE = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  corrupt: 11,
  cannotOpen: 14,
  constraint: 19,
  notADatabase: 26,
} as const;

/** The driver leaves the number out when a reading statement fails, so some are told by their text. */
const TEXTS: readonly (readonly [RegExp, number])[] = [
  [/^database is locked/, CODE.busy],
  [/^database table is locked/, CODE.locked],
  [/readonly database/, CODE.readOnly],
  [/disk image is malformed/, CODE.corrupt],
  [/file is not a database/, CODE.notADatabase],
  [/^unable to open database file/, CODE.cannotOpen],
];

/** The primary result code of an error the driver threw; undefined when it is none. */
export function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const { errcode } = error as { errcode?: unknown };
  if (typeof errcode === "number") return errcode & 0xff;
  return TEXTS.find(([text]) => text.test(error.message))?.[1];
}

/** Somebody else holds the lock: the same call may succeed a moment later. */
export function isLocked(error: unknown): boolean {
  const code = resultCode(error);
  return code === CODE.busy || code === CODE.locked;
}

export function isConstraint(error: unknown): boolean {
  return resultCode(error) === CODE.constraint;
}

/** What the errors of one file say about opening it; undefined when the file itself is not the trouble. */
function troubleWithFile(code: number | undefined): { readonly why: string; readonly fix: string } | undefined {
  switch (code) {
    case CODE.readOnly:
      return {
        why: "it can be read but not written",
        fix: "Make the file and its folder writable, or use another file",
      };
    case CODE.cannotOpen:
      return {
        why: "the file, or the journal beside it, cannot be opened",
        fix: "Check the permissions of the file and of its folder",
      };
    case CODE.notADatabase:
      return {
        why: "it is not a SQLite database (or it is encrypted)",
        fix: "Use another file name, or move this file away",
      };
    case CODE.corrupt:
      return {
        why: "it is damaged",
        fix: "Restore it from a copy, or save what can be read with the sqlite3 program's .recover",
      };
    default:
      return undefined;
  }
}

/**
 * The driver's error as one with a code: SQLITE_CANNOT_OPEN when the file is the trouble, SQLITE_TABLE_MISSING,
 * else SQLITE_FAILED with SQLite's own words. An error that already has a code, or is not the driver's, stays.
 * @param doing what was tried, for the sentence: `statement 2 (line 4)`
 */
export function sqliteFailure(error: unknown, file: string, doing: string, hint = ""): unknown {
  if (!(error instanceof Error) || error instanceof CaudalError || error.name === "AbortError") return error;
  const trouble = troubleWithFile(resultCode(error));
  if (trouble !== undefined) return new CaudalError("SQLITE_CANNOT_OPEN", { file, ...trouble }, { cause: error });
  const table = /^no such table: (.+)$/.exec(error.message)?.[1];
  if (table !== undefined)
    return new CaudalError("SQLITE_TABLE_MISSING", { file, table, known: [], exists: true }, { cause: error });
  const advice = /too large to be represented/.test(error.message) ? ". Select it as text: CAST(… AS TEXT)" : hint;
  return new CaudalError("SQLITE_FAILED", { file, doing, why: `${error.message}${advice}` }, { cause: error });
}
