import { posix, win32 } from "node:path";
import { describe, expect, test } from "vitest";
import { shownPath } from "./error-detail.ts";

describe("the path of a file, as it is shown", () => {
  test.each([
    ["C:\\flows\\daily\\etl.ts", "C:\\flows", win32, "daily/etl.ts"],
    ["D:\\shared\\etl.ts", "C:\\flows", win32, "D:\\shared\\etl.ts"],
    ["C:\\other\\etl.ts", "C:\\flows", win32, "C:\\other\\etl.ts"],
    ["/flows/daily/etl.ts", "/flows", posix, "daily/etl.ts"],
    ["/other/etl.ts", "/flows", posix, "/other/etl.ts"],
  ] as const)("of %s, from %s on", (file, folder, path, expected) => {
    expect(shownPath(file, folder, path)).toBe(expected);
  });
});
