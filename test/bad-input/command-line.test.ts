/**
 * Bad input at the command line, as real processes: sentence on stderr, nothing on stdout, the exit code, and nothing
 * run or written. The number of a test is that of the check it carries out. Files that never come to an end (B27) take
 * ten seconds on each Node and stand in test/cli/load.test.ts; schedules (B10 to B12) stand with their code.
 */
import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPackage, FLOW, type Folder, NPM_INIT, userFolder } from "../cli/user-folder.ts";

const WRITES = `import { writeFileSync } from "node:fs";\n`;

const FILES = {
  "package.json": NPM_INIT,
  "first.ts": FLOW,
  "two.ts": `${FLOW}export const second = flow("second", () => answer());\n`,
  "parameters.ts": `${WRITES}import { flow, task, parameter } from "caudal";
const touch = task("touch", (...given) => writeFileSync("touched", "it ran"));
export const asks = flow(
  { name: "asks", parameters: { n: 10, tags: ["a"], deep: null, need: parameter({ required: true }) } },
  ({ n }) => touch(n),
);
`,
  "names.ts": `import { flow, task } from "caudal";
const echo = task("echo", (x) => x);
export const names = flow({ name: "names", parameters: { ["__proto__"]: 1, constructor: "c" } }, (given) => echo(given["__proto__"]));
`,
  "same/one.ts": FLOW,
  "same/other.ts": `\n\n${FLOW}`,
  "syntax.ts": "export const x = = 1;\n",
  "none.ts": 'import "caudal";\n',
  "throws.ts": `${FLOW}throw new Error("not today");\n`,
  "throws-revoked.ts": `${FLOW}const { proxy, revoke } = Proxy.revocable({}, {});\nrevoke();\nthrow proxy;\n`,
  "throws-null.ts": `${FLOW}throw null;\n`,
  "exits.ts": `${FLOW}process.exit(0);\n`,
  "exits-later.ts": `${FLOW}setImmediate(() => process.exit(3));\nawait new Promise(() => undefined);\n`,
  "rejects.ts": `${FLOW}Promise.reject(new Error("nobody caught this"));\nawait new Promise((done) => setTimeout(done, 50));\n`,
};

let folder: Folder;
beforeAll(async () => {
  await buildPackage();
  folder = userFolder(FILES);
});
afterAll(() => folder.remove());

async function expectRefused(words: readonly string[], code: number, said: readonly string[]): Promise<void> {
  const before = readdirSync(folder.path);
  const ended = await folder.caudal(words);

  expect({ code: ended.code, out: ended.out }).toEqual({ code, out: "" });
  for (const part of said) expect(ended.err).toContain(part);
  expect(ended.err).not.toMatch(/mistake of its own|node:internal|\n\s+at .*dist\//);
  expect(readdirSync(folder.path)).toEqual(before);
}

describe("B02 two flows of one name", () => {
  test("B02 in two files are refused, with both places", async () => {
    await expectRefused(["check", "same/one.ts", "same/other.ts"], 65, [
      "FLOW_DUPLICATE: two flows are named 'first' (same/one.ts:3:22, same/other.ts:5:22): rename one",
    ]);
  });
});

describe("B08 names that objects inherit, as parameters", () => {
  test.each([
    ["--param", ["--param", "__proto__=2", "--param", "constructor=d"]],
    ["--params", ["--params", '{"__proto__": 2, "constructor": "d"}']],
  ])("B08 by %s are data", async (_how, words) => {
    const ended = await folder.caudal(["run", "names.ts", "--log-level", "warn", ...words]);

    expect(ended).toEqual({ code: 0, out: "Result: 2\n", err: "" });
  });

  test("B08 that nobody declared are unknown", async () => {
    await expectRefused(["run", "first.ts", "--param", "toString=1"], 65, [
      "PARAMETER_INVALID: parameters of flow 'first':\n  - 'toString' is not one of them: it has none",
    ]);
    await expectRefused(["run", "first.ts", "--flow", "__proto__"], 2, ["FLOW_UNKNOWN: there is no flow '__proto__'"]);
    await expectRefused(["constructor"], 2, ["COMMAND_LINE: unknown command 'constructor'"]);
    await expectRefused(["run", "first.ts", "--__proto__", "x"], 2, ["COMMAND_LINE: unknown option '--__proto__'"]);
  });
});

describe("B24 words that are no command line", () => {
  test.each([
    [["rnu", "first.ts"], "unknown command 'rnu'; did you mean 'run'?"],
    [["visualise", "first.ts"], "unknown command 'visualise'; did you mean 'visualize'?"],
    [["--json"], "unknown option '--json'"],
    [["run", "first.ts", "--parms", "{}"], "unknown option '--parms'; did you mean "],
    [["run", "first.ts", "--flow"], "option '--flow <name>' argument missing"],
    [["run", "first.ts", "--flow", "first", "--flow", "first"], "It is given twice."],
    [["run", "first.ts", "two.ts"], "too many arguments for 'run'"],
    [["run"], "missing required argument 'file'\nSee: npx caudal help run\n"],
    [["help", "rnu"], "unknown command 'rnu'; did you mean 'run'?"],
  ])("B24 %j are refused with the nearest word and where to read on", async (words, said) => {
    await expectRefused(words, 2, [`COMMAND_LINE: `, said, "\nSee: npx caudal help"]);
  });
});

describe("B24 a drawing in no format", () => {
  test("B24 is refused as a word that cannot be meant, with those that can", async () => {
    await expectRefused(["visualize", "first.ts", "--out", "first.jpg"], 2, [
      "DRAW_FORMAT_UNKNOWN: a flow cannot be drawn as '.jpg': let the file end in .pdf, .svg, .png, .mmd, .dot, .txt",
    ]);
  });
});

describe("B25 parameters that do not fit", () => {
  test.each([
    [["--param", "n=abc"], "n: must be a number, not text"],
    [["--param", "n"], '--param "n": write it as name=value'],
    [["--param", "=1"], '--param "=1": write it as name=value'],
    [["--param", "n=1", "--param", "n=2"], "n: is given twice"],
    [["--param", "m=1"], "'m' is not one of them (did you mean 'n'?)"],
    [["--param", "n="], "n: must be a number, not text"],
    [["--param", "n=1e999"], "n: "],
    [["--params", "{"], "--params is no JSON object"],
    [["--params", "[1]"], "--params is no JSON object"],
  ])("B25 %j are refused, together with what is missing", async (words, said) => {
    await expectRefused(["run", "parameters.ts", ...words], 65, [
      "PARAMETER_INVALID: parameters of flow 'asks':",
      said,
      "need: is required",
    ]);
  });
});

describe("B16 a parameter nested too deep", () => {
  test("B16 is refused with its place, however deep it is", async () => {
    const text = `{"need": ${"[".repeat(20_000)}${"]".repeat(20_000)}}`;

    await expectRefused(["run", "parameters.ts", "--params", text], 65, [
      "need: is not JSON at [0][0][0]",
      "… (nested more than 64 deep)",
    ]);
  });
});

describe("B26 files that are no flow files", () => {
  test.each<readonly [readonly string[], number, string]>([
    [["run", "frist.ts"], 66, "FLOW_FILE: frist.ts is not there; did you mean first.ts?"],
    [["run", ""], 66, 'FLOW_FILE: "" is no file: name the one that defines the flow'],
    [["run", "."], 66, "FLOW_FILE: . is a folder: name a file in it"],
    [["run", "package.json"], 66, "FLOW_FILE: package.json is no flow file: those end in .ts, .mts, .js, .mjs"],
    [["run", "first.ts/below.ts"], 66, "FLOW_FILE: first.ts/below.ts is not there"],
    [["run", "syntax.ts"], 65, "FLOW_FILE_SYNTAX: syntax.ts:1:18 "],
    [["run", "none.ts"], 65, 'FLOW_NONE: none.ts defines no flow: call flow("a name", () => { … }) at the top of it'],
    [["run", "two.ts"], 2, "FLOW_AMBIGUOUS: two.ts defines 2 flows; say which one with --flow: 'first', 'second'"],
    [["run", "two.ts", "--flow", "secnd"], 2, "FLOW_UNKNOWN: there is no flow 'secnd'; did you mean 'second'?"],
  ])("B26 %j: exit code %i and what is wrong", async (words, code, said) => {
    await expectRefused(words, code, [said]);
  });

  test("B26 a name that no file system takes", async () => {
    await expectRefused(["run", `${"x".repeat(5_000)}.ts`], 66, ["… cannot be read: its name is too long"]);
  });
});

describe("B27 files that end, hold up or break the loading", () => {
  test.each([
    ["exits.ts", "FLOW_FILE_EXITED: exits.ts ended the process (exit code 0)", "at exits.ts:4:9"],
    ["exits-later.ts", "FLOW_FILE_EXITED: exits-later.ts ended the process (exit code 3)", "at exits-later.ts:4:28"],
    ["throws.ts", "FLOW_FILE_THREW: throws.ts threw while it was loaded: Error: not today", "at throws.ts:4:7"],
    ["throws-null.ts", "FLOW_FILE_THREW: throws-null.ts threw while it was loaded: null was thrown", ""],
    ["throws-revoked.ts", "FLOW_FILE_THREW: throws-revoked.ts threw while it was loaded: ", ""],
    [
      "rejects.ts",
      "FLOW_FILE_THREW: rejects.ts threw while it was loaded: Error: nobody caught this",
      "at rejects.ts:4:16",
    ],
  ])("B27 %s is refused with its line, and no flow of it runs", async (file, said, place) => {
    await expectRefused(["run", file], 65, [said, place]);
  });
});
