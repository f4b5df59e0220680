import { describe, expect, test } from "vitest";
import { familyOf, isFinishedType, STATE_TYPES, STATES, type StateType } from "./task-state.ts";

describe("the table of states", () => {
  test("is in the order the engine's bytes rely on", () => {
    expect(STATE_TYPES).toEqual([
      "Pending",
      "Scheduled",
      "Queued",
      "Paused",
      "Retrying",
      "Running",
      "Cancelling",
      "Success",
      "Cached",
      "Mapped",
      "Skipped",
      "Looped",
      "Failed",
      "TimedOut",
      "TriggerFailed",
      "ValidationFailed",
      "Cancelled",
    ]);
  });

  test("has the families of the design", () => {
    const of = (family: string) => STATE_TYPES.filter((type) => familyOf(type) === family);

    expect(of("pending")).toEqual(["Pending", "Scheduled", "Queued", "Paused", "Retrying"]);
    expect(of("running")).toEqual(["Running", "Cancelling"]);
    expect(of("success")).toEqual(["Success", "Cached", "Mapped", "Skipped", "Looped"]);
    expect(of("failed")).toEqual(["Failed", "TimedOut", "TriggerFailed", "ValidationFailed"]);
    expect(of("cancelled")).toEqual(["Cancelled"]);
  });

  test("takes all but Looped of success, failed and cancelled for finished", () => {
    expect(STATE_TYPES.filter(isFinishedType)).toEqual([
      "Success",
      "Cached",
      "Mapped",
      "Skipped",
      "Failed",
      "TimedOut",
      "TriggerFailed",
      "ValidationFailed",
      "Cancelled",
    ]);
  });

  test("leads from every state that is not finished to one that is", () => {
    const reached = (types: ReadonlySet<StateType>): ReadonlySet<StateType> =>
      new Set([...types, ...[...types].flatMap((type) => STATES[type].next as readonly StateType[])]);
    const reach = (type: StateType) => [...reached(reached(reached(new Set([type]))))].some(isFinishedType);

    expect(STATE_TYPES.filter((type) => !reach(type))).toEqual([]);
  });

  test("tells states apart by glyph and colour, never by colour alone", () => {
    const glyphs = STATE_TYPES.map((type) => STATES[type].glyph);

    expect(new Set(glyphs).size).toBe(glyphs.length);
  });
});
