/** What is wrong in a request is refused with a code, says what, and changes nothing (rows B28 to B40). */
import { createServer } from "node:http";
import { connect } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { flow, task } from "../index.ts";
import { served } from "../../test/support/served.ts";
import { readLive } from "../../test/support/read-live.ts";
import type { Problem, RunDetail, RunList } from "./contract.ts";
import { bind } from "./listen.ts";

const hello = flow({ name: "hello", parameters: { n: 1 } }, ({ n }) => {
  task("say", (count: number) => count)(n);
});
const START = "/flows/hello/runs";

async function refusal(answer: Response): Promise<readonly [number, string]> {
  return [answer.status, ((await answer.json()) as Problem).code];
}

/** What comes back for these bytes, until the other side ends it. */
function bytesFrom(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    let answer = "";
    socket.on("data", (bytes) => {
      answer += bytes.toString();
      if (answer.includes("\r\n\r\n")) socket.destroy();
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
}

describe("a body", () => {
  test.each([
    ["malformed", '{"parameters": }', "BODY_INVALID"],
    ["a list", "[]", "BODY_INVALID"],
    ["a text", '"x"', "BODY_INVALID"],
    ["a member twice", '{"runName":"a","runName":"b"}', "BODY_INVALID"],
    ["a member twice, written otherwise", '{"runName":"a","run\\u004eame":"b"}', "BODY_INVALID"],
    ["a mark of byte order", '\ufeff{"runName":"a"}', "BODY_INVALID"],
    ["too deep", `{"parameters":{"n":${"[".repeat(100_000)}${"]".repeat(100_000)}}}`, "BODY_INVALID"],
    ["a number without end", '{"parameters":{"n":1e999}}', "BODY_INVALID"],
    ["a prototype", '{"parameters":{"__proto__":{"polluted":true}}}', "BODY_INVALID"],
    ["a member there is not", '{"params":{}}', "FIELD_UNKNOWN"],
    ["a member of another kind", '{"tags":"x"}', "FIELD_INVALID"],
    ["an empty key", '{"idempotencyKey":""}', "FIELD_INVALID"],
    ["a key that ends early", '{"idempotencyKey":"a\\u0000b"}', "FIELD_INVALID"],
    ["a name that ends early", '{"runName":"\\u0000"}', "FIELD_INVALID"],
    ["a tag that ends early", '{"tags":["a\\u0000"]}', "FIELD_INVALID"],
  ])("B30, B33: %s is refused", async (_name, body, code) => {
    const { post, get } = await served([hello]);

    const answer = await post(START, body);

    expect(await refusal(answer)).toEqual([400, code]);
    expect(((await (await get("/runs")).json()) as RunList).runs).toEqual([]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test("B30: that is no UTF-8 is refused", async () => {
    const { listening } = await served([hello]);

    const answer = await fetch(`${listening.address}/api/v1${START}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Caudal": "1" },
      body: Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d),
    });

    expect(await refusal(answer)).toEqual([400, "BODY_INVALID"]);
  });

  test("B32: that is too large is read no further", async () => {
    const { post, listening } = await served([hello]);
    const large = JSON.stringify({ parameters: { n: "x".repeat(1_100_000) } });

    const declared = await post(START, large);
    const chunked = await fetch(`${listening.address}/api/v1${START}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Caudal": "1" },
      body: ReadableStream.from([Buffer.from(large)]),
      duplex: "half",
    } as RequestInit);

    expect(await refusal(declared)).toEqual([413, "BODY_TOO_LARGE"]);
    expect(await refusal(chunked)).toEqual([413, "BODY_TOO_LARGE"]);
  });
});

describe("a request that does not come to its end", () => {
  const HURRIED = { headersMs: 20, requestMs: 20, lookMs: 5 };
  const head = (port: number, more: string) =>
    `POST /api/v1${START} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nX-Caudal: 1\r\n${more}`;

  test.each([
    ["its headers", "X-Slow: "],
    ["a body of the length it said", 'Content-Length: 20\r\n\r\n{"tags":'],
    ["a body in chunks", 'Transfer-Encoding: chunked\r\n\r\n8\r\n{"tags":\r\n'],
  ])("B32: in %s is answered 408 when it has taken too long, and begins nothing", async (_name, more) => {
    const { listening, get, logger } = await served([hello], { patience: HURRIED });

    const answer = await bytesFrom(listening.port, head(listening.port, more));

    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toMatch(/\r\nConnection: close\r\n/i);
    expect(((await (await get("/runs")).json()) as RunList).runs).toEqual([]);
    expect(logger.lines()).toEqual([]);
  });

  test("B32: because who sent it has left is no mistake of the server's", async () => {
    let answered: (status: number) => void = () => undefined;
    const status = new Promise<number>((resolve) => (answered = resolve));
    const { listening, logger } = await served([hello], { watch: (_request, response) => answered(response.status) });
    const socket = connect(listening.port, "127.0.0.1", () => {
      const text = head(listening.port, 'Expect: 100-continue\r\nContent-Length: 20\r\n\r\n{"tags":');
      socket.write(text);
    });

    // It is told to go on when its headers were read: from there on its body is waited for.
    socket.once("data", () => socket.destroy());

    expect(await status).toBe(400);
    expect(logger.lines()).toEqual([]);
  });
});

describe("an id", () => {
  test.each(["../../x", "%00", "x".repeat(10_000 / 4), "🙂", "0MWTXU851OUIVMW2GYPL5JY1R1"])(
    "B34: '%s' is no run, without asking the store",
    async (id) => {
      const { get, server } = await served([hello]);
      let asked = 0;
      const { run } = server.parts.queries;
      server.parts.queries.run = (of) => {
        asked++;
        return run(of);
      };

      const answer = await get(`/runs/${encodeURIComponent(id)}`);

      expect(answer.status).toBe(404);
      expect(asked).toBe(0);
    },
  );

  test("of a task run that is not there is not found", async () => {
    const { get, post } = await served([hello]);
    const { id } = (await (await post(START)).json()) as RunDetail;

    const answers = await Promise.all(
      ["say-2", "say-1.0", "say", "constructor"].map((task) => get(`/runs/${id}/tasks/${task}`)),
    );

    expect(await Promise.all(answers.map(refusal))).toEqual(Array.from({ length: 4 }, () => [404, "TASK_RUN_UNKNOWN"]));
  });

  test("of a flow that is not there says what is meant", async () => {
    const { get } = await served([hello]);

    const answer = await get("/flows/helo");

    expect(((await answer.json()) as Problem).detail).toContain("did you mean 'hello'?");
  });
});

describe("a method", () => {
  test.each(["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])(
    "B35: %s is none of the route's, and the answer says which are",
    async (method) => {
      const { listening } = await served([hello]);

      const answer = await fetch(`${listening.address}/api/v1/runs`, {
        method,
        headers: { "Content-Type": "application/json", "X-Caudal": "1" },
      });

      expect(answer.status).toBe(405);
      expect(answer.headers.get("allow")).toBe("GET");
    },
  );

  test.each(["/runs", "/nothing/here"])(
    "B35: that may write is refused without the header of a write before %s is looked at, as if nothing were there",
    async (path) => {
      const { listening } = await served([hello]);

      const answer = await fetch(`${listening.address}/api/v1${path}`, { method: "DELETE" });

      expect([answer.status, answer.headers.get("allow")]).toEqual([403, null]);
      expect(await answer.json()).toMatchObject({ code: "HEADER_MISSING" });
    },
  );

  test.each([
    [
      "TRACE",
      (port: number) => `TRACE /api/v1/runs HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nSecret: x\r\n\r\n`,
      /^HTTP\/1\.1 4\d\d /,
    ],
    [
      "CONNECT",
      (port: number) => `CONNECT evil.test:443 HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`,
      /^($|HTTP\/1\.1 4\d\d )/,
    ],
  ])("B35: %s is refused, and says nothing of what was sent", async (_name, request, answered) => {
    const { listening } = await served([hello]);

    const answer = await bytesFrom(listening.port, request(listening.port));

    expect(answer).toMatch(answered);
    expect(answer).not.toContain("Secret");
  });

  test("B35: in a header is not looked at", async () => {
    const { get } = await served([hello]);

    expect((await get(START, { "X-HTTP-Method-Override": "POST" })).status).toBe(405);
  });
});

describe("a page of a list", () => {
  test.each(["limit=-1", "limit=0", "limit=201", "limit=1e9", "limit=1e1", "limit=x", "limit=1&limit=2"])(
    "B36: with %s is refused",
    async (query) => {
      const { get } = await served([hello]);

      expect(await refusal(await get(`/runs?${query}`))).toEqual([400, "FIELD_INVALID"]);
    },
  );

  test.each(["abc", "00000000.1", "-1", "1"])("B36: after a cursor of nobody's (%s) is refused", async (cursor) => {
    const { get } = await served([hello]);

    expect(await refusal(await get(`/runs?after=${cursor}`))).toEqual([400, "CURSOR_INVALID"]);
  });

  test("B36: after another query's cursor is refused", async () => {
    const { get, post } = await served([hello]);
    await post(START);
    await post(START);
    const { next } = (await (await get("/runs?limit=1&flow=hello")).json()) as RunList;

    expect(next).toBeDefined();
    expect((await get(`/runs?limit=1&flow=hello&after=${next}`)).status).toBe(200);
    expect(await refusal(await get(`/runs?limit=1&after=${next}`))).toEqual([400, "CURSOR_INVALID"]);
  });

  test("with a filter there is not is refused, with those there are", async () => {
    const { get } = await served([hello]);

    const answer = await get("/runs?states=Failed");

    expect(await refusal(answer)).toEqual([400, "FIELD_UNKNOWN"]);
  });

  test.each(["state=failed", "state=Failed,Nothing", "by=me"])("with %s is refused", async (query) => {
    const { get } = await served([hello]);

    expect(await refusal(await get(`/runs?${query}`))).toEqual([400, "FIELD_INVALID"]);
  });

  test.each(["275760-13-01..", "2026-01-01T00:00..", "yesterday", "..2026-99-99", "24", "99999999h", "a..b..c"])(
    "B40: started %s is refused",
    async (started) => {
      const { get } = await served([hello]);

      expect(await refusal(await get(`/runs?started=${encodeURIComponent(started)}`))).toEqual([400, "FIELD_INVALID"]);
    },
  );

  test.each(["24h", "2026-01-01..", "..2090-01-01T00:00:00Z", "2026-01-01T00:00+01:00..2090-01-01"])(
    "started %s has the runs of that time",
    async (started) => {
      const { get, post } = await served([hello]);
      await post(START);

      const found = (await (await get(`/runs?started=${encodeURIComponent(started)}`)).json()) as RunList;

      expect(found.runs).toHaveLength(1);
    },
  );
});

describe("a stream", () => {
  test.each(["999999999", "-5", "text", "1e3"])("B38: after %s begins with a reset, and goes on", async (id) => {
    const server = await served([hello]);
    const live = await readLive(server, "runs", { "Last-Event-ID": id });
    await live.next("hello");

    const { id: run } = (await (await server.post(START)).json()) as RunDetail;
    const reset = await live.next("reset");

    expect(reset).toMatchObject({ type: "reset", why: "unknown-cursor" });
    expect(run).toBeDefined();
  });

  test.each(["", "nothing", "run:x", "logs:", "run:../x"])("of the topics '%s' is refused", async (topics) => {
    const { get } = await served([hello]);

    expect((await get(`/live?topics=${encodeURIComponent(topics)}`)).status).toBe(400);
  });
});

describe("a port", () => {
  test("B28: that is in use is refused where it was named", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as { port: number };

    await expect(bind({ host: "127.0.0.1", port })).rejects.toMatchObject({ code: "PORT_IN_USE", data: { port } });
  });
});
