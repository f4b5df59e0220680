import { describe, expect, test } from "vitest";
import { flow, signals, states, task } from "../index.ts";
import { memoryStore } from "../store/memory.ts";
import { runFlow } from "./run-flow.ts";
import { virtualClock } from "./virtual-clock.ts";

const HOUR = 3_600_000;

describe("a virtual clock", () => {
  test("stands still until it is moved", () => {
    const clock = virtualClock(1_000);

    expect([clock.now(), clock.now()]).toEqual([1_000, 1_000]);
  });

  test("calls what is due in order of time, at its time", () => {
    const clock = virtualClock(0);
    const called: [string, number][] = [];
    const note = (name: string) => () => called.push([name, clock.now()]);
    clock.at(30, note("last"));
    clock.at(10, note("first"));
    clock.at(10, note("second"));

    clock.advance(30);

    expect(called).toEqual([
      ["first", 10],
      ["second", 10],
      ["last", 30],
    ]);
  });

  test("does not call what was cancelled or is not due", () => {
    const clock = virtualClock(0);
    const called: string[] = [];
    clock.at(5, () => called.push("cancelled")).cancel();
    clock.at(20, () => called.push("later"));

    clock.advance(10);

    expect(called).toEqual([]);
  });

  test("calls in a later turn what waits for a time that has passed", async () => {
    const clock = virtualClock(100);
    const called: string[] = [];
    clock.at(50, () => called.push("late"));

    expect(called).toEqual([]);
    await clock.turn();

    expect(called).toEqual(["late"]);
  });
});

describe("a flow run on a virtual clock", () => {
  const counting = () => {
    let calls = 0;
    return flow("cached", () => task({ name: "count", cacheFor: "1h", cacheBy: "nothing" }, () => ++calls)());
  };

  test("has cached results that age with it", async () => {
    const cached = counting();
    const clock = virtualClock();
    const store = memoryStore();
    const resultAfter = async (ms: number) => {
      clock.advance(ms);
      return (await runFlow(cached, { clock, store, logLevel: "off" })).result;
    };

    expect([await resultAfter(0), await resultAfter(HOUR - 1), await resultAfter(1)]).toEqual([1, 1, 2]);
  });

  test("waits for a retry until the clock is moved", async () => {
    const clock = virtualClock();
    const startedAt = clock.now();
    const late = task("late", () => {
      if (clock.now() === startedAt) throw signals.retry({ in: "1h" });
      return clock.now();
    });

    const ended = runFlow(
      flow("late", () => late()),
      { clock, logLevel: "off" },
    );
    await clock.turn();
    clock.advance(HOUR);

    expect((await ended).state).toMatchObject(states.success(startedAt + HOUR));
  });
});
