/** Loading of flow files, as real processes on every Node that Caudal supports. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { canHaveNode, NODE_MAJORS, nodeBinary } from "../support/nodes.ts";
import { buildPackage, FLOW, type Folder, NPM_INIT, userFolder } from "./user-folder.ts";

const RAN = "[time] INFO - caudal.FlowRunner | Flow run SUCCESS: all reference tasks succeeded\nResult: 42\n";

/** Everything that may happen after a run that a file asks for; nothing of it must. */
const AFTERWARDS = `
try {
  await first.run().then(() => console.log("THEN"), () => console.log("REJECTED"));
} catch {
  console.log("CATCH");
} finally {
  console.log("FINALLY");
}
console.log("AFTER");
`;

/** A main() that nobody awaits, and that comes to its run long after the file was loaded. */
const UNAWAITED = `
import { setTimeout as sleep } from "node:timers/promises";
async function main() {
  await sleep(50);
  await first.run();
  console.log("AFTER");
}
main().then(() => console.log("THEN")).catch(() => console.log("CATCH")).finally(() => console.log("FINALLY"));
const slow = task("slow", async (x) => { await sleep(400); return x; });
export const second = flow("second", () => slow(answer()));
setInterval(() => undefined, 60_000);
`;

const FILES = {
  "package.json": NPM_INIT,
  "plain.ts": `${FLOW}export const typed: number = 1;\n`,
  "plain.mts": FLOW,
  "plain.js": FLOW,
  "plain.mjs": FLOW,
  "awaits.ts": FLOW + AFTERWARDS,
  "unawaited.ts": FLOW + UNAWAITED,
  "extensions.ts": `import { one } from "./lib/one.js";
import { two } from "./lib/two.mjs";
import { three } from "./lib/three.ts";
import old from "./lib/old.js";
import { fresh } from "./lib/fresh.js";
import { flow, task } from "caudal";
const sum = task("sum", () => one + two + three + old.four + fresh);
export const first = flow("first", () => sum());
`,
  "lib/one.ts": 'import type { Hidden } from "./three.ts";\nexport const one: Hidden = 1;\n',
  "lib/two.mts": "export const two: number = 2;\n",
  "lib/three.ts": "export type Hidden = number;\nexport const three = 3;\n",
  "lib/old.js": "module.exports = { four: 4 };\n",
  "lib/fresh.js": "export const fresh = 32;\n",
  "tasks.ts": `import { flow, task } from "caudal";
import { sqliteScript } from "caudal/tasks/sqlite";
const answer = task("answer", () => 42);
export const first = flow("first", () => { sqliteScript({ db: "x.db", script: "SELECT 1" }); return answer(); });
`,
  "inner.ts": `import { flow, task } from "caudal";
const inner = flow("inner", () => task("b", () => 42)());
const outer = task("outer", async () => (await inner.run({ logLevel: "off" })).unwrap());
export const first = flow("first", () => outer());
`,
};

let folder: Folder;
beforeAll(async () => {
  await buildPackage();
  folder = userFolder(FILES);
});
afterAll(() => folder.remove());

describe.each(NODE_MAJORS.filter(canHaveNode))("on Node %i, in a folder made by npm init -y", (major) => {
  let node: string;
  beforeAll(async () => {
    node = await nodeBinary(major);
  });

  test.each([
    ["TypeScript", "plain.ts", []],
    ["TypeScript that says it is a module", "plain.mts", []],
    ["JavaScript, as a module although package.json says commonjs", "plain.js", []],
    ["a module of JavaScript", "plain.mjs", []],
    ["a file that runs its flow, without what stands behind that call", "awaits.ts", []],
    ["a file whose main() is not awaited, and runs nothing when it gets there", "unawaited.ts", ["--flow", "second"]],
    ["./x.js written as x.ts, and CommonJS or modules in plain .js", "extensions.ts", []],
    ["the doors of the library of tasks", "tasks.ts", []],
    ["a task that runs a flow of its own", "inner.ts", ["--flow", "first"]],
  ])("runs %s", async (_what, file, words) => {
    const ended = await folder.caudal(["run", file, ...words], { node });

    expect(ended).toMatchObject({ code: 0, err: "" });
    expect(ended.out.endsWith(RAN)).toBe(true);
    expect(ended.out).not.toMatch(/THEN|REJECTED|CATCH|FINALLY|AFTER/);
  });

  test.each([
    [
      "syntax.ts",
      "const é = 'á'; const t: = 1;\n",
      "FLOW_FILE_SYNTAX: syntax.ts:1:25 unexpected token",
      "at syntax.ts:1:25\n    > 1 | const é = 'á'; const t: = 1;\n        |                         ^\n",
    ],
    ["syntax.mjs", "\nconst t = ;\n", "FLOW_FILE_SYNTAX: syntax.mjs:2:11 expression expected", "at syntax.mjs:2:11\n"],
    ["deep.ts", 'import "./worse.js";\n', "FLOW_FILE_SYNTAX: worse.ts:1:11 expression expected", "at worse.ts:1:11\n"],
    [
      "enum.ts",
      "enum Colour { Red }\n",
      "FLOW_FILE_NOT_ERASABLE: enum.ts:1:1 has a TypeScript enum",
      "npx tsx enum.ts",
    ],
    [
      "missing-export.ts",
      'import { Hidden } from "./types.ts";\n',
      "FLOW_FILE_SYNTAX: missing-export.ts:1:10 ",
      "import { type Hidden } from …",
    ],
    [
      "missing-file.ts",
      'import { x } from "./type.js";\n',
      "FLOW_FILE_IMPORT: missing-file.ts:1:20 imports './type.js', which is not there: did you mean './types.ts'?",
      "at missing-file.ts:1:20\n",
    ],
    [
      "missing-package.ts",
      'import x from "@not/there/deep";\n',
      "FLOW_FILE_IMPORT: missing-package.ts:1:16 imports '@not/there/deep', which is not there: npm install @not/there",
      "",
    ],
    [
      "throws.ts",
      "\n  throw new TypeError('no', { cause: new Error('deep') });\n",
      "FLOW_FILE_THREW: throws.ts threw while it was loaded: TypeError: no\n  Caused by Error: deep\n",
      "at throws.ts:2:9\n",
    ],
    [
      "throws-text.ts",
      "throw 'nope';\n",
      'FLOW_FILE_THREW: throws-text.ts threw while it was loaded: "nope" was thrown, which is no Error\n',
      "",
    ],
    [
      "exits.ts",
      `${FLOW}process.exit();\n`,
      "FLOW_FILE_EXITED: exits.ts ended the process (exit code 0) while it was loaded",
      "at exits.ts:4:9\n",
    ],
    ["none.ts", 'import "caudal";\n', "FLOW_NONE: none.ts defines no flow", ""],
    [
      "duplicate.ts",
      `${FLOW}flow("first", () => answer());\n`,
      "FLOW_DUPLICATE: two flows are named 'first' (duplicate.ts:3:22, duplicate.ts:4:1)",
      "",
    ],
    [
      "misuse.ts",
      'import { flow, task } from "caudal";\nconst a = task("a", () => 1);\nflow("f", () => { if (String(a())) return; });\n',
      "REF_USED_AS_VALUE: ",
      "at misuse.ts:3:23\n",
    ],
  ])("refuses %s with its place", async (name, text, said, place) => {
    const bad = userFolder({
      "package.json": NPM_INIT,
      [name]: text,
      "types.ts": "export type Hidden = 1;\n",
      "worse.ts": "const x = = 1;\n",
    });

    const ended = await bad.caudal(["run", name], { node });

    expect(ended).toMatchObject({ code: 65, out: "" });
    expect(ended.err.startsWith(said) ? said : ended.err).toBe(said);
    expect(ended.err).toContain(place);
    bad.remove();
  });
});

describe("which caudal a flow file gets", () => {
  test("the one installed for it, also a copy beside the CLI's own", async () => {
    const own = userFolder({
      "package.json": NPM_INIT,
      "plain.ts": `${FLOW}console.log(import.meta.resolve("caudal"));\n`,
    });
    own.installCopy(".");

    const ended = await own.caudal(["run", "plain.ts"]);

    expect(ended).toMatchObject({ code: 0, err: "" });
    expect(decodeURI(ended.out)).toContain("/node_modules/caudal/dist/index.js\n");
    expect(ended.out.endsWith(RAN)).toBe(true);
    own.remove();
  });

  test("two of them that mix are refused, with both places", async () => {
    const mixed = userFolder({
      "package.json": NPM_INIT,
      "lib/tasks.ts": 'import { task } from "caudal";\nexport const answer = task("answer", () => 42);\n',
      "mixed.ts":
        'import { flow } from "caudal";\nimport { answer } from "./lib/tasks.ts";\nflow("first", () => answer());\n',
    });
    mixed.installCopy(".");
    mixed.installCopy("lib");

    const ended = await mixed.caudal(["run", "mixed.ts"]);

    expect(ended).toMatchObject({ code: 78, out: "" });
    expect(ended.err).toMatch(/^TWO_CAUDALS: two copies of caudal are loaded/);
    expect(ended.err).toContain("100% #1/node_modules/caudal/dist");
    expect(ended.err).toContain("100% #1/lib/node_modules/caudal/dist");
    mixed.remove();
  });
});

describe("a file that is imported and runs its flow there", () => {
  const files = {
    "package.json": NPM_INIT,
    "below.ts": FLOW + AFTERWARDS,
    "middle.ts": 'import "./below.ts";\n',
    "above.ts": 'import "./middle.ts";\nimport { flow } from "caudal";\nflow("never", () => {});\n',
  };

  test("leaves the importing files unevaluated, which is said", async () => {
    const imported = userFolder(files);

    const [ran, checked, wanted] = await Promise.all([
      imported.caudal(["run", "above.ts"]),
      imported.caudal(["check", "above.ts"]),
      imported.caudal(["run", "above.ts", "--flow", "never"]),
    ]);

    expect(ran).toMatchObject({
      code: 0,
      err: "Note: not evaluated: middle.ts, above.ts, because loading stopped at below.ts:6:15, where run() of flow 'first' is called\n",
    });
    expect(checked.out).toContain("Loading stopped at below.ts:6:15: run() of flow 'first' was not carried out");
    expect(checked.out).toContain("Not evaluated: middle.ts, above.ts, because loading stopped at below.ts:6:15");
    expect(wanted).toMatchObject({ code: 2, out: "" });
    expect(wanted.err).toContain("FLOW_UNKNOWN: there is no flow 'never'. The file defines 'first'");
    imported.remove();
  });
});

describe("a file that does not come to an end", () => {
  test("B27 is given up after ten seconds, on every Node, with its line where it is busy", async () => {
    const nodes = await Promise.all(NODE_MAJORS.filter(canHaveNode).map(nodeBinary));
    const stuck = userFolder({
      "package.json": NPM_INIT,
      "busy.ts": `${FLOW}\nwhile (Date.now() > 0) {}\n`,
      "waits.ts": `${FLOW}await new Promise(() => undefined);\n`,
    });

    const onEvery = (file: string) => Promise.all(nodes.map((node) => stuck.caudal(["run", file], { node })));
    const [busy, waiting] = await Promise.all([onEvery("busy.ts"), onEvery("waits.ts")]);

    expect([...busy, ...waiting].map(({ code, out }) => ({ code, out }))).toEqual(
      Array(nodes.length * 2).fill({ code: 65, out: "" }),
    );
    expect(busy.map(({ err }) => err)).toEqual(
      nodes.map(() =>
        expect.stringMatching(
          /^FLOW_FILE_STUCK: busy\.ts did not finish loading within 10000 ms[\s\S]*\n {2}at busy\.ts:5:\d+\n/,
        ),
      ),
    );
    expect(waiting.map(({ err }) => err)).toEqual(
      nodes.map(() => expect.stringMatching(/^FLOW_FILE_STUCK: waits\.ts did not finish loading within 10000 ms/)),
    );
    stuck.remove();
  });
});

describe("a file that cannot be a flow file", () => {
  test.each([
    ["hallo.ts", "FLOW_FILE: hallo.ts is not there; did you mean hello.ts?"],
    ["hello", "FLOW_FILE: hello is not there; did you mean hello.ts?"],
    [".", "FLOW_FILE: . is a folder: name a file in it, such as hello.ts"],
    ["notes.md", "FLOW_FILE: notes.md is no flow file: those end in .ts, .mts, .js, .mjs"],
  ])("%s is refused", async (name, said) => {
    const folder = userFolder({ "hello.ts": FLOW, "notes.md": "" });

    const ended = await folder.caudal(["run", name]);

    expect(ended).toEqual({ code: 66, out: "", err: `${said}\n` });
    folder.remove();
  });
});
