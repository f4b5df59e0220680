/**
 * Turns whatever was thrown into an error record of at most 64 Ki characters, and never throws itself: bodies throw
 * `undefined`, text, frozen and cyclic errors, errors with throwing getters, revoked proxies.
 */
import { sentenceOf } from "../base/error-sentences.ts";
import type { ErrorCode, ErrorData } from "../base/error-sentences.ts";
import { type CaudalError, isCaudalError } from "../base/errors.ts";
import type { ErrorRecord } from "./error-record.ts";

/** Of a record with all its causes: room for what says how much was cut is left below 64 Ki. */
const RECORD_CHARACTERS_MAX = 63_000;
const MESSAGE_CHARACTERS_MAX = 16_384;
const STACK_CHARACTERS_MAX = 16_384;
const CAUSES_MAX = 8;

const cut = (text: string, max: number) =>
  text.length <= max ? text : `${text.slice(0, max)}… (${text.length - max} more characters)`;

/** Reads a member as text; a getter that throws, or a value that is no text, gives undefined. */
function textOf(holder: object, key: "name" | "message" | "stack" | "code"): string | undefined {
  try {
    const value: unknown = (holder as Record<string, unknown>)[key];
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined; // a throwing getter: the rest of the error is still worth keeping
  }
}

function causeOf(holder: object): unknown {
  try {
    return (holder as { readonly cause?: unknown }).cause;
  } catch {
    return undefined;
  }
}

function shown(thrown: unknown): string {
  try {
    if (typeof thrown === "string") return JSON.stringify(thrown);
    if (typeof thrown === "object" && thrown !== null) return JSON.stringify(thrown) ?? "an object";
    return String(thrown);
  } catch {
    return "a value that cannot be shown";
  }
}

/** An Error, also where asking is dangerous: what a body returned may be a revoked proxy. */
export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error;
  } catch {
    return false;
  }
}

function isErrorLike(thrown: unknown): thrown is object {
  try {
    return (
      thrown instanceof Error ||
      (typeof thrown === "object" && thrown !== null && textOf(thrown, "message") !== undefined)
    );
  } catch {
    return false; // a revoked proxy
  }
}

/** What a record may still hold; shared with its causes. */
interface Room {
  left: number;
}

function fitted(text: string, max: number, room: Room): string {
  const shown = cut(text, Math.min(max, room.left));
  room.left = Math.max(0, room.left - shown.length);
  return shown;
}

/** The record of anything thrown. Causes are followed up to eight deep, and none of them twice. */
export function recordOf(thrown: unknown): ErrorRecord {
  try {
    return recordIn(thrown, new Set(), { left: RECORD_CHARACTERS_MAX });
  } catch {
    return { name: "Error", message: "something was thrown that cannot be read" }; // it answers differently each time it is asked
  }
}

/** `above`: the errors this one is the cause of. */
function recordIn(thrown: unknown, above: Set<unknown>, room: Room): ErrorRecord {
  if (!isErrorLike(thrown)) {
    const text = shown(thrown);
    return {
      name: "Error",
      message: fitted(`${text} was thrown, which is no Error`, MESSAGE_CHARACTERS_MAX, room),
      thrown: fitted(text, 1_024, room),
    };
  }
  const code = isCaudalError(thrown) ? thrown.code : textOf(thrown, "code");
  const stack = textOf(thrown, "stack");
  const cause = above.size < CAUSES_MAX ? causeOf(thrown) : undefined;
  above.add(thrown);
  const isNews = cause !== undefined && cause !== null && !above.has(cause);
  return {
    name: fitted(textOf(thrown, "name") ?? "Error", 256, room),
    message: fitted(textOf(thrown, "message") ?? "", MESSAGE_CHARACTERS_MAX, room),
    ...(code !== undefined && { code: fitted(code, 256, room) }),
    ...(isCaudalError(thrown, "RUN_FAILED") && runOf(thrown)),
    ...(stack !== undefined && { stack: fitted(stack, STACK_CHARACTERS_MAX, room) }),
    ...(isNews && { cause: recordIn(cause, above, room) }),
  };
}

function runOf({ data }: CaudalError<"RUN_FAILED">): { readonly run?: string } {
  return data.run === undefined ? {} : { run: data.run };
}

/** The record of one of our own errors, for states the engine decides: no stack, which would only be the engine's. */
export function recordOfCode<C extends ErrorCode>(code: C, data: ErrorData<C>): ErrorRecord {
  return { name: "CaudalError", message: cut(sentenceOf(code, data), MESSAGE_CHARACTERS_MAX), code };
}
