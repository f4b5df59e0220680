/** The lines a run prints, word for word those of Prefect 1.x where Prefect has them. */
import { formatMillis } from "../../base/duration.ts";
import { isoUtc } from "../../base/time.ts";
import type { ErrorRecord } from "../../state/error-record.ts";
import type { Approval, AskedInChildRun, Reason } from "../../state/reason.ts";
import type { SignalData } from "../../state/signal.ts";
import type { FlowState, State } from "../../state/task-state.ts";
import { orderedStack } from "./user-frames.ts";

export const FLOW_RUNNER = "caudal.FlowRunner";
export const TASK_RUNNER = "caudal.TaskRunner";

export const beginning = (flow: string) => `Beginning Flow run for '${flow}'`;
/** A run that was begun before goes on in this process. */
export const goingOn = (flow: string, run: { readonly id: string; readonly changedAt: number }) =>
  `Going on with Flow run ${run.id} for '${flow}', which stopped at ${isoUtc(run.changedAt)}`;
const NODES_MAX = 5;
/** What failed in a run that had ended runs again in it. */
export const runningAgain = (flow: string, run: string, tasks: readonly string[]) =>
  `Running again in Flow run ${run} for '${flow}': ${tasks.slice(0, NODES_MAX).join(", ")}${tasks.length > NODES_MAX ? ` and ${tasks.length - NODES_MAX} more` : ""}; the results of the others are kept`;
/** A person marks a task run of a run that nobody has. */
export const markingLine = (
  flow: string,
  run: string,
  { task, as, by, why }: { readonly task: string; readonly as: string; readonly by: string; readonly why: string },
  stays: boolean,
) =>
  `Marking '${task}' of Flow run ${run} for '${flow}' as ${as}, by ${by}: ${why}${stays ? "; the run stays Paused" : ""}`;
/** Another run of the flow stopped before its end. */
export const continueLine = (run: string, stoppedAt: number) =>
  `Run ${run} stopped at ${isoUtc(stoppedAt)} before its end; go on with it: npx caudal resume ${run}`;
export const starting = (task: string) => `Task '${task}': Starting task run...`;

/** The last line of a task run, or of one pass of it. A cached one says whether it was stored or hit. */
export function finishedLine(task: string, state: State, runId: string): string {
  return `${lastLine(task, state.type)}${cacheNote(state, runId)}${personNote(state.reason)}`;
}

export const lastLine = (task: string, type: State["type"]) =>
  `Task '${task}': Finished task run for task with final state: '${type}'`;

/** An approval begins to wait. */
export function askedLine(task: string, { question, until }: Approval | AskedInChildRun): string {
  const asked = question === undefined || question === task ? "" : `: ${question}`;
  return `Task '${task}': Waiting for a person${until === undefined ? "" : ` until ${isoUtc(until)}`}${asked}`;
}

function personNote(reason: Reason | undefined): string {
  if (reason?.code === "approved") return reason.by === undefined ? "" : ` (approved by ${reason.by})`;
  if (reason?.code === "marked") return ` (marked${reason.by === undefined ? "" : ` by ${reason.by}`}: ${reason.why})`;
  if (reason?.code !== "approval-rejected") return "";
  const by = reason.by === undefined ? "" : ` by ${reason.by}`;
  return ` (rejected${by}${reason.why === undefined ? "" : `: ${reason.why}`})`;
}

/** How somebody goes on with a run that waits: `waiting` are names of its task runs, as `approve` takes them. */
export function waitingLine(runId: string, waiting: readonly string[], durable: boolean): string {
  const [first = "", ...others] = waiting;
  const who =
    others.length === 0 ? `'${first}' waits for a person` : `'${first}' and ${others.length} more wait for a person`;
  return durable
    ? `Flow run PAUSED: ${who}. To go on: npx caudal approve ${runId} ${JSON.stringify(first)}, or reject`
    : `Flow run PAUSED: ${who}, and run ${runId} is kept in memory only: answer on a terminal, with npx caudal run FILE`;
}

function cacheNote(state: State, runId: string): string {
  if (state.type !== "Cached") return "";
  const { how, expiresAt, storedAt, runId: by } = state.cache;
  const until = expiresAt === undefined ? "" : `until ${isoUtc(expiresAt)}`;
  if (state.cache.target !== undefined) return ` (found at ${state.cache.target})`;
  if (how === "stored") return ` (stored ${until})`;
  return by === runId
    ? ` (hit: stored by this run, ${until})`
    : ` (hit: stored by run ${by} at ${isoUtc(storedAt)}, ${until})`;
}

/** Prefect announces all but SUCCESS and LOOP. */
export function signalLine(task: string, signal: SignalData): string | undefined {
  switch (signal.kind) {
    case "success":
    case "loop":
      return undefined;
    case "fail":
      return `Task '${task}': signals.fail thrown: ${signal.why}`;
    case "retry":
      return `Task '${task}': signals.retry thrown: not yet${signal.inMs === undefined ? "" : `, again in ${formatMillis(signal.inMs)}`}`;
    case "pause":
    case "skip":
      if ("asked" in signal) return undefined; // the line of its state says what is asked
      return `Task '${task}': signals.${signal.kind} thrown${signal.why === undefined ? "" : `: ${signal.why}`}`;
  }
}

const CONSUMERS_MAX = 5;

/** A success without a value, where other tasks are waiting for one. */
export function withoutValueLine(task: string, consumers: readonly string[]): string {
  const more = consumers.length > CONSUMERS_MAX ? [`${consumers.length - CONSUMERS_MAX} more`] : [];
  const named = [...consumers.slice(0, CONSUMERS_MAX), ...more].join(", ");
  return `Task '${task}': signals.success() thrown without a value, so undefined goes to ${named}; to pass one: signals.success(value)`;
}

/** The failure of a body with its stack, the user's frames first. */
export function exceptionLines(task: string, error: ErrorRecord): string {
  return `Task '${task}': Exception encountered during task execution!\n${orderedStack(error)}`;
}

export function flowLine(state: FlowState): string {
  switch (state.type) {
    case "Success":
      return state.reason?.code === "reference-succeeded" || state.reason === undefined
        ? "Flow run SUCCESS: all reference tasks succeeded"
        : "Flow run SUCCESS";
    case "Failed":
      return state.reason?.code === "reference-failed"
        ? "Flow run FAILED: some reference tasks failed."
        : `Flow run FAILED: ${state.error.message}`;
    case "TimedOut":
      return `Flow run TIMEDOUT: ${state.error.message}`;
    case "Cancelled":
      return "Flow run CANCELLED";
    case "Paused":
      return pausedLine(state.reason);
    default:
      return `Flow run ${state.type.toUpperCase()}`;
  }
}

function pausedLine(reason: Reason | undefined): string {
  if (reason?.code !== "by-person") return "Flow run PAUSED: it waits for a person";
  return `Flow run PAUSED${reason.by === undefined ? "" : ` by ${reason.by}`}: it goes on when it is resumed`;
}
