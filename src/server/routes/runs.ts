/** Runs: lists by filters, counts, one in full, its graph and its history. */
import * as z from "zod";
import { STATE_TYPES } from "../../state/task-state.ts";
import type { RunsWanted } from "../../ports/queries.ts";
import { CaudalError } from "../../base/errors.ts";
import type { StateType } from "../contract.ts";
import { cursorFor, placeOf } from "../cursors.ts";
import type { ServerParts } from "../parts.ts";
import { RunTables, wholeRun } from "../run-tables.ts";
import { schemas } from "../schemas.ts";
import { after, limit, type Started, started, states, text } from "./queries.ts";
import { route, type Route } from "./route.ts";
import { runDetail, summaryOf } from "./run-detail.ts";
import { download, slice } from "./values.ts";

const COUNT_MAX = 10_000;

const filters = {
  flow: text().exactOptional(),
  state: states,
  tag: text().exactOptional(),
  started,
  by: z.enum(["script", "schedule", "serve", "page"]).exactOptional(),
  q: text().exactOptional(),
};
const runQuery = z.strictObject({ ...filters, after, limit: limit() });

export const runRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/runs",
    summary: "Runs, the newest first",
    tag: "runs",
    query: runQuery,
    answer: schemas.RunList,
    refuses: ["CURSOR_INVALID"],
    handle: ({ parts, query }) => ({ json: runList(parts, query) }),
  }),
  route({
    method: "GET",
    path: "/runs/counts",
    summary: "How many runs there are in each state, exact up to 10,000",
    tag: "runs",
    query: z.strictObject(filters),
    answer: schemas.RunCounts,
    refuses: [],
    handle: ({ parts, query }) => {
      const cursor = parts.queries.cursor();
      const wanted = wantedOf(parts, query);
      const found = parts.queries.counts(wanted, COUNT_MAX + 1);
      const inPart = parts.queries.countsInPart(wanted);
      const more = Object.entries(found).flatMap(([state, n]) => (inPart || n > COUNT_MAX ? [state as StateType] : []));
      const counts = Object.fromEntries(Object.entries(found).map(([state, n]) => [state, Math.min(n, COUNT_MAX)]));
      return { json: { counts, more, cursor } };
    },
  }),
  route({
    method: "GET",
    path: "/runs/:run",
    summary: "One run: state, parameters, progress, what may be done with it",
    tag: "runs",
    answer: schemas.RunDetail,
    refuses: ["RUN_UNKNOWN"],
    handle: async ({ parts, params }) => ({ json: await runDetail(parts, params["run"] ?? "") }),
  }),
  route({
    method: "GET",
    path: "/runs/:run/events",
    summary: "Its history: the transitions of every commit",
    tag: "runs",
    query: z.strictObject({ after, limit: limit(1_000) }),
    answer: schemas.EventPage,
    refuses: ["RUN_UNKNOWN", "CURSOR_INVALID"],
    handle: async ({ parts, params, query }) => ({ json: await eventPage(parts, params["run"] ?? "", query) }),
  }),
  route({
    method: "GET",
    path: "/runs/:run/result",
    summary: "A part of what the flow returned",
    tag: "runs",
    query: schemas.SliceQuery,
    answer: schemas.ValueSlice,
    refuses: ["RUN_UNKNOWN", "VALUE_NOT_THERE"],
    handle: ({ parts, params, query }) => ({ json: slice(flowResult(parts, params["run"] ?? ""), query) }),
  }),
  route({
    method: "GET",
    path: "/runs/:run/result/download",
    summary: "All of what the flow returned",
    tag: "runs",
    answer: { contentTypes: ["application/json"] },
    refuses: ["RUN_UNKNOWN", "VALUE_NOT_THERE"],
    handle: ({ parts, params }) => download(flowResult(parts, params["run"] ?? "")),
  }),
];

function flowResult(parts: ServerParts, runId: string) {
  const { row } = wholeRun(parts, runId);
  const what = `the result of run ${row.id}`;
  if (row.state.type !== "Success") throw new CaudalError("VALUE_NOT_THERE", { what });
  return { value: row.state.result, what, name: `${row.flow}-${row.id}` };
}

type Filters = z.infer<z.ZodObject<typeof filters>>;

export function wantedOf(
  { clock }: Pick<ServerParts, "clock">,
  { flow, state, tag, started: range, by, q }: Filters,
): RunsWanted {
  return { flow, states: state, tag, origin: by, text: q, ...rangeOf(range, clock.now()) };
}

function rangeOf(range: Started | undefined, now: number): Pick<RunsWanted, "from" | "to"> {
  if (range === undefined) return {};
  return range.backMs === undefined ? { from: range.from, to: range.to } : { from: now - range.backMs };
}

function runList(parts: ServerParts, query: z.infer<typeof runQuery>) {
  const cursor = parts.queries.cursor();
  const beforeNo = placeOf(query, query.after);
  const { runs, nextNo, searchedTo } = parts.queries.runs(wantedOf(parts, query), {
    beforeNo,
    limit: query.limit ?? 50,
  });
  return {
    runs: runs.map(summaryOf),
    ...(nextNo !== undefined && { next: cursorFor(query, nextNo) }),
    ...(searchedTo !== undefined && { searchedTo }),
    cursor,
  };
}

async function eventPage(
  parts: ServerParts,
  runId: string,
  query: { readonly after?: string; readonly limit?: number },
) {
  const cursor = parts.queries.cursor();
  const tables = await RunTables.of(parts, runId);
  const place = placeOf({ run: runId, ...query }, query.after) ?? 0;
  const { events, nextCursor } = parts.queries.history(tables.runNo, { after: place, limit: query.limit ?? 50 });
  return {
    events: events.map(({ cursor: of, at, epoch, slots, steps }) => ({
      cursor: of,
      at,
      epoch,
      transitions: Array.from(slots, (slot, i) => ({
        id: tables.idOf(slot) ?? `?.${slot}`,
        from: STATE_TYPES[steps[i]! >> 5]!,
        to: STATE_TYPES[steps[i]! & 31]!,
      })),
    })),
    ...(nextCursor !== undefined && { next: cursorFor({ run: runId, ...query }, nextCursor) }),
    cursor,
  };
}
