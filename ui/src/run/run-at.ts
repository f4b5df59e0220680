/**
 * A run as it was at a moment, from its history: what is told is told of the commits up to that moment and of nothing
 * else. Pure. What has not changed since is shown as it is known now, with its reasons and errors.
 */
import type {
  Instant,
  Progress,
  RunDetail,
  StateCounts,
  StateType,
  TaskRunSummary,
} from "../../../src/server/contract.ts";
import { groupOf, isOver } from "../look.ts";
import type { History } from "./gantt-rows.ts";

export interface RunAt {
  readonly state: StateType;
  /** One per node, in the order given. */
  readonly taskRuns: readonly TaskRunSummary[];
  readonly progress: Progress;
}

interface Fold {
  state: StateType;
  attempt: number;
  startedAt: Instant | undefined;
  endedAt: Instant | undefined;
}

export interface RunAtInput {
  readonly run: Pick<RunDetail, "state" | "startedAt" | "endedAt">;
  readonly taskRuns: readonly TaskRunSummary[];
  readonly history: History;
  readonly at: Instant;
}

export function runAt({ run, taskRuns, history, at }: RunAtInput): RunAt {
  const { folds, changedLater } = folded(history, at);
  const children = childrenOf(folds);
  const then = taskRuns.map((taskRun) => {
    if (!changedLater.has(taskRun.id) && (folds.get(taskRun.id)?.state ?? "Pending") === taskRun.state) return taskRun;
    return summaryAt(taskRun, folds.get(taskRun.id), children.get(taskRun.id));
  });
  return { state: stateOf(run, at), taskRuns: then, progress: progressOf(then) };
}

/** When something changed, each moment once, in order. */
export function momentsOf(history: History): readonly Instant[] {
  return [...new Set(history.filter(({ transitions }) => transitions.length > 0).map(({ at }) => at))].toSorted(
    (a, b) => a - b,
  );
}

function folded(history: History, at: Instant) {
  const folds = new Map<string, Fold>();
  const changedLater = new Set<string>();
  for (const event of history)
    for (const { id, to } of event.transitions) {
      if (event.at <= at) enter(folds, id, to, event.at);
      else changedLater.add(nodeOf(id));
    }
  return { folds, changedLater };
}

function enter(folds: Map<string, Fold>, id: string, to: StateType, at: Instant): void {
  const fold = folds.get(id) ?? { state: "Pending", attempt: 0, startedAt: undefined, endedAt: undefined };
  folds.set(id, fold);
  // Back to the start: what is run again has not begun.
  if (to === "Pending") fold.startedAt = undefined;
  if (to === "Running") {
    fold.attempt++;
    fold.startedAt ??= at;
  }
  fold.state = to;
  fold.endedAt = isOver(to) ? at : undefined;
}

function nodeOf(id: string): string {
  return id.replace(/\.\d+$/, "");
}

function childrenOf(folds: ReadonlyMap<string, Fold>): ReadonlyMap<string, StateCounts> {
  const counts = new Map<string, { [state in StateType]?: number }>();
  for (const [id, { state }] of folds) {
    const node = nodeOf(id);
    if (node === id) continue;
    const known = counts.get(node) ?? {};
    known[state] = (known[state] ?? 0) + 1;
    counts.set(node, known);
  }
  return counts;
}

function summaryAt(
  { id, name, node }: TaskRunSummary,
  fold: Fold | undefined,
  children: StateCounts | undefined,
): TaskRunSummary {
  const { state = "Pending", attempt = 0, startedAt, endedAt } = fold ?? {};
  return {
    id,
    name,
    node,
    state,
    attempt,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(children === undefined ? {} : { children }),
  };
}

/** The history is of task runs; of the run itself its first and its last moment are known. */
function stateOf({ state, startedAt, endedAt }: RunAtInput["run"], at: Instant): StateType {
  if (startedAt === undefined || at < startedAt) return "Pending";
  return endedAt === undefined || at < endedAt ? "Running" : state;
}

function progressOf(taskRuns: readonly TaskRunSummary[]): Progress {
  const nodes: { [state in StateType]?: number } = {};
  const children: { [state in StateType]?: number } = {};
  for (const taskRun of taskRuns) {
    nodes[taskRun.state] = (nodes[taskRun.state] ?? 0) + 1;
    for (const [state, count] of Object.entries(taskRun.children ?? {}) as [StateType, number][])
      children[state] = (children[state] ?? 0) + count;
  }
  const many = (fits: (taskRun: TaskRunSummary) => boolean) => taskRuns.filter(fits).length;
  return {
    total: taskRuns.length,
    finished: many(({ state }) => isOver(state)),
    failed: many((taskRun) => hasFailed(taskRun)),
    running: many(({ state }) => state === "Running"),
    nodes,
    children,
  };
}

function hasFailed({ state, children = {} }: TaskRunSummary): boolean {
  const isFailure = (one: StateType) => groupOf(one) === "failed" || groupOf(one) === "blocked";
  return isFailure(state) || Object.keys(children).some((one) => isFailure(one as StateType));
}
