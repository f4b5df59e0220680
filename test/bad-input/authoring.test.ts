/**
 * Bad input while tasks and flows are defined. The number of a test is that of the check it carries out: each row of
 * bad input is refused with a code, a way out in the sentence and the user's line, and nothing runs.
 */
import { describe, expect, test } from "vitest";
import type { ErrorCode } from "../../src/base/error-sentences.ts";
import {
  branch,
  context,
  filter,
  flow,
  group,
  limit,
  mapEach,
  merge,
  parameter,
  type Ref,
  referenceTasks,
  resource,
  settled,
  task,
  unmapped,
} from "../../src/index.ts";
import { play } from "../support/play.ts";
import { careless, expectOwnLine, refused, refusedBuild, watchedTask } from "./refused.ts";

const HERE = /authoring\.test\.ts:\d+:\d+$/;

const one = task("one", () => 1);
const list = task("list", () => [1, 2]);
const anything = task("anything", (..._given: unknown[]) => 1);

describe("B01 a cycle through setUpstream", () => {
  test("B01 is refused with its path, what to take away, and the line that closes it", () => {
    const { body, untouched } = watchedTask();
    const error = refusedBuild(() => {
      const first = one();
      const second = untouched(first);
      first.setUpstream(anything(second));
    });

    expect(error.code).toBe("FLOW_CYCLE");
    expect(error.message).toContain(
      "one-1 → untouched-1 → anything-1 → one-1. Take one of these setUpstream calls away",
    );
    expectOwnLine(error, HERE);
    expect(body).not.toHaveBeenCalled();
  });
});

describe("B03 a task called outside a flow", () => {
  test.each<readonly [string, () => unknown]>([
    ["plainly", () => one()],
    ["mapped", () => anything.map([1, 2])],
    [
      "after the build function has returned",
      () => {
        flow("over", () => one());
        return one();
      },
    ],
  ])("B03 %s is refused, and told of .run", (_how, call) => {
    const error = refused(call);

    expect(error.code).toBe("TASK_OUTSIDE_FLOW");
    expect(error.message).toContain("call it inside flow(…), or call just its function with .run(…)");
    expectOwnLine(error, HERE);
  });
});

describe("B04 a ref used as a value", () => {
  test.each<readonly [string, (ref: never) => unknown]>([
    ["in arithmetic", (ref) => ref + 1],
    ["in a template", (ref) => `${ref}`],
    ["as JSON", (ref) => JSON.stringify({ ref })],
    ["spread", (ref) => [...(ref as never[])]],
    ["in a comparison", (ref) => ref > 1],
    ["by a member it does not have", (ref) => (ref as { name: string }).name],
  ])("B04 %s is refused with the ref's name and where it could be used", (_how, use) => {
    const error = refusedBuild(() => use(careless(list())));

    expect(error.code).toBe("REF_USED_AS_VALUE");
    expect(error.message).toContain("the result of 'list-1' is used as a value");
    expect(error.message).toContain("Pass it to a task and use it there");
    expectOwnLine(error, HERE);
  });
});

describe("B05 a ref of another flow", () => {
  test.each<readonly [string, (ref: Ref<number>) => unknown]>([
    ["as an argument", (ref) => anything(ref)],
    ["deep in an argument", (ref) => anything({ deep: [ref] })],
    ["mapped over", (ref) => anything.map(careless(ref))],
    ["unmapped", (ref) => anything.map([1], unmapped(ref))],
    ["as an upstream", (ref) => one().setUpstream(ref)],
    ["as a reference task", (ref) => referenceTasks(ref)],
    ["in a merge", (ref) => merge(one(), ref)],
    ["as what a branch goes by", (ref) => branch(careless(ref), { a: () => one() } as never, () => one())],
    ["filtered", (ref) => filter(careless(ref))],
    ["settled", (ref) => anything(settled(ref))],
    ["as the list of a mapEach", (ref) => mapEach(careless(ref), (x) => anything(x))],
  ])("B05 %s is refused, and told that results cross flows as parameters", (_how, use) => {
    const kept: Ref<number>[] = [];
    flow("first", () => void kept.push(one()));

    const error = refusedBuild(() => use(kept[0]!), "second");

    expect(error.code).toBe("REF_OF_ANOTHER_FLOW");
    expect(error.message).toContain("'one-1' belongs to another flow than 'second': results cross flows as parameters");
    expectOwnLine(error, HERE);
  });

  test("B05 returned by the build function is refused too", () => {
    const kept: Ref<number>[] = [];
    flow("first", () => void kept.push(one()));

    expect(refused(() => flow("second", () => kept[0]!)).code).toBe("REF_OF_ANOTHER_FLOW");
  });
});

describe("B06 an async build function", () => {
  test.each<readonly [string, () => unknown]>([
    ["that awaits nothing", async () => void one()],
    [
      "that awaits a ref",
      async () => {
        await careless(one());
      },
    ],
    ["that gives a promise without being async", () => Promise.resolve(one())],
    ["that throws later", async () => Promise.reject(new Error("later"))],
  ])("B06 %s is refused, told what to remove, and leaves no rejection behind", (_how, build) => {
    const error = refused(() => flow("waits", build as never));

    expect(error.code).toBe("FLOW_ASYNC");
    expect(error.message).toContain("Remove 'async' and 'await'; work belongs into tasks");
    expectOwnLine(error, HERE);
  });
});

const BAD_NAMES: readonly (readonly [string, string, string])[] = [
  ["an empty one", "", "it is empty"],
  ["one of spaces", "   ", "it is empty"],
  ["one of more than 200 characters", "n".repeat(201), "it is longer than 200 characters (201)"],
  ["one with a line end", "a\nb", "control characters"],
  ["one with NUL", "a\0b", "control characters"],
  ["one with a bidi mark", "a\u202eb", "marks that turn text around"],
  ["half a surrogate pair", "a\ud800", "control characters"],
  ["the folder above", "..", "it would name a folder"],
  ["a path", "../../etc/passwd", "it has a slash"],
  ["a path of Windows", "..\\etc", "it has a slash"],
];

const NAMED: readonly (readonly [string, (name: string) => unknown])[] = [
  ["a flow", (name) => flow(name, () => one())],
  ["a flow, by options", (name) => flow({ name }, () => one())],
  ["a task", (name) => task(name, () => 1)],
  ["a task, by options", (name) => task({ name }, () => 1)],
  ["a task, by its function's own name", (name) => task(Object.defineProperty(() => 1, "name", { value: name }))],
  ["a variant of a task", (name) => one.with({ name })],
  ["a parameter", (name) => flow({ name: "f", parameters: { [name]: 1 } }, () => one())],
  ["a limit", (name) => limit(name, 1)],
  ["a group", (name) => flow("f", () => group(name, () => one()))],
  ["a resource", (name) => resource(name, { setup: () => 1, cleanup: () => undefined })],
  ["a flow as a task", (name) => flow("f", () => one()).asTask({ name })],
];

/** A function without a name is told how to get one; a limit's options are checked as a whole. */
const CODES_OF_EMPTY: Readonly<Record<string, ErrorCode>> = {
  "a task, by its function's own name": "TASK_UNNAMED",
  "a limit": "OPTION_INVALID",
};

describe("B07 names that cannot be file names and log lines", () => {
  test.each(
    NAMED.flatMap(([what, define]) => BAD_NAMES.map(([how, name, why]) => [what, how, define, name, why] as const)),
  )("B07 %s: %s is refused with the reason and the line", (what, _how, define, name, why) => {
    const error = refused(() => define(name));

    const code = (name === "" ? CODES_OF_EMPTY[what] : undefined) ?? "NAME_INVALID";
    expect(error.code).toBe(code);
    if (code === "NAME_INVALID") expect(error.message).toContain(why);
    expectOwnLine(error, HERE);
  });

  test.each(["ä ö ü", "日本語", "🌧️ rain", "a.b", "...", "con", "a'b\"c", "100%", "<b>&"])(
    "B07 %j is a good name all the same",
    (name) => {
      expect(flow(name, () => task(name, () => 1)()).name).toBe(name);
    },
  );
});

const PROTOTYPE_NAMES = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "prototype"] as const;

describe("B08 names that objects inherit", () => {
  test.each(PROTOTYPE_NAMES)(
    "B08 %s names a flow, a task, a parameter, a case and an argument, as any other word",
    async (name) => {
      const echo = task({ name, args: [name] }, (value: unknown) => value);
      const named = flow({ name, parameters: Object.fromEntries([[name, "given"]]), tags: [name] }, (parameters) => {
        const value = careless((parameters as Record<string, unknown>)[name]);
        const chosen = branch(
          careless(task("which", () => name)()),
          careless(Object.fromEntries([[name, () => echo(value)]])),
        );
        return { list: [chosen], [name]: echo(value) };
      });

      const run = await play(named);

      expect(named.graph.parameters.map((about) => about.name)).toEqual([name]);
      expect(Object.getOwnPropertyDescriptor(run.parameters, name)?.value).toBe("given");
      expect(run.task(`${name}-1`).state).toMatchObject({ type: "Success", result: "given" });
      expect(Object.getOwnPropertyDescriptor(run.result as object, name)?.value).toBe("given");
      expect((run.result as { list: unknown }).list).toEqual(["given"]);
      expect(Object.getPrototypeOf(run.result as object)).toBe(Object.prototype);
      expect(JSON.stringify(named)).toContain(JSON.stringify(name));
      expect(({} as Record<string, unknown>)["given"]).toBeUndefined();
    },
  );

  test.each(PROTOTYPE_NAMES)(
    "B08 %s is given as a parameter, or refused as unknown, and never found on a prototype",
    async (name) => {
      const asks = flow({ name: "asks", parameters: { known: 1 } }, ({ known }) => anything(known));

      await expect(asks.run({ parameters: careless(Object.fromEntries([[name, 1]])) })).rejects.toMatchObject({
        code: "PARAMETER_INVALID",
        message: expect.stringContaining(`'${name}' is not one of them`),
      });
      expect(
        refused(() =>
          flow({ name: "typo", parameters: { known: 1 } }, ((given: Record<string, unknown>) =>
            anything(given[name])) as never),
        ).code,
      ).toBe("PARAMETER_UNKNOWN");
    },
  );

  test.each(PROTOTYPE_NAMES)("B08 a required parameter %s that is not given is missing", async (name) => {
    const asks = flow({ name: "asks", parameters: Object.fromEntries([[name, parameter({ required: true })]]) }, () =>
      one(),
    );

    await expect(asks.run(careless({}))).rejects.toMatchObject({
      code: "PARAMETER_INVALID",
      message: expect.stringContaining(`${name}: is required`),
    });
  });

  test.each(PROTOTYPE_NAMES)(
    "B08 %s names a limit, a group, a resource, a secret and what a run hands to bodies",
    async (name) => {
      const session = resource(name, { setup: () => "open", cleanup: () => undefined });
      const body = task({ name: "body", secrets: [name], limits: [limit(name, 2)] }, () => ({
        secret: context().secrets[name]?.reveal(),
        user: Object.getOwnPropertyDescriptor(context().user, name)?.value as unknown,
      }));
      const uses = flow("uses", () => group(name, () => session.use(() => body())));

      const run = await play(uses, {
        secrets: Object.fromEntries([[name, "hush"]]),
        context: Object.fromEntries([[name, "mine"]]),
      });

      expect(run.task("body").result).toEqual({ secret: "hush", user: "mine" });
      expect(run.tasks.map((each) => each.slug)).toContain(`${name}.setup-1`);
    },
  );

  test.each(PROTOTYPE_NAMES)("B08 a secret %s that nobody gave is missing", async (name) => {
    const body = task({ name: "body", secrets: [name] }, () => 1);

    await expect(play(flow("uses", () => body()))).rejects.toMatchObject({ code: "SECRET_MISSING" });
  });

  test.each(PROTOTYPE_NAMES)("B08 %s is an unknown option, and an unknown task of a run", async (name) => {
    const run = await play(flow("known", () => one()));

    expect(
      refused(() =>
        task(
          careless(
            Object.fromEntries([
              ["name", "x"],
              [name, 1],
            ]),
          ),
          () => 1,
        ),
      ).code,
    ).toBe("OPTION_INVALID");
    expect(refused(() => run.task(name)).code).toBe("TASK_UNKNOWN");
    await expect(
      play(
        flow("known", () => one()),
        { taskStates: careless(Object.fromEntries([[name, { type: "Success", result: 1 }]])) },
      ),
    ).rejects.toMatchObject({ code: "TASK_STATES_INVALID" });
  });

  test.each(PROTOTYPE_NAMES)("B08 a branch by %s takes no case that is not there", async (name) => {
    const which = task("which", () => name as string);
    const chooses = flow("chooses", () => branch(careless(which()), { a: () => one() } as never));

    const run = await play(chooses);

    expect(run.task("one").state.type).toBe("Skipped");
  });

  test.each(PROTOTYPE_NAMES)("B08 a path .get(%j) into a result without it is missing", async (name) => {
    const data = task("data", () => JSON.parse("{}") as Record<string, unknown>);
    const reads = flow("reads", () => anything(data().get(name)));

    const run = await play(reads);

    expect(run.task("anything").state).toMatchObject({ type: "Failed", error: { code: "REF_PATH_MISSING" } });
  });
});

describe("B09 options that are no such number", () => {
  test.each([
    ["retries: -1", { retries: -1 }, "retries must be a whole number between 0 and 1000000, not -1"],
    ["retries: 1.5", { retries: 1.5 }, "not 1.5"],
    ["retries: NaN", { retries: Number.NaN }, "not NaN"],
    ["retries: Infinity", { retries: Number.POSITIVE_INFINITY }, "not Infinity"],
    ['retries: "3"', { retries: "3" }, 'not "3"'],
    ["retries: null", { retries: null }, "not null"],
    ["retires: 3", { retires: 3 }, "'retires' is no option (did you mean 'retries'?)"],
    ["priority: 101", { priority: 101 }, "priority must be a whole number between -100 and 100"],
    ["loopMax: 0", { loopMax: 0 }, "loopMax must be a whole number, at least 1"],
    ["trigger: a typo", { trigger: "all_succesful" }, "trigger must be one of"],
    ["cacheBy: a typo", { cacheBy: "input" }, "cacheBy must be one of"],
    ["onLost: a typo", { onLost: "retries" }, "onLost must be one of"],
  ])("B09 %s is refused with what it may be", (_what, options, said) => {
    const error = refused(() => task(careless({ name: "wrong", ...options }), () => 1));

    expect(error.code).toBe("OPTION_INVALID");
    expect(error.message).toContain("options of task 'wrong':");
    expect(error.message).toContain(said);
    expectOwnLine(error, HERE);
  });

  test("B09 all mistakes are told at once, wherever options are given", () => {
    const options = careless({ retries: -1, timeout: "90sec" });

    const told = [
      refused(() => task({ ...(options as object), name: "a" }, () => 1)),
      refused(() => one.with(options)),
      refused(() => flow({ name: "f", taskDefaults: options }, () => one())),
      refused(() => flow("f", () => one()).asTask(options)),
    ].map(({ code, message }) => [code, /retries[^\n]*-1/.test(message), message.includes("timeout")]);

    expect(told).toEqual(Array(4).fill(["OPTION_INVALID", true, true]));
  });
});

describe("B13 mapping over what is no list, known while building", () => {
  test.each<readonly [string, unknown, string]>([
    ["text", "abc", '"abc"'],
    ["a number", 3, "3"],
    ["an object", { a: 1 }, "an object"],
    ["null", null, "null"],
    ["a Set", new Set([1]), "a Set"],
  ])("B13 %s is refused, and told of unmapped", (_what, given, named) => {
    const error = refusedBuild(() => anything.map([1], careless(given)));

    expect(error.code).toBe("MAP_ARGUMENTS");
    expect(error.message).toContain(`is ${named}, not a list: wrap it in unmapped(…)`);
    expectOwnLine(error, HERE);
  });
});

describe("B14 branches that cannot be taken, known while building", () => {
  test.each<readonly [string, () => unknown, string]>([
    ["on a value", () => branch(careless("a"), { a: () => one() } as never), "it"],
    ["without a case", () => branch(careless(one()), {} as never), "case"],
    ["with a case that is no function", () => branch(careless(one()), { a: one() } as never, () => one()), "a"],
  ])("B14 %s are refused", (_how, use, said) => {
    const error = refusedBuild(use);

    expect(error.code).toBe("BRANCH_CASES");
    expect(error.message).toContain(said);
    expectOwnLine(error, HERE);
  });
});

describe("B15 a reference task that is none of the flow's", () => {
  test.each<readonly [string, unknown, string]>([
    ["a name", "one", '"one"'],
    ["the task itself", one, "the task 'one' itself"],
    ["nothing", undefined, "undefined"],
  ])("B15 %s is refused with what it takes", (_what, given, named) => {
    const error = refusedBuild(() => {
      one();
      referenceTasks(careless(given));
    });

    expect(error.code).toBe("REFERENCE_UNKNOWN");
    expect(error.message).toContain("referenceTasks(…) takes refs of this flow, not ");
    expect(error.message).toContain(named);
    expectOwnLine(error, HERE);
  });

  test("B15 a parameter is refused", () => {
    const error = refused(() =>
      flow({ name: "f", parameters: { size: 1 } }, ({ size }) => referenceTasks(careless(size))),
    );

    expect(error.code).toBe("REFERENCE_UNKNOWN");
  });
});

describe("B17 a default that is not JSON", () => {
  const cyclic: Record<string, unknown> = {};
  cyclic["self"] = cyclic;
  let deep: unknown = 1;
  for (let i = 0; i < 100; i++) deep = [deep];

  test.each<readonly [string, unknown, string]>([
    ["a function", () => 1, "its top"],
    ["a Date", new Date(0), "its top"],
    ["undefined", undefined, "undefined"],
    ["NaN", Number.NaN, "its top"],
    ["a bigint", 1n, "its top"],
    ["a symbol", Symbol("s"), "its top"],
    ["a Map", new Map(), "its top"],
    ["a Date deep inside", { since: [new Date(0)] }, "since[0]"],
    ["a structure that contains itself", cyclic, ".self.self.self"],
    ["a hundred arrays in each other", deep, "… (nested more than 64 deep)"],
    ["a hole in an array", new Array(1), "[0]"],
  ])("B17 %s is refused with its place, and told of schemas", (_what, value, where) => {
    const error = refused(() => flow({ name: "f", parameters: careless({ since: value }) }, () => one()));

    expect(error.code).toBe("PARAMETER_DEFAULT");
    expect(error.message).toContain("the default of parameter 'since' is not JSON at ");
    expect(error.message).toContain(where);
    expect(error.message).toContain("use a schema or parameter() for other values");
    expectOwnLine(error, HERE);
  });
});
