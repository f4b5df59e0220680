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
import { CaudalError } from "../base/errors.ts";
import { Dehydrator, NotKept, TooLarge } from "./codec/dehydrate.ts";
import { DEPTH_MAX, JSON_DEPTH_MAX, KEYS_MAX, TAG, TEXT_BYTES_MAX, VERSION } from "./codec/format.ts";
import { Reviver, Unreadable } from "./codec/revive.ts";

const PREFIX = `${TAG}${VERSION}`;
/** What most tasks return that return nothing. */
const UNDEFINED = `${PREFIX}{"${TAG}":"undefined"}`;

/**
 * The text of a value; it has no unpaired surrogates and no line breaks. A plain value of a few thousand rows costs
 * a third more than JSON.stringify.
 * @throws CaudalError RESULT_NOT_SERIALIZABLE, RESULT_TOO_LARGE
 */
export function encodeValue(value: unknown): string {
  if (value === undefined) return UNDEFINED;
  const walk = new Dehydrator();
  try {
    const json = walk.of(value);
    refuseToJson();
    const text = JSON.stringify(json);
    return bounded(walk.tagged ? PREFIX + text : text);
  } catch (error) {
    throw refusal(error, walk.path);
  }
}

/** A program that gives all objects or arrays a toJSON changes what JSON.stringify writes for any value. */
function refuseToJson(): void {
  const [object, array] = [Object.prototype, Array.prototype] as { toJSON?: unknown }[];
  if (object?.toJSON === undefined && array?.toJSON === undefined) return;
  throw new NotKept("changed by a toJSON that this program gave to all objects or arrays");
}

function bounded(text: string): string {
  // No character takes more than three bytes for its one or two units.
  if (text.length > TEXT_BYTES_MAX / 3 && Buffer.byteLength(text) > TEXT_BYTES_MAX) throw new TooLarge();
  return text;
}

function refusal(error: unknown, path: string): CaudalError {
  if (error instanceof NotKept) return new CaudalError("RESULT_NOT_SERIALIZABLE", { path, what: error.what });
  const isTooLong = error instanceof RangeError && error.message === "Invalid string length";
  if (error instanceof TooLarge || isTooLong) return new CaudalError("RESULT_TOO_LARGE", { maxBytes: TEXT_BYTES_MAX });
  const what = `something that cannot be read: ${messageOf(error)}`;
  return new CaudalError("RESULT_NOT_SERIALIZABLE", { path, what }, { cause: error });
}

/** Of anything thrown, even of what throws when it is looked at. */
function messageOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error).slice(0, 200);
  } catch {
    return "what was thrown is no text";
  }
}

/**
 * The value of a text that `encodeValue` made, of this version or an earlier one. Any other text is refused, within
 * 0.1 s for some megabytes.
 * @throws CaudalError RESULT_CORRUPT
 */
export function decodeValue(text: string): unknown {
  if (text === UNDEFINED) return undefined;
  try {
    const tagged = text.startsWith(TAG);
    const json = tagged ? bodyOf(text) : text;
    const isLong = json.length > SCANNED_LENGTH_MIN;
    if (isLong) scan(json, tagged ? JSON_DEPTH_MAX : DEPTH_MAX);
    const tree: unknown = JSON.parse(json);
    if (tagged) return new Reviver().of(tree);
    if (!isLong && json.length > 2 * DEPTH_MAX) refuseDeep(tree, 0);
    return tree;
  } catch (error) {
    const why = error instanceof Unreadable ? error.why : `it cannot be read (${messageOf(error)})`;
    throw new CaudalError("RESULT_CORRUPT", { why }, error instanceof Unreadable ? {} : { cause: error });
  }
}

function bodyOf(text: string): string {
  if (text.startsWith(PREFIX) && !/^\d/.test(text.charAt(PREFIX.length))) return text.slice(PREFIX.length);
  const [, version] = /^~(\d{1,9})/.exec(text.slice(0, 12)) ?? [];
  throw new Unreadable(
    version === undefined
      ? "it has no version"
      : `it has version ${version}, and this caudal knows ${VERSION}: a newer one wrote it`,
  );
}

/** Shorter texts are parsed in time whatever they are; longer ones are looked through before (half of parsing them). */
const SCANNED_LENGTH_MIN = 1_000_000;
const [QUOTE, BACKSLASH, COLON] = [0x22, 0x5c, 0x3a];
const [OPEN_OBJECT, OPEN_ARRAY, CLOSE_OBJECT, CLOSE_ARRAY] = [0x7b, 0x5b, 0x7d, 0x5d];

/** Refuses what JSON.parse would take long for: deep nesting, and objects of millions of keys. */
function scan(json: string, depthMax: number): void {
  const keys = new Int32Array(depthMax + 1);
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    const unit = json.charCodeAt(at);
    if (unit === QUOTE) {
      at = endOfString(json, at);
    } else if (unit === COLON) {
      const count = (keys[depth] ?? 0) + 1;
      if (count > KEYS_MAX) throw new Unreadable(`an object has more than ${KEYS_MAX} keys`);
      keys[depth] = count;
    } else if (unit === OPEN_OBJECT || unit === OPEN_ARRAY) {
      if (++depth > depthMax) throw new Unreadable(`it is nested more than ${DEPTH_MAX} deep`);
      keys[depth] = 0;
    } else if ((unit === CLOSE_OBJECT || unit === CLOSE_ARRAY) && --depth < 0) {
      throw new Unreadable("it closes what it did not open");
    }
  }
}

/** The place of the quote that ends a string: the next one behind an even number of backslashes. */
function endOfString(json: string, start: number): number {
  for (let at = start; ; ) {
    at = json.indexOf('"', at + 1);
    if (at < 0) throw new Unreadable("a string does not end");
    let before = at - 1;
    while (json.charCodeAt(before) === BACKSLASH) before--;
    if ((at - before) % 2 === 1) return at;
  }
}

function refuseDeep(node: unknown, depth: number): void {
  if (typeof node !== "object" || node === null) return;
  if (depth >= DEPTH_MAX) throw new Unreadable(`it is nested more than ${DEPTH_MAX} deep`);
  if (Array.isArray(node)) {
    for (const item of node) refuseDeep(item, depth + 1);
  } else {
    for (const key in node) refuseDeep((node as Record<string, unknown>)[key], depth + 1);
  }
}
