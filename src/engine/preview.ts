/**
 * What an action would do to a run: the engine runs ahead on a copy, with the world answering as it usually does. What
 * only the user's code can say is not guessed: it "depends on", and so does all that follows from it.
 */
import { unreachable } from "../base/assert.ts";
import type { Instant } from "../base/time.ts";
import type { NodeId } from "../graph/graph.ts";
import { isFinishedType, type StateType } from "../state/task-state.ts";
import { Ahead } from "./ahead.ts";
import type { Marking } from "./marking.ts";
import { planAhead } from "./plan-ahead.ts";
import { type RerunAction, type Reset, resetAfter, resetFor } from "./reset.ts";
import { isDropped, PHASE, type Run, STATE_INDEX, taskRunName, typeOf } from "./run.ts";
import { restore, snapshot } from "./snapshot.ts";

export type PreviewAction =
  | { readonly type: "cancel" }
  /** `isNobodys`: no process has the run, so that nothing is in flight. */
  | { readonly type: "pause"; readonly isNobodys: boolean }
  /** Lets a paused task run go on. */
  | { readonly type: "resume"; readonly slot: number }
  | { readonly type: "approve"; readonly slot: number }
  | { readonly type: "reject"; readonly slot: number }
  /** `isNobodys`: as above. */
  | { readonly type: "mark"; readonly marking: Marking; readonly isNobodys: boolean }
  | Exclude<RerunAction, { readonly type: "mark" }>;

/**
 * - `runs`: its body is called; `to` is how it ends if that works.
 * - `ends`: it comes to `to` without its body.
 * - `waits`: a person has to say so first, this one's or one upstream.
 * - `depends`: on the answer of a function, or on what a body returns.
 */
export type Becomes = "runs" | "ends" | "waits" | "depends";

export interface PreviewedTaskRun {
  readonly slot: number;
  readonly name: string;
  readonly from: StateType;
  readonly becomes: Becomes;
  /** Undefined where it depends. */
  readonly to: StateType | undefined;
  /** Such as `your function onlyOnMonday`, `how many elements 'list' returns`. */
  readonly dependsOn: string | undefined;
}

export interface Preview {
  /** Task runs that something would happen to, in slot order; children that are decided anew are new ones. */
  readonly taskRuns: readonly PreviewedTaskRun[];
  /** How many nothing would happen to. */
  readonly stays: number;
  readonly flow: {
    readonly from: StateType;
    readonly to: StateType | undefined;
    readonly dependsOn: string | undefined;
  };
  /** What was taken for granted, where it mattered: `bodies that run succeed`, … */
  readonly assumes: readonly string[];
}

export interface PreviewOptions {
  readonly at: Instant;
  /** The name of a task's custom trigger, for "your function …". */
  readonly triggerName?: ((node: NodeId) => string | undefined) | undefined;
}

/** Pure, and leaves the run as it is. O(slots + edges). */
export function preview(run: Run, action: PreviewAction, { at, triggerName }: PreviewOptions): Preview {
  if (action.type === "pause" && action.isNobodys) return nothingButTheRun(run, "Paused");
  const before = snapshot(run);
  const draft = restore(run.plan, before);
  const reset = setBack(draft, action, at);
  const { plan, asks } = planAhead(action.type === "mark" ? asMarked(draft, action.marking) : draft);
  const copy = restore(plan, snapshot(draft));
  const ahead = new Ahead(copy, run.plan, at, (node) => asks.get(node) ?? functionOf(run, node, triggerName));
  const isRerun = reset !== undefined && action.type !== "mark";
  if (reset === undefined) ahead.pickUp();
  if (!isRerun || reset.slots.length > 0) begin(ahead, action, at);
  ahead.toTheEnd();
  const touched = new Set(reset?.slots);
  if (action.type === "mark") touched.add(action.marking.slot);
  const { taskRuns, stays } = taskRunsOf(run, ahead, touched);
  const open = ahead.openQuestion();
  return {
    taskRuns,
    stays,
    flow: { from: run.flow.type, to: open === undefined ? copy.flow.type : undefined, dependsOn: open },
    assumes: [...ahead.assumes],
  };
}

/** Undefined: the run goes on from where it is. */
function setBack(draft: Run, action: PreviewAction, at: Instant): Reset | undefined {
  if (action.type === "retry-failed" || action.type === "run-from") return resetFor(draft, action, at);
  if (action.type !== "mark" || !action.isNobodys) return undefined;
  const { slot } = action.marking;
  if (isFinishedType(draft.flow.type)) return resetFor(draft, { type: "mark", slot }, at);
  return draft.phase[slot] === PHASE.DONE ? resetAfter(draft, slot, at) : { slots: [], dropped: [] };
}

/** Whoever needs its value will find it. */
function asMarked(draft: Run, { slot }: Marking): Run {
  const copy = restore(draft.plan, snapshot(draft));
  copy.phase[slot] = PHASE.DONE;
  return copy;
}

function nothingButTheRun(run: Run, to: StateType): Preview {
  let stays = 0;
  for (let slot = 0; slot < run.slots; slot++) if (!isDropped(run, slot)) stays++;
  return { taskRuns: [], stays, flow: { from: run.flow.type, to, dependsOn: undefined }, assumes: [] };
}

function functionOf(run: Run, node: NodeId, nameOf: PreviewOptions["triggerName"]): string {
  const name = nameOf?.(node);
  const { name: task } = run.plan.graph.nodes[node]!;
  return name === undefined || name === "" || name === "trigger"
    ? `your function, the trigger of '${task}'`
    : `your function ${name}`;
}

function begin(ahead: Ahead, action: PreviewAction, at: Instant): void {
  switch (action.type) {
    case "cancel":
      return ahead.send({ type: "CancelRequested", by: undefined, at });
    case "pause":
      return ahead.send({ type: "PauseRequested", by: undefined, at });
    case "resume":
      return ahead.send({ type: "Resumed", slot: action.slot, by: undefined, input: undefined, at });
    case "approve":
      return ahead.send({
        type: "Decided",
        slot: action.slot,
        decision: { kind: "approved", input: undefined },
        by: undefined,
        at,
      });
    case "reject":
      return ahead.send({
        type: "Decided",
        slot: action.slot,
        decision: { kind: "rejected", why: undefined },
        by: undefined,
        at,
      });
    case "mark": {
      const { marking, isNobodys } = action;
      if (!isNobodys) return ahead.send({ type: "Marked", slot: marking.slot, marking, at });
      if (ahead.run.flowPhase === "new") return ahead.send({ type: "RunStarted", given: new Map(), marking, at });
      return ahead.send({ type: "RunRecovered", again: [], marking, at });
    }
    case "retry-failed":
    case "run-from":
      return ahead.send({ type: "RunStarted", given: new Map(), at });
    default:
      return unreachable(action);
  }
}

function taskRunsOf(run: Run, ahead: Ahead, reset: ReadonlySet<number>): Pick<Preview, "taskRuns" | "stays"> {
  const { run: copy } = ahead;
  const depends = ahead.whatDepends();
  const waits = ahead.whatWaits();
  const taskRuns: PreviewedTaskRun[] = [];
  let stays = 0;
  for (let slot = 0; slot < copy.slots; slot++) {
    if (isDropped(copy, slot)) continue;
    const isNew = slot >= run.slots || isDropped(run, slot);
    const from = isNew ? "Pending" : typeOf(run, slot);
    const to = typeOf(copy, slot);
    const dependsOn = depends.get(slot);
    const touched = isNew || reset.has(slot) || ahead.started.has(slot) || dependsOn !== undefined || from !== to;
    if (!touched) {
      stays++;
      continue;
    }
    const becomes = becomesOf(ahead, run.plan.kind[copy.owner[slot]!] === "task", slot, dependsOn, waits);
    const name = taskRunName(copy, slot);
    taskRuns.push({ slot, name, from, becomes, to: becomes === "depends" ? undefined : to, dependsOn });
  }
  return { taskRuns, stays };
}

function becomesOf(
  { run, started }: Ahead,
  hasBody: boolean,
  slot: number,
  dependsOn: string | undefined,
  waits: ReadonlySet<number>,
): Becomes {
  const type = typeOf(run, slot);
  if (dependsOn !== undefined) return "depends";
  if (run.state[slot] === STATE_INDEX.Paused || waits.has(slot)) return "waits";
  if (hasBody && started.has(slot) && type !== "Cancelled") return "runs";
  return isFinishedType(type) ? "ends" : "waits";
}
