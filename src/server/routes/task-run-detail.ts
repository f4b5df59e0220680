/** One task run in full: why it is in its state, its attempts, what it was called with, what came of it. */
import { explain } from "../../engine/explain.ts";
import type { Run } from "../../engine/run.ts";
import { gather } from "../../engine/values.ts";
import type { GraphNode, NodeId, Source } from "../../graph/graph.ts";
import type { TaskRunGlance } from "../../ports/queries.ts";
import { readKeptRun } from "../../runtime/kept/kept-run.ts";
import { STATE_TYPES, type StateType } from "../../state/task-state.ts";
import type { Attempt, Neighbour, TaskRunDetail, Transition, ValuePreview, Why } from "../contract.ts";
import { errorDetail } from "../error-detail.ts";
import type { ServerParts } from "../parts.ts";
import { previewOf } from "../preview-value.ts";
import { RunTables } from "../run-tables.ts";
import { upstreamsOf } from "../shapes.ts";
import { becauseOf, waitsFor } from "../why.ts";
import { taskOptions } from "./flows.ts";
import { markStateOf } from "./marks.ts";

/** Commits of a run that are looked through for one task run's history. */
const HISTORY_MAX = 20_000;
const NEIGHBOURS_MAX = 200;
/** Runs with more task runs than this are not built up to show what one was called with. */
const REBUILT_MAX = 50_000;
const COUNTED_MAX = 100_000;

export async function taskRunDetail(parts: ServerParts, runId: string, id: string): Promise<TaskRunDetail> {
  const cursor = parts.queries.cursor();
  const tables = await RunTables.of(parts, runId);
  const found = tables.slotOf(id);
  const { slot, node } = found;
  const glance = tables.glanceOf(slot);
  const rules = tables.shape.graph.tasks[node.task]!;
  const transitions = transitionsOf(parts, tables.runNo, slot);
  const run = await rebuilt(parts, tables);
  const result = resultOf(parts, tables, slot, glance.state);
  return {
    ...tables.summaryOf(glance),
    run: runId,
    why: whyOf(tables, node, glance, run),
    options: taskOptions(rules),
    transitions,
    attempts: attemptsOf(transitions, glance),
    inputs: run === undefined ? [] : inputsOf(tables, run, node, slot),
    ...(result !== undefined && { result }),
    ...(glance.error !== undefined && { errorDetail: errorDetail(glance.error, parts.store.folder) }),
    mark: markStateOf(parts, tables, found, glance),
    upstreams: neighbours(tables, upstreamsOf(node), (other) => [other, node.id]),
    downstreams: neighbours(tables, tables.shape.downstreams[node.id] ?? [], (other) => [node.id, other]),
    logLines: parts.queries.countLogs(tables.runNo, { slots: { from: slot, to: slot + 1 } }, COUNTED_MAX),
    cursor,
  };
}

async function rebuilt({ store }: ServerParts, tables: RunTables): Promise<Run | undefined> {
  const slots = tables.ranges.reduce((most, { to }) => Math.max(most, to), tables.shape.graph.nodes.length);
  if (slots > REBUILT_MAX) return undefined;
  return (await readKeptRun(store, tables.whole.row))?.run;
}

function whyOf(tables: RunTables, node: GraphNode, glance: TaskRunGlance, run: Run | undefined): Why {
  const open = glance.state === "Pending" ? tables.openUpstreams(node) : [];
  const because = becauseOf(glance) ?? waitsFor(open.map(({ id, name, state }) => ({ id, name, state })));
  const text = run === undefined || glance.slot >= run.slots ? "" : explain(run, glance.slot);
  return { ...because, text };
}

function transitionsOf({ queries }: ServerParts, runNo: number, slot: number): readonly Transition[] {
  const { events } = queries.history(runNo, { after: 0, limit: HISTORY_MAX });
  const found: Transition[] = [];
  for (const { at, slots, steps } of events)
    for (let i = 0; i < slots.length; i++)
      if (slots[i] === slot) found.push({ at, from: STATE_TYPES[steps[i]! >> 5]!, to: STATE_TYPES[steps[i]! & 31]! });
  return found;
}

/** From Running to the next state is one call of the body. Back to Pending: it was given back, or its process died. */
function attemptsOf(transitions: readonly Transition[], glance: TaskRunGlance): readonly Attempt[] {
  const attempts: Attempt[] = [];
  let startedAt: number | undefined;
  for (const { at, from, to } of transitions) {
    if (from === "Running" && startedAt !== undefined) {
      const outcome = to === "Pending" ? (glance.reason?.code === "lost" ? "lost" : "released") : to;
      attempts.push({ attempt: attempts.length + 1, startedAt, endedAt: at, outcome });
      startedAt = undefined;
    }
    if (to === "Running") startedAt = at;
  }
  if (startedAt !== undefined) attempts.push({ attempt: attempts.length + 1, startedAt, outcome: "Running" });
  const last = attempts.at(-1);
  return last === undefined ? attempts : [...attempts.slice(0, -1), exact(last, glance)];
}

/** The history has the times of commits; of the last call its task run knows its own. */
function exact(last: Attempt, { startedAt, endedAt }: TaskRunGlance): Attempt {
  if (startedAt === undefined) return last;
  const isOver = last.endedAt !== undefined && endedAt !== undefined && endedAt >= startedAt;
  return { ...last, startedAt, ...(isOver && { endedAt }) };
}

function inputsOf(tables: RunTables, run: Run, node: GraphNode, slot: number): TaskRunDetail["inputs"] {
  if (slot >= run.slots) return [];
  const values = gather(run, slot);
  return node.arguments.map(({ label, source }, index) => {
    const from = firstNode(source);
    const slug = from === undefined ? undefined : tables.shape.graph.nodes[from]?.slug;
    return { label, value: previewOf(values[index]), ...(slug !== undefined && { from: slug }) };
  });
}

/** Where a value comes from, if it is one node. */
function firstNode(source: Source): NodeId | undefined {
  if (source.kind === "node") return source.node;
  return source.kind === "element" ? firstNode(source.of) : undefined;
}

function resultOf(
  { queries }: ServerParts,
  { runNo }: RunTables,
  slot: number,
  state: StateType,
): ValuePreview | undefined {
  const returned = state === "Success" || state === "Cached" || state === "Skipped" || state === "Looped";
  if (!returned) return undefined;
  const held = queries.value(runNo, slot);
  return held && previewOf(held.value, held.kept);
}

function neighbours(
  tables: RunTables,
  nodes: readonly NodeId[],
  edgeOf: (other: NodeId) => readonly [NodeId, NodeId],
): readonly Neighbour[] {
  const slugs = tables.shape.graph.nodes;
  return [...new Set(nodes)].slice(0, NEIGHBOURS_MAX).map((other) => {
    const [from, to] = edgeOf(other).map((id) => slugs[id]!.slug);
    const edge = tables.shape.edges.find((known) => known.from === from && known.to === to);
    return {
      id: slugs[other]!.slug,
      name: slugs[other]!.name,
      state: tables.nodes[other]!.state,
      kind: edge?.kind ?? "data",
    };
  });
}
