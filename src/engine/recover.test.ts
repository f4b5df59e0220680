/** A run that goes on where a value is gone with its process: who made it runs again before who needs it. */
import { describe, expect, test } from "vitest";
import { graphOf } from "../../test/support/graphs.ts";
import type { TaskState } from "../state/task-state.ts";
import { advance } from "./advance.ts";
import { checkRun } from "./check-run.ts";
import type { Command } from "./command.ts";
import { makePlan } from "./plan.ts";
import { type KeptTaskRun, rebuild } from "./recover.ts";
import { stateOf } from "./state-of.ts";
import { story } from "./story.ts";

const AT = 1_000;
const graph = graphOf([
  { name: "connect", rules: { keepsResult: false } },
  { name: "load", of: ["connect"] },
]);

const kept = (slot: number, state: TaskState, value: KeptTaskRun["value"]): KeptTaskRun => ({
  ...{ slot, node: slot, attempt: 1, state, childBase: undefined, counters: undefined, value },
});

/** Its process died while `load` was in `state`. */
function recovered(state: TaskState) {
  const connected = kept(0, { type: "Success", result: undefined }, "not-kept");
  const facts = { id: "r", parameters: {}, flow: { type: "Running", attempt: 1 } as const };
  const { run, again } = rebuild(makePlan(graph), { ...facts, taskRuns: [connected, kept(1, state, "kept")] }, 64);
  const commands: Command[] = [];
  advance(run, { type: "RunRecovered", again, at: AT }, commands);
  checkRun(run);
  return { run, commands };
}

const starts = (commands: readonly Command[]) =>
  commands.flatMap((command) => (command.type === "StartAttempt" ? [command.slot] : []));

describe("a task that needs a value which was not kept", () => {
  test.each<[string, TaskState]>([
    ["ran", { type: "Running", attempt: 1 }],
    ["was to be retried", { type: "Retrying", attempt: 2, startAt: AT - 1 }],
    ["was to be retried later", { type: "Retrying", attempt: 2, startAt: AT + 5_000 }],
  ])("and %s waits until its upstream has run again", (_, state) => {
    const { run, commands } = recovered(state);

    const first = starts(commands);
    const outcome = { kind: "returned", value: "connection" } as const;
    const next: Command[] = [];
    advance(run, { type: "AttemptSettled", slot: 0, attempt: 2, outcome, at: AT + 1 }, next);
    checkRun(run);

    expect(first).toEqual([0]);
    expect(commands.some(({ type }) => type === "SetTimer")).toBe(false);
    expect(starts(next)).toEqual([1]);
    expect(stateOf(run, 1)).toMatchObject({ type: "Running", attempt: 2 });
  });

  test("has in its upstream's story how that came to run again", () => {
    const { run } = recovered({ type: "Running", attempt: 1 });

    expect(story(run, 0).map(({ from, to }) => `${from} → ${to}`)).toEqual(["Success → Pending", "Pending → Running"]);
  });
});
