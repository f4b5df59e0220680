/** How long the tasks of a flow usually take, and how often they fail, by its last runs. */
import * as z from "zod";
import type { Ending } from "../../ports/queries.ts";
import { STATES } from "../../state/task-state.ts";
import type { FlowTimings, TaskTiming } from "../contract.ts";
import type { ServerParts } from "../parts.ts";
import { schemas } from "../schemas.ts";
import { fingerprintOf } from "./flows.ts";
import { route, type Route } from "./route.ts";

const RUNS_MAX = 50;
/** Of a very large flow fewer runs are read. */
const TASK_RUNS_MAX = 50_000;

export const timingRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/flows/:flow/timings",
    summary: "How long its tasks took in the last runs of a version, and how often they failed",
    tag: "flows",
    query: z.strictObject({
      version: z
        .string()
        .regex(/^[0-9a-f]{32}$/)
        .exactOptional(),
    }),
    answer: schemas.FlowTimings,
    refuses: ["FLOW_NOT_SERVED", "FLOWS_LOADING"],
    handle: async ({ parts, params, query: { version } }) => {
      const flow = params["flow"] ?? "";
      return { json: await timingsOf(parts, flow, version ?? fingerprintOf(parts, flow)) };
    },
  }),
];

/** @throws CaudalError FLOW_NOT_SERVED */
async function timingsOf(parts: ServerParts, flow: string, fingerprint: string): Promise<FlowTimings> {
  const { nodes } = (await parts.shapes.of(flow, fingerprint)).graph;
  const size = {
    runs: Math.max(1, Math.min(RUNS_MAX, Math.floor(TASK_RUNS_MAX / Math.max(1, nodes.length)))),
    nodes: nodes.length,
  };
  const { runs, endings } = parts.queries.endings(flow, fingerprint, size);
  const bySlot = new Map<number, Ending[]>();
  for (const ending of endings) {
    const list = bySlot.get(ending.slot);
    if (list === undefined) bySlot.set(ending.slot, [ending]);
    else list.push(ending);
  }
  const tasks = nodes.flatMap(({ id, slug }) => {
    const timing = timingOf(slug, bySlot.get(id) ?? []);
    return timing === undefined ? [] : [timing];
  });
  return { flow, fingerprint, runs, tasks };
}

/** Of those that were begun: what was skipped, taken from the cache, or kept from running by a failure says nothing of a task. */
function timingOf(slug: string, all: readonly Ending[]): TaskTiming | undefined {
  const begun = all.filter(({ state, attempt }) => attempt > 0 && state !== "Skipped" && state !== "TriggerFailed");
  if (begun.length === 0) return undefined;
  const failed = begun.filter(({ state }) => STATES[state].family === "failed").length;
  const times = begun.flatMap(({ state, startedAt, endedAt }) =>
    STATES[state].family === "success" && startedAt !== undefined ? [endedAt - startedAt] : [],
  );
  const medianMs = medianOf(times);
  return { slug, ended: begun.length, failed, ...(medianMs !== undefined && { medianMs }) };
}

/** The lower of the two in the middle of an even number: a time that was. */
function medianOf(times: readonly number[]): number | undefined {
  return times.toSorted((a, b) => a - b)[Math.floor((times.length - 1) / 2)];
}
