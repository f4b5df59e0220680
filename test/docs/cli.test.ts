/**
 * docs/reference/cli.md says what the command line says. After a change that is meant, `npx vitest run test/docs/cli -u`
 * writes words and sentences of the help into it. A new command needs a place first (test/docs/cli-page.ts).
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type ErrorCode, ERRORS } from "../../src/base/error-sentences.ts";
import { CaudalError } from "../../src/base/errors.ts";
import "../../src/base/server-errors.ts";
import "../../src/base/task-errors.ts";
import { describeProgram } from "../../src/cli/command-line.ts";
import { refusalText } from "../../src/cli/load/refusal-text.ts";
import { processShell } from "../../src/cli/shell.ts";
import { EXAMPLES } from "../error-examples.ts";
import { filesBelow } from "../support/source-file.ts";
import { commandsOf, commandsOn, environmentOf, nameOf, namesUnder, rowsUnder, withHelp } from "./cli-page.ts";
import { ROOT } from "./reader.ts";

const PAGE = join(ROOT, "docs", "reference", "cli.md");
const TEXT = readFileSync(PAGE, "utf8");
const SHELL = processShell();
const PROGRAM = describeProgram(SHELL, () => undefined);
const NAMES = commandsOf(PROGRAM).map(nameOf);

test("has a place for every command, in the order of the help", () => {
  expect(commandsOn(TEXT)).toEqual(NAMES);
});

test("says of every command what its help says", async () => {
  await expect(withHelp(TEXT, PROGRAM)).toMatchFileSnapshot(PAGE);
});

test.each(NAMES.slice(1))("caudal %s: an example that names it, and exit codes", (name) => {
  const [, section = ""] = TEXT.split(`<!-- help of ${name} -->`);
  const [own = ""] = section.split("\n## ");

  expect(own).toMatch(new RegExp(`^npx caudal ${name}\\b`, "m"));
  expect(own).toMatch(/\*\*Exit codes:?\*\*/);
});

test("names every variable of the environment that the source reads, and no other", () => {
  const code = filesBelow("src").filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"));

  const read = new Set(code.flatMap(environmentOf));

  expect([...namesUnder(TEXT, "Environment")].sort()).toEqual([...read].sort());
});

describe("exit codes", () => {
  const exitCodeOf = (code: ErrorCode) => refusalText(new CaudalError(code, EXAMPLES[code] as never), SHELL).exitCode;
  const CODES = Object.keys(ERRORS) as readonly ErrorCode[];
  const ROWS = new Map(rowsUnder(TEXT, "Exit codes").map(([code = "", meaning = ""]) => [Number(code), meaning]));

  test("each that a refusal can have is on the page", () => {
    expect([...new Set(CODES.map(exitCodeOf))].filter((code) => !ROWS.has(code))).toEqual([]);
  });

  test("where it is not 65, its row names the codes that lead to it", () => {
    const named = [...ROWS].flatMap(([exitCode, meaning]) =>
      [...meaning.matchAll(/\[`(\w+)`\]/g)].map(([, code = ""]) => `${code} ${exitCode}`),
    );

    const others = CODES.filter((code) => exitCodeOf(code) !== 65).map((code) => `${code} ${exitCodeOf(code)}`);

    expect(named.sort()).toEqual(others.sort());
  });
});
