/** The published package, as somebody meets it who has Node and npm: packed, installed in an empty folder, used. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ComplaintsApi, startComplaintsApi } from "../../examples/etl/complaints-api.mjs";
import { canHaveNode, environmentFor, NODE_MAJORS, nodeBinary } from "../support/nodes.ts";
import {
  copyExample,
  helloOfReadme,
  installedSize,
  moduleFolderIn,
  npx,
  pack,
  removeFolders,
  run,
  runUntil,
  save,
  type Tarball,
  type UserFolder,
  userFolder,
} from "./user-folder.ts";
import { readingOf } from "./what-it-reads.ts";

const MIB = 1024 * 1024;
const INSTALLED_BYTES_MAX = 60 * MIB;
const INSTALLED_PACKAGES_MAX = 60;
/** The server and its page are in it. */
const OWN_BYTES_MAX = 6 * MIB;

const EIGHT_LINES = [
  "[time] INFO - caudal.FlowRunner | Beginning Flow run for 'my first flow!'",
  "[time] INFO - caudal.TaskRunner | Task 'hello_world': Starting task run...",
  "Hello world!",
  "[time] INFO - caudal.TaskRunner | Task 'hello_world': Finished task run for task with final state: 'Success'",
  "[time] INFO - caudal.TaskRunner | Task 'caudal_say': Starting task run...",
  "Hello Caudal!",
  "[time] INFO - caudal.TaskRunner | Task 'caudal_say': Finished task run for task with final state: 'Success'",
  "[time] INFO - caudal.FlowRunner | Flow run SUCCESS: all reference tasks succeeded",
];

const linesOf = (text: string) =>
  text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.replace(/^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d{4}\]/, "[time]"));

const nodes = NODE_MAJORS.filter(canHaveNode);
const nodesThatStripTypes = nodes.filter((major) => major >= 22);

let tarball: Tarball;
let plain: UserFolder;
let withAccents: UserFolder;
let api: ComplaintsApi;

beforeAll(async () => {
  tarball = await pack();
  [plain, withAccents] = await Promise.all([
    userFolder("empty", tarball),
    userFolder("D á/Workflow managers", tarball),
  ]);
  for (const { path } of [plain, withAccents]) await save(path, "hello.ts", await helloOfReadme());
  await copyExample("etl/etl.ts", withAccents.path);
  for (const major of nodes) await nodeBinary(major);
  api = await startComplaintsApi({ port: 0 });
}, 600_000);

afterAll(async () => {
  await api?.close();
  await removeFolders();
});

describe("the tarball", () => {
  const ours = /^(package\.json|README(\.es)?\.md|LICENSE|dist\/.+\.(js|cjs|d\.ts)|dist\/THIRD-PARTY\.txt|assets\/.+)$/;
  /** The page; the modules among its files are `ours` already. */
  const page = /^dist\/ui\/(index\.html|THIRD-PARTY\.txt|assets\/(icon-[0-9a-f]{8}\.svg|[a-z-]+-[0-9A-Z]{8}\.css))$/;
  const carried = /^node_modules\/(@photostructure\/sqlite|node-gyp-build|node-addon-api)\//;

  test("holds what runs, the page, the font, the licence and the README, and nothing else", () => {
    expect(tarball.files.filter((path) => ![ours, page, carried].some((known) => known.test(path)))).toEqual([]);
  });

  test("holds every door of package.json", async () => {
    const manifest = JSON.parse(await readFile(fileURLToPath(new URL("../../package.json", import.meta.url)), "utf8"));
    const doors = Object.values(manifest.exports as Record<string, string | Record<string, string>>).flatMap((door) =>
      typeof door === "string" ? [door] : Object.values(door),
    );

    const wanted = [...doors, manifest.bin.caudal].map((path: string) => path.replace("./", ""));
    expect(wanted.filter((path) => !tarball.files.includes(path))).toEqual([]);
  });

  test("carries a font for drawings, and its licence", () => {
    expect(tarball.files.filter((path) => /^assets\/.+\.ttf$/.test(path))).not.toEqual([]);
    expect(tarball.files.filter((path) => /^assets\/.*(licen[cs]e|OFL)/i.test(path))).not.toEqual([]);
  });
});

describe("npm install caudal", () => {
  test("warns of nothing", () => {
    expect(plain.installNotices).toBe("");
  });

  test("stays within 60 packages and 60 MiB", async () => {
    const { bytes, packages } = await installedSize(plain.path);

    expect(packages).toBeLessThanOrEqual(INSTALLED_PACKAGES_MAX);
    expect(bytes).toBeLessThanOrEqual(INSTALLED_BYTES_MAX);
  });

  test("brings our own code in a few MiB", async () => {
    const own = await run(process.execPath, ["-e", SIZE_OF_OWN_FILES], {
      cwd: join(plain.path, "node_modules", "caudal"),
    });

    expect(Number(own.stdout)).toBeLessThanOrEqual(OWN_BYTES_MAX);
  });
});

const SIZE_OF_OWN_FILES = `
const fs = require("node:fs");
const files = fs.readdirSync(".", { recursive: true }).filter((name) => !name.startsWith("node_modules"));
console.log(files.map((name) => fs.statSync(name)).filter((file) => file.isFile()).reduce((sum, file) => sum + file.size, 0));
`;

describe.each(nodes)("on Node %i, after npm init -y and a paste", (major) => {
  test("npx caudal run hello.ts prints its eight lines and nothing else", async () => {
    const said = await npx(["caudal", "run", "hello.ts"], plain.path, await nodeBinary(major));

    expect(linesOf(said.stdout)).toEqual(EIGHT_LINES);
    expect(said).toMatchObject({ stderr: "", code: 0 });
  });

  test("the same in a folder with a space and an accent in its name", async () => {
    const said = await npx(["caudal", "run", "hello.ts"], withAccents.path, await nodeBinary(major));

    expect(linesOf(said.stdout)).toEqual(EIGHT_LINES);
    expect(said).toMatchObject({ stderr: "", code: 0 });
  });

  test.each(["pdf", "svg", "png"])("npx caudal visualize writes a %s", async (format) => {
    const name = `hello-${major}.${format}`;

    const said = await npx(
      ["caudal", "visualize", "hello.ts", "--out", name],
      withAccents.path,
      await nodeBinary(major),
    );

    expect(said).toMatchObject({ stderr: "", code: 0 });
    expect(await startOf(join(withAccents.path, name))).toBe(STARTS[format]);
  });
});

const startOf = async (path: string) => (await readFile(path)).subarray(0, 4).toString("latin1");
const STARTS: Readonly<Record<string, string>> = { pdf: "%PDF", svg: "<?xm", png: "\x89PNG" };

/** At the start of a process nearly all time goes into reading and parsing modules, so this is how fast it is. */
const STARTING_BYTES_MAX = 300 * 1024;
/** Of ours, with the store; the binary of SQLite is 2 MB more, which is not parsed. */
const KEEPING_BYTES_MAX = 400 * 1024;
/** 0.3 ms each. */
const KEEPING_FILES_MAX = 3;

describe.each(nodes)("the start of a small program on Node %i", (major) => {
  test("reads two files of ours, nothing of others', and wakes no part of Node that it does not use", async () => {
    const { files, bytes, wide, builtins } = await readingOf(HELLO_IN_MEMORY, plain.path, await nodeBinary(major));

    expect(files).toEqual([expect.stringMatching(/^caudal\/dist\/chunks\/chunk-/), "caudal/dist/index.js"]);
    expect(bytes).toBeLessThanOrEqual(STARTING_BYTES_MAX);
    expect(wide).toEqual([]);
    expect(
      builtins.filter((name) => /crypto|worker|child_process|net\b|http|fs\/promises|readline|wasi/.test(name)),
    ).toEqual([]);
  });

  test("reads a few more where its run is kept, and of SQLite nothing but the binary", async () => {
    const { files, bytesOf, wide } = await readingOf(HELLO_KEPT, plain.path, await nodeBinary(major));

    const [ours, others] = [files.filter(isOurs), files.filter((path) => !isOurs(path))];
    expect(ours.filter((path) => !path.includes("/chunks/chunk-"))).toEqual(["caudal/dist/index.js"]);
    expect(ours.length).toBeLessThanOrEqual(KEEPING_FILES_MAX);
    expect(others).toEqual([expect.stringMatching(/\/@photostructure\/sqlite\/prebuilds\/.*\.node$/)]);
    expect(bytesOf(ours)).toBeLessThanOrEqual(KEEPING_BYTES_MAX);
    expect(wide.filter(isOurs)).toEqual([]);
  });

  test("reads the part with schedules, and croner, when a schedule is made", async () => {
    const { files } = await readingOf(
      `import { cron } from "caudal"; cron("0 9 * * *");`,
      plain.path,
      await nodeBinary(major),
    );

    expect(files.filter((path) => !/^caudal\/dist\/(index|chunks\/)/.test(path))).toEqual([
      "caudal/dist/parts/schedule.cjs",
      expect.stringMatching(/^croner\//),
    ]);
  });

  test("finds its parts where there is a `require` of all, as in a REPL", async () => {
    const program = `import("caudal").then(({ cron }) => console.log(typeof cron("0 9 * * *").next))`;

    const said = await run(await nodeBinary(major), ["-e", program], { cwd: plain.path });

    expect(said).toMatchObject({ stdout: "function\n", stderr: "", code: 0 });
  });

  test("has one CaudalError, whichever file threw it", async () => {
    await save(plain.path, "one-error.mjs", ONE_ERROR);

    const said = await run(await nodeBinary(major), ["one-error.mjs"], { cwd: plain.path });

    expect(said).toMatchObject({ stdout: "true CRON_INVALID\ntrue TASK_OUTSIDE_FLOW\n", stderr: "", code: 0 });
  });
});

const isOurs = (path: string) => path.startsWith("caudal/dist/");

const HELLO_IN_MEMORY = `import { flow, task } from "caudal";
process.env.CAUDAL_STORE = "memory";
const hello = task("hello", () => console.log("Hello world!"));
await flow("f", () => { hello(); }).run({ logLevel: "off" });
`;

/** What is read until its body runs. */
const HELLO_KEPT = `import { flow, task } from "caudal";
process.env.CAUDAL_STORE = "kept";
const hello = task("hello", () => process.exit());
await flow("f", () => { hello(); }).run({ logLevel: "off" });
`;

const ONE_ERROR = `import { CaudalError, cron, mapEach } from "caudal";
for (const wrong of [() => cron("nope"), () => mapEach()]) {
  try { wrong(); } catch (error) { console.log(error instanceof CaudalError, error.code); }
}
`;

describe.each(nodesThatStripTypes)("on Node %i, which strips types itself", (major) => {
  test("plain node hello.ts prints the same lines in a package of type module", async () => {
    const folder = await moduleFolderIn(plain.path, `module-${major}`);

    const said = await run(await nodeBinary(major), ["hello.ts"], { cwd: folder });

    expect(linesOf(said.stdout)).toEqual(EIGHT_LINES);
    expect(said).toMatchObject({ stderr: "", code: 0 });
  });
});

describe.each(nodes)("the complaints ETL on Node %i", (major) => {
  test("npx caudal run etl.ts stores the rows it was asked for", async () => {
    const said = await npx(
      ["caudal", "run", "etl.ts", "--param", "size=25"],
      withAccents.path,
      await nodeBinary(major),
      {
        COMPLAINTS_API: api.url,
      },
    );

    expect(said).toMatchObject({ stderr: "", code: 0 });
    expect(linesOf(said.stdout)).toContain(
      "[time] INFO - caudal.FlowRunner | Flow run SUCCESS: all reference tasks succeeded",
    );
    expect(said.stdout).toMatch(/"stored":\s*25/);
  });
});

describe.each(nodesThatStripTypes)("plain node etl.ts on Node %i", (major) => {
  test("draws, runs once, follows the schedule, and ends at Ctrl-C with 130", async () => {
    const folder = await moduleFolderIn(withAccents.path, `etl-${major}`);
    await copyExample("etl/etl.ts", folder);
    const node = await nodeBinary(major);

    const said = await runUntil("Waiting for next scheduled run at", node, ["etl.ts"], {
      cwd: folder,
      env: { ...environmentFor(node), COMPLAINTS_API: api.url },
    });

    expect(said).toMatchObject({ stderr: "", code: 130 });
    expect(said.stdout).toContain("25 rows stored\n");
    expect(await startOf(join(folder, "etl.pdf"))).toBe(STARTS.pdf);
  });
});

describe("the declarations", () => {
  const tsc = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));
  const strict = ["--strict", "--exactOptionalPropertyTypes", "--noEmit", "--target", "es2023", "--lib", "es2023"];

  test.each([
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ])("satisfy a strict tsc without the dom library (module %s, resolution %s)", async (module, resolution) => {
    await save(withAccents.path, "all.mts", ALL_DOORS);
    await save(withAccents.path, "hello.mts", await helloOfReadme());
    const options = [...strict, "--module", module, "--moduleResolution", resolution, "--types", "", "--ignoreConfig"];

    const said = await run(process.execPath, [tsc, ...options, "all.mts", "hello.mts"], { cwd: withAccents.path });

    expect({ stdout: said.stdout, code: said.code }).toEqual({ stdout: "", code: 0 });
  });
});

const ALL_DOORS = `import { flow, task } from "caudal";
import { sqliteStore } from "caudal/sqlite";
import { sqliteScript } from "caudal/tasks/sqlite";
import { http } from "caudal/tasks/http";
import { shell } from "caudal/tasks/shell";
import { slackWebhook, webhook } from "caudal/notify";

const double = task("double", (n: number) => n * 2);
const onFailure = [slackWebhook({ urlFrom: "ALERTS" }), webhook({ url: "https://hooks.example.com", signWith: "KEY" })];
const f = flow({ name: "all doors", onFailure, onStateChange: onFailure, stateHandlers: onFailure }, () => ({ out: double(double(1)) }));
const run = await f.run();
console.log(run.result, sqliteStore, sqliteScript, http, shell);
`;
