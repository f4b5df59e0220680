import { describe, expect, test } from "vitest";
import { CaudalError } from "../base/errors.ts";
import { every, flow, signals, someFailed, someSuccessful, task, type TaskOptions } from "../index.ts";

function complaintsOf(attempt: () => unknown): readonly string[] {
  try {
    attempt();
  } catch (error) {
    if (error instanceof CaudalError && error.code === "OPTION_INVALID")
      return (error.data as { readonly complaints: readonly string[] }).complaints;
    throw error;
  }
  return [];
}

const taskWith = (options: object) => () => task({ name: "t", ...options } as TaskOptions, () => 1);

describe("options of a task", () => {
  test("are all complained about at once", () => {
    const complaints = complaintsOf(
      taskWith({
        retries: -1,
        timeout: "30 seconds",
        trigger: "sometimes",
        priority: 101,
        retires: 3,
        tags: "a",
        onLost: "wait",
        cacheFor: 0,
      }),
    );

    expect(complaints).toHaveLength(8);
    expect(complaints.join("\n")).toContain("'retires' is no option (did you mean 'retries'?)");
    expect(complaints.join("\n")).toContain('timeout is not a duration: "30 seconds" (it has a space in it)');
  });

  test.each([
    { retries: 1.5 },
    { retries: Number.NaN },
    { retries: "3" },
    { retryDelay: "-1s" },
    { retryDelay: { factor: 2 } },
    { retryDelay: { initial: "1s", jitter: 2 } },
    { retryDelay: { initial: "1s", factor: 0.5 } },
    { retryDelay: { inital: "1s" } },
    { timeout: 0 },
    { timeout: Number.POSITIVE_INFINITY },
    { priority: 0.5 },
    { priority: -101 },
    { cacheBy: "input" },
    { cacheBy: {} },
    { trigger: {} },
    { trigger: null },
    { skipOnUpstreamSkip: "no" },
    { stateHandlers: () => undefined },
    { stateHandlers: [1] },
    { onFailure: "mail" },
    { result: "all" },
    { input: {} },
    { output: () => true },
    { limits: "db" },
    { taskRunName: 1 },
    { secrets: [""] },
    { args: "raw" },
    { loopMax: 0 },
    { maxLost: -1 },
    { mapLengths: "longest" },
    { handlerTimeout: "0s" },
    { retryIf: true },
    { name: 7 },
    { description: null },
    { target: "" },
    { cacheKey: "" },
  ])("refuses %j", (options) => {
    expect(complaintsOf(taskWith(options))).toHaveLength(1);
  });

  test.each([
    { retries: 0 },
    { retries: undefined },
    { retryDelay: 0 },
    { retryDelay: "250ms" },
    { retryDelay: { initial: "1s", factor: 2, max: "1m", jitter: 0.1 } },
    { retryDelay: (attempt: number) => attempt * 100 },
    { trigger: "manual_only" },
    { trigger: () => true },
    { trigger: someFailed({ atLeast: 1 }) },
    { onFailure: [] },
    { onStateChange: () => undefined },
    { priority: -100 },
    { cacheFor: "1d", cacheBy: "nothing" },
    { limits: ["db"] },
    { taskRunName: (args: readonly unknown[]) => String(args[0]) },
    { result: "none" },
  ])("takes %j", (options) => {
    expect(complaintsOf(taskWith(options))).toEqual([]);
  });

  test("that are no object, or a body that is no function, are refused", () => {
    expect(complaintsOf(() => task(null as never, () => 1))).toHaveLength(1);
    expect(complaintsOf(() => task("no body", undefined as never))).toHaveLength(1);
    expect(complaintsOf(() => task({ name: "no body" }, "body" as never))).toHaveLength(1);
  });

  test("of with are checked too", () => {
    const t = task("t", () => 1);

    expect(complaintsOf(() => t.with({ retries: -1 }))).toHaveLength(1);
  });
});

describe("names", () => {
  test.each(["", "  ", "a/b", "..", ".", "a\u0000b", "a\nb", "\u202eevil", "x".repeat(201), "\ud800"])(
    "%j is refused",
    (name) => {
      expect(() => task(name, () => 1)).toThrow(CaudalError);
      expect(() => flow(name, () => undefined)).toThrow(CaudalError);
    },
  );

  test.each([
    "my first flow!",
    "__proto__",
    "constructor",
    "toString",
    "carga de datos, año 2",
    "日本",
    "wait...",
    "x".repeat(200),
  ])("%j is fine", (name) => {
    const t = task(name, () => 1);
    const made = flow(name, () => ({ [name]: t() }));

    expect(made.graph.nodes[0]?.slug).toBe(`${name}-1`);
    expect(made.graph.result).toMatchObject({ kind: "object", keys: [name] });
  });

  test("come from the function where none is given, and must come from somewhere", () => {
    function countRows() {
      return 1;
    }

    expect(task(countRows).name).toBe("countRows");
    expect(() => task(() => 1)).toThrow(/has no name/);
  });
});

describe("options of a flow", () => {
  const flowWith = (options: object) => () => flow({ name: "f", ...options } as { name: string }, () => undefined);

  test.each([
    { schedule: "every minute" },
    { tags: [1] },
    { timeout: "soon" },
    { maxConcurrency: 0 },
    { version: 2 },
    { finalState: true },
    { taskDefaults: { name: "x" } },
    { taskDefaults: { retries: -1 } },
    { parameters: ["size"] },
    { taskStateHandlers: () => undefined },
    { shedule: every("1m") },
    { onFailure: 1 },
  ])("refuses %j", (options) => {
    expect(complaintsOf(flowWith(options))).toHaveLength(1);
  });

  test("need a name and a build function", () => {
    expect(complaintsOf(() => flow({} as never, undefined as never))).toHaveLength(2);
  });

  test("a default of a parameter must be JSON", () => {
    const nan = () => flow({ name: "f", parameters: { filter: { rates: [1, Number.NaN] } } }, () => undefined);

    expect(nan).toThrow("the default of parameter 'filter' is not JSON at .rates[1]");
  });

  test("taskDefaults hold for tasks that say nothing, and taskStateHandlers come after the task's own", () => {
    const own = () => undefined;
    const all = () => undefined;
    const a = task({ name: "a", retries: 1, stateHandlers: [own] }, () => 1);
    const b = task("b", () => 1);
    const made = flow({ name: "f", taskDefaults: { retries: 5, timeout: "1s" }, taskStateHandlers: [all] }, () => {
      a();
      b();
    });

    expect(
      made.graph.tasks.map(({ retries, timeoutMs, asksHandlers }) => ({ retries, timeoutMs, asksHandlers })),
    ).toEqual([
      { retries: 1, timeoutMs: 1_000, asksHandlers: true },
      { retries: 5, timeoutMs: 1_000, asksHandlers: true },
    ]);
    expect(made.program.tasks.map((functions) => functions.stateHandlers)).toEqual([[own, all], [all]]);
  });
});

describe("signals and triggers", () => {
  test("are checked where they are made", () => {
    expect(complaintsOf(() => signals.fail("x", { as: "Success" as never, retry: 1 as never }))).toHaveLength(2);
    expect(complaintsOf(() => signals.retry({ in: "soon" as never }))).toHaveLength(1);
    expect(complaintsOf(() => signals.retry({ at: new Date("never") }))).toHaveLength(1);
    expect(complaintsOf(() => someFailed({}))).toHaveLength(1);
    expect(complaintsOf(() => someFailed({ atLeast: 0.5 }))).toHaveLength(1);
    expect(complaintsOf(() => someSuccessful({ atLeast: 3, atMost: 2 }))).toHaveLength(1);
    expect(complaintsOf(() => someSuccessful({ atLeastShare: 1.5 }))).toHaveLength(1);
  });

  test("say exactly what was meant", () => {
    expect(signals.success().data).toEqual({ kind: "success", result: undefined, hasResult: false });
    expect(signals.success(undefined).data).toEqual({ kind: "success", result: undefined, hasResult: true });
    expect(signals.skip("enough").data).toEqual({ kind: "skip", why: "enough", result: null });
    expect(signals.fail("bad").data).toMatchObject({ retry: true, as: "Failed", hasResult: false });
    expect(signals.retry({ in: "5s" }).data).toEqual({ kind: "retry", inMs: 5_000, at: undefined });
    expect(signals.retry({ at: new Date(7) }).data).toEqual({ kind: "retry", inMs: undefined, at: 7 });
    expect(signals.loop(3).data).toEqual({ kind: "loop", value: 3, inMs: 0 });
    expect(someSuccessful({ atLeastShare: 0.5 })).toEqual({ kind: "some_successful", atLeastShare: 0.5 });
  });
});
