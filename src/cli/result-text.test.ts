import { describe, expect, test } from "vitest";
import { resultText } from "./result-text.ts";

describe("a flow's result at the end", () => {
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;

  test.each([
    ["nothing", undefined, undefined],
    ["null", null, "null"],
    ["a short object", { stored: 25 }, '{"stored":25}'],
    [
      "what JSON has no word for",
      { n: 5n, seen: new Set([1]), by: new Map([["a", 2]]) },
      '{"n":"5","seen":[1],"by":{"a":2}}',
    ],
    ["a function", () => 1, "[Function (anonymous)]"],
  ])("%s", (_what, result, text) => {
    expect(resultText(result)).toBe(text);
  });

  test("a long one is broken into lines", () => {
    expect(resultText({ rows: Array.from({ length: 40 }, (_, i) => i) })).toContain('{\n  "rows": [\n    0,\n');
  });

  test("a cyclic one is shown as Node shows it", () => {
    expect(resultText(cyclic)).toContain("[Circular *1]");
  });

  test("one over 2 KiB is cut between characters", () => {
    const text = resultText(`a${"á".repeat(2_000)}`) ?? "";

    expect(text).not.toContain("\ufffd");
    expect(text).toMatch(/…\n\(the first 2048 of 4003 bytes; --json prints all\)$/);
  });
});
