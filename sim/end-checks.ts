/** What must hold of a world that has come to its end. */
import type { HistoryRow, RunRow, TaskRunRow } from "../src/ports/store.ts";
import { isFinishedType, STATE_TYPES } from "../src/state/task-state.ts";
import type { RunLedger } from "./ledger.ts";
import { Violation } from "./violation.ts";
import type { World } from "./world.ts";

/** @throws Violation */
export function checkEnd(world: World): void {
  for (const run of world.runs.values()) {
    checkKept(world, run);
    if (world.scenario.survivable) checkIsOver(run);
  }
  if (!world.scenario.survivable) return;
  world.ears?.checkEnd();
  for (const process of world.processes) {
    if (process.dead) continue;
    if (world.clients.isActive(process)) throw new Violation("L3", `${process.name} still waits for a run`);
    if (process.timers > 0) throw new Violation("I33", `${process.name} has ${process.timers} timers left`);
  }
}

/** I4: what is kept is what its history folds to, and what the ledger saw being committed. */
function checkKept(world: World, run: RunLedger): void {
  const { reader } = world.disk;
  const row = reader.readRun(run.id) as RunRow | undefined;
  const about = { runId: run.id };
  if (row === undefined) throw new Violation("I1", "the run is gone", about);
  if (row.state.type !== run.flowState.type)
    throw new Violation("I4", `kept is ${row.state.type}, committed was ${run.flowState.type}`, about);
  if (row.epoch !== run.epoch) throw new Violation("I8", `kept is epoch ${row.epoch}, it had ${run.epoch}`, about);
  if (run.moved) return;
  const folded: number[] = [];
  for (const { path } of reader.readHistory(run.id) as readonly HistoryRow[])
    for (let i = 0; i < path.slots.length; i++) folded[path.slots[i]!] = path.steps[i]! & 31;
  for (const { slot, state } of reader.readTaskRuns(run.id) as readonly TaskRunRow[]) {
    if (STATE_TYPES[folded[slot] ?? 0] !== state.type)
      throw new Violation("I4", `kept is ${state.type}, its history folds to ${STATE_TYPES[folded[slot] ?? 0]}`, {
        ...about,
        slot,
      });
    if (run.typeOf(slot) !== state.type)
      throw new Violation("I4", `kept is ${state.type}, committed was ${run.typeOf(slot)}`, { ...about, slot });
  }
}

/** L1: every run is over, or says for whom it waits. */
function checkIsOver(run: RunLedger): void {
  const about = { runId: run.id };
  if (isFinishedType(run.flowState.type)) return;
  const open = run.slots.flatMap((slot, id) =>
    slot !== undefined && !isFinishedType(STATE_TYPES[slot.state]!) ? [`${id}:${STATE_TYPES[slot.state]}`] : [],
  );
  throw new Violation("L1", `the run is ${run.flowState.type} and nothing happens any more (${open.join(" ")})`, about);
}
