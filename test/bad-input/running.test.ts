/** Bad input that shows when a flow is run. The number of a test is that of the check it carries out. */
import { describe, expect, test, vi } from "vitest";
import { object, pipe, string, any, transform } from "valibot";
import {
  context,
  branch,
  filter,
  flow,
  parameter,
  type Ref,
  signals,
  states,
  type StateHandler,
  task,
  type Task,
} from "../../src/index.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { play, stage, typesOf } from "../support/play.ts";
import { careless, refusedLater, watchedTask } from "./refused.ts";
import { HOSTILE } from "./hostile.ts";

/** `result: "none"`: what it gives could not be kept. */
const give = (value: unknown) => task({ name: "give", result: "none" }, () => value) as Task<[], never>;

describe("B13 mapping over what is no list, known while running", () => {
  test.each<readonly [string, unknown, string]>([
    ["text", "abc", "text"],
    ["a number", 3, "a number"],
    ["an object", { a: 1 }, "an object"],
    ["null", null, "null"],
    ["a Set", new Set([1]), "an object"],
  ])("B13 %s fails before any child starts, and is told of unmapped", async (_what, value, named) => {
    const { body, untouched } = watchedTask();

    const run = await play(flow("maps", () => untouched.map(give(value)())));

    expect(run.task("untouched").state).toMatchObject({
      type: "Failed",
      error: { code: "MAP_UNMAPPABLE", message: expect.stringContaining("Wrap it in unmapped(…)") },
    });
    expect(run.explain("untouched")).toContain(named);
    expect(body).not.toHaveBeenCalled();
  });

  test("B13 lists of different lengths fail before any child starts, with each length and the way out", async () => {
    const { body, untouched } = watchedTask();
    const named = untouched.with({ args: ["users", "letters"] });

    const run = await play(flow("maps", () => named.map([1, 2, 3], give([1, 2])())));

    expect(run.task("untouched").state).toMatchObject({
      type: "Failed",
      error: {
        code: "MAP_LENGTHS",
        message: expect.stringMatching(/users: 3, letters: 2\. .*mapLengths: "shortest"/),
      },
    });
    expect(body).not.toHaveBeenCalled();
  });
});

describe("B14 a branch whose ref names no case", () => {
  test("B14 skips every case, and what merges them", async () => {
    const { body, untouched } = watchedTask();
    const chooses = flow("chooses", () => branch(careless(give("elsewhere")()), { here: () => untouched() } as never));

    const run = await play(chooses);

    expect(typesOf(run)).toMatchObject({ branch: "Success", untouched: "Skipped", choose: "Skipped" });
    expect(run.explain("branch")).toContain("elsewhere");
    expect(body).not.toHaveBeenCalled();
  });

  test.each([
    ["an object", { a: 1 }],
    ["null", null],
    ["a list", ["here"]],
    ["undefined", undefined],
  ])("B14 by %s, which names nothing, fails with what it needs", async (_what, value) => {
    const { body, untouched } = watchedTask();
    const chooses = flow("chooses", () => branch(careless(give(value)()), { here: () => untouched() } as never));

    const run = await play(chooses);

    expect(run.task("branch").state).toMatchObject({
      type: "Failed",
      error: { code: "BRANCH_NO_KEY", message: expect.stringContaining("needs text, a number or a boolean") },
    });
    expect(body).not.toHaveBeenCalled();
  });
});

describe("B16 parameters that do not fit", () => {
  const nested = (levels: number) => Array.from({ length: levels }).reduce<unknown>((inner) => [inner], 1);
  const { body, untouched } = watchedTask();
  const asks = flow(
    {
      name: "asks",
      parameters: {
        size: 10,
        tags: ["a"],
        filter: { state: "CA" },
        since: parameter<string>({ required: true }),
        free: null,
        checked: pipe(
          any(),
          transform((x: unknown) => x),
        ),
        shaped: parameter({ schema: object({ state: string() }), default: { state: "CA" } }),
      },
    },
    ({ size }) => untouched(size),
  );

  test.each<readonly [string, object, string]>([
    ["missing", {}, "since: is required"],
    ["undefined where it is required", { since: undefined }, "since: is required"],
    ["extra", { since: "", sise: 3 }, "'sise' is not one of them (did you mean 'size'?)"],
    ["of the wrong type", { since: "", size: "10" }, "size: must be a number, not text"],
    ["of the wrong type inside", { since: "", tags: ["a", 1] }, "tags: [1] must be text, not a number"],
    ["without a member", { since: "", filter: {} }, "filter: state is missing"],
    ["not what its schema says", { since: "", shaped: { state: 1 } }, "shaped: state"],
    ["no JSON", { since: "", size: Number.NaN }, "size: "],
    ["no JSON inside", { since: "", filter: { state: () => 1 } }, "filter: is not JSON at .state"],
    ["nested too deep", { since: "", free: nested(65) }, "(nested more than 64 deep)"],
    [
      "nested too deep, where a schema looks at it",
      { since: "", checked: nested(100_000) },
      "(nested more than 64 deep)",
    ],
  ])("B16 %s: the run is refused with the path, before anything is written", async (_what, parameters, said) => {
    const store = memoryStore();

    const error = await refusedLater(() => asks.run({ parameters: parameters as never, store, logLevel: "off" }));

    expect(error.code).toBe("PARAMETER_INVALID");
    expect(error.message).toContain("parameters of flow 'asks':");
    expect(error.message).toContain(said);
    expect(await store.listRuns({ limit: 10 })).toEqual([]);
    expect(body).not.toHaveBeenCalled();
  });

  test("B16 sixty-four levels are fine", async () => {
    const run = await play(asks, { parameters: { since: "", free: nested(64), checked: nested(64) } });

    expect(run.state.type).toBe("Success");
  });
});

describe("B20 a state handler that returns what is no state", () => {
  test.each<readonly [string, unknown]>([
    ["text", "Success"],
    ["null", null],
    ["an object without a type", { result: 1 }],
    ["an unknown type", { type: "Sucess", result: 1 }],
    ["a type every object has", { type: "constructor" }],
    ["a number", 7],
    ["a promise of text", Promise.resolve("Success")],
    ["a function", () => states.success(1)],
  ])("B20 %s fails the task without a retry, and names the handler", async (_what, value) => {
    const watch: StateHandler = (_subject, _from, to) => (to.type === "Running" ? careless(value) : undefined);
    const { body, untouched } = watchedTask();
    const watched = untouched.with({ stateHandlers: [watch], retries: 3 });

    const run = await play(flow("handled", () => watched()));

    expect(run.task("untouched").state).toMatchObject({
      type: "Failed",
      error: {
        code: "HANDLER_FAILED",
        message: expect.stringContaining("state handler 'watch' of 'untouched' failed:"),
      },
    });
    expect(body).not.toHaveBeenCalled();
  });
});

describe("B21 a state handler that goes where no state may go", () => {
  test.each<readonly [string, object]>([
    ["Running", { type: "Running", attempt: 1 }],
    ["Pending", { type: "Pending" }],
    ["Mapped", { type: "Mapped", children: 3, result: [] }],
    ["Looped", { type: "Looped", result: 1 }],
    ["Cancelling", { type: "Cancelling" }],
  ])("B21 from Success to %s fails the task and says which states are possible", async (_what, state) => {
    const back: StateHandler = (_subject, _from, to) => (to.type === "Success" ? careless(state) : undefined);
    const handled = task({ name: "handled", stateHandlers: [back] }, () => 1);

    const run = await play(flow("handles", () => handled()));

    expect(run.task("handled").state).toMatchObject({
      type: "Failed",
      error: { code: "HANDLER_FAILED", message: expect.stringContaining("state handler 'back' of 'handled' failed:") },
    });
    expect(run.task("handled").story().at(-1)).toMatch(/→ Failed$/);
  });
});

describe("B22 a cache key that cannot be made", () => {
  test.each<readonly [string, () => unknown]>([
    [
      "because the function throws",
      () => {
        throw new Error("no key today");
      },
    ],
    [
      "because the function throws nothing at all",
      () => {
        throw undefined;
      },
    ],
    ["from a function", () => () => 1],
    ["from a symbol", () => Symbol("key")],
    ["from a promise", () => Promise.resolve("key")],
    ["from nothing", () => undefined],
  ])("B22 %s: the task fails without running or being retried", async (_why, cacheBy) => {
    const { body, untouched } = watchedTask();
    const cached = untouched.with({ cacheFor: "1h", cacheBy: careless(cacheBy), retries: 3 });

    const run = await play(flow("caches", () => cached(1)));

    expect(run.task("untouched").state).toMatchObject({
      type: "Failed",
      error: { code: "CACHE_KEY_FAILED", message: expect.stringContaining("Use cacheBy to name what it depends on") },
    });
    expect(body).not.toHaveBeenCalled();
  });

  test.each<readonly [string, unknown]>([
    ["a function", () => 1],
    ["a symbol", Symbol("s")],
    ["a structure that contains itself", cyclic()],
  ])("B22 inputs that have no key, such as %s, are told the same way", async (_what, input) => {
    const { body, untouched } = watchedTask();

    const run = await play(flow("caches", () => untouched.with({ cacheFor: "1h" })(give(input)())));

    expect(run.task("untouched").state).toMatchObject({ type: "Failed", error: { code: "CACHE_KEY_FAILED" } });
    expect(body).not.toHaveBeenCalled();
  });
});

function cyclic(): object {
  const round: Record<string, unknown> = {};
  round["self"] = round;
  return round;
}

/** Every place of a run where a user's function may throw. What is done with the error differs; that it is one record does not. */
const THROWERS: readonly (readonly [string, (thrower: () => never) => () => unknown])[] = [
  ["a body", (thrower) => () => task("t", thrower)()],
  ["an async body", (thrower) => () => task("t", async () => thrower())()],
  ["a mapped child", (thrower) => () => task("t", (_x: number) => thrower()).map([1, 2])],
  ["a state handler", (thrower) => () => task({ name: "t", stateHandlers: [thrower] }, () => 1)()],
  ["an async state handler", (thrower) => () => task({ name: "t", stateHandlers: [async () => thrower()] }, () => 1)()],
  ["a trigger", (thrower) => () => task({ name: "t", trigger: thrower }, (_x: unknown) => 1)(give(1)())],
  [
    "an async trigger",
    (thrower) => () => task({ name: "t", trigger: async () => thrower() }, (_x: unknown) => 1)(give(1)()),
  ],
  ["retryIf", (thrower) => () => task({ name: "t", retries: 1, retryIf: thrower }, fails)()],
  ["retryDelay", (thrower) => () => task({ name: "t", retries: 1, retryDelay: thrower }, fails)()],
  ["cacheBy", (thrower) => () => task({ name: "t", cacheFor: "1h", cacheBy: thrower }, () => 1)()],
  ["an input schema", (thrower) => () => task({ name: "t", input: schemaThat(thrower) }, (_x: number) => 1)(1)],
  ["an output schema", (thrower) => () => task({ name: "t", output: schemaThat(thrower) }, () => 1)()],
];

/** Those that watch: what they throw is told and changes nothing. */
const WATCHERS: readonly (readonly [string, (thrower: () => never) => () => unknown])[] = [
  ["a listener", (thrower) => () => task({ name: "t", onStateChange: thrower }, () => 1)()],
  ["an async listener", (thrower) => () => task({ name: "t", onStateChange: async () => thrower() }, () => 1)()],
];

function fails(): never {
  throw new Error("the body's own");
}

function schemaThat(thrower: () => never): never {
  return { "~standard": { version: 1, vendor: "test", validate: thrower } } as never;
}

const thrownFrom = <P>(places: readonly (readonly [string, P])[]) =>
  places.flatMap(([place, make]) => HOSTILE.map(([what, thrown]) => [place, what, make, thrown] as const));

describe("B23 whatever is thrown", () => {
  test.each(thrownFrom(THROWERS))(
    "B23 from %s: %s fails the task with a record of at most 64 KiB",
    async (place, _what, make, thrown) => {
      const thrower = () => {
        throw thrown();
      };

      const run = await play(flow("throws", make(thrower) as () => Ref<unknown>), { logLevel: "off" });

      const { state } = run.task("t").children > 0 ? run.task("t").child(0) : run.task("t");
      const type = place.endsWith("trigger") ? "TriggerFailed" : "Failed";
      expect(state).toMatchObject({ type, error: { name: expect.any(String), message: expect.any(String) } });
      expect(JSON.stringify(state).length).toBeLessThan(65_536);
      expect(run.state.type).toBe("Failed");
      expect(() => run.unwrap()).toThrow(/flow 'throws' failed/);
    },
  );

  test.each(thrownFrom(WATCHERS))(
    "B23 from %s: %s is logged and changes nothing",
    async (_place, _what, make, thrown) => {
      const place = stage();

      const run = await place.run(
        flow(
          "throws",
          make(() => {
            throw thrown();
          }) as () => Ref<unknown>,
        ),
      );
      await place.clock.turn();

      expect(run.state.type).toBe("Success");
      expect(
        place.logger.records.filter(({ level }) => level === "warn").map(({ message }) => message.slice(0, 38)),
      ).toContain("onStateChange failed and was ignored: ");
    },
  );

  test.each(HOSTILE)(
    "B23 from onFailure of a task and of a flow: %s is logged and changes nothing",
    async (_what, thrown) => {
      const place = stage();
      const onFailure = () => {
        throw thrown();
      };

      const run = await place.run(flow({ name: "throws", onFailure }, () => task({ name: "t", onFailure }, fails)()));

      expect(run.task("t").state).toMatchObject({ type: "Failed", error: { message: "the body's own" } });
      expect(
        place.logger.records.filter(({ level, message }) => level === "warn" && message.startsWith("onFailure failed")),
      ).toHaveLength(2);
    },
  );

  test.each(HOSTILE)("B23 from finalState and the flow's own handlers: %s fails the run", async (_what, thrown) => {
    const thrower = () => {
      throw thrown();
    };

    const [final, handled] = [
      await play(flow({ name: "throws", finalState: thrower }, () => give(1)())),
      await play(flow({ name: "throws", stateHandlers: [thrower] }, () => give(1)())),
    ];

    expect(final.state).toMatchObject({ type: "Failed", error: { message: expect.any(String) } });
    expect(handled.state).toMatchObject({ type: "Failed", error: { message: expect.any(String) } });
  });

  test.each(HOSTILE)("B23 from a parameter's schema: %s refuses the run", async (_what, thrown) => {
    const schema = schemaThat(() => {
      throw thrown();
    });
    const asks = flow(
      { name: "asks", parameters: { size: parameter<number>({ schema, required: true } as never) } },
      ({ size }) => task("t", (_x: unknown) => 1)(size),
    );

    const error = await refusedLater(() => asks.run({ parameters: careless({ size: 1 }) }));

    expect(error.code).toBe("PARAMETER_INVALID");
    expect(error.message).toContain("size: cannot be checked, its schema threw: ");
  });

  test.each(HOSTILE)("B23 %s is shown on the last screen", async (_what, thrown) => {
    const write = vi.spyOn(process.stdout, "write").mockImplementation(() => true);

    const run = await flow("throws", () =>
      task("t", () => {
        throw thrown();
      })(),
    ).run();

    const said = write.mock.calls.map(([text]) => String(text)).join("");
    write.mockRestore();
    expect(run.state.type).toBe("Failed");
    expect(said).toContain("✗ Flow run 'throws' failed");
  });

  test("B23 a signal thrown by what is not a body is no signal there", async () => {
    const run = await play(
      flow("throws", () =>
        task(
          {
            name: "t",
            retries: 1,
            retryIf: () => {
              throw signals.skip("x");
            },
          },
          fails,
        )(),
      ),
    );

    expect(run.task("t").state.type).toBe("Failed");
  });
});

describe("B23 what a body returns, where looking at it throws", () => {
  const touchy = () =>
    Object.defineProperty({}, "rows", {
      enumerable: true,
      get: () => {
        throw new Error("from the getter");
      },
    });

  test.each<readonly [string, () => unknown]>([
    ["a getter that throws", touchy],
    ["a revoked Proxy inside", () => ({ rows: HOSTILE.find(([what]) => what === "a revoked Proxy")?.[1]() })],
  ])(
    "B23 %s: it is passed on, filtered, branched by, mapped over and followed without harm to the run",
    async (_what, make) => {
      const odd = task({ name: "odd", result: "none" }, () => make() as { readonly rows: readonly number[] });
      const takes = task("takes", (value: unknown) => typeof value);
      const odds = task({ name: "odds", result: "none" }, () => [make(), null] as readonly object[]);

      const run = await play(
        flow("odd", () => {
          const given = odd();
          takes(given);
          takes((given as Ref<never>).get(careless("rows")).get(careless("first")));
          takes.map(given.get("rows"));
          filter(odds());
          branch(careless(given), { a: () => takes(1) } as never);
        }),
        { logLevel: "off" },
      );

      expect(run.task("takes-1").state).toMatchObject({ type: "Success", result: "object" });
      expect(run.task("takes-2").state).toMatchObject({ type: "Failed" });
      expect(run.task("takes-3").state).toMatchObject({ type: "Failed" });
      expect(run.task("filter").state.type).toBe("Success");
      expect(run.task("branch").state).toMatchObject({ type: "Failed", error: { code: "BRANCH_NO_KEY" } });
      expect(run.state.type).toBe("Failed");
    },
  );
});

describe("a text that would end early in the store", () => {
  test("is refused as key, name and tag of a run, all complaints at once", async () => {
    const nothing = flow("nothing", () => undefined);

    await expect(nothing.run({ idempotencyKey: "a\0b", runName: "\0", tags: ["a\0"] })).rejects.toMatchObject({
      code: "OPTION_INVALID",
      data: { complaints: { length: 3 } },
    });
  });

  test("is refused as the name of a step that is done once", async () => {
    const step = task("step", () => context().once("a\0b", () => 1));

    const run = await flow("once", () => step()).run({ logLevel: "off" });

    expect(run.state).toMatchObject({ type: "Failed" });
    expect(run.task("step").state).toMatchObject({ error: { code: "OPTION_INVALID" } });
  });
});
