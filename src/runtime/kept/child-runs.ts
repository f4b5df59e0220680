/**
 * Runs of flows that are called as tasks, seen from the run around them, where no body that could speak for them is at
 * work: what one of them asks, and its end when the run around it ends.
 */
import { familyOf } from "../../state/task-state.ts";
import { isDropped, taskRunName, typeOf } from "../../engine/run.ts";
import type { Program } from "../../ports/program.ts";
import type { RunRow, Store } from "../../ports/store.ts";
import type { AskedInChildRun } from "../../state/reason.ts";
import { recordOf } from "../../state/error-text.ts";
import { isFinishedType } from "../../state/task-state.ts";
import type { AskedFor } from "./decide.ts";
import type { DriverParts } from "../driver-parts.ts";
import { isNobodys } from "./in-hand.ts";
import { FLOW_RUNNER } from "../report/log-lines.ts";
import { goOnWith } from "../run.ts";

/** Under which name the body of a task run has kept the id of its run number so and so. */
export function stepOfRun(number: number, flow: string): string {
  return `run ${number} of '${flow}'`;
}

/**
 * Ends the runs that task runs had begun which are now cancelled: one that waits for a person, or whose process died,
 * is in nobody's hands. Before the end of the run around them is kept, so that whoever takes that over does it again.
 */
export async function endChildRuns(parts: DriverParts): Promise<void> {
  const { run, program } = parts;
  const endings: Promise<void>[] = [];
  for (let slot = 0; slot < run.slots; slot++) {
    const { calls } = program.tasks[program.graph.nodes[run.owner[slot]!]!.task]!;
    if (calls === undefined || isDropped(run, slot) || familyOf(typeOf(run, slot)) === "success") continue;
    endings.push(endRunsOf(parts, slot, calls));
  }
  await Promise.all(endings);
}

/** What cannot be ended is told: it must not keep the run around it from its end. */
async function endRunsOf(parts: DriverParts, slot: number, calls: Program): Promise<void> {
  const { run, store, about, logger, clock } = parts;
  try {
    for (let number = 1; ; number++) {
      const id = await about.kept(slot, stepOfRun(number, calls.graph.name));
      if (typeof id !== "string") return;
      const row = await store.readRun(id);
      if (row !== undefined && !isFinishedType(row.state.type)) await endRun(parts, calls, row);
    }
  } catch (thrown) {
    const message = `The run of '${taskRunName(run, slot)}' could not be cancelled: ${recordOf(thrown).message}`;
    logger.write({ at: clock.now(), level: "warn", logger: FLOW_RUNNER, message });
  }
}

/** Asked for first: whoever has it, or is faster, hears of it; where nobody has it, it ends here, by its own rules. */
async function endRun({ store, about, clock }: DriverParts, calls: Program, { id }: RunRow): Promise<void> {
  const open = await store.requestsOf(id);
  if (!open.some(({ ask }) => ask.kind === "cancel"))
    await store.post({ runId: id, ask: { kind: "cancel" }, by: `run ${about.runId}`, at: clock.now() });
  const row = await store.readRun(id);
  if (row === undefined || isFinishedType(row.state.type) || !isNobodys(store, row)) return;
  const options = { store, secrets: about.secrets, context: about.user, acceptChanges: true };
  await goOnWith(calls, id, options, { ports: about.host });
}

/**
 * What the task run asks for that waits in the run of a flow called as a task, however many levels down. Undefined:
 * nobody here knows.
 */
export async function askedBelow(
  store: Store,
  calls: Program | undefined,
  { run, task = "" }: AskedInChildRun,
): Promise<AskedFor | undefined> {
  const child = /\[(\d+)\]$/.exec(task);
  const slug = child === null ? task : task.slice(0, child.index);
  const node = calls?.graph.nodes.find((known) => known.slug === slug);
  if (calls === undefined || node === undefined) return undefined;
  const { calls: deeper, input: validate, handlerTimeoutMs } = calls.tasks[node.task]!;
  if (deeper === undefined)
    return { task, approval: calls.graph.tasks[node.task]!.approval, validate, handlerTimeoutMs };
  const index = child === null ? undefined : Number(child[1]);
  const rows = await store.readTaskRuns(run);
  const reason = rows.find((row) => row.node === node.id && row.child === index)?.state.reason;
  return reason?.code === "child-run" ? askedBelow(store, deeper, reason) : undefined;
}
