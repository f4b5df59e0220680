/** Errors as answers: RFC 9457, with the code of our registry. What is not an error of ours says nothing of itself. */
import "../base/server-errors.ts";
import type { ErrorCode } from "../base/error-sentences.ts";
import type { CaudalError } from "../base/errors.ts";
import type { Problem, StateType } from "./contract.ts";

/** Codes whose answer is none of 400. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  TOKEN_REFUSED: 401,
  ORIGIN_REFUSED: 403,
  HEADER_MISSING: 403,
  ROUTE_UNKNOWN: 404,
  RUN_UNKNOWN: 404,
  TASK_RUN_UNKNOWN: 404,
  TASK_UNKNOWN: 404,
  FLOW_NOT_SERVED: 404,
  SCHEDULE_UNKNOWN: 404,
  VALUE_NOT_THERE: 404,
  BLOB_MISSING: 404,
  METHOD_REFUSED: 405,
  IDEMPOTENCY_CONFLICT: 409,
  RUN_OVER: 409,
  RUN_NOT_OVER: 409,
  RUN_CODE_CHANGED: 409,
  NOTHING_FAILED: 409,
  RUN_OWNED: 409,
  RUN_IN_PROGRESS: 409,
  TASK_NOT_WAITING: 409,
  TASK_NOT_MARKABLE: 409,
  TASK_AMBIGUOUS: 409,
  FLOW_NOT_LOADED: 409,
  SECRET_MISSING: 409,
  STALE_EPOCH: 409,
  BODY_TOO_LARGE: 413,
  CONTENT_TYPE: 415,
  HOST_REFUSED: 421,
  PARAMETER_INVALID: 422,
  APPROVAL_INPUT: 422,
  TOO_MANY_REQUESTS: 429,
  RESULT_CORRUPT: 500,
  RUN_CORRUPT: 500,
  BLOB_CORRUPT: 500,
  STORE_DAMAGED: 503,
  STORE_FAILED: 503,
  STORE_FULL: 503,
  STORE_BUSY: 503,
  STORE_CLOSED: 503,
  SERVER_DRAINING: 503,
  FLOWS_LOADING: 503,
  TOO_MANY_STREAMS: 503,
};

const RETRY_AFTER_MS: Partial<Record<ErrorCode, number>> = {
  STORE_BUSY: 1_000,
  SERVER_DRAINING: 1_000,
  FLOWS_LOADING: 1_000,
  TOO_MANY_STREAMS: 5_000,
};

export interface ProblemMore {
  readonly fields?: Problem["fields"];
  readonly state?: StateType | undefined;
  readonly suggestions?: readonly string[] | undefined;
}

/** A coded error with what an answer says beside its sentence. */
export class Refused extends Error {
  readonly error: CaudalError;
  readonly more: ProblemMore;

  constructor(error: CaudalError, more: ProblemMore = {}) {
    super(error.message);
    this.error = error;
    this.more = more;
  }
}

export interface Told {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;
  /** A mistake of ours: to be logged. */
  readonly unexpected: boolean;
}

export function problemOf(thrown: unknown): Told {
  const { error, more } = thrown instanceof Refused ? thrown : { error: codedOf(thrown), more: {} };
  if (error === undefined) return OURS;
  const { code } = error;
  const retryAfterMs =
    code === "TOO_MANY_REQUESTS" ? (error as CaudalError<typeof code>).data.retryAfterMs : RETRY_AFTER_MS[code];
  const problem: Problem = {
    type: `help/errors/${code}`,
    title: titleOf(code),
    status: STATUS[code] ?? 400,
    detail: error.message,
    code,
    ...(fieldsOf(error, more) ?? {}),
    ...(more.state !== undefined && { state: more.state }),
    ...(more.suggestions !== undefined && more.suggestions.length > 0 && { suggestions: more.suggestions }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
  const headers: Record<string, string> = {};
  if (retryAfterMs !== undefined) headers["Retry-After"] = String(Math.ceil(retryAfterMs / 1_000));
  if (code === "METHOD_REFUSED") headers["Allow"] = (error as CaudalError<typeof code>).data.allowed.join(", ");
  if (code === "TOKEN_REFUSED") headers["WWW-Authenticate"] = 'Bearer realm="caudal"';
  return { problem, headers, unexpected: false };
}

const OURS: Told = {
  problem: {
    type: "about:blank",
    title: "Internal error",
    status: 500,
    detail: "the server failed by a mistake of its own: its log says more",
    code: "INTERNAL",
  },
  headers: {},
  unexpected: true,
};

/** By name, not by class: a flow file may use another copy of the package. */
function codedOf(thrown: unknown): CaudalError | undefined {
  return thrown instanceof Error && thrown.name === "CaudalError" ? (thrown as CaudalError) : undefined;
}

function titleOf(code: string): string {
  const words = code.toLowerCase().replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function fieldsOf(error: CaudalError, more: ProblemMore): Pick<Problem, "fields"> | undefined {
  if (more.fields !== undefined) return { fields: more.fields };
  if (error.code !== "PARAMETER_INVALID") return undefined;
  const { complaints } = (error as CaudalError<"PARAMETER_INVALID">).data;
  return { fields: complaints.map(parameterField) };
}

/** `size: must be a number` belongs to `size`; `'sise' is not one of them` to what was given. */
function parameterField(complaint: string): { readonly at: string; readonly message: string } {
  const named = /^([^:']+): (.*)$/s.exec(complaint) ?? /^'([^']+)' (.*)$/s.exec(complaint);
  if (named === null) return { at: "/parameters", message: complaint };
  return { at: `/parameters/${pointerPart(named[1] ?? "")}`, message: named[2] ?? "" };
}

function pointerPart(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
