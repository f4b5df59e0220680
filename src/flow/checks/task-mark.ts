/** How a task is told from any other function, also one of another copy of the package. */

// biome-ignore lint/suspicious/noExplicitAny: any function may be one
type TaskFunction = (...args: any[]) => unknown;

const TASK = Symbol.for("caudal.task.v1");

/** Marks the functions `task()` gives out. */
export function markTask(call: object): void {
  Object.defineProperty(call, TASK, { value: true });
}

export function isTask(value: unknown): value is TaskFunction {
  return typeof value === "function" && (value as { readonly [TASK]?: unknown })[TASK] === true;
}
