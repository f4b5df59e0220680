/**
 * A person says what became of a task run, in place of its body: Success with a value, Failed or Skipped, and why.
 *
 * It holds like any end of a task run: what follows decides by its triggers. It is the person's word, so handlers are
 * told of it and have no say in it, and it is neither cached nor retried. What the task run had short of its body (a
 * timer, a place in line, a question to somebody) is given up.
 */
import { recordOfCode } from "../state/error-text.ts";
import type { MarkedByPerson } from "../state/reason.ts";
import type { StateType, TaskState } from "../state/task-state.ts";
import { wakeFlow } from "./approval.ts";
import type { Marking, MarkRefusal } from "./marking.ts";
import { keepReady } from "./ready.ts";
import { PHASE, type Run, typeOf } from "./run.ts";
import { propose, type Step } from "./step.ts";
import { withdraw } from "./stop.ts";

const REFUSALS: Readonly<Record<MarkRefusal, string>> = {
  RUN_CANCELLING: "its run is being cancelled; mark it when that has ended",
  TASK_UNDER_WAY: "its body is being called; wait for its end, or cancel the run",
  TASK_MAPPED: "it is mapped; mark its children, each by itself",
  TASK_RESOURCE: "it sets up or cleans up a resource, which lives in the process only",
  TASK_DECIDED:
    "what follows it has been decided, and its run goes on; pause the run or wait for its end, then mark it",
};

/** With what can be done instead. */
export function whyNotMarkable(refusal: MarkRefusal): string {
  return REFUSALS[refusal];
}

export interface MarkFacts {
  /** No process has the run, so that no body is under way whatever its task runs were left as. */
  readonly isNobodys: boolean;
  readonly isCancelling: boolean;
  /** It sets up or cleans up a resource. */
  readonly isResource: boolean;
  readonly state: StateType;
  /** Nothing more happens to it by itself. */
  readonly isDone: boolean;
}

/** Undefined: a person may say what became of it. */
export function refusalOf({ isNobodys, isCancelling, isResource, state, isDone }: MarkFacts): MarkRefusal | undefined {
  if (isCancelling) return "RUN_CANCELLING";
  if (isResource) return "TASK_RESOURCE";
  if (state === "Mapped") return "TASK_MAPPED";
  if (isNobodys) return undefined;
  if (state === "Running" || state === "Cancelling") return "TASK_UNDER_WAY";
  return isDone ? "TASK_DECIDED" : undefined;
}

export function markRefusal(run: Run, slot: number, isNobodys: boolean): MarkRefusal | undefined {
  const question = run.questions.get(slot);
  if (question?.kind === "handlers" && question.stage === "mark") return "TASK_UNDER_WAY"; // the first of two counts
  return refusalOf({
    isNobodys,
    isCancelling: run.cancelling || run.flow.type === "Cancelling",
    isResource: run.plan.graph.nodes[run.owner[slot]!]!.resource !== undefined,
    state: typeOf(run, slot),
    isDone: run.phase[slot] === PHASE.DONE,
  });
}

/** Changes nothing where it may not be: whoever asked was told before, unless things have moved on since. */
export function marked(step: Step, marking: Marking): void {
  if (markRefusal(step.run, marking.slot, false) === undefined) mark(step, marking);
}

/** The first thing that happens in a run that goes on here. */
export function mark(step: Step, marking: Marking): void {
  const { run } = step;
  const { slot } = marking;
  const question = run.questions.get(slot);
  if (question?.kind === "handlers" && question.stage === "start") run.starting--;
  if (question?.kind === "handlers" && question.stage === "map") run.childCount[slot] = 0;
  withdraw(run, slot);
  leaveReady(run, slot);
  wakeFlow(run);
  propose(step, slot, stateOfMark(step, marking), "mark");
}

function leaveReady(run: Run, slot: number): void {
  if (run.phase[slot] === PHASE.READY) keepReady(run, (other) => other !== slot);
  run.phase[slot] = PHASE.IDLE;
}

function stateOfMark({ run, at }: Step, { slot, as, why, by, value }: Marking): TaskState {
  const who = by === undefined ? {} : { by };
  const reason: MarkedByPerson = { code: "marked", why, ...who, at, from: typeOf(run, slot) };
  switch (as) {
    case "Success":
      return { type: "Success", result: value, reason };
    case "Failed":
      return { type: "Failed", error: recordOfCode("MARKED_FAILED", { by, why }), reason };
    case "Skipped":
      return { type: "Skipped", result: null, reason };
  }
}
