/** What a database cell can hold, and what to write instead of what it cannot. */
import { describeValue } from "../../flow/checks/words.ts";

/** A value SQLite keeps as it is; `true` and `false` are kept as 1 and 0. */
export type Cell = string | number | bigint | boolean | null | Uint8Array;

const INTEGER_MIN = -(2n ** 63n);
const INTEGER_MAX = 2n ** 63n - 1n;

/** Why a value cannot be kept, and what to do. */
export interface CellComplaint {
  /** `a Date`. */
  readonly got: string;
  /** `store value.toISOString() …`. */
  readonly fix: string;
}

/**
 * Nothing when SQLite keeps the value as it is. The driver itself would store NULL for a Date, an ArrayBuffer or NaN.
 * `undefined` is refused and not read as NULL, because that is what a misspelt property gives.
 */
export function complaintAbout(value: unknown): CellComplaint | undefined {
  switch (typeof value) {
    case "boolean":
      return undefined;
    case "string":
      return isWellFormed(value)
        ? undefined
        : { got: "text with half a character (a lone surrogate)", fix: "repair it: value.toWellFormed()" };
    case "number":
      return Number.isNaN(value)
        ? { got: "NaN", fix: "SQLite has no NaN: store null, or find out where it comes from" }
        : undefined;
    case "bigint":
      return value < INTEGER_MIN || value > INTEGER_MAX
        ? { got: "a bigint of more than 64 bits", fix: "store it as text: String(value)" }
        : undefined;
    case "undefined":
      return { got: "undefined", fix: "is the property spelt as in the data? For NULL say null" };
    case "function":
    case "symbol":
      return { got: `a ${typeof value}`, fix: "take it out" };
    default:
      return value === null ? undefined : complaintAboutObject(value as object);
  }
}

function complaintAboutObject(value: object): CellComplaint | undefined {
  if (value instanceof Uint8Array) return undefined;
  if (value instanceof Date)
    return { got: "a Date", fix: "store value.toISOString() (text) or value.getTime() (milliseconds)" };
  if (value instanceof ArrayBuffer) return { got: "an ArrayBuffer", fix: "store new Uint8Array(value)" };
  if (ArrayBuffer.isView(value))
    return { got: describeValue(value), fix: "store new Uint8Array(value.buffer, value.byteOffset, value.byteLength)" };
  if (value instanceof Map || value instanceof Set)
    return { got: describeValue(value), fix: "store JSON.stringify([...value]), or rows in a table of their own" };
  if (Array.isArray(value))
    return { got: "an array", fix: "store JSON.stringify(value), or rows in a table of their own" };
  if (typeof (value as { then?: unknown }).then === "function") return { got: "a promise", fix: "await it first" };
  return { got: describeValue(value), fix: "store JSON.stringify(value), or a column for each of its properties" };
}

function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}
