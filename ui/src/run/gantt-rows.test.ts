import { describe, expect, test } from "vitest";
import type { StateType, TaskRunSummary } from "../../../src/server/contract.ts";
import { ganttRows, ticksOf } from "./gantt-rows.ts";

const taskRun = (id: string, more: Partial<TaskRunSummary> = {}): TaskRunSummary => ({
  id,
  name: id,
  node: id,
  state: "Success",
  attempt: 1,
  ...more,
});

const at = (instant: number, id: string, from: StateType, to: StateType) => ({
  cursor: instant,
  at: instant,
  epoch: 1,
  transitions: [{ id, from, to }],
});

describe("a task that was retried twice", () => {
  const [row] = ganttRows({
    taskRuns: [taskRun("load", { attempt: 3 })],
    edges: [],
    begunAt: 0,
    history: [
      at(10, "load", "Pending", "Running"),
      at(20, "load", "Running", "Retrying"),
      at(120, "load", "Retrying", "Running"),
      at(130, "load", "Running", "Retrying"),
      at(330, "load", "Retrying", "Running"),
      at(340, "load", "Running", "Success"),
    ],
  });

  test("has three attempts, each with what became of it", () => {
    expect(row?.segments.filter(({ kind }) => kind === "running")).toEqual([
      { kind: "running", from: 10, to: 20, attempt: 1, outcome: "Retrying" },
      { kind: "running", from: 120, to: 130, attempt: 2, outcome: "Retrying" },
      { kind: "running", from: 330, to: 340, attempt: 3, outcome: "Success" },
    ]);
  });

  test("has the two delays between them", () => {
    expect(row?.segments.filter(({ kind }) => kind === "delay")).toEqual([
      { kind: "delay", from: 20, to: 120 },
      { kind: "delay", from: 130, to: 330 },
    ]);
  });
});

describe("a task behind another", () => {
  test("waits for it first and for its turn after that", () => {
    const rows = ganttRows({
      taskRuns: [taskRun("second", { startedAt: 60 }), taskRun("first", { endedAt: 50 })],
      edges: [{ from: "first", to: "second", kind: "data", label: "" }],
      begunAt: 0,
      history: [
        at(0, "first", "Pending", "Running"),
        at(50, "first", "Running", "Success"),
        at(60, "second", "Pending", "Running"),
      ],
    });

    expect(rows.map(({ taskRun: { id } }) => id)).toEqual(["first", "second"]);
    expect(rows[1]?.segments).toEqual([
      { kind: "waiting", from: 0, to: 50 },
      { kind: "queued", from: 50, to: 60 },
      { kind: "running", from: 60, to: undefined, attempt: 1 },
    ]);
  });
});

test("a task run the history tells nothing of is drawn from its summary", () => {
  const [row] = ganttRows({
    taskRuns: [taskRun("double", { state: "Mapped", startedAt: 5, endedAt: 25 })],
    edges: [],
    begunAt: 5,
    history: [],
  });

  expect(row?.segments).toEqual([{ kind: "running", from: 5, to: 25, attempt: 1, outcome: "Mapped" }]);
});

test("a cancel that was asked for does not begin another attempt", () => {
  const [row] = ganttRows({
    taskRuns: [taskRun("load", { state: "Cancelled" })],
    edges: [],
    begunAt: 0,
    history: [
      at(0, "load", "Pending", "Running"),
      at(5, "load", "Running", "Cancelling"),
      at(9, "load", "Cancelling", "Cancelled"),
    ],
  });

  expect(row?.segments).toEqual([{ kind: "running", from: 0, to: 9, attempt: 1, outcome: "Cancelled" }]);
});

describe("the time axis", () => {
  test("has round steps and no more than asked for", () => {
    expect(ticksOf(4_200, 6)).toEqual([0, 1_000, 2_000, 3_000, 4_000]);
  });

  test("goes up to many days", () => {
    expect(ticksOf(40 * 86_400_000, 5)).toHaveLength(6);
  });
});
