/** Graphs of flows and of runs: as data with a layout, which way and how far folded one likes, and as a drawing to keep. */
import * as z from "zod";
import { fonts, withValues } from "../../flow/visualize.ts";
import { draw } from "../../render/draw.ts";
import type { NodeStatuses } from "../../render/status.ts";
import type { Graph } from "../../graph/graph.ts";
import type { GraphView } from "../contract.ts";
import type { ServerParts } from "../parts.ts";
import { RunTables, wholeRun } from "../run-tables.ts";
import { schemas } from "../schemas.ts";
import { GRAPHVIZ_DIRECTION } from "../shapes.ts";
import { fingerprintOf } from "./flows.ts";
import { type Attachment, type Route, route } from "./route.ts";

const view = {
  direction: z.enum(["down", "right"]).exactOptional(),
  fold: z.enum(["needed", "groups", "most"]).exactOptional(),
};
const version = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .exactOptional();

export const graphRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/flows/:flow/graph",
    summary: "Its graph, and where everything stands in a drawing of it",
    tag: "flows",
    query: z.strictObject({ version, ...view }),
    answer: schemas.FlowGraph,
    refuses: ["FLOW_NOT_SERVED", "FLOWS_LOADING"],
    handle: async ({ parts, params, query: { version: asked, ...how }, headers }) => {
      const flow = params["flow"] ?? "";
      return drawn(parts, { flow, fingerprint: asked ?? fingerprintOf(parts, flow), how, headers });
    },
  }),
  route({
    method: "GET",
    path: "/runs/:run/graph",
    summary: "The graph of the version it began with, and its drawing",
    tag: "runs",
    query: z.strictObject(view),
    answer: schemas.FlowGraph,
    refuses: ["RUN_UNKNOWN"],
    handle: ({ parts, params, query, headers }) => {
      const { row } = wholeRun(parts, params["run"] ?? "");
      return drawn(parts, { flow: row.flow, fingerprint: row.fingerprint, how: query, headers });
    },
  }),
  route({
    method: "GET",
    path: "/flows/:flow/drawing",
    summary: "Its graph as a PDF, as `visualize` draws it",
    tag: "flows",
    query: z.strictObject({ version, ...view }),
    answer: { contentTypes: ["application/pdf"] },
    refuses: ["FLOW_NOT_SERVED", "FLOWS_LOADING"],
    handle: async ({ parts, params, query: { version: asked, ...how } }) => {
      const flow = params["flow"] ?? "";
      const { graph } = await parts.shapes.of(flow, asked ?? fingerprintOf(parts, flow));
      return { attachment: await pdfOf(`${flow}.pdf`, graph, how) };
    },
  }),
  route({
    method: "GET",
    path: "/runs/:run/drawing",
    summary: "Its graph as a PDF, with the states its task runs are in now",
    tag: "runs",
    query: z.strictObject(view),
    answer: { contentTypes: ["application/pdf"] },
    refuses: ["RUN_UNKNOWN"],
    handle: async ({ parts, params, query }) => {
      const tables = await RunTables.of(parts, params["run"] ?? "");
      const { row } = tables.whole;
      const graph = withValues(tables.shape.graph, row.parameters);
      return { attachment: await pdfOf(`${row.flow}-${row.name}.pdf`, graph, query, statusesIn(tables)) };
    },
  }),
];

interface Drawn {
  readonly flow: string;
  readonly fingerprint: string;
  readonly how: GraphView;
  readonly headers: Headers;
}

async function drawn(parts: ServerParts, { flow, fingerprint, how, headers }: Drawn) {
  const etag = `"${fingerprint}-2${how.direction ?? ""}-${how.fold ?? ""}"`;
  const cached = { ETag: etag, "Cache-Control": "private, no-cache" };
  if (headers.get("if-none-match") === etag) return { response: new Response(null, { status: 304, headers: cached }) };
  return { json: await parts.shapes.drawn(flow, fingerprint, how), headers: cached };
}

async function pdfOf(
  name: string,
  graph: Graph,
  { direction, fold }: GraphView,
  states?: NodeStatuses,
): Promise<Attachment> {
  const asked = direction && GRAPHVIZ_DIRECTION[direction];
  const bytes = await draw(graph, { format: "pdf", states, direction: asked, fold, fonts: await fonts() });
  return { name, type: "application/pdf", bytes: bytes as Uint8Array };
}

function statusesIn(tables: RunTables): NodeStatuses {
  return new Map(
    tables.nodes.map(({ slot, state }) => {
      const children = state === "Mapped" ? tables.childCounts(slot) : undefined;
      return [slot, { state, ...(children !== undefined && { children }) }];
    }),
  );
}
