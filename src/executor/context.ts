/**
 * What a body can ask about the attempt it runs in. One AsyncLocalStorage per process, entered once per attempt;
 * the object a body sees is made when it is first asked for.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { CaudalError } from "../base/errors.ts";
import type { Instant } from "../base/time.ts";
import type { AttemptOrder } from "../ports/executor.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** Lines of a task's own logger, `caudal.<task name>`. */
export interface TaskLog {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** A value that does not show itself: in templates, logs and JSON it reads `[secret]`. */
export interface Secret<T> {
  /** The value in clear. */
  reveal(): T;
}

export interface TaskContext {
  readonly runId: string;
  readonly runName: string;
  readonly flowName: string;
  readonly taskName: string;
  readonly taskRunId: string;
  /** Counts the calls of this task run's body, from 1. */
  readonly attempt: number;
  /** The child's index where the task is mapped. */
  readonly mapIndex: number | undefined;
  /** `count` is 1 in the first round; `result` is what the round before looped with. */
  readonly loop: { readonly count: number; readonly result: unknown };
  /** Aborts on timeout, cancel and Ctrl-C. Pass it to `fetch` and whatever else takes one. */
  readonly signal: AbortSignal;
  /** When the attempt times out; undefined where it has no timeout. */
  readonly deadline: Instant | undefined;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The tick this run was started for; undefined for a run started by hand. */
  readonly scheduledAt: Instant | undefined;
  readonly log: TaskLog;
  /** The same for all attempts of this task run; different per child, loop round and deliberate re-run. */
  readonly idempotencyKey: string;
  /**
   * Does an inner step of this body once: its value is kept at once, and given again by every later attempt of this
   * task run, in this process or another. For bodies that do several things which must not be repeated. If the process
   * dies inside the step, it is done again.
   * @param name different for each step of the body
   * @throws CaudalError RESULT_NOT_SERIALIZABLE, and whatever `step` throws
   */
  once<T>(name: string, step: () => T): Promise<Awaited<T>>;
  /** Grows with each owner of the run: lets a table of yours refuse a zombie's write. */
  readonly fence: number;
  /** It follows an attempt whose process died. */
  readonly recovered: boolean;
  /** Set once a person has resumed this task run. */
  readonly resumed: { readonly by: string | undefined; readonly at: Instant; readonly input: unknown } | undefined;
  readonly secrets: Readonly<Record<string, Secret<string>>>;
  /** What `run({ context })` was given. */
  readonly user: Readonly<Record<string, unknown>>;
}

/** What the storage holds per attempt: small, and able to make the rest. */
export interface AttemptScope {
  readonly order: AttemptOrder;
  /** Folder against which library tasks resolve relative paths. */
  readonly baseFolder: string;
  /** Its signal aborted because this process is asked to stop. */
  readonly isInterrupted: boolean;
  context(): TaskContext;
  /** Takes a line printed by `console.*`. True: printed by us (JSON logs), do not print it raw. */
  captured(level: LogLevel, text: string): boolean;
  /** Takes an error that something it started threw, or was rejected with, and nobody caught. False: it had ended. */
  strayed(stray: unknown, how: "rejected" | "threw"): boolean;
}

/** The same while state handlers are asked. They have no `context()`, and what they start is theirs. */
export interface HandlerScope {
  captured(level: LogLevel, text: string): boolean;
}

const storage = new AsyncLocalStorage<AttemptScope | HandlerScope>();

/** Calls a body, or handlers, inside their scope: once per attempt, and once more where its signal aborts. */
export function enterScope(
  scope: AttemptScope | HandlerScope,
  body: (...args: readonly unknown[]) => unknown,
  args: readonly unknown[],
): unknown {
  return storage.run(scope, body as (...args: unknown[]) => unknown, ...args);
}

export function currentScope(): AttemptScope | undefined {
  const scope = storage.getStore();
  return scope !== undefined && "order" in scope ? scope : undefined;
}

/** Whose printing this is; undefined: neither a body's nor a handler's. */
export function currentSpeaker(): HandlerScope | undefined {
  return storage.getStore();
}

/**
 * The attempt this code runs in.
 * @throws CaudalError NO_CONTEXT outside a task's body
 */
export function context(): TaskContext {
  const scope = currentScope();
  if (scope === undefined) throw new CaudalError("NO_CONTEXT", undefined);
  return scope.context();
}

/**
 * The folder relative paths of library tasks belong to: the one that holds the flow's store (the nearest
 * package.json's above the flow file), else the flow file's own. Outside a body: the current folder.
 */
export function currentBaseFolder(): string {
  return currentScope()?.baseFolder ?? process.cwd();
}
