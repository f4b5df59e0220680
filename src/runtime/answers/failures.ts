/** What failed in a run so far, for those who are told of its failure. */
import { childIndex, type Run, taskRunName, typeOf } from "../../engine/run.ts";
import { stateOf } from "../../engine/state-of.ts";
import type { FailureState, Failures } from "../../ports/program.ts";
import { isOfUpstreams } from "../../state/reason.ts";
import { familyOf } from "../../state/task-state.ts";

/** Named at most: a mapped task may fail a million times. */
const NAMED_MAX = 10;

/** Task runs that failed by themselves, in order of calls; only if there are none, those that did not run because of others. */
export function failuresOf(run: Run): Failures {
  const own = failed(run, false);
  return own.count > 0 ? own : failed(run, true);
}

/** Its body may have ended TriggerFailed by a signal; and may have been called before its run was set back. */
function isTriggers(run: Run, slot: number): boolean {
  if (typeOf(run, slot) !== "TriggerFailed") return false;
  return run.attempt[slot] === 0 || isOfUpstreams(run.detail.get(slot)?.reason);
}

function failed(run: Run, triggers: boolean): Failures {
  const named: Failures["named"][number][] = [];
  let count = 0;
  for (let slot = 0; slot < run.slots; slot++) {
    const type = typeOf(run, slot);
    if (familyOf(type) !== "failed" || isTriggers(run, slot) !== triggers) continue;
    count++;
    if (named.length === NAMED_MAX) continue;
    const { slug } = run.plan.graph.nodes[run.owner[slot]!]!;
    const state = stateOf(run, slot) as FailureState;
    named.push({ name: taskRunName(run, slot), slug, mapIndex: childIndex(run, slot), state });
  }
  return { count, named };
}
