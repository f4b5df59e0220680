/**
 * What a run leaves behind, for the façade (`flow/flow-run.ts`), the failure screen, drawings and tests.
 * It reads the engine's tables on demand: a million task runs do not become a million objects.
 */
import type { Instant } from "../base/time.ts";
import type { NodeId } from "../graph/graph.ts";
import type { Program } from "../ports/program.ts";
import type { FlowState, TaskState } from "../state/task-state.ts";

export interface FinishedRun {
  readonly id: string;
  readonly name: string;
  readonly program: Program;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  /** Success, Failed, TimedOut, Cancelled, or Paused (it waits for a person), or Pending (interrupted). */
  readonly state: FlowState;
  /** What its log lines call a task run: its `taskRunName`, else the task's name, with `[i]` for a child. */
  runName(node: NodeId, child?: number): string;
  /** Of a node; of its mapped child where `child` is given. */
  taskState(node: NodeId, child?: number): TaskState;
  /** Of a mapped node whose children were decided, else 0. */
  childCount(node: NodeId): number;
  /** Calls of the body so far. */
  attempts(node: NodeId, child?: number): number;
  /** When it first entered Running and when it finished; undefined where it did not. */
  times(
    node: NodeId,
    child?: number,
  ): { readonly startedAt: Instant | undefined; readonly endedAt: Instant | undefined };
  /** The arguments the body was (or would be) called with; members that failed are error records, skipped ones null. */
  inputs(node: NodeId, child?: number): readonly unknown[];
  /** Why it is in this state and what would change it: one or more sentences. */
  explain(node: NodeId, child?: number): string;
  /** Its history, one line per transition. */
  story(node: NodeId, child?: number): readonly string[];
}
