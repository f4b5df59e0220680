/**
 * Why a state is what it is: a code with its parameters, for programs, the log, `explain` and the page.
 * The words of a reason belong to whoever shows it (English and Spanish later); here is only what is true.
 */
import type { Instant } from "../base/time.ts";
import type { StateType } from "./task-state.ts";

export type Reason =
  | { readonly code: "upstream-skipped"; readonly upstream: string }
  | {
      readonly code: "trigger";
      readonly trigger: string;
      readonly failed: number;
      readonly successful: number;
      readonly total: number;
    }
  | { readonly code: "trigger-error" }
  | { readonly code: "all-upstreams-skipped" }
  | { readonly code: "no-mappable-upstream" }
  | { readonly code: "unmappable-result"; readonly upstream: string; readonly got: string }
  | { readonly code: "map-lengths"; readonly lengths: readonly number[] }
  | { readonly code: "case-not-taken"; readonly key: string; readonly taken: string | null }
  | { readonly code: "no-case-taken"; readonly key: string }
  | { readonly code: "ref-path-missing"; readonly path: string }
  | { readonly code: "handler-failed"; readonly handler: string }
  | { readonly code: "handler" }
  | { readonly code: "manual-only" }
  | { readonly code: "signal"; readonly why?: string }
  | { readonly code: "retry"; readonly attempt: number; readonly of: number }
  | { readonly code: "not-yet"; readonly count: number }
  | { readonly code: "retry-signals-max"; readonly max: number }
  | { readonly code: "loop-max"; readonly max: number }
  /** `slot`: of the task run in that run which computes it. */
  | { readonly code: "cache-wait"; readonly runId: string; readonly slot: number }
  | { readonly code: "limit"; readonly limit: string }
  | { readonly code: "cache-key-failed" }
  | { readonly code: "validation" }
  | { readonly code: "timeout"; readonly afterMs: number }
  | { readonly code: "lost"; readonly count: number }
  | { readonly code: "poison"; readonly count: number }
  | { readonly code: "outcome-unknown" }
  | { readonly code: "value-not-kept" }
  /** Set back by a person: it, or what it follows from, is to run again. */
  | { readonly code: "run-again" }
  | { readonly code: "given" }
  | { readonly code: "cancelled"; readonly by?: string }
  | { readonly code: "interrupted" }
  /** A person paused the run: nothing of it starts until a person resumes it. */
  | PausedByPerson
  | { readonly code: "code-changed"; readonly changes: readonly string[] }
  /** An approval waits for an answer; it times out at `until`. */
  | Approval
  | AskedInChildRun
  | { readonly code: "approved"; readonly by?: string }
  | { readonly code: "approval-rejected"; readonly why?: string; readonly by?: string }
  | MarkedByPerson
  | { readonly code: "resource"; readonly resource: string }
  | { readonly code: "reference-succeeded" }
  | { readonly code: "reference-failed"; readonly failed: readonly string[] }
  | { readonly code: "final-state" };

export interface Approval {
  readonly code: "approval";
  readonly question: string;
  readonly until?: number;
}

/** A flow that is called as a task waits for a person in its own run: what it asks there is asked here too. */
export interface AskedInChildRun {
  readonly code: "child-run";
  readonly run: string;
  /** The task run that waits there. */
  readonly task?: string;
  readonly question?: string;
  readonly until?: number;
  /** JSON Schema of what is given with a yes. */
  readonly input?: Readonly<Record<string, unknown>>;
}

/** A person is asked something that has a time of its own. */
export function isAsked(reason: Reason | undefined): reason is Approval | AskedInChildRun {
  return reason?.code === "approval" || reason?.code === "child-run";
}

export interface PausedByPerson {
  readonly code: "by-person";
  readonly by?: string;
}

/** A person said what became of a task run, in place of its body: why, who, when, and what it was before. */
export interface MarkedByPerson {
  readonly code: "marked";
  readonly why: string;
  readonly by?: string;
  readonly at: Instant;
  readonly from: StateType;
}

/** Decided by what came before it, without its body: that may have been called before the run was set back. */
export function isOfUpstreams(reason: Reason | undefined): boolean {
  switch (reason?.code) {
    case "trigger":
    case "trigger-error":
    case "upstream-skipped":
    case "all-upstreams-skipped":
    case "case-not-taken":
      return true;
    default:
      return false;
  }
}

/** Of a run that is Paused: nothing takes it up by itself, only who resumes the whole of it. */
export function staysPaused(reason: Reason | undefined): boolean {
  return reason?.code === "by-person" || reason?.code === "code-changed";
}
