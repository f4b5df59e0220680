/** What a run commits, and in which order the world hears of it: decide, write, and only then act and tell. */
import { describe, expect, test } from "vitest";
import { stage } from "../../test/support/play.ts";
import { storeWith } from "../../test/support/store-with.ts";
import { context, flow, signals, type StateHandler, task, type TaskOptions } from "../index.ts";
import type { Batch, Store } from "../ports/store.ts";
import { memoryStore } from "../store/memory.ts";

/** A store that notes what is committed; `slowly` answers with a promise, as one in another thread does. */
function noting(into: string[], slowly = false): Store {
  const store = memoryStore();
  const commit = (batch: Batch) => {
    for (const { slot, state } of batch.taskRuns) into.push(`${slot} ${state.type}`);
    if (batch.flow !== undefined) into.push(`flow ${batch.flow.type}`);
    const cursor = store.commit(batch);
    return slowly ? new Promise<number>((resolve) => setImmediate(() => resolve(cursor as number))) : cursor;
  };
  return storeWith(store, { commit });
}

async function committed(body: () => unknown, options: TaskOptions, runs = 1, slowly = false) {
  const notes: string[] = [];
  const on = stage({ store: noting(notes, slowly) });
  const made = flow("commits", () => task({ name: "it", ...options }, body)());
  for (let i = 0; i < runs; i++) {
    notes.length = 0;
    await on.run(made);
  }
  return notes.filter((note) => note.startsWith("0 "));
}

const slow: StateHandler = () => new Promise((resolve) => setImmediate(resolve));
const works = () => 1;
const failsOnce = () => {
  if (context().attempt === 1) throw new Error("once");
};

describe("a committed state", () => {
  test.each<readonly [string, TaskOptions]>([
    ["", {}],
    [", handlers that take their time included", { stateHandlers: [slow] }],
  ])("is never one in between%s", async (_, options) => {
    expect(await committed(works, { ...options, cacheFor: "1h" })).toEqual(["0 Running", "0 Cached"]);
    expect(await committed(failsOnce, { ...options, retries: 1, retryDelay: "1s" })).toEqual([
      "0 Running",
      "0 Retrying",
      "0 Running",
      "0 Success",
    ]);
  });

  test("is no hit whose trigger has not spoken", async () => {
    const trigger = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return true;
    };
    let asked = 0;
    const never = async () => {
      await trigger();
      return asked++ === 0;
    };

    expect(await committed(works, { cacheFor: "1h", trigger }, 2)).toEqual(["0 Cached"]);
    expect(await committed(works, { cacheFor: "1h", trigger: never }, 2)).toEqual(["0 TriggerFailed"]);
  });

  test("is every round of a loop", async () => {
    const body = () => {
      if (context().loop.count < 3) throw signals.loop(context().loop.count);
    };

    expect(await committed(body, {})).toEqual(["0 Running", "0 Running", "0 Running", "0 Success"]);
  });
});

describe("what a pass decided", () => {
  test.each([
    ["at once", false],
    ["with a promise", true],
  ])("is done and told after its commit, where the store answers %s", async (_, slowly) => {
    const notes: string[] = [];
    const on = stage({ store: noting(notes, slowly) });
    const told = task({ name: "told", onStateChange: (__, ___, to) => notes.push(`heard ${to.type}`) }, () =>
      notes.push("body"),
    );

    await on.run(flow("order", () => told()));

    expect(notes).toEqual([
      "0 Running",
      "flow Running",
      "heard Running",
      "body",
      "0 Success",
      "flow Success",
      "heard Success",
    ]);
  });

  test("is not done where the commit fails: the run rejects, and no body was called", async () => {
    const notes: string[] = [];
    const store = noting(notes);
    const broken = storeWith(store, {
      commit: () => {
        throw new Error("disk full");
      },
    });
    const body = task("body", () => notes.push("body"));

    await expect(stage({ store: broken }).run(flow("broken", () => body()))).rejects.toThrow("disk full");
    expect(notes).toEqual([]);
  });
});

describe("a line of a body that goes on", () => {
  test("can be read by others soon, although nothing else happens", async () => {
    const store = storeWith(memoryStore(), { durable: true });
    const on = stage({ store });
    const talks = task("talks", async () => {
      console.info("first");
      await on.clock.sleep(1_000);
      return (await store.readLogs(context().runId)).map(({ text }) => text);
    });

    const run = await on.run(
      flow("talks", () => talks()),
      { logLevel: "off" },
    );

    expect(run.result).toEqual(["first"]);
  });
});
