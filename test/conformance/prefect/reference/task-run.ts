/** One task run, step by step, as Prefect 1.x's task runner goes (`prefect-semantics.md` §2, §4, §5, §13). */
import type { HandlerCase, TaskSeen, TriggerCase } from "../case-format.ts";
import { type Call, type Outcome, signalOf } from "./body.ts";
import type { Rules } from "./rules.ts";

/** A task run as it ended, or as far as it came. */
export interface End {
  type: string;
  value: unknown;
  reason?: string | undefined;
  message?: string | undefined;
  calls: number;
  inputs: Readonly<Record<string, unknown>>;
  transitions: string[];
  children?: readonly End[];
}

export interface TaskRun {
  readonly trigger: TriggerCase | ((upstreams: readonly End[]) => State | undefined);
  readonly skipOnUpstreamSkip: boolean;
  readonly maxRetries: number;
  readonly handlers: readonly HandlerCase[];
  readonly caches: boolean;
  /** A value of an earlier run that is still good. */
  hit(): { readonly value: unknown } | undefined;
  body(call: Pick<Call, "inputs" | "looped">): Outcome;
}

export interface State {
  readonly type: string;
  readonly value: unknown;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

const FAILED = ["Failed", "TimedOut", "TriggerFailed", "ValidationFailed"];
const SUCCESS = ["Success", "Cached", "Skipped", "Mapped"];

export const isFailed = ({ type }: { readonly type: string }) => FAILED.includes(type);
export const isSuccess = ({ type }: { readonly type: string }) => SUCCESS.includes(type);
export const isSkipped = ({ type }: { readonly type: string }) => type === "Skipped";
export const isFinished = ({ type }: { readonly type: string }) =>
  isFailed({ type }) || isSuccess({ type }) || type === "Cancelled";

/** A mapped task is judged by its children. */
export const withChildren = (end: End): readonly End[] => end.children ?? [end];

export const errorOf = (message: string) => ({ $error: message });

export function pending(): End {
  return { type: "Pending", value: null, calls: 0, inputs: {}, transitions: [] };
}

const SIGNALS: Readonly<Record<string, string>> = {
  ...{ FAIL: "Failed", TRIGGERFAIL: "TriggerFailed", VALIDATIONFAIL: "ValidationFailed", SUCCESS: "Success" },
  ...{ SKIP: "Skipped", RETRY: "Retrying", PAUSE: "Paused", LOOP: "Looped" },
};

export function stateOf(outcome: Outcome): State {
  switch (outcome.kind) {
    case "returned":
      return { type: "Success", value: outcome.value };
    case "threw":
      return { type: "Failed", value: errorOf(outcome.message) };
    case "signalled": {
      const { signal, message, result, reason } = outcome;
      const type = SIGNALS[signal];
      if (type === undefined) throw new Error(`the reference knows no signal ${signal}`);
      return { type, value: result === undefined ? { $signal: signal, message } : result.value, message, reason };
    }
  }
}

/** The run of one task or child, with its handlers. */
export class Runner {
  readonly end: End = pending();
  readonly #handlers: readonly HandlerCase[];
  readonly #rules: Rules;

  constructor(handlers: readonly HandlerCase[], rules: Rules) {
    this.#handlers = handlers;
    this.#rules = rules;
  }

  /** Proposes a state; handlers may put another in its place. False: the run is over, by an error in one of them. */
  change(to: State): boolean {
    this.end.transitions.push(`${this.end.type}>${to.type}`);
    let state = to;
    for (const handler of this.#handlers) {
      if (handler.when !== undefined && handler.when !== state.type) continue;
      if (handler.raise !== undefined) {
        this.#enter({ type: "Failed", value: errorOf(handler.raise), reason: "state_handler_error" });
        return false;
      }
      if (handler.signal !== undefined) {
        const said = typeof handler.signal === "string" ? { ...handler, signal: handler.signal } : handler.signal;
        state = stateOf(signalOf(said.signal, said.message, said));
        break;
      }
      if (handler.become !== undefined) state = this.#made(handler.become);
    }
    this.#enter(state);
    return true;
  }

  #made({ state: type, ...said }: NonNullable<HandlerCase["become"]>): State {
    const isMissing = !("result" in said) && isFailed({ type }) && !this.#rules.failuresMayBeNull;
    return { type, value: isMissing ? errorOf("msg-handler") : (said.result ?? null), message: "msg-handler" };
  }

  #enter({ type, value, reason, message }: State): void {
    Object.assign(this.end, { type, value, reason, message });
  }
}

export function runTask(
  task: TaskRun,
  upstreams: readonly End[],
  inputs: Readonly<Record<string, unknown>>,
  rules: Rules,
): End {
  const runner = new Runner(task.handlers, rules);
  const { end } = runner;
  const all = upstreams.flatMap(withChildren);
  if (!all.every(isFinished)) return end;
  if (task.skipOnUpstreamSkip && all.some(isSkipped)) {
    runner.change({ type: "Skipped", value: null, reason: "upstream_skipped" });
    return end;
  }
  const hit = task.hit();
  if (hit !== undefined && !runner.change({ type: "Cached", value: hit.value })) return end;
  const refused = typeof task.trigger === "function" ? task.trigger(upstreams) : judge(task.trigger, upstreams);
  if (refused !== undefined) runner.change(refused);
  else if (end.type === "Pending") attempts(task, runner, inputs, rules);
  return end;
}

function attempts(task: TaskRun, runner: Runner, inputs: End["inputs"], rules: Rules): void {
  const { end } = runner;
  const is = (type: string) => end.type === type;
  let failures = 0;
  let looped: { readonly value: unknown } | undefined;
  for (;;) {
    if (!runner.change({ type: "Running", value: null }) || !is("Running")) return;
    end.calls++;
    end.inputs = inputs;
    const outcome = task.body({ inputs, looped });
    if (!runner.change(stateOf(outcome))) return;
    if (task.caches && isSuccess(end) && !isSkipped(end) && !runner.change({ ...end, type: "Cached" })) return;
    if (isFailed(end) && failures < task.maxRetries) {
      failures++;
      if (!runner.change({ type: "Retrying", value: null, reason: "retry" })) return;
    } else if (is("Retrying") && rules.retrySignalsCount) failures++;
    if (is("Looped")) {
      looped = { value: end.value };
      if (rules.roundsRestoreRetries) failures = 0;
      end.type = "Pending";
    } else if (!is("Retrying")) return;
  }
}

/** Why the trigger does not let it run; undefined: it does. */
export function judge(trigger: TriggerCase, upstreams: readonly End[]): State | undefined {
  const seen = [...new Set(upstreams.flatMap(withChildren))];
  const failed = seen.filter(isFailed).length;
  const successful = seen.filter(isSuccess).length;
  const unless = (met: boolean): State | undefined =>
    met ? undefined : { type: "TriggerFailed", value: { $signal: "TRIGGERFAIL" }, reason: "trigger" };
  const none = upstreams.length === 0;
  if (typeof trigger !== "string") return unless(none || isWithin(trigger, { failed, successful }, seen.length));
  switch (trigger) {
    case "all_successful":
      return unless(successful === seen.length);
    case "all_failed":
      return unless(failed === seen.length);
    case "any_successful":
      return unless(none || successful > 0);
    case "any_failed":
      return unless(none || failed > 0);
    case "not_all_skipped":
      if (seen.every(isSkipped)) return { type: "Skipped", value: null, reason: "all_upstreams_skipped" };
      return unless(successful === seen.length);
    case "manual_only":
      return { type: "Paused", value: { $signal: "PAUSE" }, reason: "manual_only" };
    default:
      return undefined;
  }
}

function isWithin(
  { name, atLeast = 0, atMost }: Exclude<TriggerCase, string>,
  counts: { readonly failed: number; readonly successful: number },
  of: number,
): boolean {
  const scaled = (bound: number) => (bound < 1 ? bound * of : bound);
  const count = name === "some_failed" ? counts.failed : counts.successful;
  return scaled(atLeast) <= count && count <= (atMost === undefined ? of : scaled(atMost));
}

/** As observations are written. */
export function seenOf(end: End, works: boolean): TaskSeen {
  const { type, value, reason, message, calls, inputs, transitions, children } = end;
  const shown = transitions.length > 12 ? [...transitions.slice(0, 6), ...transitions.slice(-6)] : transitions;
  return {
    state: type,
    result: value ?? null,
    transitions: shown,
    ...(reason !== undefined && { reason }),
    ...(message?.startsWith("msg-") && { message }),
    ...(works && children === undefined && { calls }),
    ...(works && calls > 0 && { inputs }),
    ...(children !== undefined && { children: children.map((child) => seenOf(child, works)) }),
  };
}
