import { describe, expect, test } from "vitest";
import { usageOf, valueFrom } from "./parameters.ts";

describe("a text for a parameter", () => {
  test.each([
    ["25", { type: "number" }, 25],
    ["1e3", { type: "integer" }, 1_000],
    ["abc", { type: "number" }, "abc"],
    ["true", { type: "boolean" }, true],
    ["yes", { type: "boolean" }, "yes"],
    ["25", { type: "string" }, "25"],
    ['["a"]', { type: "array" }, ["a"]],
    ['{"a":1}', { type: "object" }, { a: 1 }],
    ["25", {}, 25],
    ["2026-11-23", {}, "2026-11-23"],
    ["007", {}, "007"],
    ["2", { enum: [1, 2] }, 2],
    ["2", { enum: ["1", "2"] }, "2"],
    ["null", { type: ["string", "null"] }, null],
    ["x", { anyOf: [{ type: "number" }, { type: "string" }] }, "x"],
    ["1", { anyOf: [{ type: "number" }, { type: "string" }] }, 1],
    ["true", { const: true }, true],
  ])("%s with schema %j is read as %j", (text, schema, value) => {
    expect(valueFrom(text, schema)).toEqual(value);
  });
});

describe("a parameter in a list", () => {
  test.each([
    [{ name: "size", required: false, default: 10, jsonSchema: { type: "number" } }, "size: number (default 10)"],
    [{ name: "day", required: true, jsonSchema: { type: "string" } }, "day: string, required"],
    [{ name: "any", required: false, jsonSchema: {} }, "any: json"],
  ])("%j", (parameter, text) => {
    expect(usageOf(parameter)).toBe(text);
  });
});
