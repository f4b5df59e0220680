import { describe, expect, test } from "vitest";
import { context, flow, task } from "../index.ts";
import { runFlow } from "./run-flow.ts";

/** What each call of a body saw, in order. */
function journal() {
  const calls: string[] = [];
  const note = (name: string) => {
    const { attempt, recovered } = context();
    calls.push(`${name} ${attempt}${recovered ? " recovered" : ""}`);
    return name;
  };
  const extract = task("extract", () => note("extract"));
  const load = task({ name: "load", onLost: "retry" }, (_: string) => note("load"));
  return { calls, made: flow("etl", () => load(extract())) };
}

describe("a process that dies", () => {
  test("as a body is to be called: another takes the run over, and what had finished is not run again", async () => {
    const { calls, made } = journal();

    const run = await runFlow(made, { crashAt: { load: 1 } });

    expect(run.state).toMatchObject({ type: "Success", result: "load" });
    expect(calls).toEqual(["extract 1", "load 2 recovered"]);
  });

  test("after a body has ended, before that was kept: the body runs again", async () => {
    const { calls, made } = journal();

    const run = await runFlow(made, { crashAt: { load: { attempt: 1, when: "after" } } });

    expect(run.state.type).toBe("Success");
    expect(calls).toEqual(["extract 1", "load 1", "load 2 recovered"]);
  });

  test("in every attempt of a task: it is poison after maxLost deaths, and the run goes on", async () => {
    const made = flow("poison", () => task({ name: "kills", maxLost: 1 }, () => 1)());

    const run = await runFlow(made, { crashAt: { kills: 1 }, mocks: {} });
    const poisoned = await runFlow(
      flow("poison", () => task({ name: "kills", maxLost: 0 }, () => 1)()),
      {
        crashAt: { kills: 1 },
      },
    );

    expect(run.state.type).toBe("Success");
    expect(poisoned.task("kills").state).toMatchObject({ type: "Failed", reason: { code: "poison", count: 1 } });
  });

  test("with onLost 'fail': the outcome is unknown, and the body is not called a second time", async () => {
    const calls: number[] = [];
    const charge = task({ name: "charge", onLost: "fail" }, () => calls.push(context().attempt));

    const run = await runFlow(
      flow("pay", () => charge()),
      { crashAt: { charge: { attempt: 1, when: "after" } } },
    );

    expect(run.task("charge").state).toMatchObject({ type: "Failed", reason: { code: "outcome-unknown" } });
    expect(calls).toEqual([1]);
  });

  const asking = () => {
    const calls: number[] = [];
    const charge = task({ name: "charge", onLost: "ask" }, () => calls.push(context().attempt));
    return { calls, pay: flow("pay", () => charge()) };
  };
  const CHARGED = { charge: { attempt: 1, when: "after" } } as const;

  test("with onLost 'ask': the run waits for a person, and the body is not called until one has spoken", async () => {
    const { calls, pay } = asking();

    const run = await runFlow(pay, { crashAt: CHARGED });

    expect(run.state.type).toBe("Paused");
    expect(run.task("charge").state).toMatchObject({ type: "Paused", reason: { code: "lost", count: 1 } });
    expect(calls).toEqual([1]);
  });

  test("with onLost 'ask' and a person who says yes: the body is called again", async () => {
    const { calls, pay } = asking();

    const run = await runFlow(pay, { crashAt: CHARGED, approvals: { charge: true } });

    expect(run.state.type).toBe("Success");
    expect(calls).toEqual([1, 2]);
  });

  test("with onLost 'ask' and a person who says no: it has failed, and the body is not called again", async () => {
    const { calls, pay } = asking();

    const run = await runFlow(pay, { crashAt: CHARGED, approvals: { charge: { reject: "it was charged" } } });

    expect(run.task("charge").state).toMatchObject({ type: "Failed", reason: { code: "approval-rejected" } });
    expect(calls).toEqual([1]);
  });

  test("while children of a mapped task run: those that had ended are not run again", async () => {
    const calls: number[] = [];
    const double = task("double", async (x: number) => {
      calls.push(x);
      return x * 2;
    });

    const run = await runFlow(
      flow("mapped", () => double.map([1, 2, 3])),
      { crashAt: { "double[2]": { attempt: 1, when: "after" } }, executor: undefined },
    );

    expect(run.result).toEqual([2, 4, 6]);
    expect(calls.filter((x) => x === 3)).toEqual([3, 3]);
  });

  test("waiting for a retry: it is made when it is due", async () => {
    const calls: number[] = [];
    const shaky = task({ name: "shaky", retries: 2, retryDelay: "1h" }, () => {
      calls.push(context().attempt);
      if (context().attempt < 3) throw new Error("not yet");
      return "ok";
    });
    const beside = task("beside", () => 1);

    const run = await runFlow(
      flow("waits", () => [shaky(), beside()]),
      { crashAt: { shaky: 2 } },
    );

    expect(run.task("shaky").state.type).toBe("Success");
    expect(calls).toEqual([1, 3]);
  });

  test("keeps what once() has done", async () => {
    const paid: string[] = [];
    const pay = task("pay", async () => {
      await context().once("charge", () => paid.push("charged"));
      await context().once("mail", () => paid.push("mailed"));
      return paid.length;
    });

    await runFlow(
      flow("pay", () => pay()),
      { crashAt: { pay: { attempt: 1, when: "after" } } },
    );

    expect(paid).toEqual(["charged", "mailed"]);
  });

  test("loses values that are not kept: what still needs them has their task run again", async () => {
    const calls: string[] = [];
    const connect = task({ name: "connect", result: "none" }, () => {
      calls.push("connect");
      return { query: () => 7 };
    });
    const early = task("early", (db: { query(): number }) => db.query());
    const late = task("late", (db: { query(): number }, before: number) => {
      calls.push("late");
      return db.query() + before;
    });

    const run = await runFlow(
      flow("session", () => {
        const db = connect();
        return late(db, early(db));
      }),
      { crashAt: { late: 1 } },
    );

    expect(run.result).toBe(14);
    expect(calls).toEqual(["connect", "connect", "late"]);
  });
});
