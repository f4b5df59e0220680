/** Chance that tests decide: the fractions given, over and over; run ids that count. */
import type { Random } from "../../src/ports/clock.ts";

export function fakeRandom(fractions: readonly number[] = [0.5]): Random {
  let drawn = 0;
  let ids = 0;
  return {
    fraction: () => fractions[drawn++ % fractions.length] ?? 0,
    runId: () => `run${String(++ids).padStart(23, "0")}`,
  };
}
