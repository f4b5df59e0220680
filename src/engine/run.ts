/**
 * One run as the engine sees it: a struct of arrays, owned by one driver and changed in place.
 *
 * Slots 0 … plan.count − 1 are the nodes; the children of a mapped node are one range of slots behind them,
 * from the moment they are decided. A million task runs cost some 20 bytes each here, plus their results.
 */
import { assert } from "../base/assert.ts";
import { CaudalError } from "../base/errors.ts";
import type { Instant } from "../base/time.ts";
import type { NodeId, TaskRules } from "../graph/graph.ts";
import type { ErrorRecord } from "../state/error-record.ts";
import type { PausedByPerson, Reason } from "../state/reason.ts";
import {
  type CacheNote,
  type FlowState,
  isFinishedType,
  STATE_TYPES,
  type StateType,
  type TaskState,
} from "../state/task-state.ts";
import type { Plan } from "./plan.ts";

/** Most nodes and mapped children of one run (design §16). */
export const TASK_RUNS_MAX = 1_000_000;

/** In the place of a slot: the run itself, none of its task runs. */
export const OF_RUN = -1;

/** Where a task run stands between two states. */
export const PHASE = { IDLE: 0, READY: 1, ASKED: 2, WAITING: 3, DONE: 4 } as const;

/** What a proposed state was proposed for: decides how it goes on after the handlers have spoken. */
export type Stage = "before" | "hit" | "start" | "settle" | "cached" | "retry" | "map" | "cancel" | "resume" | "mark";

/** What is not the same for all task runs; kept only where there is something to keep. */
export interface Detail {
  reason?: Reason | undefined;
  error?: ErrorRecord | undefined;
  startAt?: Instant | undefined;
  afterMs?: number | undefined;
  cache?: CacheNote | undefined;
  /** A failed state that carries a result of its own: `value` holds it. */
  hasResult?: boolean | undefined;
}

/** Who let a paused task run go on, when, and what they gave it. */
export interface Resumption {
  readonly by: string | undefined;
  readonly at: Instant;
  readonly input: unknown;
}

export interface Counters {
  /** How often it was set back to run again; part of its idempotency key. */
  generation: number;
  failures: number;
  retrySignals: number;
  lost: number;
  /** Rounds of the loop that ended. */
  rounds: number;
  loopValue: unknown;
  /** A person resumed it: what `context().resumed` shows. */
  resumed: Resumption | undefined;
  /** It has a place in each of its limits: from shortly before Running until Running is over. */
  holdsLimits: boolean;
  /** What it waits for in line came while its handlers were asked about Queued. */
  woken: boolean;
}

/** What of the counters holds in every process that has the run: a store keeps it. */
export type KeptCounters = Omit<Counters, "holdsLimits" | "woken">;

/** `id`: which question an answer from the user's code is about; one that comes late, or twice, names another. */
export type Question =
  | {
      readonly kind: "handlers";
      readonly id: number;
      readonly from: TaskState;
      readonly to: TaskState;
      readonly stage: Stage;
      readonly mayRetry: boolean;
      readonly retryInMs: number;
    }
  | { readonly kind: "cache" }
  | { readonly kind: "trigger"; readonly id: number }
  | { readonly kind: "limits" };

export interface SeenState {
  readonly slot: number;
  readonly from: TaskState;
  readonly to: TaskState;
  readonly at: Instant;
}

/** Every transition of every task run, in order, packed. */
export interface TransitionLog {
  length: number;
  slot: Uint32Array;
  /** from · 32 + to, as indices of STATE_TYPES. */
  step: Uint16Array;
  at: Float64Array;
}

export type FlowPhase = "new" | "starting" | "running" | "deciding" | "ending" | "ended";

export interface Run {
  readonly id: string;
  readonly plan: Plan;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Slots in use. */
  slots: number;
  state: Uint8Array;
  phase: Uint8Array;
  /** Upstreams (for a child: paired siblings) that are not finished yet. */
  waiting: Uint32Array;
  attempt: Uint32Array;
  /** The node a slot belongs to. */
  owner: Uint32Array;
  /** What consumers get: the result, null for skipped, an error record for failed ones. */
  value: unknown[];
  dirtyFlag: Uint8Array;
  /** First slot of a mapped node's children; 0 before they are decided (slot 0 is always a node). */
  readonly childBase: Uint32Array;
  readonly childCount: Uint32Array;
  /** Children by what became of them. */
  readonly childOpen: Uint32Array;
  readonly childFailed: Uint32Array;
  readonly childSkipped: Uint32Array;
  readonly childCancelled: Uint32Array;
  readonly detail: Map<number, Detail>;
  readonly counters: Map<number, Counters>;
  readonly questions: Map<number, Question>;
  /** Lists of children's results and flattened arguments, made when first asked for. */
  readonly lists: Map<string, readonly unknown[]>;
  /** Of nodes mapped over flattened children: which child each element came from (`originKey`). */
  readonly origins: Map<string, Uint32Array>;
  /** Binary heap of slots that may start, smallest rank first. */
  ready: number[];
  /** Slots to look at before this step ends. */
  todo: number[];
  /** Slots changed since the last commit. */
  dirty: number[];
  /** Task runs whose state is final since the last commit, in order; a mapped node when its children are decided. */
  settled: number[];
  /** Task runs that were marked by a person since the last commit. */
  marked: number[];
  /** States of watched task runs, for listeners. */
  seen: SeenState[];
  readonly log: TransitionLog;
  /** Questions to the user's code so far: the last one's id. */
  asked: number;
  capacity: number;
  running: number;
  /** Handlers are being asked about Running: they hold room as well. */
  starting: number;
  timers: number;
  paused: number;
  queued: number;
  /** Nodes that are not complete (with all their children). */
  openNodes: number;
  flowPhase: FlowPhase;
  flow: FlowState;
  /** The flow state the handlers or `finalState` were asked about. */
  flowProposed: FlowState | undefined;
  cancelling: boolean;
  draining: boolean;
  /** A person pauses it: what it becomes Paused with, once nothing is in flight. Then it is draining too. */
  pausing: PausedByPerson | undefined;
  flowTimedOutMs: number | undefined;
}

const INITIAL_LOG = 64;

/** A fresh run of a plan: everything Pending. */
export function createRun(
  plan: Plan,
  id: string,
  parameters: Readonly<Record<string, unknown>>,
  capacity: number,
): Run {
  const n = plan.count;
  if (n > TASK_RUNS_MAX) throw new CaudalError("NODES_MAX", { max: TASK_RUNS_MAX, what: `flow '${plan.graph.name}'` });
  const waiting = new Uint32Array(n);
  const owner = new Uint32Array(n);
  for (let node = 0; node < n; node++) {
    waiting[node] = plan.upStart[node + 1]! - plan.upStart[node]!;
    owner[node] = node;
  }
  return {
    id,
    plan,
    parameters,
    slots: n,
    state: new Uint8Array(n),
    phase: new Uint8Array(n),
    waiting,
    attempt: new Uint32Array(n),
    owner,
    value: new Array<unknown>(n).fill(undefined),
    dirtyFlag: new Uint8Array(n),
    childBase: new Uint32Array(n),
    childCount: new Uint32Array(n),
    childOpen: new Uint32Array(n),
    childFailed: new Uint32Array(n),
    childSkipped: new Uint32Array(n),
    childCancelled: new Uint32Array(n),
    detail: new Map(),
    counters: new Map(),
    questions: new Map(),
    lists: new Map(),
    origins: new Map(),
    ready: [],
    todo: [],
    dirty: [],
    settled: [],
    marked: [],
    seen: [],
    log: {
      length: 0,
      slot: new Uint32Array(INITIAL_LOG),
      step: new Uint16Array(INITIAL_LOG),
      at: new Float64Array(INITIAL_LOG),
    },
    asked: 0,
    capacity,
    running: 0,
    starting: 0,
    timers: 0,
    paused: 0,
    queued: 0,
    openNodes: n,
    flowPhase: "new",
    flow: { type: "Pending" },
    flowProposed: undefined,
    cancelling: false,
    draining: false,
    pausing: undefined,
    flowTimedOutMs: undefined,
  };
}

export const STATE_INDEX = Object.fromEntries(STATE_TYPES.map((type, index) => [type, index])) as Record<
  StateType,
  number
>;

/** By index: does anything still happen to a task run in this state? */
export const FINISHED: readonly boolean[] = STATE_TYPES.map(isFinishedType);

export function typeOf(run: Run, slot: number): StateType {
  return STATE_TYPES[run.state[slot]!]!;
}

export function isChild(run: Run, slot: number): boolean {
  return slot >= run.plan.count;
}

/** The index among its siblings; undefined for a node. */
export function childIndex(run: Run, slot: number): number | undefined {
  return slot < run.plan.count ? undefined : slot - run.childBase[run.owner[slot]!]!;
}

/** A child of an earlier generation of its node, which has decided anew, or is to: no task run any more. */
export function isDropped(run: Run, slot: number): boolean {
  if (slot < run.plan.count) return false;
  const node = run.owner[slot]!;
  const index = slot - run.childBase[node]!;
  return run.childBase[node] === 0 || index < 0 || index >= run.childCount[node]!;
}

export function rulesOf(run: Run, slot: number): TaskRules {
  return run.plan.rules[run.owner[slot]!]!;
}

/** The one kind of task run that starts after a cancel. */
export function isCleanup(run: Run, slot: number): boolean {
  return run.plan.cleanups.length > 0 && run.plan.graph.nodes[run.owner[slot]!]!.resource?.role === "cleanup";
}

export function detailOf(run: Run, slot: number): Detail {
  let detail = run.detail.get(slot);
  if (detail === undefined) run.detail.set(slot, (detail = {}));
  return detail;
}

export function countersOf(run: Run, slot: number): Counters {
  let counters = run.counters.get(slot);
  if (counters === undefined) {
    counters = newCounters(0);
    run.counters.set(slot, counters);
  }
  return counters;
}

export function newCounters(generation: number): Counters {
  return {
    generation,
    failures: 0,
    retrySignals: 0,
    lost: 0,
    rounds: 0,
    loopValue: undefined,
    resumed: undefined,
    holdsLimits: false,
    woken: false,
  };
}

/**
 * An upstream is unfinished that its body needs: in a run that goes on, one that runs again though this task run, or
 * the node whose child it is, had been past it.
 */
export function lacksUpstream(run: Run, slot: number): boolean {
  return run.waiting[slot]! > 0 || (isChild(run, slot) && run.waiting[run.owner[slot]!]! > 0);
}

/** The name people know a task run by: a child's ends in its index. */
export function taskRunName(run: Run, slot: number): string {
  const name = run.plan.graph.nodes[run.owner[slot]!]!.name;
  const index = childIndex(run, slot);
  return index === undefined ? name : `${name}[${index}]`;
}

function grown<T extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(array: T, length: number): T {
  const larger = new (array.constructor as new (length: number) => T)(length);
  larger.set(array);
  return larger;
}

/** Whether `count` more task runs would be more than a run may have. */
export function isTooMany(run: Run, count: number): boolean {
  return run.slots - run.plan.count + count > TASK_RUNS_MAX;
}

/** Appends the children of a mapped node as a range of Pending slots. */
export function addChildren(run: Run, node: NodeId, count: number): void {
  const base = run.slots;
  assert(!isTooMany(run, count), "the width was checked when it was decided");
  const needed = base + count;
  if (needed > run.state.length) {
    const length = Math.max(needed, Math.min(run.state.length * 2, TASK_RUNS_MAX * 2));
    run.state = grown(run.state, length);
    run.phase = grown(run.phase, length);
    run.waiting = grown(run.waiting, length);
    run.attempt = grown(run.attempt, length);
    run.owner = grown(run.owner, length);
    run.dirtyFlag = grown(run.dirtyFlag, length);
  }
  for (let slot = base; slot < needed; slot++) {
    run.owner[slot] = node;
    run.value.push(undefined);
  }
  run.slots = needed;
  run.childBase[node] = base;
  run.childCount[node] = count;
  run.childOpen[node] = count;
}

/** Notes a transition for the commit, the log lines and `story`. */
export function record(run: Run, slot: number, from: number, to: number, at: Instant): void {
  markLogged(run, slot, from * 32 + to, at);
  markDirty(run, slot);
}

/** Only writes it down. */
export function markLogged(run: Run, slot: number, step: number, at: Instant): void {
  const { log } = run;
  if (log.length === log.slot.length) {
    const length = log.length * 2;
    log.slot = grown(log.slot, length);
    log.step = grown(log.step, length);
    log.at = grown(log.at, length);
  }
  log.slot[log.length] = slot;
  log.step[log.length] = step;
  log.at[log.length++] = at;
}

export function markDirty(run: Run, slot: number): void {
  if (run.dirtyFlag[slot] === 0) {
    run.dirtyFlag[slot] = 1;
    run.dirty.push(slot);
  }
}

/** What is dirty since the last call; the driver commits it. */
export function takeDirty(run: Run): readonly number[] {
  const { dirty } = run;
  run.dirty = [];
  for (const slot of dirty) run.dirtyFlag[slot] = 0;
  return dirty;
}
