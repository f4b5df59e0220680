/** `caudal mark`: a person says what became of a task run, from a terminal. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { buildPackage, type Ended, type Folder, hearing, type How, NPM_INIT, userFolder } from "./user-folder.ts";

/** extract → load → report; load fails, or with a file `held` waits until there is a file `mended`. */
const ETL = `import { existsSync, appendFileSync } from "node:fs";
import { flow, task } from "caudal";
import { setTimeout as sleep } from "node:timers/promises";
const note = (text) => appendFileSync("calls.txt", text + "\\n");
const extract = task("extract", async () => {
  note("extract");
  console.log("extracting");
  while (existsSync("held")) await sleep(10);
  return [1, 2, 3];
});
const load = task("load", (rows) => {
  note("load");
  throw new Error("no table");
});
const report = task("report", (rows) => (note("report"), rows + " rows"));
export const etl = flow("etl", () => report(load(extract())));
`;

let folder: Folder;
beforeAll(() => buildPackage());
afterEach(() => folder.remove());

const within = (files: Readonly<Record<string, string>>) => {
  folder = userFolder({ "package.json": NPM_INIT, ...files });
};
const caudal = (words: readonly string[], how?: How): Promise<Ended> => folder.caudal([...words], how);
const calls = () => readFileSync(join(folder.path, "calls.txt"), "utf8").trim().split("\n");
const BY_HAND = ["--reason", "loaded by hand"];

describe("caudal mark", () => {
  test("goes on with a run that has failed: what follows runs, with the value that was given", async () => {
    within({ "etl.ts": ETL });
    await caudal(["run", "etl.ts"]);

    const marked = await caudal(["mark", "last", "load", "success", ...BY_HAND, "--value", "25"]);

    expect(marked).toMatchObject({ code: 0, err: "" });
    expect(marked.out).toMatch(/Marking 'load-1' of Flow run \w+ for 'etl' as Success, by \S+: loaded by hand/);
    expect(marked.out).toContain('Result: "25 rows"');
    expect(calls()).toEqual(["extract", "load", "report"]);
  });

  test("is told for ever by why, by the lines of the task, and changes nothing when it is said again", async () => {
    within({ "etl.ts": ETL });
    await caudal(["run", "etl.ts"]);
    await caudal(["mark", "last", "load", "success", ...BY_HAND, "--value", "25"]);

    const again = await caudal(["mark", "last", "load", "success", ...BY_HAND, "--value", "25"]);
    const [why, lines] = [await caudal(["runs", "why", "last"]), await caudal(["runs", "logs", "last", "load"])];

    expect(again.out).toMatch(/^'load-1' is Success, run \w+ Success$/m);
    expect(why.out).toMatch(/'load' succeeded, as \S+ marked it at \S+, when it was Failed: loaded by hand\./);
    expect(lines.out).toMatch(/Marked Success by \S+, when it was Failed: loaded by hand/);
    expect(calls()).toHaveLength(3);
  });

  test("shows what followed well before, and does not now, as what did not run because of the mark", async () => {
    within({ "etl.ts": ETL.replace('throw new Error("no table");', "return rows;") });
    await caudal(["run", "etl.ts"]);

    const marked = await caudal(["mark", "last", "load", "failed", "--reason", "wrong rows"]);
    const why = await caudal(["runs", "why", "last"]);

    expect(marked.out).toMatch(/✗ Flow run 'etl' failed after .*: 1 task failed, 1 did not run/);
    expect(marked.out).toMatch(/✗ load {2}Failed, as \S+ marked it/);
    expect(marked.out).toContain("Did not run because of it: report");
    expect(why.out).toContain("'report' did not run because of 'load' (marked Failed): its trigger is all_successful.");
    expect(marked.out + why.out).not.toContain("by its own signal");
  });

  test("asks the process that has the run, where one has it", async () => {
    within({ "etl.ts": ETL, held: "" });
    const { heard, said } = hearing("extracting");
    const running = caudal(["run", "etl.ts"], { heard });
    await said;

    const refused = await caudal(["mark", "last", "extract", "success", ...BY_HAND]);
    const marked = await caudal(["mark", "last", "load", "skipped", ...BY_HAND]);
    rmSync(join(folder.path, "held"));
    const { code } = await running;

    expect([refused.code, refused.err]).toEqual([
      expect.any(Number),
      expect.stringContaining("TASK_NOT_MARKABLE: 'extract' (Running) cannot be marked: its body is being called"),
    ]);
    expect(marked.out).toMatch(/^'load-1' is Skipped, run \w+ Running$/m);
    expect([code, calls()]).toEqual([0, ["extract"]]);
  });

  test("says what is wrong with its words, and does nothing", async () => {
    within({ "etl.ts": ETL });
    await caudal(["run", "etl.ts"]);

    const told = async (...words: readonly string[]) => (await caudal(["mark", "last", ...words])).err;

    expect(await told("load", "done", ...BY_HAND)).toContain("is marked success, failed or skipped, not 'done'");
    expect(await told("load", "success")).toContain("say why, with --reason");
    expect(await told("load", "success", "--reason", "  ")).toContain("say why, with --reason");
    expect(await told("load", "failed", ...BY_HAND, "--value", "1")).toContain("--value is for success only");
    expect(await told("load", "success", ...BY_HAND, "--value", "{")).toContain("--value is no JSON");
    expect(await told("laod", "success", ...BY_HAND)).toContain("TASK_UNKNOWN");
    expect(calls()).toEqual(["extract", "load"]);
  });

  test("needs the code of the run only where it goes on here", async () => {
    within({ "etl.ts": ETL });
    await caudal(["run", "etl.ts"]);
    writeFileSync(join(folder.path, "etl.ts"), "export {};");

    const marked = await caudal(["mark", "last", "load", "success", ...BY_HAND]);

    expect(marked.err).toContain("RUN_CODE_MISSING");
  });
});
