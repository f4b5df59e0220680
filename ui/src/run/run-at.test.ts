import { describe, expect, test } from "vitest";
import type { StateType, TaskRunSummary } from "../../../src/server/contract.ts";
import type { History } from "./gantt-rows.ts";
import { momentsOf, runAt } from "./run-at.ts";

let cursor = 0;
const commit = (at: number, ...changes: readonly (readonly [id: string, to: StateType])[]): History[number] => ({
  cursor: ++cursor,
  at,
  epoch: 1,
  transitions: changes.map(([id, to]) => ({ id, from: "Pending", to })),
});
const taskRun = (id: string, state: StateType, rest: Partial<TaskRunSummary> = {}): TaskRunSummary => ({
  id,
  name: id,
  node: id,
  state,
  attempt: 1,
  ...rest,
});

const run = { state: "Failed", startedAt: 100, endedAt: 500 } as const;
const error = { name: "Error", message: "no" };
const taskRuns = [
  taskRun("a", "Success", { startedAt: 110, endedAt: 200 }),
  taskRun("b", "Failed", { startedAt: 210, endedAt: 450, attempt: 2, error }),
];
const history = [
  commit(110, ["a", "Running"]),
  commit(200, ["a", "Success"]),
  commit(210, ["b", "Running"]),
  commit(300, ["b", "Retrying"]),
  commit(400, ["b", "Running"]),
  commit(450, ["b", "Failed"]),
];
const at = (moment: number) => runAt({ run, taskRuns, history, at: moment });

describe("a run at a moment", () => {
  test("before its first task has nothing done", () => {
    const { state, taskRuns: then, progress } = at(105);

    expect(state).toBe("Running");
    expect(then.map((one) => one.state)).toEqual(["Pending", "Pending"]);
    expect(progress).toMatchObject({ total: 2, finished: 0, running: 0, failed: 0 });
  });

  test("has the states of the commits up to it, itself included", () => {
    const { taskRuns: then, progress } = at(300);

    expect(then[0]).toBe(taskRuns[0]);
    expect(then[1]).toEqual({ id: "b", name: "b", node: "b", state: "Retrying", attempt: 1, startedAt: 210 });
    expect(progress).toMatchObject({ finished: 1, nodes: { Success: 1, Retrying: 1 } });
  });

  test("does not know of an error that came later", () => {
    expect(at(449).taskRuns[1]?.error).toBeUndefined();
    expect(at(450).taskRuns[1]?.error).toEqual(error);
  });

  test("is what it is now once it is over", () => {
    expect(at(500)).toMatchObject({ state: "Failed", taskRuns, progress: { finished: 2, failed: 1 } });
  });
});

test("children are counted with their node", () => {
  const mapped = [taskRun("m", "Mapped", { children: { Success: 2 } })];
  const commits = [
    commit(10, ["m.0", "Running"], ["m.1", "Running"]),
    commit(20, ["m.1", "Success"]),
    commit(30, ["m.0", "Success"], ["m", "Mapped"]),
  ];

  const { taskRuns: then, progress } = runAt({ run, taskRuns: mapped, history: commits, at: 25 });

  expect(then[0]).toMatchObject({ state: "Pending", children: { Running: 1, Success: 1 } });
  expect(progress.children).toEqual({ Running: 1, Success: 1 });
});

test("moments are told once and in order", () => {
  expect(
    momentsOf([commit(5, ["a", "Running"]), commit(5, ["b", "Running"]), commit(7), commit(9, ["a", "Success"])]),
  ).toEqual([5, 9]);
});
