import { describe, expect, test } from "vitest";
import { hashText, TextHash } from "./hash.ts";

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

describe("TextHash", () => {
  test("does not depend on where the pieces end", () => {
    const text = Array.from({ length: 30_000 }, (_, i) => `node ${i};`).join("");
    const whole = new TextHash();
    const pieces = new TextHash();

    whole.add(text);
    for (let at = 0; at < text.length; at += 777) pieces.add(text.slice(at, at + 777));

    expect(pieces.digits()).toBe(whole.digits());
  });
});
