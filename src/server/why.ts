/** Why a state is what it is, as a code with parameters: a page says it in its language. */
import { unreachable } from "../base/assert.ts";
import { isoUtc } from "../base/time.ts";
import type { Reason } from "../state/reason.ts";
import type { FlowState } from "../state/task-state.ts";
import type { TaskRunGlance } from "../ports/queries.ts";
import type { Json, Why, WhyCode } from "./contract.ts";

export type Because = Pick<Why, "code" | "parameters">;

const because = (code: WhyCode, parameters: Readonly<Record<string, unknown>> = {}): Because => ({
  code,
  parameters: Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined)) as {
    readonly [name: string]: Json;
  },
});

/** Undefined where the state says it all to a list: a task run that has not begun. */
export function becauseOf(glance: TaskRunGlance): Because | undefined {
  const { state, reason, attempt, startAt: at, error, cache, children } = glance;
  switch (state) {
    case "Pending":
    case "Paused":
    case "Queued":
      return reason === undefined ? undefined : ofReason(reason);
    case "Scheduled":
      return because("starts-at", { at });
    case "Retrying":
      return reason === undefined ? because("retry", { attempt: attempt + 1, at }) : ofReason(reason, { at });
    case "Looped":
      return because("between-rounds", { at });
    case "Running":
      return because("running", { attempt });
    case "Cancelling":
      return because("cancelling");
    case "Cached":
      return cache?.how === "hit"
        ? because("cache-hit", { runId: cache.runId, storedAt: cache.storedAt, expiresAt: cache.expiresAt })
        : because("cache-stored", { expiresAt: cache?.expiresAt });
    case "Success":
      return reason === undefined ? because("succeeded", { attempts: attempt }) : ofReason(reason);
    case "Mapped":
      return because("mapped", { children });
    case "Skipped":
      return reason === undefined ? because("skipped") : ofReason(reason);
    case "Failed":
    case "TimedOut":
    case "TriggerFailed":
    case "ValidationFailed":
      return reason === undefined
        ? because("failed", { message: error?.message, attempts: attempt })
        : ofReason(reason);
    case "Cancelled":
      return reason === undefined ? because("cancelled") : ofReason(reason);
    default:
      return unreachable(state);
  }
}

function ofReason({ code, ...parameters }: Reason, more: Readonly<Record<string, unknown>> = {}): Because {
  return because(code, { ...parameters, ...more });
}

const NAMED_MAX = 5;

export interface WaitedFor {
  readonly id: string;
  readonly name: string;
  readonly state: string;
}

export function waitsFor(upstreams: readonly WaitedFor[]): Because {
  if (upstreams.length === 0) return because("waits-for-its-turn");
  const more = Math.max(0, upstreams.length - NAMED_MAX);
  return because("waits-for-upstreams", { upstreams: upstreams.slice(0, NAMED_MAX), more });
}

/** Of a flow run, with its sentence. */
export function whyOfRun(state: FlowState, unowned: boolean): Why {
  const base = state.reason === undefined ? undefined : ofReason(state.reason);
  switch (state.type) {
    case "Scheduled":
      return { ...because("starts-at", { at: state.startAt }), text: `The run begins at ${isoUtc(state.startAt)}.` };
    case "Pending":
    case "Queued":
      return { ...(base ?? because("waits-for-its-turn")), text: "The run has not begun: it waits for its turn." };
    case "Running":
      if (unowned)
        return { ...because("interrupted"), text: "The run was interrupted: what finished is kept, and it can go on." };
      if (state.reason?.code === "by-person") return { ...because("pausing", { by: state.reason.by }), text: PAUSING };
      return { ...because("running"), text: "The run is going on." };
    case "Cancelling":
      return { ...because("cancelling"), text: "A cancel was asked for: what is in flight is ending." };
    case "Paused":
      return { ...(base ?? because("waits-for-a-person")), text: pausedText(state.reason) };
    case "Success":
      return { ...(base ?? because("reference-succeeded")), text: "All reference tasks succeeded." };
    case "Failed":
    case "TimedOut":
      return { ...(base ?? because("failed", { message: state.error.message })), text: state.error.message };
    case "Cancelled":
      return { ...(base ?? because("cancelled")), text: "The run was cancelled." };
    default:
      return unreachable(state);
  }
}

const PAUSING = "The run is being paused: what is in flight goes on to its end, and nothing else starts.";

function pausedText(reason: Reason | undefined): string {
  if (reason?.code === "code-changed") return `The flow has changed in what remains: ${reason.changes.join("; ")}.`;
  if (reason?.code === "by-person")
    return `The run was paused${reason.by === undefined ? "" : ` by ${reason.by}`}: nothing of it starts until it is resumed.`;
  return "The run waits for a person.";
}
