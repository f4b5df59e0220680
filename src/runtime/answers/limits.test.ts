/** Named limits: held while Running, never exceeded, and nobody in line is forgotten. */
import { describe, expect, test } from "vitest";
import { stage, type Stage, typesOf } from "../../../test/support/play.ts";
import { context, flow, inline, limit, signals, type StateHandler, task, type TaskOptions } from "../../index.ts";
import { LimitTable, releaseKept, setLimit } from "./limits.ts";

let made = 0;
/** A limit no other test knows: limits belong to the process. */
const fresh = (max: number) => limit(`limit ${++made}`, max);

/** A mapped task that counts how many of it are called at once. */
function busy(on: Stage, options: TaskOptions) {
  let now = 0;
  const seen = { most: 0 };
  const work = task({ name: "work", ...options }, async (ms: number) => {
    seen.most = Math.max(seen.most, ++now);
    await on.clock.sleep(ms, context().signal).finally(() => now--);
    return ms;
  });
  return { work, seen };
}

describe("a limit", () => {
  test("is used and never exceeded, by children, tasks and runs together", async () => {
    const on = stage();
    const { work, seen } = busy(on, { limits: [fresh(2)] });
    const several = () => flow("several", () => work.map([5, 1, 3, 2, 4]));

    const runs = await Promise.all([on.run(several()), on.run(several())]);

    expect(seen.most).toBe(2);
    expect(runs.map((run) => run.state.type)).toEqual(["Success", "Success"]);
  });

  test("is not held between an attempt and its retry", async () => {
    const on = stage();
    const options = { limits: [fresh(1)] };
    const order: string[] = [];
    const flaky = task({ name: "flaky", retries: 1, retryDelay: "1h", ...options }, () => {
      order.push(`flaky ${context().attempt}`);
      if (context().attempt === 1) throw new Error("once");
    });
    const other = task({ name: "other", ...options }, () => order.push("other"));

    await on.run(
      flow("retry", () => {
        flaky();
        other();
      }),
    );

    expect(order).toEqual(["flaky 1", "other", "flaky 2"]);
  });

  test.each<readonly [string, () => never]>([
    ["a person", () => raise(signals.pause())],
    ["its next round", () => raise(signals.loop(1, { in: "1h" }))],
    ["its time", () => raise(signals.retry({ in: "1h" }))],
  ])("is not held while a task waits for %s", async (_, waits) => {
    const on = stage();
    const options = { limits: [fresh(1)] };
    let called = 0;
    const waiting = task({ name: "waiting", ...options }, () => (called++ === 0 ? waits() : "done"));
    const other = task({ name: "other", ...options }, () => on.clock.elapsed());

    const run = await on.run(
      flow("waits", () => {
        waiting();
        other();
      }),
    );

    expect(run.task("other").result).toBe(0);
  });

  test("is not held where a handler keeps the body from being called", async () => {
    const on = stage();
    const veto: StateHandler = (_, __, to) => (to.type === "Running" ? { type: "Skipped", result: null } : undefined);
    const work = task({ name: "work", limits: [fresh(1)], stateHandlers: [veto] }, (x: number) => x);

    expect(typesOf(await on.run(flow("veto", () => work.map([1, 2, 3]))))).toEqual({
      work: "Mapped[Skipped Skipped Skipped]",
    });
  });

  test("is free again after a run that was cancelled in line, and nobody else is forgotten", async () => {
    const on = stage();
    const { work, seen } = busy(on, { limits: [fresh(1)] });
    const controller = new AbortController();
    on.clock.at(on.clock.now() + 5, () => controller.abort());

    const [first, cancelled, last] = await Promise.all([
      on.run(flow("first", () => work(10))),
      on.run(
        flow("cancelled", () => work.map([1, 1])),
        { signal: controller.signal },
      ),
      on.run(flow("last", () => work(1))),
    ]);

    expect([first, cancelled, last].map((run) => run.state.type)).toEqual(["Success", "Cancelled", "Success"]);
    expect(seen.most).toBe(1);
  });

  test("lets go on whom it was freed for while their handlers were asked about the wait", async () => {
    const on = stage();
    const slow: StateHandler = async (_, __, to) => {
      if (to.type === "Queued") await on.clock.sleep(100);
    };
    const { work } = busy(on, { limits: [fresh(1)], stateHandlers: [slow] });

    const run = await on.run(flow("handlers", () => work.map([10, 10, 10])));

    expect(typesOf(run)).toEqual({ work: "Mapped[Success Success Success]" });
  });

  test("shows who waits for it", async () => {
    const on = stage();
    const seen: unknown[] = [];
    const db = fresh(1);
    const note: StateHandler = (subject, from, to) => void seen.push([subject.mapIndex, from.type, to.type, to.reason]);
    const { work } = busy(on, { limits: [db], stateHandlers: [note] });

    await on.run(flow("queued", () => work.map([10, 10])));

    expect(seen).toContainEqual([1, "Pending", "Queued", { code: "limit", limit: db.name }]);
    expect(seen).toContainEqual([1, "Queued", "Running", undefined]);
  });
});

describe("the limit of a body that goes on after its timeout", () => {
  /** A body of 60 s that hears nothing, with a timeout of 1 s and a grace of 10 s. */
  function deaf(on: Stage, options: TaskOptions) {
    const task60 = task({ name: "deaf", timeout: "1s", ...options }, () => on.clock.sleep(60_000));
    return { deaf: task60, executor: inline({ grace: "10s" }) };
  }

  test("is held until that body really ends", async () => {
    const on = stage();
    const options = { limits: [fresh(1)] };
    const { deaf: first, executor } = deaf(on, options);
    const other = task({ name: "other", ...options }, () => on.clock.elapsed());
    const made = flow("deaf", () => {
      first();
      other();
    });

    const run = await on.run(made, { executor });

    expect([run.task("deaf").state.type, run.task("other").result]).toEqual(["TimedOut", 60_000]);
  });

  test("is held against its own retry, and against other runs", async () => {
    const on = stage();
    const options = { limits: [fresh(1)] };
    const { deaf: first, executor } = deaf(on, options);
    const other = task({ name: "other", ...options }, () => on.clock.elapsed());
    const ended = await on.run(
      flow("ends", () => first()),
      { executor },
    );
    expect([ended.state.type, on.clock.elapsed()]).toEqual(["Failed", 1_000]);

    const run = await on.run(flow("later", () => other()));

    expect(run.task("other").result).toBe(60_000);
  });

  test("is given up where nothing can end that body, so that nobody waits in vain", () => {
    setLimit("in vain", 1);
    const freed: number[] = [];
    const table = new LimitTable((slot) => freed.push(slot));
    table.claim(0, ["in vain"]);
    table.keep(0);
    table.claim(1, ["in vain"]);

    releaseKept();

    expect(freed).toEqual([1]);
    table.close();
  });

  test("is given back once, however often that is said", () => {
    setLimit("once", 1);
    const table = new LimitTable(() => undefined);
    table.claim(0, ["once"]);
    const release = table.keep(0);

    release();
    release();

    expect([table.claim(1, ["once"]), table.claim(2, ["once"])]).toEqual([undefined, "once"]);
    table.close();
  });
});

function raise(thrown: unknown): never {
  throw thrown;
}

describe("a task with two limits", () => {
  test("takes both or none, and passes on the place it was woken for and cannot use", () => {
    setLimit("two a", 1);
    setLimit("two b", 1);
    const freed: number[] = [];
    const table = new LimitTable((slot) => freed.push(slot));
    expect(table.claim(0, ["two a"])).toBeUndefined();
    expect(table.claim(1, ["two b"])).toBeUndefined();
    expect(table.claim(2, ["two a", "two b"])).toBe("two a");
    expect(table.claim(3, ["two a"])).toBe("two a");

    table.release(0);
    expect(freed).toEqual([2]);
    expect(table.claim(2, ["two a", "two b"])).toBe("two b");

    expect(freed).toEqual([2, 3]);
    expect(table.claim(3, ["two a"])).toBeUndefined();
    table.close();
  });
});

describe("a task run that asks again while it stands in line", () => {
  test("stands there once, so that no place is offered to nobody", () => {
    setLimit("asked twice", 1);
    const freed: number[] = [];
    const table = new LimitTable((slot) => freed.push(slot));
    for (const slot of [0, 1, 1, 2]) table.claim(slot, ["asked twice"]);

    table.release(0);
    table.claim(1, ["asked twice"]);
    table.release(1);

    expect(freed).toEqual([1, 2]);
    table.close();
  });
});

describe("a limit that is made larger", () => {
  test("wakes as many as it has new places", () => {
    setLimit("larger", 1);
    const freed: number[] = [];
    const table = new LimitTable((slot) => freed.push(slot));
    for (const slot of [0, 1, 2, 3]) table.claim(slot, ["larger"]);

    setLimit("larger", 3);

    expect(freed).toEqual([1, 2]);
    table.close();
  });
});
