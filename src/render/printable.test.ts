import { describe, expect, test } from "vitest";
import { columnsOf, counted, cutTo, printable, wrapName } from "./printable.ts";

describe("a name in a drawing", () => {
  test("is one line without what cannot be drawn", () => {
    expect(printable(" a\n\tb\u001b[0m \ud83d \u202ec ")).toBe("a b�[0m � �c");
  });

  test("keeps emoji and accents", () => {
    expect(printable("naïve 🚀 café")).toBe("naïve 🚀 café");
  });

  test("is cut with an ellipsis", () => {
    expect(printable("x".repeat(300), 10)).toBe("xxxxxxxxx…");
  });
});

describe("a long name", () => {
  test.each([
    ["store_the_complaints_somewhere", ["store_the_", "complaints_", "somewhere"]],
    ["storeTheComplaints", ["storeThe", "Complaints"]],
    ["one two three four five six seven", ["one two", "three four", "five six…"]],
    ["abcdefghijklmnopqrstuvwxyz", ["abcdefghijkl", "mnopqrstuvwx", "yz"]],
    ["short", ["short"]],
  ])("%s breaks at its words", (name, lines) => {
    expect(wrapName(name, 12, 3)).toEqual(lines);
  });
});

describe("terminal columns", () => {
  test("count East Asian characters twice and marks not at all", () => {
    expect(columnsOf("日本 é")).toBe(6);
    expect(columnsOf("e\u0301")).toBe(1);
  });

  test("hold after cutting", () => {
    expect(cutTo("日本語", 4)).toBe("日…");
    expect(cutTo("abc", 3)).toBe("abc");
  });
});

describe("numbers", () => {
  test("are written with their noun", () => {
    expect([counted(1, "task"), counted(2_000, "task"), counted(2, "box", "boxes")]).toEqual([
      "1 task",
      "2,000 tasks",
      "2 boxes",
    ]);
  });
});
