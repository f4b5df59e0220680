/**
 * What this tab knows of runs and task runs: one record per thing, the newest wins, whoever brought it. Snapshots and
 * the stream both write here and every pane reads here, so two panes cannot disagree. Readers hear of changes once per
 * animation frame.
 */
import type { ChangesFrame, Cursor, Progress, RunSummary, TaskRunSummary } from "../../../src/server/contract.ts";

interface Kept<T> {
  readonly cursor: Cursor;
  readonly value: T;
}

/** What can be listened to: `run:ID` (its summary), `tasks:ID` (its task runs and progress), `logs:ID`, `runs`, `flows`. */
export type Topic = string;

/** Frames held back while the page is paused; more than this and everything is fetched again instead. */
const HELD_MAX = 1_000;

export class LiveStore {
  private readonly runs = new Map<string, Kept<RunSummary>>();
  private readonly taskRuns = new Map<string, Map<string, Kept<TaskRunSummary>>>();
  private readonly progresses = new Map<string, Kept<Progress>>();
  private readonly versions = new Map<Topic, number>();
  private readonly listeners = new Map<Topic, Set<() => void>>();
  private readonly frameListeners = new Set<(frame: ChangesFrame) => void>();
  private touched = new Set<Topic>();
  private planned = false;
  private held: ChangesFrame[] | undefined;
  private heldTooMany = false;

  run(id: string): RunSummary | undefined {
    return this.runs.get(id)?.value;
  }

  taskRun(run: string, id: string): TaskRunSummary | undefined {
    return this.taskRuns.get(run)?.get(id)?.value;
  }

  /** In no order of meaning: node order is the graph's. */
  taskRunsOf(run: string): readonly TaskRunSummary[] {
    return Array.from(this.taskRuns.get(run)?.values() ?? [], ({ value }) => value);
  }

  progress(run: string): Progress | undefined {
    return this.progresses.get(run)?.value;
  }

  /** Grows with every change of the topic; what `useSyncExternalStore` compares. */
  version(topic: Topic): number {
    return this.versions.get(topic) ?? 0;
  }

  subscribe(topic: Topic, listener: () => void): () => void {
    const set = this.listeners.get(topic) ?? new Set();
    this.listeners.set(topic, set.add(listener));
    return () => set.delete(listener);
  }

  /** Every applied frame as it came, for what is not kept here: log lines. */
  onFrame(listener: (frame: ChangesFrame) => void): () => void {
    this.frameListeners.add(listener);
    return () => this.frameListeners.delete(listener);
  }

  putRuns(runs: readonly RunSummary[], cursor: Cursor): void {
    for (const run of runs) {
      if (!put(this.runs, run.id, run, cursor)) continue;
      this.touch(`run:${run.id}`);
      this.touch("runs");
    }
  }

  putTaskRuns(run: string, taskRuns: readonly TaskRunSummary[], cursor: Cursor): void {
    const known = this.taskRuns.get(run) ?? new Map<string, Kept<TaskRunSummary>>();
    this.taskRuns.set(run, known);
    for (const taskRun of taskRuns) if (put(known, taskRun.id, taskRun, cursor)) this.touch(`tasks:${run}`);
  }

  putProgress(run: string, progress: Progress, cursor: Cursor): void {
    if (put(this.progresses, run, progress, cursor)) this.touch(`tasks:${run}`);
  }

  /** Of the stream. Held back while paused. */
  take(frame: ChangesFrame): void {
    if (this.held === undefined) return this.applyFrame(frame);
    if (this.held.length < HELD_MAX) this.held.push(frame);
    else this.heldTooMany = true;
    this.touch("held");
  }

  get isPaused(): boolean {
    return this.held !== undefined;
  }

  /** Runs that were made or changed since the page was paused. */
  get heldRuns(): number {
    return new Set(this.held?.flatMap((frame) => frame.runs.map(({ id }) => id))).size;
  }

  pause(): void {
    this.held ??= [];
    this.touch("held");
  }

  /** Applies what was held back; true where it was too much, and everything shown has to be fetched again. */
  goOn(): boolean {
    const held = this.held ?? [];
    const tooMany = this.heldTooMany;
    this.held = undefined;
    this.heldTooMany = false;
    for (const frame of held) this.applyFrame(frame);
    this.touch("held");
    return tooMany;
  }

  touch(topic: Topic): void {
    this.touched.add(topic);
    if (this.planned) return;
    this.planned = true;
    // Hidden tabs get no animation frames.
    if (document.hidden) window.setTimeout(() => this.tell(), 100);
    else requestAnimationFrame(() => this.tell());
  }

  private applyFrame(frame: ChangesFrame): void {
    this.putRuns(frame.runs, frame.cursor);
    for (const { run, taskRuns, progress } of frame.taskRuns) {
      this.putTaskRuns(run, taskRuns, frame.cursor);
      this.putProgress(run, progress, frame.cursor);
    }
    for (const { run } of frame.logs) this.touch(`logs:${run}`);
    for (const listener of this.frameListeners) listener(frame);
  }

  private tell(): void {
    const topics = this.touched;
    this.touched = new Set();
    this.planned = false;
    for (const topic of topics) this.versions.set(topic, this.version(topic) + 1);
    for (const topic of topics) for (const listener of this.listeners.get(topic) ?? []) listener();
  }
}

/** True where it was news. */
function put<T>(map: Map<string, Kept<T>>, id: string, value: T, cursor: Cursor): boolean {
  const known = map.get(id);
  if (known !== undefined && known.cursor > cursor) return false;
  map.set(id, { cursor, value });
  return true;
}
