import { describe, expect, test } from "vitest";
import {
  isCached,
  isCancelled,
  isFailed,
  isFinished,
  isMapped,
  isPaused,
  isPending,
  isRetrying,
  isRunning,
  isSkipped,
  isSuccess,
  isTimedOut,
  isTriggerFailed,
  states,
} from "../../index.ts";
import { STATE_TYPES, type State } from "../../state/task-state.ts";

const GUARDS = {
  isCached,
  isCancelled,
  isFailed,
  isFinished,
  isMapped,
  isPaused,
  isPending,
  isRetrying,
  isRunning,
  isSkipped,
  isSuccess,
  isTimedOut,
  isTriggerFailed,
};

describe("guards", () => {
  test.each([
    ["isSuccess", ["Success", "Cached", "Mapped", "Skipped", "Looped"]],
    ["isFailed", ["Failed", "TimedOut", "TriggerFailed", "ValidationFailed"]],
    ["isPending", ["Pending", "Scheduled", "Queued", "Paused", "Retrying"]],
    ["isRunning", ["Running", "Cancelling"]],
    [
      "isFinished",
      [
        "Success",
        "Cached",
        "Mapped",
        "Skipped",
        "Failed",
        "TimedOut",
        "TriggerFailed",
        "ValidationFailed",
        "Cancelled",
      ],
    ],
    ["isCached", ["Cached"]],
    ["isCancelled", ["Cancelled"]],
    ["isMapped", ["Mapped"]],
    ["isPaused", ["Paused"]],
    ["isRetrying", ["Retrying"]],
    ["isSkipped", ["Skipped"]],
    ["isTimedOut", ["TimedOut"]],
    ["isTriggerFailed", ["TriggerFailed"]],
  ] as const)("%s is true for exactly %j, on states and on things with one", (guard, types) => {
    const of = (type: string) => ({ type }) as State;

    expect(STATE_TYPES.filter((type) => GUARDS[guard](of(type)))).toEqual(types);
    expect(STATE_TYPES.filter((type) => GUARDS[guard]({ state: of(type) }))).toEqual(types);
  });
});

describe("states made for handlers", () => {
  test("are what they are called", () => {
    expect(states.success(7)).toEqual({ type: "Success", result: 7 });
    expect(states.failed("why")).toEqual({ type: "Failed", error: { name: "Error", message: "why" } });
    expect(states.failed(new TypeError("why"))).toMatchObject({
      type: "Failed",
      error: { name: "TypeError", message: "why" },
    });
    expect(states.skipped("late")).toEqual({ type: "Skipped", result: null, reason: { code: "signal", why: "late" } });
    expect(states.cached(1)).toMatchObject({ type: "Cached", result: 1, cache: { how: "hit" } });
    expect(states.paused()).toEqual({ type: "Paused" });
    expect(states.cancelled()).toEqual({ type: "Cancelled" });
    expect(states.retrying({ in: "1h" })).toMatchObject({ type: "Retrying", inMs: 3_600_000 });
  });
});
