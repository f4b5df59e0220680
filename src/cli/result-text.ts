/** A flow's result at the end of a run: JSON, the first 2 KiB of it, and said when there is more. */
import { inspect } from "node:util";

const BYTES_MAX = 2_048;
/** A result that fits a line of this length is not broken into several. */
const LINE_MAX = 100;

/** Undefined where a flow returns nothing. */
export function resultText(result: unknown): string | undefined {
  if (result === undefined) return undefined;
  const text = jsonText(result);
  const bytes = Buffer.byteLength(text);
  if (bytes <= BYTES_MAX) return text;
  return `${cutToBytes(text, BYTES_MAX)}…\n(the first ${BYTES_MAX} of ${bytes} bytes; --json prints all)`;
}

function jsonText(result: unknown): string {
  try {
    const short = JSON.stringify(result, plainer);
    if (short === undefined) return inspect(result);
    return short.length <= LINE_MAX ? short : JSON.stringify(result, plainer, 2);
  } catch {
    return inspect(result, { depth: 3, customInspect: false }); // cyclic, or a toJSON that throws
  }
}

/** What JSON has no word for, as a person would write it. */
export function plainer(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...value];
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (value instanceof Error) return { name: value.name, message: value.message };
  return value;
}

function cutToBytes(text: string, max: number): string {
  const bytes = Buffer.from(text).subarray(0, max);
  return bytes.toString().replace(/\ufffd$/, ""); // a character cut in two
}
