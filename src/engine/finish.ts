/** What a finished task run sets going: its siblings downstream, its mapped parent, its consumers, the flow's end. */
import { assert } from "../base/assert.ts";
import { familyOf } from "../state/task-state.ts";
import { countWaiting } from "./recount.ts";
import { childIndex, isChild, PHASE, type Run, rulesOf, STATE_INDEX, typeOf } from "./run.ts";
import type { Step } from "./step.ts";
import { dropLists } from "./values.ts";

/** The state it is in is final. */
export function finish(step: Step, slot: number): void {
  const { run } = step;
  run.phase[slot] = PHASE.DONE;
  run.settled.push(slot);
  releaseHeld(step, slot);
  if (isChild(run, slot)) return finishChild(step, slot);
  wakePaired(run, slot);
  complete(step, slot);
}

/** A claim on a cache entry ends with the task run that held it. */
function releaseHeld(step: Step, slot: number): void {
  const { run, commands } = step;
  const rules = rulesOf(run, slot);
  if (rules.cacheForMs === undefined && !rules.hasTarget) return;
  const type = typeOf(run, slot);
  const isMarked = run.detail.get(slot)?.reason?.code === "marked"; // then its value is no result of its body
  const stored =
    !isMarked &&
    (type === "Cached" ? run.detail.get(slot)?.cache?.how === "stored" : type === "Success" && rules.hasTarget);
  if (stored && run.attempt[slot]! > 0) commands.push({ type: "StoreCache", slot });
  else if (run.attempt[slot]! > 0 || type !== "Cached") commands.push({ type: "ReleaseCache", slot });
}

function finishChild(step: Step, slot: number): void {
  const { run } = step;
  const { plan } = run;
  const node = run.owner[slot]!;
  const child = childIndex(run, slot)!;
  const type = typeOf(run, slot);
  const family = familyOf(type);
  if (family === "failed") run.childFailed[node]!++;
  else if (family === "cancelled") run.childCancelled[node]!++;
  else if (type === "Skipped") run.childSkipped[node]!++;
  for (let e = plan.downStart[node]!; e < plan.downStart[node + 1]!; e++) {
    const down = plan.down[e]!;
    if (plan.downPaired[e] === 0 || run.childBase[down] === 0 || child >= run.childCount[down]!) continue;
    const sibling = run.childBase[down]! + child;
    if (run.waiting[sibling]! > 0 && --run.waiting[sibling]! === 0) run.todo.push(sibling);
  }
  if (--run.childOpen[node]! === 0) complete(step, node);
}

/** A node is complete with all its children: its consumers wait for one less. */
export function complete(step: Step, node: number): void {
  const { run } = step;
  const { plan } = run;
  run.phase[node] = PHASE.DONE;
  dropLists(run, node);
  for (let e = plan.downStart[node]!; e < plan.downStart[node + 1]!; e++) {
    if (plan.downPaired[e] === 1) continue;
    const down = plan.down[e]!;
    assert(run.waiting[down]! > 0, "a consumer waits for each of its upstreams once");
    if (--run.waiting[down]! === 0) run.todo.push(down);
  }
  run.openNodes--;
}

/** Nodes paired with this one wait for its children to be decided, not for them to finish. */
export function wakePaired(run: Run, node: number): void {
  const { plan } = run;
  for (let e = plan.downStart[node]!; e < plan.downStart[node + 1]!; e++) {
    if (plan.downPaired[e] === 0) continue;
    const down = plan.down[e]!;
    if (run.state[down] === STATE_INDEX.Mapped) waitForNewSiblings(run, down);
    if (--run.waiting[down]! === 0) run.todo.push(down);
  }
}

/** In a run that goes on: children that were there before the siblings they are paired with were decided anew. */
function waitForNewSiblings(run: Run, node: number): void {
  for (let child = 0; child < run.childCount[node]!; child++) {
    const slot = run.childBase[node]! + child;
    run.waiting[slot] = countWaiting(run, slot);
  }
}
