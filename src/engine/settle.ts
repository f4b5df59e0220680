/** The end of an attempt: its outcome becomes a state, once; late, repeated and unknown answers change nothing. */
import { recordOfCode } from "../state/error-text.ts";
import { familyOf } from "../state/task-state.ts";
import { stateOfOutcome } from "./body-states.ts";
import type { Outcome, RetryAnswer } from "./event.ts";
import { countersOf, isCleanup, lacksUpstream, PHASE, rulesOf, type Run, STATE_INDEX } from "./run.ts";
import { makeReady, propose, type Step, toPending } from "./step.ts";

const NO_RETRY: RetryAnswer = { allowed: false, inMs: 0 };

/** The attempt this answer is about is the one in flight. */
function isCurrent(run: Run, slot: number, attempt: number): boolean {
  return run.state[slot] === STATE_INDEX.Running && run.phase[slot] === PHASE.WAITING && run.attempt[slot] === attempt;
}

export function settle(step: Step, slot: number, attempt: number, outcome: Outcome): void {
  const { run } = step;
  if (!isCurrent(run, slot, attempt)) return;
  const state = stateOfOutcome(step, slot, outcome);
  const family = familyOf(state.type);
  // A cleanup's failure is its own; of all else in a cancelled run only success counts.
  const ended = (family === "success" && state.type !== "Looped") || (family === "failed" && isCleanup(run, slot));
  if (run.cancelling && !ended)
    return propose(step, slot, { type: "Cancelled", reason: { code: "cancelled" } }, "cancel");
  const bounded = state.reason?.code === "retry-signals-max" || state.reason?.code === "loop-max";
  const retry = outcome.kind === "returned" || bounded ? NO_RETRY : outcome.retry;
  const mayRetry =
    outcome.kind === "signalled" && outcome.signal.kind === "fail" && !outcome.signal.retry ? NO_RETRY : retry;
  // What handlers make of it goes on like an end of the body, a skip too: a success is cached, a failure is retried.
  propose(step, slot, state, "settle", mayRetry);
}

/** Given back unfinished: Pending again, as if it had not been called. */
export function release(step: Step, slot: number, attempt: number): void {
  const { run } = step;
  if (!isCurrent(run, slot, attempt)) return;
  if (run.cancelling) return propose(step, slot, { type: "Cancelled", reason: { code: "cancelled" } }, "cancel");
  toPending(step, slot);
  run.phase[slot] = PHASE.IDLE;
  if (!run.draining) makeReady(run, slot);
}

/** Its process died and nobody knows what it did: the task's `onLost` decides (design §8). */
export function lost(step: Step, slot: number, attempt: number): void {
  const { run } = step;
  if (!isCurrent(run, slot, attempt)) return;
  if (run.cancelling) return propose(step, slot, { type: "Cancelled", reason: { code: "cancelled" } }, "cancel");
  const { onLost, maxLost } = rulesOf(run, slot);
  const counters = countersOf(run, slot);
  counters.lost++;
  const why = `the process died during attempt ${attempt}; what the attempt did is unknown`;
  const error = recordOfCode("ATTEMPT_LOST", { why });
  if (onLost === "fail")
    return propose(step, slot, { type: "Failed", error, reason: { code: "outcome-unknown" } }, "before");
  if (onLost === "ask")
    return propose(step, slot, { type: "Paused", reason: { code: "lost", count: counters.lost } }, "before");
  if (counters.lost > maxLost)
    return propose(step, slot, { type: "Failed", error, reason: { code: "poison", count: counters.lost } }, "before");
  toPending(step, slot);
  run.phase[slot] = PHASE.IDLE;
  if (!lacksUpstream(run, slot)) makeReady(run, slot); // else an upstream is to run again, whose value was lost as well
}
