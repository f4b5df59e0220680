/** What the driver says when something went wrong with a store, as errors of ours that say what to do. */
import { CaudalError } from "../../base/errors.ts";

/** Primary result codes: https://sqlite.org/rescode.html. */
const CODE = {
  error: 1,
  busy: 5,
  locked: 6,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
};

/** The driver leaves the number out when a reading statement fails, so some are told by their text. */
const TEXTS: readonly (readonly [RegExp, number])[] = [
  [/database (?:table )?is locked/, CODE.busy],
  [/readonly database/, CODE.readOnly],
  [/disk I\/O error/, CODE.ioError],
  [/disk image is malformed/, CODE.corrupt],
  [/database or disk is full/, CODE.full],
  [/unable to open database file/, CODE.cannotOpen],
  [/file is not a database/, CODE.notADatabase],
];

function resultCode(error: Error): number | undefined {
  const { errcode } = error as { readonly errcode?: unknown };
  if (typeof errcode === "number") return errcode & 0xff;
  return TEXTS.find(([text]) => text.test(error.message))?.[1];
}

/** Another connection has a lock: it can be had later. */
export function isBusy(error: unknown): boolean {
  if (error instanceof CaudalError) return error.code === "STORE_BUSY";
  if (!(error instanceof Error)) return false;
  const code = resultCode(error);
  return code === CODE.busy || code === CODE.locked;
}

/** Errors of ours, and what no database is to blame for, stay as they are. */
export function storeFailure(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || error instanceof CaudalError) return error;
  const cause = { cause: error };
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT") return new CaudalError("STORE_FULL", { store: file }, cause);
  if (code === "EROFS") return new CaudalError("STORE_READONLY", { file }, cause);
  if (code !== undefined && /^E[A-Z]+$/.test(code))
    return new CaudalError("STORE_CANNOT_OPEN", { file, why: error.message }, cause);
  switch (resultCode(error)) {
    case CODE.full:
      return new CaudalError("STORE_FULL", { store: file }, cause);
    case CODE.busy:
    case CODE.locked:
      return new CaudalError("STORE_BUSY", { store: file }, cause);
    case CODE.corrupt:
    case CODE.notADatabase:
      return new CaudalError("STORE_DAMAGED", { file, why: error.message }, cause);
    case CODE.cannotOpen:
      return new CaudalError("STORE_CANNOT_OPEN", { file, why: error.message }, cause);
    case CODE.readOnly:
      return new CaudalError("STORE_READONLY", { file }, cause);
    case CODE.ioError:
      return new CaudalError("STORE_FAILED", { store: file, why: error.message }, cause);
    case CODE.error: // our statements are fixed: what they name is not there
      return new CaudalError("STORE_DAMAGED", { file, why: error.message }, cause);
    default:
      return code === "ERR_SQLITE_ERROR"
        ? new CaudalError("STORE_FAILED", { store: file, why: error.message }, cause)
        : error;
  }
}
