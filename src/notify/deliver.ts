/**
 * Brings one message to one address. The host's name is looked up once: the address that was checked is the one every
 * attempt connects to, so a name that answers otherwise the second time leads nowhere else. Redirects are not followed.
 */
import { lookup } from "node:dns/promises";
import { request as requestHttp, type IncomingMessage, type RequestOptions } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { formatMillis } from "../base/duration.ts";
import { CaudalError } from "../base/errors.ts";
import "../base/task-errors.ts";
import type { Millis } from "../base/time.ts";
import { shown, whyFailed } from "../tasks/http/answer.ts";
import { retryAfterMs } from "../tasks/http/retry.ts";
import { isPublicAddress } from "./addresses.ts";

export interface Address {
  readonly address: string;
  readonly family: number;
}

/** What of the world a delivery needs; tests bring their own. */
export interface DeliveryPorts {
  readonly lookup: (host: string) => Promise<readonly Address[]>;
  readonly wait: (ms: Millis) => Promise<void>;
  readonly now: () => number;
}

export const realPorts: DeliveryPorts = {
  lookup: (host) => lookup(host, { all: true }),
  wait: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
  now: () => Date.now(),
};

export interface Delivery {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Of one attempt. */
  readonly timeoutMs: Millis;
  readonly allowPrivate: boolean;
}

const ATTEMPTS_MAX = 3;
const RETRY_DELAY_MS = 1_000;
const RETRY_FACTOR = 3;
/** A server cannot put a message off for longer. */
const RETRY_AFTER_MS_MAX = 10_000;
const ANSWER_BYTES_MAX = 1_024;
const STATUS_AGAIN: ReadonlySet<number> = new Set([408, 425, 429]);

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly start: string;
}

/**
 * Resolves once the other side has taken the message (2xx).
 * @throws CaudalError NOTIFY_REFUSED (nothing was sent), NOTIFY_FAILED (after up to three attempts)
 */
export async function deliver(delivery: Delivery, ports: DeliveryPorts): Promise<void> {
  const { url, timeoutMs } = delivery;
  const target = await addressOf(delivery, ports);
  let why = "";
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    let delayMs = RETRY_DELAY_MS * RETRY_FACTOR ** (attempt - 1);
    try {
      const answer = await post(delivery, target);
      if (answer.status >= 200 && answer.status < 300) return;
      why = whyNotTaken(answer);
      if (answer.status < 500 && !STATUS_AGAIN.has(answer.status)) throw notTaken(url, why, attempt);
      delayMs = Math.min(Math.max(delayMs, retryAfterMs(answer.retryAfter, ports.now()) ?? 0), RETRY_AFTER_MS_MAX);
    } catch (thrown) {
      if (thrown instanceof CaudalError) throw thrown;
      const isLate = thrown instanceof Error && thrown.name === "TimeoutError";
      why = isLate ? `no answer within ${formatMillis(timeoutMs)}` : whyFailed(thrown);
    }
    if (attempt < ATTEMPTS_MAX) await ports.wait(delayMs);
  }
  throw notTaken(url, why, ATTEMPTS_MAX);
}

function notTaken(url: URL, why: string, attempts: number): CaudalError {
  return new CaudalError("NOTIFY_FAILED", { host: url.host, why, attempts });
}

function refused(url: URL, why: string): CaudalError {
  return new CaudalError("NOTIFY_REFUSED", { host: url.host, why });
}

/** One address for all attempts; every address of the name must be allowed, so that chance does not decide. */
async function addressOf({ url, allowPrivate, timeoutMs }: Delivery, ports: DeliveryPorts): Promise<Address> {
  if (url.protocol !== "https:" && !(url.protocol === "http:" && allowPrivate))
    throw refused(url, "its address begins with no https:; allowPrivate: true sends to http: too");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const found =
    isIP(host) === 0 ? await lookedUp(url, host, timeoutMs, ports) : [{ address: host, family: isIP(host) }];
  const [first] = found;
  if (first === undefined) throw refused(url, "its name has no address");
  const own = allowPrivate ? undefined : found.find(({ address }) => !isPublicAddress(address));
  if (own !== undefined)
    throw refused(
      url,
      `${own.address} is an address of a computer or network of its own, not of the internet; say allowPrivate: true if it is meant so`,
    );
  return first;
}

async function lookedUp(url: URL, host: string, timeoutMs: Millis, ports: DeliveryPorts): Promise<readonly Address[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(refused(url, `its name was not found within ${formatMillis(timeoutMs)}`)),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([ports.lookup(host), late]);
  } catch (thrown) {
    throw thrown instanceof CaudalError ? thrown : refused(url, whyFailed(thrown));
  } finally {
    clearTimeout(timer);
  }
}

/** Every question for the name of the host has this one answer. */
function pinned({ address, family }: Address): LookupFunction {
  return (_host, options, answer) =>
    options.all === true ? answer(null, [{ address, family }]) : answer(null, address, family);
}

function post({ url, headers, body, timeoutMs }: Delivery, target: Address): Promise<Answer> {
  const bytes = Buffer.from(body);
  const options: RequestOptions = {
    method: "POST",
    agent: false, // a connection of somebody else may be one to another address
    lookup: pinned(target),
    headers: { ...headers, "Content-Type": "application/json", "Content-Length": bytes.length, "User-Agent": "caudal" },
    signal: AbortSignal.timeout(timeoutMs),
  };
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "https:" ? requestHttps : requestHttp)(url, options, (response) => {
      startOf(response).then((start) => {
        const { statusCode = 0, headers: got } = response;
        resolve({ status: statusCode, retryAfter: got["retry-after"] ?? null, start });
        request.destroy();
      }, reject);
    });
    request.on("error", (error) => reject(options.signal?.aborted ? options.signal.reason : error));
    request.end(bytes);
  });
}

/** What the other side says, as far as it is worth showing; the rest is not read. */
async function startOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= ANSWER_BYTES_MAX) break;
  }
  return Buffer.concat(chunks).subarray(0, ANSWER_BYTES_MAX).toString("utf8");
}

function whyNotTaken({ status, start }: Answer): string {
  if (status >= 300 && status < 400)
    return `it answered ${status}: redirects are not followed, give the address they lead to`;
  const said = shown(start);
  return `it answered ${status}${said === "" ? "" : `: ${said}`}`;
}
