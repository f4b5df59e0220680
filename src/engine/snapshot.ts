/**
 * A run as plain data and back: at any step, a run restored from its snapshot goes on identically. Values are kept
 * by reference; a store keeps them through its codec.
 */
import { createRun, type Counters, type Detail, type FlowPhase, type Question, type Run } from "./run.ts";
import type { FlowState } from "../state/task-state.ts";
import type { Plan } from "./plan.ts";

export interface RunSnapshot {
  readonly id: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly slots: number;
  readonly state: readonly number[];
  readonly phase: readonly number[];
  readonly waiting: readonly number[];
  readonly attempt: readonly number[];
  readonly owner: readonly number[];
  readonly value: readonly unknown[];
  readonly children: readonly (readonly [
    base: number,
    count: number,
    open: number,
    failed: number,
    skipped: number,
    cancelled: number,
  ])[];
  readonly detail: readonly (readonly [number, Detail])[];
  readonly counters: readonly (readonly [number, Counters])[];
  readonly questions: readonly (readonly [number, Question])[];
  readonly origins: readonly (readonly [string, readonly number[]])[];
  readonly ready: readonly number[];
  readonly dirty: readonly number[];
  readonly settled: readonly number[];
  readonly marked: readonly number[];
  readonly log: readonly (readonly [slot: number, step: number, at: number])[];
  readonly scalars: Scalars;
}

type Scalars = Pick<
  Run,
  | "asked"
  | "capacity"
  | "running"
  | "starting"
  | "timers"
  | "paused"
  | "queued"
  | "openNodes"
  | "cancelling"
  | "draining"
  | "pausing"
  | "flowTimedOutMs"
> & { readonly flowPhase: FlowPhase; readonly flow: FlowState; readonly flowProposed: FlowState | undefined };

/** Taken between two calls of `advance`, never inside one. */
export function snapshot(run: Run): RunSnapshot {
  const { log, slots, plan } = run;
  const part = (array: ArrayLike<number>) => Array.from({ length: slots }, (_, slot) => array[slot]!);
  return {
    id: run.id,
    parameters: run.parameters,
    slots,
    state: part(run.state),
    phase: part(run.phase),
    waiting: part(run.waiting),
    attempt: part(run.attempt),
    owner: part(run.owner),
    value: run.value.slice(0, slots),
    children: Array.from({ length: plan.count }, (_, node) => [
      run.childBase[node]!,
      run.childCount[node]!,
      run.childOpen[node]!,
      run.childFailed[node]!,
      run.childSkipped[node]!,
      run.childCancelled[node]!,
    ]),
    detail: [...run.detail].map(([slot, detail]) => [slot, { ...detail }]),
    counters: [...run.counters].map(([slot, counters]) => [slot, { ...counters }]),
    questions: [...run.questions],
    origins: [...run.origins].map(([key, list]) => [key, [...list]]),
    ready: [...run.ready],
    dirty: [...run.dirty],
    settled: [...run.settled],
    marked: [...run.marked],
    log: Array.from({ length: log.length }, (_, i) => [log.slot[i]!, log.step[i]!, log.at[i]!]),
    scalars: scalarsOf(run),
  };
}

function scalarsOf(run: Run): Scalars {
  const {
    asked,
    capacity,
    running,
    starting,
    timers,
    paused,
    queued,
    openNodes,
    cancelling,
    draining,
    pausing,
    flowTimedOutMs,
    flowPhase,
    flow,
    flowProposed,
  } = run;
  return {
    asked,
    capacity,
    running,
    starting,
    timers,
    paused,
    queued,
    openNodes,
    cancelling,
    draining,
    pausing,
    flowTimedOutMs,
    flowPhase,
    flow,
    flowProposed,
  };
}

/** The same run again, of the same plan. */
export function restore(plan: Plan, from: RunSnapshot): Run {
  const run = createRun(plan, from.id, from.parameters, from.scalars.capacity);
  run.slots = from.slots;
  run.state = Uint8Array.from(from.state);
  run.phase = Uint8Array.from(from.phase);
  run.waiting = Uint32Array.from(from.waiting);
  run.attempt = Uint32Array.from(from.attempt);
  run.owner = Uint32Array.from(from.owner);
  run.value = [...from.value];
  run.dirtyFlag = new Uint8Array(from.slots);
  from.children.forEach(([base, count, open, failed, skipped, cancelled], node) => {
    run.childBase[node] = base;
    run.childCount[node] = count;
    run.childOpen[node] = open;
    run.childFailed[node] = failed;
    run.childSkipped[node] = skipped;
    run.childCancelled[node] = cancelled;
  });
  for (const [slot, detail] of from.detail) run.detail.set(slot, { ...detail });
  for (const [slot, counters] of from.counters) run.counters.set(slot, { ...counters });
  for (const [slot, question] of from.questions) run.questions.set(slot, question);
  for (const [key, list] of from.origins) run.origins.set(key, Uint32Array.from(list));
  run.ready = [...from.ready];
  run.settled = [...from.settled];
  run.marked = [...from.marked];
  run.dirty = [...from.dirty];
  for (const slot of run.dirty) run.dirtyFlag[slot] = 1;
  const { log } = run;
  log.length = from.log.length;
  log.slot = Uint32Array.from([...from.log.map(([slot]) => slot), 0]);
  log.step = Uint16Array.from([...from.log.map(([, step]) => step), 0]);
  log.at = Float64Array.from([...from.log.map(([, , at]) => at), 0]);
  return Object.assign(run, from.scalars);
}
