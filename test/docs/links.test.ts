/** A link in a page of this repository leads to something that is there; each page of the guide leads to the next. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { describe, expect, test } from "vitest";
import { filesBelow } from "../support/source-file.ts";
import { ROOT } from "./reader.ts";

const PAGES = filesBelow(".").filter((path) => path.endsWith(".md"));
const GUIDE = PAGES.filter((path) => /^docs\/guide\/\d\d-/.test(path));

const textOf = (page: string) => readFileSync(join(ROOT, page), "utf8");
const withoutCode = (page: string) => textOf(page).replaceAll(/^```[\s\S]*?^```$/gm, "");

/** Targets of links and pictures, those on the web left out. */
const linksIn = (page: string) =>
  [...withoutCode(page).matchAll(/\]\(([^()\s]+(?:\([^()]*\)[^()\s]*)*)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target));

/** As GitHub makes them: small letters, no punctuation, spaces as hyphens. */
const anchorsOf = (page: string) =>
  [...withoutCode(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );

function isBroken(page: string, link: string): boolean {
  const [target = "", anchor] = link.split("#");
  const path = target === "" ? page : posix.join(dirname(page), target);
  if (!existsSync(join(ROOT, path))) return true;
  return anchor !== undefined && statSync(join(ROOT, path)).isFile() && !anchorsOf(path).includes(anchor);
}

test.each(PAGES)("%s: every link leads somewhere", (page) => {
  expect(linksIn(page).filter((link) => isBroken(page, link))).toEqual([]);
});

describe.each([
  ["in English", GUIDE],
  ["in Spanish", GUIDE.map((path) => path.replace("guide/", "guide/es/"))],
])("the guide %s", (_, pages) => {
  test.each(pages.slice(1).map((next, i) => [pages[i] ?? "", next] as const))("%s leads to %s", (page, next) => {
    expect(linksIn(page)).toContain(posix.basename(next));
  });

  test.each(pages)("%s leads to itself in the other language", (page) => {
    const twin = page.includes("/es/") ? `../${posix.basename(page)}` : `es/${posix.basename(page)}`;

    expect(linksIn(page)).toContain(twin);
  });
});
