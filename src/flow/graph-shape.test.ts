import { describe, expect, test } from "vitest";
import { branch, flatten, flow, merge, type Ref, referenceTasks, task, unmapped } from "../index.ts";
import { OTHERWISE } from "../graph/graph.ts";

const one = task("one", () => 1);
const list = task("list", () => [[1], [2, 3]]);
const use = task("use", (value: unknown, _second?: unknown) => value);

const graphOf = (build: () => unknown) => flow("shape", () => void build()).graph;

describe("arguments", () => {
  test("say where each value comes from, at any depth", () => {
    const { nodes } = graphOf(() => use({ a: [1, one()], b: { c: list().at(0).get("length") }, d: "x" }));

    expect(nodes[2]?.arguments[0]?.source).toEqual({
      kind: "object",
      keys: ["a", "b", "d"],
      values: [
        {
          kind: "list",
          items: [
            { kind: "value", value: 1 },
            { kind: "node", node: 0, path: [] },
          ],
        },
        { kind: "object", keys: ["c"], values: [{ kind: "node", node: 1, path: [0, "length"] }] },
        { kind: "value", value: "x" },
      ],
    });
  });

  test("without refs are copies: changing them after the call changes nothing", () => {
    const given = { deep: [1, { x: 1 }] };
    const { nodes } = graphOf(() => {
      use(given);
      given.deep.push(2);
    });

    expect(nodes[0]?.arguments[0]?.source).toEqual({ kind: "value", value: { deep: [1, { x: 1 }] } });
  });

  test("that are large and given often are copied once, and again after a change", () => {
    const large = Array.from({ length: 1_000 }, (_, i) => ({ i }));
    const { nodes } = graphOf(() => {
      use(large);
      use(large);
      large.push({ i: -1 });
      use(large);
    });

    const [first, second, third] = nodes.map((node) => {
      const source = node.arguments[0]?.source;
      return source?.kind === "value" ? (source.value as unknown[]) : [];
    });
    expect(second).toBe(first);
    expect(second?.length).toBe(1_000);
    expect(third?.length).toBe(1_001);
    expect(first).not.toBe(third);
  });

  test("keep instances, functions, symbols and typed arrays as they are", () => {
    const values = [
      new Date(0),
      /x/,
      new Map([[1, 2]]),
      new Uint8Array(3),
      () => 1,
      Symbol("s"),
      10n,
      null,
      undefined,
      Number.NaN,
    ];
    const { nodes } = graphOf(() => use(values));

    const source = nodes[0]?.arguments[0]?.source;
    expect(
      source?.kind === "value" && (source.value as unknown[]).every((value, i) => Object.is(value, values[i])),
    ).toBe(true);
  });

  test("named __proto__ are data", () => {
    const evil: unknown = JSON.parse('{"__proto__": {"admin": true}, "constructor": 1}');
    const { nodes } = graphOf(() => use(evil, { ["__proto__"]: one() }));

    const [constant, withRef] = nodes[1]?.arguments.map((argument) => argument.source) ?? [];
    expect(constant?.kind === "value" && Object.keys(constant.value as object)).toEqual(["__proto__", "constructor"]);
    expect(withRef).toEqual({ kind: "object", keys: ["__proto__"], values: [{ kind: "node", node: 0, path: [] }] });
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  test("nested a thousand levels deep are kept as one constant", () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];

    expect(() => graphOf(() => use(deep))).not.toThrow();
  });

  test("are labelled by name, by args, or by position", () => {
    const pair = task("pair", (left: number, { a }: { a: number }) => left + a);
    const { nodes } = graphOf(() => {
      pair(1, { a: 1 });
      pair.with({ args: ["first"] })(1, { a: 1 });
    });

    expect(nodes.map((node) => node.arguments.map((argument) => argument.label))).toEqual([
      ["left", "1"],
      ["first", "1"],
    ]);
  });
});

describe("slugs", () => {
  test("count per name, and a task with other options is the same task", () => {
    const { nodes, tasks } = graphOf(() => {
      one();
      list();
      one();
      one.with({ retries: 2 })();
    });

    expect(nodes.map((node) => node.slug)).toEqual(["one-1", "list-1", "one-2", "one-3"]);
    expect(tasks.map((rules) => rules.retries)).toEqual([0, 0, 2]);
  });
});

describe("order edges", () => {
  test("are kept in order, without repeats, also in great numbers", () => {
    const { nodes } = graphOf(() => {
      const all = Array.from({ length: 100 }, () => one());
      const last = list();
      last.setUpstream(...all, ...all).setUpstream(all[0] as Ref<number>);
    });

    expect(nodes[100]?.after).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  test("on a parameter draw nothing: it is no task", () => {
    const { graph } = flow({ name: "p", parameters: { x: 1 } }, ({ x }) => {
      one().setUpstream(x);
    });

    expect(graph.nodes[0]?.after).toEqual([]);
  });

  test("of a whole branch hold back the branch, not only what comes out of it", () => {
    const { nodes } = graphOf(() => {
      const table = list();
      branch(task("which", (): "a" => "a")(), { a: () => one() }).setUpstream(table);
    });

    expect(nodes.find((node) => node.kind === "branch")?.after).toEqual([0]);
    expect(nodes.find((node) => node.kind === "choose")?.after).toEqual([]);
  });
});

describe("map", () => {
  test("marks what is taken one by one, whole, and flattened", () => {
    const three = task("three", (a: unknown, b: unknown, c: unknown) => [a, b, c]);
    const { nodes } = graphOf(() => three.map(list(), unmapped(one()), flatten(list())));

    expect(nodes[3]?.mapped).toBe(true);
    expect(nodes[3]?.arguments.map(({ label, each, flatten: flat }) => ({ label, each, flat }))).toEqual([
      { label: "a", each: true, flat: false },
      { label: "b", each: false, flat: false },
      { label: "c", each: true, flat: true },
    ]);
  });

  test("flatten works in a plain call, and goes with unmapped", () => {
    const { nodes } = graphOf(() => {
      use(flatten(list()));
      use.map([1], unmapped(flatten(list()) as unknown));
    });

    expect(nodes[1]).toMatchObject({ mapped: false, arguments: [{ each: false, flatten: true }] });
    expect(nodes[3]).toMatchObject({ mapped: true, arguments: [{ each: true }, { each: false, flatten: true }] });
  });
});

describe("branch", () => {
  const channel = task("channel", (): "sms" | "mail" => "sms");
  const shape = () =>
    graphOf(() => {
      const out = branch(channel(), {
        sms: () => use(one()),
        mail: () => {
          list();
        },
      });
      use(out);
    });

  test("is a branch node, the nodes of its cases, and a choose node", () => {
    expect(shape().nodes.map((node) => [node.slug, node.kind, node.caseOf?.key])).toEqual([
      ["channel-1", "task", undefined],
      ["branch-1", "branch", undefined],
      ["one-1", "task", "sms"],
      ["use-1", "task", "sms"],
      ["list-1", "task", "mail"],
      ["choose-1", "choose", undefined],
      ["use-2", "task", undefined],
    ]);
  });

  test("takes the value of the case, and waits for the last nodes of a case that returns none", () => {
    const choose = shape().nodes[5];

    expect(choose).toMatchObject({ branchOf: 1, cases: ["sms", "mail"], after: [4] });
    expect(choose?.arguments.map((argument) => argument.source)).toEqual([
      { kind: "node", node: 3, path: [] },
      { kind: "value", value: undefined },
    ]);
  });

  test("has otherwise last, and nested branches belong to the inner case", () => {
    const { nodes } = graphOf(() => {
      branch(task("any", () => "x")(), { a: () => branch(channel(), { sms: () => one(), mail: () => one() }) }, () =>
        list(),
      );
    });

    expect(nodes.filter((node) => node.kind === "branch").map((node) => node.cases)).toEqual([
      ["a", OTHERWISE],
      ["sms", "mail"],
    ]);
    expect(nodes.map((node) => [node.slug, node.caseOf])).toEqual([
      ["any-1", undefined],
      ["branch-1", undefined],
      ["channel-1", { branch: 1, key: "a" }],
      ["branch-2", { branch: 1, key: "a" }],
      ["one-1", { branch: 3, key: "sms" }],
      ["one-2", { branch: 3, key: "mail" }],
      ["choose-1", { branch: 1, key: "a" }],
      ["list-1", { branch: 1, key: OTHERWISE }],
      ["choose-2", undefined],
    ]);
  });
});

describe("merge and reference tasks", () => {
  test("merge keeps the order of its arguments", () => {
    const { nodes, tasks } = graphOf(() => {
      const [a, b] = [one(), list()];
      merge(b, a);
    });

    expect(nodes[2]?.arguments.map((argument) => argument.source)).toEqual([
      { kind: "node", node: 1, path: [] },
      { kind: "node", node: 0, path: [] },
    ]);
    expect(tasks[nodes[2]?.task ?? 0]).toMatchObject({
      trigger: { kind: "not_all_skipped" },
      skipOnUpstreamSkip: false,
    });
  });

  test("reference tasks are those named, in order, without repeats", () => {
    const { references } = graphOf(() => {
      const [a, b] = [one(), list()];
      referenceTasks(b);
      referenceTasks(a, b);
    });

    expect(references).toEqual([1, 0]);
  });
});

describe("a large flow", () => {
  test("is built in time that grows with its nodes", () => {
    const build = (count: number) => {
      const startedAt = performance.now();
      flow("large", () => {
        let last: Ref<unknown> = one();
        for (let i = 1; i < count; i++) last = use(last, { i });
      });
      return performance.now() - startedAt;
    };
    build(20_000);

    const perNode = Math.min(build(100_000), build(100_000)) / 100_000;

    // 1 to 2 µs when nothing else runs; the promise is 10 µs, and a busy machine gets three times that.
    expect(perNode * 1_000).toBeLessThan(30);
  });
});
