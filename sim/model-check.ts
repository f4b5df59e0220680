/**
 * Compares what is kept with the reference model, where nothing happened that changes what a flow comes to: a crash
 * does not, a cancel does. So a run that was recovered ends like one that never crashed.
 */
import type { TaskRunRow } from "../src/ports/store.ts";
import type { StateType } from "../src/state/task-state.ts";
import { textOf } from "./bodies.ts";
import type { RunLedger } from "./ledger.ts";
import { type End, ReferenceModel } from "./reference-model.ts";
import { Violation } from "./violation.ts";
import type { World } from "./world.ts";

/** @throws Violation */
export function checkModel(world: World): void {
  const { flow, person } = world.scenario;
  if (!isPredictable(world)) return;
  let model: ReferenceModel | undefined;
  for (const run of world.runs.values()) {
    if (run.moved || (run.flowState.type !== "Success" && run.flowState.type !== "Failed")) continue;
    if (run.lostForGood) continue;
    model ??= new ReferenceModel(flow, person.says);
    world.compared++;
    for (let node = 0; node < flow.nodes.length; node++) compare(run, node, model.ends[node]!);
  }
}

/** Nothing of it depends on when things happen, or on what a person does besides answering. */
function isPredictable({ scenario, clients }: World): boolean {
  const { nodes, timeoutMs } = scenario.flow;
  if (!scenario.survivable || clients.cancelled || clients.marked || timeoutMs !== undefined) return false;
  const timeIsBent = scenario.faults.some(({ kind }) => kind === "freeze" || kind === "clock-step");
  const callsFail = scenario.faults.some(({ kind }) => kind === "failed-before" || kind === "failed-after");
  return nodes.every(({ deed, ms, keepsResult, timeoutMs: limit, handler, custom }) => {
    if (deed.kind === "once" && callsFail) return false; // its body is told of the failure
    if (deed.kind === "hangs" && limit === undefined) return false;
    if (deed.kind === "unkeepable" && !keepsResult) return false; // its consumers get what has no canonical text
    if (limit !== undefined && ms >= limit && clients.interrupted > 0) return false; // told to stop, it has its grace instead
    if (limit !== undefined && (timeIsBent || deed.kind === "once")) return false;
    // Their time may be up in a process that was stopped for long, before their answer is heard.
    return !(timeIsBent && (handler === "hangs" || handler === "slow" || custom === "slow yes"));
  });
}

function compare(run: RunLedger, node: number, end: End): void {
  compareOne(run, node, end.type, end.type === "Mapped" ? undefined : end);
  if (end.type !== "Mapped") return;
  const children = run.children(node);
  if (children.length !== end.children!.length)
    throw new Violation("I16", `it has ${children.length} children, ${end.children!.length} are expected`, {
      runId: run.id,
      slot: node,
    });
  children.forEach((slot, child) => {
    const expected = end.children![child]!;
    compareOne(run, slot, expected.type, expected);
  });
}

function compareOne(run: RunLedger, slot: number, type: StateType, end: End | undefined): void {
  const about = { runId: run.id, slot };
  const is = run.typeOf(slot);
  if (is !== type) throw new Violation("model", `it is ${is}, the reference model says ${type}`, about);
  const row: TaskRunRow | undefined = run.slots[slot]?.row;
  if (end === undefined || row === undefined || !("result" in row.state) || row.value !== "kept") return;
  if (textOf(row.state.result) !== textOf(end.value))
    throw new Violation(
      "model",
      `its result is ${textOf(row.state.result)}, the reference model says ${textOf(end.value)}`,
      about,
    );
}
