/** Whether a result could be kept on a disk: the same answer in memory, so that it fails in a test first. */
import { encodeValue } from "./codec.ts";

/** @throws CaudalError RESULT_NOT_SERIALIZABLE, RESULT_TOO_LARGE */
export function checkKeepable(value: unknown): void {
  if (value === null || (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol")) return;
  encodeValue(value);
}
