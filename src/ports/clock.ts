/** Time and chance as ports: real in a process, virtual in tests and the simulator. */
import type { Instant } from "../base/time.ts";

export interface Timer {
  /** After this the callback is not called. */
  cancel(): void;
}

export interface Clock {
  now(): Instant;
  /** Calls back at `at` or later, never before; at once (in a later turn) if `at` has passed. Keeps the process alive. */
  at(at: Instant, callback: () => void): Timer;
  /** Lets the process do other things; resolves in a later turn of its event loop. */
  turn(): Promise<void>;
}

export interface Random {
  /** 0 ≤ x < 1. */
  fraction(): number;
  /** A new run id: 26 characters of 0–9 a–z, growing with time. */
  runId(now: Instant): string;
}
