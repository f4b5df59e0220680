/** Commands with `--remote`: they ask a real server what they would read in its folder, and say the same. */
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { RunDetail } from "../../src/server/contract.ts";
import { folderWith, serving } from "./serving.ts";
import { buildPackage, type Ended, type Folder } from "./user-folder.ts";

beforeAll(() => buildPackage());

const FLOWS = `import { existsSync } from "node:fs";
import { approval, context, every, flow, task } from "caudal";
const twice = task({ name: "twice", cacheFor: "1h" }, (n: number) => { console.log("twice of", n); return n * 2; });
export const double = flow({ name: "double", schedule: every("1h"), parameters: { n: 1 } }, ({ n }) => twice(n));
const load = task("load", () => { if (!existsSync("mended.txt")) throw new Error("no table"); return "loaded"; });
export const breaks = flow("breaks", () => load());
export const asks = flow("asks", () => approval("go on?", { input: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } } })());
const wait = task("wait", () => new Promise((resolve, reject) => {
  context().signal.addEventListener("abort", () => reject(new Error("told to stop")));
}));
export const waits = flow("waits", () => wait());
const first = task("first", async () => {
  while (!existsSync("go.txt")) await new Promise((resolve) => setTimeout(resolve, 20));
  return 1;
});
export const steps = flow("steps", () => task("next", (n: number) => n + 1)(first()));
`;
const TOKEN = "0123456789abcdef0123456789abcdef";

interface There {
  readonly folder: Folder;
  readonly address: string;
  /** With \`--remote\`, called in a folder that knows nothing. */
  caudal(words: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  started(flow: string): Promise<RunDetail>;
  until(run: string, wanted: (run: RunDetail) => boolean): Promise<RunDetail>;
}

async function there(): Promise<There> {
  const folder = folderWith({ "flows.mts": FLOWS });
  const elsewhere = folderWith({});
  const server = await serving(folder, ["flows.mts"]);
  return {
    folder,
    address: server.address,
    caudal: (words, env = {}) => elsewhere.caudal([...words, "--remote", server.address], { env }),
    started: (flow) => server.start(flow),
    until: (run, wanted) => server.until<RunDetail>(`/runs/${run}`, wanted),
  };
}

const isOver = ({ endedAt }: RunDetail) => endedAt !== undefined;
const json = ({ out }: Ended) => JSON.parse(out) as Record<string, unknown>;

describe("looking at the runs of a server", () => {
  test("says what its own folder says", async () => {
    const { folder, caudal, started, until } = await there();
    const { id } = await started("double");
    await until(id, isOver);
    const broken = await started("breaks");
    await until(broken.id, isOver);

    const both = async (...words: readonly string[]) => [await caudal(words), await folder.caudal(words)] as const;
    const runs = await both("runs");
    const failed = await both("runs", "--state", "failed", "--limit", "5");
    const logs = await both("runs", "logs", id);
    const silent = await both("runs", "logs", "last");
    const shownBoth = await both("runs", "show", id.slice(-8));
    const interrupted = await caudal(["runs", "--state", "interrupted"]);
    const cached = await caudal(["cache", "list"]);
    const [list, listHere] = [await caudal(["runs", "--json"]), await folder.caudal(["runs", "--json"])];
    const shown = await caudal(["runs", "show", "last", "--json"]);
    const why = await caudal(["runs", "why", "last"]);

    expect(runs[0]).toEqual(runs[1]);
    expect(failed[0]).toEqual(failed[1]);
    expect(logs[0]).toEqual(logs[1]);
    expect(silent[0]).toEqual(silent[1]);
    expect(shownBoth[0]).toEqual(shownBoth[1]);
    expect(interrupted.out).toMatch(/^No run in http:.* is one of those\n$/);
    expect(cached.out).toMatch(/^KEY .*\n\w{8} +twice +double /);
    const facts = (ended: Ended) =>
      (JSON.parse(ended.out) as Record<string, unknown>[]).map(({ run, flow, state, startedAt, origin }) => ({
        ...{ run, flow, state, startedAt, origin },
      }));
    expect(facts(list)).toEqual(facts(listHere));
    expect(json(shown)).toMatchObject({
      ...{ run: broken.id, flow: "breaks", state: "Failed", finished: true },
      tasks: [{ task: "load-1", state: "Failed", attempts: 1, error: { message: "no table" } }],
    });
    expect(why.out).toContain("no table");
    expect(why.out).toMatch(/npx caudal retry \w{8} --remote http/);
  });

  test("a run that is not there, or not one, is refused as here", async () => {
    const { caudal, started, until } = await there();
    for (let i = 0; i < 2; i++) await until((await started("double")).id, isOver);

    const unknown = await caudal(["runs", "show", "zzzz"]);
    const never = await caudal(["runs", "show", "0".repeat(26)]);

    expect([unknown.code, unknown.err]).toEqual([66, expect.stringMatching(/^RUN_UNKNOWN: no run 'zzzz'/)]);
    expect([never.code, never.err]).toEqual([66, expect.stringMatching(/^RUN_UNKNOWN/)]);
  });
});

describe("acting on the runs of a server", () => {
  test("a flow is run by its name: its lines, its result, its exit code", async () => {
    const { caudal } = await there();

    const run = await caudal(["run", "double", "--param", "n=21"]);
    const asJson = await caudal(["run", "double", "--params", '{"n": 4}', "--json"]);
    const wrong = await caudal(["run", "double", "--param", "n=many"]);
    const unknown = await caudal(["run", "dubble"]);
    const local = await caudal(["run", "double", "--watch"]);

    expect(run).toMatchObject({
      code: 0,
      err: expect.stringMatching(/^Run \w{8} of flow 'double': http.*\/runs\/\w{26}\n$/),
    });
    expect(run.out).toBe("[time] INFO - caudal.twice | twice of 21\nResult: 42\n");
    expect(json(asJson)).toMatchObject({ flow: "double", state: "Success", parameters: { n: 4 }, result: 8 });
    expect([wrong.code, wrong.err]).toEqual([65, expect.stringMatching(/^PARAMETER_INVALID: [\s\S]*\bn\b/)]);
    expect([unknown.code, unknown.err]).toEqual([66, expect.stringContaining("did you mean 'double'?")]);
    expect([local.code, local.err]).toEqual([2, expect.stringMatching(/^REMOTE_OPTION: --watch/)]);
  });

  test("what failed is retried there, once its body is mended", async () => {
    const { folder, caudal } = await there();

    const failed = await caudal(["run", "breaks"]);
    writeFileSync(join(folder.path, "mended.txt"), "");
    const retried = await caudal(["retry", "--last"]);
    const nothing = await caudal(["retry", "--last"]);

    expect(failed.code).toBe(1);
    expect(failed.out).toContain("no table");
    expect(retried).toMatchObject({ code: 0, err: "", out: 'Result: "loaded"\n' });
    expect([nothing.code, nothing.err]).toEqual([65, expect.stringMatching(/^NOTHING_FAILED/)]);
  });

  test("an approval is given with its input, and another refused", async () => {
    const { caudal } = await there();

    const waiting = await caudal(["run", "asks"]);
    const approved = await caudal(["approve", "last", "--input", '{"share": 0.5}']);
    const shown = await caudal(["runs", "show", "last", "--json"]);
    await caudal(["run", "asks"]);
    const rejected = await caudal(["reject", "last", "--reason", "not on a Friday"]);
    const again = await caudal(["approve", "last"]);

    expect(waiting.code).toBe(3);
    expect(waiting.out).toMatch(/^Paused: [\s\S]*npx caudal approve \w{8} "go on\?-1" --remote http/);
    expect(approved).toMatchObject({ code: 0, err: "", out: expect.stringMatching(/^'go on\?-1' is Success, run/) });
    expect(json(shown)).toMatchObject({ state: "Success", result: { share: 0.5 } });
    expect(rejected.out).toMatch(/^'go on\?-1' is Failed/);
    expect([again.code, again.err]).toEqual([66, expect.stringMatching(/^RUN_UNKNOWN/)]);
  });

  test("a run is paused, and goes on when it is resumed", async () => {
    const { folder, caudal, started, until } = await there();
    const { id } = await started("steps");
    await until(id, ({ progress }) => progress.running === 1);

    const paused = await caudal(["pause", id]);
    writeFileSync(join(folder.path, "go.txt"), "");
    await until(id, ({ state }) => state === "Paused");
    const list = await caudal(["runs"]);
    const resumed = await caudal(["resume", id]);

    expect(paused.out).toBe(
      `Run ${id.slice(-8)} of flow 'steps' is Running: it is Paused as soon as what is running has come to its end\n`,
    );
    expect(list.out).toContain("Paused");
    expect(resumed).toMatchObject({ code: 0, err: "", out: "Result: 2\n" });
  });

  test("a task run is marked, with a reason that is told there", async () => {
    const { caudal } = await there();
    const { code } = await caudal(["run", "asks"]);
    const [{ run: id }] = JSON.parse((await caudal(["runs", "--json"])).out) as [{ readonly run: string }];
    const gate = ["mark", id, "go on?-1", "success"];

    const blank = await caudal(gate);
    const marked = await caudal([...gate, "--reason", "asked her", "--value", '{"share":0.25}']);
    const shown = json(await caudal(["runs", "show", id, "--json"]));
    const why = await caudal(["runs", "why", id, "go on?-1"]);

    expect([code, blank.code, blank.err]).toEqual([3, 2, expect.stringContaining("say why, with --reason")]);
    expect(marked).toMatchObject({ code: 0, err: "", out: expect.stringMatching(/^'go on\?-1' is Success, run/) });
    expect(shown).toMatchObject({ state: "Success", result: { share: 0.25 } });
    expect(why.out).toMatch(/marked it at .*, when it was Paused: asked her/);
  });

  test("a run is cancelled, once", async () => {
    const { caudal, started, until } = await there();
    const { id } = await started("waits");
    await until(id, ({ progress }) => progress.running === 1);

    const cancelled = await caudal(["cancel", id]);
    const over = await caudal(["cancel", id]);
    const resumed = await caudal(["resume", id]);

    expect(cancelled).toMatchObject({ code: 0, out: `Run ${id.slice(-8)} of flow 'waits' is Cancelled\n` });
    expect([over.code, over.err]).toEqual([65, expect.stringMatching(/^RUN_OVER/)]);
    expect([resumed.code, resumed.err]).toEqual([65, expect.stringMatching(/^RUN_OVER/)]);
  });

  test("schedules are switched, and the cache is cleared", async () => {
    const { caudal } = await there();
    await caudal(["run", "double"]);

    const list = await caudal(["schedules", "list"]);
    const next = await caudal(["schedules", "next", "double", "--count", "2"]);
    const off = await caudal(["schedules", "off", "double"]);
    const after = await caudal(["schedules", "list", "--json"]);
    const unknown = await caudal(["schedules", "on", "dubble"]);
    const cleared = await caudal(["cache", "clear", "twice"]);
    const empty = await caudal(["cache", "list"]);

    expect(list.out).toMatch(/^FLOW +STATE +SCHEDULE.*\ndouble +on +every 1h +\d{4}-/);
    expect(next.out).toMatch(/^double: every 1h\n( {2}\d{4}-\d\d-\d\dT\d\d:00:00\+00:00\n){2}$/);
    expect(off.out).toContain("is off, for every process");
    expect(JSON.parse(after.out)).toMatchObject([{ flow: "double", on: false }]);
    expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining("did you mean 'double'?")]);
    expect(cleared.out).toBe("Forgot 1 result of 'twice': the next run computes again\n");
    expect(empty.out).toMatch(/^The cache of http:.* is empty\n$/);
  });
});

describe("a server that cannot be asked", () => {
  async function answering(headers: Readonly<Record<string, string>>, status: number, body: string): Promise<string> {
    const other = createServer((_request, response) => {
      response.writeHead(status, headers).end(body);
    });
    await new Promise<void>((listening) => other.listen(0, "127.0.0.1", listening));
    onTestFinished(() => {
      other.closeAllConnections();
      other.close();
    });
    return `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  }
  const JSON_TYPE = { "Content-Type": "application/json" };
  type Answer = readonly [headers: Readonly<Record<string, string>>, status: number, body: string];
  const CASES: readonly (readonly [name: string, at: string | Answer, code: number, text: RegExp])[] = [
    ["not there", "http://127.0.0.1:9", 69, /^REMOTE_UNREACHABLE: http:\/\/127\.0\.0\.1:9\/ cannot be reached/],
    ["no address", "ftp://etl", 2, /^REMOTE_ADDRESS: 'ftp:\/\/etl'/],
    ["another program", [JSON_TYPE, 200, "[]"], 69, /^REMOTE_FOREIGN: what answers at .* \(with status 200\)/],
    ["a page", [{ "Content-Type": "text/html" }, 404, "<h1>no"], 69, /^REMOTE_FOREIGN: .*status 404/],
    ["a redirect", [{ Location: "http://127.0.0.1:9/" }, 302, ""], 69, /^REMOTE_UNREACHABLE/],
    ["newer", [{ ...JSON_TYPE, "Caudal-Version": "7.1.0" }, 200, "{}"], 78, /^REMOTE_NEWER: .*7\.1\.0, newer/],
  ];

  test.each(CASES)("%s is refused with a code", async (_name, at, code, text) => {
    const folder = folderWith({});
    const address = typeof at === "string" ? at : await answering(...at);

    const ended = await folder.caudal(["runs"], { env: { CAUDAL_REMOTE: address } });

    expect([ended.code, ended.out]).toEqual([code, ""]);
    expect(ended.err).toMatch(text);
  });

  test("wants its token, and takes the right one only", async () => {
    const folder = folderWith({ "flows.mts": FLOWS });
    const server = await serving(folder, ["flows.mts", "--host", "0.0.0.0"], { env: { CAUDAL_TOKEN: TOKEN } });
    const list = (env: Readonly<Record<string, string>>) =>
      folder.caudal(["runs", "--remote", server.address], { env });

    const [none, wrong, right] = [
      await list({}),
      await list({ CAUDAL_TOKEN: `x${TOKEN}` }),
      await list({ CAUDAL_TOKEN: TOKEN }),
    ];

    expect([none.code, none.err]).toEqual([77, expect.stringMatching(/^TOKEN_REFUSED: send this server's token/)]);
    expect([wrong.code, wrong.err]).toEqual([77, expect.stringMatching(/^TOKEN_REFUSED: this is not/)]);
    expect(right).toMatchObject({ code: 0, err: "" });
  });
});
