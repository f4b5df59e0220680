/** What can be done with flows and runs, and what it would do. */
import type { Cursor, Instant, Json } from "./plain.ts";
import type { RunAction } from "./runs.ts";
import type { StateType } from "./states.ts";

export interface StartRun {
  readonly parameters?: { readonly [name: string]: Json };
  /** A second start with the same key gives the first one's run. */
  readonly idempotencyKey?: string;
  readonly runName?: string;
  readonly tags?: readonly string[];
  /** When it begins: until then it is Scheduled. Absent, or a time that has passed: at once. */
  readonly at?: Instant;
}

/** A new run of the same flow with the parameters and tags of this one, but for what is said here. */
export type AgainRun = StartRun;

export interface ResumeRun {
  /** Of a paused task run; absent: the whole run, which was interrupted or paused. */
  readonly task?: string;
  readonly input?: Json;
  /** Go on although the code has changed. */
  readonly acceptChanges?: boolean;
}

export interface RetryRun {
  /** Although the code of what runs again has changed. */
  readonly acceptChanges?: boolean;
}

export interface RunFrom extends RetryRun {
  readonly task: string;
}

export interface Approve {
  /** May be left away where only one waits. */
  readonly task?: string;
  readonly input?: Json;
}

export interface Reject {
  readonly task?: string;
  readonly why?: string;
}

/** Says what became of a task run, in place of its body. */
export interface Mark extends MarkLook {
  /** Why; kept with the task run and shown with it. */
  readonly reason: string;
}

/** What a preview of it needs. */
export interface MarkLook {
  readonly task: string;
  readonly as: "Success" | "Failed" | "Skipped";
  readonly reason?: string;
  /** Of a success: what those that take from it get. */
  readonly value?: Json;
}

export interface StartPreview {
  readonly parameters: { readonly [name: string]: Json };
  readonly flow: string;
  readonly tasks: number;
}

/** What an action would do, from the engine run ahead on a copy. */
export interface ActionPreview {
  readonly action: RunAction;
  readonly taskRuns: readonly {
    readonly id: string;
    readonly name: string;
    readonly from: StateType;
    /** `runs`: its body is called. `ends`: without it. `waits`: for a person. `depends`: on what only code can say. */
    readonly becomes: "runs" | "ends" | "waits" | "depends";
    readonly to?: StateType;
    readonly dependsOn?: string;
  }[];
  /** How many of `taskRuns` were left away: at most 1,000 are told. */
  readonly more: number;
  /** How many nothing would happen to. */
  readonly stays: number;
  readonly flow: { readonly from: StateType; readonly to?: StateType; readonly dependsOn?: string };
  readonly assumes: readonly string[];
  readonly cursor: Cursor;
}
