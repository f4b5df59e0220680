/**
 * A run goes on in another process: rebuilt from what its store kept, then told so by one event.
 *
 * `rebuild` makes the tables that the run had when its last commit returned, without replaying anything: every
 * counter follows from the states (`check-run.ts` says how). `recover` then does what a dead process cannot: attempts
 * in flight are lost, timers are set again, lines that were waited in are joined anew.
 */
import { assert } from "../base/assert.ts";
import type { Instant } from "../base/time.ts";
import { type FlowState, isFinishedType, type TaskState } from "../state/task-state.ts";
import { control } from "./control.ts";
import { type RunsAgain, withoutLostValues } from "./lost-values.ts";
import { armApprovals } from "./approval.ts";
import { noteOrigins } from "./map.ts";
import { mark } from "./mark.ts";
import type { Marking } from "./marking.ts";
import type { Plan } from "./plan.ts";
import { countChildren, countWaiting } from "./recount.ts";
import {
  addChildren,
  createRun,
  FINISHED,
  isChild,
  isDropped,
  type KeptCounters,
  PHASE,
  record,
  type Run,
  STATE_INDEX,
} from "./run.ts";
import { lost } from "./settle.ts";
import { writeState } from "./state-of.ts";
import { considerAnew, type Step, wakeUp } from "./step.ts";
import { cancel, pause } from "./stop.ts";

/** One task run as its store kept it. */
export interface KeptTaskRun {
  readonly slot: number;
  readonly node: number;
  readonly attempt: number;
  readonly state: TaskState;
  readonly childBase: number | undefined;
  readonly counters: KeptCounters | undefined;
  /** `derived`: it follows from other results. `not-kept`: it died with the process that made it. */
  readonly value: "kept" | "derived" | "not-kept";
}

export interface KeptRun {
  readonly id: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly flow: FlowState;
  /** In slot order; a task run that was only ever Pending has none. */
  readonly taskRuns: readonly KeptTaskRun[];
}

export interface Rebuilt {
  readonly run: Run;
  /** Task runs that go on from another state than the one that was kept, because a value was not: to be kept anew. */
  readonly again: readonly RunsAgain[];
}

/** The run as it was when its last commit returned. O(slots + edges). */
export function rebuild(plan: Plan, kept: KeptRun, capacity: number): Rebuilt {
  const run = createRun(plan, kept.id, kept.parameters, capacity);
  const ended = isFinishedType(kept.flow.type);
  const { rows, again } = ended ? { rows: kept.taskRuns, again: [] } : withoutLostValues(plan, kept.taskRuns);
  run.flow = kept.flow;
  run.flowPhase = kept.flow.type === "Pending" ? "new" : ended ? "ended" : "running";
  addAllChildren(run, rows);
  for (const row of rows) enterKept(run, row);
  countChildren(run);
  countOpen(run);
  deriveValues(run, rows);
  for (let node = 0; node < plan.count; node++) {
    if (run.state[node] === STATE_INDEX.Mapped) noteOrigins(run, node);
  }
  for (let slot = 0; slot < run.slots; slot++) if (!isDropped(run, slot)) run.waiting[slot] = countWaiting(run, slot);
  return { run, again };
}

/** Children keep the slots they had: ranges in the order of their first ones. */
function addAllChildren(run: Run, rows: readonly KeptTaskRun[]): void {
  const mapped = rows.filter((row) => row.childBase !== undefined && row.state.type === "Mapped");
  mapped.sort((a, b) => a.childBase! - b.childBase! || childrenOf(a) - childrenOf(b));
  for (const row of mapped) {
    assert(row.childBase! >= run.slots, "ranges of children do not overlap");
    if (row.childBase! > run.slots) leaveOut(run, row.childBase! - run.slots);
    addChildren(run, row.slot, childrenOf(row));
  }
}

/** A range whose node has decided its children anew stays unused. */
function leaveOut(run: Run, count: number): void {
  const from = run.slots;
  const [base, children, open] = [run.childBase[0]!, run.childCount[0]!, run.childOpen[0]!];
  addChildren(run, 0, count);
  [run.childBase[0], run.childCount[0], run.childOpen[0]] = [base, children, open]; // node 0 only lent its name
  run.phase.fill(PHASE.DONE, from, from + count);
  run.state.fill(STATE_INDEX.Cancelled, from, from + count);
}

function childrenOf({ state }: KeptTaskRun): number {
  return state.type === "Mapped" ? state.children : 0;
}

function enterKept(run: Run, row: KeptTaskRun): void {
  const { slot, state } = row;
  assert(slot < run.slots, "a task run that was kept is a node, or a child of a mapped node that was kept");
  run.attempt[slot] = row.attempt;
  if (row.counters !== undefined) run.counters.set(slot, { ...row.counters, holdsLimits: false, woken: false });
  writeState(run, slot, state);
  if (FINISHED[run.state[slot]!]!) {
    run.phase[slot] = PHASE.DONE; // a mapped node: once its children are counted
    return;
  }
  if (state.type === "Pending") return;
  run.phase[slot] = PHASE.WAITING;
  if (state.type === "Running") run.running++;
  else if (state.type === "Paused") run.paused++;
  else if (state.type === "Queued") run.queued++;
  else run.timers++; // Retrying and Scheduled; Looped is never kept, it passes
}

/** What control nodes answered follows from their upstreams: it was not kept twice. */
function deriveValues(run: Run, rows: readonly KeptTaskRun[]): void {
  const derived = rows.filter(({ value, state }) => value === "derived" && state.type === "Success");
  derived.sort((a, b) => a.node - b.node || a.slot - b.slot); // values come from nodes before
  for (const { slot } of derived) {
    if (!upstreamsAreFinished(run, slot)) continue; // they run again for others: nobody needs this value any more
    const state = control(run, slot);
    if (state.type === "Success") run.value[slot] = state.result; // else it came from a value that was not kept
  }
}

function upstreamsAreFinished(run: Run, slot: number): boolean {
  return countWaiting(run, slot) === 0 && (!isChild(run, slot) || countWaiting(run, run.owner[slot]!) === 0);
}

/** A mapped node is done with its last child. */
function countOpen(run: Run): void {
  for (let node = 0; node < run.plan.count; node++) {
    if (run.childOpen[node]! > 0) run.phase[node] = PHASE.IDLE;
    else if (run.phase[node] === PHASE.DONE) run.openNodes--;
  }
}

/** Tells a rebuilt run that it goes on here. */
export function recover(step: Step, again: readonly RunsAgain[], marking?: Marking): void {
  const { run, at } = step;
  if (run.flowPhase !== "running") return;
  for (const { slot, from } of again)
    if (!isDropped(run, slot)) record(run, slot, STATE_INDEX[from], run.state[slot]!, at); // by a mark upstream of it
  const cancelled = run.flow.type === "Cancelling";
  const { reason: before } = run.flow;
  run.flow = { type: "Running", attempt: 1 }; // Paused again, where nobody has spoken
  if (marking !== undefined && before?.code === "by-person") pause(step, before.by);
  if (marking !== undefined) mark(step, marking);
  for (let slot = 0; slot < run.slots; slot++) if (!isDropped(run, slot)) recoverOne(step, slot, at);
  armApprovals(step);
  if (cancelled) cancel(step, "cancelled"); // what it had not reached when the process died
}

function recoverOne(step: Step, slot: number, at: Instant): void {
  const { run } = step;
  if (run.phase[slot] === PHASE.ASKED) return; // its handlers are told what a person said of it
  switch (run.state[slot]!) {
    case STATE_INDEX.Running:
      return lost(step, slot, run.attempt[slot]!);
    case STATE_INDEX.Queued:
      return considerAnew(step, slot); // its place in line was the dead process's
    case STATE_INDEX.Retrying:
    case STATE_INDEX.Scheduled: {
      const startAt = run.detail.get(slot)?.startAt ?? at;
      if (startAt > at) step.commands.push({ type: "SetTimer", slot, at: startAt });
      else wakeUp(step, slot);
      return;
    }
    case STATE_INDEX.Pending:
      if (run.waiting[slot] === 0 && run.phase[slot] === PHASE.IDLE) run.todo.push(slot);
      return;
    default:
  }
}
