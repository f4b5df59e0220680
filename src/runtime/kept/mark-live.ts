/** Marks of task runs of a run that goes on: found by name, checked, and handed to the engine as one event. */
import { CaudalError } from "../../base/errors.ts";
import type { RunEvent } from "../../engine/event.ts";
import { markRefusal, whyNotMarkable } from "../../engine/mark.ts";
import type { MarkRefusal } from "../../engine/marking.ts";
import { type Run, typeOf } from "../../engine/run.ts";
import { stateOf } from "../../engine/state-of.ts";
import type { Ask } from "../../ports/store.ts";
import type { TaskState } from "../../state/task-state.ts";
import { decisionName, slotNamed } from "./decide.ts";
import type { DriverParts } from "../driver-parts.ts";

export type MarkAsk = Omit<Extract<Ask, { readonly kind: "mark" }>, "kind">;

/**
 * Undefined: it is marked so already.
 * @throws CaudalError TASK_UNKNOWN, TASK_AMBIGUOUS, TASK_NOT_MARKABLE, RESULT_NOT_SERIALIZABLE: nothing has changed
 */
export function eventOfMark({ run, store, clock }: DriverParts, ask: MarkAsk, by: string): RunEvent | undefined {
  const slot = slotNamed(run, ask.task);
  if (isMarkedSo(stateOf(run, slot), ask)) return undefined;
  const refusal = markRefusal(run, slot, false);
  if (refusal !== undefined) throw notMarkable(run, slot, refusal);
  store.keep(ask.value);
  const { as, why, value } = ask;
  return { type: "Marked", slot, marking: { slot, as, why, by, value }, at: clock.now() };
}

/** Said again, a mark is made once. */
export function isMarkedSo({ type, reason }: Pick<TaskState, "type" | "reason">, { as, why }: MarkAsk): boolean {
  return type === as && reason?.code === "marked" && reason.why === why;
}

export function notMarkable(run: Run, slot: number, refusal: MarkRefusal): CaudalError {
  const why = whyNotMarkable(refusal);
  return new CaudalError("TASK_NOT_MARKABLE", { task: decisionName(run, slot), state: typeOf(run, slot), why });
}
