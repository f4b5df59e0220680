/** Who may ask a server on localhost: rows of the threat model that need no browser. */
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { flow, task } from "../index.ts";
import { served, type Served } from "../../test/support/served.ts";
import type { Problem, RunList } from "./contract.ts";
import { isLoopback, tokenFor } from "./guards.ts";
import { ROUTES } from "./routes/routes.ts";

const hello = flow("hello", () => {
  task("say", () => "hello")();
});
const WRITE = { "Content-Type": "application/json", "X-Caudal": "1" };
const START = "/flows/hello/runs";

/** Bytes as they are, and the status line that comes back: what `fetch` would not send. */
function raw({ listening }: Served, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(listening.port, "127.0.0.1", () => socket.write(text));
    let answer = "";
    socket.on("data", (bytes) => {
      answer += bytes.toString();
      if (answer.includes("\r\n\r\n")) socket.destroy();
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
}

const statusOf = (answer: string) => Number(answer.split(" ")[1]);
const codeOf = async (response: Response) => ((await response.json()) as Problem).code;

async function runs({ get }: Served): Promise<number> {
  return ((await (await get("/runs")).json()) as RunList).runs.length;
}

describe("a request for another host", () => {
  test.each([
    ...["evil.test:4200", "127.0.0.1.evil.test", "127.evil.test", "localhost.evil.test", "2130706433"],
    ...["[::ffff:127.0.0.1]", "localhost", "127.0.0.1:1", "0.0.0.0"],
  ])("S03: %s is refused for API, stream and page", async (host) => {
    const server = await served([hello]);
    const ask = (path: string) => raw(server, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);

    const answers = await Promise.all(["/api/v1/flows", "/api/v1/live?topics=runs", "/", "/metrics"].map(ask));

    // What is no host at all is refused before it is compared.
    expect(new Set(answers.map(statusOf))).toEqual(new Set([host.includes("ffff") ? 400 : 421]));
  });

  test.each([
    ["no host", "GET /api/v1/flows HTTP/1.1\r\nConnection: close\r\n\r\n"],
    ["an empty host", "GET /api/v1/flows HTTP/1.1\r\nHost: \r\nConnection: close\r\n\r\n"],
    ["two hosts", "GET /api/v1/flows HTTP/1.1\r\nHost: PORT\r\nHost: evil.test\r\nConnection: close\r\n\r\n"],
    ["a whole address", "GET http://evil.test/api/v1/flows HTTP/1.1\r\nHost: PORT\r\nConnection: close\r\n\r\n"],
  ])("S03: %s is refused", async (_name, text) => {
    const server = await served([hello]);

    const answer = await raw(server, text.replaceAll("PORT", `127.0.0.1:${server.listening.port}`));

    expect([400, 421]).toContain(statusOf(answer));
  });

  test("S04, S05: without an origin, as a rebound page sends it, is refused too", async () => {
    const server = await served([hello]);

    const answer = await raw(
      server,
      "GET /api/v1/flows HTTP/1.1\r\nHost: evil.test:4200\r\nSec-Fetch-Site: same-origin\r\n\r\n",
    );

    expect(statusOf(answer)).toBe(421);
    expect(answer).not.toContain("hello");
  });

  test("S43: says nothing by what a proxy would add, where none was named", async () => {
    const server = await served([hello]);

    const answer = await raw(
      server,
      "GET /api/v1/flows HTTP/1.1\r\nHost: evil.test\r\nX-Forwarded-Host: 127.0.0.1\r\n\r\n",
    );

    expect(statusOf(answer)).toBe(421);
  });
});

describe("a page of another origin", () => {
  test.each([
    [
      "S01: a form",
      {
        "Content-Type": "application/x-www-form-urlencoded",
        "Sec-Fetch-Site": "cross-site",
        Origin: "http://evil.test",
      },
    ],
    ["S01: a form with files", { "Content-Type": "multipart/form-data; boundary=x", "Sec-Fetch-Site": "cross-site" }],
    ["S02: a beacon", { "Content-Type": "text/plain", Origin: "http://evil.test" }],
    ["S08: a frame without an origin", { ...WRITE, Origin: "null" }],
    ["S09: another port of this host", { ...WRITE, Origin: "http://127.0.0.1:3000", "Sec-Fetch-Site": "same-site" }],
    ["a page that sends JSON", { ...WRITE, Origin: "https://evil.test" }],
  ])("%s starts no run", async (_name, headers) => {
    const server = await served([hello]);

    const answer = await fetch(`${server.listening.address}/api/v1${START}`, { method: "POST", headers, body: "{}" });

    expect(answer.status).toBe(403);
    expect(await codeOf(answer)).toBe("ORIGIN_REFUSED");
    expect(await runs(server)).toBe(0);
  });

  test("S02: gets nothing from any route by an image or a script tag", async () => {
    const server = await served([hello]);

    const answers = await Promise.all(
      ROUTES.filter(({ method }) => method === "GET").map(({ path }) =>
        server.get(path.replace(/:\w+/g, "x"), { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors" }),
      ),
    );

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([403]));
  });

  test("S06: is told nothing by the stream", async () => {
    const server = await served([hello]);

    const answer = await server.get("/live?topics=runs", {
      Origin: "http://evil.test",
      "Sec-Fetch-Site": "cross-site",
    });

    expect([answer.status, answer.headers.get("content-type")]).toEqual([403, "application/problem+json"]);
  });

  test("may lead to a page, as a link in a chat does, and to nothing of the API", async () => {
    const server = await served([hello]);
    const host = `127.0.0.1:${server.listening.port}`;
    const visit = (path: string) =>
      raw(
        server,
        `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n\r\n`,
      );

    expect(statusOf(await visit("/flows"))).toBe(200);
    expect(statusOf(await visit("/api/v1/flows"))).toBe(403);
  });

  test("S12: is never allowed by a header, whatever it asks", async () => {
    const server = await served([hello]);
    const paths = ["/", "/api/v1/health", ...ROUTES.map(({ path }) => `/api/v1${path.replace(/:\w+/g, "hello")}`)];

    const answers = await Promise.all(
      paths.flatMap((path) =>
        ["OPTIONS", "GET"].map((method) =>
          fetch(`${server.listening.address}${path}`, {
            method,
            headers: { Origin: "http://evil.test", "Access-Control-Request-Method": "POST" },
          }),
        ),
      ),
    );

    const allowed = answers.flatMap(({ headers }) =>
      [...headers.keys()].filter((name) => name.startsWith("access-control")),
    );
    expect(allowed).toEqual([]);
    expect(answers.every(({ status }) => status >= 400)).toBe(true);
  });
});

describe("a write", () => {
  test("without the header no form can send is refused", async () => {
    const server = await served([hello]);

    const answer = await server.post(START, {}, { "X-Caudal": "" });

    expect([answer.status, await codeOf(answer)]).toEqual([403, "HEADER_MISSING"]);
  });

  test.each(["", "text/plain", "application/json; charset=latin1", "application/json, text/plain", "text/json"])(
    "B31: of content type '%s' is refused",
    async (type) => {
      const server = await served([hello]);

      const answer = await server.post(START, {}, { "Content-Type": type });

      expect([answer.status, await codeOf(answer)]).toEqual([415, "CONTENT_TYPE"]);
      expect(await runs(server)).toBe(0);
    },
  );

  test("of a program that says nothing of an origin is taken", async () => {
    const server = await served([hello]);

    expect((await server.post(START)).status).toBe(201);
  });
});

describe("every answer", () => {
  test.each(["/", "/assets/none.js", "/api/v1/flows", "/api/v1/nothing", "/metrics"])(
    "S10, U56: of %s has the headers, so that no page of another frames it",
    async (path) => {
      const server = await served([hello]);

      const { headers } = await fetch(`${server.listening.address}${path}`);

      expect(headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("x-frame-options")).toBe("DENY");
      expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
      expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
      expect(headers.get("referrer-policy")).toBe("same-origin");
      expect(Number(headers.get("caudal-time"))).toBeGreaterThan(0);
    },
  );

  test("S11: of the API is JSON that no script tag can read, errors too", async () => {
    const { get, listening } = await served([hello]);

    const answers = await Promise.all([get("/flows"), get("/runs"), get("/nothing"), get("/runs?limit=x")]);
    const documents = await Promise.all(answers.map((answer) => answer.clone().text()));

    expect(answers.map(({ headers }) => headers.get("content-type"))).toEqual([
      ...["application/json", "application/json"],
      ...["application/problem+json", "application/problem+json"],
    ]);
    expect(answers.every(({ headers }) => headers.get("x-content-type-options") === "nosniff")).toBe(true);
    expect(answers.every(({ headers }) => headers.get("cross-origin-resource-policy") === "same-origin")).toBe(true);
    // An object at the top is no statement, whatever is in it.
    expect(documents.every((text) => text.startsWith("{"))).toBe(true);
    expect((await fetch(`${listening.address}/api/v1/flows?callback=x`)).status).toBe(400);
  });

  test("of the API is kept by nobody on the way", async () => {
    const { get } = await served([hello]);

    expect((await get("/flows")).headers.get("cache-control")).toBe("no-store");
  });

  test("S46: that is an error says nothing of where or how", async () => {
    const { server, get, store, logger } = await served([hello]);
    server.parts.queries.runs = () => {
      throw new Error("SELECT secret FROM /home/ana");
    };

    const answer = await get("/runs");
    const text = await answer.text();

    expect(answer.status).toBe(500);
    expect(text).not.toMatch(/SELECT|\/home|at \w+ \(|src\//);
    expect(text).not.toContain(store.name);
    expect(logger.lines().join("\n")).toContain("SELECT secret");
  });
});

describe("tricks with the path", () => {
  test.each([
    "//api/v1/flows",
    "/API/v1/flows",
    "/api/v1/flows/",
    "/api/v1/flows.",
    "/api/v1/flows;x",
    "/api/v1//flows",
  ])("S15: %s is not the route", async (path) => {
    const { listening } = await served([hello]);

    expect((await fetch(`${listening.address}${path}`)).status).toBe(404);
  });

  test.each(["/api/v1/%66lows", "/api/v1/runs/../flows", "/api/v1/%2e%2e/v1/flows"])(
    "S15: %s is guarded as the plain path is",
    async (path) => {
      const server = await served([hello]);
      const answer = await raw(
        server,
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${server.listening.port}\r\nOrigin: http://evil.test\r\n\r\n`,
      );

      expect(statusOf(answer)).toBe(403);
    },
  );

  test.each(["runs/health", "flows/ready", "runs/counts/x"])("S15: %s is no other route", async (path) => {
    const { get } = await served([hello]);

    expect((await get(`/${path}`)).status).toBe(404);
  });
});

describe("another protocol", () => {
  test("S07: a WebSocket is not opened", async () => {
    const server = await served([hello]);

    const answer = await raw(
      server,
      `GET /api/v1/live?topics=runs HTTP/1.1\r\nHost: 127.0.0.1:${server.listening.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    );

    expect(statusOf(answer)).toBe(426);
  });

  test("S41: two lengths are one answer, a refusal", async () => {
    const server = await served([hello]);

    const answer = await raw(
      server,
      `POST /api/v1${START} HTTP/1.1\r\nHost: 127.0.0.1:${server.listening.port}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /`,
    );

    expect(statusOf(answer)).toBe(400);
    expect(await runs(server)).toBe(0);
  });
});

describe("a server others can reach", () => {
  const token = "0123456789abcdef0123456789abcdef";

  test("S17: wants its token with every request of the API, and never reads it from the address", async () => {
    const server = await served([hello], { token });
    const bearer = { Authorization: `Bearer ${token}` };

    const without = await server.get("/flows");
    const inAddress = await fetch(`${server.listening.address}/api/v1/live?topics=runs&token=${token}`);
    const wrong = await server.get("/flows", { Authorization: `Bearer ${token.slice(0, -1)}x` });
    const right = await server.get("/flows", bearer);

    expect([without.status, inAddress.status, wrong.status, right.status]).toEqual([401, 401, 401, 200]);
    expect(without.headers.get("www-authenticate")).toContain("Bearer");
  });

  test("S15, S46: says without one that it answers, at one address, and of itself no more than that", async () => {
    const { listening } = await served([hello], { token });
    const ask = (path: string, headers = {}) => fetch(`${listening.address}${path}`, { headers });

    const health = await ask("/api/v1/health");
    const others = await Promise.all(
      ["/api/v1/health/", "/api/v1/health/x", "/api/v1/flows/health", "/api/v1//health", "/api/v1/about"].map((path) =>
        ask(path),
      ),
    );
    const stranger = await ask("/api/v1/health", { Origin: "http://evil.test" });

    expect([health.status, await health.text()]).toEqual([200, '{"ok":true}']);
    expect(others.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
    expect(others.every(({ headers }) => !headers.has("caudal-version"))).toBe(true);
    expect(stranger.status).toBe(403);
  });

  test("gives its page without one: it holds no data", async () => {
    const { listening } = await served([hello], { token });

    expect((await fetch(`${listening.address}/`)).status).toBe(200);
  });

  test("B29, S44: is not begun without a token", () => {
    expect(() => tokenFor("0.0.0.0", undefined)).toThrow(expect.objectContaining({ code: "BIND_WITHOUT_TOKEN" }));
  });

  test("B43: is not begun with one that could be guessed", () => {
    expect(() => tokenFor("0.0.0.0", "short")).toThrow(expect.objectContaining({ code: "TOKEN_WEAK" }));
  });

  test("is wanted on the loopback, too, where a proxy's name is answered to", () => {
    expect(tokenFor("127.0.0.1", token, true)).toBe(token);
    expect(tokenFor("127.0.0.1", token)).toBeUndefined();
  });

  test.each(["127.0.0.1", "localhost", "::1"])("%s is this machine only", (host) => {
    expect(isLoopback(host)).toBe(true);
    expect(tokenFor(host, undefined)).toBeUndefined();
  });
});

describe("an address that floods", () => {
  test("is told to wait, and for how long", async () => {
    const rates = { reads: { perSecond: 1, burst: 3 }, writes: { perSecond: 1, burst: 1 } };
    const { get } = await served([hello], { rates });

    const answers = await Promise.all([1, 2, 3, 4].map(() => get("/health")));
    const refused = answers.find(({ status }) => status === 429);

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    expect(refused?.headers.get("retry-after")).toBe("1");
  });
});

describe("names that mean something elsewhere", () => {
  test.each(["__proto__", "constructor", "toString"])("S24: '%s' is a name like others", async (name) => {
    const { get } = await served([hello]);

    expect((await get(`/flows/${name}`)).status).toBe(404);
    expect((await get(`/runs?flow=${name}`)).status).toBe(200);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test.each(["../../etc/passwd", "/etc/passwd", "C:\\x", "a\u0000b", "x".repeat(300)])(
    "S26: '%s' leads to no file",
    async (name) => {
      const { get, listening } = await served([hello]);
      const text = encodeURIComponent(name);

      expect((await get(`/flows/${text}`)).status).toBe(404);
      expect((await get(`/runs/${text}`)).status).toBe(404);
      expect((await fetch(`${listening.address}/assets/${text}`)).status).toBe(404);
    },
  );

  test.each(["'; DROP TABLE run; --", "%' OR 1=1", "_", "%", "\\"])(
    "S45, B37: %s is looked for as it is",
    async (text) => {
      const { get, post, until } = await served([hello]);
      const { id } = (await (await post(START, { runName: "plain" })).json()) as { id: string };
      await until<{ endedAt?: number }>(`/runs/${id}`, ({ endedAt }) => endedAt !== undefined);

      const found = (await (await get(`/runs?q=${encodeURIComponent(text)}`)).json()) as RunList;

      expect(found.runs).toEqual([]);
      expect(((await (await get("/runs?q=plain")).json()) as RunList).runs).toHaveLength(1);
    },
  );
});
