import { describe, expect, test } from "vitest";
import type { CaudalError } from "../../base/errors.ts";
import { context, flow, isFailed, isSuccess, task } from "../../index.ts";
import { memoryStore } from "../../store/memory.ts";

const quiet = { logLevel: "off" } as const;
const double = task("double", (x: number) => 2 * x);
const child = flow({ name: "child", parameters: { size: 1, label: "a" } }, ({ size, label }) => ({
  size: double(size),
  label,
}));
const three = task("three", () => 3);
const wrong = task("wrong", () => {
  throw new TypeError("no such thing");
});
const broken = flow("broken", () => void wrong());

describe("a flow as a task", () => {
  test("runs with the parameters it is given, refs inside, and gives the child's result", async () => {
    const parent = flow("parent", () => child.asTask()({ size: three(), label: "b" }));

    const run = await parent.run(quiet);

    expect(isSuccess(run) && run.result).toEqual({ size: 6, label: "b" });
    expect(run.tasks.map((found) => found.slug)).toEqual(["three-1", "child-1"]);
  });

  test("takes the defaults where it is given nothing", async () => {
    const parent = flow("defaults", () => child.asTask()());

    const run = await parent.run(quiet);

    expect(isSuccess(run) && run.result).toEqual({ size: 2, label: "a" });
  });

  test("is a run of its own, in the store of the run around it", async () => {
    const ids: string[] = [];
    const note = task("note", () => void ids.push(context().runId));
    const noting = flow("noting", () => void note());
    const store = memoryStore();
    const parent = flow("own run", () => void noting.asTask()());

    const run = await parent.run({ ...quiet, store });

    expect(ids[0]).not.toBe(run.id);
    expect((await store.readRun(ids[0] ?? ""))?.flow).toBe("noting");
  });

  test("fails with the child's failure as cause", async () => {
    const parent = flow("fails", () => void broken.asTask()());

    const run = await parent.run(quiet);

    expect(isFailed(run)).toBe(true);
    expect(run.task("broken").state).toMatchObject({
      type: "Failed",
      error: { code: "RUN_FAILED", message: expect.stringContaining("no such thing"), cause: { name: "TypeError" } },
    });
  });

  test("is cancelled with the run around it", async () => {
    const ended: string[] = [];
    const cancel = new AbortController();
    const long = task("long", async () => {
      cancel.abort();
      await new Promise((resolve) => context().signal.addEventListener("abort", resolve));
      ended.push("aborted");
    });
    const inner = flow("inner", () => void long());
    const parent = flow("outer", () => void inner.asTask()());

    const run = await parent.run({ ...quiet, signal: cancel.signal });

    expect(run.state.type).toBe("Cancelled");
    expect(ended).toEqual(["aborted"]);
  });

  test("takes task options, is mapped like any task, and is one task however often it is made", async () => {
    const parent = flow("mapped", () => ({
      all: child.asTask({ name: "each child", retries: 1 }).map([{ size: 1 }, { size: 2 }]),
      one: child.asTask()(),
      two: child.asTask()({ size: 5 }),
    }));

    const run = await parent.run(quiet);

    expect(isSuccess(run) && run.result).toMatchObject({ all: [{ size: 2 }, { size: 4 }], one: {}, two: { size: 10 } });
  });

  test("refuses options and parameters that are none", async () => {
    const parent = flow("misused", () => void child.asTask()({ sise: 1 } as never));

    const run = await parent.run(quiet);

    expect(() => child.asTask({ retires: 1 } as never)).toThrow(/did you mean 'retries'/);
    expect(run.task("child").state).toMatchObject({ type: "Failed", error: { code: "PARAMETER_INVALID" } });
    expect(isFailed(run) && (run.state.error as unknown as CaudalError).message).toContain("child");
  });
});
