/**
 * What the listeners of a run may not have been told by the owner before: from its history, every step after the last
 * commit of which it is known that they were.
 *
 * A state is told as it was where it is the one that is kept. Of one that was left since, the type is known, the attempt
 * and the time, and not what it held: a failure that was retried says so in place of its message.
 */
import { rebuild } from "../../engine/recover.ts";
import { isDropped, type Run } from "../../engine/run.ts";
import { stateOf } from "../../engine/state-of.ts";
import type { Instant } from "../../base/time.ts";
import type { Program } from "../../ports/program.ts";
import type { Cursor, HistoryRow, RunRow, TaskRunRow } from "../../ports/store.ts";
import { type FlowState, isFinishedType, type State, STATE_TYPES, type StateType } from "../../state/task-state.ts";
import { handlerInfo } from "../answers/questions.ts";
import { planOf } from "../own-run.ts";
import { hears, isStep, type News, type Untold } from "../telling.ts";

/** One step of the history, by type. */
interface Step {
  readonly slot: number | undefined;
  readonly from: StateType;
  readonly to: StateType;
  readonly at: Instant;
  /** The last of its task run, or of the flow, in its commit: no state in between. */
  rests: boolean;
  /** The code of a flow's reason. */
  readonly reason: string | undefined;
}

/** Undefined: they were told of all of it. @param row as it was kept, before anything was done about it */
export function untoldOf(
  program: Program,
  row: RunRow,
  taskRuns: readonly TaskRunRow[],
  history: readonly HistoryRow[],
): Untold | undefined {
  const after = history.findLast(({ untoldAfter }) => untoldAfter !== undefined)?.untoldAfter;
  const rows = after === undefined ? [] : history.filter(({ cursor }) => cursor > after);
  if (after === undefined || rows.length === 0) return undefined;
  const { run } = rebuild(planOf(program), { id: row.id, parameters: row.parameters, flow: row.state, taskRuns }, 1);
  const steps = rows.map((stepped) => stepsOf(stepped, flowBefore(history, stepped.cursor)));
  const told = new Backwards(run, steps.flat());
  const news = steps.flatMap((of) => newsOf(program, run, of, told));
  return { after, news };
}

function stepsOf({ path: { slots, steps }, flow, at }: HistoryRow, flowFrom: StateType): readonly Step[] {
  const all: Step[] = [];
  const resting = new Map<number | undefined, Step>();
  const add = (slot: number | undefined, from: StateType, to: StateType, reason?: string) => {
    const left = resting.get(slot);
    if (left !== undefined) left.rests = false;
    const step = { slot, from, to, at, rests: true, reason };
    resting.set(slot, step);
    all.push(step);
  };
  for (let i = 0; i < slots.length; i++) add(slots[i]!, STATE_TYPES[steps[i]! >> 5]!, STATE_TYPES[steps[i]! & 31]!);
  if (flow !== undefined) add(undefined, flowFrom, flow.type, flow.reason);
  return all;
}

/** A run that is run again is Running without a commit that says so. */
function flowBefore(history: readonly HistoryRow[], before: Cursor): StateType {
  const last = history.findLast((row) => row.cursor < before && row.flow !== undefined && !isQuiet(row.flow.type));
  const type = last?.flow?.type ?? "Pending";
  return isFinishedType(type) ? "Running" : type;
}

/** What a run was last told to be that waits for its place: again, where its process has died meanwhile. */
export function flowTold({ id }: RunRow, history: readonly HistoryRow[], at: Instant): FlowState {
  const type = flowBefore(history, Number.POSITIVE_INFINITY);
  return asFarAsKnown(type, { attempt: 1, at, next: undefined, runId: id }) as FlowState;
}

/** Steps nobody is told of: back to Pending, the wait for the next round of a loop, a run's wait for its time or its place. */
const QUIET: ReadonlySet<StateType> = new Set(["Pending", "Scheduled"]);
const isQuiet = (type: StateType) => QUIET.has(type) || type === "Queued";

/** The states that were entered, found from the end: only the last of each is kept. */
class Backwards {
  readonly #states = new Map<Step, { readonly state: State; readonly attempt: number }>();

  constructor(run: Run, steps: readonly Step[]) {
    const later = new Map<number | undefined, { readonly state: State; attempt: number }>();
    for (const step of steps.toReversed()) {
      const { slot, to, at, reason } = step;
      if (slot !== undefined && !isThere(run, slot)) continue;
      const next = later.get(slot);
      const attempt = next?.attempt ?? (slot === undefined ? 0 : run.attempt[slot]!);
      const kept = slot === undefined ? run.flow : stateOf(run, slot);
      const state =
        next === undefined && kept.type === to
          ? kept
          : asFarAsKnown(to, { attempt, at, next: next?.state, runId: run.id, reason });
      this.#states.set(step, { state, attempt });
      later.set(slot, { state, attempt: to === "Running" ? Math.max(0, attempt - 1) : attempt });
    }
  }

  of(step: Step): { readonly state: State; readonly attempt: number } | undefined {
    return this.#states.get(step);
  }
}

/** Children that were decided anew are none of the run any more. */
const isThere = (run: Run, slot: number) => slot < run.slots && !isDropped(run, slot);

function newsOf(program: Program, run: Run, steps: readonly Step[], states: Backwards): readonly News[] {
  const told: News[] = [];
  const failures: News[] = [];
  const flow: News[] = [];
  for (const step of steps) {
    const { slot, at } = step;
    const entered = states.of(step);
    if (entered === undefined || (slot === undefined ? isQuiet(step.to) : QUIET.has(step.to))) continue;
    const { state: to, attempt } = entered;
    const from = asFarAsKnown(step.from, { attempt, at, next: undefined, runId: run.id });
    const info = { ...handlerInfo(run, slot, at), attempt, replayed: true };
    if (slot === undefined && !isStep(from, to)) continue;
    const list = slot === undefined ? flow : told;
    if (hears(program, run, slot, "step", to)) list.push({ slot, kind: "step", from, to, info });
    if (!step.rests || !hears(program, run, slot, "failure", to)) continue;
    (slot === undefined ? flow : failures).push({ slot, kind: "failure", from, to, info });
  }
  return [...told, ...failures, ...flow];
}

interface Known {
  readonly attempt: number;
  readonly at: Instant;
  /** The state that came after it. */
  readonly next: State | undefined;
  readonly runId: string;
  readonly reason?: string | undefined;
}

/** A state that was left: of what it held no more than follows from what is kept. */
function asFarAsKnown(type: StateType, { attempt, at, next, runId, reason }: Known): State {
  const result = next !== undefined && "result" in next ? next.result : undefined;
  const error = { name: "Error", message: "what went wrong was not kept: the process died before this was told" };
  switch (type) {
    case "Running":
      return { type, attempt, ...(reason === "by-person" && { reason: { code: reason } }) };
    case "Retrying":
      return { type, attempt: attempt + 1, startAt: at };
    case "Scheduled":
      return { type, startAt: at };
    case "Looped":
      return { type, count: 0, result, startAt: at };
    case "Success":
    case "Skipped":
      return { type, result };
    case "Cached":
      return { type, result, cache: { how: "stored", runId, storedAt: at, expiresAt: undefined } };
    case "Mapped":
      return { type, children: 0, result };
    case "Failed":
    case "TriggerFailed":
    case "ValidationFailed":
      return { type, error };
    case "TimedOut":
      return { type, error, afterMs: 0 };
    default:
      return { type };
  }
}
