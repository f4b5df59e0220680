/**
 * Resources: cleanup runs when setup succeeded and every node of the block is finished, whatever became of them; in a
 * cancelled run too, and, for what this process has open, when the process is asked to stop.
 */
import { familyOf } from "../state/task-state.ts";
import { PHASE, type Run, STATE_INDEX, typeOf } from "./run.ts";
import { makeReady, propose, type Step } from "./step.ts";

function setupSucceeded(run: Run, slot: number): boolean {
  const { resource } = run.plan.graph.nodes[run.owner[slot]!]!;
  if (resource?.role !== "cleanup") return false;
  const type = typeOf(run, resource.setup);
  return familyOf(type) === "success" && type !== "Skipped";
}

/** Its upstreams are finished: it runs if there is something to clean up. */
export function considerCleanup(step: Step, slot: number): void {
  const { run } = step;
  if (setupSucceeded(run, slot)) return makeReady(run, slot);
  const { name } = run.plan.graph.nodes[run.owner[slot]!]!;
  propose(step, slot, { type: "Skipped", result: null, reason: { code: "resource", resource: name } }, "before");
}

/** Nothing is in flight and this process stops: what it has open is closed now, though its block is not finished. */
export function cleanUpNow(step: Step): void {
  const { run } = step;
  for (const node of run.plan.cleanups) {
    if (run.state[node] !== STATE_INDEX.Pending || run.phase[node] === PHASE.ASKED || !setupSucceeded(run, node))
      continue;
    propose(step, node, { type: "Running", attempt: run.attempt[node]! + 1 }, "start");
  }
}
