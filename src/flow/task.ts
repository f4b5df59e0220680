/** `task()`: a named function with rules. Defining one runs nothing and is checked at once. */
import { APPROVAL_CHECKS } from "./approval-options.ts";
import { currentBuilding } from "./plan/building.ts";
import { callTask, mapTask } from "./plan/call.ts";
import { complaintsAbout, refuseIfAny } from "./checks/check-options.ts";
import { type Body, checkTaskOptions, displayName, given, type TaskDefinition } from "./definition.ts";
import type { Inputs, MapInputs, Resolved } from "./plan/input.ts";
import { checkName } from "./checks/names.ts";
import type { Ref } from "./plan/ref.ts";
import { markTask } from "./checks/task-mark.ts";
import type { TaskOptions } from "./task-options.ts";
import { madeTask } from "./plan/tasks-made.ts";
import { misuse } from "./user-line.ts";
import { describeValue } from "./checks/words.ts";

/** A task. Call it inside a flow to add a node; the call gives a ref of the result. */
export interface Task<A extends readonly unknown[], R> {
  /** @throws CaudalError TASK_OUTSIDE_FLOW, REF_HIDDEN, PROMISE_AS_INPUT, REF_OF_ANOTHER_FLOW, TASK_NAME_TWICE */
  (...args: Inputs<A>): Ref<Resolved<R>>;
  /** One child per element: arrays in step. `unmapped(x)` is passed whole, `flatten(x)` with one level less. */
  map(...args: MapInputs<A>): Ref<Resolved<R>[]>;
  /** The same task with other options. */
  with(options: TaskOptions): Task<A, R>;
  /** Just the function: no flow, no rules. */
  run(...args: A): R;
}

/**
 * A named function as a task.
 * @throws CaudalError TASK_UNNAMED, NAME_INVALID
 */
export function task<A extends readonly unknown[], R>(fn: (...args: A) => R): Task<A, R>;
/**
 * A function as a task, with its name or with options.
 * @throws CaudalError OPTION_INVALID with every complaint at once, NAME_INVALID, TASK_UNNAMED
 */
export function task<A extends readonly unknown[], R>(
  nameOrOptions: string | TaskOptions,
  fn: (...args: A) => R,
): Task<A, R>;
export function task(first: unknown, second?: unknown): Task<never[], unknown> {
  const alone = typeof first === "function" && second === undefined;
  const body = alone ? first : second;
  const options: unknown = alone ? {} : typeof first === "string" ? { name: first } : first;
  const named = nameGiven(options);
  if (typeof body !== "function") {
    const complaints = [`its body must be a function, not ${describeValue(body)}: task("a name", () => …)`];
    throw misuse("OPTION_INVALID", { of: named === undefined ? "a task" : `task '${named}'`, complaints });
  }
  checkTaskOptions(named === undefined ? "a task" : `task '${named}'`, options);
  const name = named ?? body.name;
  if (name === "" && named === undefined) throw misuse("TASK_UNNAMED", undefined);
  checkName("a task", name);
  return makeTask({ name, options: given(options as TaskOptions), body: body as Body, factory: undefined });
}

function nameGiven(options: unknown): string | undefined {
  const name: unknown = (options as { readonly name?: unknown } | null | undefined)?.name;
  return typeof name === "string" ? name : undefined;
}

const DEFINITION = Symbol("definition");

interface Callable {
  readonly [DEFINITION]: TaskDefinition;
}

/**
 * What all tasks inherit: one object, and not three closures for each of a hundred thousand tasks. Getters, so that
 * a method can be taken off its task: `ids.map(load.run)`.
 */
const METHODS: object = Object.create(Function.prototype, {
  map: method(
    (definition) =>
      (...args: unknown[]) =>
        mapTask(definition, args),
  ),
  with: method((definition) => (options: TaskOptions) => makeTask(withOptions(definition, options))),
  run: method(
    (definition) =>
      (...args: never[]) =>
        definition.body(...args),
  ),
}) as object;
markTask(METHODS);

function method(of: (definition: TaskDefinition) => unknown): PropertyDescriptor {
  return {
    get(this: Callable) {
      return of(this[DEFINITION]);
    },
  };
}

/** The callable around a definition. */
export function makeTask<A extends readonly unknown[], R>(definition: TaskDefinition): Task<A, R> {
  const call = (...args: unknown[]) => callTask(definition, args);
  Object.defineProperty(call, "name", { value: displayName(definition) });
  Object.setPrototypeOf(call, METHODS);
  Object.assign(call, { [DEFINITION]: definition });
  madeTask(definition, currentBuilding());
  return call as unknown as Task<A, R>;
}

function withOptions(definition: TaskDefinition, options: TaskOptions): TaskDefinition {
  const of = `task '${displayName(definition)}'`;
  if (definition.approval !== undefined) refuseIfAny(of, complaintsAbout(options, APPROVAL_CHECKS));
  checkTaskOptions(of, options);
  const more = given(options);
  return { ...definition, name: more.name ?? definition.name, options: { ...definition.options, ...more } };
}
