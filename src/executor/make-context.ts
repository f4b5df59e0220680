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

export function makeContext(source: ContextSource): TaskContext {
  const { order, deadline } = source;
  const { about, slot } = order;
  const loop = about.loop(slot);
  const secrets = Object.fromEntries(
    order.functions.secrets.map((name) => [name, secretOf(about.secrets[name] ?? "")]),
  );
  return {
    runId: about.runId,
    runName: about.runName,
    flowName: about.flowName,
    taskName: order.taskName,
    taskRunId: about.taskRunId(slot),
    attempt: order.attempt,
    mapIndex: about.mapIndex(slot),
    loop,
    get signal() {
      return source.signal;
    },
    deadline,
    parameters: about.parameters,
    scheduledAt: about.scheduledAt,
    log: logOf(source),
    get idempotencyKey() {
      return about.idempotencyKey(slot);
    },
    once: <T>(name: string, step: () => T) => about.once(slot, name, step) as Promise<Awaited<T>>,
    fence: about.fence,
    recovered: about.recovered(slot),
    resumed: about.resumed(slot),
    secrets,
    user: about.user,
  };
}
