/** Builds the object `context()` returns, once, for a body that asked. */
import { inspect } from "node:util";
import type { AttemptOrder } from "../ports/executor.ts";
import type { LogLevel, Secret, TaskContext, TaskLog } from "./context.ts";

/** What the context needs of an attempt. */
export interface ContextSource {
  readonly order: AttemptOrder;
  readonly signal: AbortSignal;
  readonly deadline: number | undefined;
  log(level: LogLevel, text: string, printed: boolean): boolean;
}

const HIDDEN = "[secret]";

/** Shows itself nowhere: not in text, JSON, or `console.log`. */
function secretOf(value: string): Secret<string> {
  const hidden = () => HIDDEN;
  return Object.freeze({
    reveal: () => value,
    toString: hidden,
    toJSON: hidden,
    [Symbol.toPrimitive]: hidden,
    [inspect.custom]: hidden,
  });
}

function logOf(source: ContextSource): TaskLog {
  const write = (level: LogLevel) => (message: string) => void source.log(level, String(message), false);
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}

/**
 * A plain object but for its two getters, which all contexts share: V8 puts a getter that is written in an object among
 * the old objects from its birth, and with it the attempt and its run, until a full collection.
 */
class Context {
  readonly #source: ContextSource;

  constructor(source: ContextSource, facts: Omit<TaskContext, "signal" | "idempotencyKey">) {
    this.#source = source;
    Object.assign(this, facts);
    Object.defineProperties(this, Context.#getters);
  }

  static readonly #getters: PropertyDescriptorMap & ThisType<Context> = {
    signal: {
      enumerable: true,
      get() {
        return this.#source.signal;
      },
    },
    idempotencyKey: {
      enumerable: true,
      get() {
        const { about, slot } = this.#source.order;
        return about.idempotencyKey(slot);
      },
    },
  };
}

export function makeContext(source: ContextSource): TaskContext {
  const { order, deadline } = source;
  const { about, slot } = order;
  const loop = about.loop(slot);
  const secrets = Object.fromEntries(
    order.functions.secrets.map((name) => [name, secretOf(about.secrets[name] ?? "")]),
  );
  return new Context(source, {
    runId: about.runId,
    runName: about.runName,
    flowName: about.flowName,
    taskName: order.taskName,
    taskRunId: about.taskRunId(slot),
    attempt: order.attempt,
    mapIndex: about.mapIndex(slot),
    loop,
    deadline,
    parameters: about.parameters,
    scheduledAt: about.scheduledAt,
    log: logOf(source),
    once: <T>(name: string, step: () => T) => about.once(slot, name, step) as Promise<Awaited<T>>,
    fence: about.fence,
    recovered: about.recovered(slot),
    resumed: about.resumed(slot),
    secrets,
    user: about.user,
  }) as unknown as TaskContext;
}
