/** The history of one task run, from the run's log: what happened, in order. O(transitions of the run). */
import type { Instant } from "../base/time.ts";
import { STATE_TYPES, type StateType } from "../state/task-state.ts";
import { markLogged, type Run } from "./run.ts";

export interface StoryStep {
  readonly at: Instant;
  readonly from: StateType;
  readonly to: StateType;
}

export function story(run: Run, slot: number): readonly StoryStep[] {
  const { log } = run;
  const steps: StoryStep[] = [];
  for (let i = 0; i < log.length; i++) {
    if (log.slot[i] !== slot) continue;
    const step = log.step[i]!;
    steps.push({ at: log.at[i]!, from: STATE_TYPES[step >> 5]!, to: STATE_TYPES[step & 31]! });
  }
  return steps;
}

/** When each task run first ran and when it ended, for all slots in one walk over the log. */
export function timesOf(run: Run): { readonly startedAt: Float64Array; readonly endedAt: Float64Array } {
  const startedAt = new Float64Array(run.slots).fill(Number.NaN);
  const endedAt = new Float64Array(run.slots).fill(Number.NaN);
  const running = STATE_TYPES.indexOf("Running");
  for (let i = 0; i < run.log.length; i++) {
    const slot = run.log.slot[i]!;
    if ((run.log.step[i]! & 31) === running && Number.isNaN(startedAt[slot])) startedAt[slot] = run.log.at[i]!;
    endedAt[slot] = run.log.at[i]!;
  }
  return { startedAt, endedAt };
}

/** Puts transitions that were committed before into a rebuilt run, so that its stories begin at the beginning. */
export function appendLog(run: Run, slots: ArrayLike<number>, steps: ArrayLike<number>, at: Instant): void {
  for (let i = 0; i < slots.length; i++) markLogged(run, slots[i]!, steps[i]!, at);
}
