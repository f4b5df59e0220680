/** What a browser test talks to: the real server in this process, or the mock with its made-up world. */
import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, request as ask, type Server, type ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { served, type ServeOptions, type Served } from "../support/served.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const pageFolder = fileURLToPath(new URL("../../dist/ui", import.meta.url));

/** A real server with a store of its own and the built page. Its address has no slash at the end. */
export async function serve(flows: readonly unknown[], options: ServeOptions = {}): Promise<Served & { url: string }> {
  const own = await served(flows, { pageFolder, ...options });
  return { ...own, url: own.listening.address };
}

/** The mock, for all tests of a file. */
export function withMock(...options: readonly string[]): { readonly url: string } {
  const mock = { url: "" };
  let stop: () => void = () => undefined;
  beforeAll(async () => {
    const child = spawn(process.execPath, ["scripts/run-ts.mjs", "ui/mock/main.ts", "--port", "0", ...options], {
      cwd: root,
      stdio: ["ignore", "pipe", "inherit"],
    });
    stop = () => child.kill();
    mock.url = await new Promise<string>((resolve, reject) => {
      child.stdout.on("data", (bytes: Buffer) => {
        const found = /http:\/\/\S+(?=\/\n)/.exec(bytes.toString());
        if (found !== null) resolve(found[0]);
      });
      child.on("exit", (code) => reject(new Error(`the mock ended with ${code}`)));
    });
  });
  afterAll(() => stop());
  return mock;
}

export async function tellMock(url: string, path: "flows" | "streams", body: object): Promise<void> {
  await fetch(`${url}/mock/${path}`, { method: "POST", body: JSON.stringify(body) });
}

/** Passes a request on as a reverse proxy does: the server knows its own origin only, so that has to be put in place. */
function passOn(
  to: URL,
  request: IncomingMessage,
  response: ServerResponse,
  answered: (answer: IncomingMessage) => void = (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  },
): void {
  const { host, origin } = to;
  const own = request.headers.origin === undefined ? { host } : { host, origin };
  const onward = ask(to, { method: request.method ?? "GET", headers: { ...request.headers, ...own } }, answered);
  onward.on("error", () => response.destroy());
  response.on("close", () => onward.destroy());
  request.pipe(onward);
}

/** Listens on a port of this machine, by default one that is free, until the test is over. */
async function listening(server: Server, port = 0): Promise<number> {
  await new Promise<void>((ready) => server.listen(port, "127.0.0.1", ready));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

/** Puts a server below a path, as a reverse proxy does; with `strip` the server does not see the path. */
export async function proxied(target: string, prefix: string, strip: boolean): Promise<string> {
  const proxy = createServer((request, response) => {
    const path = request.url ?? "/";
    if (path.startsWith(`${prefix}/`))
      passOn(new URL(strip ? path.slice(prefix.length) : path, target), request, response);
    else response.writeHead(404).end();
  });
  return `http://127.0.0.1:${await listening(proxy)}${prefix}`;
}

export interface WireOptions {
  readonly holdsStreams?: boolean;
  /** Nobody hears a stream before. */
  readonly streamsAfter?: Promise<void>;
}

/** A wire to a server: it can be cut and mended, lead to another server, and keep back what comes as a stream. */
export async function wireTo(target: string, { holdsStreams = false, streamsAfter }: WireOptions = {}) {
  let leadsTo = target;
  const make = () =>
    createServer(async (request, response) => {
      if (request.url?.includes("/api/v1/live") === true) await streamsAfter;
      passOn(new URL(request.url ?? "/", leadsTo), request, response, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        response.flushHeaders();
        // As a proxy that waits for the whole of an answer before it passes any of it on.
        if (holdsStreams && answer.headers["content-type"] === "text/event-stream") answer.resume();
        else answer.pipe(response);
      });
    });
  let server = make();
  const port = await listening(server);
  return {
    url: `http://127.0.0.1:${port}`,
    cut() {
      server.close();
      server.closeAllConnections();
    },
    async mend(to = leadsTo) {
      leadsTo = to;
      server = make();
      await listening(server, port);
    },
  };
}
