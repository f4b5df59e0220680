/** Flows: what there is, what each takes, and a run of it. */
import * as z from "zod";
import { CaudalError } from "../../base/errors.ts";
import { nearest } from "../../base/nearest.ts";
import { triggerText } from "../../engine/trigger.ts";
import type { Graph, TaskRules } from "../../graph/graph.ts";
import type { ListedRun } from "../../ports/queries.ts";
import type { FlowDetail, FlowSummary, Json, RunDot, TaskOptions } from "../contract.ts";
import { shownPath } from "../error-detail.ts";
import type { ServedFlow, ServerParts } from "../parts.ts";
import { schemas } from "../schemas.ts";
import { cursorFor, placeOf } from "../cursors.ts";
import { wholeJson } from "../preview-value.ts";
import { withoutUndefined } from "../run-tables.ts";
import { after, limit, text } from "./queries.ts";
import { route, type Route } from "./route.ts";
import { runDetail } from "./run-detail.ts";
import { scheduleSummary } from "./schedules.ts";

const DOTS_MAX = 20;

export const flowRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/flows",
    summary: "The flows of the loaded files, and those the store knows by their runs",
    tag: "flows",
    query: z.strictObject({ q: text().exactOptional(), tag: text().exactOptional(), after, limit: limit() }),
    answer: schemas.FlowList,
    refuses: ["CURSOR_INVALID"],
    handle: async ({ parts, query }) => ({ json: await flowList(parts, query) }),
  }),
  route({
    method: "GET",
    path: "/flows/:flow",
    summary: "One flow: parameters, options of its tasks, schedule",
    tag: "flows",
    answer: schemas.FlowDetail,
    refuses: ["FLOW_NOT_SERVED"],
    handle: async ({ parts, params }) => ({ json: await flowDetail(parts, params["flow"] ?? "") }),
  }),
  route({
    method: "GET",
    path: "/flows/:flow/versions",
    summary: "The shapes it had when runs of it began",
    tag: "flows",
    answer: schemas.FlowVersions,
    refuses: ["FLOW_NOT_SERVED"],
    handle: ({ parts, params }) => {
      const flow = params["flow"] ?? "";
      const now = fingerprintOf(parts, flow);
      const versions = parts.queries.versions(flow).map((version) => ({
        ...withoutUndefined(version),
        loaded: parts.source.flows().get(flow)?.fingerprint === version.fingerprint,
      }));
      const isKept = versions.some(({ fingerprint }) => fingerprint === now);
      const fresh = parts.source.flows().get(flow);
      const only = { fingerprint: now, loaded: true, nodes: fresh?.program.graph.nodes.length ?? 0, runs: 0 };
      return { json: { versions: isKept ? versions : [only, ...versions] } };
    },
  }),
  route({
    method: "POST",
    path: "/flows/:flow/runs",
    summary: "Begins a run",
    tag: "actions",
    body: schemas.StartRun,
    answer: schemas.RunDetail,
    status: 201,
    refuses: ["FLOW_NOT_SERVED", "FLOW_NOT_LOADED", "PARAMETER_INVALID", "SECRET_MISSING", "IDEMPOTENCY_CONFLICT"],
    handle: async ({ parts, params, body, by, from }) => {
      const flow = loadedFlow(parts, params["flow"] ?? "");
      const { parameters = {}, ...rest } = body;
      const { row, created } = await parts.desk.start(flow, { ...rest, parameters, origin: "serve" });
      if (created) note(parts, { action: "run", runId: row.id, flow: flow.name, by, from });
      return { status: created ? 201 : 200, json: await runDetail(parts, row.id) };
    },
  }),
  route({
    method: "POST",
    path: "/flows/:flow/runs/preview",
    summary: "Checks the parameters of a run, and completes them, without beginning it",
    tag: "actions",
    body: schemas.StartRun,
    answer: schemas.StartPreview,
    refuses: ["FLOW_NOT_SERVED", "FLOW_NOT_LOADED", "PARAMETER_INVALID"],
    handle: async ({ parts, params, body }) => {
      const flow = loadedFlow(parts, params["flow"] ?? "");
      return { json: await startPreview(flow, body.parameters ?? {}) };
    },
  }),
];

export async function startPreview(flow: ServedFlow, given: Readonly<Record<string, unknown>>) {
  const parameters = await flow.program.readParameters(given);
  return { parameters: wholeJson(parameters), flow: flow.name, tasks: flow.program.graph.nodes.length };
}

export function note(
  { queries, clock }: ServerParts,
  line: { readonly action: string; readonly by: string; readonly from: string } & Partial<
    Record<"runId" | "flow" | "task" | "why", string | undefined>
  >,
): void {
  const { action, by, from, runId, flow, task, why } = line;
  queries.note({ at: clock.now(), action, by, from, runId, flow, task, why });
}

/** @throws CaudalError FLOW_NOT_SERVED, FLOW_NOT_LOADED */
export function loadedFlow(parts: ServerParts, name: string): ServedFlow {
  const flow = parts.source.flows().get(name);
  if (flow !== undefined) return flow;
  fingerprintOf(parts, name);
  throw new CaudalError("FLOW_NOT_LOADED", { flow: name });
}

/** Of the code that is loaded, else of the newest version the store has. @throws CaudalError FLOW_NOT_SERVED */
export function fingerprintOf({ source, queries }: ServerParts, name: string): string {
  const loaded = source.flows().get(name)?.fingerprint;
  if (loaded !== undefined) return loaded;
  const known = queries.flows();
  const kept = known.find(({ flow }) => flow === name);
  if (kept !== undefined) return kept.fingerprint;
  const names = [...source.flows().keys(), ...known.map(({ flow }) => flow)];
  throw new CaudalError("FLOW_NOT_SERVED", { flow: name.slice(0, 200), nearest: nearest(name, names) });
}

interface FlowQuery {
  readonly q?: string;
  readonly tag?: string;
  readonly after?: string;
  readonly limit?: number;
}

async function flowList(parts: ServerParts, query: FlowQuery) {
  const { source, queries } = parts;
  const cursor = queries.cursor();
  const place = placeOf(query, query.after) ?? 0;
  const size = query.limit ?? 50;
  const names = new Set([...source.flows().keys(), ...queries.flows().map(({ flow }) => flow)]);
  const wanted = [...names]
    .sort()
    .filter((name) => query.q === undefined || name.toLowerCase().includes(query.q.toLowerCase()));
  const summaries: FlowSummary[] = [];
  let at = place;
  for (; at < wanted.length && summaries.length < size; at++) {
    const summary = await flowSummary(parts, wanted[at]!);
    if (query.tag === undefined || summary.tags.includes(query.tag)) summaries.push(summary);
  }
  return {
    flows: summaries,
    broken: source.broken(),
    revision: parts.revision(),
    cursor,
    ...(at < wanted.length && { next: cursorFor(query, at) }),
  };
}

async function flowSummary(parts: ServerParts, name: string): Promise<FlowSummary> {
  const loaded = parts.source.flows().get(name);
  const fingerprint = fingerprintOf(parts, name);
  const graph = loaded?.program.graph ?? (await parts.shapes.of(name, fingerprint)).graph;
  const { description, tags } = graph;
  const followed = [...parts.schedules.all.values()].find(({ flow }) => flow.name === name);
  const { runs } = parts.queries.runs({ flow: name }, { limit: DOTS_MAX });
  return {
    name,
    ...(description !== undefined && { description }),
    tags,
    ...(loaded?.file !== undefined && { file: shownPath(loaded.file, parts.folder) }),
    loaded: loaded !== undefined,
    fingerprint,
    tasks: graph.nodes.filter(({ kind }) => kind === "task").length,
    needsParameters: graph.parameters.some(({ required }) => required),
    ...(followed !== undefined && { schedule: scheduleSummary(parts, followed) }),
    lastRuns: runs.map(dotOf).reverse(),
    warnings: loaded?.program.warnings ?? [],
  };
}

function dotOf({ row }: ListedRun): RunDot {
  const { id, state, startedAt, endedAt } = row;
  return {
    id,
    state: state.type,
    ...(startedAt !== undefined && { startedAt }),
    ...(startedAt !== undefined && endedAt !== undefined && { durationMs: endedAt - startedAt }),
  };
}

async function flowDetail(parts: ServerParts, name: string): Promise<FlowDetail> {
  const cursor = parts.queries.cursor();
  const summary = await flowSummary(parts, name);
  const loaded = parts.source.flows().get(name)?.program;
  const { graph } = await parts.shapes.of(name, summary.fingerprint);
  const secrets = new Set(loaded?.tasks.flatMap((task) => task.secrets) ?? []);
  return {
    ...summary,
    ...(graph.version !== undefined && { version: graph.version }),
    parameters: graph.parameters.map(({ name, required, default: value, description, jsonSchema }) => ({
      name,
      required,
      ...(value !== undefined && { default: wholeJson(value) }),
      ...(description !== undefined && { description }),
      schema: jsonSchema as { readonly [name: string]: Json },
    })),
    schema: schemaOf(graph),
    taskOptions: graph.tasks.map(taskOptions),
    ...(loaded?.maxConcurrency !== undefined && { maxConcurrency: loaded.maxConcurrency }),
    ...(loaded?.timeoutMs !== undefined && { timeoutMs: loaded.timeoutMs }),
    secrets: [...secrets].map((secret) => ({
      name: secret,
      there: process.env[`CAUDAL_SECRET_${secret}`] !== undefined,
    })),
    counts: parts.queries.counts({ flow: name }, 10_000),
    revision: parts.revision(),
    cursor,
  };
}

/** All parameters as one object, for forms. */
function schemaOf({ parameters }: Graph): { readonly [name: string]: Json } {
  const properties = parameters.map(({ name, jsonSchema, description }) => [
    name,
    { ...jsonSchema, ...(description !== undefined && { description }) },
  ]);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    properties: Object.fromEntries(properties) as { readonly [name: string]: Json },
    required: parameters.filter(({ required }) => required).map(({ name }) => name),
    additionalProperties: false,
  };
}

export function taskOptions(rules: TaskRules): TaskOptions {
  const { name, description, tags, retries, timeoutMs, cacheForMs, limits, priority, approval } = rules;
  return {
    name,
    ...(description !== undefined && { description }),
    tags,
    trigger: triggerText(rules.trigger),
    retries,
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(cacheForMs !== undefined && { cacheForMs }),
    limits,
    priority,
    skipOnUpstreamSkip: rules.skipOnUpstreamSkip,
    keepsResult: rules.keepsResult,
    onLost: rules.onLost,
    ...(approval !== undefined && {
      approval: {
        question: approval.question,
        ...(approval.timeoutMs !== undefined && { timeoutMs: approval.timeoutMs }),
        ...(approval.input !== undefined && { input: approval.input as Json }),
      },
    }),
  };
}
