import { afterEach, describe, expect, test, vi } from "vitest";
import { flow, type Ref, task } from "../index.ts";
import { buildTwice } from "./checks/check.ts";
import { makeFactoryTask } from "./factory.ts";
import { registry } from "./registry.ts";

const one = task("one", () => 1);
const use = task("use", (value: unknown) => value);

afterEach(() => {
  registry().loader = undefined;
});

describe("a flow", () => {
  test("registers itself with the file that called flow()", () => {
    const made = flow("registered", () => void one());

    expect(registry().flows.at(-1)).toBe(made);
    expect(made.file).toBe(import.meta.filename);
  });

  test("does not act while a file is loaded: the loader is told, with the line, and nothing goes on", async () => {
    const calls: unknown[] = [];
    const body = vi.fn(() => 1);
    const made = flow("loaded", () => void task("body", body)());
    registry().loader = {
      intercepted: (call, about, line) =>
        calls.push([call, about.name, /registry\.test\.ts:\d+:\d+$/.test(line ?? "")]),
    };

    const settled = vi.fn();
    void made.run().then(settled, settled).finally(settled);
    void made.runOnSchedule().then(settled, settled);
    void made.visualize().then(settled, settled);
    await new Promise((resolve) => setImmediate(resolve));

    expect(calls).toEqual([
      ["run", "loaded", true],
      ["runOnSchedule", "loaded", true],
      ["visualize", "loaded", true],
    ]);
    expect(settled).not.toHaveBeenCalled();
    expect(body).not.toHaveBeenCalled();
  });
});

describe("buildTwice", () => {
  test("finds nothing in a flow that is always the same, and knows the line of each node", () => {
    const made = flow("steady", () => void use(one()));

    const checked = buildTwice(made);

    expect(checked.differences).toEqual([]);
    expect(checked.lines).toHaveLength(2);
    expect(checked.lines[0]).toMatch(/registry\.test\.ts:\d+:\d+$/);
  });

  test.each<readonly [string, (builds: number) => unknown, RegExp]>([
    [
      "a node more",
      (builds) => {
        one();
        if (builds > 1) use(1);
      },
      /'use-1' is only in one/,
    ],
    ["another constant", (builds) => use(builds), /'use-1' was .*=1.*, then .*=2/],
    [
      "another edge",
      (builds) => {
        const [a, b] = [one(), one()];
        use(builds > 1 ? a : b);
      },
      /'use-1'/,
    ],
    ["another result", (builds) => [one(), builds], /its result/],
    [
      "an error",
      (builds) => {
        if (builds > 1) throw new Error("boom");
      },
      /second build failed: boom/,
    ],
  ])("finds %s", (_, build, difference) => {
    let builds = 0;
    const made = flow("unsteady", () => build(++builds));

    expect(buildTwice(made).differences.join()).toMatch(difference);
  });

  test("warns of a task that is made but never called", () => {
    const made = flow("forgetful", () => {
      task("forgotten", () => 1);
      task("called", () => 1).with({ retries: 1 })();
    });
    task("forgotten outside", () => 1);

    expect(made.program.warnings).toEqual(["task 'forgotten' is made in flow 'forgetful' but never called there"]);
    expect(buildTwice(made).uncalledTasks).toContain("forgotten outside");
    expect(buildTwice(made).uncalledTasks).not.toContain("one");
  });
});

describe("tasks of a factory", () => {
  const script = (options: { readonly db: string; readonly name?: string; readonly retries?: number }) =>
    makeFactoryTask("script", options, (_input?: unknown) => options.db, { args: ["input"] });

  test("are named after it in order of first use, past names that are taken", () => {
    const [first, second, third] = [script({ db: "a" }), script({ db: "b" }), script({ db: "c", name: "script 2" })];
    const { nodes } = flow("factory", () => {
      third();
      second();
      first();
      second.with({ retries: 1 })();
    }).graph;

    expect(nodes.map((node) => node.slug)).toEqual(["script 2-1", "script-1", "script 3-1", "script-2"]);
  });

  test("take all task options, and tell apart what they were made with", () => {
    const { tasks, nodes } = flow("factory", () => {
      script({ db: "a", retries: 3 })(one());
      script({ db: "a" })();
      script({ db: "b" })();
    }).graph;
    const [, a, again, b] = tasks.map((rules) => rules.bodyHash);

    expect(tasks[1]?.retries).toBe(3);
    expect(a).toBe(again);
    expect(a).not.toBe(b);
    expect(nodes[1]?.arguments[0]?.label).toBe("input");
  });

  test("check their own options together with the task's", () => {
    const attempt = () =>
      makeFactoryTask("strict", { db: 1, retires: 2 }, () => 1, { checks: { db: () => "must be text" } });

    expect(attempt).toThrow(
      /strict:\n {2}- db must be text\n {2}- 'retires' is no option \(did you mean 'retries'\?\)/,
    );
  });
});

describe("two copies of the package", () => {
  test("notice each other when they are mixed", async () => {
    vi.resetModules();
    const other = await import("../index.ts");
    expect(other.task).not.toBe(task);
    const refs: Ref<number>[] = [];
    other.flow("other", () => void refs.push(other.task("theirs", () => 1)()));

    expect(() => flow("mixed", () => void use(refs[0]))).toThrow(/two copies of caudal/);
    expect(() => other.flow("mixed", () => void one())).toThrow(/two copies of caudal/);
    expect(flow("fine", () => void one()).graph.nodes).toHaveLength(1);
  });
});
