/** Time and chance as ports: real in a process, virtual in tests and the simulator. */
import type { Instant } from "../base/time.ts";

export interface Timer {
  /** After this the callback is not called. */
  cancel(): void;
  /** The process need not stay for it. */
  unref?(): void;
}

export interface Clock {
  now(): Instant;
  /** Milliseconds that nobody can set, from any origin: for how long something took. Where it is not given, `now` is as good. */
  steady?(): number;
  /**
   * Calls back at `at` or later, never before; at once (in a later turn) if `at` has passed. Keeps the process alive.
   * How long that is, is decided now: who sets the real clock meanwhile makes it neither shorter nor longer.
   */
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
