/** Runs: lists, counts, one in full. */
import type { AuditLine } from "./audit.ts";
import type { ErrorDetail, ErrorSummary } from "./errors.ts";
import type { Cursor, Instant, Json } from "./plain.ts";
import type { StateCounts, StateType, Why } from "./states.ts";
import type { ValuePreview } from "./values.ts";

/** In a query: comma-separated states, `started` as `24h` (or `90s`, `7d`) or `FROM..TO` in ISO 8601, either end open. */
export interface RunQuery {
  readonly flow?: string;
  readonly state?: string;
  readonly tag?: string;
  readonly started?: string;
  /** By whom: `by=schedule`. */
  readonly by?: Trigger;
  /** A part of the run's id or name, literally, any case. */
  readonly q?: string;
  readonly after?: string;
  readonly limit?: number;
}

/** `serve`: the API; `page`: the page, which says so of itself. */
export type Trigger = "script" | "schedule" | "serve" | "page";

export interface RunList {
  readonly runs: readonly RunSummary[];
  /** More may fit, also where this page has fewer than were asked for, or none. */
  readonly next?: string;
  /** No index knows what was asked for: older runs than of this instant were not looked at yet; `next` goes on. */
  readonly searchedTo?: Instant;
  readonly cursor: Cursor;
}

export interface RunSummary {
  readonly id: string;
  readonly name: string;
  readonly flow: string;
  readonly fingerprint: string;
  readonly state: StateType;
  readonly trigger: Trigger;
  /** Who started it, as the header `Caudal-By` said. */
  readonly startedBy?: string;
  readonly tags: readonly string[];
  readonly createdAt: Instant;
  readonly startedAt?: Instant;
  readonly endedAt?: Instant;
  /** The tick it was started for, or when it was asked to begin. */
  readonly scheduledAt?: Instant;
  /** Of its parameters, as one line of JSON, at most 120 characters. */
  readonly parametersText: string;
  /** First line of a failed run's error. */
  readonly error?: ErrorSummary;
  /** Where it is: `none` of an unfinished run means interrupted, or waiting for a person or its time. */
  readonly ownership: "here" | "alive" | "gone" | "none";
}

/** Exact up to 10,000 each; `more` names those that may have more, as where only the newest runs were looked at. */
export interface RunCounts {
  readonly counts: StateCounts;
  readonly more: readonly StateType[];
  readonly cursor: Cursor;
}

export interface RunDetail extends RunSummary {
  readonly parameters: { readonly [name: string]: Json };
  readonly why: Why;
  readonly progress: Progress;
  /** `process 4711`; absent when nobody has it. */
  readonly owner?: string;
  readonly file?: string;
  /** Whether this server has the code of its flow, and of this version: actions that run bodies need it. */
  readonly code: "same" | "changed" | "missing";
  readonly idempotencyKey?: string;
  readonly errorDetail?: ErrorDetail;
  /** The task run the error came from first. */
  readonly failedTask?: string;
  /** Task runs that wait for a person. */
  readonly waiting: readonly WaitingTask[];
  readonly result?: ValuePreview;
  /** What may be done now; the reason where it may not. */
  readonly actions: { readonly [action in RunAction]: ActionState };
  readonly logLines: number;
  readonly audit: readonly AuditLine[];
  readonly cursor: Cursor;
}

export type RunAction = "cancel" | "pause" | "again" | "resume" | "retry" | "run-from" | "approve" | "reject" | "mark";

export interface ActionState {
  readonly can: boolean;
  /**
   * An error code, where it cannot: `RUN_OVER`, `RUN_NOT_OVER`, `FLOW_NOT_LOADED`, `NOTHING_FAILED`, …; of a mark also
   * `TASK_UNDER_WAY`, `TASK_DECIDED`, `TASK_MAPPED`, `TASK_RESOURCE`.
   */
  readonly because?: string;
}

export interface Progress {
  /** Of nodes; children count with their node. */
  readonly total: number;
  readonly finished: number;
  /** Task runs: children, and not the node they belong to. */
  readonly failed: number;
  readonly running: number;
  readonly nodes: StateCounts;
  /** Of mapped children, all nodes together. */
  readonly children: StateCounts;
}

export interface WaitingTask {
  readonly id: string;
  readonly name: string;
  readonly question?: string;
  readonly until?: Instant;
  /** JSON Schema of what is given with a yes; absent: nothing is. */
  readonly input?: Json;
  readonly why: Why;
}
