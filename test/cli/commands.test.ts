/** What the commands print and how they end, as real processes. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPackage, FLOW, type Folder, NPM_INIT, userFolder } from "./user-folder.ts";

const HELLO_LINES = [
  "[time] INFO - caudal.FlowRunner | Beginning Flow run for 'my first flow!'",
  "[time] INFO - caudal.TaskRunner | Task 'hello_world': Starting task run...",
  "Hello world!",
  "[time] INFO - caudal.TaskRunner | Task 'hello_world': Finished task run for task with final state: 'Success'",
  "[time] INFO - caudal.TaskRunner | Task 'caudal_say': Starting task run...",
  "Hello Caudal!",
  "[time] INFO - caudal.TaskRunner | Task 'caudal_say': Finished task run for task with final state: 'Success'",
  "[time] INFO - caudal.FlowRunner | Flow run SUCCESS: all reference tasks succeeded",
  "",
].join("\n");

const PARAMETERS = `import { flow, task, parameter } from "caudal";
const echo = task("echo", (...all) => all);
export const echoes = flow(
  { name: "echoes", parameters: { size: 10, name: "Ana", dry: false, tags: ["a"], any: parameter({ required: true }) } },
  ({ size, name, dry, tags, any }) => echo(size, name, dry, tags, any),
);
`;

const FAILS = `import { flow, task } from "caudal";
const parse = task("parse", (rows) => {
  console.log("working");
  return rows.hits.map(() => 1);
});
export const fails = flow("fails", () => parse({}));
`;

const FILES = {
  "package.json": NPM_INIT,
  "first.ts": FLOW,
  "fails.ts": FAILS,
  "parameters.ts": PARAMETERS,
  "two.ts": `${FLOW}export const second = flow("second one", () => answer());\n`,
  "big.ts": `import { flow, task } from "caudal";\nconst big = task("big", () => "á".repeat(5_000));\nexport const first = flow("first", () => big());\n`,
  "shaky.ts": `import { flow, task } from "caudal";
const a = task("a", () => 1);
const forgotten = task("forgotten", () => 1);
let builds = 0;
export const shaky = flow("shaky", () => { builds += 1; for (let i = 0; i < builds; i++) a(); });
`,
  "lasting.ts": `import { flow, task } from "caudal";
import { setTimeout as sleep } from "node:timers/promises";
const a = task("a", () => sleep(10).then(() => 1));
export const lasting = flow("lasting", () => a());
setInterval(() => undefined, 1_000);
`,
};

let folder: Folder;
beforeAll(async () => {
  await buildPackage();
  folder = userFolder(FILES);
});
afterAll(() => folder.remove());

describe("caudal run", () => {
  test("ends with the result, also when the file left a timer open", async () => {
    const ended = await folder.caudal(["run", "lasting.ts"], { env: { CAUDAL_LOG_LEVEL: "warn" } });

    expect(ended).toEqual({ code: 0, out: "Result: 1\n", err: "" });
  });

  test("prints the first 2 KiB of a long result and says so", async () => {
    const { out } = await folder.caudal(["run", "big.ts", "--log-level", "warn"]);

    expect(out).toMatch(/^Result: "á+…\n\(the first 2048 of 10002 bytes; --json prints all\)\n$/);
    expect(Buffer.byteLength(out)).toBeLessThan(2_200);
  });

  test("reads parameters by their types", async () => {
    const words = [
      "--param",
      "size=25",
      "--param",
      "name=12",
      "--param",
      "dry=true",
      "--param",
      'tags=["x=y"]',
      "--param",
      "any=null",
    ];

    const ended = await folder.caudal(["run", "parameters.ts", "--log-level", "warn", ...words]);

    expect(ended).toEqual({ code: 0, err: "", out: 'Result: [25,"12",true,["x=y"],null]\n' });
  });

  test("takes --params, which --param overrules", async () => {
    const { out } = await folder.caudal([
      "run",
      "parameters.ts",
      "--log-level",
      "warn",
      "--params",
      '{"size":1,"any":"x"}',
      "--param",
      "size=2",
    ]);

    expect(out).toBe('Result: [2,"Ana",false,["a"],"x"]\n');
  });

  test("complains about all parameters at once, before anything runs", async () => {
    const words = [
      "--param",
      "size=abc",
      "--param",
      "nme=x",
      "--param",
      "dry",
      "--param",
      "name=a",
      "--param",
      "name=b",
    ];

    const ended = await folder.caudal(["run", "parameters.ts", ...words]);

    expect(ended).toMatchObject({ code: 65, out: "" });
    expect(ended.err).toBe(
      [
        "PARAMETER_INVALID: parameters of flow 'echoes':",
        '  - --param "dry": write it as name=value',
        "  - name: is given twice",
        "  - 'nme' is not one of them (did you mean 'name'?)",
        "  - size: must be a number, not text",
        "  - any: is required",
        "",
      ].join("\n"),
    );
  });

  test("a failed run exits 1 after its failure screen", async () => {
    const ended = await folder.caudal(["run", "fails.ts"]);

    expect(ended).toMatchObject({ code: 1, err: "" });
    expect(ended.out).toContain("\n\n✗ Flow run 'fails' failed after ");
    expect(ended.out).toContain(
      '  at fails.ts:4:20\n      3 |   console.log("working");\n    > 4 |   return rows.hits.map(() => 1);\n',
    );
    expect(ended.out).not.toContain("\u001b");
  });

  test("--json prints one object on stdout, and the rest on stderr", async () => {
    const [good, bad] = await Promise.all([
      folder.caudal(["run", "first.ts", "--json"]),
      folder.caudal(["run", "fails.ts", "--json", "--log-level", "off"]),
    ]);

    expect(good).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(good.out)).toMatchObject({
      flow: "first",
      state: "Success",
      result: 42,
      parameters: {},
      tasks: [{ task: "answer-1", state: "Success", attempts: 1 }],
    });
    expect(bad).toMatchObject({ code: 1, err: "working\n" });
    expect(JSON.parse(bad.out)).toMatchObject({
      state: "Failed",
      error: { message: expect.any(String) },
      tasks: [{ state: "Failed" }],
    });
  });

  test("--json keeps what the file prints while it is loaded out of the object", async () => {
    const talks = userFolder({ "talks.ts": `console.log("loading");\n${FLOW}` });

    const [ran, checked] = await Promise.all([
      talks.caudal(["run", "talks.ts", "--json"]),
      talks.caudal(["check", "talks.ts", "--json"]),
    ]);

    expect(JSON.parse(ran.out)).toMatchObject({ state: "Success", result: 42 });
    expect(JSON.parse(checked.out)).toMatchObject({ flows: [{ flow: "first" }] });
    expect([ran.err, checked.err]).toEqual(["loading\n", "loading\n"]);
    talks.remove();
  });

  test("picks a flow by name", async () => {
    const [named, unnamed, mistyped] = await Promise.all([
      folder.caudal(["run", "two.ts", "--flow", "second one", "--log-level", "warn"]),
      folder.caudal(["run", "two.ts"]),
      folder.caudal(["run", "two.ts", "--flow", "second on"]),
    ]);

    expect(named).toEqual({ code: 0, out: "Result: 42\n", err: "" });
    expect(unnamed).toEqual({
      code: 2,
      out: "",
      err: "FLOW_AMBIGUOUS: two.ts defines 2 flows; say which one with --flow: 'first', 'second one'\n",
    });
    expect(mistyped).toEqual({
      code: 2,
      out: "",
      err: "FLOW_UNKNOWN: there is no flow 'second on'; did you mean 'second one'? The file defines 'first', 'second one'\n",
    });
  });

  test("--schedule of a flow without one is refused", async () => {
    const ended = await folder.caudal(["run", "first.ts", "--schedule"]);

    expect(ended).toMatchObject({ code: 65, out: "" });
    expect(ended.err).toContain("FLOW_WITHOUT_SCHEDULE: flow 'first' has no schedule");
  });
});

// There is no Ctrl-C to send on Windows: a kill ends the process there.
describe.skipIf(process.platform === "win32")("Ctrl-C", () => {
  const slow = `import { context, every, flow, task } from "caudal";
import { setTimeout as sleep } from "node:timers/promises";
const timer = setInterval(() => {
  if (process.listenerCount("SIGINT") === 0) return;
  clearInterval(timer);
  console.log("ready to be interrupted");
}, 5);
const wait = task("wait", async () => {
  await sleep(60_000, undefined, { signal: context().signal });
});
export const slow = flow({ name: "slow", schedule: every("1h") }, () => wait());
`;

  test.each([
    [
      "in a run",
      ["run", "slow.ts"],
      /Interrupted: run \w+ of flow 'slow' .*what finished is kept\. Go on with: npx caudal resume \w+/,
    ],
    [
      "between two runs",
      ["run", "slow.ts", "--schedule"],
      /Interrupted: the schedule of flow 'slow' is no longer followed/,
    ],
  ])("%s ends the process with one line and exit code 130", async (_when, words, said) => {
    const used = userFolder({ "slow.ts": slow });

    const ended = await used.caudal(words, { interruptAt: "ready to be interrupted" });

    expect(ended).toMatchObject({ code: 130, err: "" });
    expect(ended.out.match(/Interrupted/g)).toHaveLength(1);
    expect(ended.out).toMatch(said);
    used.remove();
  });

  test("with --json still prints the run as it was left", async () => {
    const used = userFolder({ "slow.ts": slow });

    const ended = await used.caudal(["run", "slow.ts", "--json"], { interruptAt: "ready to be interrupted" });

    expect(ended.code).toBe(130);
    expect(JSON.parse(ended.out)).toMatchObject({ flow: "slow", state: "Pending", tasks: [{ task: "wait-1" }] });
    used.remove();
  });
});

describe("words that are no command line", () => {
  test.each([
    [["rnu", "x.ts"], "unknown command 'rnu'; did you mean 'run'?"],
    [["first.ts"], "unknown command 'first.ts'; to run that file: npx caudal run first.ts"],
    [["run"], "missing required argument 'file'"],
    [["run", "a.ts", "b.ts"], "too many arguments for 'run'"],
    [["run", "a.ts", "--parm", "x=1"], "unknown option '--parm'; did you mean '--param'?"],
    [["run", "a.ts", "--flow", "a", "--flow", "b"], "It is given twice."],
    [["run", "a.ts", "--log-level", "loud"], "Levels are debug, info, warn, error and off."],
    [["visualize", "first.ts", "--out", "a.pdf", "--format", "svg"], "--out a.pdf and --format svg do not agree"],
  ])("%j", async (words, said) => {
    const ended = await folder.caudal(words);

    expect(ended).toMatchObject({ code: 2, out: "" });
    expect(ended.err).toMatch(/^COMMAND_LINE: /);
    expect(ended.err).toContain(said);
  });
});

describe("help", () => {
  test("begins with run and visualize, and names nothing that is not there yet", async () => {
    const [help, asked, ofRun] = await Promise.all([
      folder.caudal(["help"]),
      folder.caudal(["--help"]),
      folder.caudal(["help", "run"]),
    ]);

    expect(help).toMatchObject({ code: 0, err: "" });
    expect(asked.out).toBe(help.out);
    expect(help.out).toMatch(
      /Commands:\n {2}run .*\n {2}serve .*\n {2}visualize .*\n {2}runs .*\n {2}doctor .*\n {2}help .*\n\nMore:\n {2}resume .*\n {2}retry .*\n {2}cancel .*\n {2}pause .*\n {2}approve .*\n {2}reject .*\n {2}mark .*\n {2}schedules .*\n {2}cache .*\n {2}check .*\n {2}config .*\n {2}init .*\n {2}version /,
    );
    expect(ofRun.out).toContain("--param <name=value>");
  });

  test("version says which caudal and which Node", async () => {
    const ended = await folder.caudal(["version"]);

    expect(ended.out).toMatch(new RegExp(`^caudal \\d+\\.\\d+\\.\\d+, Node ${process.version}, `));
  });
});

describe("caudal alone", () => {
  test("names the files with flows and the next commands", async () => {
    const ended = await folder.caudal([]);

    expect(ended).toMatchObject({ code: 0, err: "" });
    expect(ended.out).toMatch(
      /^Files with flows here: big\.ts, fails\.ts, first\.ts, .*\n\n {2}npx caudal run big\.ts /,
    );
  });

  test("in a folder without flows, begins one", async () => {
    const empty = userFolder({});

    const ended = await empty.caudal([]);

    expect(ended.out).toContain("There is no flow in this folder yet. Begin with one:\n\n  npx caudal init\n");
    empty.remove();
  });
});

describe("caudal check", () => {
  test("lists flows, tasks and parameters", async () => {
    const ended = await folder.caudal(["check", "parameters.ts", "first.ts"]);

    expect(ended).toMatchObject({ code: 0, err: "" });
    expect(ended.out).toContain(
      '✓ echoes  parameters.ts, 1 task\n    tasks       echo-1\n    parameters  size: number (default 10)\n                name: string (default "Ana")\n',
    );
    expect(ended.out).toContain("any: json, required\n✓ first  first.ts, 1 task\n");
  });

  test("exits 1 for a flow whose shape depends on when it is built, and names tasks nobody calls", async () => {
    const ended = await folder.caudal(["check", "shaky.ts"]);

    expect(ended).toMatchObject({ code: 1, err: "" });
    expect(ended.out).toContain("✗ shaky  shaky.ts");
    expect(ended.out).toContain("error: FLOW_NOT_DETERMINISTIC: built twice, the flow differs: ");
    expect(ended.out).toContain("warning: task 'forgotten' is made but no flow calls it");
  });

  test("takes a pattern for the files that fit it, where no shell has done so", async () => {
    const ended = await folder.caudal(["check", "fir*.t?", "--json"]);

    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.out)).toMatchObject({ flows: [{ file: "first.ts" }] });
  });

  test("--json gives the same as data", async () => {
    const { out } = await folder.caudal(["check", "first.ts", "--json"]);

    expect(JSON.parse(out)).toMatchObject({
      flows: [{ flow: "first", file: "first.ts", tasks: ["answer-1"], findings: [] }],
      findings: [],
      notes: [],
    });
  });
});

describe("caudal init", () => {
  test("makes an empty folder ready, and its hello runs", async () => {
    const empty = userFolder({});

    const made = await empty.caudal(["init", "new ónes"]);
    const ran = await empty.caudal(["run", "new ónes/hello.ts"]);

    expect(made).toMatchObject({ code: 0, err: "" });
    expect(made.out).toBe(
      'wrote   new ónes/package.json\nwrote   new ónes/tsconfig.json\nwrote   new ónes/hello.ts\n\nNext:\n  cd "new ónes"\n  npm install caudal\n  npx caudal run hello.ts\n'.replaceAll(
        "/",
        process.platform === "win32" ? "\\" : "/",
      ),
    );
    expect(JSON.parse(readFileSync(join(empty.path, "new ónes", "package.json"), "utf8"))).toEqual({
      name: "new-ones",
      private: true,
      type: "module",
    });
    expect(ran).toEqual({ code: 0, out: HELLO_LINES, err: "" });
    empty.remove();
  });

  test("keeps what is there and changes only the type in package.json, saying so", async () => {
    const used = userFolder({
      "package.json": '{\n    "name": "x",\n    "type": "commonjs",\n    "scripts": { "a": "b" }\n}\n',
      "hello.ts": "mine",
      "node_modules/caudal/package.json": "{}",
    });

    const made = await used.caudal(["init"]);
    const again = await used.caudal(["init"]);

    expect(made.out).toBe(
      'changed package.json: "type": "module" (it said "type": "commonjs")\nwrote   tsconfig.json\nkept    hello.ts: it was there\n\nNext:\n  npx caudal run hello.ts\n',
    );
    expect(readFileSync(join(used.path, "package.json"), "utf8")).toBe(
      '{\n    "name": "x",\n    "type": "module",\n    "scripts": { "a": "b" }\n}\n',
    );
    expect(readFileSync(join(used.path, "hello.ts"), "utf8")).toBe("mine");
    expect(again.out).toContain(
      "kept    package.json: it was there\nkept    tsconfig.json: it was there\nkept    hello.ts: it was there\n",
    );
    used.remove();
  });

  test("adds a type where package.json has none", async () => {
    const used = userFolder({ "package.json": '{\n  "name": "x"\n}\n' });

    await used.caudal(["init"]);

    expect(readFileSync(join(used.path, "package.json"), "utf8")).toBe('{\n  "type": "module",\n  "name": "x"\n}\n');
    used.remove();
  });

  test("refuses a place where it cannot write", async () => {
    const used = userFolder({ taken: "a file" });

    const ended = await used.caudal(["init", "taken"]);

    expect(ended).toMatchObject({ code: 73, out: "" });
    expect(ended.err).toMatch(/^FILE_NOT_WRITTEN: .*taken cannot be written: /);
    expect(existsSync(join(used.path, "taken", "hello.ts"))).toBe(false);
    used.remove();
  });
});

describe("a project with a copy of its own", () => {
  test("is checked by that copy, and its runs fail with a code all the same", async () => {
    const own = userFolder({ "package.json": NPM_INIT, "shaky.ts": FILES["shaky.ts"], "parameters.ts": PARAMETERS });
    own.installCopy(".");
    mkdirSync(join(own.path, "sub"));
    writeFileSync(join(own.path, "sub", "fails.ts"), FAILS);

    const [checked, refused, failed] = await Promise.all([
      own.caudal(["check", "shaky.ts"]),
      own.caudal(["run", "parameters.ts"]),
      own.caudal(["run", "sub/fails.ts"]),
    ]);

    expect(checked.code).toBe(1);
    expect(checked.out).toContain("FLOW_NOT_DETERMINISTIC");
    expect(refused).toMatchObject({
      code: 65,
      err: "PARAMETER_INVALID: parameters of flow 'echoes':\n  - any: is required\n",
    });
    expect(failed.code).toBe(1);
    own.remove();
  });
});
