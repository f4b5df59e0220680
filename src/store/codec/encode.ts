/** The writing of values that are not plain and short: loaded when the first of them is kept. */
import { CaudalError } from "../../base/errors.ts";
import { Dehydrator, NotKept, TooLarge } from "./dehydrate.ts";
import { PREFIX, TEXT_BYTES_MAX } from "./format.ts";
import { messageOf } from "./message.ts";

/** See `encodeValue`. */
export function encodeWhole(value: unknown): string {
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
