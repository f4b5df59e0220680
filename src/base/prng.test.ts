import { describe, expect, test } from "vitest";
import { Prng } from "./prng.ts";

const drawn = (prng: Prng, count: number) => Array.from({ length: count }, () => prng.next());

describe("a seeded stream of chance", () => {
  test("draws the same whole numbers for the same seed and stream, everywhere", () => {
    const numbers = drawn(new Prng(1, "faults"), 4);

    expect(drawn(new Prng(1, "faults"), 4)).toEqual(numbers);
    expect(numbers.every((number) => Number.isInteger(number) && number >= 0 && number < 2 ** 32)).toBe(true);
  });

  test("differs by seed, by its upper half, and by stream", () => {
    const first = [
      new Prng(1, "faults").next(),
      new Prng(2, "faults").next(),
      new Prng(2 ** 40 + 1, "faults").next(),
      new Prng(1, "bodies").next(),
    ];

    expect(new Set(first).size).toBe(4);
  });

  test("keeps its bounds", () => {
    const prng = new Prng(7, "bounds");

    const below = Array.from({ length: 500 }, () => prng.below(3));
    const between = Array.from({ length: 500 }, () => prng.between(5, 6));

    expect([...new Set(below)].sort()).toEqual([0, 1, 2]);
    expect([...new Set(between)].sort()).toEqual([5, 6]);
    expect(["a", "b"]).toContain(prng.pick(["a", "b"]));
    expect(prng.chance(1, 1)).toBe(true);
    expect(prng.chance(0, 1)).toBe(false);
    expect(prng.drawn).toBe(1_003);
  });
});
