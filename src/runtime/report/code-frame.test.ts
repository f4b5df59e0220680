import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { codeFrame, placeText } from "./code-frame.ts";

const look = { colour: false, width: 80 };
const at = (line: number, column: number) => ({ file: "/x.ts", line, column });

describe("a code frame", () => {
  const source = ["one", "\ttwo();", "three", "four"].join("\r\n");

  test("shows a line before and one after, with tabs as spaces and the mark under the column", () => {
    expect(codeFrame(source, at(2, 2), look)).toEqual(["  1 | one", "> 2 |   two();", "    |   ^", "  3 | three"]);
  });

  test.each([
    ["the first line", 1, ["> 1 | one", "    | ^", "  2 |   two();"]],
    ["the last line", 4, ["  3 | three", "> 4 | four", "    | ^"]],
    ["a line that is not there", 9, []],
  ])("of %s", (_what, line, frame) => {
    expect(codeFrame(source, at(line, 1), look)).toEqual(frame);
  });

  test("cuts a long line around the place", () => {
    const [line = "", mark = ""] = codeFrame(`${"x".repeat(300)}HERE${"y".repeat(300)}`, at(1, 301), look);

    expect(line.length).toBeLessThanOrEqual(80);
    expect(line).toMatch(/^> 1 \| …x+HEREy+…$/);
    expect(line.slice(mark.indexOf("^")).startsWith("HERE")).toBe(true);
  });
});

describe("a place", () => {
  test.each([
    [resolve("/home/ana/flows/etl.ts"), "etl.ts:3:7"],
    [resolve("/home/ana/flows/lib/x.ts"), "lib/x.ts:3:7"],
    [resolve("/home/ana/other.ts"), `${resolve("/home/ana/other.ts")}:3:7`],
  ])("%s is named as one clicks it", (file, text) => {
    expect(placeText({ file, line: 3, column: 7 }, resolve("/home/ana/flows")).replaceAll("\\", "/")).toBe(
      text.replaceAll("\\", "/"),
    );
  });
});
