/** A task as its author defined it, before any flow: name, options, body. `t.with(…)` makes another of the same body. */
import type { Program, StateHandler } from "../ports/program.ts";
import { argumentNames } from "./checks/argument-names.ts";
import { complaintsAbout, refuseIfAny } from "./checks/check-options.ts";
import { checkName } from "./checks/names.ts";
import { TASK_CHECKS } from "./checks/task-checks.ts";
import type { TaskDefaults, TaskOptions } from "./task-options.ts";

export type Body = (...args: never[]) => unknown;

/** What a factory (`sqliteScript`, `http`, …) says about the tasks it makes. */
export interface Factory {
  readonly name: string;
  /** Hash of the options given: part of the cache key, and shown as "body changed". */
  readonly basis: string;
  readonly argumentNames: readonly string[];
}

export interface TaskDefinition {
  /** Undefined: named after its factory, when a flow first uses it. */
  readonly name: string | undefined;
  readonly options: TaskOptions;
  readonly body: Body;
  readonly factory: Factory | undefined;
  /** Of an approval, whose body is never called. */
  readonly approval?: { readonly question: string };
  /** The flow its body runs, where it is one. */
  readonly calls?: Program;
}

/** What a flow says about all its tasks. */
export interface FlowTaskSettings {
  readonly defaults: TaskDefaults;
  readonly stateHandlers: readonly StateHandler[];
}

/** Options without those that say `undefined`. */
export function given<T extends object>(options: T): T {
  const entries = Object.entries(options);
  return entries.some(([, value]) => value === undefined)
    ? (Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as T)
    : { ...options };
}

export function checkTaskOptions(of: string, options: unknown): void {
  refuseIfAny(of, complaintsAbout(options, TASK_CHECKS));
  const { name } = options as TaskOptions;
  if (name !== undefined) checkName("a task", name);
}

export function displayName(definition: TaskDefinition): string {
  return definition.name ?? definition.factory?.name ?? "a task";
}

/** Edge labels: `args`, else what the source says, else the position. */
export function labelOf(definition: TaskDefinition, index: number): string {
  const { options, factory, body } = definition;
  const names = options.args ?? factory?.argumentNames ?? argumentNames(body);
  return names[index] ?? String(index);
}
