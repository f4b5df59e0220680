/** The flow's own state: from Pending to Running, and at the end from its reference tasks. */
import { recordOfCode } from "../state/error-text.ts";
import type { PausedByPerson } from "../state/reason.ts";
import { familyOf, type FlowState, type TaskState } from "../state/task-state.ts";
import { armApprovals } from "./approval.ts";
import { cleanUpNow } from "./cleanup.ts";
import { finish } from "./finish.ts";
import { mark } from "./mark.ts";
import type { Marking } from "./marking.ts";
import { FINISHED, record, type Run, STATE_INDEX, taskRunName, typeOf } from "./run.ts";
import { stateOf, writeState } from "./state-of.ts";
import type { Step } from "./step.ts";
import { resolve } from "./values.ts";

const NAMES_SHOWN_MAX = 20;

/** Slots whose states decide the flow's: the reference nodes, mapped ones by their children. */
export function referenceSlots(run: Run): number[] {
  const slots: number[] = [];
  for (const node of run.plan.references) {
    if (typeOf(run, node) !== "Mapped") slots.push(node);
    else for (let i = 0; i < run.childCount[node]!; i++) slots.push(run.childBase[node]! + i);
  }
  return slots;
}

/** The states `finalState` is asked with. */
export function referenceStates(run: Run): TaskState[] {
  return referenceSlots(run).map((slot) => stateOf(run, slot));
}

export function startFlow(step: Step, given: ReadonlyMap<number, TaskState>, marking?: Marking): void {
  const { run } = step;
  if (run.flowPhase !== "new") return;
  run.flowPhase = "starting";
  for (const [node, state] of given) enterGiven(step, node, state);
  if (marking !== undefined) mark(step, marking);
  proposeFlow(step, { type: "Running", attempt: 1 });
}

/**
 * A state that was there before the run: no handler is asked, its body is not called. Also before `RunStarted`, where it
 * is to be kept with the creation of the run.
 */
export function enterGiven(step: Step, node: number, state: TaskState): void {
  const { run } = step;
  const from = run.state[node]!;
  writeState(run, node, state);
  record(run, node, from, run.state[node]!, step.at);
  finish(step, node);
}

/** The flow's handlers are always asked: the driver answers at once where there are none. */
function proposeFlow(step: Step, to: FlowState): void {
  const { run, commands } = step;
  run.flowProposed = to;
  commands.push({ type: "AskFlowHandlers", from: run.flow, to });
}

export function flowHandlersAnswered(step: Step, state: FlowState): void {
  const { run } = step;
  if (run.flowProposed === undefined) return;
  const proposed = run.flowProposed;
  run.flowProposed = undefined;
  if (run.cancelling) return afterCancel(step, proposed);
  if (run.pausing !== undefined && proposed.type === "Paused") return pausedByPerson(step, run.pausing);
  if (state.type === "Paused" && proposed.type === "Paused" && !waitsForPeople(run)) return; // resumed meanwhile
  run.flow = run.pausing !== undefined && state.type === "Running" ? { ...state, reason: run.pausing } : state;
  if (run.flowPhase === "starting" && state.type === "Running") {
    run.flowPhase = "running";
    // Children too: a run that goes on, after it was read or set back, has some already.
    for (let slot = 0; slot < run.slots; slot++) if (run.waiting[slot] === 0) run.todo.push(slot);
    if (run.paused > 0) armApprovals(step);
    return;
  }
  run.flowPhase = state.type === "Paused" && run.openNodes > 0 ? "running" : "ended";
  step.commands.push({ type: "FinishRun", state });
}

/** Handlers are told of it, and have no say in it. */
function pausedByPerson({ run, commands }: Step, reason: PausedByPerson): void {
  run.flow = { type: "Paused", reason };
  run.flowPhase = "ended";
  commands.push({ type: "FinishRun", state: run.flow });
}

/** A cancel is final: handlers that were asked before it, or about it, change nothing. */
function afterCancel(step: Step, proposed: FlowState): void {
  const { run } = step;
  if (run.flowPhase !== "ending") {
    run.flowPhase = "running"; // it ends as cancelled once nothing is open
    run.todo.push(...run.plan.cleanups); // the cancel came before they could be looked at
    return;
  }
  run.flow = proposed;
  run.flowPhase = "ended";
  step.commands.push({ type: "FinishRun", state: proposed });
}

/**
 * Nothing goes on until a person speaks. Who waits for a cache entry that a paused task run of this run is to fill waits
 * for that person too; where that has finished, the entry is there, or free, with the commit of this pass.
 */
function waitsForPeople(run: Run): boolean {
  if (run.paused === 0 || run.running + run.questions.size + run.timers + run.ready.length > 0) return false;
  if (run.queued === 0) return true;
  for (const [slot, { reason }] of run.detail) {
    if (run.state[slot] !== STATE_INDEX.Queued) continue;
    if (reason?.code !== "cache-wait" || reason.runId !== run.id || FINISHED[run.state[reason.slot]!]!) return false;
  }
  return true;
}

/** Called when a step has nothing left to do: is the run over, or does it wait for people only? */
export function endIfOver(step: Step): void {
  const { run } = step;
  if (run.flowPhase !== "running" || run.flowProposed !== undefined) return;
  if (run.openNodes === 0) return decideFinal(step);
  if (run.running + run.questions.size > 0) return;
  if (run.draining) {
    cleanUpNow(step);
    if (run.running + run.questions.size > 0) return;
    if (run.pausing !== undefined) return proposeFlow(step, { type: "Paused", reason: run.pausing });
    run.flowPhase = "ended";
    step.commands.push({ type: "FinishRun", state: { type: "Pending", reason: { code: "interrupted" } } });
    return;
  }
  if (run.flow.type !== "Paused" && waitsForPeople(run)) proposeFlow(step, { type: "Paused" });
}

function decideFinal(step: Step): void {
  const { run } = step;
  run.flowPhase = "deciding";
  if (run.cancelling) {
    run.flowPhase = "ending";
    return proposeFlow(step, cancelledState(run));
  }
  step.commands.push({ type: "AskFinalState", state: finalState(run) });
}

function cancelledState(run: Run): FlowState {
  const afterMs = run.flowTimedOutMs;
  if (afterMs === undefined) return { type: "Cancelled", reason: { code: "cancelled" } };
  return {
    type: "TimedOut",
    afterMs,
    error: recordOfCode("FLOW_TIMEOUT", { afterMs }),
    reason: { code: "timeout", afterMs },
  };
}

/** Any reference failed: Failed; else Success with the result the build function described. */
function finalState(run: Run): FlowState {
  const failed: string[] = [];
  let failedCount = 0;
  for (const slot of referenceSlots(run)) {
    const family = familyOf(typeOf(run, slot));
    if (family !== "failed") continue;
    failedCount++;
    if (failed.length < NAMES_SHOWN_MAX) failed.push(taskRunName(run, slot));
  }
  if (failedCount === 0)
    return { type: "Success", result: resolve(run, run.plan.graph.result), reason: { code: "reference-succeeded" } };
  const more = failedCount > failed.length ? ` and ${failedCount - failed.length} more` : "";
  const error = recordOfCode("RUN_FAILED", { flow: run.plan.graph.name, why: `${failed.join(", ")}${more} failed` });
  return { type: "Failed", error, reason: { code: "reference-failed", failed } };
}

export function finalStateAnswered(step: Step, state: FlowState): void {
  const { run } = step;
  if (run.flowPhase !== "deciding") return;
  run.flowPhase = "ending";
  proposeFlow(step, run.cancelling ? cancelledState(run) : state);
}
