/**
 * What each task run did with its time, from the run's own history: which part of it was waiting, for what, and which
 * was its body. Pure: the same commits give the same rows.
 */
import type { EventPage, GraphEdge, Instant, StateType, TaskRunSummary } from "../../../src/server/contract.ts";

export type SegmentKind = "waiting" | "queued" | "delay" | "person" | "running";

export interface Segment {
  readonly kind: SegmentKind;
  readonly from: Instant;
  /** Undefined: it goes on. */
  readonly to: Instant | undefined;
  /** Of `running`: which call of the body, from 1, and what became of it. */
  readonly attempt?: number;
  readonly outcome?: StateType;
}

export interface GanttRow {
  readonly taskRun: TaskRunSummary;
  readonly segments: readonly Segment[];
}

export type History = EventPage["events"];

const KINDS: Record<StateType, SegmentKind | undefined> = {
  Pending: "waiting",
  Scheduled: "delay",
  Queued: "queued",
  Paused: "person",
  Retrying: "delay",
  Running: "running",
  Cancelling: "running",
  Looped: "delay",
  Success: undefined,
  Cached: undefined,
  Mapped: undefined,
  Skipped: undefined,
  Failed: undefined,
  TimedOut: undefined,
  TriggerFailed: undefined,
  ValidationFailed: undefined,
  Cancelled: undefined,
};

export interface GanttInput {
  readonly taskRuns: readonly TaskRunSummary[];
  readonly history: History;
  readonly edges: readonly GraphEdge[];
  /** When the run was there: from then on everything waits. */
  readonly begunAt: Instant;
}

/** Ordered by when they first did something; those that never did keep their place at the end. */
export function ganttRows({ taskRuns, history, edges, begunAt }: GanttInput): readonly GanttRow[] {
  const steps = stepsOf(history);
  const upstreams = new Map<string, string[]>();
  for (const { from, to } of edges) upstreams.set(to, [...(upstreams.get(to) ?? []), from]);
  const ends = new Map(taskRuns.map(({ id, endedAt }) => [id, endedAt]));
  const rows = taskRuns.map((taskRun): GanttRow => {
    const told = steps.get(taskRun.id) ?? [];
    const readyAt = readyAfter(upstreams.get(taskRun.id) ?? [], ends, begunAt);
    return { taskRun, segments: segmentsOf(taskRun, told, begunAt, readyAt) };
  });
  return rows
    .map((row, at) => ({ row, at, first: firstOf(row) }))
    .sort((a, b) => a.first - b.first || a.at - b.at)
    .map(({ row }) => row);
}

interface Step {
  readonly at: Instant;
  readonly to: StateType;
}

function stepsOf(history: History): ReadonlyMap<string, readonly Step[]> {
  const steps = new Map<string, Step[]>();
  for (const { at, transitions } of history)
    for (const { id, to } of transitions) {
      const known = steps.get(id);
      if (known === undefined) steps.set(id, [{ at, to }]);
      else known.push({ at, to });
    }
  return steps;
}

/** When the last of what it waits for was over; undefined while one is open. */
function readyAfter(
  upstreams: readonly string[],
  ends: ReadonlyMap<string, Instant | undefined>,
  begunAt: Instant,
): Instant | undefined {
  let ready: Instant | undefined = begunAt;
  for (const id of upstreams) {
    const end = ends.get(id);
    if (end === undefined) return undefined;
    ready = Math.max(ready, end);
  }
  return ready;
}

function segmentsOf(
  taskRun: TaskRunSummary,
  steps: readonly Step[],
  begunAt: Instant,
  readyAt: Instant | undefined,
): readonly Segment[] {
  const told = hasRun(steps) ? steps : fromSummary(taskRun, steps);
  const found: Segment[] = [];
  let state: StateType = "Pending";
  let since = begunAt;
  let attempt = 0;
  const close = (to: Instant | undefined, next: StateType | undefined) => {
    const kind = KINDS[state];
    if (kind === undefined || (to !== undefined && to < since)) return;
    if (kind === "running") {
      const outcome = next === undefined ? {} : { outcome: next };
      found.push({ kind, from: since, to, attempt, ...outcome });
    } else if (kind === "waiting") found.push(...waitingParts(since, to, readyAt));
    else if (to === undefined || to > since) found.push({ kind, from: since, to });
  };
  for (const { at, to } of told) {
    // A cancel that is asked for does not begin another call.
    if (state === "Running" && to === "Cancelling") continue;
    close(at, to);
    if (to === "Running") attempt++;
    state = to;
    since = at;
  }
  close(undefined, undefined);
  return found;
}

/** Waiting is for what comes before, and after that for a turn. */
function waitingParts(from: Instant, to: Instant | undefined, readyAt: Instant | undefined): readonly Segment[] {
  if (to === from) return [];
  if (readyAt === undefined || (to !== undefined && readyAt >= to)) return [{ kind: "waiting", from, to }];
  const parts: Segment[] = [];
  if (readyAt > from) parts.push({ kind: "waiting", from, to: readyAt });
  const queuedFrom = Math.max(from, readyAt);
  if (to === undefined || to > queuedFrom) parts.push({ kind: "queued", from: queuedFrom, to });
  return parts;
}

function hasRun(steps: readonly Step[]): boolean {
  return steps.some(({ to }) => to === "Running");
}

/** Where the history does not say when it ran (a mapped node, a history that was cut): from its summary. */
function fromSummary({ startedAt, endedAt, state }: TaskRunSummary, steps: readonly Step[]): readonly Step[] {
  if (startedAt === undefined || state === "Paused") return steps;
  const begun: Step = { at: startedAt, to: "Running" };
  return endedAt === undefined ? [begun] : [begun, { at: endedAt, to: state }];
}

function firstOf({ segments, taskRun }: GanttRow): number {
  const begun = segments.find(({ kind }) => kind !== "waiting")?.from;
  return begun ?? taskRun.endedAt ?? Number.POSITIVE_INFINITY;
}

const STEPS_MS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
  900_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000,
];

/** Even steps of a time axis, counted from its start: at most `most` of them. */
export function ticksOf(lengthMs: number, most: number): readonly number[] {
  const step = STEPS_MS.find((ms) => lengthMs / ms <= most) ?? Math.ceil(lengthMs / most / 86_400_000) * 86_400_000;
  return Array.from({ length: Math.floor(lengthMs / step) + 1 }, (_, at) => at * step);
}
