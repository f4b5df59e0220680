/**
 * A clock whose time jumps to the next timer when nothing else is going on: a day passes in a millisecond, and no
 * test sleeps. "Nothing else" means that the microtasks and the turns of this process's event loop are used up;
 * real input and output is not waited for.
 */
import type { Instant } from "../../src/base/time.ts";
import type { Clock, Timer } from "../../src/ports/clock.ts";

/** 2026-11-23T10:03:53Z: where virtual time begins. */
export const START: Instant = Date.UTC(2026, 10, 23, 10, 3, 53);

export interface VirtualClock extends Clock {
  /** Milliseconds since the clock was made. */
  elapsed(): number;
  /** Settles `ms` later; at once, rejecting with its reason, when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Sets time forward without calling anybody: what a body that blocks the thread does. */
  skip(ms: number): void;
  /** Timers that are armed. */
  pending(): number;
}

/** Turns of the event loop without a timer set or cancelled, after which nothing else is going on. */
const QUIET_TURNS = 3;

interface Armed {
  readonly at: Instant;
  readonly order: number;
  readonly callback: () => void;
}

export function virtualClock(start: Instant = START): VirtualClock {
  const timers = new Set<Armed>();
  let now = start;
  let armed = 0;
  let turns = 0;
  let activity = 0;
  let pumping = false;

  const next = () =>
    [...timers].reduce<Armed | undefined>(
      (first, timer) =>
        first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order)
          ? timer
          : first,
      undefined,
    );
  const pump = async () => {
    while (timers.size > 0) {
      const before = activity;
      for (let turn = 0; turn < QUIET_TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
      if (turns > 0 || activity !== before) continue;
      const timer = next();
      if (timer === undefined) continue;
      timers.delete(timer);
      now = Math.max(now, timer.at);
      timer.callback();
    }
    pumping = false;
  };
  const at = (instant: Instant, callback: () => void): Timer => {
    const timer = { at: instant, order: armed++, callback };
    timers.add(timer);
    activity++;
    if (!pumping) {
      pumping = true;
      void pump();
    }
    return {
      cancel: () => {
        activity++;
        timers.delete(timer);
      },
    };
  };
  return {
    now: () => now,
    elapsed: () => now - start,
    at,
    turn: async () => {
      turns++;
      await new Promise((resolve) => setImmediate(resolve));
      turns--;
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const timer = at(now + ms, resolve);
        signal?.addEventListener("abort", () => {
          timer.cancel();
          reject(signal.reason);
        });
      }),
    skip: (ms) => {
      now += ms;
    },
    pending: () => timers.size,
  };
}
