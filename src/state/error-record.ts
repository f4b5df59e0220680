/**
 * What is kept of an error. A failed state carries one; so does every place where a consumer
 * would have received the result of a task that failed.
 */

export interface ErrorRecord {
  /** The error's class, `"Error"` when a body threw something that is none. */
  readonly name: string;
  readonly message: string;
  /** Ours (`docs/reference/errors.md`) or the error's own `code`, where it had one as text. */
  readonly code?: string;
  /** As V8 wrote it, at most 16 KiB. */
  readonly stack?: string;
  readonly cause?: ErrorRecord;
  /** The id of the run that failed, where this is the failure of another run (`RUN_FAILED`). */
  readonly run?: string;
  /** What was thrown, as text, when it was not an Error. */
  readonly thrown?: string;
}
