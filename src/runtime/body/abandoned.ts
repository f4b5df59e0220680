/**
 * Bodies that go on after their attempt has ended: at its timeout, or given up after a cancel. Until the grace is over
 * one still takes up its place among the attempts that run at once; its limits it keeps for as long as it really goes on,
 * so that a limit is never exceeded.
 */
import type { RunEvent } from "../../engine/event.ts";
import type { Clock, Timer } from "../../ports/clock.ts";
import type { AttemptEnd, AttemptOrder, Executor } from "../../ports/executor.ts";
import { releaseKept } from "../answers/limits.ts";

interface Body {
  /** Until its place is given back. */
  grace: Timer | undefined;
  releaseLimits: (() => void) | undefined;
}

export class AbandonedBodies {
  readonly #clock: Clock;
  readonly #executor: Executor;
  readonly #push: (event: RunEvent) => void;
  readonly #bodies = new Map<AttemptOrder, Body>();
  /** Whose limits the engine has not let go yet: it does once it knows that the attempt has ended. */
  readonly #holding = new Map<number, Body>();
  #places = 0;

  constructor(clock: Clock, executor: Executor, push: (event: RunEvent) => void) {
    this.#clock = clock;
    this.#executor = executor;
    this.#push = push;
  }

  /** Before the engine hears that the attempt has ended: its place must not be given to another in between. */
  goesOn(order: AttemptOrder, end: AttemptEnd): void {
    const body: Body = { grace: undefined, releaseLimits: undefined };
    this.#bodies.set(order, body);
    this.#holding.set(order.slot, body);
    const isEarly = end.kind === "timed-out" || (end.kind === "threw" && end.early === true);
    if (!isEarly) return; // its grace is what it was given up after
    this.#setPlaces(1);
    const at = this.#clock.now() + this.#executor.graceMs;
    body.grace = this.#clock.at(at, () => this.#givePlaceBack(body));
  }

  #setPlaces(more: number): void {
    this.#places += more;
    const capacity = this.#executor.maxAttempts - this.#places;
    this.#push({ type: "CapacityChanged", capacity, at: this.#clock.now() });
  }

  #givePlaceBack(body: Body): void {
    if (body.grace === undefined) return;
    body.grace.cancel();
    body.grace = undefined;
    this.#setPlaces(-1);
  }

  /** The engine lets the limits of a task run go. True: its body keeps them; \`keep\` was called for how to give them back. */
  keepsLimits(slot: number, keep: () => () => void): boolean {
    const body = this.#holding.get(slot);
    if (body === undefined) return false;
    this.#holding.delete(slot);
    body.releaseLimits = keep();
    return true;
  }

  over(order: AttemptOrder): void {
    const body = this.#bodies.get(order);
    if (body === undefined) return;
    this.#bodies.delete(order);
    if (this.#holding.get(order.slot) === body) this.#holding.delete(order.slot);
    this.#givePlaceBack(body);
    body.releaseLimits?.();
  }

  /** Nothing can happen in this process: none of them will ever go on, in no run. */
  noneGoesOn(): void {
    for (const order of [...this.#bodies.keys()]) this.over(order);
    releaseKept();
  }

  /** The run leaves this process; limits stay with the bodies. */
  close(): void {
    for (const body of this.#bodies.values()) {
      body.grace?.cancel();
      body.grace = undefined;
    }
  }
}
