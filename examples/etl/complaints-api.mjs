#!/usr/bin/env node
/**
 * A small server with the contract of the public consumer complaint API and invented records.
 *
 *   node examples/etl/complaints-api.mjs [--port 4299] [--slow 2s] [--fail 0.5] [--fail-next 3] [--garbage]
 *
 *   GET /consumer-complaints/search/api/v1/?size=10   the answer; `slow`, `fail` and `garbage` in the query act on that request
 *   GET /count                                        how many searches were asked for, and how many failed on purpose
 *   GET /switches?slow=2s&fail=0.5&failNext=3&garbage=on   shows the switches, after changing those given
 *
 * `slow` delays every answer, `fail` is the share of requests answered with 500, `failNext` counts requests
 * that will be, `garbage` answers 200 with something that is not JSON.
 */
import { realpathSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { seeded } from "./complaints-data.mjs";
import { search } from "./complaints-search.mjs";

const PORT_DEFAULT = 4299;
const PATH = "/consumer-complaints/search/api/v1/";
const SLOW_MS_MAX = 600_000;
const UNITS = { ms: 1, s: 1_000, m: 60_000 };

/** Milliseconds of `2s`, `250ms`, `1m` or `250`; throws a sentence otherwise. */
function delayMs(given) {
  const [, number, unit = "ms"] = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(String(given).trim()) ?? [];
  const ms = Number(number) * UNITS[unit];
  if (!(ms <= SLOW_MS_MAX)) throw new Error(`slow is a time such as 250ms or 2s, up to 10m; not '${given}'`);
  return ms;
}

function share(given) {
  const number = Number(given === "" ? 1 : given);
  if (!(number >= 0 && number <= 1)) throw new Error(`fail is a share from 0 to 1; not '${given}'`);
  return number;
}

function count(given) {
  if (!/^\d{1,6}$/.test(String(given)))
    throw new Error(`fail-next is a number of requests from 0 to 999999; not '${given}'`);
  return Number(given);
}

const isOn = (given) => given === true || ["", "1", "on", "true", "yes"].includes(given);

/** Takes over those switches that are given; checks all before it changes one. */
function turn(switches, given) {
  const next = {};
  if (given.slow != null) next.slowMs = delayMs(given.slow);
  if (given.fail != null) next.fail = share(given.fail);
  if (given.failNext != null) next.failNext = count(given.failNext);
  if (given.garbage != null) next.garbage = isOn(given.garbage);
  Object.assign(switches, next);
  return switches;
}

function inQuery(query) {
  return {
    slow: query.get("slow"),
    fail: query.get("fail"),
    failNext: query.get("failNext"),
    garbage: query.get("garbage"),
  };
}

function answer(response, status, body) {
  const bytes = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", "content-length": bytes.length });
  response.end(bytes);
}

/** What to say to one search, once the delay is over. */
function reply(response, query, { failed, garbage }) {
  if (failed) return answer(response, 500, { detail: "Internal server error (on purpose: the fail switch is on)" });
  if (garbage) return answer(response, 200, "<!doctype html><title>503</title><p>The service is being maintained…");
  const { status, body } = search(query);
  return answer(response, status, body);
}

/** The request listener, with the counts and switches it keeps. */
function complaintsService(options) {
  const random = seeded(options.seed ?? 1);
  const counts = { requests: 0, failed: 0 };
  const switches = turn({ slowMs: 0, fail: 0, failNext: 0, garbage: false }, options);

  function onSearch(response, query) {
    counts.requests += 1;
    const now = turn({ ...switches }, { ...inQuery(query), failNext: null });
    const failed = switches.failNext > 0 || random() < now.fail;
    if (switches.failNext > 0) switches.failNext -= 1;
    if (failed) counts.failed += 1;
    const timer = setTimeout(reply, now.slowMs, response, query, { failed, garbage: now.garbage });
    response.once("close", () => clearTimeout(timer));
  }

  function onRequest(request, response) {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    try {
      if (request.method !== "GET") return answer(response, 405, { detail: `Method "${request.method}" not allowed.` });
      if (pathname === PATH || `${pathname}/` === PATH) return onSearch(response, searchParams);
      if (pathname === "/count") return answer(response, 200, counts);
      if (pathname === "/switches") return answer(response, 200, turn(switches, inQuery(searchParams)));
      return answer(response, 404, { detail: `Nothing is at ${pathname}; try ${PATH}?size=10` });
    } catch (error) {
      return answer(response, 400, { detail: error.message });
    }
  }

  return { counts, switches, onRequest };
}

/**
 * Starts the server and resolves when it answers; rejects with one clear sentence when it cannot.
 * `port: 0` takes any free one. `close()` ends open requests and resolves when the port is free again.
 */
export async function startComplaintsApi(options = {}) {
  const service = complaintsService(options);
  const server = createServer((request, response) => service.onRequest(request, response));
  const wanted = options.port ?? PORT_DEFAULT;
  await new Promise((resolve, reject) => {
    server.once("error", (error) => reject(cannotListen(error, wanted)));
    server.listen(wanted, "127.0.0.1", resolve);
  });
  const { port } = server.address();
  const origin = `http://127.0.0.1:${port}`;
  return {
    port,
    origin,
    url: `${origin}${PATH}`,
    count: () => service.counts.requests,
    failed: () => service.counts.failed,
    set: (switches) => void turn(service.switches, switches),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function cannotListen(error, port) {
  const why =
    error.code === "EADDRINUSE"
      ? `port ${port} is already in use (is the complaints API running already?): stop that program, or choose another with --port 0`
      : `cannot listen on port ${port}: ${error.message}`;
  return new Error(why, { cause: error });
}

/** The command line: prints the address when ready, one line when something is wrong. */
async function main() {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: "string" },
        slow: { type: "string" },
        fail: { type: "string" },
        "fail-next": { type: "string" },
        garbage: { type: "boolean" },
      },
    });
    const { "fail-next": failNext, port = String(PORT_DEFAULT), ...switches } = values;
    if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
      throw new Error(`--port is a number from 0 to 65535; not '${port}'`);
    const api = await startComplaintsApi({ ...switches, failNext, port: Number(port) });
    console.log(`complaints API on ${api.url}`);
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void api.close());
  } catch (error) {
    console.error(`complaints API: ${error.message.split("\n")[0]}`);
    process.exitCode = 1;
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main();
