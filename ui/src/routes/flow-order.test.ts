import { describe, expect, test } from "vitest";
import type { FlowSummary, RunDot } from "../../../src/server/contract.ts";
import { orderOf, slowdownOf, sortedFlows } from "./flow-order.ts";

const dot = (state: RunDot["state"], startedAt: number, durationMs = 10): RunDot => ({
  id: `${startedAt}`,
  state,
  startedAt,
  durationMs,
});
const flow = (name: string, lastRuns: readonly RunDot[]) => ({ name, lastRuns }) as unknown as FlowSummary;
const names = (flows: readonly FlowSummary[]) => flows.map(({ name }) => name);

const FLOWS = [
  flow("never", []),
  flow("steady", [dot("Failed", 1), dot("Success", 2), dot("Success", 8)]),
  flow("slower", [dot("Success", 3, 10), dot("Success", 4, 10), dot("Success", 5, 40)]),
  flow("broken", [dot("TimedOut", 6)]),
];

describe("flows", () => {
  test("are listed by name where nothing else is asked for", () => {
    expect(names(sortedFlows(FLOWS, orderOf("nonsense")))).toEqual(["broken", "never", "slower", "steady"]);
  });

  test("by their newest failure, those without one last", () => {
    expect(names(sortedFlows(FLOWS, "failure"))).toEqual(["broken", "steady", "never", "slower"]);
  });

  test("by their newest run", () => {
    expect(names(sortedFlows(FLOWS, "last"))).toEqual(["steady", "broken", "slower", "never"]);
  });

  test("by how much longer the last run took", () => {
    expect(names(sortedFlows(FLOWS, "slower"))).toEqual(["slower", "steady", "broken", "never"]);
  });
});

test("a slowdown is told of runs that succeeded, and needs two of them", () => {
  expect(slowdownOf({ lastRuns: [dot("Success", 1, 9), dot("Failed", 2, 500), dot("Success", 3, 19)] })).toBe(2);
  expect(slowdownOf({ lastRuns: [dot("Success", 1)] })).toBeUndefined();
});
