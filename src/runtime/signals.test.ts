/** What a signal thrown by a body means (design §5). */
import { describe, expect, test } from "vitest";
import { play, stage, typesOf } from "../../test/support/play.ts";
import { context, flow, isSuccess, signals, states, task, type TaskOptions } from "../index.ts";

const take = task({ name: "take", trigger: "all_finished", skipOnUpstreamSkip: false }, (value: unknown) => [value]);

/** A task that throws this once for all, and one that takes what is given for its result. */
async function thrown(signal: unknown, options: TaskOptions = {}) {
  let calls = 0;
  const body = () => {
    calls++;
    throw signal;
  };
  const made = flow("signals", () => take(task({ name: "signals", ...options }, body)()));
  const run = await play(made);
  return { run, calls: () => calls, state: run.task("signals").state, taken: run.task("take").result };
}

describe("signals.success", () => {
  test("ends the task Success with its value", async () => {
    expect(await thrown(signals.success([1]))).toMatchObject({ state: { type: "Success", result: [1] }, taken: [[1]] });
  });

  test("without a value gives undefined, never the signal", async () => {
    expect(await thrown(signals.success())).toMatchObject({ state: { type: "Success" }, taken: [undefined] });
  });

  test("is cached like a result", async () => {
    const { state } = await thrown(signals.success(1), { cacheFor: "1h" });

    expect(state).toMatchObject({ type: "Cached", result: 1, cache: { how: "stored" } });
  });
});

describe("signals.skip", () => {
  test("ends the task Skipped; consumers that run get null", async () => {
    expect(await thrown(signals.skip("enough"))).toMatchObject({
      state: { type: "Skipped", result: null, reason: { code: "signal", why: "enough" } },
      taken: [null],
    });
  });

  test("gives consumers the result it names", async () => {
    expect(await thrown(signals.skip("enough", { result: 7 }))).toMatchObject({ taken: [7] });
  });

  test("is not retried, and asks no retryIf", async () => {
    const asked: unknown[] = [];
    const retryIf = (error: unknown) => asked.push(error) > 0;

    const { calls } = await thrown(signals.skip(), { retries: 3, retryIf });

    expect([calls(), asked]).toEqual([1, []]);
  });
});

describe("signals.fail", () => {
  test("fails the task, for its reason, with an error record for consumers", async () => {
    expect(await thrown(signals.fail("no rows"))).toMatchObject({
      state: { type: "Failed", error: { code: "SIGNAL_FAILED", message: "no rows" }, reason: { code: "signal" } },
      taken: [{ message: "no rows" }],
    });
  });

  test.each(["Failed", "TriggerFailed", "ValidationFailed"] as const)("may end it %s", async (as) => {
    expect((await thrown(signals.fail("no", { as }))).state.type).toBe(as);
  });

  test.each(["Failed", "TriggerFailed", "ValidationFailed"] as const)("as %s is retried like an error", async (as) => {
    expect((await thrown(signals.fail("no", { as }), { retries: 2 })).calls()).toBe(3);
  });

  test("with retry: false is not retried", async () => {
    expect((await thrown(signals.fail("no", { retry: false }), { retries: 2 })).calls()).toBe(1);
  });

  test("gives consumers the result it names, null and undefined too", async () => {
    expect((await thrown(signals.fail("no", { result: null }))).taken).toEqual([null]);
    expect((await thrown(signals.fail("no", { result: undefined }))).taken).toEqual([undefined]);
  });

  test("shows retryIf an error with its reason", async () => {
    const retryIf = (error: unknown) => (error as Error).message !== "for good";

    expect((await thrown(signals.fail("for good"), { retries: 2, retryIf })).calls()).toBe(1);
    expect((await thrown(signals.fail("for now"), { retries: 2, retryIf })).calls()).toBe(3);
  });
});

describe("signals.retry", () => {
  /** Says "not yet" this often. */
  const notYet = (times: number, when: Parameters<typeof signals.retry>[0], options: TaskOptions = {}) =>
    flow("not yet", () =>
      task({ name: "wait", ...options }, () => {
        if (context().attempt <= times) throw signals.retry(when);
        return "now";
      })(),
    );

  test("calls the body again, and uses up no retries", async () => {
    const run = await play(notYet(3, {}, { retries: 0 }));

    expect(run.task("wait")).toMatchObject({ attempts: 4, result: "now" });
  });

  test("waits the time it names", async () => {
    const { run, clock } = stage();

    await run(notYet(2, { in: "90s" }));

    expect(clock.elapsed()).toBe(180_000);
  });

  test("waits for the instant it names; one that has passed is at once", async () => {
    const { run, clock } = stage();

    await run(notYet(1, { at: clock.now() + 5_000 }));
    await run(notYet(1, { at: new Date(0) }));

    expect(clock.elapsed()).toBe(5_000);
  });

  test("is bounded by retrySignalsMax", async () => {
    const run = await play(notYet(100, {}, { retrySignalsMax: 5, retries: 3 }));

    expect(run.task("wait").attempts).toBe(6);
    expect(run.task("wait").state).toMatchObject({
      type: "Failed",
      error: { code: "RETRY_SIGNALS_MAX" },
      reason: { code: "retry-signals-max", max: 5 },
    });
  });

  test("leaves the retries for errors", async () => {
    const made = flow("both", () =>
      task({ name: "both", retries: 1 }, () => {
        const { attempt } = context();
        if (attempt === 1 || attempt === 3) throw signals.retry();
        if (attempt === 2) throw new Error("once");
        return attempt;
      })(),
    );

    expect((await play(made)).task("both")).toMatchObject({ attempts: 4, result: 4 });
  });
});

describe("signals.pause", () => {
  test("waits for a person; what does not depend on it finishes first", async () => {
    const { run: start, clock } = stage();
    const ask = task("ask", () => {
      throw signals.pause("may I?");
    });
    const slow = task("slow", () => clock.sleep(60_000));
    const made = flow("paused", () => {
      take(ask());
      slow();
    });

    const run = await start(made);

    expect(run.state.type).toBe("Paused");
    expect(typesOf(run)).toEqual({ ask: "Paused", take: "Pending", slow: "Success" });
    expect(run.task("ask").state).toMatchObject({ reason: { code: "signal", why: "may I?" } });
    expect(clock.elapsed()).toBe(60_000);
  });
});

describe("signals.loop", () => {
  const rounds: (readonly [number, unknown])[] = [];
  const counting = (last: number, options: TaskOptions = {}, wait = {}) =>
    flow("loop", () =>
      task({ name: "count", ...options }, () => {
        const { loop } = context();
        rounds.push([loop.count, loop.result]);
        if (loop.count < last) throw signals.loop(loop.count * 10, wait);
        return loop.result;
      })(),
    );

  test("calls the body again with the count and the value of the round before", async () => {
    rounds.length = 0;

    const run = await play(counting(3));

    expect(rounds).toEqual([
      [1, undefined],
      [2, 10],
      [3, 20],
    ]);
    expect(run.task("count")).toMatchObject({ result: 20, attempts: 3 });
  });

  test("waits between the rounds where it says so", async () => {
    const { run, clock } = stage();

    await run(counting(3, {}, { in: "5s" }));

    expect(clock.elapsed()).toBe(10_000);
  });

  test("is bounded by loopMax", async () => {
    const run = await play(counting(100, { loopMax: 4, retries: 2 }));

    expect(run.task("count").state).toMatchObject({ type: "Failed", error: { code: "LOOP_MAX" }, reason: { max: 4 } });
    expect(run.task("count").attempts).toBe(5);
  });

  test("goes round 5,000 times", async () => {
    expect((await play(counting(5_000), { logLevel: "off" })).task("count").attempts).toBe(5_000);
  });

  test("repeats a failed round with the same count and value", async () => {
    rounds.length = 0;
    let failed = false;
    const made = flow("failing round", () =>
      task({ name: "count", retries: 1 }, () => {
        const { loop } = context();
        rounds.push([loop.count, loop.result]);
        if (loop.count === 2 && !failed) {
          failed = true;
          throw new Error("in round two");
        }
        if (loop.count < 3) throw signals.loop(loop.count);
        return loop.count;
      })(),
    );

    const run = await play(made);

    expect(rounds).toEqual([
      [1, undefined],
      [2, 1],
      [2, 1],
      [3, 2],
    ]);
    expect(isSuccess(run.task("count"))).toBe(true);
  });

  test("counts retries over all rounds", async () => {
    const failedIn = new Set<number>();
    const made = flow("failing rounds", () =>
      task({ name: "count", retries: 1 }, () => {
        const { count } = context().loop;
        if (!failedIn.has(count)) {
          failedIn.add(count);
          throw new Error(`round ${count}`);
        }
        throw signals.loop(count);
      })(),
    );

    expect((await play(made)).task("count").state).toMatchObject({ type: "Failed", error: { message: "round 2" } });
  });

  test("passes Looped, and Pending, which handlers are not shown", async () => {
    const seen: string[] = [];
    const made = flow("seen", () =>
      task(
        {
          name: "count",
          stateHandlers: [(_, from, to) => void seen.push(`${from.type}>${to.type}`)],
        },
        () => {
          if (context().loop.count < 2) throw signals.loop(1);
        },
      )(),
    );

    const run = await play(made);

    expect(seen).toEqual(["Pending>Running", "Running>Looped", "Pending>Running", "Running>Success"]);
    expect(
      run
        .task("count")
        .story()
        .map((line) => line.slice(line.indexOf(" ") + 1)),
    ).toEqual(["Pending → Running", "Running → Looped", "Looped → Pending", "Pending → Running", "Running → Success"]);
  });
});

describe("a signal of another copy of the package", () => {
  test("is understood by its symbol", async () => {
    const foreign = { [Symbol.for("caudal.signal")]: true, data: { kind: "success", result: 5, hasResult: true } };

    expect((await thrown(foreign)).state).toMatchObject(states.success(5));
  });
});
