/** From options and a call's argument to one request, checked before anything is sent. */
import { CaudalError } from "../../base/errors.ts";
import "../../base/task-errors.ts";
import { isPlainObject } from "../../base/json.ts";

type QueryValue = string | number | boolean | bigint;

/** Added to the address; a name that is there already is replaced. Null and undefined are left out, a list repeats the name. */
export type Query = { readonly [name: string]: QueryValue | readonly QueryValue[] | null | undefined };

/** What of a request may be given in the options and at the call; the call wins, name by name for `headers` and `query`. */
export interface RequestParts {
  /** Absolute, http or https. `user:password@` in it becomes an `authorization` header. */
  readonly url?: string | URL | undefined;
  /** GET when not given, POST when there is `json`. */
  readonly method?: string | undefined;
  /** Sent as JSON, with its content type. */
  readonly json?: unknown;
  readonly headers?: { readonly [name: string]: string | undefined } | undefined;
  readonly query?: Query | undefined;
}

export interface Request {
  readonly method: string;
  readonly url: string;
  /** The address for people: without credentials, with `***` for the values of query names that sound secret. */
  readonly shownUrl: string;
  readonly headers: Headers;
  readonly body: string | undefined;
}

const METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const WITHOUT_BODY: ReadonlySet<string> = new Set(["GET", "HEAD"]);
const REFUSED_BY_FETCH: ReadonlySet<string> = new Set(["CONNECT", "TRACE", "TRACK"]);
const SOUNDS_SECRET = /key|token|secret|pass|pwd|auth|sig|cred|session/i;

/** @throws CaudalError HTTP_REQUEST_INVALID */
export function makeRequest(options: RequestParts, call: RequestParts = {}): Request {
  const url = parseUrl(call.url ?? options.url, "url" in options);
  const headers = new Headers();
  for (const [name, value] of Object.entries({ ...options.headers, ...call.headers })) addHeader(headers, name, value);
  if (url.username !== "" || url.password !== "") {
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    if (!headers.has("authorization"))
      headers.set("authorization", `Basic ${Buffer.from(credentials).toString("base64")}`);
    url.username = "";
    url.password = "";
  }
  for (const [name, value] of Object.entries({ ...options.query, ...call.query })) addToQuery(url, name, value);
  const body = jsonText("json" in call ? call.json : options.json);
  const method = (call.method ?? options.method ?? (body === undefined ? "GET" : "POST")).toUpperCase();
  const complaint = complaintAboutMethod(method, body !== undefined);
  if (complaint !== undefined) throw invalid(complaint);
  if (body !== undefined && !headers.has("content-type")) headers.set("content-type", "application/json");
  return { method, url: url.href, shownUrl: shownUrl(url), headers, body };
}

/** What is wrong with the fixed parts whatever the call gives. */
export function complaintsAboutParts(options: RequestParts): string[] {
  const complaints: string[] = [];
  const note = (complaint: string | undefined) => complaint !== undefined && complaints.push(complaint);
  if (options.url !== undefined) note(attempt(() => parseUrl(options.url)));
  if (options.method !== undefined)
    note(
      typeof options.method === "string"
        ? complaintAboutMethod(options.method.toUpperCase(), false)
        : "method is no text",
    );
  if (options.headers !== undefined)
    note(
      isPlainObject(options.headers)
        ? attempt(() => allHeaders(options.headers ?? {}))
        : "headers is no plain object of names and values",
    );
  if (options.query !== undefined)
    note(
      isPlainObject(options.query)
        ? attempt(() => wholeQuery(options.query ?? {}))
        : "query is no plain object of names and values",
    );
  if (options.json !== undefined) note(attempt(() => jsonText(options.json)));
  return complaints;
}

function attempt(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof CaudalError && error.code === "HTTP_REQUEST_INVALID")
      return (error.data as { readonly why: string }).why;
    throw error;
  }
}

function allHeaders(given: NonNullable<RequestParts["headers"]>): void {
  const headers = new Headers();
  for (const [name, value] of Object.entries(given)) addHeader(headers, name, value);
}

function wholeQuery(given: Query): void {
  const url = new URL("http://localhost");
  for (const [name, value] of Object.entries(given)) addToQuery(url, name, value);
}

function invalid(why: string): CaudalError<"HTTP_REQUEST_INVALID"> {
  return new CaudalError("HTTP_REQUEST_INVALID", { why });
}

/** `isNamed`: the options have a `url`, which may be a variable of the environment that nobody set. */
function parseUrl(given: unknown, isNamed = false): URL {
  if (given === undefined)
    throw invalid(`${isNamed ? "its url is undefined" : "it has no url"}: give it in the options or at the call`);
  if (typeof given !== "string" && !(given instanceof URL))
    throw invalid(`its url is neither text nor a URL but ${given === null ? "null" : `a ${typeof given}`}`);
  if (!URL.canParse(String(given)))
    throw invalid(
      `its url is not a whole address (http://…): ${JSON.stringify(hideCredentials(String(given)).slice(0, 100))}`,
    );
  const url = new URL(given);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw invalid(`its url begins with ${url.protocol}, only http: and https: are sent`);
  return url;
}

/** Text that is no address may still hold a password. */
function hideCredentials(text: string): string {
  return text.replace(/\/\/[^/@]*@/, "//***@").replace(/\?.*$/s, "?…");
}

function complaintAboutMethod(method: string, hasBody: boolean): string | undefined {
  if (!METHOD.test(method) || REFUSED_BY_FETCH.has(method))
    return `${JSON.stringify(method.slice(0, 40))} is no method that can be sent`;
  return hasBody && WITHOUT_BODY.has(method)
    ? `${method} requests carry no json: use query, or another method`
    : undefined;
}

function addHeader(headers: Headers, name: string, value: unknown): void {
  if (value === undefined) return;
  try {
    if (typeof value !== "string") throw new TypeError("no text");
    headers.set(name, value);
  } catch {
    throw invalid(`its header ${JSON.stringify(name.slice(0, 60))} has a name or value that no header can have`); // the value may be secret
  }
}

function addToQuery(url: URL, name: string, value: unknown): void {
  if (value === null || value === undefined) return;
  url.searchParams.delete(name);
  for (const item of Array.isArray(value) ? (value as readonly unknown[]) : [value]) {
    if (!["string", "number", "boolean", "bigint"].includes(typeof item))
      throw invalid(`query.${name} is neither text, a number nor a boolean`);
    url.searchParams.append(name, String(item));
  }
}

function jsonText(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  try {
    const text = JSON.stringify(value) as string | undefined;
    if (text !== undefined) return text;
  } catch (cause) {
    throw new CaudalError(
      "HTTP_REQUEST_INVALID",
      { why: `its json cannot be written: ${(cause as Error).message.split("\n")[0] ?? ""}` },
      { cause },
    );
  }
  throw invalid(`its json is a ${typeof value}, which JSON cannot say`);
}

function shownUrl(url: URL): string {
  const shown = new URL(url);
  shown.hash = "";
  for (const name of new Set(shown.searchParams.keys()))
    if (SOUNDS_SECRET.test(name)) shown.searchParams.set(name, "***");
  return shown.href;
}
