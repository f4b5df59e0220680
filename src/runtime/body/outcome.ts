/** What the engine is told of an attempt that did not just return: its end, and whether and when it may be retried. */
import { CaudalError } from "../../base/errors.ts";
import type { Outcome, RetryAnswer } from "../../engine/event.ts";
import type { Run } from "../../engine/run.ts";
import type { Random } from "../../ports/clock.ts";
import type { AttemptEnd, AttemptOrder } from "../../ports/executor.ts";
import type { RetryDelay, TaskFunctions } from "../../ports/program.ts";

const NO_RETRY: RetryAnswer = { allowed: false, inMs: 0 };
/** Ten years: beyond it a delay is a mistake of the function that named it. */
const DELAY_MS_MAX = 315_576_000_000;

/** The delay before the retry after failure number `failure` (from 1). */
export function delayMs(delay: RetryDelay, failure: number, error: unknown, random: Random): number {
  if (delay.kind === "function") {
    const said = Number(delay.of(failure, error));
    return Number.isFinite(said) && said > 0 ? Math.min(said, DELAY_MS_MAX) : 0;
  }
  if (delay.initialMs === 0) return 0; // and not NaN, once the factor has grown to infinity
  const full = Math.min(delay.initialMs * delay.factor ** (failure - 1), delay.maxMs);
  return delay.jitter === 0 ? full : Math.round(full * (1 - delay.jitter * random.fraction()));
}

/** Asks `retryIf` and `retryDelay`. One that throws means: no retry. */
export function retryAnswer(
  functions: TaskFunctions,
  retries: number,
  failures: number,
  error: unknown,
  random: Random,
): RetryAnswer {
  if (failures >= retries) return NO_RETRY;
  try {
    if (functions.retryIf !== undefined && !functions.retryIf(error)) return NO_RETRY;
    return { allowed: true, inMs: delayMs(functions.retryDelay, failures + 1, error, random) };
  } catch {
    return NO_RETRY; // the body's own error is what the author has to see
  }
}

type Failure = Exclude<AttemptEnd, { readonly kind: "released" | "returned" }>;

/** Of signals only a failure is retried: nobody is asked about the others. */
function asksForRetry(end: Failure): boolean {
  if (end.kind === "threw" && end.final) return false;
  return end.kind !== "signalled" || (end.signal.kind === "fail" && end.signal.retry);
}

/** What `retryIf` and `retryDelay` are shown: the very thing that was thrown, for a signal an error with its reason. */
function errorOf(end: Failure): unknown {
  if (end.kind === "threw") return end.thrown;
  if (end.kind === "timed-out") return end.error;
  return new CaudalError("SIGNAL_FAILED", { why: end.signal.kind === "fail" ? end.signal.why : end.signal.kind });
}

export function outcomeOf(end: Failure, order: AttemptOrder, run: Run, random: Random): Outcome {
  const { slot, functions } = order;
  const retries = run.plan.rules[run.owner[slot]!]!.retries;
  const failures = run.counters.get(slot)?.failures ?? 0;
  const retry =
    retries > 0 && asksForRetry(end) ? retryAnswer(functions, retries, failures, errorOf(end), random) : NO_RETRY;
  if (end.kind === "threw") return { kind: "threw", error: end.error, as: end.as, retry };
  return { ...end, retry };
}
