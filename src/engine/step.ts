/**
 * How a task run changes its state: propose, ask its handlers if it has any, enter, go on.
 *
 * Every change goes through `propose`; what follows from a state is decided in `afterEntering`, by the state that
 * was really entered (handlers may have replaced it) and by what it had been proposed for.
 */
import { assert } from "../base/assert.ts";
import type { Instant } from "../base/time.ts";
import { isAsked } from "../state/reason.ts";
import { familyOf, isFinishedType, STATES, type TaskState } from "../state/task-state.ts";
import { cacheReleased, judgeTrigger, limitFreed } from "./admit.ts";
import type { Command } from "./command.ts";
import { control } from "./control.ts";
import type { RetryAnswer } from "./event.ts";
import { finish } from "./finish.ts";
import { createChildren } from "./map.ts";
import { pushReady } from "./ready.ts";
import {
  countersOf,
  isCleanup,
  lacksUpstream,
  PHASE,
  type Question,
  record,
  rulesOf,
  type Run,
  type Stage,
  STATE_INDEX,
  taskRunName,
  typeOf,
} from "./run.ts";
import { stateOf, writeState } from "./state-of.ts";

/** One step of the engine: the run, its time, and where commands go. */
export interface Step {
  readonly run: Run;
  readonly at: Instant;
  readonly commands: Command[];
}

const NO_RETRY: RetryAnswer = { allowed: false, inMs: 0 };

/** A step handlers are told of: all but those back to Pending. */
export function propose(step: Step, slot: number, to: TaskState, stage: Stage, retry: RetryAnswer = NO_RETRY): void {
  const { run } = step;
  if (stage !== "mark") assertLegal(run, slot, to); // a person may say anything of what is not under way
  if (!rulesOf(run, slot).asksHandlers) return enter(step, slot, to, stage, retry);
  const from = stateOf(run, slot);
  if (stage === "start") run.starting++;
  const id = ++run.asked;
  const question: Question = { kind: "handlers", id, from, to, stage, mayRetry: retry.allowed, retryInMs: retry.inMs };
  run.questions.set(slot, question);
  run.phase[slot] = PHASE.ASKED;
  step.commands.push({ type: "AskHandlers", slot, question: id, from, to });
}

function assertLegal(run: Run, slot: number, to: TaskState): void {
  const next: readonly string[] = STATES[typeOf(run, slot)].next;
  assert(next.includes(to.type), `${taskRunName(run, slot)}: ${typeOf(run, slot)} → ${to.type} is a step of the table`);
}

/** Enters a state, notes it, and goes on from there. */
export function enter(step: Step, slot: number, to: TaskState, stage: Stage, retry: RetryAnswer): void {
  const { run } = step;
  const rules = rulesOf(run, slot);
  const from = run.state[slot]!;
  if (rules.watched) run.seen.push({ slot, from: stateOf(run, slot), to, at: step.at });
  leave(run, slot);
  writeState(run, slot, to);
  record(run, slot, from, run.state[slot]!, step.at);
  if (to.type !== "Running") letGo(step, slot, from);
  afterEntering(step, slot, to, stage, retry);
}

/** What a state held while it lasted. */
function leave(run: Run, slot: number): void {
  const type = typeOf(run, slot);
  if (type === "Running") run.running--;
  else if (type === "Paused") run.paused--;
  else if (type === "Queued") run.queued--;
  else if (type === "Retrying" || type === "Scheduled") run.timers--;
}

/** Back to Pending, a step handlers are not shown. */
export function toPending(step: Step, slot: number): void {
  const { run } = step;
  const from = run.state[slot]!;
  leave(run, slot);
  writeState(run, slot, { type: "Pending" });
  record(run, slot, from, run.state[slot]!, step.at);
  letGo(step, slot, from);
}

/** Limits are held while Running only; who leaves the line gives up the place in it. */
function letGo(step: Step, slot: number, from: number): void {
  const { run } = step;
  if (rulesOf(run, slot).limits.length === 0) return;
  const counters = run.counters.get(slot);
  if (counters?.holdsLimits !== true && from !== STATE_INDEX.Queued) return;
  if (counters !== undefined) counters.holdsLimits = false;
  step.commands.push({ type: "ReleaseLimits", slot });
}

function afterEntering(step: Step, slot: number, to: TaskState, stage: Stage, retry: RetryAnswer): void {
  const { run, commands } = step;
  switch (to.type) {
    case "Running":
      run.running++;
      run.attempt[slot] = to.attempt;
      run.phase[slot] = PHASE.WAITING;
      if (run.plan.kind[run.owner[slot]!] !== "task") return propose(step, slot, control(run, slot), "settle");
      commands.push({ type: "StartAttempt", slot, attempt: to.attempt });
      return;
    case "Retrying":
    case "Scheduled":
      return armTimer(step, slot, to.startAt);
    case "Paused":
      run.paused++;
      run.phase[slot] = PHASE.WAITING;
      // No part of `run.timers`: what waits for it waits for a person all the same.
      if (isAsked(to.reason) && to.reason.until !== undefined)
        commands.push({ type: "SetTimer", slot, at: to.reason.until });
      return;
    case "Queued":
      run.queued++;
      run.phase[slot] = PHASE.WAITING;
      return wakeIfCalled(step, slot, to);
    case "Looped":
      return loopAgain(step, slot, to);
    case "Mapped":
      return stage === "map" ? createChildren(step, slot) : finish(step, slot);
    case "Pending":
    case "Cancelling":
      return assert(false, `a task run is never asked about ${to.type}`);
    default:
      return afterFinished(step, slot, to, stage, retry);
  }
}

/** The limit was freed, or the entry stored, before its handlers had agreed to the wait. */
export function wakeIfCalled(step: Step, slot: number, to: TaskState): void {
  const counters = step.run.counters.get(slot);
  if (counters?.woken !== true) return;
  counters.woken = false;
  if (to.reason?.code === "limit") limitFreed(step, slot);
  else cacheReleased(step, slot);
}

/** A finished state may not be the last: a success is cached, a hit is judged, a failure is retried. */
function afterFinished(step: Step, slot: number, to: TaskState, stage: Stage, retry: RetryAnswer): void {
  const { run } = step;
  if (stage === "map") run.childCount[slot] = 0; // a handler put another state in the place of Mapped
  if (stage === "mark") run.marked.push(slot);
  if (run.cancelling) return finish(step, slot);
  const rules = rulesOf(run, slot);
  if (to.type === "Cached" && stage === "hit") return judgeTrigger(step, slot);
  if (to.type === "Success" && stage === "settle" && rules.cacheForMs !== undefined) {
    const note = { how: "stored", runId: run.id, storedAt: step.at, expiresAt: step.at + rules.cacheForMs } as const;
    return propose(step, slot, { type: "Cached", result: to.result, cache: note }, "cached", retry);
  }
  if (familyOf(to.type) === "failed" && (stage === "settle" || stage === "cached")) {
    // Also where this process stops: whoever takes the run over makes the attempts that are left.
    if (retry.allowed && (run.counters.get(slot)?.failures ?? 0) < rules.retries)
      return retryLater(step, slot, retry.inMs);
  }
  finish(step, slot);
}

function retryLater(step: Step, slot: number, inMs: number): void {
  const { run } = step;
  const counters = countersOf(run, slot);
  counters.failures++;
  const reason = { code: "retry", attempt: counters.failures, of: rulesOf(run, slot).retries } as const;
  propose(step, slot, { type: "Retrying", attempt: run.attempt[slot]! + 1, startAt: step.at + inMs, reason }, "retry");
}

function armTimer(step: Step, slot: number, startAt: Instant): void {
  const { run } = step;
  run.timers++;
  run.phase[slot] = PHASE.WAITING;
  if (startAt > step.at) step.commands.push({ type: "SetTimer", slot, at: startAt });
  else makeReady(run, slot);
}

/** The round counts once its state is entered: one that a handler refused is repeated with the value it had. */
function loopAgain(step: Step, slot: number, to: Extract<TaskState, { readonly type: "Looped" }>): void {
  const { run } = step;
  const { startAt } = to;
  const counters = countersOf(run, slot);
  counters.rounds = to.count;
  counters.loopValue = to.result;
  toPending(step, slot);
  if (startAt <= step.at) return makeReady(run, slot);
  const from = run.state[slot]!;
  writeState(run, slot, { type: "Scheduled", startAt });
  record(run, slot, from, run.state[slot]!, step.at);
  armTimer(step, slot, startAt);
}

/** There is room, and a place in its limits: its next attempt. */
export function begin(step: Step, slot: number): void {
  propose(step, slot, { type: "Running", attempt: step.run.attempt[slot]! + 1 }, "start");
}

/** It may start as soon as there is room. */
export function makeReady(run: Run, slot: number): void {
  if (run.phase[slot] === PHASE.READY) return;
  run.phase[slot] = PHASE.READY;
  pushReady(run, slot);
}

/** The handlers have spoken: their state, or the failure of one of them, is what it enters. */
export function handlersAnswered(
  step: Step,
  slot: number,
  id: number,
  state: TaskState,
  failed: boolean,
  retry: RetryAnswer,
): void {
  const { run } = step;
  const question = run.questions.get(slot);
  if (question === undefined || question.kind !== "handlers" || question.id !== id) return; // late, or twice
  assert(run.phase[slot] !== PHASE.DONE, `${taskRunName(run, slot)} is not done while its handlers are asked`);
  run.questions.delete(slot);
  run.phase[slot] = PHASE.IDLE;
  if (question.stage === "mark") return enter(step, slot, question.to, "mark", NO_RETRY);
  if (question.stage === "start") run.starting--;
  if (run.draining && state.type === "Running" && !isCleanup(run, slot)) return stays(step, slot);
  if (question.stage === "cancel")
    return enter(
      step,
      slot,
      { type: "Cancelled", ...(question.to.reason && { reason: question.to.reason }) },
      "cancel",
      NO_RETRY,
    );
  if (run.cancelling && goesOn(run, slot, state, question.stage)) return giveUp(step, slot);
  const answer = failed ? NO_RETRY : question.mayRetry ? { allowed: true, inMs: question.retryInMs } : retry;
  enter(step, slot, state, failed ? "before" : question.stage, answer);
}

/** Whoever takes the run over starts it. */
function stays(step: Step, slot: number): void {
  letGo(step, slot, step.run.state[slot]!);
}

/** The answer would have it go on, where a cancelled run does not. */
function goesOn(run: Run, slot: number, state: TaskState, stage: Stage): boolean {
  if (isCleanup(run, slot) && state.type === "Running") return false;
  return !isFinishedType(state.type) || (stage === "map" && state.type === "Mapped");
}

/** What has failed already, and waited to hear about its retry, stays failed. */
function giveUp(step: Step, slot: number): void {
  if (familyOf(typeOf(step.run, slot)) === "failed") return finish(step, slot);
  if (step.run.plan.mapped[slot] === 1) step.run.childCount[slot] = 0;
  enter(step, slot, { type: "Cancelled", reason: { code: "cancelled" } }, "cancel", NO_RETRY);
}

/** A timer went off: a retry, a loop's next round or a scheduled start is due. */
export function timerFired(step: Step, slot: number): void {
  const { run } = step;
  const waits = run.state[slot] === STATE_INDEX.Retrying || run.state[slot] === STATE_INDEX.Scheduled;
  const due = waits && (run.detail.get(slot)?.startAt ?? 0) <= step.at; // else it was set for a wait before this one
  if (due && run.phase[slot] === PHASE.WAITING && !run.cancelling) wakeUp(step, slot);
}

/** Its wait is over. What its body needs may be unfinished again, in a run that goes on: then it waits for that next. */
export function wakeUp(step: Step, slot: number): void {
  if (lacksUpstream(step.run, slot)) considerAnew(step, slot);
  else makeReady(step.run, slot);
}

/** Pending anew: it is considered as soon as nothing upstream is unfinished. */
export function considerAnew(step: Step, slot: number): void {
  toPending(step, slot);
  step.run.phase[slot] = PHASE.IDLE;
  step.run.todo.push(slot);
}
