/** Many runs at once, in one process and with one signal for all: no leak, so nothing of what Node says of leaks. */
import { describe, expect, test } from "vitest";
import { type AnyFlow, stage } from "../../test/support/play.ts";
import { context, flow, task } from "../index.ts";

const MANY = 25;

/** Runs a flow many times at once, and aborts the signal of all of them after a second. */
async function cancelledTogether(made: (sleep: (ms: number, signal: AbortSignal) => Promise<void>) => AnyFlow) {
  const on = stage();
  const all = new AbortController();
  const warnings: string[] = [];
  const warned = ({ message }: Error) => void warnings.push(message);
  const before = process.listenerCount("beforeExit");
  const many = made((ms, signal) => on.clock.sleep(ms, signal));
  let during = 0;
  on.clock.at(on.clock.now() + 1_000, () => {
    during = process.listenerCount("beforeExit") - before;
    all.abort();
  });

  process.on("warning", warned);
  const runs = await Promise.all(Array.from({ length: MANY }, () => on.run(many, { signal: all.signal })));
  await new Promise((resolve) => setImmediate(resolve)); // a warning comes after what it warns of
  process.removeListener("warning", warned);

  const after = process.listenerCount("beforeExit") - before;
  return { types: [...new Set(runs.map(({ state }) => state.type))], warnings, during, after };
}

describe("many runs at once that share a signal", () => {
  test("are all cancelled by it, and listen once", async () => {
    const ended = await cancelledTogether((sleep) => {
      const slow = task("slow", () => sleep(60_000, context().signal));
      return flow("one of many", () => slow());
    });

    expect(ended).toEqual({ types: ["Cancelled"], warnings: [], during: 1, after: 0 });
  });

  test("do so too while they wait for their place", async () => {
    const ended = await cancelledTogether((sleep) => {
      const slow = task("slow", () => sleep(60_000, context().signal));
      return flow({ name: "one by one", maxConcurrency: 1 }, () => slow());
    });

    expect(ended).toEqual({ types: ["Cancelled"], warnings: [], during: 1, after: 0 });
  });
});
