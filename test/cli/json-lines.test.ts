/** `CAUDAL_LOG_FORMAT=json`: whoever reads stdout line by line finds one JSON object in each, whatever happens. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPackage, type Ended, type Folder, hearing, NPM_INIT, userFolder } from "./user-folder.ts";

const TALKS = `import { context, flow, task } from "caudal";
console.log("while it is loaded");
const say = task({ name: "say", stateHandlers: [() => console.log("in a handler\\nof two lines")] }, (n: number) => {
  console.log("in a body", { n });
  console.error("with care");
  context().log.warn("by its logger");
  return { n };
});
export const talks = flow({ name: "talks", parameters: { n: 1 }, onStateChange: () => console.log("in a listener") }, ({ n }) => say(n));
`;
const FAILS = `import { flow, task } from "caudal";
const parse = task({ name: "parse", retries: 1 }, () => JSON.parse("{"));
const after = task("after", (x: unknown) => x);
export const fails = flow({ name: "fails", onFailure: () => { throw new Error("in onFailure"); } }, () => after(parse()));
`;
const ASKS = `import { approval, flow } from "caudal";
const gate = approval("go on?");
export const asks = flow("asks", () => gate());
`;

interface Line {
  readonly at: string;
  readonly level: string;
  readonly logger: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

const JSON_LINES = { CAUDAL_LOG_FORMAT: "json" };

let folder: Folder;
beforeAll(async () => {
  await buildPackage();
  folder = userFolder({ "package.json": NPM_INIT, "talks.mts": TALKS, "fails.mts": FAILS, "asks.mts": ASKS });
});
afterAll(() => folder.remove());

/** @throws SyntaxError where a line is none */
function linesOf({ out }: Pick<Ended, "out">): readonly Line[] {
  const lines = out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
  for (const { at, level, logger, message } of lines) {
    expect(at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(["debug", "info", "warn", "error"]).toContain(level);
    expect([typeof logger, typeof message]).toEqual(["string", "string"]);
  }
  return lines;
}

describe("caudal run", () => {
  test("writes what bodies, handlers, listeners and the file print as records too", async () => {
    const ended = await folder.caudal(["run", "talks.mts"], { env: JSON_LINES });

    const lines = linesOf(ended);
    const runId = lines.find(({ runId }) => runId !== undefined)?.["runId"];
    const of = (logger: string) => lines.filter((line) => line.logger === logger);
    expect(of("caudal.console").map(({ message }) => message)).toEqual(["while it is loaded"]);
    const said = of("caudal.say");
    const handler = { level: "info", message: "in a handler\nof two lines", runId, taskRun: "say-1", handler: true };
    expect(said.filter((line) => line["handler"] === true)).toMatchObject([handler, handler]);
    const listener = { level: "info", message: "in a listener", runId, flow: "talks" };
    expect(of("caudal.talks").filter((line) => line["handler"] === true)).toMatchObject([listener, listener]);
    expect(said.filter((line) => line["handler"] !== true)).toMatchObject([
      { level: "info", message: "in a body { n: 1 }", runId, flow: "talks", taskRun: "say-1", attempt: 1 },
      { level: "error", message: "with care" },
      { level: "warn", message: "by its logger" },
    ]);
    expect(of("caudal.TaskRunner").every((line) => line["runId"] === runId && line["flow"] === "talks")).toBe(true);
    expect(lines.at(-1)).toMatchObject({ logger: "caudal.talks", message: "Result", result: { n: 1 } });
    expect(ended).toMatchObject({ code: 0, err: "" });
  });

  test("of a run that fails has the error as data, and no screen", async () => {
    const ended = await folder.caudal(["run", "fails.mts"], { env: JSON_LINES });

    const lines = linesOf(ended);
    expect(lines.filter(({ level }) => level === "error")).toMatchObject([
      {
        logger: "caudal.TaskRunner",
        error: { name: "SyntaxError", message: expect.any(String), stack: expect.any(String) },
      },
      { logger: "caudal.TaskRunner" },
    ]);
    expect(lines.find(({ level }) => level === "warn")?.message).toContain("onFailure failed and was ignored");
    expect(ended).toMatchObject({ code: 1, err: "" });
  });

  test("of a run that waits for a person, and of the answer", async () => {
    const paused = await folder.caudal(["run", "asks.mts"], { env: JSON_LINES });
    const approved = await folder.caudal(["approve", "last"], { env: JSON_LINES });

    expect(linesOf(paused).at(-1)?.message).toContain("waits for a person");
    expect([paused.code, linesOf(approved).length > 0]).toEqual([3, true]);
  });

  test("of less than what is worth it is silent about the rest, printed lines too", async () => {
    const ended = await folder.caudal(["run", "talks.mts", "--log-level", "warn"], { env: JSON_LINES });

    expect(linesOf(ended).map(({ message }) => message)).toEqual(
      expect.arrayContaining(["with care", "by its logger", "Result"]),
    );
    expect(ended.out).not.toContain("in a body");
  });
});

describe("caudal serve", () => {
  test("writes records alone, from its address to its end", async () => {
    const { heard, said } = hearing("Serving at");
    let printed = "";
    const ended = folder.caudal(["serve", "--port", "0", "talks.mts", "fails.mts"], {
      env: JSON_LINES,
      heard: (text) => {
        printed = text;
        heard(text);
      },
    });
    await said;
    const { address } = linesOf({ out: printed.slice(0, printed.lastIndexOf("\n")) }).find(
      ({ address }) => address !== undefined,
    ) as Line & { readonly address: string };
    const api = `${address}/api/v1`;
    const post = { method: "POST", headers: { "Content-Type": "application/json", "X-Caudal": "1" }, body: "{}" };
    for (const flow of ["talks", "fails"]) await fetch(`${api}/flows/${flow}/runs`, post);
    for (let over = 0; over < 2; ) {
      const { runs } = (await (await fetch(`${api}/runs`)).json()) as { runs: { endedAt?: number }[] };
      over = runs.filter(({ endedAt }) => endedAt !== undefined).length;
    }
    const { pid } = (await (await fetch(`${api}/about`)).json()) as { pid: number };
    process.kill(pid, "SIGTERM");

    const lines = linesOf(await ended);
    const runs = new Set(lines.map((line) => line["runId"]).filter((id) => id !== undefined));
    expect(runs.size).toBe(2);
    expect(lines.find(({ logger }) => logger === "caudal.serve")).toMatchObject({ address, flows: ["talks", "fails"] });
  });
});
