/** Where attempts run. The driver hands over an order after its start was committed, and is told how it ended. */
import type { Instant, Millis } from "../base/time.ts";
import type { ErrorRecord } from "../state/error-record.ts";
import type { SignalData } from "../state/signal.ts";
import type { Clock, Random } from "./clock.ts";
import type { Logger } from "./logger.ts";
import type { TaskFunctions } from "./program.ts";
import type { LogRow, Store } from "./store.ts";

/** How one call of a body ended. */
export type AttemptEnd =
  | { readonly kind: "returned"; readonly value: unknown }
  | { readonly kind: "signalled"; readonly signal: SignalData }
  | {
      readonly kind: "threw";
      readonly error: ErrorRecord;
      readonly thrown: unknown;
      readonly as: "Failed" | "ValidationFailed";
      /** The same body would do the same again: it is not retried. */
      readonly final?: true;
      /** Its body goes on, and hears only now that it is to end. */
      readonly early?: true;
    }
  | { readonly kind: "timed-out"; readonly error: ErrorRecord; readonly afterMs: Millis }
  /** It was asked to end because the process stops, and did not succeed. */
  | { readonly kind: "released" };

export interface AttemptOrder {
  readonly slot: number;
  readonly attempt: number;
  readonly taskName: string;
  readonly functions: TaskFunctions;
  readonly args: readonly unknown[];
  readonly labels: readonly string[];
  readonly timeoutMs: Millis | undefined;
  /**
   * Told once; never before `start` has returned control to the driver's queue. `goesOn`: the attempt has ended, its
   * body has not (it did not heed its signal).
   */
  readonly ended: (order: AttemptOrder, end: AttemptEnd, goesOn: boolean) => void;
  /** Told once, where `ended` said that the body goes on: now it is over. */
  readonly bodyOver: (order: AttemptOrder) => void;
  /** What `context()` is made from. */
  readonly about: AttemptAbout;
}

/** What the run is kept in and lives on: a run that one of its bodies starts shares it. */
export interface RunHost {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Facts of the run an attempt belongs to; one object per run, read when a body asks. */
export interface AttemptAbout {
  readonly runId: string;
  readonly runName: string;
  readonly flowName: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly scheduledAt: Instant | undefined;
  /** Its tick, else when it was made: the same whoever goes on with it, and however long it takes. */
  readonly beganAt: Instant;
  readonly baseFolder: () => string;
  readonly fence: number;
  readonly user: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly host: RunHost;
  mapIndex(slot: number): number | undefined;
  loop(slot: number): { readonly count: number; readonly result: unknown };
  resumed(slot: number): { readonly by: string | undefined; readonly at: Instant; readonly input: unknown } | undefined;
  recovered(slot: number): boolean;
  taskRunId(slot: number): string;
  /** The same for all attempts of the task run; different per loop round and per deliberate run of it anew. */
  idempotencyKey(slot: number): string;
  /** The kept value of an inner step, or the step's own, kept before it is given. */
  once(slot: number, name: string, step: () => unknown): Promise<unknown>;
  /** The value of an inner step; undefined: it was not done. */
  kept(slot: number, name: string): Promise<unknown>;
  /** Takes a line of the body: its own logger's, or what it printed. True: it was printed as a record. */
  logged(order: AttemptOrder, level: "debug" | "info" | "warn" | "error", text: string, printed: boolean): boolean;
  /** Keeps a line of the run, and shows it. False: whoever printed it shows it. */
  said(line: Omit<LogRow, "at">, manner: Manner): boolean;
}

export interface Manner {
  readonly logger: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** It was printed, and is shown as it is where lines are for people. */
  readonly printed: boolean;
}

export interface Executor {
  /** How many attempts it runs at once. */
  readonly maxAttempts: number;
  /** How long an aborted body may take to end before it is given up. */
  readonly graceMs: Millis;
  start(order: AttemptOrder): void;
  /** Aborts the attempt's signal; after the grace it is given up and its end reported without it. False: there is none. */
  abort(slot: number, why: "cancelled" | "interrupted" | "flow-timeout"): boolean;
}
