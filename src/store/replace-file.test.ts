import { describe, expect, test } from "vitest";
import { type Renaming, replaceFile } from "./replace-file.ts";

/** Refused so many times. */
function refusing(times: number, code: string, platform: NodeJS.Platform = "win32") {
  const waits: number[] = [];
  let tries = 0;
  const renaming: Renaming = {
    platform,
    wait: (ms) => waits.push(ms),
    rename: () => {
      if (tries++ < times) throw Object.assign(new Error(code), { code });
    },
  };
  return { renaming, waits, tried: () => tries };
}

describe("a file that somebody reads while it is put in its place", () => {
  test.each(["EPERM", "EACCES", "EBUSY"])("is put there a moment later on Windows (%s)", (code) => {
    const { renaming, waits } = refusing(3, code);

    replaceFile("a", "b", renaming);

    expect(waits).toEqual([5, 10, 15]);
  });

  test("is given up after about a second", () => {
    const { renaming, waits } = refusing(99, "EBUSY");

    expect(() => replaceFile("a", "b", renaming)).toThrow("EBUSY");
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBe(950);
  });

  test.each([
    ["elsewhere, where it means what it says", "EPERM", "linux"],
    ["for another reason", "ENOENT", "win32"],
  ] as const)("is refused at once %s", (_why, code, platform) => {
    const { renaming, tried } = refusing(1, code, platform);

    expect(() => replaceFile("a", "b", renaming)).toThrow(code);
    expect(tried()).toBe(1);
  });
});
