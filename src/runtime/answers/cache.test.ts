/** Results that are taken from the cache: for how long, by what, and for whom. */
import { describe, expect, test } from "vitest";
import { play, stage, typesOf } from "../../../test/support/play.ts";
import { type CacheBy, flow, signals, task, type TaskOptions } from "../../index.ts";

const HOUR = 3_600_000;

/** A flow with one cached task that counts its calls. */
function counting(options: TaskOptions = {}, body: (calls: number) => unknown = (calls) => calls) {
  let calls = 0;
  const cached = task({ name: "cached", cacheFor: "1h", ...options }, (..._: unknown[]) => body(++calls));
  const made = flow({ name: "counting", parameters: { x: 1, y: 1 } }, ({ x }) => cached(x, "constant"));
  return { flow: made, calls: () => calls };
}

describe("a result with cacheFor", () => {
  test("is stored by the run that computes it, which ends Cached, and hit by the next", async () => {
    const { run, clock } = stage();
    const { flow: made } = counting();

    const first = await run(made);
    clock.skip(60_000);
    const second = await run(made);

    const stored = { runId: first.id, storedAt: clock.now() - 60_000, expiresAt: clock.now() - 60_000 + HOUR };
    expect(first.task("cached").state).toMatchObject({
      type: "Cached",
      result: 1,
      cache: { how: "stored", ...stored },
    });
    expect(second.task("cached")).toMatchObject({
      attempts: 0,
      state: { type: "Cached", result: 1, cache: { how: "hit", ...stored } },
    });
  });

  test.each([
    [HOUR - 1, 1],
    [HOUR, 2],
  ])("is as old as %i ms in run 2, in which the body has been called %i times", async (age, expected) => {
    const { run, clock } = stage();
    const { flow: made, calls } = counting();

    await run(made);
    clock.skip(age);
    await run(made);

    expect(calls()).toBe(expected);
  });

  test("counts its age from the end of the task run", async () => {
    const { run, clock } = stage();
    let calls = 0;
    const slow = task({ name: "slow", cacheFor: "1h", cacheBy: "nothing" }, async () => {
      calls++;
      await clock.sleep(HOUR);
    });
    const made = flow("slow", () => slow());

    await run(made);
    clock.skip(HOUR - 1);
    await run(made);

    expect(calls).toBe(1);
  });

  test.each([
    ["a failure", () => Promise.reject(new Error("broken"))],
    ["a skip", () => Promise.reject(signals.skip())],
  ])("is never %s", async (_, body) => {
    const { run } = stage();
    const { flow: made, calls } = counting({}, body);

    await run(made);
    await run(made);

    expect(calls()).toBe(2);
  });

  test("lives in its store only", async () => {
    const { flow: made, calls } = counting();

    await play(made);
    await play(made);

    expect(calls()).toBe(2);
  });

  test.each([undefined, null, 0, ""])("may be %o", async (value) => {
    const { run } = stage();
    const { flow: made, calls } = counting({}, () => value);

    await run(made);

    expect((await run(made)).task("cached").result).toBe(value);
    expect(calls()).toBe(1);
  });
});

describe("what a cached result depends on", () => {
  test.each<readonly [string, CacheBy | undefined, Readonly<Record<string, number>>, number]>([
    ["are its inputs", undefined, { x: 2 }, 2],
    ["are its inputs, and no other parameters", "inputs", { y: 2 }, 1],
    ["are all parameters where it says so", "parameters", { y: 2 }, 2],
    ["is nothing but its age where it says so", "nothing", { x: 2, y: 2 }, 1],
    ["is what a function makes of the inputs", (inputs) => (Object.values(inputs)[0] as number) % 2, { x: 3 }, 1],
    ["is what a function makes of the parameters", (_, { y }) => y, { y: 2 }, 2],
  ])("%s", async (_, cacheBy, parameters, expected) => {
    const { run } = stage();
    const { flow: made, calls } = counting({ args: ["x", "constant"], ...(cacheBy !== undefined && { cacheBy }) });

    await run(made);
    await run(made, { parameters });

    expect(calls()).toBe(expected);
  });

  test("keeps older entries: A, B, A hits in the third run", async () => {
    const { run } = stage();
    const { flow: made, calls } = counting();

    for (const x of [1, 2, 1]) await run(made, { parameters: { x } });

    expect(calls()).toBe(2);
  });

  test("is each child's own", async () => {
    const { run } = stage();
    let calls = 0;
    const square = task({ name: "square", cacheFor: "1h" }, (x: number) => {
      calls++;
      return x * x;
    });
    const made = (xs: number[]) => flow("children", () => square.map(xs));

    await run(made([1, 2, 3]));
    const second = await run(made([3, 4, 1]));

    expect(second.task("square").result).toEqual([9, 16, 1]);
    expect(calls).toBe(4);
  });

  test.each<readonly [string, TaskOptions, TaskOptions, string, number]>([
    ["is the flow's, by its name", {}, {}, "another", 2],
    ["is shared by a cacheKey", { cacheKey: "k" }, { cacheKey: "k" }, "another", 1],
    ["is the cacheVersion's", { cacheVersion: "1" }, { cacheVersion: "2" }, "same", 2],
  ])("%s", async (_, first, second, name, expected) => {
    const { run } = stage();
    let calls = 0;
    const body = () => ++calls;
    const made = (flowName: string, options: TaskOptions) =>
      flow(flowName, () => task({ name: "cached", cacheFor: "1h", ...options }, body)());

    await run(made("same", first));
    await run(made(name, second));

    expect(calls).toBe(expected);
  });
});

describe("a key that cannot be made", () => {
  test.each<readonly [string, TaskOptions, unknown]>([
    ["of a function among the inputs", {}, () => 1],
    ["of a cycle", {}, cyclic()],
    ["because cacheBy throws", { cacheBy: raise }, 1],
  ])("%s fails the task before its body, without a retry", async (_, options, input) => {
    let calls = 0;
    const give = task({ name: "give", result: "none" }, () => input);
    const cached = task({ name: "cached", cacheFor: "1h", retries: 3, ...options }, (__: unknown) => ++calls);

    const run = await play(flow("key", () => cached(give())));

    expect(run.task("cached")).toMatchObject({
      attempts: 0,
      state: { type: "Failed", error: { code: "CACHE_KEY_FAILED" }, reason: { code: "cache-key-failed" } },
    });
    expect(calls).toBe(0);
  });
});

function cyclic(): unknown[] {
  const list: unknown[] = [];
  list.push(list);
  return list;
}

function raise(): never {
  throw new Error("no key");
}

describe("a skipped upstream", () => {
  test("beats the cache", async () => {
    const { run } = stage();
    let skips = false;
    const up = task("up", () => {
      if (skips) throw signals.skip();
    });
    const made = flow("skip", () =>
      task({ name: "cached", cacheFor: "1h", cacheBy: "nothing" }, (_: unknown) => 1)(up()),
    );

    await run(made);
    skips = true;

    expect(typesOf(await run(made))).toEqual({ up: "Skipped", cached: "Skipped" });
  });
});

describe("a task that waits for a person while others wait for its entry", () => {
  test("does not keep its run from saying that it is paused", async () => {
    const asks = task({ name: "asks", cacheFor: "1h", cacheBy: "nothing" }, (_: number) => {
      throw signals.pause();
    });

    const run = await play(flow("paused", () => asks.map([1, 2])));

    expect(run.state.type).toBe("Paused");
  });

  test("does not have it paused once their entry is there: what follows from that goes on to its end", async () => {
    const load = task({ name: "load", cacheFor: "1h", cacheBy: "nothing" }, (_: number) => 7);
    const report = task("report", async (rows: number) => rows);
    const asks = task("asks", () => {
      throw signals.pause();
    });
    const made = flow("paused", () => {
      load(1);
      report(load(2)); // waits for the first, which ends in the pass in which the other pauses
      asks();
    });

    const run = await play(made);

    expect(run.state.type).toBe("Paused");
    expect(typesOf(run)).toEqual({ load: "Cached", "load-2": "Cached", report: "Success", asks: "Paused" });
  });
});
