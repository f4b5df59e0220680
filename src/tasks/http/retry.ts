/** Which failures of a request are worth another attempt, and when. */
import { type Duration, toMillisOrZero } from "../../base/duration.ts";
import { isCaudalError } from "../../base/errors.ts";
import type { Millis } from "../../base/time.ts";
import type { Backoff, TaskOptions } from "../../flow/task-options.ts";

const STATUS_AGAIN: ReadonlySet<number> = new Set([408, 425, 429]);

/** A server cannot put a task off for longer than this. */
export const RETRY_AFTER_MS_MAX: Millis = 3_600_000;

const BACKOFF: Backoff = { initial: "1s", factor: 2, max: "1m" };
const FACTOR = 2;
const DAY_MS = 86_400_000;

/**
 * True when the same request may succeed later: no (complete) answer, a timeout, or status 408, 425, 429 or 5xx.
 * What `http` retries, if `retries` is given and `retryIf` is not.
 */
export function isRetryableHttpError(error: unknown): boolean {
  if (isCaudalError(error, "HTTP_FAILED") || isCaudalError(error, "TASK_TIMEOUT")) return true;
  if (!isCaudalError(error, "HTTP_STATUS")) return false;
  const { status } = error.data as { readonly status: number };
  return status >= 500 || STATUS_AGAIN.has(status);
}

/** What the answer's Retry-After asked for, at most an hour; undefined when it asked for nothing. */
function askedFor(error: unknown): Millis | undefined {
  return isCaudalError(error, "HTTP_STATUS")
    ? (error.data as { readonly retryAfterMs: Millis | undefined }).retryAfterMs
    : undefined;
}

/**
 * The delay of the options, but never shorter than what the server asked for. A function of the author's own decides alone.
 * Without one: 1 s, 2 s, 4 s, … up to a minute.
 */
export function retryDelayOf(given: TaskOptions["retryDelay"]): (attempt: number, error: unknown) => Duration {
  if (typeof given === "function") return given;
  return (attempt, error) => Math.max(ownDelayMs(given ?? BACKOFF, attempt), askedFor(error) ?? 0);
}

/** @param attempt the one that failed, from 1 */
function ownDelayMs(given: Duration | Backoff, attempt: number): Millis {
  if (typeof given !== "object") return toMillisOrZero("retryDelay", given);
  const maxMs = given.max === undefined ? DAY_MS : toMillisOrZero("retryDelay.max", given.max);
  const grown = toMillisOrZero("retryDelay.initial", given.initial) * (given.factor ?? FACTOR) ** (attempt - 1);
  const delayMs = Math.min(grown, maxMs);
  return Math.round(delayMs * (1 - (given.jitter ?? 0) * Math.random()));
}

/**
 * RFC 9110 §10.2.3: seconds, or a date.
 * @param now the present instant, for dates
 */
export function retryAfterMs(header: string | null, now: number): Millis | undefined {
  const text = header?.trim() ?? "";
  if (text === "") return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, Math.ceil(ms)), RETRY_AFTER_MS_MAX);
}
