/** A clock that stands still until it is moved: what waits for a time is called when the time is reached. */
import type { Instant, Millis } from "../base/time.ts";
import type { Clock, Timer } from "../ports/clock.ts";

export interface VirtualClock extends Clock {
  /** Moves on by `ms`, calling what is due in order of time. */
  advance(ms: Millis): void;
  /** Moves to an instant, calling what is due on the way; an earlier one turns the clock back and calls nothing. */
  moveTo(at: Instant): void;
}

interface Waiting {
  readonly at: Instant;
  /** Tells apart what waits for one instant: first come, first called. */
  readonly order: number;
  readonly callback: () => void;
}

/** 2021-06-01T00:00Z: a Tuesday at the start of a month, in no zone's change of clocks. */
const START: Instant = Date.UTC(2021, 5, 1);

export function virtualClock(startAt: Instant = START): VirtualClock {
  const waiting = new Set<Waiting>();
  let now = startAt;
  let order = 0;
  const nextUntil = (end: Instant) =>
    [...waiting].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at || a.order - b.order)[0];
  const moveTo = (end: Instant) => {
    for (let due = nextUntil(end); due !== undefined; due = nextUntil(end)) {
      waiting.delete(due);
      now = Math.max(now, due.at);
      due.callback();
    }
    now = end;
  };
  return {
    now: () => now,
    at(at, callback): Timer {
      const timer = { at, order: order++, callback };
      waiting.add(timer);
      // A time that has passed is called in a later turn, as a real clock does.
      if (at <= now) setImmediate(() => waiting.delete(timer) && callback());
      return { cancel: () => waiting.delete(timer) };
    },
    turn: () => new Promise((resolve) => setImmediate(resolve)),
    advance: (ms) => moveTo(now + ms),
    moveTo,
  };
}
