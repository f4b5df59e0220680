/** Sends one request and reads its answer, within limits. */
import { CaudalError } from "../../base/errors.ts";
import "../../base/task-errors.ts";
import type { Request } from "./request.ts";
import { retryAfterMs } from "./retry.ts";

/** What an answer's body is read as. `"nothing"`: it is not looked at. */
export type Expect = "json" | "text" | "bytes" | "nothing";

/** Bytes of one answer, after decompression, when `responseBytesMax` is not given. */
export const RESPONSE_BYTES_MAX = 64 * 1024 * 1024;

const ERROR_BYTES_MAX = 2_048;
const SHOWN_MAX = 300;

export interface AnswerOptions {
  readonly expect: Expect;
  readonly signal?: AbortSignal | undefined;
  readonly responseBytesMax?: number | undefined;
}

/**
 * The body of the answer as `expect` says; redirects are followed.
 * @throws CaudalError HTTP_FAILED, HTTP_STATUS (400 and above), HTTP_NOT_JSON, HTTP_TOO_LARGE; the signal's reason when it aborts
 */
export async function fetchAnswer(request: Request, options: AnswerOptions): Promise<unknown> {
  const { expect, signal, responseBytesMax = RESPONSE_BYTES_MAX } = options;
  const headers = new Headers(request.headers);
  if (expect === "json" && !headers.has("accept")) headers.set("accept", "application/json");
  const init = {
    method: request.method,
    headers,
    ...(request.body === undefined ? {} : { body: request.body }),
    ...(signal === undefined ? {} : { signal }),
  };
  const response = await whole(request, signal, () => fetch(request.url, init));
  if (response.status >= 400) throw await statusError(request, response, signal);
  if (expect === "nothing") {
    await response.body?.cancel();
    return undefined;
  }
  const bytes = await whole(request, signal, () => readUpTo(response, responseBytesMax));
  if (bytes === undefined) throw new CaudalError("HTTP_TOO_LARGE", { ...said(request), maxBytes: responseBytesMax });
  if (expect === "bytes") return bytes;
  const text = decoder(response).decode(bytes);
  return expect === "text" ? text : parseJson(request, response, text);
}

function said(request: Request): { readonly method: string; readonly url: string } {
  return { method: request.method, url: request.shownUrl };
}

/** Trouble on the way is HTTP_FAILED; an abort keeps its own reason. */
async function whole<T>(request: Request, signal: AbortSignal | undefined, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    signal?.throwIfAborted();
    throw new CaudalError("HTTP_FAILED", { ...said(request), why: whyFailed(cause) }, { cause });
  }
}

async function statusError(
  request: Request,
  response: Response,
  signal: AbortSignal | undefined,
): Promise<CaudalError> {
  const bytes = await readStart(response, ERROR_BYTES_MAX).catch(() => new Uint8Array());
  signal?.throwIfAborted();
  return new CaudalError("HTTP_STATUS", {
    ...said(request),
    status: response.status,
    statusText: response.statusText,
    body: shown(decoder(response).decode(bytes)),
    retryAfterMs: retryAfterMs(response.headers.get("retry-after"), Date.now()),
  });
}

/** All bytes, or undefined when there are more than `max`. */
async function readUpTo(response: Response, max: number): Promise<Uint8Array | undefined> {
  const bytes = Number(response.headers.get("content-length")) > max ? undefined : await readStart(response, max + 1);
  if (bytes !== undefined && bytes.length <= max) return bytes;
  await response.body?.cancel().catch(() => undefined);
  return undefined;
}

/** The first bytes, at most `max`; the rest is not read. */
async function readStart(response: Response, max: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk as Uint8Array);
    length += (chunk as Uint8Array).length;
    if (length >= max) break;
  }
  return new Uint8Array(Buffer.concat(chunks).subarray(0, max));
}

/** By the charset of the content type; UTF-8 without one, or with one nobody knows. */
function decoder(response: Response): { decode(bytes: Uint8Array): string } {
  const charset = /charset="?([^\s;"]+)/i.exec(response.headers.get("content-type") ?? "")?.[1];
  try {
    return new TextDecoder(charset ?? "utf-8");
  } catch {
    return new TextDecoder();
  }
}

function parseJson(request: Request, response: Response, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const contentType = response.headers.get("content-type") ?? "none";
    throw new CaudalError(
      "HTTP_NOT_JSON",
      { ...said(request), status: response.status, contentType, start: shown(text) },
      { cause },
    );
  }
}

/** The first characters on one line, without control characters. */
export function shown(text: string): string {
  const line = text
    .slice(0, SHOWN_MAX)
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .trim();
  return text.length > SHOWN_MAX ? `${line}…` : line;
}

const WHY: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was closed by the other side",
  ENOTFOUND: "the host name is not known",
  EAI_AGAIN: "the host name could not be looked up",
  ETIMEDOUT: "the connection timed out",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  UND_ERR_SOCKET: "the connection was closed by the other side",
  UND_ERR_CONNECT_TIMEOUT: "the connection timed out",
  UND_ERR_HEADERS_TIMEOUT: "the server did not begin to answer",
  UND_ERR_BODY_TIMEOUT: "the server stopped in the middle of its answer",
};

/** `fetch` says "fetch failed" and hides the reason in `cause`, which may hold one error per address tried. */
export function whyFailed(error: unknown): string {
  const chain: unknown[] = [];
  for (
    let at: unknown = error;
    at instanceof Error && chain.length < 8;
    at = at.cause ?? (at as { readonly errors?: readonly unknown[] }).errors?.[0]
  )
    chain.push(at);
  const last = chain.at(-1) as (Error & { readonly code?: unknown }) | undefined;
  const code = chain.map((at) => (at as { readonly code?: unknown }).code).findLast((at) => typeof at === "string") as
    | string
    | undefined;
  const words = code === undefined ? undefined : WHY[code];
  if (words !== undefined) return `${words} (${code})`;
  return `${last?.message ?? String(error)}${code === undefined ? "" : ` (${code})`}`;
}
