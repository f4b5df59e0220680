/** A run in full, as it is answered after every action too. */
import type { ListedRun, WholeRun } from "../../ports/queries.ts";
import type { ErrorRecord } from "../../state/error-record.ts";
import { isAsked, type Reason, staysPaused } from "../../state/reason.ts";
import { isFinishedType, STATES } from "../../state/task-state.ts";
import type { ActionState, AuditLine, Json, RunAction, RunDetail, RunSummary, WaitingTask } from "../contract.ts";
import { errorDetail, errorSummary } from "../error-detail.ts";
import type { ServerParts } from "../parts.ts";
import { previewOf, wholeJson } from "../preview-value.ts";
import { RunTables, withoutUndefined } from "../run-tables.ts";
import { becauseOf, whyOfRun } from "../why.ts";

const PARAMETERS_MAX = 120;
const WAITING_MAX = 100;
const AUDIT_MAX = 50;

/** @throws CaudalError RUN_UNKNOWN */
export async function runDetail(parts: ServerParts, runId: string): Promise<RunDetail> {
  const cursor = parts.queries.cursor();
  const tables = await RunTables.of(parts, runId);
  const { whole } = tables;
  const { row } = whole;
  const error = "error" in row.state ? row.state.error : undefined;
  const waiting = waitingIn(parts, tables);
  const progress = tables.progress();
  const failed =
    row.state.type === "Failed"
      ? tables.nodes.find(({ state }) => STATES[state].family === "failed" && state !== "TriggerFailed")
      : undefined;
  return {
    ...summaryOf(listedOf(whole, error)),
    parameters: wholeJson(row.parameters) as { readonly [name: string]: Json },
    why: whyOfRun(row.state, row.ownership === "none" || row.ownership === "gone"),
    progress,
    ...(row.owner !== undefined && { owner: row.owner }),
    ...(row.file !== undefined && { file: row.file }),
    code: codeOf(parts, whole),
    ...(row.idempotencyKey !== undefined && { idempotencyKey: row.idempotencyKey }),
    ...(error !== undefined && { errorDetail: errorDetail(error, parts.store.folder) }),
    ...(failed !== undefined && { failedTask: tables.idOf(failed.slot) ?? "" }),
    waiting,
    ...(row.state.type === "Success" && { result: previewOf(row.state.result) }),
    actions: actionsOf(parts, whole, waiting, progress.failed > 0 || (progress.nodes.Cancelled ?? 0) > 0),
    logLines: whole.logLines,
    audit: parts.queries.audit({ runId, limit: AUDIT_MAX }).map(auditLine),
    cursor,
  };
}

function listedOf({ runNo, row, startedBy }: WholeRun, error: ErrorRecord | undefined): ListedRun {
  return { runNo, row, startedBy, parametersText: JSON.stringify(wholeJson(row.parameters)), error };
}

export function summaryOf({ row, startedBy, parametersText, error }: ListedRun): RunSummary {
  const text = parametersText.startsWith("~1") ? parametersText.slice(2) : parametersText;
  // Fifty of them are an answer: spread members cost several times as much.
  return withoutUndefined({
    id: row.id,
    name: row.name,
    flow: row.flow,
    fingerprint: row.fingerprint,
    state: row.state.type,
    trigger: row.origin,
    startedBy,
    tags: row.tags,
    createdAt: row.createdAt,
    ownership: row.ownership,
    startedAt: row.startedAt,
    endedAt: row.endedAt,
    scheduledAt: row.scheduledAt,
    parametersText: text.length > PARAMETERS_MAX ? `${text.slice(0, PARAMETERS_MAX - 1)}…` : text,
    error: error && errorSummary(error),
  });
}

export function codeOf({ source }: ServerParts, { row }: WholeRun): RunDetail["code"] {
  const fingerprint = source.flows().get(row.flow)?.fingerprint;
  if (fingerprint === undefined) return "missing";
  return fingerprint === row.fingerprint ? "same" : "changed";
}

function waitingIn({ queries }: ServerParts, tables: RunTables): readonly WaitingTask[] {
  if (isFinishedType(tables.whole.row.state.type)) return [];
  const children = tables.ranges.flatMap((range) => queries.glancesIn(tables.runNo, range, ["Paused"], WAITING_MAX));
  const paused = [...tables.nodes.filter(({ state }) => state === "Paused"), ...children];
  return paused.slice(0, WAITING_MAX).map((glance): WaitingTask => {
    const { reason } = glance;
    const { node } = tables.slotOf(tables.idOf(glance.slot) ?? "");
    const approval = tables.shape.graph.tasks[node.task]!.approval ?? askedInChild(reason);
    const why = becauseOf(glance) ?? { code: "waits-for-a-person" as const, parameters: {} };
    return {
      id: tables.idOf(glance.slot) ?? "",
      name: tables.nameOf(glance.slot),
      ...(approval !== undefined && { question: approval.question }),
      ...(isAsked(reason) && reason.until !== undefined && { until: reason.until }),
      ...(approval?.input !== undefined && { input: approval.input as Json }),
      why: { ...why, text: approval === undefined ? "It was paused." : approval.question },
    };
  });
}

/** A flow that is called as a task asks in its own run, and is answered here as well. */
function askedInChild(reason: Reason | undefined) {
  if (reason?.code !== "child-run" || reason.question === undefined) return undefined;
  return { question: reason.question, input: reason.input };
}

export const can: ActionState = { can: true };
export const cannot = (because: string): ActionState => ({ can: false, because });

function actionsOf(
  parts: ServerParts,
  whole: WholeRun,
  waiting: readonly WaitingTask[],
  hasFailures: boolean,
): RunDetail["actions"] {
  const { row } = whole;
  const over = isFinishedType(row.state.type);
  const loaded = codeOf(parts, whole) !== "missing";
  const nobody = row.ownership === "none" || row.ownership === "gone";
  const withCode = (state: ActionState) => (state.can && !loaded ? cannot("FLOW_NOT_LOADED") : state);
  const decide = waiting.some(({ question }) => question !== undefined)
    ? can
    : cannot(over ? "RUN_OVER" : "TASK_NOT_WAITING");
  const needsCode = nobody ? withCode : (state: ActionState) => state;
  const paused = waiting.some(({ question }) => question === undefined) || (nobody && !over);
  const actions: { readonly [action in RunAction]: ActionState } = {
    cancel: over ? cannot("RUN_OVER") : row.state.type === "Cancelling" ? cannot("RUN_CANCELLING") : can,
    pause: pauseOf(row),
    again: withCode(can),
    resume: needsCode(over ? cannot("RUN_OVER") : paused ? can : cannot("TASK_NOT_WAITING")),
    retry: withCode(over ? (hasFailures ? can : cannot("NOTHING_FAILED")) : cannot("RUN_NOT_OVER")),
    "run-from": withCode(over ? can : cannot("RUN_NOT_OVER")),
    approve: needsCode(decide),
    reject: needsCode(decide),
    mark: needsCode(row.state.type === "Cancelling" ? cannot("RUN_CANCELLING") : can),
  };
  return actions;
}

/** Who has the run lets it go once nothing is in flight; nobody needs its code for that. */
function pauseOf({ state }: WholeRun["row"]): ActionState {
  if (isFinishedType(state.type)) return cannot("RUN_OVER");
  if (state.type === "Cancelling") return cannot("RUN_CANCELLING");
  return staysPaused(state.reason) ? cannot("RUN_PAUSED") : can;
}

export function auditLine({
  at,
  by,
  action,
  runId,
  flow,
  task,
  why,
  from,
}: Parameters<ServerParts["queries"]["note"]>[0]): AuditLine {
  return { at, by, action, from, ...withoutUndefined({ run: runId, flow, task, why }) };
}
