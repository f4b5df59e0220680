/**
 * The words of the stored text, shared by its writer and its reader.
 *
 * A plain JSON value is its own JSON text. Any other starts with `~1`, the version, and is JSON in which an object
 * with the single key `~` stands for what JSON cannot say: `{"~":"NaN"}`, `{"~":["Date",1795341600000]}`. A plain
 * object that has a key `~` of its own is written as `{"~":["object",[key,value,…]]}`, so the two cannot be mixed up.
 */

export const TAG = "~";
export const VERSION = 1;
export const PREFIX = `${TAG}${VERSION}`;
/** What most tasks return that return nothing. */
export const UNDEFINED = `${PREFIX}{"${TAG}":"undefined"}`;

/** How deep values may be nested. Half of what JSON.stringify manages on an ordinary stack, with three levels of JSON for each of ours. */
export const DEPTH_MAX = 500;
/** A tag nests at most three levels of JSON around the value inside it; so does an error, whose record is one more. */
export const JSON_DEPTH_MAX = DEPTH_MAX * 4;
/** Keys of one object. V8 needs a microsecond for each beyond some thousands; a Map has no such bound. */
export const KEYS_MAX = 1_000_000;
/** Bytes of text as UTF-8, 256 MiB: the limit of one result. */
export const TEXT_BYTES_MAX = 268_435_456;

/** Whole values without a payload. */
export const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["undefined", undefined],
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
  ["-0", -0],
]);

type View = new (buffer: ArrayBuffer) => ArrayBufferView;

/** Kept as the bytes they show, in the machine's order (little-endian everywhere Node runs), never as the buffer around them. */
export const VIEWS: ReadonlyMap<string, { readonly view: View; readonly elementBytes: number }> = new Map(
  [
    ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array],
    ...[Float32Array, Float64Array, BigInt64Array, BigUint64Array],
    // Not on Node 20 and 22.
    ...[(globalThis as { Float16Array?: typeof Float32Array }).Float16Array].filter((known) => known !== undefined),
  ].map((view) => [view.name, { view: view as View, elementBytes: view.BYTES_PER_ELEMENT }]),
);

/** Own properties of an Error that the codec keeps by themselves, so that they are not among its other ones. */
export const ERROR_KEYS: ReadonlySet<string> = new Set(["name", "message", "stack", "cause", "errors"]);
