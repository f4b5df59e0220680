/** `approval()`: a step of a flow that a person takes. */
import { isPlainObject } from "../base/json.ts";
import { hashText } from "../base/hash.ts";
import { APPROVAL_CHECKS, type APPROVAL_OPTION_NAMES } from "./approval-options.ts";
import { complaintsAbout, refuseIfAny } from "./checks/check-options.ts";
import { given } from "./definition.ts";
import { checkName, nameComplaint } from "./checks/names.ts";
import type { AnySchema, SchemaOutput } from "./parameters/standard-schema.ts";
import type { TaskOptions } from "./task-options.ts";
import { makeTask, type Task } from "./task.ts";
import { misuse } from "./user-line.ts";
import { describeValue } from "./checks/words.ts";

type OwnOptions = Pick<TaskOptions, Exclude<(typeof APPROVAL_OPTION_NAMES)[number], "input">>;

/** The options of a task that mean something where no body is called. */
export interface ApprovalOptions<S extends AnySchema | undefined = AnySchema | undefined> extends OwnOptions {
  /** What the person gives with a yes, checked when it is given; it is the result. Without it the result is `true`. */
  readonly input?: S;
}

/** A question to call in a flow. What it is called with is shown to whoever is asked. */
export type Approval<R> = Task<readonly unknown[], R>;

/**
 * A task whose run waits (Paused) until a person approves or rejects it. Approved: Success, with the input or `true`.
 * Rejected: Failed, `approval-rejected`, never retried. Nobody answers within `timeout`: TimedOut.
 * @param question also its name, where `name` gives no other
 * @throws CaudalError OPTION_INVALID with every complaint at once, NAME_INVALID
 */
export function approval(question: string, options?: ApprovalOptions<undefined>): Approval<true>;
export function approval<S extends AnySchema>(
  question: string,
  options: ApprovalOptions<S> & { readonly input: S },
): Approval<SchemaOutput<S>>;
export function approval(question: string, options: ApprovalOptions = {}): Approval<unknown> {
  const complaints = complaintsAbout(options, APPROVAL_CHECKS);
  if (typeof question !== "string" || question.trim() === "")
    complaints.unshift(`its question comes first: approval("release to production?"), not ${describeValue(question)}`);
  const named = isPlainObject(options) && options["name"] !== undefined;
  const unnameable = named || complaints.length > 0 ? undefined : nameComplaint(question);
  if (unnameable !== undefined)
    complaints.push(`its question cannot be its name (${unnameable}): give it one, { name: "release" }`);
  refuseIfAny("an approval", complaints);
  const own = given(options);
  const name = own.name ?? question;
  checkName("an approval", name);
  const body = () => {
    throw misuse("TASK_OUTSIDE_FLOW", { task: name });
  };
  const factory = { name: "approval", basis: hashText(question), argumentNames: [] };
  return makeTask({ name, options: own as TaskOptions, body, factory, approval: { question } });
}
