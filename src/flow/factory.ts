/** For task libraries (`tasks/*`): a function that makes tasks which take all task options. */
import { hashText } from "../base/hash.ts";
import { isPlainObject } from "../base/json.ts";
import { constantText } from "../graph/fingerprint.ts";
import { type Check, complaintsAbout, refuseIfAny } from "./checks/check-options.ts";
import { type Body, given } from "./definition.ts";
import { checkName } from "./checks/names.ts";
import { TASK_CHECKS, TASK_OPTION_NAMES } from "./checks/task-checks.ts";
import type { TaskOptions } from "./task-options.ts";
import { makeTask, type Task } from "./task.ts";

export interface FactoryAbout {
  /** Checks of the factory's own options, by name. Without it, options that are not a task's are taken as they come. */
  readonly checks?: Readonly<Record<string, Check>> | undefined;
  /** Edge labels, where `args` does not give any. */
  readonly args?: readonly string[] | undefined;
}

/**
 * A task of a library. Unnamed ones are called after their factory, in order of first use in a flow: `sqliteScript`,
 * `sqliteScript 2`, … A hash of the factory's own options stands for the body in cache keys: other options, other entry.
 * @param options the factory's own and all task options, in one object
 * @throws CaudalError OPTION_INVALID with every complaint at once, NAME_INVALID
 */
export function makeFactoryTask<A extends readonly unknown[], R>(
  factoryName: string,
  options: object,
  body: (...args: A) => R,
  about: FactoryAbout = {},
): Task<A, R> {
  const { own, forTask } = split(options);
  const checks =
    about.checks === undefined
      ? { ...TASK_CHECKS, ...accepting(Object.keys(own)) }
      : { ...TASK_CHECKS, ...about.checks };
  // One that says `undefined` was not given, as everywhere: only what was given can be accepted or refused.
  refuseIfAny(factoryName, complaintsAbout(isPlainObject(options) ? given(options) : options, checks));
  if (forTask.name !== undefined) checkName("a task", forTask.name);
  const basis = hashText(`${factoryName} ${constantText(own)} ${functionSources(own)}`);
  const factory = { name: factoryName, basis, argumentNames: about.args ?? [] };
  return makeTask({ name: forTask.name, options: forTask, body: body as unknown as Body, factory });
}

function split(options: object): { readonly own: Record<string, unknown>; readonly forTask: TaskOptions } {
  if (!isPlainObject(options)) return { own: {}, forTask: {} };
  const entries = Object.entries(given(options));
  const isTaskOption = ([key]: readonly [string, unknown]) => TASK_OPTION_NAMES.includes(key);
  return {
    own: Object.fromEntries(entries.filter((entry) => !isTaskOption(entry))),
    forTask: Object.fromEntries(entries.filter(isTaskOption)),
  };
}

function accepting(names: readonly string[]): Readonly<Record<string, Check>> {
  return Object.fromEntries(names.map((name) => [name, () => undefined]));
}

/** Functions among the options (`query: (x) => …`) are part of what the task does. */
function functionSources(own: Readonly<Record<string, unknown>>): string {
  return Object.values(own)
    .filter((value) => typeof value === "function")
    .map((value) => Function.prototype.toString.call(value))
    .join(" ");
}
