import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { CaudalError } from "../../base/errors.ts";
import { type AnswerOptions, fetchAnswer } from "./answer.ts";
import { complaintsAboutParts, makeRequest, type RequestParts } from "./request.ts";
import { isRetryableHttpError, retryAfterMs, retryDelayOf } from "./retry.ts";

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

const servers: Server[] = [];

/** A local server; resolves with its address. */
async function serving(listener: Listener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const answering = (status: number, body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}) =>
  serving((_request, response) => void response.writeHead(status, headers).end(body));

const asked = (parts: RequestParts, options: Partial<AnswerOptions> = {}) =>
  fetchAnswer(makeRequest(parts), { expect: "json", ...options });

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

describe("a request", () => {
  test("is a GET, or a POST when it carries JSON", () => {
    expect(makeRequest({ url: "http://a.example/" })).toMatchObject({ method: "GET", body: undefined });
    expect(makeRequest({ url: "http://a.example/", json: { é: 1 } })).toMatchObject({
      method: "POST",
      body: '{"é":1}',
    });
  });

  test("takes each part from the call where the call gives it, names of headers and query one by one", () => {
    const request = makeRequest(
      {
        url: "http://a.example/?size=1&page=1",
        method: "PUT",
        json: 1,
        headers: { a: "1", b: "1" },
        query: { size: 10 },
      },
      {
        url: "http://b.example/?page=1",
        json: null,
        headers: { b: "2" },
        query: { page: 2, state: ["CA", "TX"], none: null },
      },
    );

    expect(request).toMatchObject({
      method: "PUT",
      url: "http://b.example/?size=10&page=2&state=CA&state=TX",
      body: "null",
    });
    expect([...request.headers]).toEqual([
      ["a", "1"],
      ["b", "2"],
      ["content-type", "application/json"],
    ]);
  });

  test("sends credentials of the address as a header, and shows neither them nor what sounds secret in the query", () => {
    const request = makeRequest({
      url: "http://ana:s%C3%ADn@a.example/x?size=1&api_key=abc&X-Amz-Signature=def#token",
    });

    expect(request.url).toBe("http://a.example/x?size=1&api_key=abc&X-Amz-Signature=def#token");
    expect(request.headers.get("authorization")).toBe(`Basic ${Buffer.from("ana:sín").toString("base64")}`);
    expect(request.shownUrl).toBe("http://a.example/x?size=1&api_key=***&X-Amz-Signature=***");
  });

  test.each([
    [{}, "it has no url: give it in the options or at the call"],
    [{ url: "/search" }, 'its url is not a whole address (http://…): "/search"'],
    [{ url: "http://ana:pass@[bad/?key=1" }, 'its url is not a whole address (http://…): "http://***@[bad/?…"'],
    [{ url: "ftp://a.example" }, "its url begins with ftp:, only http: and https: are sent"],
    [{ url: "http://a.example", method: "GE T" }, '"GE T" is no method that can be sent'],
    [{ url: "http://a.example", method: "get", json: 1 }, "GET requests carry no json: use query, or another method"],
    [
      { url: "http://a.example", headers: { "x-key": "sec\nret" } },
      'its header "x-key" has a name or value that no header can have',
    ],
    [{ url: "http://a.example", json: 1n }, expect.stringMatching(/^its json cannot be written: .*BigInt/)],
    [{ url: "http://a.example", json: () => 1 }, "its json is a function, which JSON cannot say"],
    [
      { url: "http://a.example", query: { at: new Date(0) as unknown as string } },
      "query.at is neither text, a number nor a boolean",
    ],
  ])("%o is refused before anything is sent", (parts, why) => {
    expect(() => makeRequest(parts)).toThrow(expect.objectContaining({ code: "HTTP_REQUEST_INVALID", data: { why } }));
  });

  test("whose fixed parts are wrong in several ways is told them all at once", () => {
    const complaints = complaintsAboutParts({
      url: "nowhere",
      method: "TRACE",
      headers: { "a b": "c" },
      query: { a: {} as string },
      json: 1n,
    });

    expect(complaints).toHaveLength(5);
  });
});

describe("an answer", () => {
  test("is read as JSON, in UTF-8, with or without a byte order mark", async () => {
    const url = await answering(200, '\ufeff{"name":"ñ 😡"}', { "content-type": "application/json" });

    expect(await asked({ url })).toEqual({ name: "ñ 😡" });
  });

  test("is read as text in its own charset", async () => {
    const url = await answering(200, Buffer.from("niño", "latin1"), {
      "content-type": "text/plain; charset=ISO-8859-1",
    });

    expect(await asked({ url }, { expect: "text" })).toBe("niño");
  });

  test("is read as bytes, or not at all", async () => {
    const url = await answering(200, new Uint8Array([0, 255]));

    expect(await asked({ url }, { expect: "bytes" })).toEqual(new Uint8Array([0, 255]));
    expect(await asked({ url }, { expect: "nothing" })).toBeUndefined();
  });

  test("comes from what was sent", async () => {
    const url = await serving((request, response) => {
      request.on("data", (body: Buffer) =>
        response.end(
          JSON.stringify([
            request.method,
            request.url,
            request.headers.accept,
            request.headers["content-type"],
            String(body),
          ]),
        ),
      );
    });

    expect(await asked({ url, query: { q: "á b" }, json: { a: 1 } })).toEqual([
      "POST",
      "/?q=%C3%A1+b",
      "application/json",
      "application/json",
      '{"a":1}',
    ]);
  });

  test.each([[400], [404], [500], [503]])(
    "with status %i is an error with the request and the first of the body",
    async (status) => {
      const url = await answering(status, `{"detail":\n"no"}${" ".repeat(5_000)}`);

      await expect(asked({ url: `${url}?token=abc` })).rejects.toMatchObject({
        code: "HTTP_STATUS",
        data: { method: "GET", url: `${url}?token=***`, status, body: '{"detail": "no"}…' },
      });
    },
  );

  test("that is not JSON shows its first characters and its type", async () => {
    const url = await answering(200, "<!doctype html>\n<title>503</title>", { "content-type": "text/html" });

    await expect(asked({ url })).rejects.toMatchObject({
      code: "HTTP_NOT_JSON",
      message: `GET ${url} answered 200 with something that is not JSON (content-type: text/html): <!doctype html> <title>503</title>`,
    });
  });

  test("without a body where JSON was expected says what to do", async () => {
    const url = await answering(204, "");

    await expect(asked({ url })).rejects.toMatchObject({
      code: "HTTP_NOT_JSON",
      message: expect.stringContaining(
        'answered 204 with nothing (content-type: none). For an answer without a body say expect: "nothing"',
      ),
    });
  });

  test("larger than the limit is refused, whether it says its length or not", async () => {
    const told = await answering(200, "x".repeat(2_000));
    const untold = await serving((_request, response) => {
      response.write("x".repeat(1_500));
      response.end("x");
    });
    const limit = { expect: "text", responseBytesMax: 1_000 } as const;

    await expect(asked({ url: told }, limit)).rejects.toMatchObject({
      code: "HTTP_TOO_LARGE",
      data: { maxBytes: 1_000 },
    });
    await expect(asked({ url: untold }, limit)).rejects.toMatchObject({ code: "HTTP_TOO_LARGE" });
    expect(await asked({ url: told }, { expect: "text", responseBytesMax: 2_000 })).toHaveLength(2_000);
  });
});

describe("a request that gets no answer", () => {
  test("because nobody listens says so", async () => {
    const url = await answering(200, "");
    servers.splice(0).forEach((server) => void server.close());

    await expect(asked({ url: `${url}?api_key=abc` })).rejects.toMatchObject({
      code: "HTTP_FAILED",
      message: `GET ${url}?api_key=*** got no complete answer: the connection was refused (ECONNREFUSED). Check the address, and that the server is up`,
    });
  });

  test("because the connection was cut says so", async () => {
    const url = await serving((request) => void request.socket.destroy());

    await expect(asked({ url })).rejects.toMatchObject({
      code: "HTTP_FAILED",
      message: expect.stringContaining("the connection was closed by the other side (UND_ERR_SOCKET)"),
    });
  });

  test("because it was cut in the middle of the body says so", async () => {
    const url = await serving((request, response) => {
      response.writeHead(200, { "content-length": "100" }).write("half");
      setImmediate(() => request.socket.destroy());
    });

    await expect(asked({ url })).rejects.toMatchObject({ code: "HTTP_FAILED" });
  });

  test("before its signal aborts ends with the signal's reason", async () => {
    const controller = new AbortController();
    const url = await serving(() => controller.abort(new Error("time is up")));

    await expect(asked({ url }, { signal: controller.signal })).rejects.toThrow("time is up");
  });
});

describe("trying again", () => {
  const status = (code: number, retryAfter?: number) =>
    new CaudalError("HTTP_STATUS", {
      method: "GET",
      url: "http://a.example",
      status: code,
      statusText: "",
      body: "",
      retryAfterMs: retryAfter,
    });

  test.each([
    [408, true],
    [425, true],
    [429, true],
    [500, true],
    [503, true],
    [400, false],
    [401, false],
    [404, false],
    [422, false],
  ])("status %i: %s", (code, worthIt) => {
    expect(isRetryableHttpError(status(code))).toBe(worthIt);
  });

  test("is worth it without an answer, and not after an answer that cannot be read", () => {
    expect(isRetryableHttpError(new CaudalError("HTTP_FAILED", { method: "GET", url: "", why: "" }))).toBe(true);
    expect(
      isRetryableHttpError(
        new CaudalError("HTTP_NOT_JSON", { method: "GET", url: "", status: 200, contentType: "", start: "" }),
      ),
    ).toBe(false);
    expect(isRetryableHttpError(new TypeError("a mistake"))).toBe(false);
  });

  test("waits longer each time, up to a minute", () => {
    const delay = retryDelayOf(undefined);

    expect([1, 2, 3, 10].map((attempt) => delay(attempt, status(500)))).toEqual([1_000, 2_000, 4_000, 60_000]);
  });

  test("waits as the options say, but not shorter than the server asks", () => {
    expect(retryDelayOf("2s")(1, status(503))).toBe(2_000);
    expect(retryDelayOf("2s")(1, status(503, 7_000))).toBe(7_000);
    expect(retryDelayOf("9s")(1, status(503, 7_000))).toBe(9_000);
    expect(retryDelayOf({ initial: 100, factor: 3, max: 500 })(3, status(503))).toBe(500);
    expect(retryDelayOf(() => 1)(1, status(503, 7_000))).toBe(1);
  });

  test("reads Retry-After as seconds or as a date, at most an hour", () => {
    const now = Date.UTC(2026, 0, 1);

    expect(retryAfterMs("120", now)).toBe(120_000);
    expect(retryAfterMs("Thu, 01 Jan 2026 00:00:30 GMT", now)).toBe(30_000);
    expect(retryAfterMs("Wed, 31 Dec 2025 00:00:00 GMT", now)).toBe(0);
    expect(retryAfterMs("86400", now)).toBe(3_600_000);
    expect(retryAfterMs("soon", now)).toBeUndefined();
    expect(retryAfterMs(null, now)).toBeUndefined();
  });

  test("knows what the answer asked for", async () => {
    const url = await answering(429, "slow down", { "retry-after": "3" });

    await expect(asked({ url })).rejects.toMatchObject({
      code: "HTTP_STATUS",
      data: { status: 429, retryAfterMs: 3_000 },
    });
  });
});
