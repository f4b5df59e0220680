/** Looking at runs that are kept: from the store alone, as real processes. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPackage, type Folder, hearing, NPM_INIT, userFolder } from "./user-folder.ts";

const ETL = `import { existsSync } from "node:fs";
import { flow, task } from "caudal";
const extract = task({ name: "extract", cacheFor: "1h" }, () => [1, 2, 3]);
const parse = task("parse", (n) => {
  console.log("parsing", n);
  if (n === 2) throw new Error("odd row\\nsecond line");
  return n;
});
const total = task("total", (rows) => rows.length);
export const etl = flow({ name: "etl", parameters: { size: 5 } }, () => total(parse.map(extract())));
`;

const GOOD = `import { flow, task } from "caudal";
const answer = task("answer", () => ({ is: 42 }));
export const good = flow("good", () => answer());
`;

let folder: Folder;
let failed: string;
let good: string;

/** The whole id of the newest run. */
async function newest(): Promise<string> {
  const { out } = await folder.caudal(["runs", "--json", "--limit", "1"]);
  return (JSON.parse(out) as readonly { readonly run: string }[])[0]!.run;
}

beforeAll(async () => {
  await buildPackage();
  folder = userFolder({ "package.json": NPM_INIT, "flows/etl.ts": ETL, "good.ts": GOOD });
  await folder.caudal(["run", "flows/etl.ts"]);
  failed = await newest();
  await folder.caudal(["run", "good.ts"]);
  good = await newest();
  // From here on the store alone must do.
  rmSync(join(folder.path, "flows"), { recursive: true });
});
afterAll(() => folder.remove());

describe("caudal runs", () => {
  test("lists them newest first, in columns", async () => {
    const { out, code } = await folder.caudal(["runs"]);

    expect(code).toBe(0);
    expect(out.replaceAll(/\d{4}-\d\d-\d\d \S+/g, "<began>")).toMatch(
      new RegExp(
        `^RUN {7}FLOW {2}STATE {6}BEGAN +TOOK\\n${good.slice(-8)} {2}good {2}✓ Success {2}<began> {2}\\S.*\\n${failed.slice(-8)} {2}etl {3}✗ Failed {3}<began> {2}\\S.*\\n$`,
      ),
    );
  });

  test("of one flow, in some states, so many", async () => {
    const list = async (...words: string[]) =>
      JSON.parse((await folder.caudal(["runs", "list", "--json", ...words])).out).map(
        (run: { run: string }) => run.run,
      );

    expect(await list("--flow", "etl")).toEqual([failed]);
    expect(await list("--state", "failed,timedout")).toEqual([failed]);
    expect(await list("--state", "Success")).toEqual([good]);
    expect(await list("--state", "interrupted")).toEqual([]);
    expect(await list("--limit", "1")).toEqual([good]);
  });

  test("says that there are older ones, and when none is of that kind", async () => {
    const [some, none] = await Promise.all([
      folder.caudal(["runs", "--limit", "1"]),
      folder.caudal(["runs", "--flow", "unheard of"]),
    ]);

    expect(some.out).toContain("… and older ones: --limit 2\n");
    expect(none.out).toMatch(/^No run in .*caudal\.db is one of those\n$/);
  });

  test.each([
    [["runs", "shwo"], "unknown command 'runs shwo'; did you mean 'show'?"],
    [["runs", "--state", "faled"], "a run is never 'faled'; did you mean 'failed'?"],
    [["runs", "--limit", "0"], "It is a whole number, 1 or more."],
    [["runs", "--limit", "1", "--limit", "2"], "It is given twice."],
  ])("%j is no command line", async (words, said) => {
    const ended = await folder.caudal(words);

    expect(ended).toMatchObject({ code: 2, out: "" });
    expect(ended.err).toContain(said);
  });

  test("where no run was ever kept, says so and makes nothing", async () => {
    const empty = userFolder({ "package.json": NPM_INIT });

    const [here, inMemory] = await Promise.all([
      empty.caudal(["runs"]),
      empty.caudal(["runs", "show", "last"], { env: { CAUDAL_STORE: "memory" } }),
    ]);

    expect(here).toMatchObject({ code: 66, out: "" });
    expect(here.err).toMatch(/^STORE_NONE: there is no store in .*\.caudal: no run was kept there yet/);
    expect(inMemory.err).toContain("CAUDAL_STORE=memory keeps nothing");
    expect(existsSync(join(empty.path, ".caudal"))).toBe(false);
    empty.remove();
  });

  test("looks where CAUDAL_STORE says, and from a folder below its package", async () => {
    mkdirSync(join(folder.path, "below"), { recursive: true });
    const other = userFolder({ "package.json": NPM_INIT });

    const named = await other.caudal(["runs", "--json"], { env: { CAUDAL_STORE: join(folder.path, ".caudal") } });

    expect(JSON.parse(named.out)).toHaveLength(2);
    other.remove();
  });
});

describe("caudal runs show", () => {
  test("shows tasks, children, errors and what one can do, without the code", async () => {
    const { out, code } = await folder.caudal(["runs", "show", failed.slice(0, 20)]);

    expect(code).toBe(0);
    expect(out).toContain(`Run ${failed} of flow 'etl': ✗ Failed\n`);
    expect(out).toMatch(/\n {2}file +flows\/etl\.ts\n {2}with +size = 5\n/);
    expect(out).toMatch(/ {2}≡ {2}extract-1 {2}Cached +1 attempt, \d+ms\n/);
    expect(out).toMatch(/ {2}⁝ {2}parse-1 +Mapped +2 ✓ {2}1 ✗\n {6}\[1\] Error: odd row\n/);
    expect(out).toMatch(/ {2}⊘ {2}total-1 +TriggerFailed\n/);
    expect(out).toContain(
      `  npx caudal retry ${failed.slice(-8)}     run what failed again, and what follows from it\n`,
    );
  });

  test("takes the last, a name, or the end of an id; ends with the result", async () => {
    const shown = await Promise.all(
      ["last", good, good.slice(-8), good.slice(-4)].map((word) => folder.caudal(["runs", "show", word])),
    );

    expect(new Set(shown.map(({ out }) => out)).size).toBe(1);
    expect(shown[0]?.out).toContain('\nResult: {"is":42}\n');
  });

  test("as JSON has every task", async () => {
    const { out } = await folder.caudal(["runs", "show", failed, "--json"]);

    expect(JSON.parse(out)).toMatchObject({
      run: failed,
      flow: "etl",
      state: "Failed",
      interrupted: false,
      parameters: { size: 5 },
      error: { message: expect.stringContaining("total failed") },
      tasks: [
        { task: "extract-1", state: "Cached", attempts: 1 },
        { task: "parse-1", state: "Mapped", children: 3, childStates: { Success: 2, Failed: 1 } },
        { task: "total-1", state: "TriggerFailed", attempts: 0, error: { code: "TRIGGER_FAILED" } },
      ],
    });
  });

  test("refuses what it does not know, or what means several", async () => {
    const common = [...failed].findIndex((letter, i) => letter !== good[i]);

    const [unknown, short, both] = await Promise.all([
      folder.caudal(["runs", "show", "nowhere"]),
      folder.caudal(["runs", "show", good.slice(-3)]),
      folder.caudal(["runs", "show", failed.slice(0, Math.max(4, common))]),
    ]);

    expect([unknown, short]).toMatchObject([
      { code: 66, err: "RUN_UNKNOWN: no run 'nowhere' in this store\n" },
      { code: 66 },
    ]);
    expect(both).toMatchObject({ code: 2, out: "" });
    expect(both.err).toContain(`\n  - ${good} (good, Success)\n  - ${failed} (etl, Failed)\n`);
  });
});

describe("caudal runs why", () => {
  test("says of every task run that is not as it was meant why", async () => {
    const { out } = await folder.caudal(["runs", "why", failed]);

    expect(out).toContain(`Run ${failed} of flow 'etl' is Failed: `);
    expect(out).toContain("  'parse[1]' failed: odd row");
    expect(out).toContain("  'total' did not run because of 'parse[1]' (Failed): its trigger is all_successful.");
  });

  test("of one task, by its name, its slug, or a child", async () => {
    const [total, child, unknown] = await Promise.all([
      folder.caudal(["runs", "why", failed, "total"]),
      folder.caudal(["runs", "why", failed, "parse-1[0]", "--json"]),
      folder.caudal(["runs", "why", failed, "parse[7]"]),
    ]);

    expect(total.out).toMatch(/^'total' did not run because of .*\n$/);
    expect(JSON.parse(child.out)).toMatchObject({
      tasks: [{ task: "parse-1[0]", state: "Success", why: "'parse[0]' succeeded." }],
    });
    expect(unknown).toMatchObject({ code: 65, err: expect.stringContaining("parse-1[0] … parse-1[2]") });
  });
});

describe("caudal runs logs", () => {
  test("prints what the bodies printed, of all tasks, a task, or a child", async () => {
    const [all, task, child, json] = await Promise.all([
      folder.caudal(["runs", "logs", failed]),
      folder.caudal(["runs", "logs", failed, "parse"]),
      folder.caudal(["runs", "logs", failed, "parse[2]"]),
      folder.caudal(["runs", "logs", failed, "parse[0]", "--json"]),
    ]);

    const lines = [1, 2, 3].map((n) => `[time] INFO - caudal.parse[${n - 1}] | parsing ${n}\n`);
    expect([all.out, task.out, child.out]).toEqual([lines.join(""), lines.join(""), lines[2]]);
    expect(JSON.parse(json.out)).toMatchObject({
      task: "parse-1[0]",
      child: 0,
      attempt: 1,
      level: "info",
      text: "parsing 1",
    });
  });

  test("of a run that printed nothing says so, on stderr", async () => {
    expect(await folder.caudal(["runs", "logs", good])).toMatchObject({
      code: 0,
      out: "",
      err: `Run ${good.slice(-8)} (Success) has printed nothing\n`,
    });
  });

  test("--follow prints on until the run has ended", async () => {
    const used = userFolder({
      "package.json": NPM_INIT,
      "talks.ts": `import { existsSync } from "node:fs";
import { flow, task } from "caudal";
import { setTimeout as sleep } from "node:timers/promises";
const talk = task("talk", async () => {
  console.log("first");
  while (!existsSync("go on")) await sleep(10);
  console.log("second");
});
export const talks = flow("talks", () => talk());
`,
    });
    const { heard, said } = hearing("first");
    const running = used.caudal(["run", "talks.ts"], { heard });
    await said;

    const followed = await used.caudal(["runs", "logs", "last", "--follow"], {
      heard: () => writeFileSync(join(used.path, "go on"), ""),
    });

    expect(followed.out).toBe("[time] INFO - caudal.talk | first\n[time] INFO - caudal.talk | second\n");
    expect((await running).code).toBe(0);
    used.remove();
  });
});

describe("caudal cache", () => {
  test("lists what is kept, with its age, its run and its size", async () => {
    const [list, json] = await Promise.all([
      folder.caudal(["cache", "list"]),
      folder.caudal(["cache", "list", "extract", "--json"]),
    ]);

    expect(list.out).toMatch(
      new RegExp(
        `^KEY +TASK +FLOW +AGE +FRESH FOR +RUN +SIZE\\n[0-9a-f]{8} +extract +etl +\\S.* +5\\dm \\d+s +${failed.slice(-8)} +7 B\\n$`,
      ),
    );
    expect(JSON.parse(json.out)).toMatchObject([
      { task: "extract", flow: "etl", run: failed, bytes: 7, expired: false },
    ]);
  });

  test("is forgotten by task, or whole; not by accident", async () => {
    const [neither, typo] = await Promise.all([
      folder.caudal(["cache", "clear"]),
      folder.caudal(["cache", "clear", "extrat"]),
    ]);
    expect(neither).toMatchObject({ code: 2, err: expect.stringContaining("Name a task, or say --all") });
    expect(typo).toMatchObject({ code: 2, err: expect.stringContaining("did you mean 'extract'?") });

    const cleared = await folder.caudal(["cache", "clear", "extract"]);

    expect(cleared.out).toBe("Forgot 1 result of 'extract': the next run computes again\n");
    expect((await folder.caudal(["cache", "list"])).out).toMatch(/^The cache of .* is empty\n$/);
    expect((await folder.caudal(["cache", "clear", "--all", "--json"])).out).toBe('{"forgotten":0}\n');
  });
});
