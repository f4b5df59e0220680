import { describe, expect, test } from "vitest";
import { nearest } from "./nearest.ts";

const options = ["retries", "retryDelay", "timeout", "tags"];

describe("nearest", () => {
  test.each([
    ["retires", "retries"],
    ["timout", "timeout"],
    ["TIMEOUT", "timeout"],
    ["retrydelays", "retryDelay"],
    ["tag", "tags"],
  ])("finds for %j the word that was meant, %j", (word, meant) => {
    expect(nearest(word, options)).toBe(meant);
  });

  test.each([["schedule"], [""], ["x"], ["tools"]])("finds nothing near %j", (word) => {
    expect(nearest(word, options)).toBeUndefined();
  });

  test("takes the first of two that are equally near", () => {
    expect(nearest("bat", ["cat", "hat"])).toBe("cat");
  });

  test("asks little of a very long word", () => {
    expect(nearest("x".repeat(1_000_000), options)).toBeUndefined();
  });
});
