/**
 * The invariants of a run, restated from scratch: what the counters say must be what the states say. Full: O(slots
 * + edges); of a neighbourhood: a task run, its upstreams and its consumers.
 */
import { assert } from "../base/assert.ts";
import { familyOf } from "../state/task-state.ts";
import { FINISHED, isCleanup, isDropped, lacksUpstream, PHASE, type Run, taskRunName, typeOf } from "./run.ts";
import { story } from "./story.ts";
import { countWaiting } from "./recount.ts";

function claim(run: Run, slot: number, condition: boolean, text: string): void {
  if (condition) return;
  const told = story(run, slot)
    .map(({ from, to }) => `${from} → ${to}`)
    .join(", ");
  assert(false, `${taskRunName(run, slot)} (${typeOf(run, slot)}): ${text}. Its story: ${told === "" ? "none" : told}`);
}

/** Every invariant over every task run. @throws AssertionFailed with the story of the first that is hurt */
export function checkRun(run: Run): void {
  let running = 0;
  let paused = 0;
  let queued = 0;
  let open = 0;
  for (let slot = 0; slot < run.slots; slot++) {
    if (isDropped(run, slot)) continue;
    checkSlot(run, slot);
    const type = typeOf(run, slot);
    if (type === "Running") running++;
    else if (type === "Paused") paused++;
    else if (type === "Queued") queued++;
  }
  for (let node = 0; node < run.plan.count; node++) {
    checkChildren(run, node);
    if (run.phase[node] !== PHASE.DONE || run.childOpen[node]! > 0) open++;
  }
  assert(run.running === running, `running counts ${run.running}, ${running} are`);
  assert(run.paused === paused, `paused counts ${run.paused}, ${paused} are`);
  assert(run.queued === queued, `queued counts ${run.queued}, ${queued} are`);
  assert(run.openNodes === open, `openNodes counts ${run.openNodes}, ${open} are`);
  assert(
    run.flowPhase !== "ended" ||
      run.openNodes === 0 ||
      run.draining ||
      run.cancelling ||
      familyOf(run.flow.type) !== "success",
    "a run ends successfully only when all is finished",
  );
}

/** One task run and what it waits for. */
export function checkSlot(run: Run, slot: number): void {
  const type = typeOf(run, slot);
  const finished = FINISHED[run.state[slot]!]!;
  const phase = run.phase[slot]!;
  claim(
    run,
    slot,
    run.waiting[slot] === countWaiting(run, slot),
    `it waits for ${run.waiting[slot]} upstreams, ${countWaiting(run, slot)} are unfinished`,
  );
  if (phase === PHASE.DONE) claim(run, slot, finished, "done means finished");
  if (type === "Running" && phase !== PHASE.ASKED)
    claim(
      run,
      slot,
      (!lacksUpstream(run, slot) || ((run.draining || run.cancelling) && isCleanup(run, slot))) &&
        run.attempt[slot]! > 0,
      "running means that nothing upstream is unfinished, but for a cleanup where the process or the run stops",
    );
  if (phase === PHASE.ASKED) claim(run, slot, run.questions.has(slot), "asked means that a question is open");
  if (run.questions.has(slot)) claim(run, slot, phase === PHASE.ASKED, "an open question means asked");
  const settled = run.todo.length === 0 && run.flowPhase === "running" && !run.draining && !run.cancelling;
  if (settled && type === "Pending" && !lacksUpstream(run, slot))
    claim(run, slot, phase !== PHASE.IDLE, "nothing that could go on is forgotten");
}

function checkChildren(run: Run, node: number): void {
  if (run.childBase[node] === 0) return;
  let open = 0;
  let failed = 0;
  let skipped = 0;
  for (let i = 0; i < run.childCount[node]!; i++) {
    const slot = run.childBase[node]! + i;
    const type = typeOf(run, slot);
    if (run.phase[slot] !== PHASE.DONE) open++;
    else if (familyOf(type) === "failed") failed++;
    else if (type === "Skipped") skipped++;
  }
  claim(run, node, run.childOpen[node] === open, `${run.childOpen[node]} children counted open, ${open} are`);
  claim(run, node, run.childFailed[node] === failed, `${run.childFailed[node]} children counted failed, ${failed} are`);
  claim(
    run,
    node,
    run.childSkipped[node] === skipped,
    `${run.childSkipped[node]} children counted skipped, ${skipped} are`,
  );
  claim(
    run,
    node,
    open === 0 ? run.phase[node] === PHASE.DONE : run.phase[node] !== PHASE.DONE,
    "a mapped node is done with its last child",
  );
}
