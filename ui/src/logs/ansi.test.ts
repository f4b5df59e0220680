import { describe, expect, test } from "vitest";
import { piecesOf, plainOf } from "./ansi.ts";

describe("colours", () => {
  test("begin and end where their sequences say", () => {
    expect(piecesOf("a \u001b[31mred\u001b[0m b")).toEqual([{ text: "a " }, { text: "red", color: 1 }, { text: " b" }]);
  });

  test("are kept together with weight, and leave alone", () => {
    expect(piecesOf("\u001b[1;92mgreen\u001b[39mbold")).toEqual([
      { text: "green", bold: true, color: 10 },
      { text: "bold", bold: true },
    ]);
  });

  test("beyond the first sixteen take nothing else with them", () => {
    expect(piecesOf("\u001b[38;2;1;2;3;4mx")).toEqual([{ text: "x", underline: true }]);
  });
});

describe("other control bytes", () => {
  test("are shown as signs", () => {
    expect(plainOf("a\u0007b\rc\u001b]8;;x")).toBe("a\u2407b\u240dc\u241b]8;;x");
  });

  test("of the second set, and marks that turn text around, are told by their number", () => {
    expect(plainOf("a\u009bb\u202etxt.exe\u2069 שלום")).toBe("a⟨009B⟩b⟨202E⟩txt.exe⟨2069⟩ שלום");
  });

  test("that move the cursor are left out", () => {
    expect(plainOf("50 %\u001b[2K\u001b[1Gdone")).toBe("50 %done");
  });
});

describe("addresses", () => {
  test("of http and https become links, without the sentence's end", () => {
    expect(piecesOf("see https://example.org/a?b=1.")).toEqual([
      { text: "see " },
      { text: "https://example.org/a?b=1", href: "https://example.org/a?b=1" },
      { text: "." },
    ]);
  });

  test("of other kinds stay text", () => {
    expect(piecesOf("javascript:alert(1) data:text/html,x")).toEqual([
      { text: "javascript:alert(1) data:text/html,x" },
    ]);
  });
});
