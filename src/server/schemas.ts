/**
 * The contract as schemas: requests are read with them, OpenAPI is made from them, and tests hold every answer to them.
 * Each is checked by the compiler against its type of `contract.ts`.
 */
import * as z from "zod";
import { MARK_WHY_MAX, MARKS } from "../engine/marking.ts";
import { stateType, text, whole } from "./routes/queries.ts";
import type * as C from "./contract.ts";
import {
  object,
  list,
  at,
  cursor,
  name,
  Json,
  jsonObject,
  counts,
  why,
  Why,
  ErrorSummary,
  ErrorDetail,
  Problem,
} from "./schema-parts.ts";
import {
  Health,
  About,
  ScheduleList,
  ScheduleDetail,
  FlowList,
  TaskOptions,
  FlowDetail,
  FlowVersions,
  FlowTimings,
  edgeKind,
  FlowGraph,
} from "./schemas-of-flows.ts";

const RunSummary = object({
  id: z.string(),
  name,
  flow: name,
  fingerprint: z.string(),
  state: stateType,
  trigger: z.enum(["script", "schedule", "serve", "page"]),
  startedBy: z.string().exactOptional(),
  tags: list(z.string()),
  createdAt: at,
  startedAt: at.exactOptional(),
  endedAt: at.exactOptional(),
  scheduledAt: at.exactOptional(),
  parametersText: z.string(),
  error: ErrorSummary.exactOptional(),
  ownership: z.enum(["here", "alive", "gone", "none"]),
}) satisfies z.ZodType<C.RunSummary>;

const RunList = object({
  runs: list(RunSummary),
  next: z.string().exactOptional(),
  searchedTo: at.exactOptional(),
  cursor,
}) satisfies z.ZodType<C.RunList>;
const RunCounts = object({ counts, more: list(stateType), cursor }) satisfies z.ZodType<C.RunCounts>;

const ValuePreview = object({
  type: z.string(),
  bytes: z.int().exactOptional(),
  value: Json,
  cut: z.boolean(),
  kept: z.enum(["kept", "derived", "not-kept"]),
}) satisfies z.ZodType<C.ValuePreview>;
const ValueSlice = object({
  ...ValuePreview.shape,
  at: z.string(),
  length: z.int().exactOptional(),
  offset: z.int(),
}) satisfies z.ZodType<C.ValueSlice>;

const CarriedValue = object({
  label: z.string(),
  type: z.string(),
  bytes: z.int().exactOptional(),
  kept: ValuePreview.shape.kept,
  each: z.boolean(),
  path: z.string().exactOptional(),
}) satisfies z.ZodType<C.CarriedValue>;
const CarriedValues = object({
  ...{ from: z.string(), to: z.string() },
  state: stateType,
  carries: z.int(),
  values: list(CarriedValue),
}) satisfies z.ZodType<C.CarriedValues>;

const Progress = object({
  total: z.int(),
  finished: z.int(),
  failed: z.int(),
  running: z.int(),
  nodes: counts,
  children: counts,
}) satisfies z.ZodType<C.Progress>;

const WaitingTask = object({
  id: z.string(),
  name,
  question: z.string().exactOptional(),
  until: at.exactOptional(),
  input: Json.exactOptional(),
  why: Why,
}) satisfies z.ZodType<C.WaitingTask>;

const AuditLine = object({
  at,
  by: z.string(),
  action: z.string(),
  run: z.string().exactOptional(),
  flow: z.string().exactOptional(),
  task: z.string().exactOptional(),
  why: z.string().exactOptional(),
  from: z.string(),
}) satisfies z.ZodType<C.AuditLine>;
const AuditList = object({ lines: list(AuditLine), next: z.string().exactOptional() }) satisfies z.ZodType<C.AuditList>;

const action = object({ can: z.boolean(), because: z.string().exactOptional() });
const RunDetail = object({
  ...RunSummary.shape,
  parameters: jsonObject,
  why: Why,
  progress: Progress,
  owner: z.string().exactOptional(),
  file: z.string().exactOptional(),
  code: z.enum(["same", "changed", "missing"]),
  idempotencyKey: z.string().exactOptional(),
  errorDetail: ErrorDetail.exactOptional(),
  failedTask: z.string().exactOptional(),
  waiting: list(WaitingTask),
  result: ValuePreview.exactOptional(),
  actions: object({
    ...{ cancel: action, pause: action, again: action, resume: action, retry: action, "run-from": action },
    ...{ approve: action, reject: action, mark: action },
  }),
  logLines: z.int(),
  audit: list(AuditLine),
  cursor,
}) satisfies z.ZodType<C.RunDetail>;

const CacheNote = object({
  how: z.enum(["stored", "hit"]),
  runId: z.string(),
  storedAt: at,
  expiresAt: at.exactOptional(),
  target: z.string().exactOptional(),
});
const TaskRunSummary = object({
  id: z.string(),
  name,
  node: z.string(),
  index: z.int().exactOptional(),
  state: stateType,
  attempt: z.int(),
  startedAt: at.exactOptional(),
  endedAt: at.exactOptional(),
  nextAt: at.exactOptional(),
  why: why.exactOptional(),
  cache: CacheNote.exactOptional(),
  error: ErrorSummary.exactOptional(),
  children: counts.exactOptional(),
}) satisfies z.ZodType<C.TaskRunSummary>;
const TaskRunList = object({
  taskRuns: list(TaskRunSummary),
  next: z.string().exactOptional(),
  counts,
  cursor,
}) satisfies z.ZodType<C.TaskRunList>;

const Neighbour = object({ id: z.string(), name, state: stateType, kind: edgeKind });
const TaskRunDetail = object({
  ...TaskRunSummary.shape,
  run: z.string(),
  why: Why,
  options: TaskOptions,
  transitions: list(object({ at, from: stateType, to: stateType })),
  attempts: list(
    object({
      attempt: z.int(),
      startedAt: at,
      endedAt: at.exactOptional(),
      outcome: z.enum([...stateType.options, "released", "lost"]),
    }),
  ),
  inputs: list(object({ label: z.string(), value: ValuePreview, from: z.string().exactOptional() })),
  result: ValuePreview.exactOptional(),
  errorDetail: ErrorDetail.exactOptional(),
  mark: action,
  upstreams: list(Neighbour),
  downstreams: list(Neighbour),
  logLines: z.int(),
  cursor,
}) satisfies z.ZodType<C.TaskRunDetail>;

const LogLine = object({
  line: z.int(),
  at,
  level: z.enum(["debug", "info", "warn", "error"]),
  task: z.string().exactOptional(),
  name,
  attempt: z.int(),
  text: z.string(),
  handler: z.literal(true).exactOptional(),
}) satisfies z.ZodType<C.LogLine>;
const LogPage = object({
  lines: list(LogLine),
  total: z.int(),
  matching: z.int().exactOptional(),
  hasBefore: z.boolean(),
  hasAfter: z.boolean(),
  cursor,
}) satisfies z.ZodType<C.LogPage>;

const EventPage = object({
  events: list(
    object({
      cursor,
      at,
      epoch: z.int(),
      transitions: list(object({ id: z.string(), from: stateType, to: stateType })),
    }),
  ),
  next: z.string().exactOptional(),
  cursor,
}) satisfies z.ZodType<C.EventPage>;

const taskId = text(300);
/** The last instant a Date has. */
const AT_MAX = 8.64e15;
const StartRun = object({
  parameters: jsonObject.exactOptional(),
  idempotencyKey: text().exactOptional(),
  runName: text().exactOptional(),
  tags: list(text(100)).max(50).exactOptional(),
  at: z.int().min(0).max(AT_MAX).exactOptional().meta({ description: "when it begins, ms since 1970; else at once" }),
}) satisfies z.ZodType<C.StartRun>;
const ResumeRun = object({
  task: taskId.exactOptional(),
  input: Json.exactOptional(),
  acceptChanges: z.boolean().exactOptional(),
}) satisfies z.ZodType<C.ResumeRun>;
const RetryRun = object({ acceptChanges: z.boolean().exactOptional() }) satisfies z.ZodType<C.RetryRun>;
const RunFrom = object({ task: taskId, ...RetryRun.shape }) satisfies z.ZodType<C.RunFrom>;
const Approve = object({ task: taskId.exactOptional(), input: Json.exactOptional() }) satisfies z.ZodType<C.Approve>;
const Reject = object({ task: taskId.exactOptional(), why: text(2_000).exactOptional() }) satisfies z.ZodType<C.Reject>;
const isForSuccess = ({ as, value }: C.MarkLook) => value === undefined || as === "Success";
const VALUE_OF_SUCCESS = { message: "is for a Success only", path: ["value"] };
const look = { task: taskId, as: z.enum(MARKS), value: Json.exactOptional() };
const reason = text(MARK_WHY_MAX).regex(/\S/, "must not be blank: say why");
const Mark = object({ ...look, reason }).refine(isForSuccess, VALUE_OF_SUCCESS) satisfies z.ZodType<C.Mark>;
const MarkLook = object({ ...look, reason: z.string().max(MARK_WHY_MAX).exactOptional() }).refine(
  isForSuccess,
  VALUE_OF_SUCCESS,
) satisfies z.ZodType<C.MarkLook>;
const Nothing = object({});
const StartPreview = object({ parameters: jsonObject, flow: name, tasks: z.int() }) satisfies z.ZodType<C.StartPreview>;

const dependsOn = z.string().exactOptional();
const ActionPreview = object({
  action: z.enum(["cancel", "pause", "again", "resume", "retry", "run-from", "approve", "reject", "mark"]),
  taskRuns: list(
    object({
      id: z.string(),
      name,
      from: stateType,
      becomes: z.enum(["runs", "ends", "waits", "depends"]),
      to: stateType.exactOptional(),
      dependsOn,
    }),
  ),
  more: z.int(),
  stays: z.int(),
  flow: object({ from: stateType, to: stateType.exactOptional(), dependsOn }),
  assumes: list(z.string()),
  cursor,
}) satisfies z.ZodType<C.ActionPreview>;

const LimitList = object({
  limits: list(object({ name, slots: z.int(), held: z.int(), waiting: z.int() })),
}) satisfies z.ZodType<C.LimitList>;
const CacheList = object({
  entries: list(
    object({
      key: z.string(),
      scope: z.string(),
      version: z.string(),
      run: z.string(),
      storedAt: at,
      expiresAt: at.exactOptional(),
    }),
  ),
  next: z.string().exactOptional(),
  total: z.int(),
}) satisfies z.ZodType<C.CacheList>;
const ClearCache = object({
  scope: text(500).exactOptional(),
  key: text(300).exactOptional(),
}) satisfies z.ZodType<C.ClearCache>;
const Cleared = object({ forgotten: z.int() }) satisfies z.ZodType<C.Cleared>;

const SliceQuery = object({
  at: z.string().max(2_000).exactOptional(),
  offset: whole(0, Number.MAX_SAFE_INTEGER).exactOptional(),
  limit: whole(1, 65_536).exactOptional(),
});

const ChangesFrame = object({
  type: z.literal("changes"),
  cursor,
  now: at,
  runs: list(RunSummary),
  taskRuns: list(object({ run: z.string(), taskRuns: list(TaskRunSummary), progress: Progress })),
  logs: list(object({ run: z.string(), lines: list(LogLine), total: z.int() })),
}) satisfies z.ZodType<C.ChangesFrame>;
const ResetFrame = object({ type: z.literal("reset"), cursor, why: z.enum(["unknown-cursor", "too-old"]) });
const DegradedFrame = object({ type: z.literal("degraded"), cursor, topics: list(z.string()) });
const Changes = z.discriminatedUnion("type", [ChangesFrame, ResetFrame, DegradedFrame]);

export const schemas = {
  ...{ About, ActionPreview, Approve, AuditList, CacheList, Changes, ClearCache, Cleared, ErrorDetail, EventPage },
  ...{
    FlowDetail,
    FlowGraph,
    FlowList,
    FlowTimings,
    FlowVersions,
    Health,
    Json,
    LimitList,
    LogPage,
    Mark,
    MarkLook,
    Nothing,
    Problem,
    Reject,
  },
  ...{
    ResumeRun,
    RunCounts,
    RunDetail,
    RetryRun,
    RunFrom,
    RunList,
    ScheduleDetail,
    ScheduleList,
    SliceQuery,
    StartPreview,
    StartRun,
    TaskRunDetail,
  },
  ...{ TaskRunList, ValueSlice, CarriedValues },
};
