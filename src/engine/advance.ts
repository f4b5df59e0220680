/**
 * The engine: one event in, commands out. Changes `run` in place; reads no clock, no randomness, nothing outside,
 * and never calls user code. Same run, same event: same answer.
 */
import { unreachable } from "../base/assert.ts";
import {
  cacheAnswered,
  cacheReleased,
  claimLimits,
  consider,
  limitFreed,
  limitsAnswered,
  triggerAnswered,
  triggerMet,
} from "./admit.ts";
import { approvalTimedOut, decided, resumed } from "./approval.ts";
import type { Command } from "./command.ts";
import type { RunEvent } from "./event.ts";
import { endIfOver, finalStateAnswered, flowHandlersAnswered, startFlow } from "./flow-end.ts";
import { marked } from "./mark.ts";
import { popReady } from "./ready.ts";
import { recover } from "./recover.ts";
import { PHASE, type Run, rulesOf, STATE_INDEX } from "./run.ts";
import { lost, release, settle } from "./settle.ts";
import { begin, handlersAnswered, type Step, timerFired, toPending } from "./step.ts";
import { cancel, drain, pause } from "./stop.ts";

/** Takes one event. Commands are appended in the order they are to be carried out. */
export function advance(run: Run, event: RunEvent, commands: Command[]): void {
  const step: Step = { run, at: event.at, commands };
  apply(step, event);
  settleDown(step);
}

function apply(step: Step, event: RunEvent): void {
  const { run } = step;
  switch (event.type) {
    case "RunStarted":
      return startFlow(step, event.given, event.marking);
    case "RunRecovered":
      return recover(step, event.again, event.marking);
    case "HandlersAnswered":
      return handlersAnswered(step, event.slot, event.question, event.state, event.failed, event.retry);
    case "FlowHandlersAnswered":
      return flowHandlersAnswered(step, event.state);
    case "FinalStateAnswered":
      return finalStateAnswered(step, event.state);
    case "CacheAnswered":
      return cacheAnswered(step, event.slot, event.answer);
    case "CacheReleased":
      return cacheReleased(step, event.slot);
    case "TriggerAnswered":
      return triggerAnswered(step, event.slot, event.question, event.answer);
    case "LimitsAnswered":
      return limitsAnswered(step, event.slot, event.full);
    case "LimitFreed":
      return limitFreed(step, event.slot);
    case "AttemptSettled":
      return settle(step, event.slot, event.attempt, event.outcome);
    case "AttemptLost":
      return lost(step, event.slot, event.attempt);
    case "AttemptReleased":
      return release(step, event.slot, event.attempt);
    case "TimerFired":
      if (!approvalTimedOut(step, event.slot)) timerFired(step, event.slot);
      return;
    case "Resumed":
      return resumed(step, event.slot, event);
    case "Decided":
      return decided(step, event.slot, event.decision, event.by);
    case "Marked":
      return marked(step, event.marking);
    case "CancelRequested":
      return cancel(step, "cancelled");
    case "PauseRequested":
      return pause(step, event.by);
    case "DrainRequested":
      return drain(step);
    case "FlowTimedOut":
      if (!run.cancelling) run.flowTimedOutMs = event.afterMs;
      return cancel(step, "flow-timeout");
    case "CapacityChanged":
      run.capacity = event.capacity;
      return;
    default:
      return unreachable(event);
  }
}

/** Looks at everything the event touched, starts what there is room for, and ends the run if it is over. */
function settleDown(step: Step): void {
  const { run } = step;
  for (;;) {
    for (let i = 0; i < run.todo.length; i++) consider(step, run.todo[i]!); // in order: more may be added on the way
    run.todo.length = 0;
    if (!startOne(step)) break;
  }
  endIfOver(step);
}

/** After a wait that a handler asked for. It has no body to call: the person is asked again. */
function askAgain(step: Step, slot: number): void {
  if (step.run.state[slot] !== STATE_INDEX.Pending) toPending(step, slot);
  triggerMet(step, slot);
}

/** A mapped node has no body of its own: after the wait that a handler asked for it decides its children. */
function decideAgain(step: Step, node: number): void {
  toPending(step, node);
  step.run.todo.push(node);
}

/** Starts the first ready task run if there is room. Handlers that are asked about Running hold no room yet. */
function startOne(step: Step): boolean {
  const { run } = step;
  if (run.draining || run.running + run.starting >= run.capacity) return false;
  const slot = popReady(run);
  if (slot === undefined) return false;
  run.phase[slot] = PHASE.IDLE;
  if (run.plan.mapped[slot] === 1) decideAgain(step, slot);
  else if (rulesOf(run, slot).approval !== undefined) askAgain(step, slot);
  else if (rulesOf(run, slot).limits.length > 0) claimLimits(step, slot);
  else begin(step, slot);
  return true;
}
