/** Results, in parts and whole. */
import { CaudalError } from "../../base/errors.ts";
import { pointTo, sliceOf, wholeJson } from "../preview-value.ts";
import type { Answers } from "./route.ts";

export interface Held {
  readonly value: unknown;
  /** For a complaint: `the result of parse-1`. */
  readonly what: string;
  /** Of a file, before it is made safe. */
  readonly name: string;
}

/** @throws CaudalError VALUE_NOT_THERE */
export function slice(
  { value, what }: Held,
  { at = "", offset = 0, limit = 100 }: { readonly at?: string; readonly offset?: number; readonly limit?: number },
) {
  const found = pointTo(value, at);
  if (found === undefined) throw new CaudalError("VALUE_NOT_THERE", { what: `${what} at ${at.slice(0, 100)}` });
  return sliceOf(at, found.value, offset, limit);
}

export function download({ value, name }: Held): Answers {
  const text = `${JSON.stringify(wholeJson(value), undefined, 2)}\n`;
  return { attachment: { name: `${name}.json`, type: "application/json", text } };
}
