/** Task runs of a run: nodes, mapped children, one in full, its result. */
import * as z from "zod";
import { CaudalError } from "../../base/errors.ts";
import type { StateType } from "../../state/task-state.ts";
import type { SlotRange, TaskRunGlance } from "../../ports/queries.ts";
import { cursorFor, placeOf } from "../cursors.ts";
import type { ServerParts } from "../parts.ts";
import { pending, RunTables, countsOf } from "../run-tables.ts";
import { schemas } from "../schemas.ts";
import { after, limit, states } from "./queries.ts";
import { route, type Route } from "./route.ts";
import { taskRunDetail } from "./task-run-detail.ts";
import { download, type Held, slice } from "./values.ts";

const pageQuery = z.strictObject({ state: states, after, limit: limit(1_000) });
type PageQuery = z.infer<typeof pageQuery>;

export const taskRunRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/runs/:run/tasks",
    summary: "The task runs of its nodes, in node order",
    tag: "task runs",
    query: pageQuery,
    answer: schemas.TaskRunList,
    refuses: ["RUN_UNKNOWN", "CURSOR_INVALID"],
    handle: async ({ parts, params, query }) => {
      const cursor = parts.queries.cursor();
      const tables = await RunTables.of(parts, params["run"] ?? "");
      const key = { run: params["run"], ...query };
      const from = placeOf(key, query.after) ?? 0;
      const size = query.limit ?? 200;
      const wanted = tables.nodes.filter(({ slot, state }) => slot >= from && (query.state?.includes(state) ?? true));
      const page = wanted.slice(0, size);
      const counts = countsOf(tables.nodes.map(({ state }) => state));
      return { json: pageOf(tables, key, page, wanted.length > size, counts, cursor) };
    },
  }),
  route({
    method: "GET",
    path: "/runs/:run/tasks/:task",
    summary: "One task run in full",
    tag: "task runs",
    answer: schemas.TaskRunDetail,
    refuses: ["RUN_UNKNOWN", "TASK_RUN_UNKNOWN"],
    handle: async ({ parts, params }) => ({
      json: await taskRunDetail(parts, params["run"] ?? "", params["task"] ?? ""),
    }),
  }),
  route({
    method: "GET",
    path: "/runs/:run/tasks/:task/children",
    summary: "The children of a mapped node",
    tag: "task runs",
    query: pageQuery,
    answer: schemas.TaskRunList,
    refuses: ["RUN_UNKNOWN", "TASK_RUN_UNKNOWN", "CURSOR_INVALID"],
    handle: async ({ parts, params, query }) => ({
      json: await childPage(parts, params["run"] ?? "", params["task"] ?? "", query),
    }),
  }),
  route({
    method: "GET",
    path: "/runs/:run/tasks/:task/result",
    summary: "A part of what it returned",
    tag: "task runs",
    query: schemas.SliceQuery,
    answer: schemas.ValueSlice,
    refuses: ["RUN_UNKNOWN", "TASK_RUN_UNKNOWN", "VALUE_NOT_THERE"],
    handle: async ({ parts, params, query }) => ({ json: slice(await resultOf(parts, params), query) }),
  }),
  route({
    method: "GET",
    path: "/runs/:run/tasks/:task/result/download",
    summary: "All of what it returned",
    tag: "task runs",
    answer: { contentTypes: ["application/json"] },
    refuses: ["RUN_UNKNOWN", "TASK_RUN_UNKNOWN", "VALUE_NOT_THERE"],
    handle: async ({ parts, params }) => download(await resultOf(parts, params)),
  }),
];

async function resultOf(parts: ServerParts, params: Readonly<Record<string, string>>): Promise<Held> {
  const tables = await RunTables.of(parts, params["run"] ?? "");
  const { slot } = tables.slotOf(params["task"] ?? "");
  const what = `the result of ${tables.idOf(slot) ?? ""}`;
  const { state } = tables.glanceOf(slot);
  const held = state === "Mapped" ? undefined : parts.queries.value(tables.runNo, slot);
  if (held === undefined || held.kept !== "kept" || !RETURNED.has(state))
    throw new CaudalError("VALUE_NOT_THERE", { what });
  return { value: held.value, what, name: `${tables.idOf(slot) ?? "result"}-${tables.whole.row.id}` };
}

const RETURNED: ReadonlySet<StateType> = new Set(["Success", "Cached", "Skipped", "Looped"]);

function pageOf(
  tables: RunTables,
  query: object,
  page: readonly TaskRunGlance[],
  more: boolean,
  counts: object,
  cursor: number,
) {
  const last = page.at(-1);
  return {
    taskRuns: page.map((glance) => tables.summaryOf(glance)),
    ...(more && last !== undefined && { next: cursorFor(query, last.slot + 1) }),
    counts,
    cursor,
  };
}

async function childPage(parts: ServerParts, runId: string, task: string, query: PageQuery) {
  const cursor = parts.queries.cursor();
  const tables = await RunTables.of(parts, runId);
  const { node, index } = tables.slotOf(task);
  const range = index === undefined ? tables.rangeOf(node.id) : undefined;
  const key = { run: runId, task, ...query };
  const size = query.limit ?? 50;
  if (range === undefined) return { taskRuns: [], counts: {}, cursor };
  const from = Math.max(range.from, placeOf(key, query.after) ?? 0);
  const found = children(parts, tables.runNo, { from, to: range.to }, query.state, size + 1);
  return pageOf(tables, key, found.slice(0, size), found.length > size, tables.childCounts(node.id) ?? {}, cursor);
}

/** Those that never began have no row: only a page of all can show them, and one of Pending ones looks at all. */
function children(
  { queries }: ServerParts,
  runNo: number,
  range: SlotRange,
  wanted: readonly StateType[] | undefined,
  size: number,
): readonly TaskRunGlance[] {
  if (wanted !== undefined && !wanted.includes("Pending")) return queries.glancesIn(runNo, range, wanted, size);
  const to = wanted === undefined ? Math.min(range.to, range.from + size) : range.to;
  const known = new Map(queries.glances(runNo, { from: range.from, to }).map((glance) => [glance.slot, glance]));
  const found: TaskRunGlance[] = [];
  for (let slot = range.from; slot < to && found.length < size; slot++) {
    const glance = known.get(slot) ?? pending(slot);
    if (wanted?.includes(glance.state) ?? true) found.push(glance);
  }
  return found;
}
