/** Timeouts of attempts and of the flow: on time, for good, and with a grace for bodies that do not listen. */
import { describe, expect, test } from "vitest";
import { stage, typesOf } from "../../test/support/play.ts";
import { context, flow, inline, task } from "../index.ts";
import type { Clock } from "../ports/clock.ts";
import { runProgram } from "./run.ts";

describe("a retry after a timeout", () => {
  test("waits no longer for the body before it when somebody has set the clock back", async () => {
    const on = stage();
    let shiftMs = 0;
    const clock: Clock = {
      now: () => on.clock.now() + shiftMs,
      steady: () => on.clock.now(),
      at: (at, callback) => on.clock.at(at - shiftMs, callback),
      turn: () => on.clock.turn(),
    };
    let calls = 0;
    const deaf = task({ name: "deaf", timeout: 10, retries: 1, retryDelay: 100 }, async () => {
      if (++calls === 2) return "made it";
      await on.clock.sleep(50);
      shiftMs = -3_600_000;
      return new Promise<string>(() => undefined);
    });
    const { program } = flow("set back", () => deaf());

    const options = { store: on.store, executor: inline({ grace: 1_000 }) };
    const run = await runProgram(program, options, { ports: { ...on, clock } });

    expect([run.state.type, on.clock.elapsed()]).toEqual(["Success", 1_010]);
  });
});

describe("an attempt that is not over at its deadline", () => {
  test("is TimedOut then, and its signal aborts", async () => {
    const on = stage();
    const aborted: unknown[] = [];
    const late = task({ name: "late", timeout: "2s" }, async () => {
      const { signal, deadline } = context();
      signal.addEventListener("abort", () => aborted.push(on.clock.elapsed(), (signal.reason as Error).name));
      aborted.push(deadline);
      await on.clock.sleep(60_000, signal);
    });

    const run = await on.run(flow("late", () => late()));

    expect(run.task("late").state).toMatchObject({
      type: "TimedOut",
      afterMs: 2_000,
      error: { code: "TASK_TIMEOUT" },
      reason: { code: "timeout", afterMs: 2_000 },
    });
    expect(aborted).toEqual([on.clock.now() - on.clock.elapsed() + 2_000, 2_000, "AbortError"]);
    expect(run.state.type).toBe("Failed");
  });

  test("drops what its body returns later", async () => {
    const on = stage();
    const late = task({ name: "late", timeout: "2s" }, async () => {
      await on.clock.sleep(5_000);
      return "too late";
    });
    const slow = task("slow", () => on.clock.sleep(20_000));

    const run = await on.run(
      flow("late", () => {
        late();
        slow();
      }),
    );

    expect(run.task("late").state.type).toBe("TimedOut");
    expect(run.task("late").result).toMatchObject({ code: "TASK_TIMEOUT" });
  });

  test("is TimedOut too where the body blocked the thread past it", async () => {
    const on = stage();
    const blocks = task({ name: "blocks", timeout: "2s" }, () => {
      on.clock.skip(3_000);
      return "late";
    });

    const run = await on.run(flow("blocks", () => blocks()));

    expect(run.task("blocks").state).toMatchObject({ type: "TimedOut", afterMs: 2_000 });
  });

  test("is not TimedOut when it ends just before", async () => {
    const on = stage();
    const close = task({ name: "close", timeout: "2s" }, () => on.clock.sleep(1_999));

    expect((await on.run(flow("close", () => close()))).task("close").state.type).toBe("Success");
  });

  test("never calls the body where the check of its input took all the time", async () => {
    const on = stage();
    let called = false;
    const input = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: async (value: unknown) => {
          await on.clock.sleep(5_000);
          return { value };
        },
      },
    } as const;
    const checked = task({ name: "checked", timeout: "2s", input }, (_: string) => {
      called = true;
    });
    const slow = task("slow", () => on.clock.sleep(20_000));

    const run = await on.run(
      flow("checked", () => {
        checked("x");
        slow();
      }),
    );

    expect([run.task("checked").state.type, called]).toEqual(["TimedOut", false]);
  });
});

describe("the attempt after one that timed out", () => {
  /** The first body ends after `endsAfter`, whatever its signal says; the second at once. */
  async function startsOf(endsAfter: number, retryDelay: number) {
    const on = stage();
    const starts: number[] = [];
    const deaf = task({ name: "deaf", timeout: "1s", retries: 1, retryDelay }, async () => {
      starts.push(on.clock.elapsed());
      if (context().attempt === 1) await on.clock.sleep(endsAfter);
      return context().attempt;
    });
    const run = await on.run(
      flow("deaf", () => deaf()),
      { executor: inline({ grace: "10s" }) },
    );
    return { starts, result: run.task("deaf").result };
  }

  test("waits until the old body has ended", async () => {
    expect(await startsOf(4_000, 0)).toEqual({ starts: [0, 4_000], result: 2 });
  });

  test("waits no longer than the grace after the deadline", async () => {
    expect(await startsOf(60_000, 0)).toEqual({ starts: [0, 11_000], result: 2 });
  });

  test("has the delay before a retry counted into the grace", async () => {
    expect(await startsOf(60_000, 4_000)).toEqual({ starts: [0, 11_000], result: 2 });
  });

  test("starts when it is due where the old body ended before that", async () => {
    expect(await startsOf(3_000, 9_000)).toEqual({ starts: [0, 10_000], result: 2 });
  });
});

describe("a body that goes on after its timeout", () => {
  /** When the next task starts, where one attempt runs at once and the first body is over after `endsAfter`. */
  async function nextStartsAt(endsAfter: number) {
    const on = stage();
    const deaf = task({ name: "deaf", timeout: "1s" }, () => on.clock.sleep(endsAfter));
    const next = task("next", () => on.clock.elapsed());
    const made = flow("deaf", () => {
      deaf();
      next();
    });
    const run = await on.run(made, { executor: inline({ maxAttempts: 1, grace: "10s" }) });
    return run.task("next").result;
  }

  test("takes up its place among the attempts until it is over", async () => {
    expect(await nextStartsAt(4_000)).toBe(4_000);
  });

  test("gives its place back when the grace is over", async () => {
    expect(await nextStartsAt(60_000)).toBe(11_000);
  });

  test("keeps nobody waiting whose run is over", async () => {
    const on = stage();
    const deaf = task({ name: "deaf", timeout: "1s" }, () => on.clock.sleep(60_000));

    await on.run(flow("deaf", () => deaf()));

    expect([on.clock.elapsed(), on.clock.pending()]).toEqual([1_000, 1]);
  });
});

describe("a flow with a timeout", () => {
  test("ends TimedOut: bodies are told, what has not begun is Cancelled", async () => {
    const on = stage();
    const slow = task("slow", () => on.clock.sleep(60_000, context().signal));
    const after = task("after", (_: unknown) => 1);

    const run = await on.run(flow({ name: "hurried", timeout: "5s" }, () => after(slow())));

    expect(run.state).toMatchObject({ type: "TimedOut", afterMs: 5_000, error: { code: "FLOW_TIMEOUT" } });
    expect(typesOf(run)).toEqual({ slow: "Cancelled", after: "Cancelled" });
    expect(on.clock.elapsed()).toBe(5_000);
  });

  test("gives a body that does not listen the grace, and then goes without it", async () => {
    const on = stage();
    const deaf = task("deaf", () => on.clock.sleep(600_000));

    const run = await on.run(
      flow({ name: "hurried", timeout: "5s" }, () => deaf()),
      { executor: inline({ grace: "3s" }) },
    );

    expect([run.state.type, run.task("deaf").state.type, on.clock.elapsed()]).toEqual(["TimedOut", "Cancelled", 8_000]);
  });

  test("is in time when it is over before", async () => {
    const on = stage();

    const run = await on.run(
      flow({ name: "quick", timeout: "5s" }, () => task("quick", () => on.clock.sleep(4_999))()),
    );

    expect(run.state.type).toBe("Success");
    expect(on.clock.pending()).toBe(0);
  });
});
