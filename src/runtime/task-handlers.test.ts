/** State handlers of tasks: what they see, and what they decide (`prefect-semantics.md` §13). */
import { describe, expect, test } from "vitest";
import { play, stage } from "../../test/support/play.ts";
import {
  context,
  flow,
  type HandlerInfo,
  isFailed,
  isSkipped,
  signals,
  type State,
  type StateHandler,
  states,
  type Subject,
  task,
  type TaskOptions,
} from "../index.ts";

function raise(thrown: unknown): never {
  throw thrown;
}

const works = () => "fine";
const fails = () => raise(new Error("broken"));
const consumer = task({ name: "consumer", trigger: "all_finished", skipOnUpstreamSkip: false }, (x: unknown) => [x]);

/** Runs one task with this handler after a recorder; and a consumer of it. */
async function handled(body: () => unknown, handler: StateHandler, options: TaskOptions = {}) {
  const seen: string[] = [];
  const note: StateHandler = (_, from, to) => void seen.push(`${from.type}>${to.type}`);
  let calls = 0;
  const counted = () => {
    calls++;
    return body();
  };
  const made = flow("handled", () =>
    consumer(task({ name: "it", ...options, stateHandlers: [note, handler] }, counted)()),
  );
  const run = await play(made);
  return { seen, calls, state: run.task("it").state, taken: run.task("consumer").result };
}

/** A handler that answers when the new state is of this type. */
const when =
  (type: State["type"], answer: () => State): StateHandler =>
  (_, __, to) =>
    to.type === type ? answer() : undefined;

const quiet: StateHandler = () => undefined;

describe("a state handler", () => {
  test("sees every transition of its task", async () => {
    expect((await handled(works, quiet)).seen).toEqual(["Pending>Running", "Running>Success"]);
    expect((await handled(fails, quiet)).seen).toEqual(["Pending>Running", "Running>Failed"]);
  });

  test("sees a retry on its way through Failed", async () => {
    const body = () => (context().attempt === 1 ? fails() : works());

    expect((await handled(body, quiet, { retries: 1 })).seen).toEqual([
      "Pending>Running",
      "Running>Failed",
      "Failed>Retrying",
      "Retrying>Running",
      "Running>Success",
    ]);
  });

  test("sees a stored result and a hit", async () => {
    const { run } = stage();
    const seen: string[] = [];
    const cached = task(
      { name: "cached", cacheFor: "1h", stateHandlers: [(_, from, to) => void seen.push(`${from.type}>${to.type}`)] },
      works,
    );
    const made = flow("cached", () => cached());

    await run(made);
    await run(made);

    expect(seen).toEqual(["Pending>Running", "Running>Success", "Success>Cached", "Pending>Cached"]);
  });

  test("sees what keeps a body from being called", async () => {
    const seen: string[] = [];
    const note: StateHandler = ({ name }, from, to) => void seen.push(`${name} ${from.type}>${to.type}`);
    const skip = task("skip", () => raise(signals.skip()));
    const broken = task("broken", fails);
    const after = task("after", (_: unknown) => 1);

    await play(
      flow({ name: "kept", taskStateHandlers: [note] }, () => {
        after(skip());
        after(broken());
        after.map([]);
      }),
    );

    expect(seen).toEqual(
      expect.arrayContaining(["after Pending>Skipped", "after Pending>TriggerFailed", "after Pending>Mapped"]),
    );
  });

  test("is told of whom, and in which attempt", async () => {
    const told: (readonly [Subject, HandlerInfo])[] = [];
    const handler: StateHandler = (subject, _, __, info) => void told.push([subject, info]);
    const each = task({ name: "each", stateHandlers: [handler] }, (x: number) => x);
    const on = stage();

    const run = await on.run(flow("told", () => each.map([1])));

    const of = (name: string, mapIndex: number | undefined, attempt: number) => [
      { kind: "task", name, slug: "each-1", mapIndex },
      { runId: run.id, flowName: "told", attempt, at: on.clock.now(), replayed: false, failures: expect.any(Function) },
    ];
    expect(told).toEqual([of("each", undefined, 0), of("each[0]", 0, 1), of("each[0]", 0, 1)]);
  });

  test("comes before the flow's taskStateHandlers, in list order, each seeing what the one before made of it", async () => {
    const seen: string[] = [];
    const note =
      (name: string, answer?: State): StateHandler =>
      (_, __, to) => {
        if (to.type === "Running") return;
        seen.push(`${name} ${to.type}`);
        return answer;
      };
    const it = task(
      { name: "it", stateHandlers: [note("first", states.failed("no")), note("second", states.success(2))] },
      works,
    );

    const run = await play(flow({ name: "order", taskStateHandlers: [note("flow's")] }, () => it()));

    expect(seen).toEqual(["first Success", "second Failed", "flow's Success"]);
    expect(run.task("it").result).toBe(2);
  });

  test("does not see Pending, nor anything of states that were given", async () => {
    const seen: string[] = [];
    const it = task({ name: "it", stateHandlers: [(_, from) => void seen.push(from.type)] }, works);

    await stage().run(
      flow("given", () => it()),
      { taskStates: { it: states.success(1) } },
    );

    expect(seen).toEqual([]);
  });
});

describe("a handler that replaces a state", () => {
  test("makes a failure a success, before retries are thought of", async () => {
    const answer = when("Failed", () => states.success(7));

    expect(await handled(fails, answer, { retries: 3 })).toMatchObject({
      calls: 1,
      state: { type: "Success", result: 7 },
      taken: [7],
    });
  });

  test("makes a success a failure, which is retried", async () => {
    const answer = when("Success", () => states.failed("not good enough"));

    expect(await handled(works, answer, { retries: 2 })).toMatchObject({
      calls: 3,
      state: { type: "Failed", error: { message: "not good enough" } },
      taken: [{ message: "not good enough" }],
    });
  });

  test.each<readonly [string, State, object]>([
    ["Success", states.success(7), { calls: 0, taken: [7] }],
    ["Failed", states.failed("no"), { calls: 0, taken: [{ message: "no" }] }],
    ["Skipped", states.skipped("no"), { calls: 0, taken: [null] }],
    ["Cancelled", states.cancelled(), { calls: 0, taken: [null] }],
    ["Cached", states.cached(8), { calls: 0, taken: [8] }],
  ])("makes Running %s, and the body is not called", async (type, state, expected) => {
    const result = await handled(
      works,
      when("Running", () => state),
      { retries: 2 },
    );

    expect(result).toMatchObject({ ...expected, state: { type } });
  });

  test("lets what is downstream of a skip or an unmet trigger go on", async () => {
    const rescue: StateHandler = (_, __, to) =>
      isSkipped(to) || to.type === "TriggerFailed" ? states.success("saved") : undefined;
    const after = task({ name: "after", stateHandlers: [rescue] }, (_: unknown) => 1);

    const run = await play(
      flow("rescue", () => [after(task("skip", () => raise(signals.skip()))()), after(task("fail", fails)())]),
    );

    expect([run.task("after-1").state, run.task("after-2").state]).toMatchObject([
      { type: "Success", result: "saved" },
      { type: "Success", result: "saved" },
    ]);
  });

  test("stops retrying", async () => {
    const answer = when("Retrying", () => states.failed("enough"));

    expect(await handled(fails, answer, { retries: 5 })).toMatchObject({
      calls: 1,
      state: { type: "Failed", error: { message: "enough" } },
    });
  });

  test("asks for a retry of what has none left, in its own time", async () => {
    const on = stage();
    const again = when("Failed", () => states.retrying({ in: "1m" }));
    const it = task({ name: "it", stateHandlers: [again] }, () => (context().attempt < 3 ? fails() : works()));

    const run = await on.run(flow("again", () => it()));

    expect(run.task("it")).toMatchObject({ attempts: 3, result: "fine" });
    expect(on.clock.elapsed()).toBe(120_000);
  });

  test("pauses", async () => {
    expect(
      await handled(
        works,
        when("Success", () => states.paused("look at it")),
      ),
    ).toMatchObject({ state: { type: "Paused" } });
  });

  test("has its result cached", async () => {
    const better = when("Success", () => states.success("better"));

    expect((await handled(works, better, { cacheFor: "1h" })).state).toMatchObject({
      type: "Cached",
      result: "better",
    });
  });

  test("has what it made of a skip by the body cached, or retried", async () => {
    const skips = () => raise(signals.skip());
    const toSuccess = when("Skipped", () => states.success(7));
    const toFailed = when("Skipped", () => states.failed("it must not"));

    expect((await handled(skips, toSuccess, { cacheFor: "1h" })).state.type).toBe("Cached");
    expect(await handled(skips, toFailed, { retries: 1 })).toMatchObject({ calls: 2, state: { type: "Failed" } });
  });

  test("refuses a round of a loop, which is repeated with the value it had", async () => {
    const values: unknown[] = [];
    const loops = () => {
      const { count, result } = context().loop;
      values.push([count, result]);
      return values.length > 2 ? "done" : raise(signals.loop(`round ${values.length}`));
    };
    let rounds = 0;
    const refuseSecond: StateHandler = (_, __, to) =>
      to.type === "Looped" && ++rounds === 2 ? states.failed("not this round") : undefined;

    await handled(loops, refuseSecond, { retries: 1 });

    expect(values).toEqual([
      [1, undefined],
      [2, "round 1"],
      [2, "round 1"],
    ]);
  });

  test("without an error in a failed state gives consumers a record all the same", async () => {
    const answer = (() => ({ type: "Failed" })) as unknown as StateHandler;

    expect(
      (
        await handled(works, (subject, from, to, info) =>
          to.type === "Success" ? answer(subject, from, to, info) : undefined,
        )
      ).taken,
    ).toEqual([{ name: "Error", message: "no error was recorded" }]);
  });
});

describe("a handler that fails", () => {
  const NONSENSE: readonly (readonly [string, StateHandler])[] = [
    ["throws", () => raise(new Error("oops"))],
    ["rejects", () => Promise.reject(new Error("oops"))],
    ["throws nothing", () => raise(undefined)],
    ["returns a number", (() => 5) as unknown as StateHandler],
    ["returns null", (() => null) as unknown as StateHandler],
    ["returns a state nobody knows", (() => ({ type: "Great" })) as unknown as StateHandler],
    ["returns Mapped", (() => ({ type: "Mapped", children: 3, result: [] })) as unknown as StateHandler],
    ["returns Pending", () => ({ type: "Pending" })],
    ["throws signals.loop", () => raise(signals.loop(1))],
  ];

  test.each(NONSENSE)("that %s fails its task without a retry, before its body", async (_, handler) => {
    expect(await handled(works, handler, { retries: 3 })).toMatchObject({
      calls: 0,
      state: { type: "Failed", error: { code: "HANDLER_FAILED" }, reason: { code: "handler-failed" } },
    });
  });

  test("fails work that was done already", async () => {
    const handler: StateHandler = (_, __, to) => (to.type === "Success" ? raise(new Error("oops")) : undefined);

    expect(await handled(works, handler, { retries: 3 })).toMatchObject({
      calls: 1,
      state: { type: "Failed", error: { code: "HANDLER_FAILED" } },
    });
  });

  test("is named in the error and in a line", async () => {
    const on = stage();
    const alertFailed: StateHandler = () => raise(new TypeError("x.isfailed is not a function"));

    await on.run(flow("named", () => task({ name: "it", stateHandlers: [alertFailed] }, works)()));

    expect(on.logger.lines()).toContain(
      "ERROR caudal.TaskRunner | Task 'it': state handler 'alertFailed' of 'it' failed: x.isfailed is not a function",
    );
  });

  test("keeps the handlers after it from being asked", async () => {
    const asked: string[] = [];
    const it = task(
      { name: "it", stateHandlers: [() => raise(new Error("oops")), () => void asked.push("second")] },
      works,
    );

    await play(flow("after", () => it()));

    expect(asked).toEqual([]);
  });
});

describe("a signal thrown by a handler", () => {
  test.each<readonly [string, unknown, object]>([
    ["success", signals.success(7), { type: "Success", result: 7 }],
    ["skip", signals.skip("no"), { type: "Skipped", result: null }],
    ["fail", signals.fail("no", { as: "ValidationFailed" }), { type: "ValidationFailed", error: { message: "no" } }],
    ["pause", signals.pause(), { type: "Paused" }],
  ])("%s counts as its state", async (_, signal, expected) => {
    const handler: StateHandler = (__, ___, to) => (to.type === "Running" ? raise(signal) : undefined);

    expect((await handled(works, handler)).state).toMatchObject(expected);
  });

  test("retry waits and tries again", async () => {
    const on = stage();
    const again: StateHandler = (_, __, to) => (isFailed(to) ? raise(signals.retry({ in: "30s" })) : undefined);
    const it = task({ name: "it", stateHandlers: [again] }, () => (context().attempt < 2 ? fails() : works()));

    expect((await on.run(flow("again", () => it()))).task("it").result).toBe("fine");
    expect(on.clock.elapsed()).toBe(30_000);
  });
});

describe("a handler that answers with something to be awaited, though no promise", () => {
  test("is waited for", async () => {
    const later = { then: (take: (state: unknown) => void) => take(states.success(7)) };
    const rescues = (_: unknown, __: unknown, to: State) => (isFailed(to) ? later : undefined);
    const fails = task({ name: "fails", stateHandlers: [rescues as never] }, () => {
      throw new Error("no");
    });

    const run = await play(flow("rescued", () => fails()));

    expect(run.task("fails").state).toMatchObject({ type: "Success", result: 7 });
  });
});

describe("an async handler", () => {
  test("is waited for", async () => {
    const on = stage();
    const slow: StateHandler = async (_, __, to) => {
      await on.clock.sleep(1_000);
      return to.type === "Success" ? states.success("later") : undefined;
    };

    const run = await on.run(flow("slow", () => task({ name: "it", stateHandlers: [slow] }, works)()));

    expect(run.task("it").result).toBe("later");
    expect(on.clock.elapsed()).toBe(2_000);
  });

  test.each<readonly [string, TaskOptions, number]>([
    ["30 s", {}, 30_000],
    ["its handlerTimeout", { handlerTimeout: "2s" }, 2_000],
  ])("that does not end within %s fails its task", async (_, options, ms) => {
    const on = stage();
    const stuck: StateHandler = () => new Promise(() => undefined);

    const run = await on.run(flow("stuck", () => task({ name: "it", ...options, stateHandlers: [stuck] }, works)()));

    expect(run.task("it").state).toMatchObject({
      type: "Failed",
      error: { code: "HANDLER_FAILED", message: expect.stringContaining("did not end within") },
    });
    expect(on.clock.elapsed()).toBe(ms);
  });

  test("that answers after its time changes nothing", async () => {
    const on = stage();
    const late: StateHandler = async () => {
      await on.clock.sleep(60_000);
      return states.success("late");
    };
    const other = task("other", () => on.clock.sleep(120_000));
    const made = flow("late", () => [task({ name: "it", stateHandlers: [late] }, works)(), other()]);

    expect((await on.run(made)).task("it").state.type).toBe("Failed");
  });
});

describe("listeners of a task", () => {
  const heardOf = async (body: () => unknown, options: TaskOptions = {}) => {
    const heard: string[] = [];
    const on = stage();
    const it = task(
      {
        name: "it",
        onStateChange: (_, from, to) => heard.push(`${from.type}>${to.type}`),
        onFailure: [({ name }, { error }) => heard.push(`${name}: ${error.message}`), () => raise(new Error("deaf"))],
        ...options,
      },
      body,
    );
    const run = await on.run(flow("heard", () => it()));
    return { heard, run, lines: on.logger.lines() };
  };

  test("hear of every transition", async () => {
    expect((await heardOf(works)).heard).toEqual(["Pending>Running", "Running>Success"]);
  });

  test("hear onFailure once, when the task has finally failed", async () => {
    expect((await heardOf(fails, { retries: 1 })).heard).toEqual([
      "Pending>Running",
      "Running>Failed",
      "Failed>Retrying",
      "Retrying>Running",
      "Running>Failed",
      "it: broken",
    ]);
  });

  test("change nothing by failing; a line says so", async () => {
    const { run, lines } = await heardOf(fails, { onStateChange: async () => raise(new Error("deaf, later")) });

    expect(run.task("it").state).toMatchObject({ error: { message: "broken" } });
    expect(lines).toContain("WARN caudal.FlowRunner | onFailure failed and was ignored: Error: deaf");
    expect(lines).toContain("WARN caudal.FlowRunner | onStateChange failed and was ignored: Error: deaf, later");
  });

  test("cannot replace a state", async () => {
    const { run } = await heardOf(fails, { onStateChange: () => states.success(1) });

    expect(run.task("it").state.type).toBe("Failed");
  });

  test("hear of failed children one by one", async () => {
    const heard: string[] = [];
    const each = task({ name: "each", onFailure: ({ name }) => heard.push(name) }, (x: number) =>
      x > 1 ? fails() : x,
    );

    await play(flow("children", () => each.map([1, 2, 3])));

    expect(heard).toEqual(["each[1]", "each[2]"]);
  });
});
