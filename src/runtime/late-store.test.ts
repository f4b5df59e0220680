/** A store whose answers take time, or are errors: what the driver makes of them. */
import { describe, expect, test } from "vitest";
import { fakeRandom } from "../../test/support/fake-random.ts";
import type { AnyFlow } from "../../test/support/play.ts";
import { recordingLogger } from "../../test/support/recording-logger.ts";
import { virtualClock } from "../../test/support/virtual-clock.ts";
import { CaudalError } from "../base/errors.ts";
import { context } from "../executor/context.ts";
import { flow } from "../flow/flow.ts";
import { signals } from "../flow/signals.ts";
import { task } from "../flow/task.ts";
import type { Store } from "../ports/store.ts";
import { MemoryDisk, memoryStoreOn } from "../store/memory.ts";
import { type RunOptions, runProgram } from "./run.ts";

type Methods = Partial<{ [K in keyof Store]: Store[K] }>;

/** One process on a disk, with some methods of its store in another way. */
function place(differs: (store: Store, clock: ReturnType<typeof virtualClock>) => Methods = () => ({})) {
  const disk = new MemoryDisk();
  const clock = virtualClock();
  const inner = memoryStoreOn(disk, "one");
  const store: Store = Object.assign(Object.create(inner) as Store, bound(inner), differs(inner, clock));
  const other = memoryStoreOn(disk, "other");
  const run = ({ program }: AnyFlow, options: RunOptions = {}) =>
    runProgram(program, { store, ...options }, { ports: { clock, random: fakeRandom(), logger: recordingLogger() } });
  return { disk, clock, store, other, run };
}

/** Private members want their own `this`. */
function bound(store: Store): Methods {
  const prototype = Object.getPrototypeOf(store) as Record<string, unknown>;
  const names = Object.getOwnPropertyNames(prototype).filter((name) => typeof prototype[name] === "function");
  return Object.fromEntries(
    names.map((name) => [name, (prototype[name] as (...args: unknown[]) => unknown).bind(store)]),
  ) as Methods;
}

const RUN = "run00000000000000000000001";
const pauses = (afterwards: () => unknown = () => "done") =>
  flow("pauses", () => {
    task("ask", () => {
      if (context().resumed === undefined) throw signals.pause();
      return afterwards();
    })();
  });
const resume = { runId: RUN, ask: { kind: "resume", task: "ask-1", input: undefined }, by: "ana", at: 0 } as const;
const busy = () => new CaudalError("STORE_BUSY", { store: "test" });

describe("a commit that takes its time", () => {
  test("keeps a line once that was logged meanwhile", async () => {
    const { clock, other, run } = place((store, time) => ({
      commit: async (batch) => {
        await time.sleep(10);
        return store.commit(batch);
      },
    }));
    const first = task("first", async () => {
      await clock.sleep(15); // the commit of the other's end is on its way
      context().log.info("a line");
      await clock.sleep(100);
    });
    const second = task("second", () => clock.sleep(10));

    await run(flow("lines", () => void [first(), second()]));

    expect((await other.readLogs(RUN)).map(({ text }) => text)).toEqual(["a line"]);
  });

  test("does not end a run as Paused that a person let go on meanwhile", async () => {
    const { clock, run } = place((store, time) => ({
      commit: async (batch) => {
        if (batch.flow?.type === "Paused") {
          await time.sleep(10);
          await store.post(resume);
          heard?.();
          await time.sleep(10);
        }
        return store.commit(batch);
      },
      watch: (callback) => {
        heard = callback;
        return () => undefined;
      },
    }));
    let heard: (() => void) | undefined;

    const { state } = await run(pauses(() => clock.sleep(10)));

    expect(state.type).toBe("Success");
  });
});

describe("a request that cannot be read", () => {
  test("is read a little later", async () => {
    let refused = 0;
    const { other, run } = place((store) => ({
      requestsOf: (id) => {
        if (refused++ === 0) throw busy();
        return store.requestsOf(id);
      },
      commit: (batch) => {
        const cursor = store.commit(batch);
        if (batch.flow?.type === "Paused") queueMicrotask(() => void other.post(resume));
        return cursor;
      },
    }));

    const { state } = await run(pauses(), { wait: true });

    expect([state.type, refused > 1]).toEqual(["Success", true]);
  });
});

describe("a run that waits for a person, and was taken over by another process", () => {
  test("ends here with STALE_EPOCH", async () => {
    const { disk, other, run } = place((store) => ({
      commit: (batch) => {
        const cursor = store.commit(batch);
        if (batch.flow?.type === "Paused")
          queueMicrotask(() => {
            disk.alive.delete("one");
            void other.takeOver(RUN, 0);
          });
        return cursor;
      },
    }));

    await expect(run(pauses(), { wait: true })).rejects.toMatchObject({ code: "STALE_EPOCH" });
  });
});

describe("a body that goes on after the end of its run", () => {
  test("has nothing kept of what it says then, and keeps no process for it", async () => {
    const { clock, run } = place(() => ({ durable: true }) as object);
    let say = () => undefined as void;
    const deaf = task({ name: "deaf", timeout: 10 }, () => {
      const { log } = context();
      say = () => log.info("still here");
      return new Promise(() => undefined);
    });
    await run(flow("deaf", () => void deaf()));
    await clock.sleep(60_000);

    say();

    expect(clock.pending()).toBe(0);
  });
});

describe("a store that cannot be read when a run begins", () => {
  test("keeps back the line about interrupted runs, and nothing else", async () => {
    const { run } = place(() => ({
      listRuns: () => {
        throw busy();
      },
    }));

    const { state } = await run(flow("plain", () => void task("work", () => 1)()));

    expect(state.type).toBe("Success");
  });
});
