/**
 * What a body started and did not wait for: a promise that is rejected, a timer or an event that throws, and nobody
 * there to catch it. Such an error fails the attempt it belongs to; after its end it can only be told.
 */
import { CaudalError } from "../base/errors.ts";
import type { AttemptEnd, AttemptOrder } from "../ports/executor.ts";
import { recordOf } from "../state/error-text.ts";

/** It says no more than that the body was told to end: `fetch` gives the reason itself, Node's own functions as a cause. */
export function isToldToEnd(stray: unknown, signal: AbortSignal | undefined): boolean {
  if (signal?.aborted !== true) return false;
  const { reason } = signal;
  return stray === reason || (stray instanceof Error && stray.cause === reason);
}

/** The end of an attempt in which something was thrown astray. */
export function strayEnd({ taskName }: AttemptOrder, stray: unknown, how: "rejected" | "threw"): AttemptEnd {
  const { name, message } = recordOf(stray);
  const why = `${name}: ${message}`;
  const thrown = new CaudalError("TASK_UNHANDLED", { task: taskName, how, why }, { cause: stray });
  // Where it was made is our own code; where the error came from stands in its cause.
  return { kind: "threw", error: { ...recordOf(thrown), stack: "" }, thrown, as: "Failed", early: true };
}

/** The attempt had ended by then: its outcome stays. */
export function sayStrayed(order: AttemptOrder, end: AttemptEnd): void {
  if (end.kind !== "threw") return;
  const { message, cause } = end.error;
  const stack = cause?.stack === undefined ? "" : `\n${cause.stack}`;
  order.about.logged(order, "error", `After this attempt had ended, ${message}${stack}`, false);
}
