/** What the engine counts up and down as task runs end, counted anew from what they are. */
import { familyOf } from "../state/task-state.ts";
import { ROLE } from "./plan.ts";
import { childIndex, PHASE, type Run, STATE_INDEX, typeOf } from "./run.ts";

/** Upstreams (or paired siblings) of a task run that are not finished, counted anew. */
export function countWaiting(run: Run, slot: number): number {
  const { plan } = run;
  const node = run.owner[slot]!;
  const child = childIndex(run, slot);
  let count = 0;
  for (let e = plan.upStart[node]!; e < plan.upStart[node + 1]!; e++) {
    const up = plan.up[e]!;
    const paired = (plan.upRole[e]! & ROLE.PAIRED) !== 0;
    if (child === undefined) {
      const decided = run.phase[up] === PHASE.DONE || (paired && run.state[up] === STATE_INDEX.Mapped);
      if (!decided) count++;
    } else if (paired && run.state[up] === STATE_INDEX.Mapped && child < run.childCount[up]!) {
      if (run.phase[run.childBase[up]! + child] !== PHASE.DONE) count++;
    }
  }
  return count;
}

/** Children of each mapped node by what became of them. */
export function countChildren(run: Run): void {
  for (let node = 0; node < run.plan.count; node++) {
    run.childOpen[node] = run.childFailed[node] = run.childSkipped[node] = run.childCancelled[node] = 0;
    for (let i = 0; run.childBase[node]! > 0 && i < run.childCount[node]!; i++) {
      const slot = run.childBase[node]! + i;
      const type = typeOf(run, slot);
      const family = familyOf(type);
      if (run.phase[slot] !== PHASE.DONE) run.childOpen[node]!++;
      else if (family === "failed") run.childFailed[node]!++;
      else if (family === "cancelled") run.childCancelled[node]!++;
      else if (type === "Skipped") run.childSkipped[node]!++;
    }
  }
}
