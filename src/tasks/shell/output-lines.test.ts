import { describe, expect, test } from "vitest";
import { makeLineReader } from "./output-lines.ts";

function linesOf(...chunks: (string | Uint8Array)[]): readonly string[] {
  const lines: string[] = [];
  const reader = makeLineReader((line) => lines.push(line));
  for (const chunk of chunks) reader.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
  reader.end();
  return lines;
}

describe("output read as lines", () => {
  test.each([
    [["a\nb"], ["a", "b"]],
    [["a\r\n\r\nb\n"], ["a", "", "b"]],
    [
      ["a", "b\nc", "d"],
      ["ab", "cd"],
    ],
    [[], []],
  ])("%j is %j", (chunks, lines) => {
    expect(linesOf(...chunks)).toEqual(lines);
  });

  test("puts characters together that were cut between chunks", () => {
    const euro = Buffer.from("€\n");

    expect(linesOf(euro.subarray(0, 1), euro.subarray(1))).toEqual(["€"]);
  });

  test("shows a progress bar in its last state, without colours", () => {
    expect(linesOf("10 %\r50 %\r\u001B[32m100 %\u001B[0m\n")).toEqual(["100 %"]);
  });

  test("shows bytes that are no text as what they are", () => {
    expect(linesOf(new Uint8Array([0, 255, 10]))).toEqual(["��"]);
  });

  test("cuts a line that does not end, and goes on after it", () => {
    const chunks = Array.from({ length: 100 }, () => "x".repeat(10_000));

    const lines = linesOf(...chunks, "\nnext\n");

    expect(lines).toEqual([`${"x".repeat(8_192)}…`, "next"]);
  });

  test("keeps the last state of a progress bar that never ends its line", () => {
    const chunks = Array.from({ length: 20_000 }, (_, percent) => `step ${percent}\r`);

    expect(linesOf(...chunks, "done")).toEqual(["done"]);
  });
});
