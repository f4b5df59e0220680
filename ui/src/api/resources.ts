/** What the server can be asked for and told, each with the type of its answer: the contract's table of routes. */
import type {
  About,
  ActionPreview,
  AgainRun,
  Approve,
  AuditList,
  CacheList,
  CarriedValues,
  ClearCache,
  Cleared,
  EventPage,
  FlowDetail,
  FlowGraph,
  FlowList,
  FlowTimings,
  FlowVersions,
  GraphView,
  LimitList,
  LogPage,
  LogQuery,
  Mark,
  Reject,
  ResumeRun,
  RetryRun,
  RunCounts,
  RunDetail,
  RunFrom,
  RunList,
  RunQuery,
  ScheduleDetail,
  ScheduleList,
  StartPreview,
  StartRun,
  TaskRunDetail,
  TaskRunList,
  ValueSlice,
} from "../../../src/server/contract.ts";
import type { Action, Resource } from "./client.ts";

type Query = { readonly [name: string]: string | number | undefined };

/** What each action on a run is told. */
export interface ActionBodies {
  readonly cancel: Record<string, never>;
  readonly pause: Record<string, never>;
  readonly again: AgainRun;
  readonly resume: ResumeRun;
  readonly retry: RetryRun;
  readonly "run-from": RunFrom;
  readonly approve: Approve;
  readonly reject: Reject;
  readonly mark: Mark;
}

const enc = encodeURIComponent;

function at(path: string, query: object = {}): { readonly path: string } {
  const given = Object.entries(query as Query).filter(([, value]) => value !== undefined && value !== "");
  const text = given.map(([name, value]) => `${name}=${enc(String(value))}`).join("&");
  return { path: text === "" ? path : `${path}?${text}` };
}

export const resources = {
  about: (): Resource<About> => at("about"),
  flows: (query: { q?: string; tag?: string; after?: string; limit?: number } = {}): Resource<FlowList> =>
    at("flows", query),
  flow: (flow: string): Resource<FlowDetail> => at(`flows/${enc(flow)}`),
  flowGraph: (flow: string, view: GraphView = {}): Resource<FlowGraph> => at(`flows/${enc(flow)}/graph`, view),
  flowDrawing: (flow: string, view: GraphView): Resource<Blob> => at(`flows/${enc(flow)}/drawing`, view),
  flowVersions: (flow: string): Resource<FlowVersions> => at(`flows/${enc(flow)}/versions`),
  /** Of the version that is loaded, or of one. */
  flowTimings: (flow: string, version?: string): Resource<FlowTimings> => at(`flows/${enc(flow)}/timings`, { version }),
  startRun: (flow: string): Action<StartRun, RunDetail> => at(`flows/${enc(flow)}/runs`),
  previewStart: (flow: string): Action<StartRun, StartPreview> => at(`flows/${enc(flow)}/runs/preview`),
  runs: (query: RunQuery = {}): Resource<RunList> => at("runs", query),
  runCounts: (query: Pick<RunQuery, "flow" | "tag" | "started" | "q"> = {}): Resource<RunCounts> =>
    at("runs/counts", query),
  run: (run: string): Resource<RunDetail> => at(`runs/${enc(run)}`),
  runGraph: (run: string, view: GraphView = {}): Resource<FlowGraph> => at(`runs/${enc(run)}/graph`, view),
  runDrawing: (run: string, view: GraphView): Resource<Blob> => at(`runs/${enc(run)}/drawing`, view),
  taskRuns: (run: string, query: { after?: string; limit?: number; state?: string } = {}): Resource<TaskRunList> =>
    at(`runs/${enc(run)}/tasks`, query),
  /** What one node takes from another. */
  carried: (run: string, from: string, to: string): Resource<CarriedValues> =>
    at(`runs/${enc(run)}/tasks/${enc(from)}/carried/${enc(to)}`),
  taskRun: (run: string, task: string): Resource<TaskRunDetail> => at(`runs/${enc(run)}/tasks/${enc(task)}`),
  children: (
    run: string,
    task: string,
    query: { after?: string; limit?: number; state?: string } = {},
  ): Resource<TaskRunList> => at(`runs/${enc(run)}/tasks/${enc(task)}/children`, query),
  taskResult: (
    run: string,
    task: string,
    query: { at?: string; offset?: number; limit?: number } = {},
  ): Resource<ValueSlice> => at(`runs/${enc(run)}/tasks/${enc(task)}/result`, query),
  taskResultDownload: (run: string, task: string): Resource<Blob> =>
    at(`runs/${enc(run)}/tasks/${enc(task)}/result/download`),
  runResult: (run: string, query: { at?: string; offset?: number; limit?: number } = {}): Resource<ValueSlice> =>
    at(`runs/${enc(run)}/result`, query),
  runResultDownload: (run: string): Resource<Blob> => at(`runs/${enc(run)}/result/download`),
  logs: (run: string, query: LogQuery = {}): Resource<LogPage> => at(`runs/${enc(run)}/logs`, query),
  logsDownload: (
    run: string,
    query: Pick<LogQuery, "level" | "task" | "q"> & { format?: "text" | "ndjson" } = {},
  ): Resource<Blob> => at(`runs/${enc(run)}/logs/download`, query),
  events: (run: string, query: { after?: string; limit?: number } = {}): Resource<EventPage> =>
    at(`runs/${enc(run)}/events`, query),
  act: <A extends keyof ActionBodies>(run: string, action: A): Action<ActionBodies[A], RunDetail> =>
    at(`runs/${enc(run)}/${action}`),
  again: (run: string): Action<AgainRun, RunDetail> => at(`runs/${enc(run)}/again`),
  preview: <A extends keyof ActionBodies>(run: string, action: A): Action<ActionBodies[A], ActionPreview> =>
    at(`runs/${enc(run)}/${action}/preview`),
  previewAgain: (run: string): Action<AgainRun, StartPreview> => at(`runs/${enc(run)}/again/preview`),
  schedules: (): Resource<ScheduleList> => at("schedules"),
  schedule: (schedule: string, count?: number): Resource<ScheduleDetail> => at(`schedules/${enc(schedule)}`, { count }),
  switchSchedule: (schedule: string, on: boolean): Action<Record<string, never>, ScheduleDetail> =>
    at(`schedules/${enc(schedule)}/${on ? "on" : "off"}`),
  limits: (): Resource<LimitList> => at("limits"),
  cache: (query: { scope?: string; after?: string; limit?: number } = {}): Resource<CacheList> => at("cache", query),
  clearCache: (): Action<ClearCache, Cleared> => at("cache/clear"),
  audit: (query: { run?: string; after?: string; limit?: number } = {}): Resource<AuditList> => at("audit", query),
} as const;
