/** Waiting for the user's code, but not for ever. */
import type { Clock } from "../../ports/clock.ts";

export interface Patience {
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/** What `work` settles with; once the time is up, the error `late` makes. */
export function withinTime<T>(work: Promise<T>, { clock, timeoutMs }: Patience, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.at(clock.now() + timeoutMs, () => reject(late()));
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}
