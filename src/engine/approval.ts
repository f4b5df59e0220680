/**
 * People: an approval asks one in place of calling a body, and whatever else is Paused goes on when one says so.
 *
 * All of a question that waits is in its state (`Paused`, with the question and until when) and in the graph, so that
 * another process can show it and take the answer.
 */
import { formatMillis } from "../base/duration.ts";
import type { Instant } from "../base/time.ts";
import type { ApprovalRule } from "../graph/graph.ts";
import { recordOfCode } from "../state/error-text.ts";
import { isAsked } from "../state/reason.ts";
import type { TaskState } from "../state/task-state.ts";
import { triggerMet } from "./admit.ts";
import type { Decision } from "./event.ts";
import {
  countersOf,
  PHASE,
  type Resumption,
  type Run,
  rulesOf,
  STATE_INDEX,
  taskRunName,
  lacksUpstream,
} from "./run.ts";
import { propose, type Step, toPending } from "./step.ts";

/** It may start: from here on it waits for an answer. */
export function askPerson(step: Step, slot: number, { question, timeoutMs }: ApprovalRule): void {
  const until = timeoutMs === undefined ? {} : { until: step.at + timeoutMs };
  propose(step, slot, { type: "Paused", reason: { code: "approval", question, ...until } }, "before");
}

/** The run goes on in this process: the times of what waited before are kept here now; what is late is over at once. */
export function armApprovals(step: Step): void {
  const { run, commands } = step;
  for (const slot of [...run.detail.keys()]) {
    const until = askedUntil(run, slot);
    if (until === undefined || !waitsForPerson(run, slot) || approvalTimedOut(step, slot)) continue;
    commands.push({ type: "SetTimer", slot, at: until });
  }
}

/** A person can decide about it now: it is Paused, and no handler is being asked what comes next. */
export function waitsForPerson(run: Run, slot: number): boolean {
  return run.state[slot] === STATE_INDEX.Paused && run.phase[slot] === PHASE.WAITING && !run.cancelling;
}

/** Its handlers may have put another Paused in the place of the approval's own: it is asked all the same. */
function isApproval(run: Run, slot: number): boolean {
  return rulesOf(run, slot).approval !== undefined && run.plan.mapped[slot] !== 1;
}

/** The flow waited for people only; now it goes on, if no person has paused all of it. */
export function wakeFlow(run: Run): void {
  if (run.flow.type === "Paused" && run.pausing === undefined) run.flow = { type: "Running", attempt: 1 };
}

/** A person resumed it: the body runs (again), not charged to its retries. */
export function resumed(step: Step, slot: number, { by, at, input }: Resumption): void {
  const { run } = step;
  if (!waitsForPerson(run, slot) || isApproval(run, slot)) return;
  wakeFlow(run);
  countersOf(run, slot).resumed = { by, at, input };
  toPending(step, slot);
  if (lacksUpstream(run, slot))
    run.phase[slot] = PHASE.IDLE; // an upstream is to run again, and it after that
  else triggerMet(step, slot);
}

/** The first decision counts. A rejected task run fails, whatever retries it has: a person said no. */
export function decided(step: Step, slot: number, decision: Decision, by: string | undefined): void {
  const { run } = step;
  if (!waitsForPerson(run, slot)) return;
  if (approvalTimedOut(step, slot)) return; // the answer came too late
  const { reason } = run.detail.get(slot) ?? {};
  if (reason?.code === "child-run") {
    const input = { run: reason.run, task: reason.task, decision }; // its body passes it on
    return resumed(step, slot, { by, at: step.at, input });
  }
  if (decision.kind === "approved" && !isApproval(run, slot))
    return resumed(step, slot, { by, at: step.at, input: decision.input });
  wakeFlow(run);
  propose(step, slot, stateOfDecision(run, slot, decision, by), "resume");
}

function stateOfDecision(run: Run, slot: number, decision: Decision, by: string | undefined): TaskState {
  const approval = rulesOf(run, slot).approval;
  const who = by === undefined ? {} : { by };
  if (decision.kind === "approved") {
    const result = approval?.input === undefined ? true : decision.input;
    return { type: "Success", result, reason: { code: "approved", ...who } };
  }
  const { why } = decision;
  return {
    type: "Failed",
    error: recordOfCode("APPROVAL_REJECTED", { task: approval?.question ?? taskRunName(run, slot), by, why }),
    reason: { code: "approval-rejected", ...(why !== undefined && { why }), ...who },
  };
}

/** Its timer went off before anybody answered. False: this timer is not about an approval that waits. */
export function approvalTimedOut(step: Step, slot: number): boolean {
  const { run } = step;
  const until = askedUntil(run, slot);
  if (until === undefined || step.at < until || !waitsForPerson(run, slot)) return false;
  // The time is the child's: its body has the child's run notice that it is up.
  if (run.detail.get(slot)?.reason?.code === "child-run") {
    resumed(step, slot, { by: undefined, at: step.at, input: undefined });
    return true;
  }
  const { question = "", timeoutMs: afterMs = 0 } = rulesOf(run, slot).approval ?? {};
  wakeFlow(run);
  const error = recordOfCode("APPROVAL_TIMEOUT", { question, afterMs, after: formatMillis(afterMs) });
  propose(step, slot, { type: "TimedOut", afterMs, error, reason: { code: "timeout", afterMs } }, "resume");
  return true;
}

function askedUntil(run: Run, slot: number): Instant | undefined {
  const reason = run.detail.get(slot)?.reason;
  return isAsked(reason) ? reason.until : undefined;
}
