/** A run that is cancelled through its AbortSignal. */
import { describe, expect, test } from "vitest";
import { stage, typesOf } from "../../test/support/play.ts";
import { context, flow, inline, signals, states, task } from "../index.ts";

const after = task("after", (_: unknown) => 1);

describe("a run whose signal aborts", () => {
  test("tells what is in flight, starts nothing more, and ends Cancelled", async () => {
    const on = stage();
    const controller = new AbortController();
    const heard: string[] = [];
    const slow = task("slow", async () => {
      const { signal } = context();
      signal.addEventListener("abort", () => heard.push((signal.reason as Error).message));
      on.clock.at(on.clock.now() + 1_000, () => controller.abort());
      await on.clock.sleep(60_000, signal);
    });
    const late = task("late", () => on.clock.sleep(90_000, context().signal));

    const run = await on.run(
      flow("cancelled", () => {
        after(slow());
        after(late());
      }),
      { signal: controller.signal, executor: inline({ maxAttempts: 1 }) },
    );

    expect(run.state).toMatchObject({ type: "Cancelled", reason: { code: "cancelled" } });
    expect(typesOf(run)).toEqual({ slow: "Cancelled", after: "Cancelled", late: "Cancelled", "after-2": "Cancelled" });
    expect(heard).toEqual(["the run was cancelled"]);
    expect(run.task("late").attempts).toBe(0);
    expect([on.clock.elapsed(), on.clock.pending()]).toEqual([1_000, 0]);
  });

  test("keeps what still succeeds, and starts nothing after it", async () => {
    const on = stage();
    const controller = new AbortController();
    const slow = task("slow", async () => {
      controller.abort();
      await on.clock.sleep(2_000);
      return "made it";
    });

    const run = await on.run(
      flow("cancelled", () => after(slow())),
      { signal: controller.signal },
    );

    expect(run.task("slow").state).toMatchObject({ type: "Success", result: "made it" });
    expect(run.task("after").state.type).toBe("Cancelled");
    expect(run.state.type).toBe("Cancelled");
  });

  test("gives up a body that does not listen after the grace", async () => {
    const on = stage();
    const controller = new AbortController();
    const deaf = task("deaf", async () => {
      controller.abort();
      await on.clock.sleep(600_000);
    });

    const run = await on.run(
      flow("cancelled", () => deaf()),
      { signal: controller.signal, executor: inline({ grace: "3s" }) },
    );

    expect([run.task("deaf").state.type, on.clock.elapsed()]).toEqual(["Cancelled", 3_000]);
  });

  test("does not wait for retries, loops and pauses", async () => {
    const on = stage();
    const controller = new AbortController();
    const retrying = task({ name: "retrying", retries: 5, retryDelay: "1d" }, () => {
      throw new Error("broken");
    });
    const looping = task("looping", () => {
      throw signals.loop(1, { in: "1d" });
    });
    const paused = task({ name: "paused", trigger: "manual_only" }, () => 1);
    on.clock.at(on.clock.now() + 1_000, () => controller.abort());

    const run = await on.run(
      flow("cancelled", () => {
        retrying();
        looping();
        paused();
      }),
      { signal: controller.signal },
    );

    expect(typesOf(run)).toEqual({ retrying: "Cancelled", looping: "Cancelled", paused: "Cancelled" });
    expect(on.clock.elapsed()).toBe(1_000);
  });

  test("in its very first body starts no other", async () => {
    const controller = new AbortController();
    const aborts = task("aborts", () => controller.abort());

    const run = await stage().run(
      flow("first", () => after(aborts())),
      { signal: controller.signal },
    );

    expect(typesOf(run)).toEqual({ aborts: "Success", after: "Cancelled" });
  });

  test("before it begins, starts nothing", async () => {
    const on = stage();

    const run = await on.run(
      flow("cancelled", () => after(1)),
      { signal: AbortSignal.abort() },
    );

    expect(run.state.type).toBe("Cancelled");
    expect(run.task("after").attempts).toBe(0);
  });

  test("cannot be argued with by handlers, finalState or taskStates", async () => {
    const run = await stage().run(
      flow(
        {
          name: "cancelled",
          finalState: () => states.success("no"),
          stateHandlers: [(_, __, to) => (to.type === "Cancelled" ? states.success("no") : undefined)],
          taskStateHandlers: [(_, __, to) => (to.type === "Cancelled" ? states.success("no") : undefined)],
        },
        () => after(task("given", () => 1)()),
      ),
      { signal: AbortSignal.abort(), taskStates: { given: states.success(1) } },
    );

    expect(run.state.type).toBe("Cancelled");
    expect(typesOf(run)).toEqual({ given: "Success", after: "Cancelled" });
  });

  test("after its end changes nothing, and its signal is let go", async () => {
    const controller = new AbortController();

    const run = await stage().run(
      flow("done", () => after(1)),
      { signal: controller.signal },
    );
    controller.abort();

    expect(run.state.type).toBe("Success");
  });

  test("cancels children that have not begun", async () => {
    const on = stage();
    const controller = new AbortController();
    const each = task("each", async (x: number) => {
      if (x === 2) controller.abort();
      await on.clock.sleep(10);
    });

    const run = await on.run(
      flow("children", () => each.map([1, 2, 3, 4])),
      { signal: controller.signal, executor: inline({ maxAttempts: 2 }) },
    );

    expect(typesOf(run)).toEqual({ each: "Mapped[Success Success Cancelled Cancelled]" });
    expect(run.state.type).toBe("Cancelled");
  });
});
