/** Somebody in this process who can decide about task runs that wait for a person: at its terminal, or in a test. */
import type { Instant } from "../base/time.ts";
import type { Decision } from "../engine/event.ts";
import type { ApprovalRule } from "../graph/graph.ts";
import type { Reason } from "../state/reason.ts";

/** A task run that waits. */
export interface WaitingTask {
  readonly slot: number;
  /** As one writes it to name it: the task's name, its slug where several calls have that name; `[i]` for a child. */
  readonly task: string;
  readonly slug: string;
  /** Undefined: it is no approval, but was paused. */
  readonly approval: ApprovalRule | undefined;
  readonly reason: Reason | undefined;
  readonly until: Instant | undefined;
  /** What it was called with. */
  readonly inputs: readonly { readonly label: string; readonly value: unknown }[];
}

export interface Answer {
  readonly slot: number;
  readonly decision: Decision;
  readonly by: string | undefined;
}

export interface People {
  /**
   * Called when nothing of a run goes on without a person. Undefined: nobody answers. `signal` aborts when the question
   * is settled without an answer: its time is up, or the run was cancelled.
   * @param refused why the answer before was not taken, an APPROVAL_INPUT
   */
  ask(waiting: readonly WaitingTask[], signal: AbortSignal, refused: Error | undefined): Promise<Answer | undefined>;
}
