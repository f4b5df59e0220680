/** The states of runs and task runs, and why they are in them. */
import type { Json } from "./plain.ts";

/** All states; flow runs are never Cached, Mapped, Skipped, Looped, Retrying, TriggerFailed or ValidationFailed. */
export type StateType =
  | "Pending"
  | "Scheduled"
  | "Queued"
  | "Paused"
  | "Retrying"
  | "Running"
  | "Cancelling"
  | "Success"
  | "Cached"
  | "Mapped"
  | "Skipped"
  | "Looped"
  | "Failed"
  | "TimedOut"
  | "TriggerFailed"
  | "ValidationFailed"
  | "Cancelled";

export type StateCounts = { readonly [type in StateType]?: number };

/**
 * Why a state is what it is: a code with its parameters, so that it can be said in any language, and the sentence in
 * English. Codes of the engine's reasons (`upstream-skipped`, `trigger`, `signal`, …) keep their name and parameters;
 * those added for what a state says by itself are listed here.
 */
export interface Why {
  readonly code: WhyCode;
  readonly parameters: { readonly [name: string]: Json };
  /** One or more sentences in English. */
  readonly text: string;
}

export type WhyCode =
  // Not begun, or waiting.
  | "waits-for-upstreams" /** { upstreams: { id, name, state }[] (at most 5), more } */
  | "waits-for-its-turn"
  | "process-stopping"
  | "limit" /** { limit } */
  | "cache-wait" /** { runId, slot }: the run, and the task run in it, that computes the result */
  | "starts-at" /** { at } */
  | "retry" /** { attempt, of, at? } */
  | "not-yet" /** { count, at? } */
  | "approval" /** { question, until? } */
  | "child-run" /** { run, task?, question?, until?, input? }: a flow called as a task waits for a person in its own run */
  | "manual-only"
  | "signal" /** { why? } */
  | "code-changed" /** { changes } */
  | "by-person" /** { by? }: a person paused the run */
  | "pausing" /** { by? }: the same, while attempts under way go on to their end */
  | "interrupted"
  | "run-again"
  | "value-not-kept"
  | "lost" /** { count } */
  // Under way.
  | "running" /** { attempt } */
  | "cancelling"
  | "between-rounds" /** { count, at } */
  | "waits-for-a-person"
  // Over.
  | "succeeded" /** { attempts } */
  | "cache-hit" /** { runId, storedAt, expiresAt? } */
  | "cache-stored" /** { expiresAt? } */
  | "mapped" /** { children, successful, failed, skipped, open } */
  | "given"
  | "handler"
  | "approved" /** { by? } */
  | "marked" /** { why, by?, at, from }: a person said what became of it, in place of its body */
  | "failed" /** { message, attempts, retries } */
  | "timeout" /** { afterMs } */
  | "validation"
  | "approval-rejected" /** { by?, why? } */
  | "trigger" /** { trigger, failed, successful, total } */
  | "trigger-error"
  | "no-mappable-upstream"
  | "unmappable-result" /** { upstream, got } */
  | "map-lengths" /** { lengths } */
  | "ref-path-missing" /** { path } */
  | "handler-failed" /** { handler } */
  | "retry-signals-max" /** { max } */
  | "loop-max" /** { max } */
  | "cache-key-failed"
  | "poison" /** { count } */
  | "outcome-unknown"
  | "resource" /** { resource } */
  | "skipped"
  | "upstream-skipped" /** { upstream } */
  | "all-upstreams-skipped"
  | "case-not-taken" /** { key, taken } */
  | "no-case-taken" /** { key } */
  | "cancelled" /** { by? } */
  // Of flow runs.
  | "reference-succeeded"
  | "reference-failed" /** { failed } */
  | "final-state";
