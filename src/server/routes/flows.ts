/** Flows: what there is, what each takes, and a run of it. */
import * as z from "zod";
import { CaudalError, isCaudalError } from "../../base/errors.ts";
import { nearest } from "../../base/nearest.ts";
import { triggerText } from "../../engine/trigger.ts";
import type { Graph, TaskRules } from "../../graph/graph.ts";
import type { Queries, RunGlance } from "../../ports/queries.ts";
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
    refuses: ["FLOW_NOT_SERVED", "FLOWS_LOADING"],
    handle: async ({ parts, params }) => ({ json: await flowDetail(parts, params["flow"] ?? "") }),
  }),
  route({
    method: "GET",
    path: "/flows/:flow/versions",
    summary: "The shapes it had when runs of it began",
    tag: "flows",
    answer: schemas.FlowVersions,
    refuses: ["FLOW_NOT_SERVED", "FLOWS_LOADING"],
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
    refuses: [
      "FLOW_NOT_SERVED",
      "FLOW_NOT_LOADED",
      "FLOWS_LOADING",
      "PARAMETER_INVALID",
      "SECRET_MISSING",
      "IDEMPOTENCY_CONFLICT",
    ],
    handle: async ({ parts, params, body, by, from, origin }) => {
      const flow = loadedFlow(parts, params["flow"] ?? "");
      const { parameters = {}, ...rest } = body;
      const { row, created } = await parts.desk.start(flow, { ...rest, parameters, origin });
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
    refuses: ["FLOW_NOT_SERVED", "FLOW_NOT_LOADED", "FLOWS_LOADING", "PARAMETER_INVALID"],
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

/** @throws CaudalError FLOW_NOT_SERVED, FLOW_NOT_LOADED, FLOWS_LOADING */
export function loadedFlow(parts: ServerParts, name: string): ServedFlow {
  const flow = parts.source.flows().get(name);
  if (flow !== undefined) return flow;
  fingerprintOf(parts, name);
  refuseWhileLoading(parts, name);
  throw new CaudalError("FLOW_NOT_LOADED", { flow: name });
}

/** A file that is not loaded yet may have it. @throws CaudalError FLOWS_LOADING */
function refuseWhileLoading({ source }: Pick<ServerParts, "source">, flow: string): void {
  const files = source.loading();
  if (files.length > 0) throw new CaudalError("FLOWS_LOADING", { flow: flow.slice(0, 200), files });
}

/**
 * Of the code that is loaded, else of the newest version the store has.
 * @throws CaudalError FLOW_NOT_SERVED, FLOWS_LOADING
 */
export function fingerprintOf(
  { source, queries }: ServerParts,
  name: string,
  given?: ReturnType<Queries["flows"]>,
): string {
  const loaded = source.flows().get(name)?.fingerprint;
  if (loaded !== undefined) return loaded;
  const known = given ?? queries.flows();
  const kept = known.find(({ flow }) => flow === name);
  if (kept !== undefined) return kept.fingerprint;
  refuseWhileLoading({ source }, name);
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
  const known = queries.flows();
  const wanted = [...new Set([...source.flows().keys(), ...known.map(({ flow }) => flow)])]
    .sort()
    .filter((name) => query.q === undefined || name.toLowerCase().includes(query.q.toLowerCase()));
  const shown: ListedFlow[] = [];
  let at = place;
  for (; at < wanted.length && shown.length < size; at++) {
    const flow = await listedFlow(parts, wanted[at]!, known);
    if (query.tag === undefined || flow.graph?.tags.includes(query.tag)) shown.push(flow);
  }
  return {
    flows: summariesOf(parts, shown),
    broken: source.broken(),
    loading: source.loading(),
    revision: parts.revision(),
    cursor,
    ...(at < wanted.length && { next: cursorFor(query, at) }),
  };
}

/** A flow with what its code says, or that of its newest version. */
interface KnownFlow {
  readonly name: string;
  readonly fingerprint: string;
  readonly loaded: ServedFlow | undefined;
  readonly graph: Graph;
}

async function knownFlow(parts: ServerParts, name: string): Promise<KnownFlow> {
  const loaded = parts.source.flows().get(name);
  const fingerprint = fingerprintOf(parts, name);
  const graph = loaded?.program.graph ?? (await parts.shapes.of(name, fingerprint)).graph;
  return { name, fingerprint, loaded, graph };
}

type ListedFlow = Omit<KnownFlow, "graph"> & { readonly graph: Graph | undefined };

/** One whose version in the store cannot be read keeps nobody from seeing the others. */
async function listedFlow(parts: ServerParts, name: string, known: ReturnType<Queries["flows"]>): Promise<ListedFlow> {
  const loaded = parts.source.flows().get(name);
  const fingerprint = fingerprintOf(parts, name, known);
  if (loaded !== undefined) return { name, fingerprint, loaded, graph: loaded.program.graph };
  const shape = await parts.shapes.of(name, fingerprint).catch((thrown: unknown) => {
    if (isCaudalError(thrown, "FLOW_NOT_SERVED") || isCaudalError(thrown, "STORE_DAMAGED")) return undefined;
    throw thrown;
  });
  return { name, fingerprint, loaded, graph: shape?.graph };
}

function summariesOf(parts: ServerParts, flows: readonly ListedFlow[]): readonly FlowSummary[] {
  const names = flows.map(({ name }) => name);
  const newest = parts.queries.newestOf(names, DOTS_MAX);
  const followed = new Map([...parts.schedules.all.values()].map((one) => [one.flow.name, one]));
  return flows.map(({ name, fingerprint, loaded, graph }) => {
    const schedule = followed.get(name);
    return {
      ...{ name, loaded: loaded !== undefined, fingerprint },
      ...(graph === undefined ? NOTHING_SAID : saidOf(graph)),
      ...(loaded?.file !== undefined && { file: shownPath(loaded.file, parts.folder) }),
      ...(schedule !== undefined && { schedule: scheduleSummary(parts, schedule) }),
      lastRuns: (newest.get(name) ?? []).map(dotOf).reverse(),
      warnings: graph === undefined ? [UNREADABLE] : (loaded?.program.warnings ?? []),
    };
  });
}

const UNREADABLE = "What the store has of this flow cannot be read: npx caudal doctor says more";
const NOTHING_SAID: Said = { tags: [], tasks: 0, needsParameters: false };

type Said = Pick<FlowSummary, "description" | "tags" | "tasks" | "needsParameters">;

/** A graph never changes: what a list says of it is counted once. */
const SAID = new WeakMap<Graph, Said>();

function saidOf(graph: Graph): Said {
  const known = SAID.get(graph);
  if (known !== undefined) return known;
  const { description, tags, nodes, parameters } = graph;
  const said: Said = {
    ...(description !== undefined && { description }),
    tags,
    tasks: nodes.filter(({ kind }) => kind === "task").length,
    needsParameters: parameters.some(({ required }) => required),
  };
  SAID.set(graph, said);
  return said;
}

function dotOf({ id, state, startedAt, endedAt }: RunGlance): RunDot {
  return {
    id,
    state,
    ...(startedAt !== undefined && { startedAt }),
    ...(startedAt !== undefined && endedAt !== undefined && { durationMs: endedAt - startedAt }),
  };
}

async function flowDetail(parts: ServerParts, name: string): Promise<FlowDetail> {
  const cursor = parts.queries.cursor();
  const flow = await knownFlow(parts, name);
  const [summary] = summariesOf(parts, [flow]) as [FlowSummary];
  const { graph } = flow;
  const loaded = flow.loaded?.program;
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
