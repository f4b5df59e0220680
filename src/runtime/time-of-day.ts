/**
 * Waiting for a time of day. It comes when the clock on the wall says so: earlier than it seemed where that was set
 * forward or the machine slept, later where it was set back. Timers know nothing of either, so every now and then the
 * clock is looked at.
 */
import type { Instant } from "../base/time.ts";
import type { Clock, Timer } from "../ports/clock.ts";

const LOOK_MS = 60_000;

/** Calls back at `at` or, where the clock was set meanwhile, at most a minute later; never before. */
export function atTimeOfDay(clock: Clock, at: Instant, callback: () => void): Timer {
  const canBeSet = clock.steady !== undefined;
  const look = (): Timer => {
    const until = canBeSet ? Math.min(at, clock.now() + LOOK_MS) : at;
    return clock.at(until, () => {
      if (clock.now() < at) timer = look();
      else callback();
    });
  };
  let timer = look();
  return { cancel: () => timer.cancel() };
}
