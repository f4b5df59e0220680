/** What helps a body to be called more than once: `once`, `fence`, `recovered`, `idempotencyKey`. */
import { describe, expect, test } from "vitest";
import { stage } from "../../../test/support/play.ts";
import { storeWith } from "../../../test/support/store-with.ts";
import { context, flow, type TaskContext, task } from "../../index.ts";
import { MemoryDisk, memoryStoreOn } from "../../store/memory.ts";
import { resumeProgram } from "../kept/resume.ts";

/** Two processes with one disk: what the first commits, the second goes on with. */
function two() {
  const disk = new MemoryDisk();
  const on = stage({ store: memoryStoreOn(disk, "first") });
  return { disk, on, second: memoryStoreOn(disk, "second") };
}

/** A promise, and what settles it. */
function signal<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}

describe("an inner step of a body", () => {
  test("is done once over retries, and its value is the first one's", async () => {
    const { on } = two();
    let charged = 0;
    const pay = task({ name: "pay", retries: 2 }, async () => {
      const receipt = await context().once("charge", () => ({ receipt: ++charged }));
      if (context().attempt < 3) throw new Error("after it");
      return receipt;
    });

    const run = await on.run(flow("pays", () => pay()));

    expect(run.result).toEqual({ receipt: 1 });
    expect(charged).toBe(1);
  });

  test("is tried again when it throws", async () => {
    const { on } = two();
    let tried = 0;
    const pay = task({ name: "pay", retries: 1 }, () =>
      context().once("charge", () => {
        if (++tried === 1) throw new Error("refused");
        return tried;
      }),
    );

    expect((await on.run(flow("pays", () => pay()))).result).toBe(2);
  });

  test("that two ask for at the same time is done once", async () => {
    const { on } = two();
    let done = 0;
    const pay = task("pay", () => Promise.all([1, 2].map(() => context().once("charge", async () => ++done))));

    expect((await on.run(flow("pays", () => pay()))).result).toEqual([1, 1]);
  });

  test("is another one of another name, of another child and of another round", async () => {
    const { on } = two();
    const done: string[] = [];
    const step = async (name: string) => context().once(name, () => done.push(name));
    const pay = task("pay", async (who: string) => {
      await step(`charge`);
      await step(`mail`);
      return who;
    });

    await on.run(flow("pays", () => pay.map(["ana", "bea"])));

    expect(done.sort()).toEqual(["charge", "charge", "mail", "mail"]);
  });

  test("with no name is refused", async () => {
    const { on } = two();
    const pay = task("pay", () => context().once("", () => 1));

    const run = await on.run(flow("pays", () => pay()));

    expect(run.task("pay").state).toMatchObject({ type: "Failed", error: { code: "OPTION_INVALID" } });
  });

  test("is not done again by the process that takes the run over", async () => {
    const { on, disk, second } = two();
    const seen: Pick<TaskContext, "attempt" | "fence" | "recovered" | "idempotencyKey">[] = [];
    let charged = 0;
    const reached = signal<void>();
    let first = true;
    const pay = task("pay", async () => {
      const { attempt, fence, recovered, idempotencyKey } = context();
      seen.push({ attempt, fence, recovered, idempotencyKey });
      const receipt = await context().once("charge", () => ++charged);
      if (first) {
        first = false;
        reached.resolve();
        await new Promise(() => undefined); // the process dies here
      }
      return receipt;
    });
    const f = flow("pays", () => pay());
    void on.run(f, { store: storeWith(on.store, {}) });
    await reached.promise;
    const [interrupted] = await second.listRuns({ limit: 1 });
    disk.kill("first");

    const run = await resumeProgram(f.program, interrupted!.id, { store: second, logLevel: "off" });

    expect(run.state).toMatchObject({ type: "Success", result: 1 });
    expect(charged).toBe(1);
    expect(seen).toMatchObject([
      { attempt: 1, fence: 1, recovered: false },
      { attempt: 2, fence: 2, recovered: true },
    ]);
    expect(new Set(seen.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
  });

  test("cannot be kept by a process that no longer has the run", async () => {
    const { on, disk, second } = two();
    const reached = signal<void>();
    const goOn = signal<void>();
    const zombie = signal<unknown>();
    let first = true;
    const pay = task("pay", async () => {
      if (!first) return "second";
      first = false;
      reached.resolve();
      await goOn.promise;
      await context()
        .once("charge", () => "too late")
        .catch(zombie.resolve);
      return "first";
    });
    const f = flow("pays", () => pay());
    void on.run(f).catch(() => undefined); // refused as well
    await reached.promise;
    const [interrupted] = await second.listRuns({ limit: 1 });
    disk.kill("first");
    await resumeProgram(f.program, interrupted!.id, { store: second, logLevel: "off" });

    goOn.resolve();

    expect(await zombie.promise).toMatchObject({ code: "STALE_EPOCH" });
    expect((await second.readRun(interrupted!.id))?.state).toMatchObject({ result: "second" });
  });
});
