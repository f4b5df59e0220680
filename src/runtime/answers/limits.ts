/**
 * Named limits: how many task runs hold a place at once, over all runs of this process and, where the store is shared,
 * over all processes of it. A limit is made known by `limit(name, n)`; a task run claims all of its limits or none, so
 * that two cannot wait for each other.
 *
 * A place that becomes free wakes the first in line. Whoever was woken and does not take the place wakes the next.
 * The places of this process are asked for first, and cost nothing; only who gets them asks the store.
 */
import type { Instant } from "../../base/time.ts";
import type { Store } from "../../ports/store.ts";
import { isWaitedFor, joinLine, wakeFirst } from "./place-line.ts";

interface Limit {
  readonly name: string;
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
    limits.set(name, { name, max, held: 0, waiting: new Set() });
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

/** What a run shares with other processes: its store, and the time. */
export interface SharedLimits {
  readonly store: Store;
  readonly now: () => Instant;
}

/** What a task run was woken for, until it claims. */
type Woken = { readonly limit: Limit } | { readonly shared: string };

/** The place that all processes of a store share for a limit. */
export function limitPlace({ name }: { readonly name: string }): string {
  return `limit/${name}`;
}

/** One run's view of the limits; without `shared`, of those of this process. */
export function limitTable(freed: (slot: number) => void, shared: SharedLimits | undefined): LimitTable {
  return new LimitTable(freed, shared);
}

export class LimitTable {
  readonly #held = new Map<number, readonly Limit[]>();
  /** Takes a task run out of the line again. */
  readonly #inLine = new Map<number, () => void>();
  readonly #woken = new Map<number, Woken>();
  /** When a task run first asked in vain for what other processes have too. */
  readonly #since = new Map<number, Instant>();
  readonly #freed: (slot: number) => void;
  readonly #shared: SharedLimits | undefined;
  #closed = false;

  constructor(freed: (slot: number) => void, shared?: SharedLimits) {
    this.#freed = freed;
    this.#shared = shared;
  }

  /** Takes a place in each of the limits; else names the one that is full, and calls `freed` once it may not be. */
  claim(slot: number, names: readonly string[]): string | undefined | Promise<string | undefined> {
    const woken = this.#woken.get(slot);
    this.#woken.delete(slot);
    this.#inLine.get(slot)?.(); // it asks without having been woken: it must not stand in line twice
    this.#inLine.delete(slot);
    const full = names.find((name) => isFull(limits.get(name)));
    if (full !== undefined) {
      this.#waitFor(slot, limits.get(full)!);
      if (woken !== undefined) this.#passOn(woken);
      return full;
    }
    const known = names.map((name) => limits.get(name)).filter((limit) => limit !== undefined);
    for (const limit of known) limit.held++;
    if (this.#shared !== undefined && known.length > 0) return this.#claimShared(this.#shared, slot, known, woken);
    this.#held.set(slot, known);
    return undefined;
  }

  #claimShared(shared: SharedLimits, slot: number, known: readonly Limit[], woken: Woken | undefined) {
    const { store, now } = shared;
    const turn = woken !== undefined && "shared" in woken;
    const waited = turn ? undefined : known.find((limit) => isWaitedFor(store, limitPlace(limit)));
    if (waited !== undefined) return this.#denied(shared, slot, known, { name: limitPlace(waited), first: false });
    const at = now();
    const since = this.#since.get(slot) ?? at;
    this.#since.set(slot, since);
    const answered = (full: string | undefined) =>
      full === undefined
        ? this.#granted(store, slot, known, turn)
        : this.#denied(shared, slot, known, { name: full, first: turn });
    // A store that cannot answer now has granted nothing: who waits asks again. What is wrong with it, commits say.
    const failed = () => answered(limitPlace(known[0]!));
    let claimed: ReturnType<Store["claimPlaces"]>;
    try {
      const places = known.map((limit) => ({ name: limitPlace(limit), max: limit.max }));
      claimed = store.claimPlaces(places, since, at);
    } catch {
      return failed();
    }
    return claimed instanceof Promise ? claimed.then(answered, failed) : answered(claimed);
  }

  #granted(store: Store, slot: number, known: readonly Limit[], turn: boolean): undefined {
    this.#since.delete(slot);
    this.#held.set(slot, known);
    if (this.#closed) this.release(slot);
    else if (turn) for (const limit of known) wakeFirst(store, limitPlace(limit)); // there may be more
  }

  #denied(
    { store }: SharedLimits,
    slot: number,
    known: readonly Limit[],
    { name, first }: { readonly name: string; readonly first: boolean },
  ): string {
    giveBack(known);
    if (this.#closed) return name;
    const wake = () => {
      this.#inLine.delete(slot);
      this.#woken.set(slot, { shared: name });
      this.#freed(slot);
    };
    this.#inLine.set(slot, joinLine(store, name, { wake, first }));
    return known.find((limit) => limitPlace(limit) === name)?.name ?? name;
  }

  #waitFor(slot: number, limit: Limit): void {
    const wake = () => {
      this.#inLine.delete(slot);
      this.#woken.set(slot, { limit });
      this.#freed(slot);
    };
    limit.waiting.add(wake);
    this.#inLine.set(slot, () => limit.waiting.delete(wake));
  }

  #passOn(woken: Woken): void {
    if ("limit" in woken) wakeNext(woken.limit);
    else if (this.#shared !== undefined) wakeFirst(this.#shared.store, woken.shared);
  }

  /** Gives back what a task run holds, or its place in line. */
  release(slot: number): void {
    this.#inLine.get(slot)?.();
    this.#inLine.delete(slot);
    this.#since.delete(slot);
    const woken = this.#woken.get(slot);
    this.#woken.delete(slot);
    const held = this.#held.get(slot) ?? [];
    this.#held.delete(slot);
    this.#giveBack(held);
    if (woken !== undefined) this.#passOn(woken);
  }

  #giveBack(held: readonly Limit[]): void {
    if (held.length === 0) return;
    // First those of other processes: who is woken here asks the store.
    const given = this.#shared?.store.releasePlaces(held.map(limitPlace));
    const here = () => giveBack(held);
    if (given instanceof Promise) void given.then(here, here);
    else here();
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
      if (kept.delete(release)) this.#giveBack(held);
    };
    kept.add(release);
    return release;
  }

  /** The run leaves this process: nothing of it is held or waited for any more. */
  close(): void {
    this.#closed = true;
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
  return Array.from(limits, ([name, { max, held, waiting }]) => ({ name, slots: max, held, waiting: waiting.size }));
}
