/** What a run is given besides its parameters: states, names, context; and what bodies find. */
import { describe, expect, test } from "vitest";
import { play, stage, typesOf } from "../../test/support/play.ts";
import { type AnyRef, branch, context, flow, states, task, type TaskState } from "../index.ts";

const load = task("load", () => "loaded");
const after = task({ name: "after", trigger: "all_finished", skipOnUpstreamSkip: false }, (x: unknown) => [x]);

describe("states that are given", () => {
  const given = (state: TaskState) =>
    stage().run(
      flow("given", () => after(load())),
      { taskStates: { load: state } },
    );

  test.each<readonly [TaskState, unknown]>([
    [states.success(5), 5],
    [states.cached(5), 5],
    [states.skipped(), null],
    [states.cancelled(), null],
    [states.failed("no"), { name: "Error", message: "no" }],
  ])("$type stand for the task, whose body is not called", async (state, taken) => {
    const run = await given(state);

    expect(run.task("load")).toMatchObject({ attempts: 0, state: { type: state.type, reason: { code: "given" } } });
    expect(run.task("after").result).toEqual([taken]);
  });

  test("may stand for a branch's upstream, or by slug for one of several calls", async () => {
    const made = flow("slug", () => [after(load()), after(load())]);

    const run = await stage().run(made, { taskStates: { "load-2": states.success("given") } });

    expect([run.task("after-1").result, run.task("after-2").result]).toEqual([["loaded"], ["given"]]);
  });

  test("for a mapped task give its list", async () => {
    const each = task("each", (x: number) => x);
    const made = flow("mapped", () => after(each.map([1, 2])));

    const run = await stage().run(made, { taskStates: { each: states.success([7, 8, 9]) } });

    expect(run.task("after").result).toEqual([[7, 8, 9]]);
    expect(run.task("each").children).toBe(0);
  });

  test("for what a mapped task maps over decide its children", async () => {
    const each = task("each", (x: number) => x);
    const made = flow("mapped", () => each.map(load() as AnyRef));

    const run = await stage().run(made, { taskStates: { load: states.success([7, 8]) } });

    expect(run.task("each").result).toEqual([7, 8]);
  });

  test("decide a branch", async () => {
    const made = flow("branch", () =>
      branch(load() as AnyRef, { a: () => after("a") } as never, () => load.with({ name: "other" })()),
    );

    const run = await stage().run(made, { taskStates: { load: states.success("a") } });

    expect(typesOf(run)).toMatchObject({ after: "Success", other: "Skipped" });
  });

  test.each<readonly [string, unknown, string]>([
    ["laod", states.success(1), "laod: no such task in this flow; did you mean load?"],
    ["after", { type: "Running", attempt: 1 }, 'after: "Running" is no finished state'],
    ["after", { type: "Mapped", children: 3, result: [] }, 'after: "Mapped" is no finished state'],
    ["after", null, "is no finished state"],
  ])("%s that make no sense are refused, all at once, before anything is written", async (name, state, complaint) => {
    const on = stage();
    const made = flow("given", () => after(load()));

    const run = on.run(made, { taskStates: { [name]: state as TaskState, nowhere: states.success(1) } });

    await expect(run).rejects.toMatchObject({
      code: "TASK_STATES_INVALID",
      message: expect.stringContaining(complaint),
    });
    await expect(run).rejects.toThrow("nowhere");
    expect(await on.store.listRuns({ limit: 10 })).toEqual([]);
  });
});

describe("a body", () => {
  test("finds in its context what the run knows", async () => {
    const on = stage();
    const seen: unknown[] = [];
    const look = task({ name: "look", timeout: "5s" }, () => {
      const { signal, log, idempotencyKey, secrets, ...rest } = context();
      seen.push({
        ...rest,
        aborted: signal.aborted,
        key: /^cdl_[a-z2-7]{52}$/.test(idempotencyKey),
        log: typeof log.info,
        secrets,
      });
    });

    const run = await on.run(
      flow({ name: "context", parameters: { size: 3 } }, () => look()),
      { runName: "monday", context: { user: "ana" } },
    );

    expect(seen).toEqual([
      expect.objectContaining({
        runId: run.id,
        runName: "monday",
        flowName: "context",
        taskName: "look",
        taskRunId: `${run.id}/look-1`,
        attempt: 1,
        mapIndex: undefined,
        loop: { count: 1, result: undefined },
        deadline: on.clock.now() + 5_000,
        parameters: { size: 3 },
        scheduledAt: undefined,
        fence: 1,
        recovered: false,
        resumed: undefined,
        user: { user: "ana" },
        aborted: false,
        key: true,
        log: "function",
        secrets: {},
      }),
    ]);
  });

  test("has the same key in each attempt, and another per child and round", async () => {
    const keys: string[] = [];
    const keyed = task({ name: "keyed", retries: 1 }, (_: number) => {
      keys.push(context().idempotencyKey);
      if (context().attempt === 1) throw new Error("once");
    });

    await play(flow("keys", () => keyed.map([1, 2])));

    expect(keys).toHaveLength(4);
    expect(new Set(keys).size).toBe(2);
  });

  test("called outside a run has no context", () => {
    expect(() => context()).toThrow(expect.objectContaining({ code: "NO_CONTEXT" }));
  });

  test("finds its context after waiting, whatever else runs meanwhile", async () => {
    const on = stage();
    const named = task("named", async (ms: number) => {
      await on.clock.sleep(ms);
      return context().mapIndex;
    });

    expect((await on.run(flow("contexts", () => named.map([30, 10, 20])))).task("named").result).toEqual([0, 1, 2]);
  });
});

describe("secrets", () => {
  const reads = task({ name: "reads", secrets: ["API_KEY"] }, () => {
    const { secrets } = context();
    return [secrets["API_KEY"]?.reveal(), `${secrets["API_KEY"]}`, JSON.stringify(secrets)];
  });
  const made = flow("secrets", () => reads());

  test("are revealed to the body that named them, and show themselves nowhere", async () => {
    const run = await stage().run(made, { secrets: { API_KEY: "hunter2" } });

    expect(run.task("reads").result).toEqual(["hunter2", "[secret]", '{"API_KEY":"[secret]"}']);
  });

  test("that are missing refuse the run before it starts", async () => {
    await expect(play(made)).rejects.toMatchObject({ code: "SECRET_MISSING", data: { names: ["API_KEY"] } });
  });
});
