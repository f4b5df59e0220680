/**
 * Who may ask at all, decided before anything is routed: a server on localhost runs code at a click, and any web page
 * its user visits can send requests to it. What protects it is not the address but that browsers say whom they ask for.
 */
import "../base/server-errors.ts";
import { timingSafeEqual } from "node:crypto";
import { CaudalError } from "../base/errors.ts";

export interface GuardOptions {
  /** Names it answers to, with their ports, in lower case; undefined: any, because every request has a token. */
  readonly hosts: ReadonlySet<string> | undefined;
  readonly token: string | undefined;
}

/**
 * @param isApi pages and their files hold no data: they may be come to from elsewhere, and need no token
 * @throws CaudalError HOST_REFUSED, ORIGIN_REFUSED, TOKEN_REFUSED, HEADER_MISSING, CONTENT_TYPE
 */
export function guard(request: Request, isApi: boolean, { hosts, token }: GuardOptions): void {
  const { headers, method } = request;
  const host = (headers.get("host") ?? "").toLowerCase();
  // Compared as text: what only means the same address (2130706433, [::ffff:127.0.0.1]) is none of our names.
  if (hosts !== undefined && !hosts.has(host))
    throw new CaudalError("HOST_REFUSED", { host: host.slice(0, 100), allowed: [...hosts].slice(0, 4) });
  refuseOtherSites(headers, method, host, isApi);
  if (!isApi) return;
  if (token !== undefined) refuseWithout(token, headers);
  if (method === "GET" || method === "HEAD" || method === "OPTIONS") return;
  if (headers.get("x-caudal") !== "1") throw new CaudalError("HEADER_MISSING", { header: "X-Caudal: 1" });
  const type = headers.get("content-type") ?? "";
  if (!/^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/i.test(type))
    throw new CaudalError("CONTENT_TYPE", { given: type.slice(0, 100) });
}

/** Browsers say where a request comes from in two ways; programs that are none say nothing. */
function refuseOtherSites(headers: Headers, method: string, host: string, isApi: boolean): void {
  const origin = headers.get("origin");
  const isRead = method === "GET" || method === "HEAD";
  const site = headers.get("sec-fetch-site");
  // A link in a chat leads to a page: that is a navigation, and the page it gets holds no data.
  const isVisit = isRead && !isApi && headers.get("sec-fetch-mode") === "navigate";
  const isOwn = site === null || site === "same-origin" || (site === "none" && isRead) || isVisit;
  if (!isOwn) throw new CaudalError("ORIGIN_REFUSED", { origin: (origin ?? `a ${site} request`).slice(0, 100) });
  if (origin !== null && origin !== `http://${host}` && origin !== `https://${host}`)
    throw new CaudalError("ORIGIN_REFUSED", { origin: origin.slice(0, 100) });
}

/** Only in a header: an address ends up in histories and logs. */
function refuseWithout(token: string, headers: Headers): void {
  const given = /^Bearer ([\x21-\x7e]{1,500})$/.exec(headers.get("authorization") ?? "")?.[1];
  if (given === undefined || !equal(given, token))
    throw new CaudalError("TOKEN_REFUSED", { given: given !== undefined });
}

function equal(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}

const CSP = [
  ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'"],
  ...["worker-src 'self'", "font-src 'self'", "base-uri 'self'", "form-action 'self'", "frame-ancestors 'none'"],
].join("; ");

/** On every answer: pages, files, API, errors. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": CSP,
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
};

const TOKEN_LENGTH_MIN = 32;

/**
 * The token of a server, from `CAUDAL_TOKEN`. `proxied`: it answers to names of a proxy too, so that others may reach it
 * though it listens on the loopback; on the loopback alone nobody is asked.
 * @throws CaudalError TOKEN_WEAK, BIND_WITHOUT_TOKEN
 */
export function tokenFor(host: string, given: string | undefined, proxied = false): string | undefined {
  const token = given === undefined || given === "" ? undefined : given;
  if (token !== undefined && token.length < TOKEN_LENGTH_MIN)
    throw new CaudalError("TOKEN_WEAK", { length: token.length });
  if (token === undefined && !isLoopback(host)) throw new CaudalError("BIND_WITHOUT_TOKEN", { host });
  return isLoopback(host) && !proxied ? undefined : token;
}

export function isLoopback(host: string): boolean {
  return host === "127.0.0.1" || host === "localhost" || host === "::1" || host === "[::1]";
}
