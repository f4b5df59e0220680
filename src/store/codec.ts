/**
 * Results as text: safe to read whoever wrote it, readable by later versions, and plain JSON wherever the value is.
 *
 * Kept: what JSON says, and undefined, NaN, ±Infinity, -0, bigint, Date (invalid ones too), Map, Set, ArrayBuffer,
 * DataView, typed arrays and Buffer (their own bytes, not the pool around them), RegExp without its lastIndex, URL,
 * URLSearchParams, Error (name, message, stack, cause, errors, and what of its own properties can be kept; read back
 * it is a plain Error with that name), objects without a prototype, holes and named properties of arrays, keys such
 * as `__proto__` (as data). What is reached twice is written twice: after reading it is two equal values.
 *
 * Refused, with the path: functions, symbols, instances of other classes and of subclasses, promises, boxed
 * primitives, cycles, properties under symbols, getters that throw. Not looked at: what is not enumerable.
 */
import { types } from "node:util";
import { decodeWhole } from "./codec/decode.ts";
import { encodeWhole } from "./codec/encode.ts";
import { DEPTH_MAX, TAG, UNDEFINED } from "./codec/format.ts";

/** Longer texts, and objects of more keys, are looked at with care. */
const QUICK_LENGTH_MAX = 1_024;
const QUICK_KEYS_MAX = 16;

/**
 * The text of a value; it has no unpaired surrogates and no line breaks. A plain value of a few thousand rows costs
 * a third more than JSON.stringify.
 * @throws CaudalError RESULT_NOT_SERIALIZABLE, RESULT_TOO_LARGE
 */
export function encodeValue(value: unknown): string {
  if (value === undefined) return UNDEFINED;
  return isPlain(value) || isFlat(value) ? JSON.stringify(value) : encodeWhole(value);
}

/** It is its own JSON, and short. */
function isPlain(value: unknown): boolean {
  switch (typeof value) {
    case "string":
      return value.length <= QUICK_LENGTH_MAX;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0);
    case "boolean":
      return true;
    default:
      return value === null;
  }
}

/** An object of a few such values. Nothing of a user's is called here: what has a getter is no such object. */
function isFlat(value: unknown): value is object {
  if (typeof value !== "object" || value === null || types.isProxy(value)) return false;
  if (Object.getPrototypeOf(value) !== Object.prototype || "toJSON" in value) return false;
  if (Object.getOwnPropertySymbols(value).length > 0) return false;
  const keys = Object.keys(value);
  if (keys.length > QUICK_KEYS_MAX) return false;
  return keys.every((key) => {
    const property = Object.getOwnPropertyDescriptor(value, key);
    return key !== TAG && key.length <= QUICK_LENGTH_MAX && property?.get === undefined && isPlain(property?.value);
  });
}

/**
 * The value of a text that `encodeValue` made, of this version or an earlier one. Any other text is refused, within
 * 0.1 s for some megabytes.
 * @throws CaudalError RESULT_CORRUPT
 */
export function decodeValue(text: string): unknown {
  if (text === UNDEFINED) return undefined;
  if (text.length > 2 * DEPTH_MAX || text.startsWith(TAG)) return decodeWhole(text);
  try {
    return JSON.parse(text) as unknown; // too short to be nested too deep
  } catch {
    return decodeWhole(text);
  }
}
