/**
 * docs/reference/options.md says what the types say. After a change that is meant, `npx vitest run test/docs/options -u`
 * writes names and types into it; what a new option means, somebody has to write.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { flow, inline, someFailed, task } from "../../src/index.ts";
import { http } from "../../src/tasks/http.ts";
import { sqliteStore } from "../../src/sqlite.ts";
import { shell } from "../../src/tasks/shell.ts";
import { exportedBy, leftOutBy, membersOf } from "./declared.ts";
import { nameIn, tablesOf, UNWRITTEN, withMembers } from "./options-page.ts";
import { ROOT } from "./reader.ts";

const PAGE = join(ROOT, "docs", "reference", "options.md");
const TEXT = readFileSync(PAGE, "utf8");
const TABLES = tablesOf(TEXT);
const WITH_TABLE = new Set(TABLES.map(({ name }) => name));

const DOORS = ["index", "sqlite", "testing", "tasks/sqlite", "tasks/http", "tasks/shell", "notify"].map(
  (name) => `src/${name}.ts`,
);
const EXPORTED = DOORS.flatMap((door) => exportedBy(door));

/** Types somebody fills in, or is given to ask. */
const IS_DOCUMENTED = /(Options|Settings|Rules|Context)$/;

test("every member of a type has its row, with the type as declared", async () => {
  await expect(withMembers(TEXT)).toMatchFileSnapshot(PAGE);
});

test("every row says what it is about", () => {
  const unwritten = TABLES.flatMap(({ name, rows }) =>
    rows.filter((row) => row.some((cell) => cell === UNWRITTEN || cell === "")).map((row) => `${name}.${nameIn(row)}`),
  );

  expect(unwritten).toEqual([]);
});

test("every option type that can be imported has a table, or takes all it has from those that have one", () => {
  const without = EXPORTED.filter(({ name, isType }) => isType && IS_DOCUMENTED.test(name) && !WITH_TABLE.has(name));

  const undocumented = without.flatMap(({ name, path }) =>
    membersOf(path, name, WITH_TABLE).map((member) => `${name}.${member.name}`),
  );

  expect(undocumented).toEqual([]);
});

test("every function that can be imported is on the page", () => {
  const named = new Set([...TEXT.matchAll(/`(\w+)/g)].map(([, name]) => name));

  expect(EXPORTED.filter(({ name, isType }) => !isType && !named.has(name)).map(({ name }) => name)).toEqual([]);
});

test("an option is called required where the type demands it, and nowhere else", () => {
  const wrong = TABLES.flatMap(({ name, path, header, rows }) => {
    const at = header.indexOf("when not given");
    if (at === -1) return [];
    const members = new Map(membersOf(path, name, WITH_TABLE).map((member) => [member.name, member]));
    return rows
      .filter((row) => (row[at] === "required") === (members.get(nameIn(row))?.optional ?? true))
      .map((row) => `${name}.${nameIn(row)}`);
  });

  expect(wrong).toEqual([]);
});

test.each([
  ["TaskDefaults", "src/flow/task-options.ts"],
  ["ResourceOptions", "src/flow/plan/resource.ts"],
])("%s: the page names the task options it does not take", (name, path) => {
  const [, list = ""] = new RegExp(`<!-- not in ${name} -->([\\s\\S]*?)<!-- end -->`).exec(TEXT) ?? [];

  expect([...list.matchAll(/`(\w+)`/g)].map(([, option]) => option)).toEqual(leftOutBy(path, name));
});

const SCRATCH = join(mkdtempSync(join(tmpdir(), "caudal-options-")), ".caudal");
afterAll(() => rmSync(dirname(SCRATCH), { recursive: true, force: true }));

/** What makes something with this one option. */
const MADE_WITH: Readonly<Record<string, (options: object) => unknown>> = {
  TaskOptions: (options) => task({ name: "any", ...options }, () => 1),
  Backoff: (options) => task({ name: "any", retryDelay: { initial: 1, ...options } }, () => 1),
  FlowOptions: (options) => flow({ name: "any", ...options }, () => undefined),
  InlineOptions: (options) => inline(options),
  HttpOptions: (options) => http({ url: "http://localhost", ...options }),
  ShellOptions: (options) => shell({ command: ["ls"], ...options }),
  Retain: (retain) => sqliteStore({ path: SCRATCH, retain }),
  TriggerBounds: (options) => someFailed(options),
};

/** `whole, 0 … 1,000,000`: the least and the most. */
const RANGE = /^(whole, )?(−?[\d.,]+) … (−?[\d.,]+)$/;

const RANGES = TABLES.flatMap(({ name, header, rows }) =>
  rows.flatMap((row) => {
    const [, whole, least = "", most = ""] = RANGE.exec(row[header.indexOf("allowed")] ?? "") ?? [];
    if (least === "") return [];
    const number = (text: string) => Number(text.replaceAll(",", "").replace("−", "-"));
    const range = { least: number(least), most: number(most) };
    const outside = [range.least - 1, range.most + 1, ...(whole === undefined ? [] : [range.least + 0.5])];
    return [{ of: name, option: nameIn(row), ...range, outside }];
  }),
);

describe.each(RANGES)("$of.$option: $least … $most", ({ of, option, least, most, outside }) => {
  const given = (value: number) => () => MADE_WITH[of]?.({ [option]: value });

  test("both ends are taken", () => {
    expect(given(least)).not.toThrow();
    expect(given(most)).not.toThrow();
  });

  test.each(outside)("%s is refused", (value) => {
    expect(given(value)).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  });
});
