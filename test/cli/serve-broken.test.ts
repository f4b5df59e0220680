/** `caudal serve` with files that cannot be loaded: each is told of, the others are served, and it comes in when mended. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { FlowList, RunDetail, TaskRunList } from "../../src/server/contract.ts";
import { folderWith, serving } from "./serving.ts";
import { buildPackage, FLOW } from "./user-folder.ts";

beforeAll(() => buildPackage());

const flowNamed = (name: string, value: string | number = 1) =>
  `import { flow, task } from "caudal";\nexport const f = flow("${name}", () => task("give", () => ${value})());\n`;
const twice = `${flowNamed("one")}export const again = flow("one", () => task("give", () => 2)());\n`;

/** File → what is in it, what is said of it, and where. */
const BROKEN = {
  "syntax.mts": ["\nconst x = ;\n", "FLOW_FILE_SYNTAX", 2],
  "enum.mts": ["enum Colour { Red }\n", "FLOW_FILE_NOT_ERASABLE", 1],
  "imports.mts": ['import "./nowhere.mts";\n', "FLOW_FILE_IMPORT", 1],
  "throws.mts": ['\n\nthrow new Error("no API address");\n', "FLOW_FILE_THREW", 3],
  "build.mts": ['import { flow } from "caudal";\nflow("bad", async () => {});\n', "FLOW_ASYNC", 2],
  "twice.mts": [twice, "FLOW_DUPLICATE", 3],
  "none.mts": ["export const nothing = 1;\n", "FLOW_NONE", undefined],
  "gone.mts": [undefined, "FLOW_FILE", undefined],
  "exits.mts": ['console.log("bye");\nprocess.exit(3);\n', "FLOW_FILE_EXITED", 2],
  "killed.mts": [
    'process.kill(process.pid, "SIGKILL");\nawait new Promise(() => {});\n',
    "FLOW_FILE_EXITED",
    undefined,
  ],
  "rejects.mts": [`${flowNamed("rejects")}void Promise.reject(new Error("nobody"));\n`, "FLOW_FILE_THREW", 3],
  "loops.mts": ["let n = 0;\nwhile (true) n++;\n", "FLOW_FILE_STUCK", 2],
  "waits.mts": ["setInterval(() => {}, 1000);\nawait new Promise(() => {});\n", "FLOW_FILE_STUCK", undefined],
} as const satisfies Record<string, readonly [string | undefined, string, number | undefined]>;

const LOOPS = `import { writeFileSync } from "node:fs";
writeFileSync("pid.txt", String(process.pid));
while (true);
`;
/** Before it would be given up by itself. */
const UNTIL = { timeout: 8_000, interval: 20 };

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const texts = Object.entries(BROKEN).flatMap(([name, [text]]) => (text === undefined ? [] : [[name, text] as const]));

describe("caudal serve with every kind of file that cannot be loaded", () => {
  test("serves the good one meanwhile, tells of each with code and line, and takes them in as they are mended", async () => {
    const folder = folderWith({ "first.mts": FLOW, ...Object.fromEntries(texts) });
    const server = await serving(folder, [...Object.keys(BROKEN), "first.mts"], { after: "http://" });

    const { id } = await server
      .until<FlowList>("/flows", ({ flows }) => flows.length > 0)
      .then(() => server.start("first"));
    const run = await server.until<RunDetail>(`/runs/${id}`, ({ endedAt }) => endedAt !== undefined);
    const screen = await server.said("Ctrl-C ends it");
    const { broken } = await server.json<FlowList>("/flows");
    for (const name of Object.keys(BROKEN)) writeFileSync(join(folder.path, name), flowNamed(`mended ${name}`));
    const mended = await server.until<FlowList>("/flows", ({ broken }) => broken.length === 0);
    const ended = await server.stop();

    expect(run.state).toBe("Success");
    expect(Object.fromEntries(broken.map(({ file, code, line }) => [file, [code, line]]))).toEqual(
      Object.fromEntries(Object.entries(BROKEN).map(([name, [, code, line]]) => [name, [code, line]])),
    );
    expect(broken.find(({ file }) => file === "exits.mts")).toMatchObject({
      message: expect.stringMatching(/ended the process \(exit code 3\)[\s\S]*It last printed:\nbye$/),
    });
    for (const [name, [, code]] of Object.entries(BROKEN)) expect(screen).toMatch(new RegExp(`${code} ${name}`));
    expect(mended.flows.map(({ name }) => name)).toEqual(
      ["first", ...Object.keys(BROKEN).map((name) => `mended ${name}`)].sort(),
    );
    expect(ended).toMatchObject({ code: 0, err: "" });
  }, 180_000);

  test("says so when a saved file is still broken, in other words, and when a name is free again", async () => {
    const folder = folderWith({ "a.mts": flowNamed("same"), "b.mts": flowNamed("same"), "c.mts": "const x = ;\n" });
    const server = await serving(folder, ["a.mts", "b.mts", "c.mts"]);

    const before = await server.json<FlowList>("/flows");
    writeFileSync(join(folder.path, "c.mts"), 'throw new Error("now this");\n');
    const said = await server.said("now this");
    writeFileSync(join(folder.path, "a.mts"), flowNamed("other"));
    const after = await server.until<FlowList>("/flows", ({ flows }) => flows.length === 2);
    await server.stop();

    expect(before.broken).toMatchObject([
      { file: "b.mts", code: "FLOW_DUPLICATE", line: 2 },
      { file: "c.mts", code: "FLOW_FILE_SYNTAX" },
    ]);
    expect(said).toContain("ERROR - caudal.serve | c.mts:1:7 cannot be loaded: FLOW_FILE_THREW: c.mts threw");
    expect(after.flows.map(({ name }) => name)).toEqual(["other", "same"]);
    expect(after.broken).toMatchObject([{ file: "c.mts" }]);
  });
});

describe("a first file that does not come to its end", () => {
  test("keeps nobody waiting: the others are served, and the terminal says what is still being loaded", async () => {
    const folder = folderWith({ "loops.mts": LOOPS, "good.mts": flowNamed("good") });
    const server = await serving(folder, ["loops.mts", "good.mts"], { after: "http://" });

    const list = await server.until<FlowList>("/flows", ({ flows }) => flows.length > 0);
    const run = await server.start("good");
    const said = await server.said("Still loading");
    await server.stop();

    expect(list).toMatchObject({ flows: [{ name: "good" }], broken: [], loading: ["loops.mts"] });
    expect(run).toMatchObject({ flow: "good" });
    expect(said).toContain("INFO - caudal.serve | Still loading loops.mts; served meanwhile: good");
    expect(existsSync(join(folder.path, ".caudal", "caudal.db"))).toBe(true);
  });
});

describe("a server that is stopped while a file does not come to its end", () => {
  test("ends at once, and leaves no process behind", async () => {
    const folder = folderWith({ "loops.mts": LOOPS });
    const server = await serving(folder, ["loops.mts"], { after: "http://" });
    const pidFile = join(folder.path, "pid.txt");
    await vi.waitUntil(() => existsSync(pidFile) && readFileSync(pidFile, "utf8") !== "", UNTIL);

    const ended = await server.stop();
    await vi.waitUntil(() => !isAlive(Number(readFileSync(pidFile, "utf8"))), UNTIL);

    expect(ended).toMatchObject({ code: 0, err: "" });
    expect(ended.out).not.toContain("FLOW_FILE");
  });
});

describe("code of a flow file that would end the server later", () => {
  const HARMFUL = `import { existsSync } from "node:fs";
import { flow, task } from "caudal";
const later = () => globalThis.process.exit(7);
export const calm = flow("calm", () => task("give", () => 1)());
export const exits = flow("exits", () => task("exit", () => process.exit(5))());
export const strays = flow("strays", () => task("stray", () => { void Promise.reject(new Error("stray in a body")); return 2; })());
export const late = flow("late", () => task("later", () => { const timer = setInterval(() => { if (existsSync("over")) { clearInterval(timer); throw new Error("stray after its run"); } }, 10); })());
setTimeout(() => { throw new Error("thrown by a timer"); }, 2_000);
setTimeout(() => void Promise.reject(new Error("rejected by a timer")), 2_000);
setTimeout(later, 2_000);
`;

  test("is told of, and the server and its runs go on", async () => {
    const folder = folderWith({ "harmful.mts": HARMFUL });
    const server = await serving(folder, ["harmful.mts"]);

    const ended = async (flow: string) => {
      const { id } = await server.start(flow);
      return server.until<RunDetail>(`/runs/${id}`, ({ endedAt }) => endedAt !== undefined);
    };
    const exits = await ended("exits");
    const [exit] = (await server.json<TaskRunList>(`/runs/${exits.id}/tasks`)).taskRuns;
    const strays = await ended("strays");
    const late = await ended("late");
    writeFileSync(join(folder.path, "over"), "");
    await server.said("thrown by a timer");
    await server.said("rejected by a timer");
    await server.said("stray after its run");
    const said = await server.said(/PROCESS_EXIT|process\.exit\(7\)/);
    const calm = await ended("calm");
    const stopped = await server.stop();

    expect(exit).toMatchObject({ state: "Failed", error: { code: "PROCESS_EXIT" } });
    expect([strays.state, late.state]).toEqual(["Success", "Success"]);
    expect(said.match(/ERROR .*Error: stray in a body/g)).toEqual([
      expect.stringMatching(/ERROR - caudal\.stray \| After this attempt had ended, something that task 'stray' had/),
    ]);
    expect(said.match(/ERROR .*Error: stray after its run/g)).toEqual([
      expect.stringMatching(/ERROR - caudal\.later \| After this attempt had ended, something that task 'later' had/),
    ]);
    expect(calm.state).toBe("Success");
    expect(stopped.code).toBe(0);
  });
});
