/**
 * The default executor: attempts run in this process, `maxAttempts` at once.
 *
 * A body cannot be stopped from outside. At its deadline the attempt is TimedOut for good and its signal aborts;
 * a next attempt of the same task run starts when the old body has ended or the grace is over.
 */
import { CaudalError } from "../base/errors.ts";
import { type Duration, toMillis } from "../base/duration.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { AttemptOrder, Executor } from "../ports/executor.ts";
import { Attempt, type AbortReason, steadyNow } from "./attempt.ts";

export interface InlineOptions {
  /** Attempts at once, 1 … 100,000; default 64. */
  readonly maxAttempts?: number | undefined;
  /** How long an aborted body may take to end before it is given up; default "10s". */
  readonly grace?: Duration | undefined;
}

/** An executor before it knows the clock of the run it serves. */
export interface ExecutorFactory {
  readonly maxAttempts: number;
  (clock: Clock): Executor;
}

const MAX_ATTEMPTS = 64;
const GRACE_MS = 10_000;

/** An order that waits for the body before it. */
interface WaitingOrder {
  readonly order: AttemptOrder;
  readonly timer: Timer;
}

/** One per run: slots name its attempts. */
class InlineExecutor implements Executor {
  readonly maxAttempts: number;
  readonly graceMs: number;
  readonly #clock: Clock;
  /** Attempts whose body has not returned; an abandoned one stays until it does or its grace ends. */
  readonly #bodies = new Map<number, Attempt>();
  readonly #waiting = new Map<number, WaitingOrder>();
  readonly #ended = (attempt: Attempt) => this.#next(attempt);

  constructor(clock: Clock, maxAttempts: number, graceMs: number) {
    this.#clock = clock;
    this.maxAttempts = maxAttempts;
    this.graceMs = graceMs;
  }

  start(order: AttemptOrder): void {
    const before = this.#bodies.get(order.slot);
    if (before === undefined) return this.#begin(order);
    const since = steadyNow(this.#clock) - (before.abortedAt ?? steadyNow(this.#clock));
    const timer = this.#clock.at(this.#clock.now() + this.graceMs - since, () => this.#next(before));
    this.#waiting.set(order.slot, { order, timer });
  }

  #begin(order: AttemptOrder): void {
    const attempt = new Attempt(order, this.#clock, this.#ended);
    this.#bodies.set(order.slot, attempt);
    attempt.start();
  }

  /** The body is over, or given up: whoever waited for it starts. */
  #next(over: Attempt): void {
    const { slot } = over.order;
    if (this.#bodies.get(slot) !== over) return;
    this.#bodies.delete(slot);
    const waiting = this.#waiting.get(slot);
    if (waiting === undefined) return;
    waiting.timer.cancel();
    this.#waiting.delete(slot);
    this.#begin(waiting.order);
  }

  abort(slot: number, why: AbortReason): boolean {
    const waiting = this.#waiting.get(slot);
    const body = this.#bodies.get(slot);
    if (waiting === undefined) {
      body?.abort(why, this.graceMs);
      return body !== undefined;
    }
    waiting.timer.cancel();
    this.#waiting.delete(slot);
    waiting.order.ended(waiting.order, { kind: "released" }, false);
    return true;
  }
}

/**
 * Runs attempts in this process.
 * @throws CaudalError OPTION_INVALID, DURATION_INVALID
 */
export function inline(options: InlineOptions = {}): ExecutorFactory {
  const maxAttempts = options.maxAttempts ?? MAX_ATTEMPTS;
  if (!Number.isSafeInteger(maxAttempts) || maxAttempts < 1 || maxAttempts > 100_000) {
    throw new CaudalError("OPTION_INVALID", {
      of: "inline()",
      complaints: [`maxAttempts must be a whole number from 1 to 100,000, not ${String(maxAttempts)}`],
    });
  }
  const graceMs = options.grace === undefined ? GRACE_MS : toMillis("grace", options.grace);
  return Object.assign((clock: Clock) => new InlineExecutor(clock, maxAttempts, graceMs), { maxAttempts });
}
