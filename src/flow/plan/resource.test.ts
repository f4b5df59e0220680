import { beforeEach, describe, expect, test } from "vitest";
import type { CaudalError } from "../../base/errors.ts";
import { branch, flow, isFailed, isSuccess, resource, task } from "../../index.ts";

const quiet = { logLevel: "off" } as const;
let told: string[] = [];
beforeEach(() => {
  told = [];
});

interface Connection {
  readonly to: string;
  readonly id: number;
}
let opened = 0;
const session = resource("session", {
  setup: async (to: string): Promise<Connection> => {
    told.push(`open ${to}`);
    return { to, id: ++opened };
  },
  cleanup: (connection) => {
    told.push(`close ${connection.to}`);
  },
});
const scratch = resource("scratch", {
  setup: (folder = "tmp") => {
    told.push(`make ${folder}`);
    return folder;
  },
  cleanup: (folder) => told.push(`remove ${folder}`),
});
const use = task("use", (_connection: unknown, what: string) => {
  told.push(what);
  return what;
});
const say = task("say", (what: string) => {
  told.push(what);
  return what;
});
const fail = task("fail", (_connection: unknown): string => {
  told.push("fail");
  throw new Error("no such table");
});

const codeOf = (build: () => unknown) => {
  try {
    flow("misused", () => void build());
  } catch (error) {
    return (error as CaudalError).code;
  }
  return undefined;
};

describe("a resource", () => {
  test("is opened before its block and closed after it; the block's value is given back", async () => {
    const made = flow("load", () => {
      const count = session.use("db", (connection) => use(connection, "copy"));
      return { count };
    });

    const run = await made.run(quiet);

    expect(isSuccess(run) && run.result).toEqual({ count: "copy" });
    expect(told).toEqual(["open db", "copy", "close db"]);
    expect(run.tasks.map((found) => found.slug)).toEqual(["session.setup-1", "use-1", "session.cleanup-1"]);
  });

  test("makes tasks of the block wait for it that take nothing from it, and is closed after all of them", async () => {
    const made = flow("order", () => {
      session.use("db", (connection) => {
        say(say("first"));
        say("second");
        use(connection, "third");
      });
    });

    await made.run(quiet);

    expect(told[0]).toBe("open db");
    expect(told.at(-1)).toBe("close db");
    expect(made.graph.nodes.map((node) => node.after)).toEqual([[], [0], [], [0], [], [2, 3, 4]]);
  });

  test("is closed when a task of the block failed, and the flow fails for that", async () => {
    const made = flow("fails", () => {
      session.use("db", (connection) => say(fail(connection)));
    });

    const run = await made.run(quiet);

    expect(told).toEqual(["open db", "fail", "close db"]);
    expect(isFailed(run)).toBe(true);
    expect(run.task("session.cleanup").state.type).toBe("Success");
  });

  test("that cannot be opened fails the block and is not closed", async () => {
    const broken = resource("broken", {
      setup: (): string => {
        throw new Error("no host");
      },
      cleanup: () => told.push("close"),
    });
    const made = flow("broken", () => {
      broken.use((value) => use(value, "never"));
    });

    const run = await made.run(quiet);

    expect(told).toEqual([]);
    expect(isFailed(run)).toBe(true);
    expect(run.task("use").state.type).toBe("TriggerFailed");
    expect(run.task("broken.cleanup").state).toMatchObject({ type: "Skipped", reason: { code: "resource" } });
  });

  test("that cannot be closed does not fail the flow", async () => {
    const sticky = resource("sticky", {
      setup: () => 1,
      cleanup: () => {
        throw new Error("busy");
      },
    });
    const made = flow("sticky", () => {
      sticky.use((value) => use(value, "done"));
    });

    const run = await made.run(quiet);

    expect(isSuccess(run)).toBe(true);
    expect(run.task("sticky.cleanup").state.type).toBe("Failed");
  });

  test("gives a retry inside the same value", async () => {
    const seen: number[] = [];
    const flaky = task({ name: "flaky", retries: 1 }, ({ id }: Connection) => {
      seen.push(id);
      if (seen.length === 1) throw new Error("once");
    });
    const made = flow("retry", () => {
      session.use("db", (connection) => flaky(connection));
    });

    await made.run(quiet);

    expect(seen.length).toBe(2);
    expect(seen[0]).toBe(seen[1]);
    expect(told).toEqual(["open db", "close db"]);
  });

  test("inside another one is opened after it and closed before it", async () => {
    const made = flow("nested", () => {
      session.use("outer", () => session.use("inner", (inner) => use(inner, "work")));
    });

    await made.run(quiet);

    expect(told).toEqual(["open outer", "open inner", "work", "close inner", "close outer"]);
  });

  test.each([
    ["a", ["open db", "copy", "close db"]],
    ["b", []],
  ])("in a case of a branch is opened only if the case is taken: %s", async (key, expected) => {
    const made = flow({ name: "case", parameters: { key: "a" } }, ({ key: ref }) =>
      branch(ref, { a: () => void session.use("db", (connection) => use(connection, "copy")) }, () => undefined),
    );

    const run = await made.run({ ...quiet, parameters: { key } });

    expect(isSuccess(run)).toBe(true);
    expect(told).toEqual(expected);
  });

  test("whose setup takes nothing it must have needs only the block; retries count for both halves", async () => {
    let closings = 0;
    const moody = resource("moody", {
      retries: 1,
      setup: () => 7,
      cleanup: () => {
        if (++closings === 1) throw new Error("busy");
      },
    });
    const made = flow("optional", () => {
      scratch.use((folder) => use(folder, "work"));
      scratch.use("mine", (folder) => use(folder, "more"));
      moody.use((value) => use(value, "moody"));
    });

    const run = await made.run(quiet);

    expect(told).toEqual(expect.arrayContaining(["make tmp", "remove tmp", "make mine", "remove mine"]));
    expect(run.task("moody.cleanup")).toMatchObject({ attempts: 2, state: { type: "Success" } });
  });

  test("keeps no result, is told in the plan, as JSON and in the fingerprint, and is drawn", () => {
    const made = flow("plan", () => {
      session.use("db", (connection) => use(connection, "copy"));
    });
    const { nodes, tasks } = made.graph;

    expect(tasks[nodes[0]?.task ?? -1]?.keepsResult).toBe(false);
    expect(made.explain()).toContain("session.cleanup-1 runs after session.setup-1 (connection), use-1 (order only)");
    expect(made.explain()).toContain("decided by use-1.");
    expect(made.toJSON()).toMatchObject({ nodes: [{ resource: "setup" }, {}, { resource: "cleanup" }] });
  });
});

describe("misuse of a resource", () => {
  test("is told with every complaint at once", () => {
    const wrong = () => resource("wrong", { setup: 1, cacheFor: "1d" } as never);

    expect(wrong).toThrow(/setup must be a function.*'cacheFor' is no option.*cleanup is missing/s);
  });

  test.each<readonly [string, () => unknown, string]>([
    ["no block", () => session.use("db", 1 as never), "BLOCK_INVALID"],
    ["an async block", () => session.use("db", async () => undefined), "BLOCK_INVALID"],
    ["a name that is none", () => resource("a/b", { setup: () => 1, cleanup: () => 2 }), "NAME_INVALID"],
  ])("%s", (_, build, code) => {
    expect(codeOf(build)).toBe(code);
  });

  test("outside a flow", () => {
    expect(() => session.use("db", () => undefined)).toThrow(/outside a flow/);
  });
});
