/** Lines that were printed. */
import type { Cursor, Instant } from "./plain.ts";

export interface LogQuery {
  /** Lines after this one; or before it, with `before`. Lines of a run are numbered from 0. */
  readonly after?: number;
  readonly before?: number;
  /** Without `after` and `before`: the last lines. */
  readonly limit?: number;
  /** This level and above. */
  readonly level?: "debug" | "info" | "warn" | "error";
  /** A task run, or a node with all its children. */
  readonly task?: string;
  readonly attempt?: number;
  /** A part of the text, literally, any case. */
  readonly q?: string;
  /** Shows `limit` lines around this one. */
  readonly around?: number;
}

export interface LogPage {
  /** In order of their numbers. */
  readonly lines: readonly LogLine[];
  /** Of the run, without filters. */
  readonly total: number;
  /** How many the filters let pass; absent without filters, and where counting stopped at 100,000. */
  readonly matching?: number;
  readonly hasBefore: boolean;
  readonly hasAfter: boolean;
  readonly cursor: Cursor;
}

export interface LogLine {
  readonly line: number;
  readonly at: Instant;
  readonly level: "debug" | "info" | "warn" | "error";
  /** The task run that printed it, or whose state handler did; absent where a handler of the flow's own states did. */
  readonly task?: string;
  /** The name of that task run; the flow's, where it is none's. */
  readonly name: string;
  readonly attempt: number;
  readonly text: string;
  /** A state handler printed it, not the body. */
  readonly handler?: true;
}
