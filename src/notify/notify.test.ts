import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { play, stage } from "../../test/support/play.ts";
import type { RecordingLogger } from "../../test/support/recording-logger.ts";
import { flow, isFailed, task } from "../index.ts";
import { slackWebhook, webhook } from "../notify.ts";
import { errandsDone } from "../runtime/errands.ts";

interface Heard {
  readonly body: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Somebody who is told; what it heard, once all that is under way has come. */
async function listener(status = 200) {
  const heard: Heard[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    heard.push({ body, headers: request.headers });
    response.writeHead(status).end();
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close().closeAllConnections());
  await new Promise((resolve) => server.once("listening", resolve));
  const told = async () => {
    await errandsDone();
    return heard;
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, told };
}

const broken = task("broken", (what: string): string => {
  throw new Error(`no ${what} <!channel> & so on\nsecond line`);
});
const after = task("after", (x: string) => x);

afterEach(() => void vi.unstubAllEnvs());

describe("slackWebhook", () => {
  test("tells of a failed run: flow, run, what failed, why, and where to look", async () => {
    const { url, told } = await listener();
    const onFailure = slackWebhook({ url, allowPrivate: true, page: "http://127.0.0.1:4200/" });
    const failing = flow({ name: "my etl", onFailure }, () => after(broken("table")));

    const run = await play(failing);

    const [message] = await told();
    expect((JSON.parse(message?.body ?? "") as { text: string }).text.split("\n")).toEqual([
      `:x: flow *my etl*: Failed (run ${run.id})`,
      "• *broken* Failed: no table &lt;!channel&gt; &amp; so on second line",
      "Why: flow 'my etl' failed: after failed",
      `<http://127.0.0.1:4200/runs/${run.id}|Open the run>`,
    ]);
  });

  test("tells of a failed task by its own onFailure", async () => {
    const { url, told } = await listener();
    const load = task({ name: "load *all*", onFailure: slackWebhook({ url, allowPrivate: true }) }, () => {
      throw new Error("no paper");
    });

    const run = await play(flow("f", () => void load()));

    const [message] = await told();
    expect((JSON.parse(message?.body ?? "") as { text: string }).text.split("\n")).toEqual([
      `:x: task *load all * of flow *f*: Failed (run ${run.id})`,
      "Why: no paper",
    ]);
  });

  test("names a few of many, and counts the rest", async () => {
    const { url, told } = await listener();
    const failing = flow({ name: "many", onFailure: slackWebhook({ url, allowPrivate: true }) }, () => {
      broken.map(Array.from({ length: 500 }, (_, i) => `row ${i}`));
    });

    await play(failing);

    const [message] = await told();
    const lines = (JSON.parse(message?.body ?? "") as { text: string }).text.split("\n");
    expect(lines.filter((line) => line.startsWith("•"))).toEqual([
      ...[0, 1, 2, 3, 4].map((i) => expect.stringContaining(`*broken[${i}]* Failed: no row ${i}`)),
      "• and 495 more",
    ]);
    expect(message?.body.length).toBeLessThan(4_000);
  });

  test("as a state handler tells of the states it is for, and changes nothing", async () => {
    const { url, told } = await listener();
    const tell = slackWebhook({ url, allowPrivate: true, states: ["Success", "Failed"] });
    const works = flow({ name: "works", stateHandlers: [tell], onStateChange: tell }, () => void after("x"));

    const run = await play(works);

    expect(run.state.type).toBe("Success");
    expect((await told()).map(({ body }) => body)).toEqual(
      Array.from({ length: 2 }, () => expect.stringContaining(":white_check_mark: flow *works*: Success")),
    );
  });
});

describe("webhook", () => {
  test("tells what happened as JSON, signed by the rules of standardwebhooks.com", async () => {
    const key = Buffer.from("a key of twenty-four b").toString("base64");
    const { url, told } = await listener();
    vi.stubEnv("CAUDAL_SECRET_HOOK", url);
    vi.stubEnv("CAUDAL_SECRET_HOOK_KEY", `whsec_${key}`);
    const onFailure = webhook({
      urlFrom: "HOOK",
      signWith: "HOOK_KEY",
      headers: { "X-Team": "data" },
      allowPrivate: true,
    });

    const run = await play(flow({ name: "my etl", onFailure }, () => void broken("table")));

    const [{ body, headers } = { body: "", headers: {} }] = await told();
    const error = { name: "Error", message: "no table <!channel> & so on second line" };
    expect(JSON.parse(body)).toEqual({
      type: "run.failed",
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      data: {
        flow: "my etl",
        run: run.id,
        state: { type: "Failed", error: { name: "CaudalError", code: "RUN_FAILED", message: expect.any(String) } },
        failed: 1,
        failures: [{ task: "broken", slug: "broken-1", state: { type: "Failed", error } }],
      },
    });
    const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
    const signature = createHmac("sha256", Buffer.from(key, "base64")).update(signed).digest("base64");
    expect(headers).toMatchObject({ "webhook-signature": `v1,${signature}`, "x-team": "data" });
  });

  test("sends a second telling of the same news under the same id", async () => {
    const { url, told } = await listener();
    const onFailure = webhook({ url, allowPrivate: true });

    await play(flow({ name: "twice", onFailure: [onFailure, onFailure] }, () => void broken("table")));

    const [first, second] = await told();
    expect(first?.headers["webhook-id"]).toMatch(/^msg_[0-9a-f]{32}$/);
    expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
  });
});

describe("what cannot be told", () => {
  const warnings = (logger: RecordingLogger) =>
    logger.records.filter(({ level }) => level === "warn").map(({ message }) => message);

  test.each([
    [{ urlFrom: "NOBODY_SET_IT" }, "the secret 'NOBODY_SET_IT' is not set"],
    [{ url: "https://169.254.169.254/key" }, "nothing was sent to 169.254.169.254: "],
    [{ url: "https://localhost/key" }, "nothing was sent to localhost: "],
  ])("%j is a warning, and the run ends as it would", async (options, why) => {
    const { run: runOn, logger } = stage();

    const run = await runOn(flow({ name: "f", onFailure: slackWebhook(options) }, () => void broken("x")));
    await errandsDone();

    expect(isFailed(run)).toBe(true);
    expect(warnings(logger)).toEqual([expect.stringContaining(why)]);
    expect(warnings(logger)[0]).not.toContain("/key");
  });

  test("by a state handler is a warning too, and fails no task", async () => {
    const said = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    onTestFinished(() => said.mockRestore());
    const tell = webhook({ urlFrom: "NOBODY_SET_IT", states: ["Success"] });
    const fine = task({ name: "fine", stateHandlers: [tell] }, () => 1);

    const run = await play(flow("f", () => void fine()));
    await errandsDone();

    expect(run.state.type).toBe("Success");
    expect(said.mock.calls.map(([text]) => String(text)).join("")).toContain(
      "WARNING - caudal.notify | webhook failed and was ignored: the secret 'NOBODY_SET_IT' is not set",
    );
  });

  test.each([
    [{}, "give it url, or urlFrom"],
    [{ url: "https://a.example", urlFrom: "A" }, "give it url, or urlFrom"],
    [{ url: "hooks.example/secret-key" }, "url must be a whole address"],
    [{ url: "ftp://a.example" }, "url must be a whole address"],
    [{ url: "https://a.example", states: ["Broken"] }, "states must be an array of state types"],
    [{ url: "https://a.example", retries: 3 }, "'retries' is no option"],
    [{ url: "https://a.example", headers: { "a b": "1" } }, "headers has a name or value that no header can have"],
    [undefined, "they must be a plain object"],
  ])("%j is refused when it is defined", (options, complaint) => {
    expect(() => webhook(options as never)).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID", message: expect.stringContaining(complaint) }),
    );
    expect(() => webhook(options as never)).not.toThrow(/secret-key/);
  });
});
