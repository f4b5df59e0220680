/** SECURITY.md promises what tests hold: each check it names has one where it says, and none that is tested is left out. */
import { describe, expect, test } from "vitest";
import { filesBelow, readSource, textOf } from "../support/source-file.ts";

const PAGE = textOf("SECURITY.md");

/** Check → files it names for it. */
const ROWS = new Map(
  [...PAGE.matchAll(/^\| (S\d\d) \| [^|]+ \| (.+) \|$/gm)].map(([, check = "", links = ""]) => [
    check,
    [...links.matchAll(/\]\(([^)]+)\)/g)].map(([, file = ""]) => file),
  ]),
);

/** Checks that titles of tests of a file name: `S01: a form`, `(B48, S35, S37)`. */
function checksIn(path: string): ReadonlySet<string> {
  const titles = readSource(path).nodes.flatMap((node) => {
    if (node.type === "Literal" && typeof node["value"] === "string") return [node["value"]];
    if (node.type !== "TemplateElement") return [];
    return [(node["value"] as { readonly raw: string }).raw];
  });
  return new Set(
    titles
      .filter((title) => /^\W*[SBU]\d\d\b|\([SBU]\d\d\b/.test(title))
      .flatMap((title) => title.match(/\bS\d\d\b/g) ?? []),
  );
}

const TESTS = ["src", "test", "ui"].flatMap(filesBelow).filter((path) => /\.(test|e2e)\.tsx?$/.test(path));

describe("SECURITY.md", () => {
  test("names for each check tests that carry its number", () => {
    const missing = [...ROWS].flatMap(([check, files]) =>
      files.filter((file) => !checksIn(file).has(check)).map((file) => `${check} in ${file}`),
    );

    expect(ROWS.size).toBeGreaterThan(30);
    expect(missing).toEqual([]);
  });

  test("names every check that has a test", () => {
    const tested = new Set(TESTS.flatMap((path) => [...checksIn(path)]));

    expect([...tested].filter((check) => !ROWS.has(check)).toSorted()).toEqual([]);
  });

  test.each(["README.md", "README.es.md"])("is linked from %s", (page) => {
    expect(textOf(page)).toContain("](SECURITY.md)");
  });
});
