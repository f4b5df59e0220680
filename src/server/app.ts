/** From a request to an answer: guards, limits, the route, its schemas, and whatever goes wrong as a problem. */
import { Hono } from "hono";
import type * as z from "zod";
import { CaudalError } from "../base/errors.ts";
import { guard, type GuardOptions, SECURITY_HEADERS } from "./guards.ts";
import type { LiveHub } from "./live.ts";
import type { Metrics } from "./metrics.ts";
import { openApiOf } from "./openapi.ts";
import type { PageFiles } from "./page-files.ts";
import type { ServerParts } from "./parts.ts";
import { problemOf, Refused } from "./problem.ts";
import { RateLimit, type Rates } from "./rate.ts";
import { readBody } from "./read-body.ts";
import type { Answers, Attachment, Route } from "./routes/route.ts";
import { ROUTES } from "./routes/routes.ts";
import { liveRoutes } from "./routes/live.ts";
import { textResponse } from "./text-response.ts";

export interface AppOptions {
  readonly guards: GuardOptions;
  readonly rates: Rates | undefined;
  /** The path the server is reached under, without a slash at its end; "" for none. */
  readonly base: string;
  readonly page: PageFiles;
  readonly hub: LiveHub;
  readonly metrics: Metrics;
}

export type Handler = (request: Request, from?: string) => Promise<Response>;

const API = "/api/v1";
/** Whoever watches over the server asks it without a token; it says no more than that it answers. */
const HEALTH = `${API}/health`;

/** Everything the server answers, as one function of Fetch. */
export function appOf(parts: ServerParts, options: AppOptions): Handler {
  const routes = [...ROUTES, ...liveRoutes(options.hub)];
  const document = openApiOf(routes, parts.version);
  const { metrics, page, guards, rates } = options;
  const router = routerOf(routes, parts, metrics);
  const reads = rates && new RateLimit(rates.reads);
  const writes = rates && new RateLimit(rates.writes);

  const answer = async (request: Request, path: string, from: string): Promise<Response> => {
    const isApi = path === API || path.startsWith(`${API}/`) || path === "/metrics";
    (request.method === "GET" ? reads : writes)?.take(from, Date.now());
    guard(request, isApi, path === HEALTH ? { ...guards, token: undefined } : guards);
    if (path === `${API}/openapi.json` && request.method === "GET") return Response.json(document);
    if (path === "/metrics" && request.method === "GET") return metricsAnswer(metrics, parts);
    if (isApi) return router(request, path, from);
    if (request.method !== "GET" && request.method !== "HEAD")
      throw new CaudalError("METHOD_REFUSED", { method: request.method, allowed: ["GET", "HEAD"] });
    return page.file(path) ?? page.page(path, (of) => isThere(parts, of));
  };

  return async (request, from = "local") => {
    const path = pathOf(request, options.base);
    let response: Response;
    try {
      response = await answer(request, path, from);
    } catch (thrown) {
      response = refusal(parts, thrown);
    }
    return withHeaders(response, parts, path.startsWith(API));
  };
}

function metricsAnswer(metrics: Metrics, parts: ServerParts): Response {
  return new Response(metrics.text(parts), { headers: { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" } });
}

/** Whether the base was taken away on the way or not: both are the same page. */
function pathOf(request: Request, base: string): string {
  const { pathname } = new URL(request.url);
  if (base !== "" && (pathname === base || pathname.startsWith(`${base}/`))) return pathname.slice(base.length) || "/";
  return pathname;
}

/** A page of a run or a flow that is not there says so with its status. */
function isThere({ queries, source }: ServerParts, path: string): boolean {
  const [, kind, encoded = ""] = path.split("/");
  const name = decoded(encoded);
  if (name === "" || name === undefined) return name !== undefined;
  if (kind === "runs") return name === "compare" || (/^[0-9a-z]{26}$/.test(name) && queries.run(name) !== undefined);
  if (kind === "flows") return source.flows().has(name) || queries.flows().some(({ flow }) => flow === name);
  return true;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

type Router = (request: Request, path: string, from: string) => Promise<Response>;

/** Routes by path, then method, so that a wrong method is told from a wrong path. */
function routerOf(routes: readonly Route[], parts: ServerParts, metrics: Metrics): Router {
  const app = new Hono<{ Bindings: { readonly from: string } }>({ strict: true });
  const byPath = new Map<string, Route[]>();
  for (const route of routes) byPath.set(route.path, [...(byPath.get(route.path) ?? []), route]);
  for (const [path, some] of byPath) {
    app.all(`${API}${path}`, async ({ req, env: { from } }) => {
      const route = some.find(({ method }) => method === req.method);
      if (route === undefined)
        throw new CaudalError("METHOD_REFUSED", { method: req.method, allowed: some.map(({ method }) => method) });
      const began = performance.now();
      const order = { route, request: req.raw, params: req.param() as Readonly<Record<string, string>>, parts };
      const response = await carriedOut({ ...order, from }).catch((thrown: unknown) => refusal(parts, thrown));
      metrics.answered(req.method, path, response.status, (performance.now() - began) / 1_000);
      return response;
    });
  }
  app.notFound(({ req }) => {
    throw new CaudalError("ROUTE_UNKNOWN", { path: req.path.slice(0, 200) });
  });
  app.onError((thrown) => {
    throw thrown;
  });
  return async (request, path, from) => {
    const url = new URL(request.url);
    url.pathname = path;
    // The path may have lost its base; body and headers stay those of the request.
    const routed = url.href === request.url ? request : new Request(url, request);
    return app.fetch(routed, { from });
  };
}

interface Order {
  readonly route: Route;
  readonly request: Request;
  readonly params: Readonly<Record<string, string>>;
  readonly parts: ServerParts;
  readonly from: string;
}

async function carriedOut({ route, request, params, parts, from }: Order): Promise<Response> {
  const query = readQuery(route, new URL(request.url).searchParams);
  const body = route.method === "POST" ? await readFields(route, request) : undefined;
  const caller = route.method === "POST" ? callerOf(request.headers) : NOBODY;
  const answers = await route.handle({
    ...{ parts, params, by: caller.by, origin: caller.isPage ? "page" : "serve", headers: request.headers },
    from: caller.isPage ? `page, ${from}` : from,
    query: query as never,
    body: body as never,
  });
  return responseOf(answers, route.status ?? 200);
}

/** @throws CaudalError FIELD_UNKNOWN, FIELD_INVALID */
function readQuery({ query }: Route, given: URLSearchParams): unknown {
  const names = [...given.keys()];
  const known = Object.keys(query?.shape ?? {});
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new CaudalError("FIELD_UNKNOWN", { fields: unknown.map(shortened), known });
  const twice = names.filter((name, index) => names.indexOf(name) < index);
  if (twice.length > 0) throw invalid(twice.map((name) => ({ at: `?${name}`, message: "is there twice" })));
  if (query === undefined) return {};
  return checked(query, Object.fromEntries(given), "?");
}

/** @throws CaudalError BODY_INVALID, BODY_TOO_LARGE, FIELD_UNKNOWN, FIELD_INVALID */
async function readFields({ body }: Route, request: Request): Promise<unknown> {
  const given = await readBody(request);
  const known = Object.keys(body?.shape ?? {});
  const unknown = Object.keys(given).filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new CaudalError("FIELD_UNKNOWN", { fields: unknown.map(shortened), known });
  return body === undefined ? {} : checked(body, given, "/");
}

const shortened = (name: string) => name.slice(0, 60);

function checked(schema: z.ZodType, given: unknown, mark: "?" | "/"): unknown {
  const read = schema.safeParse(given);
  if (read.success) return read.data;
  throw invalid(read.error.issues.map(({ path, message }) => ({ at: `${mark}${path.join("/")}`, message })));
}

function invalid(fields: readonly { readonly at: string; readonly message: string }[]): Refused {
  const complaints = fields.map(({ at, message }) => `${at.slice(1)}: ${message}`);
  return new Refused(new CaudalError("FIELD_INVALID", { complaints }), { fields });
}

const NAME = /^(?! )[\p{L}\p{M}\p{N} .,@'’_-]{1,60}(?<! )$/u;
const NOBODY = { by: "api", isPage: false };

/**
 * A name for the audit, and whether it is our page that asks: claims, not proofs. Nothing is allowed or refused by them.
 * Headers are Latin-1, so a name may be written as in an address (`%C5%81ukasz`).
 * @throws CaudalError FIELD_INVALID
 */
function callerOf(headers: Headers): typeof NOBODY {
  const isPage = headers.get("caudal-from") === "page";
  if (headers.has("caudal-from") && !isPage)
    throw invalid([{ at: "/Caudal-From", message: "is left out by all but the page of this server" }]);
  const given = headers.get("caudal-by");
  if (given === null) return { by: isPage ? "page" : "api", isPage };
  const by = decoded(given) ?? "";
  if (NAME.test(by)) return { by, isPage };
  const message = "must be a name: 1 to 60 letters, digits, spaces, and . , @ ' _ -";
  throw invalid([{ at: "/Caudal-By", message }]);
}

function responseOf(answers: Answers, status: number): Response {
  if ("response" in answers) return answers.response;
  if ("attachment" in answers) return attachmentOf(answers.attachment);
  const { json, headers = {} } = answers;
  return textResponse(JSON.stringify(json), {
    status: answers.status ?? status,
    headers: { "Content-Type": "application/json", ...headers },
  });
}

/** Never shown by a browser: names are made safe, and types are such as nothing runs. */
function attachmentOf(attachment: Attachment): Response {
  const safe = attachment.name
    .replace(/[^\w.-]+/g, "_")
    .replace(/^\.+/, "_")
    .slice(-120);
  const headers = { "Content-Type": attachment.type, "Content-Disposition": `attachment; filename="${safe}"` };
  if ("bytes" in attachment) return new Response(attachment.bytes as Uint8Array<ArrayBuffer>, { headers });
  const { text } = attachment;
  return new Response(typeof text === "string" ? text : streamOf(encoded(text)), { headers });
}

/** As `ReadableStream.from`, which the types of browsers do not know: browser tests are checked with both. */
function streamOf(pieces: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await pieces.return(undefined);
    },
  });
}

async function* encoded(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const text of texts) yield encoder.encode(text);
}

function refusal({ logger, clock }: ServerParts, thrown: unknown): Response {
  const { problem, headers, unexpected } = problemOf(thrown);
  if (unexpected) {
    const message = `A request failed: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`;
    logger.write({ at: clock.now(), level: "error", logger: "caudal.serve", message });
  }
  return textResponse(JSON.stringify(problem), {
    status: problem.status,
    headers: { "Content-Type": "application/problem+json", ...headers },
  });
}

function withHeaders(response: Response, { clock, version }: ServerParts, isApi: boolean): Response {
  const { headers } = response;
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) headers.set(name, value);
  headers.set("Caudal-Time", String(clock.now()));
  // Which version it is, is for those who may ask.
  if (response.status !== 401) headers.set("Caudal-Version", version);
  if (isApi && !headers.has("Cache-Control")) headers.set("Cache-Control", "no-store");
  return response;
}
