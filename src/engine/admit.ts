/**
 * From "all upstreams are finished" to "may start": skip beats trigger, trigger beats execution.
 *
 * case not taken → skipped upstream → control nodes answer → a mapped parent decides its children → cache →
 * trigger (also on a hit) → a path that leads nowhere → limits → ready.
 */
import { OTHERWISE } from "../graph/graph.ts";
import { recordOfCode } from "../state/error-text.ts";
import type { Reason } from "../state/reason.ts";
import type { SignalData } from "../state/signal.ts";
import { familyOf, type TaskState } from "../state/task-state.ts";
import { askPerson, wakeFlow } from "./approval.ts";
import { stateOfSignal } from "./body-states.ts";
import { considerCleanup } from "./cleanup.ts";
import { control } from "./control.ts";
import type { CacheAnswer, TriggerAnswer } from "./event.ts";
import { considerChildren, decideChildren, pathMissing } from "./map.ts";
import { finish } from "./finish.ts";
import {
  countersOf,
  isChild,
  isCleanup,
  lacksUpstream,
  PHASE,
  rulesOf,
  type Run,
  STATE_INDEX,
  taskRunName,
  typeOf,
} from "./run.ts";
import { begin, makeReady, propose, type Step, toPending, wakeIfCalled } from "./step.ts";
import { type Tally, tallyUpstreams } from "./tally.ts";
import { judge, triggerText } from "./trigger.ts";
import { missingPath } from "./values.ts";

/** Looks at a task run whose upstreams are all finished. */
export function consider(step: Step, slot: number): void {
  const { run } = step;
  if (run.state[slot] === STATE_INDEX.Mapped) return considerChildren(step, slot);
  if (run.state[slot] !== STATE_INDEX.Pending || run.phase[slot] !== PHASE.IDLE || lacksUpstream(run, slot)) return;
  if (run.draining || run.flowPhase !== "running") return;
  if (isCleanup(run, slot)) return considerCleanup(step, slot);
  if (run.cancelling) return;
  const rules = rulesOf(run, slot);
  const node = run.owner[slot]!;
  const kind = run.plan.kind[node]!;
  const seen = tallyUpstreams(run, slot);
  if (seen.branch >= 0 && kind !== "choose") {
    const untaken = caseVerdict(run, slot, seen.branch);
    if (untaken !== undefined) return propose(step, slot, untaken, "before");
  }
  if (seen.skipped > 0 && rules.skipOnUpstreamSkip) {
    const reason = { code: "upstream-skipped", upstream: taskRunName(run, seen.skippedBy) } as const;
    return propose(step, slot, { type: "Skipped", result: null, reason }, "before");
  }
  if (run.plan.mapped[node] === 1 && !isChild(run, slot)) return decideChildren(step, slot);
  if (kind !== "task") return decide(step, slot);
  if (rules.cacheForMs !== undefined || rules.hasTarget) {
    run.questions.set(slot, { kind: "cache" });
    run.phase[slot] = PHASE.ASKED;
    step.commands.push({ type: "AskCache", slot });
    return;
  }
  judgeTally(step, slot, seen);
}

/** A node the engine answers itself is Running for no time, so that handlers see the steps of a task. */
function decide(step: Step, slot: number): void {
  const state = control(step.run, slot);
  const ends = state.type === "Skipped" || state.type === "TriggerFailed";
  propose(step, slot, ends ? state : { type: "Running", attempt: 1 }, ends ? "before" : "start");
}

/** Skipped or TriggerFailed because of the case it stands in; undefined: its case was taken. */
function caseVerdict(run: Run, slot: number, branch: number): TaskState | undefined {
  const node = run.plan.graph.nodes[run.owner[slot]!]!;
  const key = node.caseOf?.key ?? "";
  const type = typeOf(run, branch);
  if (familyOf(type) === "success" && type !== "Skipped") {
    const taken = run.value[branch];
    if (type === "Mapped" || taken === key) return undefined; // of a mapped branch, each child judges for itself
    const shown = key === OTHERWISE ? "otherwise" : key;
    const reason: Reason = {
      code: "case-not-taken",
      key: shown,
      taken: typeof taken === "string" ? (taken === OTHERWISE ? "otherwise" : taken) : null,
    };
    return { type: "Skipped", result: null, reason };
  }
  if (familyOf(type) === "success")
    return { type: "Skipped", result: null, reason: { code: "upstream-skipped", upstream: taskRunName(run, branch) } };
  return triggerFailed(`its branch '${taskRunName(run, branch)}' ended ${type}, so no case was taken`, {
    code: "trigger",
    trigger: "case",
    failed: 1,
    successful: 0,
    total: 1,
  });
}

function triggerFailed(why: string, reason: Reason): TaskState {
  return { type: "TriggerFailed", error: recordOfCode("TRIGGER_FAILED", { why }), reason };
}

/** The trigger of a task run that is Pending, or Cached by a hit. */
export function judgeTrigger(step: Step, slot: number): void {
  judgeTally(step, slot, tallyUpstreams(step.run, slot));
}

function judgeTally(step: Step, slot: number, seen: Tally): void {
  const { run } = step;
  const rule = rulesOf(run, slot).trigger;
  switch (judge(rule, seen)) {
    case "run":
      return triggerMet(step, slot);
    case "fail": {
      const { failed, total, cancelled } = seen;
      const successful = total - failed - cancelled;
      const text = triggerText(rule);
      const why = `trigger ${text} was not met: of ${total} upstreams ${successful} succeeded and ${failed} failed`;
      return propose(
        step,
        slot,
        triggerFailed(why, { code: "trigger", trigger: text, failed, successful, total }),
        "before",
      );
    }
    case "skip":
      return propose(
        step,
        slot,
        { type: "Skipped", result: null, reason: { code: "all-upstreams-skipped" } },
        "before",
      );
    case "pause":
      if (run.counters.get(slot)?.resumed) return triggerMet(step, slot);
      return propose(step, slot, { type: "Paused", reason: { code: "manual-only" } }, "before");
    case "ask":
      run.questions.set(slot, { kind: "trigger", id: ++run.asked });
      run.phase[slot] = PHASE.ASKED;
      step.commands.push({ type: "AskTrigger", slot, question: run.asked });
      return;
  }
}

/** It may run: a hit is final, a path must lead somewhere, an approval asks its person, limits must have room. */
export function triggerMet(step: Step, slot: number): void {
  const { run } = step;
  if (run.state[slot] === STATE_INDEX.Cached) return finish(step, slot);
  if (run.plan.hasPath[run.owner[slot]!] === 1) {
    const missing = missingPath(run, slot);
    if (missing !== undefined) return propose(step, slot, pathMissing(missing), "before");
  }
  const { approval } = rulesOf(run, slot);
  if (approval !== undefined && run.plan.mapped[slot] !== 1) return askPerson(step, slot, approval);
  makeReady(run, slot);
}

/** There is room for it: a place in each of its limits next. While that is asked it holds the room. */
export function claimLimits(step: Step, slot: number): void {
  const { run } = step;
  run.starting++;
  run.questions.set(slot, { kind: "limits" });
  run.phase[slot] = PHASE.ASKED;
  step.commands.push({ type: "ClaimLimits", slot });
}

function answered(run: Run, slot: number, kind: "cache" | "trigger" | "limits"): boolean {
  if (run.questions.get(slot)?.kind !== kind) return false; // a duplicate, or asked before a cancel
  run.questions.delete(slot);
  run.phase[slot] = PHASE.IDLE;
  return true;
}

export function cacheAnswered(step: Step, slot: number, answer: CacheAnswer): void {
  const { run } = step;
  if (!answered(run, slot, "cache")) {
    // A person marked it meanwhile: what it was to compute is somebody else's.
    if (answer.kind === "miss" && run.phase[slot] === PHASE.DONE) step.commands.push({ type: "ReleaseCache", slot });
    return;
  }
  if (run.cancelling || run.draining) return;
  if (answer.kind !== "wait") wakeFlow(run); // it may have been all that was left beside those who wait for people
  switch (answer.kind) {
    case "miss":
      if (run.state[slot] === STATE_INDEX.Queued) toPending(step, slot);
      return judgeTrigger(step, slot);
    case "wait":
      return queue(step, slot, {
        type: "Queued",
        reason: { code: "cache-wait", runId: answer.runId, slot: answer.slot },
      });
    case "failed":
      return propose(
        step,
        slot,
        { type: "Failed", error: answer.error, reason: { code: "cache-key-failed" } },
        "before",
      );
    case "hit": {
      const { value, runId, storedAt, expiresAt, target } = answer;
      const cache = { how: "hit", runId, storedAt, expiresAt, ...(target !== undefined && { target }) } as const;
      return propose(step, slot, { type: "Cached", result: value, cache }, "hit");
    }
  }
}

/** The entry it waited for is there, or given up: ask again. */
export function cacheReleased(step: Step, slot: number): void {
  const { run } = step;
  if (!inLine(run, slot, "cache-wait")) return;
  run.questions.set(slot, { kind: "cache" });
  run.phase[slot] = PHASE.ASKED;
  step.commands.push({ type: "AskCache", slot });
}

export function triggerAnswered(step: Step, slot: number, id: number, answer: TriggerAnswer): void {
  const { run } = step;
  const question = run.questions.get(slot);
  if (question?.kind === "trigger" && question.id !== id) return; // late, or twice
  if (!answered(run, slot, "trigger") || run.cancelling || run.draining) return;
  switch (answer.kind) {
    case "said":
      if (answer.run) return triggerMet(step, slot);
      return propose(
        step,
        slot,
        triggerFailed("its custom trigger said no", {
          code: "trigger",
          trigger: "custom",
          failed: 0,
          successful: 0,
          total: 0,
        }),
        "before",
      );
    case "threw":
      return propose(
        step,
        slot,
        { type: "TriggerFailed", error: answer.error, reason: { code: "trigger-error" } },
        "before",
      );
    case "signalled":
      return triggerSignalled(step, slot, answer.signal);
  }
}

function triggerSignalled(step: Step, slot: number, signal: SignalData): void {
  if (signal.kind === "pause" && step.run.counters.get(slot)?.resumed) return triggerMet(step, slot);
  if (signal.kind === "retry" || signal.kind === "loop") {
    return propose(
      step,
      slot,
      triggerFailed(`its custom trigger threw signals.${signal.kind}, which means nothing there`, {
        code: "trigger-error",
      }),
      "before",
    );
  }
  propose(step, slot, stateOfSignal(step, slot, signal), "before");
}

export function limitsAnswered(step: Step, slot: number, full: string | undefined): void {
  const { run } = step;
  if (!answered(run, slot, "limits")) {
    // Withdrawn by a cancel or a drain: what was granted for it, or the place in line, is given back.
    if (!run.counters.get(slot)?.holdsLimits) step.commands.push({ type: "ReleaseLimits", slot });
    return;
  }
  run.starting--;
  if (full !== undefined) return queue(step, slot, { type: "Queued", reason: { code: "limit", limit: full } });
  Object.assign(countersOf(run, slot), { holdsLimits: true, woken: false });
  begin(step, slot);
}

/** Waits in line; asking its handlers comes first, where it was not waiting already. */
function queue(step: Step, slot: number, queued: TaskState): void {
  if (step.run.state[slot] !== STATE_INDEX.Queued) return propose(step, slot, queued, "before");
  step.run.phase[slot] = PHASE.WAITING;
  wakeIfCalled(step, slot, queued);
}

/** A place in its limit became free: claim again. */
export function limitFreed(step: Step, slot: number): void {
  if (inLine(step.run, slot, "limit")) makeReady(step.run, slot);
}

/** It waits in line for this. If that, or what its handlers say of it, is still being asked, it is noted that it need not. */
function inLine(run: Run, slot: number, code: "limit" | "cache-wait"): boolean {
  if (run.cancelling || run.draining) return false;
  const question = run.questions.get(slot);
  const asks = question?.kind === "handlers" ? question.to.type === "Queued" : question !== undefined;
  if (asks) countersOf(run, slot).woken = true;
  const waits = run.state[slot] === STATE_INDEX.Queued && run.phase[slot] === PHASE.WAITING;
  return waits && run.detail.get(slot)?.reason?.code === code;
}
