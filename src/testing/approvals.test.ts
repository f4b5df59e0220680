/** Runs that wait for a person: what they say, what decides about them, and what they are afterwards. */
import { afterEach, describe, expect, test } from "vitest";
import * as z from "zod";
import { approval, context, flow, signals, task } from "../index.ts";
import { memoryStore } from "../store/memory.ts";
import type { LogRecord } from "../ports/logger.ts";
import { runFlow } from "./run-flow.ts";
import { virtualClock } from "./virtual-clock.ts";

const QUESTION = "release to production?";
const gate = approval(QUESTION);
const count = task("count", () => 7);
const ship = task("ship", (approved: unknown) => `shipped ${JSON.stringify(approved)}`);

const release = flow("release", () => {
  count();
  return ship(gate());
});

const versioned = approval(QUESTION, { name: "versioned", input: z.object({ version: z.string() }) });
const withInput = flow("with input", () => ship(versioned()));

const linesOf = (logs: readonly LogRecord[]) => logs.map(({ message }) => message);

describe("a run nobody answers", () => {
  test("resolves as Paused when the rest is done", async () => {
    const run = await runFlow(release);

    expect(run.state).toEqual({ type: "Paused" });
    expect(run.task("count").state.type).toBe("Success");
    expect(run.task(QUESTION).state).toEqual({ type: "Paused", reason: { code: "approval", question: QUESTION } });
  });

  test("says who waits and how to go on, once", async () => {
    const logs: LogRecord[] = [];
    const store = Object.assign(memoryStore(), { durable: true });

    const run = await runFlow(release, { logs, store });

    expect(linesOf(logs)).toEqual([
      "Beginning Flow run for 'release'",
      `Task '${QUESTION}': Waiting for a person`,
      "Task 'count': Starting task run...",
      "Task 'count': Finished task run for task with final state: 'Success'",
      `Flow run PAUSED: '${QUESTION}' waits for a person. To go on: npx caudal approve ${run.id} "${QUESTION}", or reject`,
    ]);
  });

  test("says that it waits after it was said that what it waited for is there", async () => {
    const logs: LogRecord[] = [];

    await runFlow(
      flow("draft first", () => ship(gate(count()))),
      { logs },
    );

    expect(linesOf(logs).slice(1, 4)).toEqual([
      "Task 'count': Starting task run...",
      "Task 'count': Finished task run for task with final state: 'Success'",
      `Task '${QUESTION}': Waiting for a person`,
    ]);
  });

  test("says that there is no later where it is kept in memory", async () => {
    const logs: LogRecord[] = [];

    await runFlow(release, { logs });

    expect(linesOf(logs).at(-1)).toContain("is kept in memory only: answer on a terminal");
  });

  test("stays with wait: true until the approval's time is up", async () => {
    const late = approval(QUESTION, { timeout: "2h" });

    const run = await runFlow(
      flow("late", () => ship(late())),
      { wait: true },
    );

    expect(run.task(QUESTION).state).toMatchObject({ type: "TimedOut", error: { code: "APPROVAL_TIMEOUT" } });
    expect(run.state.type).toBe("Failed");
  });
});

describe("a run that somebody answers", () => {
  test("goes on with true after a yes, and says who", async () => {
    const logs: LogRecord[] = [];

    const run = await runFlow(release, { approvals: { [QUESTION]: true }, logs });

    expect(run.result).toBe("shipped true");
    expect(run.task(QUESTION).state).toMatchObject({ reason: { code: "approved", by: "test" } });
    expect(linesOf(logs)).toContain(
      `Task '${QUESTION}': Finished task run for task with final state: 'Success' (approved by test)`,
    );
  });

  test("fails after a no, for its reason, without a retry", async () => {
    const run = await runFlow(release, { approvals: { [QUESTION]: { reject: "not on a Friday" } } });

    expect(run.task(QUESTION).state).toMatchObject({
      type: "Failed",
      error: { code: "APPROVAL_REJECTED" },
      reason: { code: "approval-rejected", why: "not on a Friday" },
    });
    expect(run.task("ship").state.type).toBe("TriggerFailed");
    expect(run.explain(QUESTION)).toContain("not on a Friday");
  });

  test("gives the input, as its schema made it, to what comes after", async () => {
    const run = await runFlow(withInput, { approvals: { versioned: { version: "2.1", more: 1 } } });

    expect(run.result).toBe('shipped {"version":"2.1"}');
  });

  test("refuses an input that does not match, and one that nobody asked for", async () => {
    const wrong = runFlow(withInput, { approvals: { versioned: { version: 2 } } });
    const unasked = runFlow(release, { approvals: { [QUESTION]: { version: 2 } } });

    await expect(wrong).rejects.toMatchObject({ code: "APPROVAL_INPUT", message: expect.stringContaining("version:") });
    await expect(unasked).rejects.toMatchObject({ code: "APPROVAL_INPUT" });
  });

  test("asks one after the other where several wait, and each child of a mapped one", async () => {
    const each = approval("send it?");
    const letters = flow("letters", () => {
      gate();
      return each.map(["a", "b", "c"]);
    });

    const run = await runFlow(letters, {
      approvals: { [QUESTION]: true, "send it?": true, "send it?[1]": { reject: "spelling" } },
    });

    const states = [0, 1, 2].map((i) => run.task("send it?").child(i).state.type);
    expect([run.task(QUESTION).state.type, states]).toEqual(["Success", ["Success", "Failed", "Success"]]);
  });

  test("goes on without the answers that a test does not give", async () => {
    const other = approval("announce it?");
    const two = flow("two", () => {
      other();
      return ship(gate());
    });

    const run = await runFlow(two, { approvals: { [QUESTION]: true } });

    expect([run.state.type, run.task("ship").state.type]).toEqual(["Paused", "Success"]);
  });

  test("has its answers checked for names", async () => {
    await expect(runFlow(release, { approvals: { "relase?": true } })).rejects.toMatchObject({
      code: "OPTION_INVALID",
      message: expect.stringContaining("approvals: this flow has no task 'relase?'"),
    });
  });
});

describe("a body that paused itself", () => {
  let seen: unknown;
  afterEach(() => {
    seen = undefined;
  });
  const load = task("load", () => {
    seen = context().resumed;
    if (seen === undefined) throw signals.pause("check the file");
    return "loaded";
  });

  test("finds who resumed it, when, and with what", async () => {
    const run = await runFlow(
      flow("load", () => load()),
      { approvals: { load: { rows: 3 } } },
    );

    expect(run.result).toBe("loaded");
    expect(seen).toEqual({ by: "test", at: expect.any(Number), input: { rows: 3 } });
  });

  test("is rejected like an approval", async () => {
    const run = await runFlow(
      flow("load", () => load()),
      { approvals: { load: { reject: "wrong file" } } },
    );

    expect(run.task("load").state).toMatchObject({
      type: "Failed",
      error: { message: expect.stringMatching(/wrong file$/) },
    });
  });
});

describe("a flow with a timeout", () => {
  test("is not charged with the time people take", async () => {
    const late = approval(QUESTION, { timeout: "2h" });
    const clock = virtualClock();
    const after = task({ name: "after", trigger: "any_failed" }, () => clock.sleep("50s", context().signal));
    const before = task("before", () => clock.sleep("5s", context().signal));
    const made = (timeout: "1m" | "54s") =>
      flow({ name: "hurried", timeout }, () => void after().setUpstream(late().setUpstream(before())));

    const inTime = await runFlow(made("1m"), { wait: true, clock });
    const tooLate = await runFlow(made("54s"), { wait: true, clock });

    expect([inTime.state.type, tooLate.state.type]).toEqual(["Success", "TimedOut"]);
  });
});
