/** docs/reference/errors.md and the registry of errors say the same. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type ErrorCode, ERRORS, sentenceOf } from "../src/base/error-sentences.ts";
import "../src/base/server-errors.ts";
import "../src/base/task-errors.ts";
import { EXAMPLES } from "./error-examples.ts";

const CODES = Object.keys(ERRORS) as readonly ErrorCode[];
const PAGE = readFileSync(new URL("../docs/reference/errors.md", import.meta.url), "utf8");
const ENTRIES = new Map(
  PAGE.split(/^## /m)
    .slice(1)
    .map((entry) => [entry.slice(0, entry.indexOf("\n")), entry.slice(entry.indexOf("\n") + 1)]),
);

function messageOf(code: ErrorCode): string {
  return sentenceOf(code, EXAMPLES[code]);
}

describe("docs/reference/errors.md", () => {
  test("has a heading for each code, in the registry's order, and no other", () => {
    expect([...ENTRIES.keys()]).toEqual(CODES);
  });

  test("names every code above the first heading, with a link to it", () => {
    const [contents = ""] = PAGE.split(/^## /m);

    const links = [...contents.matchAll(/\[([A-Z][A-Z0-9_]+)\]\(#([a-z0-9_]+)\)/g)];

    expect(links.map(([, code]) => code)).toEqual(CODES);
    expect(links.map(([, , target]) => target)).toEqual(CODES.map((code) => code.toLowerCase()));
  });

  test.each(CODES)("%s: what happened, the message the registry gives, what to do", (code) => {
    const [, happened, example, todo] =
      /^\n(.+)\n\n```text\n([\s\S]*?)\n```\n\n\*\*What to do\.\*\* (.+)\n*$/.exec(ENTRIES.get(code) ?? "") ?? [];

    expect(example).toBe(`${code}: ${messageOf(code)}`);
    expect(happened).toMatch(/^[A-Z`].*\.$/);
    expect(todo).toMatch(/^[A-Z`0-9].*\.$/);
  });
});
