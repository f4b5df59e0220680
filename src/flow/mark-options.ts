/** What `flow.mark()` is told, and checks of it. */
import { isPlainObject } from "../base/json.ts";
import type { Marking } from "../engine/marking.ts";
import type { ResumeOptions } from "../runtime/kept/resume.ts";
import { type Check, complaintsAbout, isFilledText, isOneOf } from "./checks/check-options.ts";
import { RESUME_CHECKS } from "./checks/run-checks.ts";

/** What became of a task run by a person's word, and how its run goes on. */
export interface MarkSettings
  extends Omit<ResumeOptions, "parameters" | "runName" | "idempotencyKey" | "taskStates" | "tags"> {
  readonly as: Marking["as"];
  /** Why: it is kept with the task run and shown with it. At most 2,000 characters. */
  readonly reason: string;
  /**
   * What a Success gives to those that take from it, in place of what its body would have returned. Nobody checks that
   * it is of the type they expect. Default: undefined.
   */
  readonly value?: unknown;
  /** Who says so. Default: `a script`. */
  readonly by?: string | undefined;
}

const AS: readonly Marking["as"][] = ["Success", "Failed", "Skipped"];
const MARK_WHY_MAX = 2_000;

/** SQLite ends a text at the character NUL; a reason of blanks is none. */
const isReason: Check = (value, option) =>
  isFilledText(value, option) ??
  (String(value).trim() === ""
    ? "must not be blank: say why"
    : String(value).length > MARK_WHY_MAX
      ? `must have at most ${MARK_WHY_MAX} characters`
      : undefined);

const MARK_CHECKS: Readonly<Record<string, Check>> = {
  ...RESUME_CHECKS,
  as: isOneOf(...AS),
  reason: isReason,
  value: () => undefined,
  by: isFilledText,
};

/** Which run, which task run of it, and what is said of it. */
export function markComplaints(run: unknown, task: unknown, settings: unknown): string[] {
  const given: Readonly<Record<string, unknown>> = isPlainObject(settings) ? settings : {};
  return [
    ...(isFilledText(run, "") === undefined ? [] : ["the run is missing: give its id"]),
    ...(isFilledText(task, "") === undefined ? [] : ["the task is missing: give its name, or its slug"]),
    ...complaintsAbout(settings, MARK_CHECKS),
    ...["as", "reason"].filter((name) => given[name] === undefined).map((name) => `${name} is missing`),
    ...(given["value"] !== undefined && given["as"] !== "Success" ? ["value is for a Success only"] : []),
  ];
}
