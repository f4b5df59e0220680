/** A run as its store has it, without the code of its flow: to be looked at and explained, never to go on. */
import { makePlan } from "../../engine/plan.ts";
import { rebuild } from "../../engine/recover.ts";
import type { Run } from "../../engine/run.ts";
import type { GraphNode, NodeId } from "../../graph/graph.ts";
import { graphFromJson } from "../../graph/read-graph.ts";
import type { RunRow, Store, TaskRunRow } from "../../ports/store.ts";

export interface KeptRun {
  readonly run: Run;
  /** By slot; a task run without one is Pending and was never anything else. */
  readonly rows: ReadonlyMap<number, TaskRunRow>;
}

/** Undefined where the store does not have the flow as it was, or has it in words of a later version. */
export async function readKeptRun(store: Store, row: RunRow): Promise<KeptRun | undefined> {
  const version = await store.readVersion(row.flow, row.fingerprint);
  const graph = version && graphFromJson(version.graph);
  if (graph === undefined) return undefined;
  const rows = await store.readTaskRuns(row.id);
  // Values that are not there are not looked for: nothing is to run with them.
  const taskRuns = rows.map((kept) => ({ ...kept, value: "kept" as const }));
  const { run } = rebuild(makePlan(graph), { id: row.id, parameters: row.parameters, flow: row.state, taskRuns }, 1);
  return { run, rows: new Map(rows.map((kept) => [kept.slot, kept])) };
}

/** Slots of the children of a mapped node, in order; none where they were not decided. */
export function childSlots(run: Run, node: NodeId): readonly number[] {
  const base = run.childBase[node]!;
  return Array.from({ length: run.childCount[node]! }, (_, child) => base + child);
}

export function nodeOf(run: Run, slot: number): GraphNode {
  return run.plan.graph.nodes[run.owner[slot]!]!;
}
