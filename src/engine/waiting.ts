/** How many upstreams a task run waits for, counted anew from what they are. The engine itself counts down as they end. */
import { ROLE } from "./plan.ts";
import { childIndex, PHASE, type Run, STATE_INDEX } from "./run.ts";

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
