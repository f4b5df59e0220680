/** `caudal serve` as it is typed: what it prints, what it answers, how it ends, and what it does with a broken file. */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { FlowList, RunDetail } from "../../src/server/contract.ts";
import { folderWith, serving } from "./serving.ts";
import { buildPackage, FLOW, type Folder, hearing } from "./user-folder.ts";

beforeAll(() => buildPackage());

const SLOW = `import { context, flow, task } from "caudal";
const wait = task("wait", () => new Promise((resolve, reject) => {
  context().signal.addEventListener("abort", () => reject(new Error("told to stop")));
  if (context().recovered) resolve("went on");
}));
export const slow = flow("slow", () => wait());
`;

const WAITS = `import { existsSync } from "node:fs";
import { context, flow, task } from "caudal";
const wait = task("wait", () => new Promise((resolve, reject) => {
  context().signal.addEventListener("abort", () => reject(new Error("told to stop")));
  if (existsSync("go.txt")) resolve("went on");
}));
export const waits = flow("waits", () => wait());
`;
const ENDS = `import { context, flow, task } from "caudal";
const heeds = task("heeds", () => new Promise((resolve) => {
  context().signal.addEventListener("abort", () => setTimeout(resolve, 100, "done"));
}));
const after = task("after", (_) => 1);
export const ends = flow("ends", () => after(heeds()));
`;

const TELLS = `import { flow, task } from "caudal";
import { slackWebhook } from "caudal/notify";
const load = task("load", () => { throw new Error("no table"); });
export const told = flow(
  { name: "told", onFailure: slackWebhook({ urlFrom: "ALERTS", allowPrivate: true }) },
  () => void load(),
);
`;

/** Takes a message when it is told to: whoever sent it is kept waiting. */
async function slowChannel() {
  let came: (body: string) => void;
  const message = new Promise<string>((resolve) => (came = resolve));
  let answer: () => void;
  const taken = new Promise<void>((resolve) => (answer = resolve));
  const channel = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += String(piece);
    came(body);
    await taken;
    response.end();
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void channel.close().closeAllConnections());
  await new Promise((resolve) => channel.once("listening", resolve));
  const env = { CAUDAL_SECRET_ALERTS: `http://127.0.0.1:${(channel.address() as AddressInfo).port}/` };
  return { env, message, take: () => answer() };
}

describe("who is to be told of a failure", () => {
  test("is told before caudal run ends, however long it takes", async () => {
    const folder = folderWith({ "told.mts": TELLS });
    const channel = await slowChannel();

    const ended = folder.caudal(["run", "told.mts"], channel);
    const message = await channel.message;
    channel.take();

    expect(message).toContain("*load* Failed: no table");
    expect((await ended).code).toBe(1);
    expect((await ended).out).not.toContain("was ignored");
  });

  test("is sent to the page of the run, where there is one", async () => {
    const folder = folderWith({ "told.mts": TELLS });
    const channel = await slowChannel();
    const server = await serving(folder, ["told.mts"], { env: channel.env });

    const { id } = await server.start("told");
    const message = await channel.message;
    const stopped = server.stop();
    channel.take();

    expect(message).toContain(`${server.address}/runs/${id}|Open the run`);
    expect((await stopped).code).toBe(0);
  });
});

describe("caudal serve", () => {
  test("serves a flow, runs it, and ends with 0 when it is told to", async () => {
    const folder = folderWith({ "first.mts": FLOW });
    const server = await serving(folder, ["first.mts"]);

    const { id } = await server.start("first");
    const run = await server.until<RunDetail>(`/runs/${id}`, ({ endedAt }) => endedAt !== undefined);
    const ended = await server.stop();

    expect(run).toMatchObject({ state: "Success", result: { value: 42 } });
    expect(ended).toMatchObject({ code: 0, err: "" });
    expect(ended.out).toMatch(
      /^caudal \d+\.\d+\.\d+ {2}http:\/\/127\.0\.0\.1:\d+\n\nFlows\n {2}first\n\nStore .*caudal\.db\n/,
    );
  });

  test("leaves what is unfinished to the next one, which goes on with it", async () => {
    const folder = folderWith({ "slow.mts": SLOW });
    const first = await serving(folder, ["slow.mts"]);
    const { id } = await first.start("slow");
    await first.until<RunDetail>(`/runs/${id}`, ({ progress }) => progress.running === 1);
    const stopped = await first.stop();

    const second = await serving(folder, ["slow.mts"]);
    const run = await second.until<RunDetail>(
      `/runs/${id}`,
      ({ ownership, endedAt }) => endedAt !== undefined || ownership === "here",
    );
    await second.stop();

    expect(stopped.code).toBe(0);
    expect(run.id).toBe(id);
  });

  test("with --dev starts anew at the same address when a file is saved: a run in its middle goes on there", async () => {
    const folder = folderWith({ "waits.mts": WAITS });
    const server = await serving(folder, ["--dev", "waits.mts"]);
    const { id } = await server.start("waits");
    await server.until<RunDetail>(`/runs/${id}`, ({ progress }) => progress.running === 1);

    writeFileSync(join(folder.path, "go.txt"), "");
    writeFileSync(join(folder.path, "waits.mts"), `${WAITS}export const more = flow("more", () => wait());\n`);
    await server.said(/starting anew[\s\S]*Ctrl-C ends it/);
    const { flows } = await server.json<FlowList>("/flows");
    const run = await server.until<RunDetail>(`/runs/${id}`, ({ endedAt }) => endedAt !== undefined);
    const ended = await server.stop();

    expect(flows.map(({ name }) => name)).toEqual(["more", "waits"]);
    expect(run).toMatchObject({ state: "Success", result: { value: "went on" } });
    expect(ended).toMatchObject({ code: 0, err: "" });
  });

  test("asked to end, lets what is in flight end within its grace, and begins nothing more of the run", async () => {
    const folder = folderWith({ "ends.mts": ENDS });
    const server = await serving(folder, ["ends.mts"]);
    const { id } = await server.start("ends");
    await server.until<RunDetail>(`/runs/${id}`, ({ progress }) => progress.running === 1);

    const ended = await server.stop();
    const shown = await folder.caudal(["runs", "show", id, "--json"]);

    expect(ended).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(shown.out)).toMatchObject({
      tasks: [
        { task: "heeds-1", state: "Success" },
        { task: "after-1", state: "Pending" },
      ],
    });
  });

  test("takes the next free port where none is named, and refuses one that is named and taken", async () => {
    const folder = folderWith({ "first.mts": FLOW });
    const first = await serving(folder, ["first.mts"], { port: "unnamed" });
    const second = await serving(folder, ["first.mts"], { port: "unnamed" });
    const [one, two] = [new URL(first.address).port, new URL(second.address).port];

    const third = await folder.caudal(["serve", "first.mts", "--port", one]);

    expect(Number(one)).toBeGreaterThanOrEqual(4_200);
    expect(Number(two)).toBeGreaterThan(Number(one));
    expect([third.code, third.out]).toEqual([69, ""]);
    expect(third.err).toMatch(new RegExp(`^PORT_IN_USE: port ${one} of 127\\.0\\.0\\.1 is in use`));
  });

  test("several on one store show each other's runs, and act on them", async () => {
    const folder = folderWith({ "waits.mts": WAITS });
    const [first, second] = [await serving(folder, ["waits.mts"]), await serving(folder, ["waits.mts"])];
    const { id } = await first.start("waits");
    const seen = await second.until<RunDetail>(`/runs/${id}`, ({ progress }) => progress?.running === 1);

    const cancelled = await folder.caudal(["cancel", id, "--remote", second.address]);
    const run = await first.json<RunDetail>(`/runs/${id}`);

    expect(seen.ownership).toBe("alive");
    expect(cancelled).toMatchObject({ code: 0, out: expect.stringContaining("is Cancelled") });
    expect(run.state).toBe("Cancelled");
  });

  test("tells of a broken file, serves the others, and takes it in when it is mended", async () => {
    const folder = folderWith({
      "first.mts": FLOW,
      "bad.mts": 'import { flow } from "caudal";\nimport "./part.mts";\n',
      "part.mts": "const x = ;\n",
    });
    const server = await serving(folder, ["bad.mts", "first.mts"]);

    const before = await server.json<FlowList>("/flows");
    writeFileSync(join(folder.path, "part.mts"), "export const x = 1;\n");
    writeFileSync(
      join(folder.path, "bad.mts"),
      'import { flow, task } from "caudal";\nimport { x } from "./part.mts";\nexport const mended = flow("mended", () => task("give", () => x)());\n',
    );
    const after = await server.until<FlowList>("/flows", ({ broken }) => broken.length === 0);
    const { id } = await server.start("mended");
    const run = await server.until<RunDetail>(`/runs/${id}`, ({ endedAt }) => endedAt !== undefined);
    const ended = await server.stop();

    expect(before.flows.map(({ name }) => name)).toEqual(["first"]);
    expect(before.broken).toMatchObject([{ code: "FLOW_FILE_SYNTAX", file: "part.mts", line: 1 }]);
    expect(after.flows.map(({ name }) => name)).toEqual(["first", "mended"]);
    expect(run.result).toMatchObject({ value: 1 });
    expect(ended.out).toContain("Broken, loaded again when saved\n  FLOW_FILE_SYNTAX part.mts:1:11");
  });

  test("without files shows what the store knows", async () => {
    const folder = folderWith({ "first.mts": FLOW });
    await folder.caudal(["run", "first.mts"]);
    const server = await serving(folder, []);

    const { flows } = await server.json<FlowList>("/flows");
    await server.stop();

    expect(flows).toMatchObject([{ name: "first", loaded: false, lastRuns: [{ state: "Success" }] }]);
  });

  test.each([
    ["B28: a port that is none", ["--port", "70000"], 2, "--port takes a number"],
    ["B28: a port that is a word", ["--port", "abc"], 2, "--port takes a number"],
    ["B29: others without a token", ["--host", "0.0.0.0"], 78, "BIND_WITHOUT_TOKEN"],
  ])("%s is refused", async (_name, words, code, text) => {
    const folder = folderWith({ "first.mts": FLOW });

    const ended = await folder.caudal(["serve", "first.mts", ...words]);

    expect(ended.code).toBe(code);
    expect(ended.err).toContain(text);
  });

  test("B43: a token that could be guessed is refused, and config shows none", async () => {
    const folder = folderWith({ "first.mts": FLOW });

    const ended = await folder.caudal(["serve", "first.mts", "--host", "0.0.0.0"], { env: { CAUDAL_TOKEN: "short" } });
    const config = await folder.caudal(["config"], { env: { CAUDAL_TOKEN: "do-not-print-this-one" } });

    expect([ended.code, ended.err]).toEqual([78, expect.stringContaining("TOKEN_WEAK")]);
    expect(config.out).not.toContain("do-not-print");
  });
});

describe("a store that is deleted while it is in use (F08)", () => {
  const gone = (folder: Folder) => rmSync(join(folder.path, ".caudal"), { recursive: true });

  test("ends the server, idle or not, with 74, and is not made again", async () => {
    const folder = folderWith({ "slow.mts": SLOW });
    const on = await serving(folder, ["slow.mts"]);
    const { id } = await on.start("slow");
    await on.until<RunDetail>(`/runs/${id}`, ({ progress }) => progress.running === 1);

    gone(folder);
    const { code, err } = await on.ended;

    expect([code, err]).toEqual([74, expect.stringMatching(/^STORE_GONE: the store .* was deleted or replaced/m)]);
    expect(existsSync(join(folder.path, ".caudal"))).toBe(false);
  });

  test("ends who follows a schedule at its next tick, with 74", async () => {
    const folder = folderWith({
      "often.mts": `import { every, flow, task } from "caudal";
const tick = task("tick", () => console.log("ticked"));
export const often = flow({ name: "often", schedule: every("1s") }, () => tick());
`,
    });
    const { heard, said } = hearing("ticked");
    const following = folder.caudal(["run", "often.mts", "--schedule"], { heard });
    await said;

    gone(folder);
    const { code, err } = await following;

    expect([code, err]).toEqual([74, expect.stringMatching(/^STORE_GONE: /m)]);
  });
});

describe("caudal schedules", () => {
  const MINUTELY = `import { every, flow, task } from "caudal";
export const minutely = flow({ name: "minutely", schedule: every("1m") }, () => task("t", () => 1)());
`;

  test("says when one fires next, and switches it for the server too", async () => {
    const folder = folderWith({ "minutely.mts": MINUTELY });
    const server = await serving(folder, ["minutely.mts"]);

    const next = await folder.caudal(["schedules", "next", "minutely.mts", "--count", "3"]);
    const off = await folder.caudal(["schedules", "off", "minutely"]);
    const list = await folder.caudal(["schedules", "list"]);
    const { schedules } = await server.json<{ schedules: { on: boolean }[] }>("/schedules");
    await server.stop();

    expect(next.out).toMatch(/^minutely: every 1m\n( {2}\d{4}-\d\d-\d\dT\d\d:\d\d:00\+00:00\n){3}$/);
    expect(off).toMatchObject({ code: 0, err: "" });
    expect(list.out).toMatch(/FLOW +STATE.*\nminutely +off /);
    expect(schedules).toMatchObject([{ on: false }]);
  });

  test("of a flow that nobody followed is refused, with the nearest name", async () => {
    const folder = folderWith({ "first.mts": FLOW });
    await folder.caudal(["run", "first.mts"]);

    const ended = await folder.caudal(["schedules", "off", "frist"]);

    expect([ended.code, ended.err]).toEqual([
      2,
      expect.stringContaining("no schedule of flow 'frist' was followed here yet"),
    ]);
  });
});
