/** Signals: throw one in a body, a trigger or a handler to decide a state. What each says is in `state/signal.ts`. */
import { type Duration, toMillisOrZero } from "../base/duration.ts";
import { Signal } from "../state/signal.ts";
import { complaintsAbout, isDurationOrZero, isOneOf, isYesOrNo, refuseIfAny } from "./checks/check-options.ts";

export interface FailSignalOptions {
  /** False: no attempt that is left is made; true when not given. */
  readonly retry?: boolean | undefined;
  /** `"Failed"` when not given. */
  readonly as?: "Failed" | "TriggerFailed" | "ValidationFailed" | undefined;
  /** What consumers get; an error record when not given. */
  readonly result?: unknown;
}

/** When to try again: a span from now, or an instant (a Date, or milliseconds since 1970). At once when neither is given. */
export type RetryWhen =
  | { readonly in?: Duration | undefined; readonly at?: undefined }
  | { readonly in?: undefined; readonly at: Date | number };

const anything = () => undefined;

function instantOf(at: Date | number): number {
  const instant = at instanceof Date ? at.getTime() : at;
  if (!Number.isSafeInteger(instant))
    refuseIfAny("signals.retry", [`at must be a valid Date or whole milliseconds since 1970, not ${String(at)}`]);
  return instant;
}

export const signals = {
  /** The task ends Success with this value; without one consumers get `undefined`. */
  success(...value: [value?: unknown]): Signal {
    return new Signal({ kind: "success", result: value[0], hasResult: value.length > 0 });
  },

  /** The task ends Skipped; consumers get `result`, null when not given. */
  skip(why?: string, options: { readonly result?: unknown } = {}): Signal {
    refuseIfAny("signals.skip", complaintsAbout(options, { result: anything }));
    return new Signal({ kind: "skip", why, result: options.result ?? null });
  },

  /** The task fails, for this reason. @throws CaudalError OPTION_INVALID */
  fail(why: string, options: FailSignalOptions = {}): Signal {
    refuseIfAny(
      "signals.fail",
      complaintsAbout(options, {
        retry: isYesOrNo,
        as: isOneOf("Failed", "TriggerFailed", "ValidationFailed"),
        result: anything,
      }),
    );
    const { retry = true, as = "Failed", result } = options;
    return new Signal({ kind: "fail", why, retry, as, result, hasResult: "result" in options });
  },

  /** Not yet: the body is called again, and `retries` are not used up. At most `retrySignalsMax` times. @throws CaudalError OPTION_INVALID */
  retry(when: RetryWhen = {}): Signal {
    refuseIfAny("signals.retry", complaintsAbout(when, { in: isDurationOrZero, at: anything }));
    const inMs = when.in === undefined ? undefined : toMillisOrZero("in", when.in);
    return new Signal({ kind: "retry", inMs, at: when.at === undefined ? undefined : instantOf(when.at) });
  },

  /** Waits for a person; resuming calls the body again, with `context().resumed` set. */
  pause(why?: string): Signal {
    return new Signal({ kind: "pause", why });
  },

  /** Calls the body again with `context().loop` holding this value and the next count. @throws CaudalError OPTION_INVALID */
  loop(value?: unknown, options: { readonly in?: Duration | undefined } = {}): Signal {
    refuseIfAny("signals.loop", complaintsAbout(options, { in: isDurationOrZero }));
    return new Signal({ kind: "loop", value, inMs: options.in === undefined ? 0 : toMillisOrZero("in", options.in) });
  },
} as const;
