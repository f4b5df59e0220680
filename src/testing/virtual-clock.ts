/**
 * A clock for tests: it shows the same time until something moves it.
 *
 * While a run is followed, time moves by itself: as soon as the run waits for nothing but a time (a retry, a loop's
 * next round, the next tick of its schedule) the clock is set to that time. While a body or a handler is at work the
 * clock stands still, so a real request is never late. One that never ends has as much real time as its deadline
 * says; then the deadline is reached on this clock too.
 */
import { type Duration, toMillisOrZero } from "../base/duration.ts";
import type { Instant } from "../base/time.ts";
import { currentScope } from "../executor/context.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import { readWhen, type When } from "../schedule/when.ts";
import { readZone } from "../schedule/zone.ts";

export interface VirtualClock extends Clock {
  /** Moves on, calling what is due in order of time. @throws CaudalError DURATION_INVALID */
  advance(by: Duration): void;
  /** Moves to a time, calling what is due on the way; an earlier one turns the clock back and calls nothing. */
  moveTo(at: When): void;
  /** For mocks that take their time: settles when the clock has moved on so far; rejects when the signal aborts. */
  sleep(duration: Duration, signal?: AbortSignal): Promise<void>;
}

export interface VirtualClockOptions {
  /** Where it begins; text without an offset is UTC. Default 2021-06-01T00:00Z. */
  readonly at?: When | undefined;
  /** It moves only when the test moves it, also while runs wait. */
  readonly manual?: boolean | undefined;
}

/** What the runs that follow a clock tell it. */
export interface VirtualTime {
  /** A run, or a schedule, follows this clock until the function returned is called. */
  follow(): () => void;
  /** Something is at work: time stands still. */
  begins(work: object): void;
  ends(work: object): void;
}

interface Waiting {
  readonly at: Instant;
  readonly callback: () => void;
}

/** 2021-06-01T00:00Z: a Tuesday at the start of a month, in no zone's change of clocks. */
const START: Instant = Date.UTC(2021, 5, 1);
/** setTimeout's longest delay. */
const REAL_MS_MAX = 2_147_483_647;

const times = new WeakMap<Clock, VirtualTime>();

/** Undefined for a clock that is none of ours. */
export function virtualTimeOf(clock: Clock): VirtualTime | undefined {
  return times.get(clock);
}

class TestClock implements VirtualClock, VirtualTime {
  readonly #manual: boolean;
  /** First come, first called, of those that wait for the same time. */
  readonly #waiting = new Set<Waiting>();
  readonly #atWork = new Set<object>();
  /** Attempts that sleep on this clock, with how many of their sleeps are open. */
  readonly #asleep = new Map<object, number>();
  #now: Instant;
  #followers = 0;
  #moving = false;
  #wake: (() => void) | undefined;

  constructor(start: Instant, manual: boolean) {
    this.#now = start;
    this.#manual = manual;
  }

  now(): Instant {
    return this.#now;
  }

  at(at: Instant, callback: () => void): Timer {
    const timer = { at, callback };
    this.#waiting.add(timer);
    // A time that has passed is called in a later turn, as a real clock does.
    if (at <= this.#now) setImmediate(() => this.#waiting.delete(timer) && callback());
    this.#changed();
    return { cancel: () => this.#waiting.delete(timer) };
  }

  turn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  advance(by: Duration): void {
    this.#moveTo(this.#now + toMillisOrZero("advance(…)", by));
  }

  moveTo(at: When): void {
    this.#moveTo(instantOf("moveTo(…)", at));
  }

  #moveTo(end: Instant): void {
    for (let due = this.#next(); due !== undefined && due.at <= end; due = this.#next()) this.#call(due);
    this.#now = end;
  }

  async sleep(duration: Duration, signal?: AbortSignal): Promise<void> {
    const until = this.#now + toMillisOrZero("sleep(…)", duration);
    const wakes = this.#sleeps(currentScope()?.order);
    try {
      await new Promise<void>((resolve, reject) => {
        const timer = this.at(until, resolve);
        const aborted = () => {
          timer.cancel();
          reject(signal?.reason);
        };
        if (signal?.aborted) aborted();
        else signal?.addEventListener("abort", aborted, { once: true });
      });
    } finally {
      wakes();
    }
  }

  #sleeps(attempt: object | undefined): () => void {
    if (attempt === undefined) return () => undefined;
    this.#asleep.set(attempt, (this.#asleep.get(attempt) ?? 0) + 1);
    this.#changed();
    return () => {
      const left = (this.#asleep.get(attempt) ?? 1) - 1;
      if (left === 0) this.#asleep.delete(attempt);
      else this.#asleep.set(attempt, left);
    };
  }

  follow(): () => void {
    this.#followers++;
    if (!this.#moving && !this.#manual) {
      this.#moving = true;
      void this.#move();
    }
    return () => {
      this.#followers--;
      this.#changed();
    };
  }

  begins(work: object): void {
    this.#atWork.add(work);
  }

  ends(work: object): void {
    this.#atWork.delete(work);
    this.#changed();
  }

  /** Goes from time to time for as long as anybody follows. */
  async #move(): Promise<void> {
    while (this.#followers > 0) {
      await this.turn(); // what was called last, and all that follows from it, comes first
      const due = this.#next();
      if (due === undefined || this.#isBusy()) await this.#change(due);
      else if (this.#followers > 0) this.#callAllAt(due.at);
    }
    this.#moving = false;
  }

  #isBusy(): boolean {
    for (const work of this.#atWork) if (!this.#asleep.has(work)) return true;
    return false;
  }

  #changed(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  /** Resolves when something may have ended, or when what is due has been waited for in real time. */
  #change(due: Waiting | undefined): Promise<void> {
    return new Promise((resolve) => {
      const late = () => {
        if (due !== undefined && this.#waiting.has(due)) this.#call(due);
        this.#changed();
      };
      const real = due && setTimeout(late, Math.min(Math.max(due.at - this.#now, 0), REAL_MS_MAX));
      this.#wake = () => {
        clearTimeout(real);
        resolve();
      };
    });
  }

  #next(): Waiting | undefined {
    let first: Waiting | undefined;
    for (const timer of this.#waiting) if (first === undefined || timer.at < first.at) first = timer;
    return first;
  }

  #callAllAt(at: Instant): void {
    for (const timer of [...this.#waiting]) if (timer.at === at && this.#waiting.has(timer)) this.#call(timer);
  }

  #call(due: Waiting): void {
    this.#waiting.delete(due);
    this.#now = Math.max(this.#now, due.at);
    due.callback();
  }
}

function instantOf(what: string, when: When): Instant {
  return readWhen(what, when, readZone("UTC"), "up");
}

/**
 * A clock for `runFlow` and for whatever else takes one. Runs that share it share its time. An instant alone is where
 * it begins.
 * @throws CaudalError SCHEDULE_INVALID when `at` is no instant
 */
export function virtualClock(options: VirtualClockOptions | Instant = {}): VirtualClock {
  const { at = START, manual = false } = typeof options === "number" ? { at: options } : options;
  const clock = new TestClock(instantOf("virtualClock({ at })", at), manual);
  times.set(clock, clock);
  return clock;
}
