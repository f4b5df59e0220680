/** The reading of texts that are not plain and short JSON. */
import { CaudalError } from "../../base/errors.ts";
import { DEPTH_MAX, JSON_DEPTH_MAX, KEYS_MAX, PREFIX, TAG, VERSION } from "./format.ts";
import { messageOf } from "./message.ts";
import { Reviver, Unreadable } from "./revive.ts";

/** See `decodeValue`. */
export function decodeWhole(text: string): unknown {
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
