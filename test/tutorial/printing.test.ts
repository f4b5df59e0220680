/** What a run prints, and where: as JSON, quieter, in another zone, into a pipe nobody reads, without colour. */
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../packed/user-folder.ts";
import { environmentFor } from "../support/nodes.ts";
import { CAUDAL_RUN, EVERYWHERE, installed, type Laptop, PLACES } from "./laptop.ts";

const HELLO = `import { flow, task } from "caudal";
const helloWorld = task("hello_world", () => { console.log("Hello world!"); return "Hello Caudal!"; });
const caudalSay = task("caudal_say", (s: string) => console.log(s));
export const first = flow("my first flow!", () => {
  const said = helloWorld();
  caudalSay(said);
  return said;
});
await first.run();
`;
const FAILING = `import { flow, task } from "caudal";
const parse = task("parse", (): number => { throw new Error("two\\nlines"); });
export const fails = flow("fails", () => { parse(); });
await fails.run();
`;
/** Prints many lines after the first ones, then leaves a file to show that it got to its end. */
const TALKATIVE = `import { writeFileSync } from "node:fs";
import { flow, task } from "caudal";
const talk = task("talk", async () => {
  for (let i = 0; i < 2_000; i++) {
    console.log("line", i, "x".repeat(200));
    if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  console.error("and on stderr");
});
const last = task("last", () => writeFileSync("done.txt", "to the end"));
export const talkative = flow("talkative", () => { last().setUpstream(talk()); });
await talkative.run();
`;

let laptop: Laptop;
beforeAll(async () => {
  laptop = await installed();
}, 300_000);
afterAll(() => laptop?.remove());

describe.concurrent.each(EVERYWHERE)("CAUDAL_LOG_FORMAT=json: $title", ({ place, way }) => {
  const env = { CAUDAL_LOG_FORMAT: "json" };

  test("every line is one JSON object, prints of bodies too", async () => {
    const folder = await laptop.folder(place, { "hello.ts": HELLO });

    const said = await folder.run(way, "hello.ts", { env });

    expect(said).toMatchObject({ code: 0, stderr: "" });
    const records = said.lines.map((line) => JSON.parse(line) as { readonly message: string; readonly logger: string });
    expect(records.map(({ logger, message }) => `${logger} | ${message}`)).toEqual([
      "caudal.FlowRunner | Beginning Flow run for 'my first flow!'",
      "caudal.TaskRunner | Task 'hello_world': Starting task run...",
      "caudal.hello_world | Hello world!",
      "caudal.TaskRunner | Task 'hello_world': Finished task run for task with final state: 'Success'",
      "caudal.TaskRunner | Task 'caudal_say': Starting task run...",
      "caudal.caudal_say | Hello Caudal!",
      "caudal.TaskRunner | Task 'caudal_say': Finished task run for task with final state: 'Success'",
      "caudal.FlowRunner | Flow run SUCCESS: all reference tasks succeeded",
      ...(way === CAUDAL_RUN ? ["caudal.my first flow! | Result"] : []),
    ]);
    expect(records).toEqual(
      records.map(() => expect.objectContaining({ at: expect.stringMatching(/^\d{4}-.*Z$/), level: "info" })),
    );
  });

  test("a failure is one object with its error, and there is no failure screen", async () => {
    const folder = await laptop.folder(place, { "fails.ts": FAILING });

    const said = await folder.run(way, "fails.ts", { env });

    expect(said).toMatchObject({ code: 1, stderr: "" });
    const records = said.lines.map((line) => JSON.parse(line) as { readonly level: string; readonly error?: unknown });
    expect(records.filter(({ level }) => level === "error")).toEqual([
      expect.objectContaining({ error: expect.objectContaining({ name: "Error", message: "two\nlines" }) }),
    ]);
    expect(records).toHaveLength(5);
  });
});

describe.concurrent.each(EVERYWHERE)("CAUDAL_LOG_LEVEL=error: $title", ({ place, way }) => {
  const env = { CAUDAL_LOG_LEVEL: "error" };

  test("prints no INFO: what the bodies print is left, and the result", async () => {
    const folder = await laptop.folder(place, { "hello.ts": HELLO });

    const said = await folder.run(way, "hello.ts", { env });

    expect(said).toMatchObject({ code: 0, stderr: "" });
    expect(said.lines).toEqual([
      "Hello world!",
      "Hello Caudal!",
      ...(way === CAUDAL_RUN ? ['Result: "Hello Caudal!"'] : []),
    ]);
  });

  test("a failure is still told, with its screen", async () => {
    const folder = await laptop.folder(place, { "fails.ts": FAILING });

    const said = await folder.run(way, "fails.ts", { env });

    expect(said).toMatchObject({ code: 1, stderr: "" });
    expect(said.stdout).not.toContain("INFO");
    expect(said.lines[0]).toBe(
      "[time] ERROR - caudal.TaskRunner | Task 'parse': Exception encountered during task execution!",
    );
    expect(said.lines).toContain("✗ Flow run 'fails' failed after <span>: 1 task failed");
  });
});

describe.concurrent.each(EVERYWHERE)("CAUDAL_ZONE=Europe/Madrid: $title", ({ place, way }) => {
  test("dates lines with that zone's offset at the time", async () => {
    const folder = await laptop.folder(place, { "hello.ts": HELLO });
    const before = Date.now();

    const { stdout, stderr } = await folder.run(way, "hello.ts", {
      env: { CAUDAL_ZONE: "Europe/Madrid", TZ: "America/Lima" },
    });

    expect(stderr).toBe("");
    const stamps = [...stdout.matchAll(/^\[(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)\+(01|02)00\] INFO/gm)];
    expect(stamps).toHaveLength(6);
    const [, day, time, offset] = stamps[0] ?? [];
    const instant = Date.parse(`${day}T${time}+${offset}:00`);
    expect(instant).toBeGreaterThan(before - 1_000);
    expect(instant).toBeLessThanOrEqual(Date.now());
  });

  test("without it lines are in local time", async () => {
    const folder = await laptop.folder(place, { "hello.ts": HELLO });

    const { stdout } = await folder.run(way, "hello.ts", { env: { TZ: "America/Lima" } });

    expect(stdout.match(/^\[[-\d]+ [:\d]+-0500\] INFO/gm)).toHaveLength(6);
  });
});

describe.concurrent.each(EVERYWHERE)("output in a pipe whose reader goes away: $title", ({ place, way }) => {
  test("the run goes on to its end, exit 0, nothing on stderr but what the body printed there", async () => {
    const folder = await laptop.folder(place, { "talk.ts": TALKATIVE });
    const going = await folder.start(way, "talk.ts");

    await going.said("Beginning Flow run");
    going.stopReading();
    const said = await going.ended;

    expect(said).toMatchObject({ code: 0, stderr: "and on stderr\n" });
    expect(await readFile(join(folder.path, "done.txt"), "utf8")).toBe("to the end");
  });
});

describe("a refusal that nobody reads", () => {
  test("keeps its exit code", async () => {
    const folder = await laptop.folder(PLACES[1], {});
    const going = await folder.start(CAUDAL_RUN, "missing.ts");

    going.stopReading("stderr");

    expect(await going.ended).toMatchObject({ code: 66, stdout: "" });
  });
});

describe.each(PLACES)("colours, in %s", (place) => {
  test("there are none in a pipe, with or without NO_COLOR", async () => {
    const folder = await laptop.folder(place, { "fails.ts": FAILING });

    const [plain, asked] = await Promise.all([
      folder.run(CAUDAL_RUN, "fails.ts"),
      folder.run(CAUDAL_RUN, "fails.ts", { env: { NO_COLOR: "1" } }),
    ]);

    expect(plain.lines).toEqual(asked.lines);
    expect(plain.stdout).not.toContain("\u001b");
  });
});

/** From util-linux: gives a program a terminal of its own. */
const SCRIPT = "/usr/bin/script";
const hasTerminal = process.platform === "linux" && spawnSync(SCRIPT, ["--version"]).status === 0;
if (!hasTerminal)
  console.warn("SKIPPED: there is no util-linux 'script' here, so colours on a terminal are not tested");

describe.skipIf(!hasTerminal)("on a terminal", () => {
  const onTerminal = async (env: Readonly<Record<string, string>>) => {
    const folder = await laptop.folder(PLACES[1], { "fails.ts": FAILING });
    const command = `"${process.execPath}" "../node_modules/caudal/dist/cli.js" run fails.ts`;
    const surroundings = { ...environmentFor(process.execPath), NO_COLOR: "", TERM: "xterm", ...env };
    const { stdout, code } = await run(SCRIPT, ["-qec", command, "/dev/null"], {
      cwd: folder.path,
      env: surroundings,
    });
    return { text: folder.masked(stdout), code };
  };

  test("the failure screen has colours, and the same words without them under NO_COLOR", async () => {
    const [coloured, plain] = await Promise.all([onTerminal({}), onTerminal({ NO_COLOR: "1" })]);

    expect(coloured.code).toBe(1);
    expect(coloured.text).toContain("\u001b[31m");
    expect(plain.text).not.toContain("\u001b");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
    expect(coloured.text.replaceAll(/\u001b\[\d+m/g, "")).toBe(plain.text);
  });
});
