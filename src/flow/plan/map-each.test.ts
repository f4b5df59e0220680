import { describe, expect, test } from "vitest";
import type { CaudalError } from "../../base/errors.ts";
import {
  branch,
  filter,
  flatten,
  flow,
  isFailed,
  isSuccess,
  mapEach,
  merge,
  type Ref,
  referenceTasks,
  resource,
  settled,
  signals,
  task,
} from "../../index.ts";
import { pictureOf } from "../../render/picture.ts";

const quiet = { logLevel: "off" } as const;
const numbers = task("numbers", () => [1, 2, 3]);
const users = task("users", () => [
  { name: "ana", channel: "sms" as "sms" | "mail" },
  { name: "bo", channel: "mail" as "sms" | "mail" },
]);
const add = task("add", (a: number, b: number) => a + b);
const picky = task("picky", (x: number) => {
  if (x === 2) throw new Error("not two");
  return 10 * x;
});
const choosy = task("choosy", (x: number) => {
  if (x === 2) throw signals.skip("not two");
  return 10 * x;
});
const total = task("total", (all: readonly number[]) => all.reduce((sum, x) => sum + x, 0));
const sms = task("sms", (to: string) => `sms to ${to}`);
const mail = task("mail", (to: string) => `mail to ${to}`);
const ten = task("ten", () => 10);

const codeOf = (build: () => unknown) => {
  try {
    flow("misused", () => void build());
  } catch (error) {
    return (error as CaudalError).code;
  }
  return undefined;
};
const resultOf = async (build: () => unknown) => {
  const run = await flow("each", build as () => unknown).run(quiet);
  return isSuccess(run) ? run.result : run.state;
};

describe("mapEach", () => {
  test("runs the tasks of its body once per element, and gives the list of what it returned", async () => {
    expect(await resultOf(() => mapEach(numbers(), (x) => add(add(x, 1), x)))).toEqual([3, 5, 7]);
  });

  test("takes what comes from the element per element, and everything else whole", async () => {
    expect(await resultOf(() => mapEach(numbers(), (x) => add(x, total(numbers()))))).toEqual([7, 8, 9]);
    expect(
      await resultOf(() => {
        const list = picky.map([1, 3]);
        return mapEach([1, 2], (x) => add(x, total(list)));
      }),
    ).toEqual([41, 42]);
  });

  test.each<readonly [string, () => unknown, readonly unknown[]]>([
    ["a constant list", () => mapEach([1, 2], (x) => add(x, 1)), [2, 3]],
    ["a list of refs", () => mapEach([ten(), ten(), 1], (x) => add(x, 1)), [11, 11, 2]],
    ["the children of a mapped task", () => mapEach(picky.map([1, 3]), (x) => add(x, 1)), [11, 31]],
    ["a list inside a result", () => mapEach(task("deep", () => ({ list: [5] }))().get("list"), (x) => add(x, 1)), [6]],
    ["an empty list", () => mapEach([] as number[], (x) => add(x, 1)), []],
  ])("maps over %s", async (_, build, expected) => {
    expect(await resultOf(build)).toEqual(expected);
  });

  test("maps over a parameter", async () => {
    const made = flow({ name: "parameter", parameters: { sizes: [1, 2] } }, ({ sizes }) =>
      mapEach(sizes, (size) => add(size, 1)),
    );

    const run = await made.run({ ...quiet, parameters: { sizes: [7, 8, 9] } });

    expect(isSuccess(run) && run.result).toEqual([8, 9, 10]);
  });

  test("follows paths into elements and into results of the body, in nested arguments", async () => {
    const describeUser = task("describe", (given: { readonly who: readonly string[]; readonly extra: number }) => ({
      text: given.who.join(" "),
      extra: given.extra,
    }));
    const build = () =>
      mapEach(users(), (user) => {
        const described = describeUser({ who: [user.get("name"), "is there"], extra: ten() });
        return sms(described.get("text"));
      });

    expect(await resultOf(build)).toEqual(["sms to ana is there", "sms to bo is there"]);
  });

  test("calls a task that uses no element once per element", async () => {
    let calls = 0;
    const count = task("count", () => ++calls);

    const result = await resultOf(() => mapEach(numbers(), () => count()));

    expect(result).toHaveLength(3);
    expect(calls).toBe(3);
  });

  test("puts objects, lists, paths and the element itself together per element", async () => {
    const build = () => ({
      objects: mapEach([1, 2], (x) => ({ x, sum: add(x, 1), fixed: "a" })),
      pairs: mapEach([1, 2], (x) => [x, add(x, 1)] as const),
      names: mapEach(users(), (user) => user.get("name")),
    });

    expect(await resultOf(build)).toEqual({
      objects: [
        { x: 1, sum: 2, fixed: "a" },
        { x: 2, sum: 3, fixed: "a" },
      ],
      pairs: [
        [1, 2],
        [2, 3],
      ],
      names: ["ana", "bo"],
    });
  });

  test("fails one element for itself: its siblings go on", async () => {
    const made = flow("failing", () => {
      mapEach(numbers(), (x) => add(picky(x), 1));
    });

    const run = await made.run(quiet);

    const last = run.task("add");
    expect(isFailed(run)).toBe(true);
    expect(run.task("picky").child(1).state.type).toBe("Failed");
    expect([0, 1, 2].map((i) => last.child(i).state.type)).toEqual(["Success", "TriggerFailed", "Success"]);
  });

  test("skips one element for itself", async () => {
    const result = await resultOf(() => ({ sum: total(filter(mapEach(numbers(), (x) => add(choosy(x), 1)))) }));

    expect(result).toEqual({ sum: 42 });
  });

  test("starts an element's next task before its siblings are done", async () => {
    const order: string[] = [];
    const slow = task("slow", async (x: number) => {
      for (let turn = 0; turn < 50 * x; turn++) await new Promise((resolve) => setImmediate(resolve));
      order.push(`slow ${x}`);
      return x;
    });
    const next = task("next", (x: number) => void order.push(`next ${x}`));

    await resultOf(() => mapEach([0, 1], (x) => next(slow(x))));

    expect(order).toEqual(["slow 0", "next 0", "slow 1", "next 1"]);
  });

  test("lets setUpstream in the body wait for the sibling only", async () => {
    const made = flow("after", () => {
      mapEach(numbers(), (x) => add(x, 1).setUpstream(picky(x)));
    });

    const run = await made.run(quiet);

    const after = run.task("add");
    expect([0, 1, 2].map((i) => after.child(i).state.type)).toEqual(["Success", "TriggerFailed", "Success"]);
  });

  test("over what failed is Failed, over what was skipped Skipped, over no list Failed", async () => {
    const failing = task("failing", (): number[] => {
      throw new Error("no list");
    });
    const skipped = task("skipped", (): number[] => {
      throw signals.skip("no list");
    });
    const made = flow("no list", () => {
      mapEach(failing(), (x) => ten().setUpstream(picky(x)));
      mapEach(skipped(), (x) => merge(choosy(x)));
      mapEach(ten() as unknown as Ref<number[]>, (x) => add(x, 1));
    });

    const run = await made.run(quiet);

    expect(run.task("picky").state).toMatchObject({ type: "Failed", reason: { code: "no-mappable-upstream" } });
    expect(run.task("ten-1").state.type).toBe("Failed");
    expect(run.task("choosy").state.type).toBe("Skipped");
    expect(run.task("merge").state.type).toBe("Skipped");
    expect(run.task("add").state).toMatchObject({ type: "Failed", reason: { code: "unmappable-result" } });
  });
});

describe("control nodes in the body of mapEach", () => {
  test("branch decides per element", async () => {
    const made = flow("branch", () =>
      mapEach(users(), (user) =>
        branch(user.get("channel"), {
          sms: () => sms(user.get("name")),
          mail: () => mail(user.get("name")),
        }),
      ),
    );

    const run = await made.run(quiet);

    expect(isSuccess(run) && run.result).toEqual(["sms to ana", "mail to bo"]);
    expect(run.task("sms").child(1).state).toMatchObject({ type: "Skipped", reason: { code: "case-not-taken" } });
  });

  test("branches may be nested, with otherwise, and with cases that return nothing", async () => {
    const done: string[] = [];
    const note = task("note", (x: number) => void done.push(`note ${x}`));
    const after = task("after branch", (_: unknown) => void done.push("after"));
    const build = () =>
      mapEach([1, 2, 3], (x) => {
        const chosen = branch(x, { 1: () => ten(), 2: () => branch(x, { 2: () => void note(x) }, () => 0) }, () => 7);
        after(chosen);
        return chosen;
      });

    const result = await resultOf(build);

    expect(result).toEqual([10, undefined, 7]);
    expect(done.filter((line) => line === "after")).toHaveLength(3);
    expect(done).toContain("note 2");
  });

  test("merge, filter, settled and flatten are per element", async () => {
    const lists = task("lists", (x: number) => [x, null, x]);
    const nested = task("nested", (x: number) => [[x], [x]]);
    const look = task({ name: "look", trigger: "all_finished" }, (what: { readonly ok: boolean }) => what.ok);
    const build = () =>
      mapEach(numbers(), (x) => ({
        merged: merge(choosy(x), add(x, 100)),
        filtered: filter(lists(x)),
        ok: look(settled(picky.with({ retries: 0 })(x))),
        sum: total(flatten(nested(x))),
      }));
    const made = flow("control", () => {
      const all = build();
      referenceTasks(all);
      return all;
    });

    const run = await made.run(quiet);

    expect(isSuccess(run) && run.result).toEqual([
      { merged: 10, filtered: [1, 1], ok: true, sum: 2 },
      { merged: 102, filtered: [2, 2], ok: false, sum: 4 },
      { merged: 30, filtered: [3, 3], ok: true, sum: 6 },
    ]);
  });

  test("the whole body may stand in a case", async () => {
    const made = flow({ name: "in a case", parameters: { go: true } }, ({ go }) =>
      branch(go, { true: () => mapEach(numbers(), (x) => add(x, 1)), false: () => [] }),
    );

    const yes = await made.run(quiet);
    const no = await made.run({ ...quiet, parameters: { go: false } });

    expect(isSuccess(yes) && yes.result).toEqual([2, 3, 4]);
    expect(isSuccess(no) && no.result).toEqual([]);
    expect(no.task("add").state.type).toBe("Skipped");
  });
});

describe("the plan of a mapEach", () => {
  const made = flow("plan", () => ({ all: mapEach(users(), (user) => ({ sent: sms(user.get("name")), at: ten() })) }));

  test("says what runs once per element", () => {
    expect(made.explain()).toContain("sms-1 once per element after each of users-1 (to)");
    expect(made.explain()).toContain("ten-1 once per element after each of users-1");
  });

  test("is in the JSON and in the fingerprint", () => {
    const other = flow("plan", () => ({ all: sms.map(["a"]) }));

    expect(JSON.stringify(made.toJSON())).toContain('"over":{"node":"users-1"}');
    expect(made.fingerprint).not.toBe(other.fingerprint);
  });

  test("is drawn with an arrow from the list to what begins the body", () => {
    const { arrows } = pictureOf(made.graph);

    expect(arrows.map(({ from, to }) => `${from} ${to}`)).toEqual(expect.arrayContaining(["n0 n1", "n0 n2", "n1 n3"]));
    expect(arrows.map(({ from, to }) => `${from} ${to}`)).not.toContain("n0 n3");
  });
});

describe("misuse of mapEach", () => {
  const file = resource("file", { setup: () => 1, cleanup: () => undefined });
  test.each<readonly [string, () => unknown, string]>([
    ["nested", () => mapEach([[1]], (list) => mapEach(list, (x) => add(x, 1))), "MAP_EACH_BODY"],
    ["a task mapped in the body", () => mapEach([[1]], (list) => picky.map(list)), "MAP_EACH_BODY"],
    ["a resource in the body", () => mapEach([1], () => file.use(() => ten())), "MAP_EACH_BODY"],
    ["no list", () => mapEach(5 as never, (x) => x), "MAP_EACH_BODY"],
    ["settled", () => mapEach(settled(numbers()) as never, (x) => x), "MAP_EACH_BODY"],
    ["no body", () => mapEach([1], undefined as never), "BLOCK_INVALID"],
    ["an async body", () => mapEach([1], async () => 1), "BLOCK_INVALID"],
    [
      "an element used outside",
      () => {
        let kept: Ref<number> | undefined;
        mapEach([1], (x) => {
          kept = x;
          return ten();
        });
        return kept && picky(kept);
      },
      "MAP_EACH_BODY",
    ],
  ])("%s is refused", (_, build, code) => {
    expect(codeOf(build)).toBe(code);
  });

  test("a task of the body used outside is the list of its results", async () => {
    const build = () => {
      let kept: Ref<number> | undefined;
      mapEach(numbers(), (x) => {
        kept = add(x, 1);
      });
      return { sum: total(kept as unknown as Ref<number[]>) };
    };

    expect(await resultOf(build)).toEqual({ sum: 9 });
  });
});
