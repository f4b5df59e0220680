/** States, reasons, values and errors of ours in the words of observations. */
import type { ErrorRecord, State } from "../../../src/index.ts";
import { CASE_NOT_EQUAL } from "./build-case.ts";

/** Messages that come from a case begin so; all others are the library's own. */
const FROM_CASE = "msg-";

/** The message a case gave, as far as there is one behind an error. */
export function messageOf(error: ErrorRecord): string | undefined {
  if (error.message.startsWith(FROM_CASE)) return error.message;
  return error.cause && messageOf(error.cause);
}

const ERROR_MEMBERS: readonly string[] = ["name", "message", "code", "stack", "cause", "thrown"];

function isErrorRecord(value: object): value is ErrorRecord {
  const { name, message } = value as Partial<ErrorRecord>;
  return (
    typeof name === "string" &&
    typeof message === "string" &&
    Object.keys(value).every((key) => ERROR_MEMBERS.includes(key))
  );
}

/** A value as JSON: errors and objects that are no plain data are said to be so. */
export function jsonOf(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (Array.isArray(value)) return value.map(jsonOf);
  if (typeof value !== "object") return value;
  if (isErrorRecord(value)) return { $error: messageOf(value) ?? "(internal)" };
  if (Object.getPrototypeOf(value) !== Object.prototype) return { $other: "object" };
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, jsonOf(member)]));
}

const REASONS: Readonly<Record<string, string>> = {
  "upstream-skipped": "upstream_skipped",
  trigger: "trigger",
  "trigger-error": "trigger",
  "all-upstreams-skipped": "all_upstreams_skipped",
  "no-mappable-upstream": "no_mappable_upstream",
  "unmappable-result": "unmappable_result",
  "handler-failed": "state_handler_error",
  "manual-only": "manual_only",
  resource: "resource",
  retry: "retry",
  "reference-failed": "reference_failed",
  "reference-succeeded": "reference_succeeded",
};

/** The library's own reason, and the message where the case gave one. */
export function whyOf(state: State): { readonly reason?: string; readonly message?: string } {
  const { reason } = state;
  const said = reason?.code === "signal" ? reason.why : undefined;
  if (said === CASE_NOT_EQUAL) return { reason: CASE_NOT_EQUAL };
  const known = reason === undefined ? undefined : REASONS[reason.code];
  return {
    ...(known !== undefined && { reason: known }),
    ...(said?.startsWith(FROM_CASE) && { message: said }),
  };
}
