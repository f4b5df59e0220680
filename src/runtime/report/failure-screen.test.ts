import { describe, expect, test } from "vitest";
import type { Graph, GraphNode, Source, TaskRules } from "../../graph/graph.ts";
import type { Program } from "../../ports/program.ts";
import type { ErrorRecord } from "../../state/error-record.ts";
import type { FlowState, TaskState } from "../../state/task-state.ts";
import { failureScreen, type ScreenOptions } from "./failure-screen.ts";
import type { FinishedRun } from "../finished-run.ts";

/** One node of a run as a test tells it: what it is called with, and how it (or each of its children) ended. */
interface Told {
  readonly name: string;
  readonly from?: readonly string[];
  readonly inputs?: readonly unknown[];
  readonly kind?: GraphNode["kind"];
  readonly caseOf?: GraphNode["caseOf"];
  readonly retries?: number;
  readonly attempts?: number;
  readonly state?: TaskState;
  readonly children?: readonly TaskState[];
}

const success: TaskState = { type: "Success", result: 1 };
const pending: TaskState = { type: "Pending" };
const triggerFailed: TaskState = {
  type: "TriggerFailed",
  error: { name: "Error", message: "not all upstreams succeeded" },
};
const failed = (error: Partial<ErrorRecord>): TaskState => ({
  type: "Failed",
  error: { name: "Error", message: "broken", ...error },
});

function ran(
  told: readonly Told[],
  state: FlowState = { type: "Failed", error: { name: "Error", message: "some reference tasks failed" } },
): FinishedRun {
  const source = (name: string): Source => ({
    kind: "node",
    node: told.findIndex((one) => one.name === name),
    path: [],
  });
  const nodes = told.map(
    (one, id): GraphNode => ({
      id,
      slug: `${one.name}-1`,
      name: one.name,
      kind: one.kind ?? "task",
      task: id,
      arguments: (one.from ?? []).map((name) => ({
        label: name,
        source: source(name),
        each: one.children !== undefined,
        flatten: false,
      })),
      mapped: one.children !== undefined,
      after: [],
      groups: [],
      ...(one.caseOf !== undefined && { caseOf: one.caseOf }),
    }),
  );
  const graph = {
    name: "my etl flow",
    nodes,
    tasks: told.map(({ retries = 0 }) => ({ retries }) as TaskRules),
  } as unknown as Graph;
  const stateOf = (node: number, child?: number): TaskState => {
    const one = told[node];
    return (child === undefined ? one?.state : one?.children?.[child]) ?? success;
  };
  return {
    id: "run-1",
    name: "run",
    program: { graph } as Program,
    parameters: {},
    startedAt: 0,
    endedAt: 3_200,
    state,
    runName: (node) => told[node]?.name ?? "",
    taskState: stateOf,
    childCount: (node) => told[node]?.children?.length ?? 0,
    attempts: (node, child) =>
      told[node]?.attempts ?? (["Pending", "TriggerFailed", "Skipped"].includes(stateOf(node, child).type) ? 0 : 1),
    times: () => ({ startedAt: 0, endedAt: 1 }),
    inputs: (node) => told[node]?.inputs ?? (told[node]?.from ?? []).map(() => [1, 2, 3]),
    explain: (node) => `${told[node]?.name} failed and has no retries left.`,
    story: () => [],
  };
}

const etl = ["const parse = task(", '  "parse", (raw: Hit[]) =>', "  raw.map(({ _source }) => _source),", ");"].join(
  "\n",
);
const options: ScreenOptions = {
  colour: false,
  width: 90,
  cwd: "/home/ana/D á/Workflow managers",
  kept: true,
  readSource: (path) => (path.endsWith("etl.ts") ? etl : undefined),
};
const stack = [
  "TypeError: Cannot read properties of undefined (reading 'map')",
  "    at Array.map (<anonymous>)",
  "    at validate (/home/ana/D á/Workflow managers/node_modules/zod/index.js:3:4)",
  "    at parse (file:///home/ana/D%20%C3%A1/Workflow%20managers/etl.ts:3:7)",
  "    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)",
].join("\n");

describe("a task run that was marked Failed, after it and what follows it had run", () => {
  const trigger = { code: "trigger", trigger: "all_successful", failed: 1, successful: 0, total: 1 } as const;
  const marked = { code: "marked", why: "wrong rows", by: "ana", at: 1, from: "Success" } as const;
  const run = ran([
    { name: "load", state: { type: "Failed", error: { name: "Error", message: "marked" }, reason: marked } },
    { name: "store", from: ["load"], attempts: 1, state: { ...triggerFailed, reason: trigger } as TaskState },
    {
      name: "report",
      from: ["store"],
      attempts: 2,
      state: { type: "Skipped", result: null, reason: { code: "upstream-skipped", upstream: "store" } },
    },
  ]);

  test("is the one that failed, by a person's word; the others did not run because of it", () => {
    const screen = failureScreen(run, options);

    expect(screen).toContain("failed after 3.2 s: 1 task failed, 2 did not run");
    expect(screen).toContain("✗ load  Failed, as ana marked it");
    expect(screen).toContain("Did not run because of it: store (TriggerFailed), report (Skipped)");
  });
});

describe("a task whose body ended TriggerFailed by a signal", () => {
  test("failed by itself", () => {
    const signalled = { ...triggerFailed, reason: { code: "signal", why: "no" } } as TaskState;
    const run = ran([{ name: "load", attempts: 1, state: signalled }]);

    expect(failureScreen(run, options)).toContain("✗ load  TriggerFailed, attempt 1 of 1");
  });
});

describe("one task that failed, with tasks behind it", () => {
  const run = ran([
    { name: "get" },
    {
      name: "parse",
      from: ["get"],
      retries: 3,
      attempts: 4,
      state: failed({ name: "TypeError", message: "Cannot read properties of undefined (reading 'map')", stack }),
    },
    { name: "store", from: ["parse"], state: triggerFailed },
    { name: "notify", from: ["store"], state: triggerFailed },
  ]);

  test("is shown with its place, its inputs, what it stopped, and why", () => {
    expect(failureScreen(run, options)).toBe(
      [
        "",
        "✗ Flow run 'my etl flow' failed after 3.2 s: 1 task failed, 2 did not run",
        "",
        "✗ parse  Failed, attempt 4 of 4",
        "  with get = [1, 2, 3]",
        "",
        "  TypeError: Cannot read properties of undefined (reading 'map')",
        "",
        "  at etl.ts:3:7",
        '      2 |   "parse", (raw: Hit[]) =>',
        "    > 3 |   raw.map(({ _source }) => _source),",
        "        |       ^",
        "      4 | );",
        "",
        "  Did not run because of it: store (TriggerFailed), notify (TriggerFailed)",
        "  Why: parse failed and has no retries left.",
        "",
        "  npx caudal retry --last    once it is mended: run what failed, and what follows",
        "  npx caudal runs why last   why, for every task",
      ].join("\n"),
    );
  });

  test("of a run that was kept in memory only, names what a script can ask", () => {
    const screen = failureScreen(run, { ...options, kept: false });

    expect(screen).toMatch(/\n\nFor scripts: run\.explain\("parse"\) says why, for any task\.$/);
    expect(screen).not.toContain("retry --last");
  });

  test("reads the same in colour, apart from the colour", () => {
    const coloured = failureScreen(run, { ...options, colour: true });

    expect(coloured).toContain("\u001b[31m✗\u001b[39m");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are made of them
    expect(coloured.replaceAll(/\u001b\[\d+m/g, "")).toBe(failureScreen(run, options));
  });

  test("without the source, still names the place", () => {
    const text = failureScreen(run, { ...options, readSource: () => undefined });

    expect(text).toContain("  at etl.ts:3:7\n\n  Did not run");
  });
});

describe("an error with several lines and causes", () => {
  test("keeps the lines and follows the causes", () => {
    const run = ran([
      {
        name: "get",
        state: failed({
          message: "cannot load\n  - first\n  - second",
          cause: { name: "FetchError", code: "ECONNREFUSED", message: "connect 127.0.0.1:4299" },
        }),
      },
    ]);

    const text = failureScreen(run, options);

    expect(text).toContain(
      "  Error: cannot load\n      - first\n      - second\n  Caused by FetchError (ECONNREFUSED): connect 127.0.0.1:4299",
    );
  });

  test("ends a cycle of causes", () => {
    const loop: { name: string; message: string; cause?: ErrorRecord } = { name: "Error", message: "again" };
    loop.cause = loop;

    expect(failureScreen(ran([{ name: "get", state: failed(loop) }]), options)).toContain("… and causes of that");
  });

  test("shows a thrown value that is no error without a class", () => {
    const run = ran([
      { name: "get", state: failed({ message: '"nope" was thrown, which is no Error', thrown: '"nope"' }) },
    ]);

    expect(failureScreen(run, options)).toContain('\n  "nope" was thrown, which is no Error\n');
  });
});

describe("a mapped task", () => {
  test("shows the first failed child, and counts the others and the children they stopped", () => {
    const run = ran([
      { name: "users" },
      { name: "write", from: ["users"], children: [success, failed({}), success, failed({})] },
      { name: "send", from: ["write"], children: [success, triggerFailed, success, triggerFailed] },
    ]);

    const text = failureScreen(run, options);

    expect(text).toContain("2 tasks failed, 2 did not run");
    expect(text).toContain("✗ write[1]  Failed, attempt 1 of 1");
    expect(text).toContain("Also failed: write[3] (2 of 4 children)");
    expect(text).toContain("Did not run because of it: send (TriggerFailed, 2 of 4 children)");
  });
});

describe("tasks that did not run for another reason", () => {
  test("a case that was not taken is not blamed on a failure beside it", () => {
    const run = ran([
      { name: "get", state: failed({}) },
      { name: "choose channel" },
      {
        name: "sms",
        from: ["get"],
        caseOf: { branch: 1, key: "sms" },
        state: { type: "Skipped", result: null, reason: { code: "case-not-taken", key: "sms", taken: "mail" } },
      },
      { name: "mail", from: ["get"], state: triggerFailed },
    ]);

    expect(failureScreen(run, options)).toContain("Did not run because of it: mail (TriggerFailed)\n");
  });

  test("a trigger that no failure explains is a failure of its own", () => {
    const run = ran([{ name: "get" }, { name: "cleanup", from: ["get"], state: triggerFailed }]);

    expect(failureScreen(run, options)).toContain("✗ cleanup  TriggerFailed, never started");
  });

  test("what still waited when the run ended is named", () => {
    const run = ran([
      { name: "get", state: failed({}) },
      { name: "late", from: ["get"], state: pending },
    ]);

    expect(failureScreen(run, options)).toContain("Did not run because of it: late (Pending)");
  });
});

describe("inputs", () => {
  const token = { name: "Secret", reveal: () => "hunter2" };

  test.each([
    [
      "a member whose name says so",
      [{ user: "ana", apiKey: "hunter2" }],
      'with get = { user: "ana", apiKey: [secret] }',
    ],
    ["a value that only reveals itself on demand", [token], "with get = [secret]"],
    [
      "a getter",
      [Object.defineProperty({}, "x", { enumerable: true, get: () => "hunter2" })],
      "with get = { x: a getter }",
    ],
  ])("%s is not shown", (_what, inputs, shown) => {
    const text = failureScreen(
      ran([{ name: "get" }, { name: "parse", from: ["get"], inputs, state: failed({}) }]),
      options,
    );

    expect(text).toContain(shown);
    expect(text).not.toContain("hunter2");
  });

  test("long ones are cut to the width of the terminal", () => {
    const rows = Array.from({ length: 1_000 }, (_, id) => ({ id, text: "x".repeat(500), nested: { deep: [id] } }));

    const text = failureScreen(
      ran([{ name: "get" }, { name: "parse", from: ["get"], inputs: [rows], state: failed({}) }]),
      options,
    );

    expect(text).toContain("with get = [{ id: 0, … 2 more }, … 999 more]");
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(90);
  });
});

describe("many failures", () => {
  test("the first three are shown in full, ten more by name, the rest counted", () => {
    const run = ran(
      Array.from({ length: 20 }, (_, i) => ({ name: `t${i}`, state: failed({ message: `broken ${i}` }) })),
    );

    const text = failureScreen(run, options);

    expect(text.match(/Why:/g)).toHaveLength(3);
    expect(text).toContain("✗ 17 more failed:\n  t3  Error: broken 3\n");
    expect(text).toContain("  … and 7 more\n");
  });
});

describe("a flow that failed although no task did", () => {
  test("shows the flow's own error", () => {
    const run = ran([{ name: "get" }], {
      type: "TimedOut",
      afterMs: 5_000,
      error: { name: "CaudalError", code: "FLOW_TIMEOUT", message: "the run did not end within 5000 ms" },
    });

    expect(failureScreen(run, { ...options, kept: false })).toBe(
      "\n✗ Flow run 'my etl flow' timed out after 3.2 s\n\n  FLOW_TIMEOUT: the run did not end within 5000 ms",
    );
  });
});
