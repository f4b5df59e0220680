/** The clock and the chance of a real process. */
import type { Clock, Random } from "../ports/clock.ts";

/** setTimeout's longest delay; longer waits are made of several. */
const DELAY_MS_MAX = 2_147_483_647;

export const realClock: Clock = {
  now: () => Date.now(),
  at(at, callback) {
    let handle: NodeJS.Timeout;
    const arm = () => {
      const left = at - Date.now();
      // Timers may fire a millisecond early against the wall clock: never call back before `at`.
      handle =
        left <= 0
          ? setTimeout(callback, 0)
          : setTimeout(() => (Date.now() >= at ? callback() : arm()), Math.min(left, DELAY_MS_MAX));
    };
    arm();
    return { cancel: () => clearTimeout(handle) };
  },
  turn: () => new Promise((resolve) => setImmediate(resolve)),
};

const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz";

export const realRandom: Random = {
  fraction: () => Math.random(),
  runId(now) {
    let id = now.toString(36).padStart(9, "0").slice(-9);
    // No secret: V8 seeds Math.random per process from the system, and node:crypto would cost 6 ms of every start.
    while (id.length < 26) id += DIGITS[Math.floor(Math.random() * 36)];
    return id;
  },
};
