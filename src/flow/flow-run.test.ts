import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CaudalError } from "../base/errors.ts";
import { flow, isFailed, isSkipped, isSuccess, signals, states, task, type TaskState } from "../index.ts";

const quiet = { logLevel: "off" } as const;
const one = task("one", () => 1);
const fail = task("fail", () => {
  throw new TypeError("no such thing");
});
const next = task("after", (_value: unknown) => 2);

describe("a run that succeeded", () => {
  test("has the result in the shape the build function returned", async () => {
    const made = flow("shape", () => ({ sum: one(), list: [one(), { deep: one() }], fixed: "x" }));

    const run = await made.run(quiet);

    expect(isSuccess(run) && run.result).toEqual({ sum: 1, list: [1, { deep: 1 }], fixed: "x" });
    expect(run.unwrap()).toEqual({ sum: 1, list: [1, { deep: 1 }], fixed: "x" });
  });

  test("finds tasks by name and by slug, and says what it does not find", async () => {
    const made = flow("tasks", () => {
      next(one());
      one();
    });

    const run = await made.run(quiet);

    expect(run.tasks.map((found) => found.slug)).toEqual(["one-1", "after-1", "one-2"]);
    expect(run.task("after")).toMatchObject({ slug: "after-1", result: 2, attempts: 1, children: 0 });
    expect(() => run.task("one")).toThrow(/one-1, one-2/);
    expect(() => run.task("afetr")).toThrow(CaudalError);
    expect(run.task("one-2").story().length).toBeGreaterThan(1);
    expect(run.task("after").explain()).toContain("after");
  });

  test("has the children of a mapped task", async () => {
    const double = task("double", (x: number) => {
      if (x === 2) throw signals.skip("two");
      return 2 * x;
    });
    const made = flow("children", () => ({ all: double.map([1, 2, 3]) }));

    const run = await made.run(quiet);

    const mapped = run.task("double");
    expect(mapped).toMatchObject({ children: 3, state: { type: "Mapped" } });
    expect(mapped.child(2)).toMatchObject({ name: "double[2]", slug: "double-1[2]", result: 6 });
    expect(isSkipped(mapped.child(1))).toBe(true);
    expect(() => mapped.child(3)).toThrow(RangeError);
    expect(isSuccess(run) && run.result.all).toEqual([2, null, 6]);
  });
});

describe("a run that failed", () => {
  const failing = flow("failing", () => ({ value: next(fail()) }));

  test("says so in its state, and unwrap throws with the first failure as cause", async () => {
    const run = await failing.run(quiet);

    expect(isFailed(run) && run.state.error.message).toContain("after");
    expect(run.result).toBeUndefined();
    expect(run.task("fail").result).toMatchObject({ name: "TypeError", message: "no such thing" });
    expect(() => run.unwrap()).toThrow(
      expect.objectContaining({
        code: "RUN_FAILED",
        cause: expect.objectContaining({ name: "TypeError", message: "no such thing" }),
      }),
    );
    expect(run.explain()).toContain("fail-1");
  });

  test("shows itself in a word when printed", async () => {
    const run = await failing.run(quiet);

    expect(inspect(run)).toMatch(/^FlowRun\(failing, .*, Failed\)$/);
    expect(JSON.parse(JSON.stringify(run))).toMatchObject({ flow: "failing", state: { type: "Failed" } });
  });
});

describe("options of a run", () => {
  const made = flow({ name: "options", parameters: { size: 10 } }, ({ size }) => next(size));

  test("are complained about all at once, before anything runs", async () => {
    const attempt = made.run({ size: 25, wiat: true, tags: "x", logLevel: "loud", signal: {} } as never);

    await expect(attempt).rejects.toThrow(/'size' is a parameter: give it as \{ parameters: \{ size: … \} \}/);
    await expect(attempt).rejects.toMatchObject({ code: "OPTION_INVALID", data: { complaints: { length: 5 } } });
  });

  test("bad parameters are refused with every complaint", async () => {
    await expect(made.run({ ...quiet, parameters: { size: "x", sise: 1 } as never })).rejects.toMatchObject({
      code: "PARAMETER_INVALID",
      data: { complaints: { length: 2 } },
    });
  });

  test("taskStates stand for tasks that are not run", async () => {
    const run = await flow("given", () => next(one())).run({
      ...quiet,
      taskStates: { one: states.success(5) as TaskState },
    });

    expect(run.task("one")).toMatchObject({ attempts: 0, result: 5 });
  });
});

describe("a process that ends", () => {
  const folder = join(import.meta.dirname, "..", "..", ".cache", `unread-${process.pid}`);
  const program = (tail: string) => `
    import { flow, task, isFailed } from "caudal";
    const fail = task("fail", () => { throw new Error("x"); });
    const run = await flow("f", () => { fail(); }).run({ logLevel: "off" });
    ${tail}`;

  beforeAll(async () => {
    mkdirSync(folder, { recursive: true });
    await build({
      entryPoints: [join(import.meta.dirname, "..", "index.ts")],
      bundle: true,
      platform: "node",
      format: "esm",
      packages: "external",
      outfile: join(folder, "caudal.mjs"),
      logLevel: "error",
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function exitCodeOf(tail: string): number | null {
    const file = join(folder, "program.mjs");
    writeFileSync(file, program(tail).replace('"caudal"', '"./caudal.mjs"'));
    return spawnSync(process.execPath, [file], { encoding: "utf8" }).status;
  }

  test.each([
    ["without looking at a failed run ends with 1", "", 1],
    ["after reading its state ends well", "run.state;", 0],
    ["after asking a guard ends well", "isFailed(run);", 0],
    ["after reading its result ends well", "run.result;", 0],
    ["after unwrap was caught ends well", "try { run.unwrap() } catch {}", 0],
    ["with a code of its own keeps it", "process.exitCode = 7;", 7],
    ["having looked only at a task ends with 1", 'run.task("fail").state;', 1],
  ])("%s", (_, tail, code) => {
    expect(exitCodeOf(tail)).toBe(code);
  });
});
