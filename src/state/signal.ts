/**
 * Signals: thrown values by which a body, a trigger or a handler decides a state.
 *
 * A signal is no Error: `catch (error)` in a body that wants to let signals pass tests `isSignal(error)`.
 * They are recognised by a global symbol, so that two copies of the package understand each other's.
 */
import type { Instant, Millis } from "../base/time.ts";
import type { AskedInChildRun } from "./reason.ts";

const SIGNAL = Symbol.for("caudal.signal");

/** What a signal says, as plain data. `result` is what consumers get. */
export type SignalData =
  | { readonly kind: "success"; readonly result: unknown; readonly hasResult: boolean }
  | { readonly kind: "skip"; readonly why: string | undefined; readonly result: unknown }
  | {
      readonly kind: "fail";
      readonly why: string;
      readonly retry: boolean;
      readonly as: "Failed" | "TriggerFailed" | "ValidationFailed";
      readonly result: unknown;
      readonly hasResult: boolean;
    }
  | { readonly kind: "retry"; readonly inMs: Millis | undefined; readonly at: Instant | undefined }
  /** `asked`: what a flow that is called as a task waits for. */
  | { readonly kind: "pause"; readonly why: string | undefined; readonly asked?: AskedInChildRun }
  | { readonly kind: "loop"; readonly value: unknown; readonly inMs: Millis };

/** The thrown thing. Its text says what happened to somebody who logs it by accident. */
export class Signal {
  readonly data: SignalData;

  constructor(data: SignalData) {
    this.data = data;
    Object.defineProperty(this, SIGNAL, { value: true });
  }

  toString(): string {
    return `caudal signal '${this.data.kind}' (thrown to decide a task's state; let it pass)`;
  }
}

export function isSignal(thrown: unknown): thrown is Signal {
  try {
    return typeof thrown === "object" && thrown !== null && (thrown as { [SIGNAL]?: unknown })[SIGNAL] === true;
  } catch {
    return false; // a revoked proxy, a throwing getter: not ours
  }
}
