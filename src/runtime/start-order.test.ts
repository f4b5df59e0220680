/** Which ready task starts first, and how many at once. */
import { describe, expect, test } from "vitest";
import { stage } from "../../test/support/play.ts";
import { flow, type FlowOptions, inline, type StateHandler, task, type TaskOptions } from "../index.ts";

const one = { executor: inline({ maxAttempts: 1 }) };

/** The order in which tasks start, one at a time. */
async function order(
  build: (named: (name: string, options?: TaskOptions) => (...after: unknown[]) => unknown) => void,
) {
  const on = stage();
  const started: string[] = [];
  const named =
    (name: string, options: TaskOptions = {}) =>
    (...after: unknown[]) =>
      task({ name, ...options }, async (..._: unknown[]) => {
        started.push(name);
        await on.clock.sleep(1);
      })(...after);
  await on.run(
    flow("order", () => build(named)),
    one,
  );
  return started;
}

describe("tasks that are ready while there is room for one", () => {
  test("start in the order of their calls", async () => {
    expect(
      await order((named) => {
        named("a")();
        named("b")();
        named("c")();
      }),
    ).toEqual(["a", "b", "c"]);
  });

  test("start by priority first", async () => {
    expect(
      await order((named) => {
        named("plain")();
        named("low", { priority: -5 })();
        named("high", { priority: 100 })();
        named("higher than plain", { priority: 1 })();
      }),
    ).toEqual(["high", "higher than plain", "plain", "low"]);
  });

  test("start by depth before the order of calls", async () => {
    expect(
      await order((named) => {
        const first = named("first")();
        named("deep")(first);
        named("root")();
      }),
    ).toEqual(["first", "root", "deep"]);
  });

  test("let a deep one with priority go before", async () => {
    expect(
      await order((named) => {
        const first = named("first")();
        named("deep", { priority: 1 })(first);
        named("root")();
      }),
    ).toEqual(["first", "deep", "root"]);
  });
});

describe("maxAttempts", () => {
  const measured = async (maxAttempts: number, options: Partial<FlowOptions> = {}) => {
    const on = stage();
    let now = 0;
    let most = 0;
    const work = task({ name: "work", retries: 1, timeout: "5s" }, async (x: number) => {
      most = Math.max(most, ++now);
      await on.clock.sleep(10 * (1 + (x % 3)));
      now--;
      if (x % 4 === 0) throw new Error("every fourth");
      return x;
    });
    await on.run(
      flow({ name: "measured", ...options }, () => work.map(work.map(Array.from({ length: 20 }, (_, i) => i)))),
      { executor: inline({ maxAttempts }), logLevel: "off" },
    );
    return most;
  };

  test.each([1, 2, 7])("of %i is used, and not exceeded", async (maxAttempts) => {
    expect(await measured(maxAttempts)).toBe(maxAttempts);
  });

  test("is not exceeded while handlers take their time about Running", async () => {
    const slow: StateHandler = async () => {
      await new Promise((resolve) => setImmediate(resolve));
    };

    expect(await measured(3, { taskStateHandlers: [slow] })).toBe(3);
  });

  test.each([0, -1, 1.5, 100_001, Number.NaN])("of %d is refused", (maxAttempts) => {
    expect(() => inline({ maxAttempts })).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  });
});
