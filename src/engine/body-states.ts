/** What a body's end means: outcomes and signals as states. */
import { unreachable } from "../base/assert.ts";
import type { ErrorRecord } from "../state/error-record.ts";
import { recordOfCode } from "../state/error-text.ts";
import type { SignalData } from "../state/signal.ts";
import type { TaskState } from "../state/task-state.ts";
import type { Outcome } from "./event.ts";
import { countersOf, rulesOf } from "./run.ts";
import type { Step } from "./step.ts";

const failed = (error: ErrorRecord): TaskState => ({ type: "Failed", error });

/** The state a signal asks for. Holds the rounds of loops and "not yet"s against their bounds. */
export function stateOfSignal(step: Step, slot: number, signal: SignalData): TaskState {
  switch (signal.kind) {
    case "success":
      return { type: "Success", result: signal.result, reason: { code: "signal" } };
    case "skip":
      return {
        type: "Skipped",
        result: signal.result,
        reason: { code: "signal", ...(signal.why !== undefined && { why: signal.why }) },
      };
    case "fail":
      return {
        type: signal.as,
        error: recordOfCode("SIGNAL_FAILED", { why: signal.why }),
        reason: { code: "signal", why: signal.why },
        ...(signal.hasResult && { result: signal.result }),
      };
    case "pause":
      return {
        type: "Paused",
        reason: signal.asked ?? { code: "signal", ...(signal.why !== undefined && { why: signal.why }) },
      };
    case "retry":
      return notYet(step, slot, signal);
    case "loop":
      return nextRound(step, slot, signal);
    default:
      return unreachable(signal);
  }
}

function notYet(step: Step, slot: number, signal: Extract<SignalData, { readonly kind: "retry" }>): TaskState {
  const { run, at } = step;
  const max = rulesOf(run, slot).retrySignalsMax;
  const counters = countersOf(run, slot);
  if (counters.retrySignals >= max) {
    return {
      ...failed(recordOfCode("RETRY_SIGNALS_MAX", { max })),
      reason: { code: "retry-signals-max", max },
    };
  }
  counters.retrySignals++;
  const startAt = signal.at ?? at + (signal.inMs ?? 0);
  return {
    type: "Retrying",
    attempt: run.attempt[slot]! + 1,
    startAt,
    reason: { code: "not-yet", count: counters.retrySignals },
  };
}

function nextRound(step: Step, slot: number, signal: Extract<SignalData, { readonly kind: "loop" }>): TaskState {
  const { run } = step;
  const max = rulesOf(run, slot).loopMax;
  const counters = countersOf(run, slot);
  if (counters.rounds >= max) {
    return { ...failed(recordOfCode("LOOP_MAX", { max })), reason: { code: "loop-max", max } };
  }
  return { type: "Looped", count: counters.rounds + 1, result: signal.value, startAt: step.at + signal.inMs };
}

/** The state an outcome asks for, before handlers and retries. */
export function stateOfOutcome(step: Step, slot: number, outcome: Outcome): TaskState {
  switch (outcome.kind) {
    case "returned":
      return { type: "Success", result: outcome.value };
    case "signalled":
      return stateOfSignal(step, slot, outcome.signal);
    case "threw":
      return outcome.as === "ValidationFailed"
        ? { type: "ValidationFailed", error: outcome.error, reason: { code: "validation" } }
        : failed(outcome.error);
    case "timed-out":
      return {
        type: "TimedOut",
        error: outcome.error,
        afterMs: outcome.afterMs,
        reason: { code: "timeout", afterMs: outcome.afterMs },
      };
    default:
      return unreachable(outcome);
  }
}
