/** The contract as schemas (`schemas.ts`): the server itself, flows with their graphs, and schedules. */
import * as z from "zod";
import { stateType } from "./routes/queries.ts";
import type * as C from "./contract.ts";
import { object, list, at, ms, cursor, name, Json, jsonObject, counts, point, frame } from "./schema-parts.ts";

export const Health = object({ ok: z.literal(true) });

export const About = object({
  version: z.string(),
  node: z.string(),
  store: z.string(),
  durable: z.boolean(),
  schemaVersion: z.int().exactOptional(),
  zone: z.string(),
  now: at,
  startedAt: at,
  cursor,
  files: list(z.string()),
  draining: z.boolean(),
  openStreams: z.int(),
  pid: z.int(),
  token: z.boolean(),
}) satisfies z.ZodType<C.About>;

export const ScheduleSummary = object({
  id: z.string(),
  flow: name,
  text: z.string(),
  on: z.boolean(),
  changedBy: z.string().exactOptional(),
  changedAt: at.exactOptional(),
  next: list(at),
  lastTick: object({ at, run: z.string() }).exactOptional(),
  overlap: z.enum(["skip", "queue", "allow"]),
  catchUp: z.enum(["none", "last", "all"]),
}) satisfies z.ZodType<C.ScheduleSummary>;

export const ScheduleList = object({
  schedules: list(ScheduleSummary),
  revision: z.int(),
  cursor,
}) satisfies z.ZodType<C.ScheduleList>;

export const ScheduleDetail = object({
  ...ScheduleSummary.shape,
  upcoming: list(object({ at, clock: z.int(), parameters: Json })),
  definition: Json,
  file: z.string().exactOptional(),
  ticks: list(
    object({ at, clock: z.int(), run: z.string().exactOptional(), outcome: z.enum(["run", "skipped", "missed"]) }),
  ),
  revision: z.int(),
  cursor,
}) satisfies z.ZodType<C.ScheduleDetail>;

export const RunDot = object({
  id: z.string(),
  state: stateType,
  startedAt: at.exactOptional(),
  durationMs: ms.exactOptional(),
});

export const FlowSummary = object({
  name,
  description: z.string().exactOptional(),
  tags: list(z.string()),
  file: z.string().exactOptional(),
  loaded: z.boolean(),
  fingerprint: z.string(),
  tasks: z.int(),
  needsParameters: z.boolean(),
  schedule: ScheduleSummary.exactOptional(),
  lastRuns: list(RunDot),
  warnings: list(z.string()),
}) satisfies z.ZodType<C.FlowSummary>;

export const BrokenFile = object({
  file: z.string(),
  code: z.string(),
  message: z.string(),
  line: z.int().exactOptional(),
  column: z.int().exactOptional(),
  frame: z.string().exactOptional(),
  since: at,
}) satisfies z.ZodType<C.BrokenFile>;

export const FlowList = object({
  flows: list(FlowSummary),
  broken: list(BrokenFile),
  loading: list(z.string()),
  revision: z.int(),
  cursor,
  next: z.string().exactOptional(),
}) satisfies z.ZodType<C.FlowList>;

export const TaskOptions = object({
  name,
  description: z.string().exactOptional(),
  tags: list(z.string()),
  trigger: z.string(),
  retries: z.int(),
  timeoutMs: ms.exactOptional(),
  cacheForMs: ms.exactOptional(),
  limits: list(z.string()),
  priority: z.int(),
  skipOnUpstreamSkip: z.boolean(),
  keepsResult: z.boolean(),
  onLost: z.enum(["retry", "fail", "ask"]),
  approval: object({
    question: z.string(),
    timeoutMs: ms.exactOptional(),
    input: Json.exactOptional(),
  }).exactOptional(),
}) satisfies z.ZodType<C.TaskOptions>;

export const FlowParameter = object({
  name,
  required: z.boolean(),
  default: Json.exactOptional(),
  description: z.string().exactOptional(),
  schema: jsonObject,
});

export const FlowDetail = object({
  ...FlowSummary.shape,
  version: z.string().exactOptional(),
  parameters: list(FlowParameter),
  schema: jsonObject,
  taskOptions: list(TaskOptions),
  maxConcurrency: z.int().exactOptional(),
  timeoutMs: ms.exactOptional(),
  secrets: list(object({ name, there: z.boolean() })),
  counts,
  revision: z.int(),
  cursor,
}) satisfies z.ZodType<C.FlowDetail>;

export const FlowVersions = object({
  versions: list(
    object({
      fingerprint: z.string(),
      loaded: z.boolean(),
      nodes: z.int(),
      runs: z.int(),
      lastRunAt: at.exactOptional(),
    }),
  ),
}) satisfies z.ZodType<C.FlowVersions>;

export const FlowTimings = object({
  flow: name,
  fingerprint: z.string(),
  runs: z.int(),
  tasks: list(object({ slug: z.string(), ended: z.int(), failed: z.int(), medianMs: ms.exactOptional() })),
}) satisfies z.ZodType<C.FlowTimings>;

export const edgeKind = z.enum(["data", "order", "case"]);
export const GraphNode = object({
  slug: z.string(),
  name,
  kind: z.enum(["task", "branch", "choose", "merge", "filter"]),
  mapped: z.boolean(),
  task: z.int(),
  caseOf: object({ branch: z.string(), key: z.string() }).exactOptional(),
  resource: z.enum(["setup", "cleanup"]).exactOptional(),
  groups: list(z.string()),
});
export const GraphEdge = object({ from: z.string(), to: z.string(), kind: edgeKind, label: z.string() });
export const LayoutBox = object({
  id: z.string(),
  shape: z.enum(["task", "mapped", "branch", "choose", "merge", "parameter", "folded"]),
  name,
  detail: z.string(),
  about: z.string(),
  ...frame,
  nodes: list(z.string()),
});
export const LayoutArrow = object({
  ...GraphEdge.shape,
  curve: list(point),
  tip: point,
  labelAt: point.exactOptional(),
});
export const FlowGraph = object({
  flow: name,
  fingerprint: z.string(),
  nodes: list(GraphNode),
  edges: list(GraphEdge),
  layout: object({
    direction: z.enum(["down", "right"]),
    width: z.number(),
    height: z.number(),
    boxes: list(LayoutBox),
    arrows: list(LayoutArrow),
    groups: list(object({ name, ...frame })),
    frames: list(object(frame)),
    notes: list(z.string()),
  }),
}) satisfies z.ZodType<C.FlowGraph>;
