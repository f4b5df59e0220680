import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, test, vi } from "vitest";
import { Markdown } from "./markdown.tsx";

// The router asks the document for its address, and there is none.
vi.mock("../router.tsx", () => ({ Link: "a" }));

const shown = (text: string) => renderToStaticMarkup(createElement(Markdown, { text }));

describe("a little Markdown", () => {
  test.each([
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert)",
    "[x](data:text/html,<script>alert</script>)",
    "[x](vbscript:x)",
    "[x](//evil.test)",
    "![x](http://evil.test/x.png)",
    "<a href='javascript:alert(1)'>x</a>",
    "<img src=x onerror=alert(1)>",
  ])("S20: %s is text, or a link a person may follow", (text) => {
    expect(
      shown(text).replaceAll(/<a href="https?:[^"]*" target="_blank" rel="noopener noreferrer">|<\/?(a|p|span)>/g, ""),
    ).not.toContain("<");
  });

  test("has links, code and emphasis", () => {
    expect(shown("[x](https://a.example) `c` **b** *e*")).toBe(
      '<p><a href="https://a.example" target="_blank" rel="noopener noreferrer">x</a> <code>c</code> <strong>b</strong> <em>e</em></p>',
    );
  });
});
