/**
 * Why a task run is in its state, and what would change it: said from the same facts the rules look at, in the
 * same order. Sentences for people; programs read `state.reason`.
 */
import { unreachable } from "../base/assert.ts";
import { formatMillis } from "../base/duration.ts";
import { isoUtc } from "../base/time.ts";
import { isOfUpstreams, type Reason } from "../state/reason.ts";
import { familyOf, isFinishedType, type TaskState } from "../state/task-state.ts";
import { ROLE } from "./plan.ts";
import { rulesOf, type Run, taskRunName, typeOf } from "./run.ts";
import { stateOf } from "./state-of.ts";
import { upstreamSlots } from "./tally.ts";
import { triggerText } from "./trigger.ts";

const NAMES_MAX = 5;

/** `a, b and 3 more` */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_MAX);
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(", ");
}

export function explain(run: Run, slot: number): string {
  const name = `'${taskRunName(run, slot)}'`;
  const state = stateOf(run, slot);
  switch (state.type) {
    case "Pending":
      return `${name} has not begun: ${whyPending(run, slot)}.`;
    case "Queued":
      return `${name} could begin, but ${state.reason?.code === "limit" ? `limit '${state.reason.limit}' is full` : "waits for another computation of the same cache entry"}.`;
    case "Scheduled":
      return `${name} goes on at ${isoUtc(state.startAt)}.`;
    case "Retrying":
      return `${name} ${state.reason?.code === "not-yet" ? 'said "not yet"' : "failed and is tried again"}: attempt ${state.attempt} begins at ${isoUtc(state.startAt)}.`;
    case "Paused":
      return `${name} waits for a person${whyOf(state.reason)}.`;
    case "Running":
      return `${name} is running (attempt ${state.attempt}).`;
    case "Cancelling":
      return `${name} was asked to stop and is ending.`;
    case "Looped":
      return `${name} is between round ${state.count} and the next.`;
    case "Success":
      return `${name} succeeded${attemptsText(run, slot)}${whyOf(state.reason)}.`;
    case "Cached":
      return state.cache.how === "hit"
        ? `${name} was not run: its result was stored by run ${state.cache.runId} and is fresh${until(state.cache.expiresAt)}.`
        : `${name} ran and its result was stored${until(state.cache.expiresAt)}.`;
    case "Mapped":
      return `${name} was mapped over ${state.children} element${state.children === 1 ? "" : "s"}: ${childrenText(run, slot)}.`;
    case "Skipped":
      return `${name} was skipped${whyOf(state.reason)}.`;
    case "TriggerFailed":
      return triggerFailedText(run, slot, name, state);
    case "TimedOut":
      if (rulesOf(run, slot).approval !== undefined)
        return `${name} was not answered within ${formatMillis(state.afterMs)}. It would change with an answer in time, or a longer timeout.`;
      return `${name} did not end within ${formatMillis(state.afterMs)}${attemptsText(run, slot)}. It would change with a longer timeout, or a body that ends when its signal aborts.`;
    case "Failed":
    case "ValidationFailed":
      if (state.reason?.code === "approval-rejected")
        return `${name} failed because a person said no: ${state.error.message}.`;
      if (state.reason?.code === "marked") return `${name} failed${whyOf(state.reason)}.`;
      return `${name} failed${attemptsText(run, slot)}: ${state.error.message}${whyOf(state.reason)}.${retryText(run, slot)}`;
    case "Cancelled":
      return `${name} was cancelled before it was finished.`;
    default:
      return unreachable(state);
  }
}

const until = (expiresAt: number | undefined) => (expiresAt === undefined ? "" : ` until ${isoUtc(expiresAt)}`);

function attemptsText(run: Run, slot: number): string {
  const attempts = run.attempt[slot]!;
  return attempts > 1 ? ` in attempt ${attempts}` : "";
}

function retryText(run: Run, slot: number): string {
  const { retries } = rulesOf(run, slot);
  if (run.attempt[slot] === 0) return " Its body was not called.";
  return retries === 0 ? " It has no retries." : ` Its retries (${retries}) are used up or do not apply to this error.`;
}

function whyPending(run: Run, slot: number): string {
  if (run.pausing !== undefined) return "the run is being paused";
  if (run.draining) return "this process was asked to stop before its turn";
  const { plan } = run;
  const node = run.owner[slot]!;
  const open: string[] = [];
  for (let e = plan.upStart[node]!; e < plan.upStart[node + 1]!; e++) {
    const up = plan.up[e]!;
    const done = isFinishedType(typeOf(run, up)) && ((plan.upRole[e]! & ROLE.PAIRED) !== 0 || run.childOpen[up] === 0);
    if (!done) open.push(`'${taskRunName(run, up)}' (${typeOf(run, up)})`);
  }
  if (open.length > 0) return `it waits for ${listed(open)}`;
  return run.waiting[slot]! > 0 ? "it waits for its sibling upstream" : "it waits for its turn";
}

function childrenText(run: Run, node: number): string {
  const parts: string[] = [];
  const failed = run.childFailed[node]!;
  const skipped = run.childSkipped[node]!;
  const open = run.childOpen[node]!;
  const successful = run.childCount[node]! - failed - skipped - open - run.childCancelled[node]!;
  if (successful > 0) parts.push(`${successful} succeeded`);
  if (failed > 0) parts.push(`${failed} failed`);
  if (skipped > 0) parts.push(`${skipped} skipped`);
  if (open > 0) parts.push(`${open} not finished`);
  return parts.length === 0 ? "no child" : parts.join(", ");
}

function triggerFailedText(
  run: Run,
  slot: number,
  name: string,
  state: Extract<TaskState, { readonly type: "TriggerFailed" }>,
): string {
  if (run.attempt[slot]! > 0 && !isOfUpstreams(state.reason))
    return `${name} ended TriggerFailed by its own signal: ${state.error.message}.`;
  const failed = upstreamSlots(run, slot).filter((up) => familyOf(typeOf(run, up)) === "failed");
  const which = listed(failed.map((up) => `'${taskRunName(run, up)}' (${endText(run, up)})`));
  const rule = triggerText(rulesOf(run, slot).trigger);
  const then =
    rule === "all_successful"
      ? "It runs when all of its upstreams succeed, or with another trigger."
      : `It runs when its trigger ${rule} is met.`;
  if (which === "") return `${name} did not run: ${state.error.message}. ${then}`;
  return `${name} did not run because of ${which}: its trigger is ${rule}. ${then}`;
}

const endText = (run: Run, slot: number) =>
  `${run.detail.get(slot)?.reason?.code === "marked" ? "marked " : ""}${typeOf(run, slot)}`;

/** A reason as the tail of a sentence; empty where the state says it all. */
function whyOf(reason: Reason | undefined): string {
  switch (reason?.code) {
    case "upstream-skipped":
      return ` because '${reason.upstream}' was skipped (skipOnUpstreamSkip: false would let it run)`;
    case "all-upstreams-skipped":
      return " because all of its upstreams were skipped";
    case "case-not-taken":
      return ` because it stands in case '${reason.key}' and the branch took ${reason.taken === null ? "none" : `'${reason.taken}'`}`;
    case "no-case-taken":
      return `; no case is named '${reason.key}'`;
    case "signal":
      return reason.why === undefined ? " by its own signal" : ` by its own signal (${reason.why})`;
    case "handler":
      return "; a state handler decided so";
    case "handler-failed":
      return "; a state handler failed";
    case "given":
      return "; the state was given to run()";
    case "approval":
      return `: ${JSON.stringify(reason.question)}${reason.until === undefined ? "" : `, until ${isoUtc(reason.until)}`}`;
    case "child-run": {
      const asked = reason.question === undefined ? "" : `: ${JSON.stringify(reason.question)}`;
      const time = reason.until === undefined ? "" : `, until ${isoUtc(reason.until)}`;
      return `: its run ${reason.run} waits for a person${asked}${time}`;
    }
    case "approved":
      return reason.by === undefined ? ": a person approved it" : `: ${reason.by} approved it`;
    case "marked":
      return `, as ${reason.by ?? "a person"} marked it at ${isoUtc(reason.at)}, when it was ${reason.from}: ${reason.why.replace(/\.$/, "")}`;
    case "lost":
      return "; its process died during it, and what it did is unknown";
    case "manual-only":
      return ": its trigger is manual_only";
    case "poison":
      return `; its process died ${reason.count} times during it`;
    default:
      return "";
  }
}
