/** Who did what. */
import type { Instant } from "./plain.ts";

export interface AuditLine {
  readonly at: Instant;
  /** A name; `api` or `page` where none was given. */
  readonly by: string;
  /** `run`, `cancel`, `approve`, `mark-success`, … */
  readonly action: string;
  readonly run?: string;
  readonly flow?: string;
  readonly task?: string;
  readonly why?: string;
  /** From where: `127.0.0.1`, `page, 127.0.0.1`, `cli`. */
  readonly from: string;
}

export interface AuditList {
  readonly lines: readonly AuditLine[];
  readonly next?: string;
}
