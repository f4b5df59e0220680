/** The clock and the chance of a real process. */
import type { Clock, Random } from "../ports/clock.ts";

/** setTimeout's longest delay; longer waits are made of several. */
const DELAY_MS_MAX = 2_147_483_647;

/** Timers may fire a little early against the clock, which may be slewed: so much is waited for; more means that it was set. */
const EARLY_MS_MAX = 20;

export const realClock: Clock = {
  now: () => Date.now(),
  steady: () => performance.now(),
  at(at, callback) {
    const due = performance.now() + at - Date.now();
    let handle: NodeJS.Timeout;
    const arm = () => {
      const left = due - performance.now();
      const early = at - Date.now();
      if (left > 0) handle = setTimeout(arm, Math.min(left, DELAY_MS_MAX));
      else if (early > 0 && early <= EARLY_MS_MAX) handle = setTimeout(arm, early);
      else callback();
    };
    handle = setTimeout(arm, Math.min(Math.max(0, due - performance.now()), DELAY_MS_MAX));
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
