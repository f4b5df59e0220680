/** Runs that stopped or failed go on in another process: resume, retry, cancel, and people's decisions. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { buildPackage, type Ended, type Folder, hearing, type How, NPM_INIT, userFolder } from "./user-folder.ts";

/** extract → load → report; load dies with its process, or waits, until there is a file `mended`. */
const ETL = `import { existsSync, appendFileSync } from "node:fs";
import { context, flow, task } from "caudal";
import { setTimeout as sleep } from "node:timers/promises";
const note = (text) => appendFileSync("calls.txt", text + "\\n");
const extract = task("extract", () => (note("extract"), [1, 2, 3]));
const load = task("load", async (rows) => {
  note("load " + context().attempt);
  console.log("loading");
  if (!existsSync("mended")) await sleep(60_000, undefined, { signal: context().signal });
  return rows.length;
});
const report = task("report", (rows) => (note("report"), rows + " rows"));
export const etl = flow("etl", () => report(load(extract())));
`;
const SHAKY = ETL.replace(
  "await sleep(60_000, undefined, { signal: context().signal })",
  'throw new Error("no table")',
);

/** Its load comes to its end once there is a file `mended`. */
const HELD = ETL.replace(/ {2}if \(!existsSync.*\n/, '  while (!existsSync("mended")) await sleep(10);\n');

const GATE = `import { approval, context, flow, signals, task } from "caudal";
const review = task("review", () => {
  const { resumed } = context();
  if (resumed === undefined) throw signals.pause("have a look");
  return resumed.input;
});
export const reviewed = flow("reviewed", () => review());
export const release = flow("release", () => approval("release to production?")());
const gate = task({ name: "gate", trigger: "manual_only" }, () => "through");
const other = task({ name: "other", trigger: "manual_only" }, () => "other");
const ship = task("ship", (way) => "shipped " + way);
export const one = flow("one", () => ship(gate()));
export const two = flow("two", () => [ship(gate()), other()]);
`;

let folder: Folder;
beforeAll(() => buildPackage());
afterEach(() => folder.remove());

const within = (files: Readonly<Record<string, string>>) => {
  folder = userFolder({ "package.json": NPM_INIT, ...files });
};
const caudal = (line: string, how?: How): Promise<Ended> => folder.caudal(line.split(" "), how);
const calls = () => readFileSync(join(folder.path, "calls.txt"), "utf8").trim().split("\n");
const mend = () => writeFileSync(join(folder.path, "mended"), "");
const write = (name: string, text: string) => writeFileSync(join(folder.path, name), text);

interface Listed {
  readonly run: string;
  readonly flow: string;
  readonly state: string;
  readonly interrupted: boolean;
}

async function listed(): Promise<readonly Listed[]> {
  return JSON.parse((await caudal("runs --json")).out) as readonly Listed[];
}

/** A run of the ETL whose process was killed while load ran. */
async function killed(): Promise<Listed> {
  await caudal("run etl.ts", { killAt: "loading" });
  return (await listed())[0]!;
}

describe("caudal resume", () => {
  test("goes on with the last interrupted run: what finished is not run again", async () => {
    within({ "etl.ts": ETL });
    const run = await killed();
    mend();

    const ended = await caudal("resume");

    expect(run).toMatchObject({ state: "Running", interrupted: true });
    expect(ended).toMatchObject({ code: 0, err: "" });
    expect(ended.out).toContain(`Going on with Flow run ${run.run} for 'etl', which stopped at `);
    expect(ended.out).toMatch(/\nResult: "3 rows"\n$/);
    expect(calls()).toEqual(["extract", "load 1", "load 2", "report"]);
    expect((await listed())[0]).toMatchObject({ run: run.run, state: "Success" });
  });

  test("is named by whoever meets the run: a new run, caudal alone, runs show and why", async () => {
    within({ "etl.ts": ETL });
    const { run } = await killed();

    const [alone, show, why] = await Promise.all([
      folder.caudal([]),
      caudal(`runs show ${run}`),
      caudal(`runs why ${run}`),
    ]);
    mend();
    const another = await caudal("run etl.ts");

    expect(alone.out).toContain(`Run ${run.slice(-8)} of flow 'etl' stopped at `);
    expect(alone.out).toContain("\n  npx caudal resume ");
    expect(show.out).toContain(`  npx caudal resume ${run.slice(-8)}  go on with it\n`);
    expect(why.out).toContain(
      "'load' was running (attempt 1) when its process stopped; what that attempt did is not known.",
    );
    expect(another.out).toContain(`before its end; go on with it: npx caudal resume ${run}\n`);
  });

  test("is not named where the store cannot be read: caudal alone says why, and goes on", async () => {
    within({ "etl.ts": ETL });
    mkdirSync(join(folder.path, ".caudal"), { mode: 0o700 });
    writeFileSync(join(folder.path, ".caudal", "caudal.db"), "not a database", { mode: 0o600 });

    const alone = await folder.caudal([]);

    expect(alone).toMatchObject({ code: 0, err: "" });
    expect(alone.out).toContain("Whether a run was interrupted cannot be told. STORE_FOREIGN: ");
  });

  test("--all goes on with each, the oldest first, and past one that cannot", async () => {
    within({ "etl.ts": ETL, "gone.ts": ETL.replace('flow("etl"', 'flow("gone"') });
    await caudal("run gone.ts", { killAt: "loading" });
    await killed();
    await killed();
    rmSync(join(folder.path, "gone.ts"));
    mend();

    const ended = await caudal("resume --all");

    expect(ended.code).toBe(66);
    expect(ended.err).toMatch(/^RUN_CODE_MISSING: the code of run \w+ is not there: there is no file gone\.ts\./);
    expect(ended.out.match(/Result: "3 rows"/g)).toHaveLength(2);
    expect((await listed()).map(({ state }) => state)).toEqual(["Success", "Success", "Running"]);
  });

  test("of a flow that is no longer in its file writes nothing; --file says where it is now", async () => {
    within({ "etl.ts": ETL });
    const { run } = await killed();
    write("etl.ts", GATE);
    write("moved.ts", ETL);
    mend();

    const missing = await caudal(`resume ${run}`);
    const before = (await listed())[0];
    const found = await caudal(`resume ${run} --file moved.ts --json`);

    expect(missing).toMatchObject({ code: 66, out: "" });
    expect(missing.err).toContain("etl.ts defines no flow 'etl'. Put flow 'etl' back, or name its file with --file.");
    expect(before).toMatchObject({ state: "Running", interrupted: true });
    expect(JSON.parse(found.out)).toMatchObject({ run, state: "Success", result: "3 rows" });
  });

  test("of a flow that changed in what remains says what, and goes on once that is accepted", async () => {
    within({ "etl.ts": ETL });
    const { run } = await killed();
    write("etl.ts", ETL.replace("report(load(extract()))", "report(load(extract()), 7)"));
    mend();

    const paused = await caudal("resume");
    const accepted = await caudal("resume --accept-changes");

    expect(paused.code).toBe(3);
    expect(paused.out).toContain(
      `Paused: flow 'etl' has changed since run ${run} began, in what remains of it:\n  - 'report-1' has not finished and was changed\nIf the run may go on with it: npx caudal resume ${run} --accept-changes\n`,
    );
    expect(accepted).toMatchObject({ code: 0, err: "" });
    expect(calls().filter((name) => name === "extract")).toHaveLength(1);
  });

  test("of a run that has ended, that somebody has, or where none was interrupted, is refused", async () => {
    within({ "etl.ts": ETL, "gate.ts": GATE });
    const { heard, said } = hearing("loading");
    const running = caudal("run etl.ts", { heard });
    await said;

    const [nothing, owned, both] = [
      await caudal("resume"),
      await caudal("resume last"),
      await caudal("resume last --all"),
    ];
    mend();
    const cancelled = await caudal("cancel last");
    const over = await caudal(`resume ${(await listed())[0]!.run}`);

    expect(nothing.err).toMatch(/^NOTHING_INTERRUPTED: no run in .* stopped before its end/);
    expect(owned.err).toMatch(/^NOTHING_INTERRUPTED/);
    expect(both).toMatchObject({ code: 2 });
    expect(cancelled.code).toBe(0);
    expect(over).toMatchObject({ code: 65, err: expect.stringMatching(/^RUN_OVER: .*ended Cancelled/) });
    await running;
  });
});

/** Its process dies in the listener of its end, the first time. */
const DEAF = `import { existsSync, appendFileSync, writeFileSync } from "node:fs";
import { flow, task } from "caudal";
const load = task("load", () => { throw new Error("no table"); });
export const etl = flow({ name: "etl", onFailure: ({ name }, { error }, { replayed }) => {
  if (!existsSync("mended")) process.kill(process.pid, "SIGKILL");
  appendFileSync("calls.txt", "told of " + name + (replayed ? " again" : "") + "\\n");
} }, () => load());
`;

describe("a run whose process died before it had told of its end", () => {
  test("is named by doctor and runs why, and told by resume, once", async () => {
    within({ "etl.ts": DEAF });
    await caudal("run etl.ts");
    mend();
    const [{ run }] = (await listed()) as [Listed];

    const [doctor, why] = await Promise.all([caudal("doctor"), caudal(`runs why ${run}`)]);
    const told = await caudal(`resume ${run}`);
    const again = await caudal(`resume ${run}`);

    expect(doctor.out).toContain("its process ended before it had told the listeners of its end");
    expect(why.out).toContain(`as long as it has not changed; now: npx caudal resume ${run.slice(-8)}`);
    expect(told.out).toContain(`Telling the listeners of run ${run}`);
    expect(again.err).toContain("RUN_OVER");
    expect(calls()).toEqual(["told of etl again"]);
    expect((await caudal("doctor")).out).not.toContain("its process ended");
  });

  test("is told by resume --all", async () => {
    within({ "etl.ts": DEAF });
    await caudal("run etl.ts");
    mend();

    await caudal("resume --all");

    expect(calls()).toEqual(["told of etl again"]);
  });
});

describe("caudal retry", () => {
  test("--last runs what failed and what follows, with the results of the rest", async () => {
    within({ "etl.ts": SHAKY });
    const failed = await caudal("run etl.ts");
    mend();

    const ended = await caudal("retry --last");

    expect(failed.out).toContain("  npx caudal retry --last    once it is mended: run what failed, and what follows\n");
    expect(ended).toMatchObject({ code: 0, err: "" });
    expect(ended.out).toMatch(/\nResult: "3 rows"\n$/);
    expect(calls()).toEqual(["extract", "load 1", "load 2", "report"]);
    expect(await listed()).toHaveLength(1);
  });

  test("takes the mended body from the file as it is now", async () => {
    within({ "etl.ts": SHAKY });
    await caudal("run etl.ts");
    write("etl.ts", SHAKY.replace('throw new Error("no table")', "rows = [...rows, 4]"));

    const ended = await caudal("retry last --json");

    expect(JSON.parse(ended.out)).toMatchObject({ state: "Success", result: "4 rows" });
  });

  test("that fails again exits 1; what is no failed run is refused", async () => {
    within({ "etl.ts": SHAKY });
    const none = await caudal("run etl.ts").then(() => caudal("retry"));
    const again = await caudal("retry --last");
    mend();
    await caudal("retry --last");

    const nothing = await caudal("retry --last");

    expect(none).toMatchObject({ code: 2, err: expect.stringContaining("say --last for the newest that failed") });
    expect(again.code).toBe(1);
    expect(nothing).toMatchObject({
      code: 65,
      err: expect.stringMatching(/^NOTHING_FAILED: nothing failed in a run in /),
    });
  });
});

describe("caudal cancel", () => {
  test("asks the process that has the run, and waits for its end", async () => {
    within({ "etl.ts": ETL });
    const { heard, said } = hearing("loading");
    const running = caudal("run etl.ts", { heard });
    await said;

    const ended = await caudal("cancel last");

    expect(ended.code).toBe(0);
    expect(ended.err).toMatch(/^Asked process \d+, which has the run\n$/);
    expect(ended.out).toMatch(/^Run \w{8} of flow 'etl' is Cancelled\n$/);
    expect((await running).out).toContain("Flow run CANCELLED");
  });

  test("ends one that nobody has, with its code or without", async () => {
    within({ "etl.ts": ETL });
    const first = await killed();
    const second = await killed();

    const withCode = await caudal(`cancel ${first.run} --json`);
    rmSync(join(folder.path, "etl.ts"));
    const without = await caudal(`cancel ${second.run}`);

    expect(JSON.parse(withCode.out)).toEqual({ run: first.run, flow: "etl", state: "Cancelled" });
    expect(without.err).toContain("(RUN_CODE_MISSING), so its cleanups and handlers are not called");
    expect(without.out).toContain("is Cancelled\n");
    const shown = JSON.parse((await caudal(`runs show ${second.run} --json`)).out) as { tasks: { state: string }[] };
    expect(shown.tasks.map(({ state }) => state)).toEqual(["Success", "Cancelled", "Cancelled"]);
    expect(calls()).toEqual(["extract", "load 1", "extract", "load 1"]);
  });
});

describe("caudal pause", () => {
  test("asks the process that has the run, which lets it go; it goes on when it is resumed, and not before", async () => {
    within({ "etl.ts": HELD });
    const { heard, said } = hearing("loading");
    const running = caudal("run etl.ts", { heard });
    await said;

    const asked = await caudal("pause last");
    mend();
    const left = await running;
    const again = await caudal("pause last");
    const unnamed = await caudal("resume");
    const why = await caudal("runs why last");
    const resumed = await caudal(`resume ${(await listed())[0]!.run}`);

    expect(asked).toMatchObject({ code: 0, err: expect.stringMatching(/^Asked process \d+, which has the run\n$/) });
    expect(asked.out).toMatch(/is Running, being paused by \w+: it is Paused as soon as what is running has come/);
    expect(left).toMatchObject({ code: 3, out: expect.stringMatching(/\nGo on with it: npx caudal resume \w+\n$/) });
    expect(again).toMatchObject({
      code: 0,
      out: expect.stringMatching(/is Paused by \w+\. Go on with it: npx caudal/),
    });
    expect(unnamed.err).toMatch(/^NOTHING_INTERRUPTED/);
    expect(why.out).toMatch(/is Paused by \w+: nothing of it starts until it is resumed\n/);
    expect(resumed).toMatchObject({ code: 0, out: expect.stringMatching(/\nResult: "3 rows"\n$/) });
    expect(calls()).toEqual(["extract", "load 1", "report"]);
  });

  test("of one that nobody has pauses it there, and what is decided meanwhile waits with it", async () => {
    within({ "gate.ts": GATE });
    await caudal("run gate.ts --flow one");
    const paused = await caudal("pause last --json");

    const approved = await caudal("approve last");
    const resumed = await caudal(`resume ${(await listed())[0]!.run}`);
    const over = await caudal(`pause ${(await listed())[0]!.run}`);

    expect(JSON.parse(paused.out)).toMatchObject({ flow: "one", state: "Paused", paused: true });
    expect(approved).toMatchObject({ code: 0, out: expect.stringContaining("this is done when it is resumed") });
    expect(resumed).toMatchObject({ code: 0, out: expect.stringMatching(/\nResult: "shipped through"\n$/) });
    expect(over).toMatchObject({ code: 65, err: expect.stringMatching(/^RUN_OVER/) });
  });
});

describe("caudal approve and reject", () => {
  test("of the only task that waits, in a run nobody has: it goes on here", async () => {
    within({ "gate.ts": GATE });
    const paused = await caudal("run gate.ts --flow one");

    const approved = await caudal("approve last");
    const again = await caudal("approve last");

    expect(paused.code).toBe(3);
    expect(approved).toMatchObject({ code: 0, err: "" });
    expect(approved.out).toMatch(/\nResult: "shipped through"\n$/);
    expect(again).toMatchObject({ code: 66 }); // no run waits any more
  });

  test("gives a body that paused itself its input, and an approval its answer", async () => {
    within({ "gate.ts": GATE });
    await caudal("run gate.ts --flow reviewed");
    const reviewed = await caudal('approve last review --input {"share":0.5}');
    await caudal("run gate.ts --flow release");
    const released = await caudal("approve last --json");
    await caudal("run gate.ts --flow release");
    const rejected = await caudal("reject last --reason tomorrow");

    expect(reviewed.out).toMatch(/\nResult: \{"share":0\.5\}\n$/);
    expect(JSON.parse(released.out)).toMatchObject({ state: "Success", result: true });
    expect(rejected).toMatchObject({ code: 1 });
    expect(rejected.out).toContain("tomorrow");
  });

  test("of one of several names it, and the run waits on for the others", async () => {
    within({ "gate.ts": GATE });
    await caudal("run gate.ts --flow two");

    const unnamed = await caudal("approve last");
    const first = await caudal("approve last other");
    const second = await caudal("reject last gate --reason no");
    const { run } = (await listed())[0]!;
    const over = await caudal(`reject ${run}`);

    expect(unnamed).toMatchObject({
      code: 2,
      err: expect.stringMatching(/2 tasks of run \w+ wait: name one of gate-1, other-1/),
    });
    expect(first.code).toBe(3);
    expect(second).toMatchObject({ code: 1 });
    expect(second.out).toContain("Flow run FAILED");
    expect(over).toMatchObject({ code: 65, err: expect.stringMatching(/^NOTHING_PAUSED/) });
  });

  test("of a run without its code is refused before anything is written", async () => {
    within({ "gate.ts": GATE });
    await caudal("run gate.ts --flow one");
    rmSync(join(folder.path, "gate.ts"));

    const refused = await caudal("approve last");
    write("gate.ts", GATE);
    const resumed = await caudal("resume last");

    expect(refused).toMatchObject({ code: 66, err: expect.stringMatching(/^RUN_CODE_MISSING/) });
    expect(resumed.err).toMatch(/^NOTHING_INTERRUPTED/);
    expect((await listed())[0]).toMatchObject({ state: "Paused" });
  });

  test("of a run that another process has is answered by that one", async () => {
    within({
      "gate.mjs": GATE.replace(
        '"manual_only" }',
        '"manual_only", onStateChange: [(_task, _from, to) => console.log(to.type)] }',
      ),
      "waits.mjs": `import { one } from "./gate.mjs";
const stay = setInterval(() => undefined, 1_000);
await one.run({ wait: true });
clearInterval(stay);
`,
    });
    folder.installCopy(".");
    const { heard, said } = hearing("Paused");
    const running = folder.script("waits.mjs", { heard });
    await said;

    const ended = await caudal("approve last --json");

    expect(JSON.parse(ended.out)).toMatchObject({ task: "gate-1", taskState: "Success", answered: true });
    expect((await running).code).toBe(0);
  });

  test("of a flow that is called as a task reaches its question, at either of the two runs", async () => {
    within({
      "part.ts": `${GATE}export const whole = flow("whole", () => ship(release.asTask()()));\n`,
    });
    await caudal("run part.ts --flow whole");
    const whole = await caudal(`approve ${(await listed()).find(({ flow }) => flow === "whole")!.run}`);
    await caudal("run part.ts --flow whole");
    const [part] = (await listed()).filter(({ flow, state }) => flow === "release" && state === "Paused");

    const ended = await caudal(`approve ${part!.run}`);

    expect(whole.out).toMatch(/\nResult: /);
    expect(ended).toMatchObject({ code: 0, out: expect.stringMatching(/\nResult: "shipped true"\n$/) });
    expect((await listed()).map(({ state }) => state)).toEqual(["Success", "Success", "Success", "Success"]);
  });

  test("--input that is no JSON is refused", async () => {
    within({ "gate.ts": GATE });
    await caudal("run gate.ts --flow one");

    expect(await caudal("approve last --input {share")).toMatchObject({
      code: 2,
      err: expect.stringContaining("--input is no JSON"),
    });
    expect(existsSync(join(folder.path, ".caudal"))).toBe(true);
  });
});
