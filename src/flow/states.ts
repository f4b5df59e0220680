/** Makes states, for handlers that answer with one and for `run({ taskStates })`. */
import { type Duration, toMillisOrZero } from "../base/duration.ts";
import type { ErrorRecord } from "../state/error-record.ts";
import { recordOf } from "../state/error-text.ts";
import type {
  CachedState,
  CancelledState,
  FailedState,
  PausedState,
  RetryingState,
  SkippedState,
  SuccessState,
} from "../state/task-state.ts";

function errorOf(error: unknown): ErrorRecord {
  return typeof error === "string" ? { name: "Error", message: error } : recordOf(error);
}

export const states = {
  success<R = undefined>(...value: [value?: R]): SuccessState<R> {
    return { type: "Success", result: value[0] as R };
  },

  /** From an Error, its text, or whatever was thrown. */
  failed(error: unknown): FailedState {
    return { type: "Failed", error: errorOf(error) };
  },

  skipped(why?: string): SkippedState {
    return why === undefined
      ? { type: "Skipped", result: null }
      : { type: "Skipped", result: null, reason: { code: "signal", why } };
  },

  /** As if found in the cache just now. */
  cached<R = undefined>(...value: [value?: R]): CachedState<R> {
    return {
      type: "Cached",
      result: value[0] as R,
      cache: { how: "hit", runId: "", storedAt: Date.now(), expiresAt: undefined },
    };
  },

  /** Tried again after this span, from the transition on; at once when none is given. @throws CaudalError DURATION_INVALID */
  retrying(when: { readonly in?: Duration | undefined } = {}): RetryingState {
    const inMs = when.in === undefined ? 0 : toMillisOrZero("in", when.in);
    return { type: "Retrying", attempt: 0, startAt: 0, inMs };
  },

  paused(why?: string): PausedState {
    return why === undefined ? { type: "Paused" } : { type: "Paused", reason: { code: "signal", why } };
  },

  cancelled(): CancelledState {
    return { type: "Cancelled" };
  },
} as const;
