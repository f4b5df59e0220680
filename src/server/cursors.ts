/** Where a page goes on: opaque, and bound to the query it came from, so that it cannot be used for another. */
import { CaudalError } from "../base/errors.ts";
import { hashText } from "../base/hash.ts";

const CURSOR = /^([0-9a-f]{8})\.([0-9a-z]{1,11})$/;

export function cursorFor(query: object, at: number): string {
  return `${queryHash(query)}.${at.toString(36)}`;
}

/** @throws CaudalError CURSOR_INVALID */
export function placeOf(query: object, cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  const [, hash, digits = ""] = CURSOR.exec(cursor) ?? [];
  const at = Number.parseInt(digits, 36);
  if (hash !== queryHash(query) || !Number.isSafeInteger(at))
    throw new CaudalError("CURSOR_INVALID", { cursor: cursor.slice(0, 40) });
  return at;
}

function queryHash(query: object): string {
  const said = Object.entries(query).filter(
    ([name, value]) => value !== undefined && name !== "after" && name !== "limit",
  );
  return hashText(JSON.stringify(said.sort(([a], [b]) => (a < b ? -1 : 1)))).slice(0, 8);
}
