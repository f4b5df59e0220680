/** Task runs, their attempts and their neighbours. */
import type { ErrorDetail, ErrorSummary } from "./errors.ts";
import type { TaskOptions } from "./flows.ts";
import type { Cursor, Instant, Json } from "./plain.ts";
import type { ActionState } from "./runs.ts";
import type { StateCounts, StateType, Why, WhyCode } from "./states.ts";
import type { ValuePreview } from "./values.ts";

export interface TaskRunList {
  readonly taskRuns: readonly TaskRunSummary[];
  readonly next?: string;
  /** Of all, not of the page. */
  readonly counts: StateCounts;
  readonly cursor: Cursor;
}

export interface TaskRunSummary {
  readonly id: string;
  /** As its log lines call it. */
  readonly name: string;
  readonly node: string;
  /** Of a mapped child. */
  readonly index?: number;
  readonly state: StateType;
  /** Calls of the body so far. */
  readonly attempt: number;
  readonly startedAt?: Instant;
  readonly endedAt?: Instant;
  /** Retrying, Scheduled, Looped: when it goes on. */
  readonly nextAt?: Instant;
  readonly why?: { readonly code: WhyCode; readonly parameters: { readonly [name: string]: Json } };
  readonly cache?: CacheNote;
  readonly error?: ErrorSummary;
  /** Of a mapped node: its children by state. */
  readonly children?: StateCounts;
}

export interface CacheNote {
  readonly how: "stored" | "hit";
  readonly runId: string;
  readonly storedAt: Instant;
  readonly expiresAt?: Instant;
  /** The file that was the result. */
  readonly target?: string;
}

export interface TaskRunDetail extends TaskRunSummary {
  readonly run: string;
  readonly why: Why;
  readonly options: TaskOptions;
  /** From the history: transitions, and calls of the body between them. */
  readonly transitions: readonly Transition[];
  readonly attempts: readonly Attempt[];
  readonly inputs: readonly { readonly label: string; readonly value: ValuePreview; readonly from?: string }[];
  readonly result?: ValuePreview;
  readonly errorDetail?: ErrorDetail;
  /** Whether a person may say what became of it. */
  readonly mark: ActionState;
  readonly upstreams: readonly Neighbour[];
  readonly downstreams: readonly Neighbour[];
  readonly logLines: number;
  readonly cursor: Cursor;
}

export interface Transition {
  readonly at: Instant;
  readonly from: StateType;
  readonly to: StateType;
}

export interface Attempt {
  readonly attempt: number;
  readonly startedAt: Instant;
  readonly endedAt?: Instant;
  readonly outcome: StateType | "released" | "lost";
}

export interface Neighbour {
  readonly id: string;
  readonly name: string;
  readonly state: StateType;
  readonly kind: "data" | "order" | "case";
}
