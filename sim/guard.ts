/**
 * While a world goes on nothing under test may read the real time, draw real chance or wait for real: what is left of
 * those throws. Intervals (a store's look at its file, now and then) belong to the world's time.
 */
import type { World } from "./world.ts";

const real = {
  now: Date.now,
  Date: globalThis.Date,
  random: Math.random,
  setTimeout: globalThis.setTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  setImmediate: globalThis.setImmediate,
  performanceNow: performance.now,
};

const forbidden = (name: string) => () => {
  throw new Error(`${name} was used while a world was simulated: only its ports have time and chance`);
};

const IDLE_TICKS_MAX = 6;

/** Once in so many steps the real event loop comes round: only then a rejection that nobody handles is told. */
const ROUND_EVERY = 16;

/** `queueMicrotask` makes a resource of each. */
const resolved = Promise.resolve();

interface Ticking {
  stopped: boolean;
  ref(): Ticking;
  unref(): Ticking;
}

function ticksIn(world: World) {
  return (callback: () => void, ms: number): Ticking => {
    const ticking: Ticking = { stopped: false, ref: () => ticking, unref: () => ticking };
    const owner = world.current;
    const tick = (idle: number) => {
      if (ticking.stopped || owner?.dead) return;
      if (owner?.frozen) owner.parked.push(callback);
      else {
        if (owner !== undefined) world.enter(owner);
        callback();
      }
      // Where nothing has happened for a while nothing can have changed: it rests until something does.
      if (idle < IDLE_TICKS_MAX) world.later(ms, undefined, () => tick(idle + 1), true);
      else world.resting.push(() => tick(0));
    };
    world.later(ms, undefined, () => tick(0), true);
    return ticking;
  };
}

let dateOfFiles: number | undefined;

/** Only a store on a real disk asks: for the times of its files. */
class DateWithoutNow extends real.Date {
  constructor(...args: unknown[]) {
    if (args.length === 0 && dateOfFiles === undefined) throw forbidden("new Date()")();
    super(...((args.length === 0 ? [dateOfFiles] : args) as [number]));
  }
}

let rejected: ((thrown: unknown) => void) | undefined;
// What a planted bug leaves behind when its world is over is nobody's any more.
process.on("unhandledRejection", (thrown) => rejected?.(thrown));

/** @param work gets the one way left to come back later: when every microtask is done */
export async function withGuard(
  world: World,
  work: (later: (step: () => void) => void) => Promise<void>,
): Promise<void> {
  rejected = (thrown) => world.fail(new Error(`unhandled rejection: ${String(thrown)}`));
  dateOfFiles = world.scenario.store === "sqlite" ? world.now : undefined;
  Object.assign(globalThis, {
    Date: DateWithoutNow,
    setTimeout: forbidden("setTimeout"),
    setInterval: ticksIn(world),
    clearInterval: (ticking: Ticking | undefined) => {
      if (ticking !== undefined) ticking.stopped = true;
    },
    setImmediate: forbidden("setImmediate"),
  });
  DateWithoutNow.now = forbidden("Date.now");
  Math.random = forbidden("Math.random");
  performance.now = forbidden("performance.now");
  try {
    let steps = 0;
    await work((step) => {
      if (++steps % ROUND_EVERY === 0) real.setImmediate(step);
      else void resolved.then(() => process.nextTick(step)); // ticks come when no microtask is left
    });
    await new Promise((resolve) => void real.setImmediate(resolve));
  } finally {
    const { setTimeout, setInterval, clearInterval, setImmediate } = real;
    Object.assign(globalThis, { Date: real.Date, setTimeout, setInterval, clearInterval, setImmediate });
    Math.random = real.random;
    performance.now = real.performanceNow;
    rejected = undefined;
  }
}
