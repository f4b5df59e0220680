/**
 * Named limits of this process: how many task runs hold a place at once, over all its runs. A limit is made known
 * by `limit(name, n)`; a task run claims all of its limits or none, so that two cannot wait for each other.
 *
 * A place that becomes free wakes the first in line. Whoever was woken and does not take the place wakes the next.
 */

interface Limit {
  max: number;
  held: number;
  /** In line, first come first. */
  readonly waiting: Set<() => void>;
}

const limits = new Map<string, Limit>();

/** Says how many task runs of this process may hold the limit at once; the last word counts. */
export function setLimit(name: string, max: number): void {
  const known = limits.get(name);
  if (known === undefined) {
    limits.set(name, { max, held: 0, waiting: new Set() });
    return;
  }
  const more = max - known.max;
  known.max = max;
  for (let i = 0; i < more; i++) wakeNext(known);
}

function wakeNext(limit: Limit): void {
  if (limit.held >= limit.max) return;
  const [first] = limit.waiting;
  if (first === undefined) return;
  limit.waiting.delete(first);
  first();
}

/** Gives back what bodies hold that go on after their attempts. */
const kept = new Set<() => void>();

/** Nothing in this process can happen any more: those bodies never go on. */
export function releaseKept(): void {
  for (const release of [...kept]) release();
}

/** One run's view of the limits. */
export class LimitTable {
  readonly #held = new Map<number, readonly Limit[]>();
  /** Takes a task run out of the line again. */
  readonly #inLine = new Map<number, () => void>();
  /** Limits whose free place a task run was woken for, until it claims. */
  readonly #woken = new Map<number, Limit>();
  readonly #freed: (slot: number) => void;

  constructor(freed: (slot: number) => void) {
    this.#freed = freed;
  }

  /** Takes a place in each of the limits; else names the one that is full, and calls `freed` once it may not be. */
  claim(slot: number, names: readonly string[]): string | undefined {
    const wokenFor = this.#woken.get(slot);
    this.#woken.delete(slot);
    const full = names.find((name) => isFull(limits.get(name)));
    if (full !== undefined) {
      this.#waitFor(slot, limits.get(full)!);
      if (wokenFor !== undefined) wakeNext(wokenFor);
      return full;
    }
    const known = names.map((name) => limits.get(name)).filter((limit) => limit !== undefined);
    for (const limit of known) limit.held++;
    this.#held.set(slot, known);
    return undefined;
  }

  #waitFor(slot: number, limit: Limit): void {
    const wake = () => {
      this.#inLine.delete(slot);
      this.#woken.set(slot, limit);
      this.#freed(slot);
    };
    limit.waiting.add(wake);
    this.#inLine.set(slot, () => limit.waiting.delete(wake));
  }

  /** Gives back what a task run holds, or its place in line. */
  release(slot: number): void {
    this.#inLine.get(slot)?.();
    this.#inLine.delete(slot);
    const wokenFor = this.#woken.get(slot);
    this.#woken.delete(slot);
    const held = this.#held.get(slot) ?? [];
    this.#held.delete(slot);
    giveBack(held);
    if (wokenFor !== undefined) wakeNext(wokenFor);
  }

  /**
   * The attempt of a task run is over, its body is not: what it holds stays held, whatever becomes of the task run and
   * of its run, until the function returned is called.
   */
  keep(slot: number): () => void {
    const held = this.#held.get(slot) ?? [];
    this.#held.delete(slot);
    this.release(slot);
    const release = () => {
      if (kept.delete(release)) giveBack(held);
    };
    kept.add(release);
    return release;
  }

  /** The run leaves this process: nothing of it is held or waited for any more. */
  close(): void {
    for (const slot of [...this.#inLine.keys(), ...this.#woken.keys(), ...this.#held.keys()]) this.release(slot);
  }
}

function giveBack(held: readonly Limit[]): void {
  for (const limit of held) limit.held--;
  for (const limit of held) wakeNext(limit);
}

function isFull(limit: Limit | undefined): boolean {
  return limit !== undefined && limit.held >= limit.max;
}

/** How much of each limit is taken in this process, by name. */
export function limitsNow(): readonly {
  readonly name: string;
  readonly slots: number;
  readonly held: number;
  readonly waiting: number;
}[] {
  const all = [...limits].map(([name, { max, held, waiting }]) => ({ name, slots: max, held, waiting: waiting.size }));
  return all.sort((a, b) => (a.name < b.name ? -1 : 1));
}
