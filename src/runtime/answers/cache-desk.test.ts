import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { stage } from "../../../test/support/play.ts";
import { flow, task, unmapped } from "../../index.ts";
import type { Store } from "../../ports/store.ts";
import { memoryStore } from "../../store/memory.ts";

const quiet = (store: Store = memoryStore()) => ({ logLevel: "off", store }) as const;

/** A gate that bodies wait at, so that two of them are under way at once without any sleeping. */
function gate() {
  let open = () => undefined as void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** What a run printed, with its ids and instants masked. */
async function linesOf(run: () => Promise<unknown>): Promise<string[]> {
  const lines: string[] = [];
  const spy = vi.spyOn(process.stdout, "write").mockImplementation((text) => lines.push(String(text)) > 0);
  await run().finally(() => spy.mockRestore());
  return lines.map((line) =>
    line
      .replace(/^\[[^\]]*\] /, "")
      .replace(/run \w{26}/, "run RUN")
      .replace(/\d{4}-[\dT:+-]+/g, "AT")
      .trim(),
  );
}

describe("two task runs of one run that need the same cache entry", () => {
  test("compute it once: the second waits and hits", async () => {
    const calls: number[] = [];
    const double = task({ name: "double", cacheFor: "1h" }, async (x: number) => {
      calls.push(x);
      return x * 2;
    });
    const f = flow("same entry twice", () => [double(1), double(1), double(2)]);

    const run = await f.run(quiet());

    expect(run.result).toEqual([2, 2, 4]);
    expect(calls.sort()).toEqual([1, 2]);
    expect(run.task("double-2").state).toMatchObject({ type: "Cached", cache: { how: "hit", runId: run.id } });
  });

  test("hold no slot while they wait", async () => {
    const { opened, open } = gate();
    const slow = task({ name: "slow", cacheFor: "1h" }, async () => {
      await opened;
      return 1;
    });
    const other = task("other", () => open());
    const f = flow("waiting holds nothing", () => [slow(), slow(), other()]);

    const { inline } = await import("../../index.ts");
    const run = await f.run({ ...quiet(), executor: inline({ maxAttempts: 2 }) });

    expect(run.state.type).toBe("Success");
  });

  test("compute it again when the first one failed", async () => {
    let calls = 0;
    const flaky = task({ name: "flaky", cacheFor: "1h" }, async () => {
      if (++calls === 1) throw new Error("not today");
      return "fine";
    });
    const f = flow("the claimant fails", () => [flaky(), flaky()]);

    const run = await f.run(quiet());

    expect(calls).toBe(2);
    expect(run.tasks.map((one) => one.state.type)).toEqual(["Failed", "Cached"]);
  });
});

describe("two runs on one store that need the same cache entry", () => {
  test("compute it once between them", async () => {
    let calls = 0;
    const { opened, open } = gate();
    const count = task({ name: "count", cacheFor: "1h" }, async () => {
      await opened;
      return ++calls;
    });
    const f = flow("two runs at once", () => count());
    const store = memoryStore();

    const both = [f.run(quiet(store)), f.run(quiet(store))];
    open();
    const [first, second] = await Promise.all(both);

    expect([first?.result, second?.result]).toEqual([1, 1]);
    expect(second?.task("count").state).toMatchObject({ cache: { how: "hit", runId: first?.id } });
  });

  test("are let go on when the claimant is cancelled", async () => {
    const stop = new AbortController();
    let calls = 0;
    const patient = task({ name: "patient", cacheFor: "1h" }, async () => {
      if (++calls > 1) return "second";
      stop.abort();
      return new Promise<string>((_, reject) => setImmediate(() => reject(new Error("stopped"))));
    });
    const f = flow("the claimant is cancelled", () => patient());
    const store = memoryStore();

    const first = f.run({ ...quiet(store), signal: stop.signal });
    const second = f.run(quiet(store));

    expect((await first).state.type).toBe("Cancelled");
    expect((await second).result).toBe("second");
  });
});

describe("a cached task that is computed again", () => {
  test("says that its code changed, by whom it was stored before", async () => {
    const store = memoryStore();
    const build = (body: () => number) => flow("edited", () => task({ name: "edited task", cacheFor: "1h" }, body)());
    await build(() => 1).run(quiet(store));

    const lines = await linesOf(() => build(() => 2).run({ store, logLevel: "info" }));

    expect(lines).toContain(
      "INFO - caudal.TaskRunner | Task 'edited task': computed again: the code changed since run RUN stored a result",
    );
  });

  test("says nothing where there never was an entry, or other inputs", async () => {
    const square = task({ name: "square", cacheFor: "1h" }, (x: number) => x * x);
    const f = flow("new inputs", () => square.map([1, 2, 3]));

    const lines = await linesOf(() => f.run({ store: memoryStore(), logLevel: "info" }));

    expect(lines.filter((line) => line.includes("computed again"))).toEqual([]);
  });
});

describe("a task with a target", () => {
  const folder = mkdtempSync(join(tmpdir(), "caudal-target-"));
  const report = task(
    { name: "report", args: ["x", "kind"], target: join(folder, "{kind}-{x}.json") },
    (x: number, _kind: string) => ({
      x,
    }),
  );
  const build = (x: number, kind: string) =>
    flow("reports", () =>
      task({ name: "report", target: join(folder, "{kind}-{x}.json") }, (x: number, kind: string) => ({ x, kind }))(
        x,
        kind,
      ),
    );

  test("writes its result there, and the next run finds it", async () => {
    const first = await build(7, "sums").run(quiet());
    const second = await build(7, "sums").run(quiet());

    expect(first.task("report").state.type).toBe("Success");
    expect(JSON.parse(readFileSync(join(folder, "sums-7.json"), "utf8"))).toEqual({ x: 7, kind: "sums" });
    expect(second.task("report")).toMatchObject({ attempts: 0, result: { x: 7, kind: "sums" } });
    expect(second.task("report").state).toMatchObject({
      type: "Cached",
      cache: { how: "hit", target: join(folder, "sums-7.json") },
    });
  });

  test("never lets a value become a path", async () => {
    await build(1, "../../evil").run(quiet());

    expect(JSON.parse(readFileSync(join(folder, "__.._evil-1.json"), "utf8"))).toEqual({ x: 1, kind: "../../evil" });
  });

  test("fails without being run when the file is no JSON", async () => {
    writeFileSync(join(folder, "broken-1.json"), "{");

    const run = await build(1, "broken").run(quiet());

    expect(run.task("report")).toMatchObject({
      attempts: 0,
      state: { type: "Failed", error: { code: "TARGET_INVALID" } },
    });
  });

  test("is looked for, and written, under the day its run began, however long it takes", async () => {
    const on = stage();
    const target = join(folder, "{today}.txt");
    const slow = task({ name: "slow", target, taskRunName: "slow of {today}" }, async () => {
      await on.clock.sleep(15 * 3_600_000); // past midnight
      return "made it";
    });

    const run = await on.run(flow("daily", () => slow()));

    expect(readFileSync(join(folder, "2026-11-23.txt"), "utf8")).toBe("made it");
    expect(run.task("slow").runName).toBe("slow of 2026-11-23");
  });

  test("fails when its name asks for something that is not there", async () => {
    const lost = flow("lost", () => task({ name: "lost", target: "{nobody}.txt" }, () => "x")());

    const run = await lost.run(quiet());

    expect(run.task("lost").state).toMatchObject({
      type: "Failed",
      error: { message: expect.stringContaining("{nobody}") },
    });
  });

  test("fails when a result that is no text goes to a file that is no JSON", async () => {
    const wrong = flow("wrong", () =>
      task({ name: "wrong", target: join(folder, "wrong.txt") }, () => ({ no: "text" }))(),
    );

    const run = await wrong.run(quiet());

    expect(run.task("wrong").state).toMatchObject({ type: "Failed", error: { code: "TARGET_INVALID" } });
  });

  test("has one file per mapped child", async () => {
    const f = flow("children", () => report.map([4, 5], unmapped("each")));

    await f.run(quiet());

    expect(JSON.parse(readFileSync(join(folder, "each-5.json"), "utf8"))).toEqual({ x: 5 });
  });
});
