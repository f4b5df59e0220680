/** Nodes the engine answers itself, as handlers see them: the steps of a task (`prefect-semantics.md` §13). */
import { describe, expect, test } from "vitest";
import { branch, flow, merge, signals, type StateHandler, states, task } from "../index.ts";
import { runFlow } from "../testing/run-flow.ts";

const skipped = task("skipped", () => {
  throw signals.skip();
});
const broken = task("broken", () => {
  throw new Error("broken");
});
const value = task("value", (of: unknown) => of);
const key = task("key", (of: string | null) => of);

/** Runs a flow; gives what handlers were asked about nodes of this name. */
async function stepsOf(name: string, build: () => unknown, handler: StateHandler = () => undefined) {
  const steps: string[] = [];
  const note: StateHandler = (subject, from, to, info) => {
    if (subject.name !== name) return;
    steps.push(`${from.type}>${to.type}`);
    return handler(subject, from, to, info);
  };
  const run = await runFlow(flow({ name: "control", taskStateHandlers: [note] }, build), { logLevel: "off" });
  return { steps, task: run.task(name) };
}

describe("handlers of a merge", () => {
  test("see it run and succeed", async () => {
    const { steps, task } = await stepsOf("merge", () => merge(skipped(), value(7)));

    expect(steps).toEqual(["Pending>Running", "Running>Success"]);
    expect(task.result).toBe(7);
  });

  test("see no run where nothing was taken, or something failed", async () => {
    expect((await stepsOf("merge", () => merge(skipped()))).steps).toEqual(["Pending>Skipped"]);
    expect((await stepsOf("merge", () => merge(skipped(), broken()))).steps).toEqual(["Pending>TriggerFailed"]);
  });

  test("may answer for it before it runs", async () => {
    const first: StateHandler = (_subject, _from, to) => (to.type === "Running" ? states.success(9) : undefined);

    const { steps, task } = await stepsOf("merge", () => merge(value(7)), first);

    expect(steps).toEqual(["Pending>Running"]);
    expect(task.result).toBe(9);
  });

  test("may answer late", async () => {
    const late: StateHandler = async (_subject, _from, to) => {
      await Promise.resolve();
      return to.type === "Success" ? states.success(8) : undefined;
    };

    const { steps, task } = await stepsOf("merge", () => merge(value(7)), late);

    expect(steps).toEqual(["Pending>Running", "Running>Success"]);
    expect(task.result).toBe(8);
  });
});

describe("handlers of a branch", () => {
  const build = () => branch(key("left"), { left: () => value(1) }, () => value(2));

  test("see the decision and what was chosen run and succeed", async () => {
    const steps = ["Pending>Running", "Running>Success"];

    expect((await stepsOf("branch", build)).steps).toEqual(steps);
    expect((await stepsOf("choose", build)).steps).toEqual(steps);
  });

  test("see one without a key fail", async () => {
    const { steps } = await stepsOf("branch", () => branch(key(null), {}, () => value(2)));

    expect(steps).toEqual(["Pending>Running", "Running>Failed"]);
  });
});
