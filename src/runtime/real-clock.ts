/** The clock and the chance of a real process. */
import type { Clock, Random } from "../ports/clock.ts";

/** setTimeout's longest delay; longer waits are made of several. */
const DELAY_MS_MAX = 2_147_483_647;

/** Timers may fire a little early against the clock, which may be slewed: so much is waited for; more means that it was set. */
const EARLY_MS_MAX = 20;

/** Milliseconds by the clock that nobody sets. The first touch of `performance` would read node:perf_hooks, 1 ms of a start. */
function steady(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1_000_000;
}

export const realClock: Clock = {
  now: () => Date.now(),
  steady,
  at(at, callback) {
    const due = steady() + at - Date.now();
    let handle: NodeJS.Timeout;
    let holds = true;
    const wait = (ms: number) => {
      handle = setTimeout(arm, Math.min(ms, DELAY_MS_MAX));
      if (!holds) handle.unref();
    };
    const arm = () => {
      const left = due - steady();
      const early = at - Date.now();
      if (left > 0) wait(left);
      else if (early > 0 && early <= EARLY_MS_MAX) wait(early);
      else callback();
    };
    wait(Math.max(0, due - steady()));
    const unref = () => {
      holds = false;
      handle.unref();
    };
    return { cancel: () => clearTimeout(handle), unref };
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
