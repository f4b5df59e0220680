/**
 * When the keeper takes things away: after a run of this process has ended, a little more than was written since, so
 * that a store in use stays as large as it is, and a script that ends is not held up by it.
 */
import type { Housekeeper } from "./housekeeping.ts";

/** Between two looks at a store where there was nothing to do. */
const LOOK_MS = 60_000;
const PAUSE_MS = 5;
const BUDGET_MIN = 1_000;
/** What a step costs at least, in rows. */
const STEP_MIN = 50;

export class KeepingHouse {
  readonly #load: () => Promise<Housekeeper>;
  readonly #now: () => number;
  #keeper: Housekeeper | undefined;
  #written = 0;
  #budget = 0;
  #lookAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(load: () => Promise<Housekeeper>, now: () => number) {
    this.#load = load;
    this.#now = now;
  }

  wrote(rows: number): void {
    this.#written += rows;
  }

  /** By the keeper only. */
  runEnded(): void {
    this.#budget += BUDGET_MIN + 2 * this.#written;
    this.#written = 0;
    if (this.#timer !== undefined || this.#closed || this.#now() < this.#lookAt) return;
    this.#timer = setTimeout(() => void this.#work(), 0);
  }

  async #work(): Promise<void> {
    try {
      this.#keeper ??= await this.#load();
      if (this.#closed) return;
      const done = this.#keeper.step();
      this.#budget -= Math.max(done, STEP_MIN);
      if (done === 0) this.#lookAt = this.#now() + LOOK_MS;
      this.#timer =
        done > 0 && this.#budget > 0 && !this.#closed ? setTimeout(() => void this.#work(), PAUSE_MS) : undefined;
    } catch {
      // The store is busy, full or damaged: its runs say so; there is time for this.
      this.#timer = undefined;
      this.#lookAt = this.#now() + LOOK_MS;
    }
    if (this.#timer === undefined) this.#budget = 0;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }
}
