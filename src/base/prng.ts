/**
 * Chance that can be repeated: xoshiro128** seeded by splitmix32, in whole numbers only, so that every platform draws
 * the same. Streams of one seed know nothing of each other: drawing more from one does not shift the others.
 */
import { assert } from "./assert.ts";

const rotated = (value: number, by: number) => (value << by) | (value >>> (32 - by));

/** The next of a series that is spread well, whatever the seed; for seeding. */
function splitmix32(seed: number): { readonly seed: number; readonly value: number } {
  const next = (seed + 0x9e3779b9) | 0;
  let value = next ^ (next >>> 16);
  value = Math.imul(value, 0x21f0aaad);
  value ^= value >>> 15;
  value = Math.imul(value, 0x735a2d97);
  value ^= value >>> 15;
  return { seed: next, value: value >>> 0 };
}

export class Prng {
  readonly #state = new Uint32Array(4);
  /** Numbers drawn so far. */
  drawn = 0;

  /** @param seed a whole number below 2^53 @param stream names one of the seed's independent streams */
  constructor(seed: number, stream: string) {
    assert(Number.isSafeInteger(seed) && seed >= 0, "a seed is a whole number from 0 on");
    let mixed = (seed >>> 0) ^ Math.imul(Math.floor(seed / 2 ** 32) + 1, 0x85ebca6b);
    for (let i = 0; i < stream.length; i++) mixed = Math.imul(mixed ^ stream.charCodeAt(i), 0x01000193);
    for (let i = 0; i < 4; i++) {
      const { seed: next, value } = splitmix32(mixed);
      mixed = next;
      this.#state[i] = value;
    }
  }

  /** A whole number, 0 … 2^32 − 1. */
  next(): number {
    const state = this.#state;
    this.drawn++;
    const result = Math.imul(rotated(Math.imul(state[1]!, 5), 7), 9) >>> 0;
    const shifted = state[1]! << 9;
    state[2]! ^= state[0]!;
    state[3]! ^= state[1]!;
    state[1]! ^= state[2]!;
    state[0]! ^= state[3]!;
    state[2]! ^= shifted;
    state[3] = rotated(state[3]!, 11);
    return result;
  }

  /** A whole number, 0 … bound − 1; bound at least 1. */
  below(bound: number): number {
    return this.next() % bound;
  }

  /** A whole number, from and to included. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1);
  }

  /** True in `part` of `of` cases. */
  chance(part: number, of: number): boolean {
    return this.below(of) < part;
  }

  pick<T>(list: readonly T[]): T {
    assert(list.length > 0, "there is something to pick from");
    return list[this.below(list.length)]!;
  }
}
