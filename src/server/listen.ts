/** The server on a socket: HTTP/1.1 with limits on everything that can be drawn out, and no protocol but this one. */
import "../base/server-errors.ts";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { CaudalError } from "../base/errors.ts";
import type { Handler } from "./app.ts";
import { isLoopback } from "./guards.ts";
import { textOf } from "./text-response.ts";

export interface ListenOptions {
  readonly host: string;
  /** Undefined: 4200, or the next one that is free. */
  readonly port: number | undefined;
  /** Default `PATIENCE`. */
  readonly patience?: Patience | undefined;
}

/** How long a request may take to arrive; one that takes longer is answered 408. */
export interface Patience {
  readonly headersMs: number;
  /** Headers and body. */
  readonly requestMs: number;
  /** How often that is looked at: it may take so much longer. */
  readonly lookMs: number;
}

export interface Listening {
  readonly host: string;
  readonly port: number;
  /** To be opened in a browser. */
  readonly address: string;
  /** Stops taking connections, ends idle ones, and gives the rest a moment. */
  close(): Promise<void>;
}

export const PORT_DEFAULT = 4_200;
/** Ports that are tried where none was named. */
const PORTS_TRIED = 100;
const HEADER_BYTES_MAX = 16_384;
const URL_LENGTH_MAX = 8_192;
const PATIENCE: Patience = { headersMs: 10_000, requestMs: 30_000, lookMs: 5_000 };
const KEEP_ALIVE_MS = 5_000;
const CONNECTIONS_MAX = 512;
const CLOSE_MS = 1_000;

/** The socket, before it answers anything: what it answers to depends on its port. */
export interface Bound {
  readonly host: string;
  readonly port: number;
  /** Names a browser may ask it by. */
  readonly hosts: ReadonlySet<string>;
  /** To be opened in a browser. */
  readonly address: string;
  answer(handler: Handler): Promise<Listening>;
}

/** @throws CaudalError PORT_IN_USE */
export async function bind({ host, port, patience = PATIENCE }: ListenOptions): Promise<Bound> {
  const server = createServer({
    maxHeaderSize: HEADER_BYTES_MAX,
    requireHostHeader: true,
    headersTimeout: patience.headersMs,
    requestTimeout: patience.requestMs,
    connectionsCheckingInterval: patience.lookMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.on("upgrade", (_request: IncomingMessage, socket: Socket) =>
    socket.end("HTTP/1.1 426 Upgrade Required\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
  );
  // Until it answers, requests wait.
  let answers: (listener: Listener) => void = () => undefined;
  const ready = new Promise<Listener>((resolve) => (answers = resolve));
  server.on("request", (request, response) => void ready.then((listener) => listener(request, response)));
  const bound = await listenOn(server, host, port);
  const address = `http://${shownHost(host)}:${bound}`;
  return {
    host,
    port: bound,
    address,
    hosts: namesOf(host, bound),
    async answer(handler) {
      const { getRequestListener } = await import("@hono/node-server");
      const { RESPONSE_ALREADY_SENT } = await import("@hono/node-server/utils/response");
      const fetch = async (request: Request, { incoming, outgoing }: Sockets) => {
        const response = await handler(request, incoming.socket.remoteAddress ?? "unknown");
        const text = textOf(response);
        if (text === undefined) return response;
        send(response, text, outgoing);
        return RESPONSE_ALREADY_SENT;
      };
      const listener = getRequestListener(fetch as never, { overrideGlobalObjects: false });
      answers((request, response) => (refusedAtOnce(request, response) ? undefined : void listener(request, response)));
      return { host, port: bound, address, close: () => close(server) };
    },
  };
}

interface Sockets {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

function send({ status, headers }: Response, text: string, outgoing: ServerResponse): void {
  outgoing.writeHead(status, { ...Object.fromEntries(headers), "content-length": Buffer.byteLength(text) }).end(text);
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** What would look different to us than to Node: two hosts, a whole address in place of a path, a path without end. */
function refusedAtOnce(request: IncomingMessage, response: ServerResponse): boolean {
  const hosts = request.rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === "host");
  const url = request.url ?? "";
  const isPath = url.startsWith("/");
  if (hosts.length <= 1 && isPath && url.length <= URL_LENGTH_MAX) return false;
  const status = isPath && hosts.length <= 1 ? 414 : 400;
  response.writeHead(status, { Connection: "close", "Content-Length": "0" }).end();
  return true;
}

async function listenOn(server: Server, host: string, port: number | undefined): Promise<number> {
  const first = port ?? PORT_DEFAULT;
  const last = port === undefined ? first + PORTS_TRIED - 1 : first;
  for (let at = first; ; at++) {
    try {
      return await listenOnce(server, host, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      if (at === last) throw new CaudalError("PORT_IN_USE", { port: first, host });
    }
  }
}

function listenOnce(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => {
      server.off("listening", listening);
      reject(error);
    };
    const listening = () => {
      server.off("error", failed);
      resolve((server.address() as AddressInfo).port);
    };
    server.once("error", failed);
    server.once("listening", listening);
    server.listen({ port, host: host.replace(/^\[(.*)\]$/, "$1"), exclusive: true });
  });
}

function namesOf(host: string, port: number): ReadonlySet<string> {
  const names = isLoopback(host) ? ["127.0.0.1", "localhost", "[::1]"] : [shownHost(host)];
  return new Set(names.flatMap((name) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`])));
}

function shownHost(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const end = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
    server.close(() => {
      clearTimeout(end);
      resolve();
    });
    server.closeIdleConnections();
  });
}
