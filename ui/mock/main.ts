/**
 * A server that is none: `node scripts/run-ts.mjs ui/mock/main.ts [--port 4300] [--prefix /tools/caudal]
 * [--empty] [--fixed]` serves the page from dist/ui and answers it from made-up flows and runs, so that the page can be
 * built and tested alone. `POST <prefix>/mock/flows {"empty": bool}` and `/mock/streams {"broken": bool}` change it.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { ChangesFrame, LiveFrame } from "../../src/server/contract.ts";
import { answerGet, answerPost, type Answer, refusal } from "./routes.ts";
import { World } from "./world.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "4300" },
    prefix: { type: "string", default: "" },
    empty: { type: "boolean", default: false },
    fixed: { type: "boolean", default: false },
  },
});
const page = new URL("../../dist/ui/", import.meta.url);
const prefix = values.prefix.replace(/\/$/, "");
const world = new World(values.fixed ? Date.parse("2026-11-23T15:54:05Z") : undefined);
if (values.empty) world.setFlows([]);
const all = world.flows;
let streamsBroken = false;
const open = new Set<ServerResponse>();

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "worker-src 'self'; font-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";
const TYPES: { readonly [ending: string]: string } = {
  html: "text/html; charset=utf-8",
  js: "text/javascript",
  css: "text/css",
  svg: "image/svg+xml",
  txt: "text/plain; charset=utf-8",
};

const server = createServer((request, response) => {
  handle(request, response).catch((error: unknown) => {
    console.error(error);
    send(response, refusal(500, "INTERNAL", String(error)));
  });
});

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://mock");
  if (!url.pathname.startsWith(`${prefix}/`)) return send(response, refusal(404, "NOT_FOUND", "outside the prefix"));
  const path = url.pathname.slice(prefix.length);
  if (path === "/mock/flows") return setFlows(request, response);
  if (path === "/mock/streams") return setStreams(request, response);
  if (path === "/api/v1/live") return stream(response, Number(url.searchParams.get("after") ?? world.cursor));
  if (path === "/api/v1/changes" && streamsBroken) return void response.destroy();
  if (path === "/api/v1/changes") return send(response, { status: 200, body: changes() });
  if (path.startsWith("/api/v1/")) return api(request, response, path.slice(8), url.searchParams);
  return file(response, path);
}

async function api(request: IncomingMessage, response: ServerResponse, path: string, query: URLSearchParams) {
  if (request.method === "GET") return send(response, await answerGet(world, path, query));
  if (request.headers["x-caudal"] !== "1") return send(response, refusal(403, "HEADER_MISSING", "X-Caudal is missing"));
  return send(response, await answerPost(world, path, JSON.parse(await bodyOf(request))));
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, {
    "Content-Type": status >= 400 ? "application/problem+json" : "application/json",
    "Caudal-Time": String(world.now()),
    "Caudal-Version": "0.1.0",
    "Cache-Control": "no-store",
  });
  response.end(JSON.stringify(body));
}

/** The page for every path that is no file, with its base as many steps up as the path is deep. */
async function file(response: ServerResponse, path: string): Promise<void> {
  const isAsset = /^\/(assets\/[\w.-]+|THIRD-PARTY\.txt)$/.test(path);
  const bytes = await readFile(new URL(isAsset ? path.slice(1) : "index.html", page));
  const ending = isAsset ? (path.split(".").at(-1) ?? "") : "html";
  const steps = "../".repeat(path.split("/").length - 2) || "./";
  response.writeHead(200, {
    "Content-Type": TYPES[ending] ?? "application/octet-stream",
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": isAsset ? "public, max-age=31536000, immutable" : "no-cache",
  });
  response.end(isAsset ? bytes : bytes.toString().replace("<head>", `<head><base href="${steps}">`));
}

const told: ChangesFrame[] = [];

function stream(response: ServerResponse, after: number): void {
  if (streamsBroken) {
    response.destroy();
    return;
  }
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store, no-transform" });
  const tell = (frame: LiveFrame) => response.write(`event: ${frame.type}\ndata: ${JSON.stringify(frame)}\n\n`);
  tell({ type: "hello", cursor: world.cursor, now: world.now(), version: "0.1.0", revision: world.revision });
  for (const frame of told.filter(({ cursor }) => cursor > after)) tell(frame);
  const leave = world.listen((frame) => tell(frame === "flows" ? { type: "flows", revision: world.revision } : frame));
  const heartbeat = setInterval(() => response.write(":\n\n"), 15_000);
  open.add(response);
  response.on("close", () => {
    open.delete(response);
    clearInterval(heartbeat);
    leave();
  });
}

function changes(): ChangesFrame {
  return { type: "changes", cursor: world.cursor, now: world.now(), runs: [], taskRuns: [], logs: [] };
}

async function setFlows(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { empty } = JSON.parse(await bodyOf(request)) as { readonly empty: boolean };
  world.setFlows(empty ? [] : all);
  send(response, { status: 200, body: {} });
}

async function setStreams(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { broken } = JSON.parse(await bodyOf(request)) as { readonly broken: boolean };
  streamsBroken = broken;
  if (broken) for (const one of open) one.destroy();
  send(response, { status: 200, body: {} });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text || "{}";
}

world.listen((frame) => {
  if (frame !== "flows") told.push(frame);
});
server.listen(Number(values.port), "127.0.0.1", () => {
  const address = server.address();
  console.log(`http://127.0.0.1:${typeof address === "object" ? address?.port : ""}${prefix}/`);
});
