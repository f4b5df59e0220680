import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { completed, type Lock, platformEntry } from "./complete-lock.mjs";

describe("our lockfile", () => {
  const text = readFileSync(new URL("../package-lock.json", import.meta.url), "utf8");

  test("has every platform's packages, else npm ci of npm 11 refuses it", () => {
    const lock = JSON.parse(text) as Lock;

    expect(completed(lock)).toEqual(lock);
  });

  test("names no registry and no address", () => {
    expect(text).not.toMatch(/"resolved"|\.tgz"/);
  });
});

describe("a package whose name says its platform", () => {
  test("is for that system and processor only", () => {
    expect(platformEntry("@biomejs/cli-win32-x64", "2.6.8", true)).toEqual({
      version: "2.6.8",
      cpu: ["x64"],
      dev: true,
      optional: true,
      os: ["win32"],
    });
  });

  test("of Linux is for one C library", () => {
    expect(platformEntry("jscpd-linux-arm64-musl", "5.3.3", false)).toMatchObject({ os: ["linux"], libc: ["musl"] });
  });

  test("without a processor in its name is left alone", () => {
    expect(platformEntry("fsevents", "2.3.3", false)).toBeUndefined();
  });
});
