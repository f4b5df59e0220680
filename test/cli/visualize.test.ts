/** `caudal visualize`: where a drawing goes, and in which format. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPackage, FLOW, type Folder, userFolder } from "./user-folder.ts";

const FAILS = `import { flow, task } from "caudal";
const parse = task("parse", (rows) => {
  console.log("working");
  return rows.hits.map(() => 1);
});
export const fails = flow("fails", () => parse({}));
`;

let folder: Folder;
beforeAll(async () => {
  await buildPackage();
  folder = userFolder({ "first.ts": FLOW, "fails.ts": FAILS });
});
afterAll(() => folder.remove());

describe("caudal visualize", () => {
  test("draws without running, in the format asked for", async () => {
    const ended = await folder.caudal(["visualize", "fails.ts", "--out", "fails.txt"]);

    expect(ended).toMatchObject({ code: 0, err: "" });
    expect(ended.out).not.toContain("working");
    expect(readFileSync(join(folder.path, "fails.txt"), "utf8")).toContain("parse");
  });
});

describe("caudal visualize of a flow whose name no file can have everywhere", () => {
  test("names the file as visualize() does, with a format too", async () => {
    writeFileSync(join(folder.path, "named.ts"), FLOW.replace('"first"', '"why? a: plan"'));

    const ended = await folder.caudal(["visualize", "named.ts", "--format", "svg"]);

    expect(ended).toMatchObject({ code: 0, err: "" });
    expect(ended.out.trim()).toBe(`Drawn: ${join(folder.path, "why_ a_ plan.svg")}`);
  });
});

describe("caudal visualize --out -", () => {
  test.each<readonly [string, readonly string[], RegExp]>([
    ["text, which every terminal shows", [], /^fails\n[\s\S]*parse/],
    ["the format asked for", ["--format", "svg"], /^<(\?xml|svg)/],
    ["bytes too", ["--format", "pdf"], /^%PDF-1\./],
  ])("writes %s to standard output, and nothing else, nor a file", async (_what, words, begins) => {
    const used = userFolder({ "fails.ts": `console.log("loading");\n${FAILS}` });

    const ended = await used.caudal(["visualize", "fails.ts", "--out", "-", ...words]);

    expect(ended).toMatchObject({ code: 0, err: "loading\n" });
    expect(ended.out).toMatch(begins);
    expect(ended.out).not.toContain("Drawn:");
    expect(readdirSync(used.path)).toEqual(["fails.ts"]);
    used.remove();
  });

  test("text formats without a file go there too", async () => {
    const ended = await folder.caudal(["visualize", "fails.ts", "--format", "mermaid"]);

    expect(ended.out).toMatch(/^(---|flowchart|%%)/);
    expect(existsSync(join(folder.path, "fails.mmd"))).toBe(false);
  });
});

describe("caudal visualize into a folder that is not there", () => {
  test("is refused", async () => {
    const ended = await folder.caudal(["visualize", "fails.ts", "--out", "nowhere/fails.txt"]);

    expect(ended).toMatchObject({ code: 73, out: "" });
    expect(ended.err).toMatch(/^DRAW_FILE: /);
  });
});
