import { describe, expect, test } from "vitest";
import type { TriggerRule } from "../graph/graph.ts";
import type { Tally } from "./tally.ts";
import { judge } from "./trigger.ts";

const seen = (counts: Partial<Tally>): Tally => ({
  upstreams: counts.total ?? 0,
  total: 0,
  failed: 0,
  skipped: 0,
  cancelled: 0,
  skippedBy: -1,
  branch: -1,
  ...counts,
});

describe("a trigger with bounds", () => {
  const one: TriggerRule = { kind: "some_failed", atLeast: 1 };
  const half: TriggerRule = { kind: "some_failed", atLeastShare: 0.5 };

  test("runs where there is no upstream", () => {
    expect(judge(one, seen({}))).toBe("run");
  });

  test("is not met by an upstream that was mapped over nothing, where it asks for one", () => {
    expect(judge(one, seen({ upstreams: 1, total: 0 }))).toBe("fail");
  });

  test("is met by an upstream that was mapped over nothing, where it asks for a share: half of none is none", () => {
    expect(judge(half, seen({ upstreams: 1, total: 0 }))).toBe("run");
  });

  test("counts and shares include their ends", () => {
    const halfFailed = seen({ total: 2, failed: 1 });

    expect([judge(one, halfFailed), judge(half, halfFailed)]).toEqual(["run", "run"]);
  });
});
