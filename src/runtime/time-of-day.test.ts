import { describe, expect, test } from "vitest";
import { stage } from "../../test/support/play.ts";
import { virtualClock } from "../../test/support/virtual-clock.ts";
import { every, flow, task } from "../index.ts";
import type { Clock } from "../ports/clock.ts";
import { runProgramOnSchedule } from "./run-on-schedule.ts";
import { atTimeOfDay } from "./time-of-day.ts";

const MINUTE = 60_000;

/** A clock on the wall that somebody sets; `real` is the time that passes. */
function wallClock() {
  const real = virtualClock();
  let shiftMs = 0;
  const clock: Clock = {
    now: () => real.now() + shiftMs,
    steady: () => real.now(),
    at: (at, callback) => real.at(at - shiftMs, callback),
    turn: () => real.turn(),
  };
  const set = (byMs: number) => void (shiftMs += byMs);
  return { real, clock, set };
}

/** When it is called, in time that has really passed. */
function called({ real, clock }: ReturnType<typeof wallClock>, inMs: number) {
  return new Promise<number>((resolve) => atTimeOfDay(clock, clock.now() + inMs, () => resolve(real.elapsed())));
}

describe("a time of day that is waited for", () => {
  test("comes in its time", async () => {
    expect(await called(wallClock(), 90 * MINUTE + 7)).toBe(90 * MINUTE + 7);
  });

  test("comes within a minute when the clock was set past it, or the machine slept", async () => {
    const wall = wallClock();
    wall.real.at(wall.real.now() + 10 * MINUTE + 1, () => wall.set(80 * MINUTE));

    expect(await called(wall, 90 * MINUTE)).toBe(11 * MINUTE);
  });

  test("comes no earlier when the clock was set back", async () => {
    const wall = wallClock();
    wall.real.at(wall.real.now() + 10 * MINUTE, () => wall.set(-60 * MINUTE));

    expect(await called(wall, 90 * MINUTE)).toBe(150 * MINUTE);
  });

  test("does not come when nobody waits any more", async () => {
    const { real, clock } = wallClock();
    let came = false;
    const timer = atTimeOfDay(clock, clock.now() + 5 * MINUTE, () => (came = true));
    await real.sleep(2 * MINUTE + 1);

    timer.cancel();
    await real.sleep(10 * MINUTE);

    expect([came, real.pending()]).toEqual([false, 0]);
  });

  test("is when a schedule runs", async () => {
    const { real, clock, set } = wallClock();
    const on = stage();
    const { program } = flow({ name: "daily", schedule: every("1d") }, () => task("one", () => 1)());
    real.at(real.now() + MINUTE, () => set(24 * 60 * MINUTE));

    await runProgramOnSchedule(program, { store: on.store, runs: 1 }, { ports: { ...on, clock } });

    expect(real.elapsed()).toBeLessThanOrEqual(2 * MINUTE);
  });
});
