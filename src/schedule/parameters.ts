/** The parameters a clock gives to the runs it starts: plain JSON, because schedules are kept and shown. */
import { CaudalError } from "../base/errors.ts";
import { isPlainObject, type Json } from "../base/json.ts";

export type TickParameters = Readonly<Record<string, unknown>>;

const DEPTH_MAX = 100;

/**
 * A copy that nobody else holds.
 * @throws CaudalError SCHEDULE_INVALID with the path of what is not JSON
 */
export function readParameters(what: string, given: unknown): { readonly [name: string]: Json } {
  if (!isPlainObject(given))
    throw new CaudalError("SCHEDULE_INVALID", { what, why: "write an object of parameters, such as { size: 25 }" });
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, copyJson(what, value, name, 0)]));
}

function copyJson(what: string, value: unknown, path: string, depth: number): Json {
  if (depth > DEPTH_MAX)
    throw new CaudalError("SCHEDULE_INVALID", {
      what,
      why: `${path.slice(0, 60)}… is nested more than ${DEPTH_MAX} deep, or contains itself`,
    });
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (Array.isArray(value))
    return value.map((member: unknown, index) => copyJson(what, member, `${path}[${index}]`, depth + 1));
  if (isPlainObject(value))
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key, copyJson(what, member, `${path}.${key}`, depth + 1)]),
    );
  throw new CaudalError("SCHEDULE_INVALID", {
    what,
    why: `${path} is not JSON: write text, numbers, booleans, null, arrays and plain objects`,
  });
}

/** The same text for equal parameters, whatever the order of their keys. */
export function parametersKey(parameters: TickParameters): string {
  return JSON.stringify(parameters, (_, value: unknown) =>
    isPlainObject(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value,
  );
}
