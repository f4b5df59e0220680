/** Flows: what there is, and what each takes. */
import type { Cursor, Instant, Json, Millis } from "./plain.ts";
import type { ScheduleSummary } from "./schedules.ts";
import type { StateCounts, StateType } from "./states.ts";

export interface FlowList {
  readonly flows: readonly FlowSummary[];
  readonly broken: readonly BrokenFile[];
  /** Files that were not loaded yet: what is in them comes into the list by itself. */
  readonly loading: readonly string[];
  /** Grows when files, flows or schedules change: compare with the stream's `flows` frames. */
  readonly revision: number;
  readonly cursor: Cursor;
  readonly next?: string;
}

export interface FlowSummary {
  readonly name: string;
  readonly description?: string;
  readonly tags: readonly string[];
  /** Relative to the server's folder. Absent: it is known only by its runs. */
  readonly file?: string;
  /** False: the store has runs of it, this server has not its code, so it cannot be run here. */
  readonly loaded: boolean;
  readonly fingerprint: string;
  readonly tasks: number;
  /** A run of it must be given something: a parameter is required. */
  readonly needsParameters: boolean;
  readonly schedule?: ScheduleSummary;
  /** Up to 20, the newest last. */
  readonly lastRuns: readonly RunDot[];
  readonly warnings: readonly string[];
}

export interface RunDot {
  readonly id: string;
  readonly state: StateType;
  readonly startedAt?: Instant;
  /** Absent while it goes on. */
  readonly durationMs?: Millis;
}

/** A file that gave no flows; it is loaded again when it is saved. */
export interface BrokenFile {
  /** Relative to the server's folder. */
  readonly file: string;
  readonly code: string;
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
  /** Lines around the place, numbered. */
  readonly frame?: string;
  readonly since: Instant;
}

export interface FlowDetail extends FlowSummary {
  readonly version?: string;
  readonly parameters: readonly FlowParameter[];
  /** JSON Schema (2020-12) of the parameters as one object, for forms. */
  readonly schema: { readonly [name: string]: Json };
  readonly taskOptions: readonly TaskOptions[];
  readonly maxConcurrency?: number;
  readonly timeoutMs?: Millis;
  /** Names the environment must give (`CAUDAL_SECRET_…`), and whether it does. */
  readonly secrets: readonly { readonly name: string; readonly there: boolean }[];
  readonly counts: StateCounts;
  /** As of `FlowList`. */
  readonly revision: number;
  readonly cursor: Cursor;
}

export interface FlowParameter {
  readonly name: string;
  readonly required: boolean;
  readonly default?: Json;
  readonly description?: string;
  readonly schema: { readonly [name: string]: Json };
}

export interface TaskOptions {
  readonly name: string;
  readonly description?: string;
  readonly tags: readonly string[];
  /** As it is written: `all_successful`, `some_failed({ atLeast: 2 })`, `custom`. */
  readonly trigger: string;
  readonly retries: number;
  readonly timeoutMs?: Millis;
  readonly cacheForMs?: Millis;
  readonly limits: readonly string[];
  readonly priority: number;
  readonly skipOnUpstreamSkip: boolean;
  readonly keepsResult: boolean;
  readonly onLost: "retry" | "fail" | "ask";
  readonly approval?: { readonly question: string; readonly timeoutMs?: Millis; readonly input?: Json };
}

export interface FlowVersions {
  readonly versions: readonly {
    readonly fingerprint: string;
    readonly loaded: boolean;
    readonly nodes: number;
    /** Among the newest 10,000 of the flow. */
    readonly runs: number;
    readonly lastRunAt?: Instant;
  }[];
}

/** What a version's last runs say of its tasks. */
export interface FlowTimings {
  readonly flow: string;
  readonly fingerprint: string;
  /** How many runs were looked at: the newest that have ended, at most 50. */
  readonly runs: number;
  /** Without those that were never begun in them. */
  readonly tasks: readonly TaskTiming[];
}

export interface TaskTiming {
  readonly slug: string;
  /** In how many of the runs it was begun, and ended. */
  readonly ended: number;
  readonly failed: number;
  /** Of those that succeeded: from start to end, as a run shows them. */
  readonly medianMs?: Millis;
}
