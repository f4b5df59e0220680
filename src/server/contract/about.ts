/** The server itself. */
import type { Cursor, Instant } from "./plain.ts";

export interface Health {
  readonly ok: true;
}

export interface About {
  readonly version: string;
  readonly node: string;
  /** As printed: a path, or "memory". */
  readonly store: string;
  readonly durable: boolean;
  readonly schemaVersion?: number;
  /** The zone the server prints times in (`CAUDAL_ZONE`, else the system's): an IANA name. */
  readonly zone: string;
  readonly now: Instant;
  readonly startedAt: Instant;
  readonly cursor: Cursor;
  readonly files: readonly string[];
  /** It takes no new runs any more: it is about to end. */
  readonly draining: boolean;
  readonly openStreams: number;
  readonly pid: number;
  /** A token is needed. Loopback: false. */
  readonly token: boolean;
}
