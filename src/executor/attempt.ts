/**
 * One call of a body, in this process: its scope, its signal, its deadline. Settles once; what the body returns
 * after a timeout or an abort is dropped.
 */
import { CaudalError } from "../base/errors.ts";
import { formatMillis } from "../base/duration.ts";
import { isThenable } from "../base/thenable.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { AttemptEnd, AttemptOrder } from "../ports/executor.ts";
import type { Validate } from "../ports/program.ts";
import { recordOf } from "../state/error-text.ts";
import { isSignal } from "../state/signal.ts";
import { type AttemptScope, enterScope, type LogLevel, type TaskContext } from "./context.ts";
import { LogBudget } from "./log-budget.ts";
import { makeContext } from "./make-context.ts";
import { isToldToEnd, sayStrayed, strayEnd } from "./stray.ts";

export type AbortReason = "cancelled" | "interrupted" | "flow-timeout" | "timeout" | "failed";

const ABORT_TEXT: Record<AbortReason, string> = {
  cancelled: "the run was cancelled",
  interrupted: "the process was asked to stop",
  "flow-timeout": "the run's time is up",
  timeout: "the attempt's time is up",
  failed: "the attempt has failed",
};

export class Attempt implements AttemptScope {
  readonly order: AttemptOrder;
  readonly #clock: Clock;
  readonly #bodyEnded: (attempt: Attempt) => void;
  #controller: AbortController | undefined;
  #context: TaskContext | undefined;
  #deadline: number | undefined;
  /** The same, by the clock that nobody sets. */
  #steadyDeadline = Number.POSITIVE_INFINITY;
  #timer: Timer | undefined;
  #aborted: AbortReason | undefined;
  /** When its signal aborted, by the clock that nobody sets: its grace counts from there. */
  #abortedAt: number | undefined;
  #reported = false;
  /** It was reported as ended before its body was over. */
  #goesOn = false;
  #budget: LogBudget | undefined;

  constructor(order: AttemptOrder, clock: Clock, bodyEnded: (attempt: Attempt) => void) {
    this.order = order;
    this.#clock = clock;
    this.#bodyEnded = bodyEnded;
  }

  get baseFolder(): string {
    return this.order.about.baseFolder();
  }

  get isInterrupted(): boolean {
    return this.#aborted === "interrupted";
  }

  get deadline(): number | undefined {
    return this.#deadline;
  }

  get abortedAt(): number | undefined {
    return this.#abortedAt;
  }

  /** Made when somebody asks: most bodies never do. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted !== undefined)
        this.#controller.abort(new DOMException(ABORT_TEXT[this.#aborted], "AbortError"));
    }
    return this.#controller.signal;
  }

  context(): TaskContext {
    this.#context ??= makeContext(this);
    return this.#context;
  }

  captured(level: LogLevel, text: string): boolean {
    return this.log(level, text, true);
  }

  /** A line of the body, as far as there is room for it. True: it needs no printing. */
  log(level: LogLevel, text: string, printed: boolean): boolean {
    const { about } = this.order;
    this.#budget ??= new LogBudget();
    const kept = this.#budget.take(text);
    return kept === undefined ? about.host.logger.json : about.logged(this.order, level, kept, printed);
  }

  strayed(stray: unknown, how: "rejected" | "threw"): boolean {
    if (isToldToEnd(stray, this.#controller?.signal)) return true;
    const end = strayEnd(this.order, stray, how);
    if (this.#reported) {
      sayStrayed(this.order, end);
      return false;
    }
    this.#report(this.#aborted === "interrupted" ? { kind: "released" } : end, true);
    this.#abortSignal("failed");
    return true;
  }

  start(): void {
    const { timeoutMs, functions } = this.order;
    if (timeoutMs !== undefined) {
      this.#deadline = this.#clock.now() + timeoutMs;
      this.#steadyDeadline = steadyNow(this.#clock) + timeoutMs;
      this.#timer = this.#clock.at(this.#deadline, () => this.#timedOut(timeoutMs, true));
    }
    if (functions.input !== undefined) void this.#startChecked(functions.input);
    else this.#call(this.order.args);
  }

  /** The declared input schema first: what does not match never reaches the body. */
  async #startChecked(validate: Validate): Promise<void> {
    try {
      const { labels, args, taskName } = this.order;
      const given =
        args.length === 1 ? args[0] : Object.fromEntries(args.map((arg, i) => [labels[i] ?? String(i), arg]));
      const checked = await validate(given);
      if (this.#aborted !== undefined) return this.#threw(this.signal.reason); // its time was up before the body began
      if (checked.ok) return this.#call(args.length === 1 ? [checked.value] : args);
      this.#invalid(new CaudalError("INPUT_INVALID", { task: taskName, complaints: checked.complaints }));
    } catch (thrown) {
      this.#threw(thrown);
    }
  }

  #call(args: readonly unknown[]): void {
    const body = this.order.functions.body as ((...args: readonly unknown[]) => unknown) | undefined;
    let value: unknown;
    try {
      value = enterScope(this, body ?? (() => undefined), args);
      if (isThenable(value)) {
        value.then(
          (result) => this.#returned(result),
          (thrown) => this.#threw(thrown),
        );
        return;
      }
    } catch (thrown) {
      return this.#threw(thrown);
    }
    this.#returned(value);
  }

  #returned(value: unknown): void {
    const { output } = this.order.functions;
    if (output !== undefined && !this.#reported) return void this.#checkOutput(output, value);
    this.#bodyIsOver({ kind: "returned", value });
  }

  async #checkOutput(validate: Validate, value: unknown): Promise<void> {
    try {
      const checked = await validate(value);
      if (checked.ok) return this.#bodyIsOver({ kind: "returned", value: checked.value });
      this.#invalid(new CaudalError("OUTPUT_INVALID", { task: this.order.taskName, complaints: checked.complaints }));
    } catch (thrown) {
      this.#threw(thrown);
    }
  }

  #invalid(error: CaudalError): void {
    this.#bodyIsOver({ kind: "threw", error: recordOf(error), thrown: error, as: "ValidationFailed" });
  }

  #threw(thrown: unknown): void {
    if (isSignal(thrown)) this.#bodyIsOver({ kind: "signalled", signal: thrown.data });
    else if (this.#aborted === "interrupted") this.#bodyIsOver({ kind: "released" });
    else this.#bodyIsOver({ kind: "threw", error: recordOf(thrown), thrown, as: "Failed" });
  }

  #bodyIsOver(end: AttemptEnd): void {
    // A body that blocked the thread past its deadline is as late as one whose timer could fire.
    if (this.#isLate()) this.#timedOut(this.order.timeoutMs ?? 0, false);
    else this.#report(end, false);
    this.#bodyEnded(this);
    if (this.#goesOn) this.order.bodyOver(this.order);
  }

  #isLate(): boolean {
    if (this.#steadyDeadline === Number.POSITIVE_INFINITY) return false;
    return this.#aborted === undefined && steadyNow(this.#clock) >= this.#steadyDeadline;
  }

  #report(end: AttemptEnd, goesOn: boolean): void {
    if (this.#reported) return;
    this.#reported = true;
    this.#goesOn = goesOn;
    this.#timer?.cancel();
    const dropped = this.#budget?.dropped();
    if (dropped !== undefined) this.order.about.logged(this.order, "warn", dropped, false);
    this.order.ended(this.order, end, goesOn);
  }

  #timedOut(afterMs: number, goesOn: boolean): void {
    const error = new CaudalError("TASK_TIMEOUT", { afterMs, after: formatMillis(afterMs) });
    this.#report({ kind: "timed-out", error: { ...recordOf(error), stack: "" }, afterMs }, goesOn);
    this.#abortSignal("timeout");
  }

  /** Asks the body to end; after the grace it is given up, and what it returns later is dropped. */
  abort(why: AbortReason, graceMs: number): void {
    if (this.#reported) return;
    this.#timer?.cancel();
    this.#timer = this.#clock.at(this.#clock.now() + graceMs, () => this.#giveUp());
    this.#abortSignal(why);
  }

  #abortSignal(why: AbortReason): void {
    this.#aborted ??= why;
    this.#abortedAt ??= steadyNow(this.#clock);
    const controller = this.#controller;
    if (controller === undefined) return;
    // In its scope: what its listeners throw is the body's, as all else that it throws.
    enterScope(this, () => controller.abort(new DOMException(ABORT_TEXT[why], "AbortError")), []);
  }

  #giveUp(): void {
    if (this.#aborted === "interrupted") return this.#report({ kind: "released" }, true);
    const thrown = new DOMException(ABORT_TEXT[this.#aborted ?? "cancelled"], "AbortError");
    this.#report({ kind: "threw", error: recordOf(thrown), thrown, as: "Failed" }, true);
  }
}

/** By the clock that nobody sets, where there is one. */
export function steadyNow(clock: Clock): number {
  return clock.steady?.() ?? clock.now();
}
