/**
 * Calls a user's state handlers in order and says which state came out: the proposed one, what replaced it, or the
 * failure of the first that threw, timed out or returned nonsense (`HANDLER_FAILED`).
 */
import { formatMillis } from "../../base/duration.ts";
import { CaudalError, isCaudalError } from "../../base/errors.ts";
import { isThenable } from "../../base/thenable.ts";
import type { HandlerInfo, StateHandler, Subject } from "../../ports/program.ts";
import { recordOf } from "../../state/error-text.ts";
import { isSignal, type SignalData } from "../../state/signal.ts";
import { isFinishedType, type State, STATES, type TaskState } from "../../state/task-state.ts";
import { type Patience, withinTime } from "./within-time.ts";

export interface Handled {
  readonly state: State;
  readonly failed: boolean;
}

interface Call extends Patience {
  readonly subject: Subject;
  readonly from: State;
  readonly info: HandlerInfo;
}

/** Answers at once where all handlers do. */
export function runHandlers(handlers: readonly StateHandler[], call: Call, to: State): Handled | Promise<Handled> {
  return runFrom(handlers, 0, call, to);
}

function runFrom(handlers: readonly StateHandler[], first: number, call: Call, to: State): Handled | Promise<Handled> {
  let state = to;
  for (let i = first; i < handlers.length; i++) {
    const handler = handlers[i]!;
    try {
      const said = handler(call.subject, call.from, state, call.info);
      if (isThenable(said))
        return waitFor(Promise.resolve(said as PromiseLike<State | void>), handlers, i, call, state);
      state = replaced(handler, call, state, said);
    } catch (thrown) {
      return threw(handler, call, state, thrown); // as in Prefect: those after it are not asked
    }
  }
  return { state, failed: false };
}

async function waitFor(
  said: Promise<State | void>,
  handlers: readonly StateHandler[],
  at: number,
  call: Call,
  state: State,
): Promise<Handled> {
  const handler = handlers[at]!;
  let next: State;
  try {
    const late = () => new Error(`it did not end within ${formatMillis(call.timeoutMs)}`);
    next = replaced(handler, call, state, await withinTime(said, call, late));
  } catch (thrown) {
    return threw(handler, call, state, thrown);
  }
  return runFrom(handlers, at + 1, call, next);
}

/** A state, as far as its type says. */
export function isState(said: unknown): said is State {
  const type = typeof said === "object" && said !== null ? (said as { readonly type?: unknown }).type : undefined;
  return typeof type === "string" && Object.hasOwn(STATES, type);
}

/** What a handler returned: nothing keeps the state; a state replaces it; anything else is its mistake. */
function replaced(handler: StateHandler, { subject, info }: Call, state: State, said: unknown): State {
  if (said === undefined || said === state) return state;
  if (!isState(said)) {
    throw handlerFailed(
      handler,
      subject,
      "it returned something that is no state; return states.success(…), states.failed(…) and so on, or nothing",
    );
  }
  const known = said;
  if (
    known.type !== state.type &&
    known.type !== "Retrying" &&
    known.type !== "Paused" &&
    (!isFinishedType(known.type) || known.type === "Mapped")
  ) {
    throw handlerFailed(
      handler,
      subject,
      `it returned ${known.type}, which is not for handlers to decide; a finished state, Retrying or Paused is`,
    );
  }
  const reason = known.reason ?? ({ code: "handler" } as const);
  if (known.type !== "Retrying" || known.inMs === undefined) return { ...known, reason };
  const attempt = state.type === "Running" ? state.attempt : info.attempt + 1;
  return { type: "Retrying", attempt, startAt: info.at + known.inMs, reason };
}

function handlerFailed(handler: StateHandler, subject: Subject, why: string, cause?: unknown): CaudalError {
  const name = handler.name === "" ? "(unnamed)" : `'${handler.name}'`;
  return new CaudalError(
    "HANDLER_FAILED",
    { handler: name, subject: subject.name, why },
    cause === undefined ? undefined : { cause },
  );
}

function threw(handler: StateHandler, call: Call, state: State, thrown: unknown): Handled {
  if (isSignal(thrown)) {
    const asked = stateOfHandlerSignal(thrown.data, state, call.info.at);
    if (asked !== undefined) return { state: asked, failed: false };
    return threw(handler, call, state, new Error(`signals.${thrown.data.kind} means nothing in a handler`));
  }
  const record = recordOf(thrown);
  const error = isCaudalError(thrown, "HANDLER_FAILED")
    ? thrown
    : handlerFailed(handler, call.subject, record.message, thrown);
  const stack = record.stack === undefined ? {} : { stack: record.stack };
  const reason = { code: "handler-failed", handler: handler.name } as const;
  return { state: { type: "Failed", error: { ...recordOf(error), ...stack }, reason }, failed: true };
}

/** The state a signal thrown by a handler stands for; undefined for a loop, which only a body can mean. */
function stateOfHandlerSignal(signal: SignalData, to: State, at: number): TaskState | undefined {
  const why = { reason: { code: "handler" } } as const;
  switch (signal.kind) {
    case "success":
      return { type: "Success", result: signal.result, ...why };
    case "skip":
      return { type: "Skipped", result: signal.result, ...why };
    case "pause":
      return { type: "Paused", ...why };
    case "retry":
      return {
        type: "Retrying",
        attempt: "attempt" in to ? to.attempt + 1 : 1,
        startAt: signal.at ?? at + (signal.inMs ?? 0),
        ...why,
      };
    case "fail":
      return {
        type: signal.as,
        error: recordOf(new CaudalError("SIGNAL_FAILED", { why: signal.why })),
        ...(signal.hasResult && { result: signal.result }),
        ...why,
      };
    case "loop":
      return undefined;
  }
}
