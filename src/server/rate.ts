/** How much one address may ask: a bucket that fills again. What is refused costs nothing. */
import { CaudalError } from "../base/errors.ts";

export interface Rate {
  readonly perSecond: number;
  /** At once. */
  readonly burst: number;
}

export interface Rates {
  readonly reads: Rate;
  readonly writes: Rate;
}

export const RATES: Rates = { reads: { perSecond: 500, burst: 2_000 }, writes: { perSecond: 50, burst: 200 } };

const ADDRESSES_MAX = 10_000;

interface Bucket {
  left: number;
  at: number;
}

export class RateLimit {
  readonly #rate: Rate;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** @throws CaudalError TOO_MANY_REQUESTS */
  take(address: string, now: number): void {
    const { perSecond, burst } = this.#rate;
    const bucket = this.#buckets.get(address) ?? this.#added(address, now);
    bucket.left = Math.min(burst, bucket.left + ((now - bucket.at) / 1_000) * perSecond);
    bucket.at = now;
    if (bucket.left < 1)
      throw new CaudalError("TOO_MANY_REQUESTS", { retryAfterMs: Math.ceil(((1 - bucket.left) / perSecond) * 1_000) });
    bucket.left -= 1;
  }

  #added(address: string, now: number): Bucket {
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size >= ADDRESSES_MAX && oldest !== undefined) this.#buckets.delete(oldest);
    const bucket = { left: this.#rate.burst, at: now };
    this.#buckets.set(address, bucket);
    return bucket;
  }
}
