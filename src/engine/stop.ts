/**
 * Cancel (final), flow timeout (a cancel with another name), drain (this process stops, the run does not) and pause (a
 * person stops the run: a drain that lets attempts end).
 */
import { isFinishedType } from "../state/task-state.ts";
import type { Command } from "./command.ts";
import { type FlowPhase, isCleanup, PHASE, type Run, STATE_INDEX } from "./run.ts";
import { keepReady } from "./ready.ts";
import { propose, type Step } from "./step.ts";
import { finish } from "./finish.ts";

function abortRunning(
  run: Run,
  why: Extract<Command, { readonly type: "AbortAttempt" }>["why"],
  commands: Command[],
): void {
  for (let slot = 0; slot < run.slots; slot++) {
    if (run.state[slot] === STATE_INDEX.Running && run.phase[slot] === PHASE.WAITING && !isCleanup(run, slot))
      commands.push({ type: "AbortAttempt", slot, why });
  }
}

/** After this no attempt starts but the cleanups of open resources; what is in flight is aborted and may still succeed. */
export function cancel(step: Step, why: "cancelled" | "flow-timeout"): void {
  const { run } = step;
  const isPaused = run.pausing !== undefined; // it ends for a reason that gives way to this one
  const isOver = run.flowPhase === "ended" && (!isPaused || isFinishedType(run.flow.type));
  if (run.cancelling || run.flowPhase === "ending" || isOver) return;
  if (isPaused) goOnAfterPause(run);
  run.cancelling = true;
  keepReady(run, (slot) => isCleanup(run, slot));
  run.todo = [];
  run.flow = { type: "Cancelling", reason: { code: "cancelled" } };
  const slots = run.slots;
  for (let slot = 0; slot < slots; slot++) {
    if (
      run.phase[slot] === PHASE.DONE ||
      run.state[slot] === STATE_INDEX.Running ||
      run.state[slot] === STATE_INDEX.Mapped ||
      isCleanup(run, slot)
    )
      continue;
    cancelOne(step, slot);
  }
  abortRunning(run, why, step.commands);
  run.todo.push(...run.plan.cleanups);
}

function cancelOne(step: Step, slot: number): void {
  const { run } = step;
  const question = run.questions.get(slot);
  if (question?.kind === "handlers") return; // its answer will find the cancel
  withdraw(run, slot);
  if (run.state[slot] === STATE_INDEX.Cached) return finish(step, slot); // a hit that waits for a custom trigger
  propose(step, slot, { type: "Cancelled", reason: { code: "cancelled" } }, "cancel");
}

/** Its answer, when it comes, is for nobody. */
export function withdraw(run: Run, slot: number): void {
  if (run.questions.get(slot)?.kind === "limits") run.starting--;
  run.questions.delete(slot);
}

/** Nothing new starts here; attempts in flight get their signal. The run stays resumable. */
export function drain(step: Step): void {
  const { run } = step;
  if (run.flowPhase === "ended" || (run.draining && run.pausing === undefined)) return;
  if (!run.draining) startNothing(run);
  abortRunning(run, "interrupted", step.commands);
}

/**
 * Nothing new starts until a person resumes the run; attempts in flight go on to their end, if they are not told to stop
 * because the process does. The reason is kept at once, with the answer: whoever gets the run before it is Paused knows.
 */
export function pause({ run }: Step, by: string | undefined): void {
  const isLeft = run.flowPhase === "ended" && !isFinishedType(run.flow.type); // in this very pass: by its process
  if (run.pausing !== undefined || run.cancelling || (IS_ENDING.has(run.flowPhase) && !isLeft)) return;
  run.pausing = { code: "by-person", ...(by !== undefined && { by }) };
  if (!run.draining) startNothing(run);
  run.flow = { ...run.flow, reason: run.pausing };
}

const IS_ENDING: ReadonlySet<FlowPhase> = new Set(["deciding", "ending", "ended"]);

function startNothing(run: Run): void {
  run.draining = true;
  for (const slot of run.ready) run.phase[slot] = PHASE.IDLE;
  run.ready = [];
  for (const [slot, question] of run.questions) {
    if (question.kind === "handlers") continue;
    withdraw(run, slot);
    run.phase[slot] = PHASE.IDLE;
  }
}

function goOnAfterPause(run: Run): void {
  run.pausing = undefined;
  run.draining = false;
  if (run.flowPhase === "ended") run.flowPhase = "running";
}
