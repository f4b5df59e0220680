import { describe, expect, test } from "vitest";
import { importsOf } from "./imports.ts";

describe("the imports of a source text", () => {
  test("are found with their places", () => {
    const source = [
      'import { a } from "./a.js";',
      "import {",
      "  b,",
      "} from './b.ts';",
      'import "./c.mjs"; export * from "d";',
      "const e = \"from 'x'\";",
      'export const f = "g";',
    ].join("\n");

    expect(importsOf(source, "/x.ts").map(({ specifier, at }) => [specifier, at.line, at.column])).toEqual([
      ["./a.js", 1, 20],
      ["./b.ts", 4, 9],
      ["./c.mjs", 5, 9],
      ["d", 5, 34],
    ]);
  });
});
