/** Which options of a task mean something to an approval, whose body is never called. */
import type { Check } from "./checks/check-options.ts";
import { TASK_CHECKS } from "./checks/task-checks.ts";
import type { TaskDefaults, TaskOptions } from "./task-options.ts";

export const APPROVAL_OPTION_NAMES = [
  "name",
  "description",
  "tags",
  "trigger",
  "skipOnUpstreamSkip",
  "stateHandlers",
  "onStateChange",
  "onFailure",
  "handlerTimeout",
  "mapLengths",
  "args",
  "input",
  "timeout",
] as const satisfies readonly (keyof TaskOptions)[];

export const APPROVAL_CHECKS: Readonly<Record<string, Check>> = Object.fromEntries(
  APPROVAL_OPTION_NAMES.map((name) => [name, TASK_CHECKS[name]]),
);

/** A flow says how long its bodies may take, and how they are retried and cached: none of it is about people. */
export function approvalDefaults(defaults: TaskDefaults): TaskDefaults {
  const own = (name: string) =>
    (APPROVAL_OPTION_NAMES as readonly string[]).includes(name) && name !== "input" && name !== "timeout";
  return Object.fromEntries(Object.entries(defaults).filter(([name]) => own(name)));
}
