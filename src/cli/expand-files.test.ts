import { win32 } from "node:path";
import { describe, expect, test } from "vitest";
import { expandFiles } from "./expand-files.ts";

const NAMES = ["load.ts", "etl.ts", "notes.md", "a+b.ts", ".hidden.ts", "etl.test.ts"];
const expand = (words: readonly string[]) =>
  expandFiles(words, "C:\\work", win32, (folder) => (folder === "C:\\work\\flows" ? NAMES : []));

describe("a pattern that no shell has read", () => {
  test("stands for the files that fit it, in order", () => {
    expect(expand(["flows\\*.ts"])).toEqual(["flows\\a+b.ts", "flows\\etl.test.ts", "flows\\etl.ts", "flows\\load.ts"]);
  });

  test.each([
    ["flows/l??d.ts", ["flows\\load.ts"]],
    ["C:\\work\\flows\\a+*", ["C:\\work\\flows\\a+b.ts"]],
    ["flows/.h*", ["flows\\.hidden.ts"]],
    ["flows/*.js", ["flows/*.js"]],
    ["other/*.ts", ["other/*.ts"]],
    ["flows/etl.ts", ["flows/etl.ts"]],
  ])("%s is %j", (word, expected) => {
    expect(expand([word])).toEqual(expected);
  });
});
