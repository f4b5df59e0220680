import { describe, expect, test } from "vitest";
import { play, stage, type Stage } from "../../test/support/play.ts";
import { context, flow, task, type TaskOptions } from "../index.ts";

/** Fails in its first `failures` attempts; notes when each began. */
function flaky(on: Stage, failures: number, options: TaskOptions) {
  const starts: number[] = [];
  const body = () => {
    starts.push(on.clock.elapsed());
    if (context().attempt <= failures) throw new RangeError(`attempt ${context().attempt}`);
    return context().attempt;
  };
  return { starts, flow: flow("flaky", () => task({ name: "flaky", ...options }, body)()) };
}

async function startsOf(failures: number, options: TaskOptions, fractions: readonly number[] = [0.5]) {
  const on = stage({ fractions });
  const made = flaky(on, failures, options);
  const run = await on.run(made.flow);
  return { starts: made.starts, task: run.task("flaky") };
}

describe("a task that fails with retries left", () => {
  test("is called once more per retry, and succeeds when an attempt does", async () => {
    expect((await startsOf(2, { retries: 3 })).task).toMatchObject({
      attempts: 3,
      result: 3,
      state: { type: "Success" },
    });
  });

  test("fails with the error of the last attempt when none is left", async () => {
    const { task } = await startsOf(9, { retries: 2 });

    expect(task).toMatchObject({
      attempts: 3,
      state: { type: "Failed", error: { name: "RangeError", message: "attempt 3" } },
    });
    expect(task.explain()).toContain("in attempt 3");
  });

  test("keeps its consumers waiting, and a trigger sees only how it ended", async () => {
    const on = stage();
    const made = flow("waits", () =>
      task(
        { name: "after", trigger: "any_failed" },
        (_: unknown) => 1,
      )(
        task({ name: "once", retries: 1, retryDelay: "1m" }, () => {
          if (context().attempt === 1) throw new Error("once");
        })(),
      ),
    );

    expect((await on.run(made)).task("after").state.type).toBe("TriggerFailed");
  });

  test("goes through Failed and Retrying", async () => {
    const { task } = await startsOf(1, { retries: 1, retryDelay: "5s" });

    expect(task.story().map((line) => line.slice(11))).toEqual([
      "10:03:53+00:00 Pending → Running".slice(0),
      "10:03:53+00:00 Running → Failed",
      "10:03:53+00:00 Failed → Retrying",
      "10:03:58+00:00 Retrying → Running",
      "10:03:58+00:00 Running → Success",
    ]);
  });
});

describe("the delay before a retry", () => {
  test.each<readonly [string, TaskOptions["retryDelay"], readonly number[]]>([
    ["is none when not given", undefined, [0, 0, 0, 0]],
    ["may be fixed", "10s", [0, 10_000, 20_000, 30_000]],
    ["doubles", { initial: "1s" }, [0, 1_000, 3_000, 7_000]],
    ["grows by a factor, to a maximum", { initial: "1s", factor: 10, max: "20s" }, [0, 1_000, 11_000, 31_000]],
    ["stays none however it grows", { initial: 0, factor: 10 }, [0, 0, 0, 0]],
    ["is what a function says of the attempt", (attempt) => attempt * 1_000, [0, 1_000, 3_000, 6_000]],
    [
      "is what a function says of the error",
      (_, error) => (error as Error).message.length * 100,
      [0, 900, 1_800, 2_700],
    ],
  ])("%s", async (_, retryDelay, expected) => {
    expect((await startsOf(3, { retries: 3, ...(retryDelay !== undefined && { retryDelay }) })).starts).toEqual(
      expected,
    );
  });

  test("varies by its jitter, downwards from the full delay", async () => {
    const retryDelay = { initial: "10s", factor: 1, jitter: 0.5 } as const;

    expect((await startsOf(3, { retries: 3, retryDelay }, [0, 1 - 1e-9, 0.5])).starts).toEqual([
      0, 10_000, 15_000, 22_500,
    ]);
  });

  test("is not made where the function that names it throws", async () => {
    const retryDelay = () => {
      throw new Error("no idea");
    };

    const { task } = await startsOf(3, { retries: 3, retryDelay });

    expect(task).toMatchObject({ attempts: 1, state: { type: "Failed", error: { message: "attempt 1" } } });
  });
});

describe("retryIf", () => {
  test("is asked with the very error that was thrown", async () => {
    const asked: unknown[] = [];

    await startsOf(2, { retries: 2, retryIf: (error) => asked.push(error) > 0 });

    expect(asked.map((error) => [error instanceof RangeError, (error as Error).message])).toEqual([
      [true, "attempt 1"],
      [true, "attempt 2"],
    ]);
  });

  test("that says no ends it", async () => {
    const { task } = await startsOf(2, { retries: 2, retryIf: () => false });

    expect(task).toMatchObject({ attempts: 1, state: { type: "Failed", error: { message: "attempt 1" } } });
  });

  test("that throws ends it with the body's error", async () => {
    const retryIf = () => {
      throw new Error("retryIf itself");
    };

    expect((await startsOf(2, { retries: 2, retryIf })).task.state).toMatchObject({ error: { message: "attempt 1" } });
  });
});

describe("a task that timed out", () => {
  test("is retried like one that failed", async () => {
    const on = stage();
    const late = task({ name: "late", timeout: "1s", retries: 1 }, () =>
      context().attempt === 1 ? on.clock.sleep(5_000, context().signal) : Promise.resolve("in time"),
    );

    const run = await on.run(flow("late", () => late()));

    expect(run.task("late")).toMatchObject({ attempts: 2, result: "in time" });
    expect(
      run
        .task("late")
        .story()
        .map((line) => line.split(" ").at(-1)),
    ).toEqual(["Running", "TimedOut", "Retrying", "Running", "Success"]);
  });
});

describe("a child that fails", () => {
  test("is retried alone", async () => {
    const calls: number[] = [];
    const each = task({ name: "each", retries: 1 }, (x: number) => {
      calls.push(x);
      if (x === 2 && context().attempt === 1) throw new Error("two");
      return x;
    });

    const run = await play(flow("children", () => each.map([1, 2, 3])));

    expect(calls).toEqual([1, 2, 3, 2]);
    expect(run.task("each").result).toEqual([1, 2, 3]);
  });
});
