/** What went wrong, short enough for a message. */
import type { ErrorRecord } from "../state/error-record.ts";

/** Of a run, by name; the rest is a number. */
export const FAILURES_TOLD_MAX = 5;
const LINE_MAX = 300;

/** One line without control characters, and without the stack, which names files of this computer. */
export function errorLine({ message }: ErrorRecord): string {
  const line = message.replaceAll(/[\s\p{Cc}]+/gu, " ").trim();
  return line.length > LINE_MAX ? `${line.slice(0, LINE_MAX)}…` : line;
}
