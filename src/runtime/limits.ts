/**
 * Named limits of this process: how many task runs hold a place at once, over all its runs. A limit is made known
 * by `limit(name, n)`; a task run claims all of its limits or none, so that two cannot wait for each other.
 */

interface Limit {
  readonly max: number;
  held: number;
  readonly waiting: Set<() => void>;
}

const limits = new Map<string, Limit>();

/** Says how many task runs of this process may hold the limit at once; the last word counts. */
export function setLimit(name: string, max: number): void {
  const known = limits.get(name);
  limits.set(name, { max, held: known?.held ?? 0, waiting: known?.waiting ?? new Set() });
}

/** One run's view of the limits. */
export class LimitTable {
  readonly #held = new Map<number, readonly string[]>();
  readonly #waiting = new Map<number, () => void>();
  readonly #freed: (slot: number) => void;

  constructor(freed: (slot: number) => void) {
    this.#freed = freed;
  }

  /** Takes a place in each of the limits; else names the one that is full, and calls `freed` once it may not be. */
  claim(slot: number, names: readonly string[]): string | undefined {
    const full = names.find((name) => isFull(name));
    if (full !== undefined) {
      const wake = () => {
        this.#waiting.delete(slot);
        this.#freed(slot);
      };
      this.#waiting.set(slot, wake);
      limits.get(full)?.waiting.add(wake);
      return full;
    }
    for (const name of names) {
      const limit = limits.get(name);
      if (limit !== undefined) limit.held++;
    }
    this.#held.set(slot, names);
    return undefined;
  }

  release(slot: number): void {
    for (const name of this.#held.get(slot) ?? []) {
      const limit = limits.get(name);
      if (limit === undefined) continue;
      limit.held--;
      const [first] = limit.waiting;
      if (first === undefined) continue;
      limit.waiting.delete(first);
      first();
    }
    this.#held.delete(slot);
  }
}

function isFull(name: string): boolean {
  const limit = limits.get(name);
  return limit !== undefined && limit.held >= limit.max;
}
