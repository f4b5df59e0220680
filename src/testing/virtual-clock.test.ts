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
      return (await runFlow(cached, { clock, store })).result;
    };

    expect([await resultAfter(0), await resultAfter(HOUR - 1), await resultAfter(1)]).toEqual([1, 1, 2]);
  });

  test("waits for a retry until a clock moved by hand is moved", async () => {
    const clock = virtualClock({ manual: true });
    const startedAt = clock.now();
    const late = task("late", () => {
      if (clock.now() === startedAt) throw signals.retry({ in: "1h" });
      return clock.now();
    });

    const ended = runFlow(
      flow("late", () => late()),
      { clock },
    );
    await clock.turn();
    clock.advance("1h");

    expect((await ended).state).toMatchObject(states.success(startedAt + HOUR));
  });

  test("jumps to a retry by itself", async () => {
    const clock = virtualClock({ at: "2026-03-29T00:30:00Z" });
    const late = task({ name: "late", retries: 3, retryDelay: "1d" }, () => {
      throw new Error("not today");
    });

    const run = await runFlow(
      flow("late", () => late()),
      { clock },
    );

    expect(run.task("late").attempts).toBe(4);
    expect(new Date(clock.now()).toISOString()).toBe("2026-04-01T00:30:00.000Z");
  });

  test("stands still while a body does real work, whatever its timeout", async () => {
    const works = task(
      { name: "works", timeout: "1h" },
      () => new Promise((resolve) => setTimeout(resolve, 20, "done")),
    );

    const run = await runFlow(flow("works", () => works()));

    expect(run.result).toBe("done");
  });

  test("stands still while a handler does real work", async () => {
    const handler = () => new Promise<void>((resolve) => setTimeout(resolve, 20));
    const watched = task({ name: "watched", stateHandlers: [handler] }, () => "done");

    const run = await runFlow(flow("watched", () => watched()));

    expect(run.result).toBe("done");
  });

  test("reaches the deadline of a body that never ends, in real time", async () => {
    const hangs = task({ name: "hangs", timeout: "20ms" }, () => new Promise(() => undefined));

    const run = await runFlow(flow("hangs", () => hangs()));

    expect(run.task("hangs").state.type).toBe("TimedOut");
  });

  test("times out a mock that sleeps on it, at once", async () => {
    const clock = virtualClock();
    const slow = task({ name: "slow", timeout: "1h" }, () => "done");

    const run = await runFlow(
      flow("slow", () => slow()),
      { clock, mocks: { slow: () => clock.sleep("2h") } },
    );

    expect(run.task("slow").state.type).toBe("TimedOut");
  });

  test("lets two runs share its time", async () => {
    const clock = virtualClock({ at: 0 });
    const later = (name: string, retryDelay: "1h" | "3h") =>
      flow(name, () =>
        task({ name, retries: 1, retryDelay }, () => {
          if (clock.now() < HOUR) throw new Error("too early");
          return clock.now();
        })(),
      );

    const runs = await Promise.all([runFlow(later("a", "1h"), { clock }), runFlow(later("b", "3h"), { clock })]);

    expect(runs.map(({ result }) => result)).toEqual([HOUR, 3 * HOUR]);
  });
});
