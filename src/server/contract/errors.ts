/** What goes wrong: a refusal of the API, and an error of a task as it was kept. */
import type { Millis } from "./plain.ts";
import type { StateType } from "./states.ts";

/** RFC 9457, `application/problem+json`, for every answer of 400 and above. */
export interface Problem {
  /** Where the code is explained: `<page>/help/errors/CODE`. */
  readonly type: string;
  /** The code in words: short, the same for every occurrence. */
  readonly title: string;
  readonly status: number;
  /** What happened and what to do, in English. */
  readonly detail: string;
  /** Of the registry (`docs/reference/errors.md`): the part programs decide by. */
  readonly code: string;
  /** What is wrong with single members: JSON pointers into the body (`/parameters/size`), or `?limit` for the query. */
  readonly fields?: readonly { readonly at: string; readonly message: string }[];
  /** Where the state moved on before the action: what it is now. */
  readonly state?: StateType;
  /** Of 404: what there is of nearly that name. */
  readonly suggestions?: readonly string[];
  /** Of 429 and 503: as the header `Retry-After` says. */
  readonly retryAfterMs?: Millis;
}

/** An error as it was kept, the user's frames first. */
export interface ErrorDetail {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  /** Of the stack, in its order. */
  readonly frames: readonly StackFrame[];
  readonly cause?: ErrorDetail;
  /** What was thrown, as text, when it was no Error. */
  readonly thrown?: string;
}

export interface StackFrame {
  /** As V8 wrote it, without `at `. */
  readonly text: string;
  /** In the flow's own files, not in Node or node_modules. */
  readonly own: boolean;
  /** Relative to the folder of the store where it lies in it. */
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

export interface ErrorSummary {
  readonly name: string;
  /** The first line, at most 300 characters. */
  readonly message: string;
  readonly code?: string;
}
