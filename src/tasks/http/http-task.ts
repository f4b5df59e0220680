/** A task that sends one HTTP request and returns what was answered. */
import { CaudalError } from "../../base/errors.ts";
import "../../base/task-errors.ts";
import { isPlainObject } from "../../base/json.ts";
import { currentScope } from "../../executor/context.ts";
import { type Check, isOneOf, isWhole } from "../../flow/checks/check-options.ts";
import { makeFactoryTask } from "../../flow/factory.ts";
import { didYouMean } from "../../flow/checks/names.ts";
import type { AnySchema, SchemaOutput } from "../../flow/parameters/standard-schema.ts";
import type { Task } from "../../flow/task.ts";
import type { TaskOptions } from "../../flow/task-options.ts";
import { describeValue } from "../../flow/checks/words.ts";
import { checkFactoryOptions } from "../factory-options.ts";
import { type Expect, fetchAnswer } from "./answer.ts";
import { complaintsAboutParts, makeRequest, type RequestParts } from "./request.ts";
import { isRetryableHttpError, retryDelayOf } from "./retry.ts";

/** The request, how to read its answer, and the options of all tasks (`timeout` is per attempt). */
export interface HttpOptions extends TaskOptions, RequestParts {
  /** `"json"` when not given. */
  readonly expect?: Expect | undefined;
  /** A longer answer is refused; 64 MiB when not given. */
  readonly responseBytesMax?: number | undefined;
}

/** What a call may say of the request; it wins over the options. */
export type HttpCall = RequestParts;

/** What a call must say where the options have no `url`. */
export interface HttpTarget extends RequestParts {
  readonly url: string | URL;
}

interface JsonOptions extends Omit<HttpOptions, "url" | "expect" | "output"> {
  readonly expect?: "json" | undefined;
  readonly output?: undefined;
}

interface ResultOfExpect {
  readonly json: unknown;
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly nothing: undefined;
}

type CallOf<O> = O extends { readonly url: string | URL } ? [call?: HttpCall] : [target: string | URL | HttpTarget];
type ResultOf<O> = O extends { readonly output: infer S extends AnySchema }
  ? SchemaOutput<S>
  : O extends { readonly expect: infer E extends Expect }
    ? ResultOfExpect[E]
    : unknown;

const PARTS = ["url", "method", "json", "headers", "query"] as const satisfies readonly (keyof RequestParts)[];
const MAX_BYTES_MAX = 2 ** 30;
const unchecked: Check = () => undefined; // complaintsAboutParts looks at them
const OWN: Readonly<Record<Exclude<keyof HttpOptions, keyof TaskOptions>, Check>> = {
  url: unchecked,
  method: unchecked,
  json: unchecked,
  headers: unchecked,
  query: unchecked,
  expect: isOneOf("json", "text", "bytes", "nothing"),
  responseBytesMax: isWhole(1, MAX_BYTES_MAX),
};

/**
 * A task that sends a request and returns its answer: JSON of type `T`, or what `output` (a Standard Schema) or `expect` say.
 * The address stands in the options or is given at the call. It stops when the attempt is aborted or times out.
 *
 * With `retries`, only what may go better next time is tried again: no answer, 408, 425, 429 and 5xx, after 1 s, 2 s, 4 s, …
 * (up to a minute) and not before an answer's Retry-After (up to an hour). `retryIf` and `retryDelay` win where given.
 * @throws CaudalError OPTION_INVALID. Its task fails with HTTP_REQUEST_INVALID, HTTP_FAILED, HTTP_STATUS, HTTP_NOT_JSON, HTTP_TOO_LARGE
 */
export function http<T = unknown>(
  options: JsonOptions & { readonly url: string | URL },
): Task<[call?: HttpCall], Promise<T>>;
export function http<T = unknown>(
  options: JsonOptions & { readonly url?: undefined },
): Task<[target: string | URL | HttpTarget], Promise<T>>;
export function http<const O extends HttpOptions>(options: O): Task<CallOf<O>, Promise<ResultOf<O>>>;
export function http(options: HttpOptions): Task<[call?: string | URL | HttpCall], Promise<unknown>> {
  checkFactoryOptions("http", options, OWN, isPlainObject(options) ? complaintsAboutParts(options) : []);
  const retryDelay = retryDelayOf(options.retryDelay);
  const { expect = "json", responseBytesMax, retryIf = isRetryableHttpError } = options;
  return makeFactoryTask("http", { ...options, retryIf, retryDelay }, (call?: string | URL | HttpCall) => {
    const request = makeRequest(options, partsOf(call));
    const context = currentScope()?.context();
    context?.log.debug(`${request.method} ${request.shownUrl}`);
    return fetchAnswer(request, { expect, signal: context?.signal, responseBytesMax });
  });
}

/** @throws CaudalError HTTP_REQUEST_INVALID */
function partsOf(call: unknown): RequestParts {
  if (call === undefined) return {};
  if (typeof call === "string" || call instanceof URL) return { url: call };
  if (!isPlainObject(call))
    throw new CaudalError("HTTP_REQUEST_INVALID", {
      why: `the call gave it ${describeValue(call)}: give an address, or an object with ${PARTS.join(", ")}`,
    });
  const unknown = Object.keys(call).find((name) => !(PARTS as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw new CaudalError("HTTP_REQUEST_INVALID", {
      why: `the call gave it '${unknown}'${didYouMean(unknown, PARTS)}: a call may give ${PARTS.join(", ")}`,
    });
  return call as RequestParts;
}
