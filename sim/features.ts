/**
 * Swarm testing: each seed has each feature with one chance in two, because a world with everything on hides the bugs
 * that need something to be absent. Those that are on are rare, there, or a storm.
 */
import type { Prng } from "../src/base/prng.ts";

export const FEATURES = [
  "async-bodies",
  "retries",
  "failures",
  "signals",
  "loops",
  "skips",
  "triggers",
  "custom-triggers",
  "mapping",
  "map-each",
  "branches",
  "resources",
  "handlers",
  "slow-handlers",
  "cache",
  "limits",
  "priorities",
  "timeouts",
  "pauses",
  "not-kept",
  "once",
  "bad-values",
  "logs",
  "on-lost",
  "many-runs",
  "keys",
  "schedule",
  "second-process",
  "cancel",
  "pause-run",
  "interrupt",
  "flow-timeout",
  "wait",
  "change-code",
  "narrow",
  "max-concurrency",
  "slow-store",
  "crash-at-call",
  "crash-at-time",
  "store-full",
  "store-failed",
  "freeze",
  "clock-step",
  "events-again",
] as const;

export type FeatureName = (typeof FEATURES)[number];

/** Features that are faults: without them the same world ends undisturbed. */
export const FAULT_FEATURES: readonly FeatureName[] = FEATURES.slice(FEATURES.indexOf("slow-store"));

export type Rate = "rare" | "some" | "storm";

/** Of 100. */
const SHARE: Readonly<Record<Rate, number>> = { rare: 8, some: 30, storm: 75 };

export class Features {
  readonly #rates = new Map<FeatureName, Rate>();

  constructor(prng: Prng, only?: readonly FeatureName[]) {
    for (const name of FEATURES) {
      const on = prng.chance(1, 2);
      const rate = prng.pick(["rare", "some", "some", "storm"] as const);
      if (only === undefined ? on : only.includes(name)) this.#rates.set(name, rate);
    }
  }

  get names(): readonly FeatureName[] {
    return [...this.#rates.keys()];
  }

  has(name: FeatureName): boolean {
    return this.#rates.has(name);
  }

  /** Whether to use it here. */
  strikes(name: FeatureName, prng: Prng): boolean {
    const rate = this.#rates.get(name);
    return rate !== undefined && prng.chance(SHARE[rate], 100);
  }

  /** How many of something that comes a few times per world. */
  count(name: FeatureName, prng: Prng): number {
    const rate = this.#rates.get(name);
    if (rate === undefined) return 0;
    return rate === "rare" ? 1 : rate === "some" ? prng.between(1, 2) : prng.between(2, 5);
  }
}
