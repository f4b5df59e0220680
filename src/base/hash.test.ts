import { describe, expect, test } from "vitest";
import { hashText, HashSum } from "./hash.ts";

describe("hashText", () => {
  test("gives 32 hexadecimal digits, the same for the same text", () => {
    expect(hashText("(x) => x + 1")).toMatch(/^[0-9a-f]{32}$/);
    expect(hashText("(x) => x + 1")).toBe(hashText(["(x) =>", "x + 1"].join(" ")));
  });

  test("tells apart what differs in one character, in length, or only in trailing zeros", () => {
    const texts = [
      "",
      "a",
      "b",
      "ab",
      "ba",
      "a\0",
      "a\0\0",
      "abcdefgh",
      "abcdefgi",
      "abcdefgh\0",
      "ä",
      "a".repeat(1_000),
      "a".repeat(1_001),
    ];

    const hashes = new Set(texts.map(hashText));

    expect(hashes.size).toBe(texts.length);
  });

  test("has no collision in 200,000 short texts", () => {
    const hashes = new Set(Array.from({ length: 200_000 }, (_, i) => hashText(`task ${i}`)));

    expect(hashes.size).toBe(200_000);
  });
});

describe("HashSum", () => {
  const sumOf = (texts: readonly (readonly string[])[]) => {
    const sum = new HashSum();
    for (const pieces of texts) {
      for (const piece of pieces) sum.add(piece);
      sum.next();
    }
    return sum.digits();
  };

  test("does not depend on the order of texts, nor on where their pieces end", () => {
    const [first, second] = [Array.from({ length: 300 }, (_, i) => `node ${i};`), ["b", "c"]];

    expect(sumOf([second, first])).toBe(sumOf([[first.join("")], ["bc"]]));
    expect(sumOf([first])).toMatch(/^[0-9a-f]{32}$/);
  });

  test("tells apart what stands in other texts, or twice", () => {
    const sums = [[], [[""]], [["ab"]], [["a"], ["b"]], [["ba"]], [["ab"], ["ab"]], [["\0"]], [["ab\0"]]].map(sumOf);

    expect(new Set(sums).size).toBe(sums.length);
  });

  test("has no collision in 200,000 short texts", () => {
    const sums = new Set(Array.from({ length: 200_000 }, (_, i) => sumOf([[`task ${i}`]])));

    expect(sums.size).toBe(200_000);
  });
});
