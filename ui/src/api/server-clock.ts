/**
 * The server's clock, read from the `Caudal-Time` of its answers: what this page shows is counted from it, never from
 * the clock of the machine it is looked at on.
 */
import type { Instant, Millis } from "../../../src/server/contract.ts";

interface Sample {
  readonly skewMs: Millis;
  readonly roundTripMs: Millis;
}

/** The answer that took the shortest time says it best (Cristian 1989); old ones leave, because clocks drift. */
const SAMPLES_MAX = 12;

export class ServerClock {
  private samples: Sample[] = [];

  /** `sentAt`, `receivedAt`: of this machine. */
  learn(serverTime: Instant, sentAt: Instant, receivedAt: Instant): void {
    const roundTripMs = Math.max(0, receivedAt - sentAt);
    this.samples = [...this.samples, { skewMs: serverTime + roundTripMs / 2 - receivedAt, roundTripMs }].slice(
      -SAMPLES_MAX,
    );
  }

  /** How far the server is ahead. */
  get skewMs(): Millis {
    let best: Sample | undefined;
    for (const sample of this.samples) if (best === undefined || sample.roundTripMs <= best.roundTripMs) best = sample;
    return Math.round(best?.skewMs ?? 0);
  }

  now(): Instant {
    return Date.now() + this.skewMs;
  }
}
