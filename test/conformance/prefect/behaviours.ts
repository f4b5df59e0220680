/** What the bodies of cases do: one operation each, over the sum of the inputs. */
import { context, signals } from "../../../src/index.ts";
import type { Behaviour } from "./case-format.ts";

/** One call of a body. Counts include this call; they belong to the task, or to the child where it is mapped. */
export interface Call {
  readonly inputs: Readonly<Record<string, unknown>>;
  /** The run of the case, from 1. */
  readonly run: number;
  /** Counts one more of `what` and tells how many there were, in this run or in all runs so far. */
  count(what: string, within: "run" | "case"): number;
}

/** Numbers count themselves, lists and objects the sum of their members, everything else 0. */
export function sumOf(value: unknown): number {
  if (typeof value === "number") return value;
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce<number>((sum, member) => sum + sumOf(member), 0);
}

export function behave(behaviour: Behaviour, call: Call): unknown {
  const sum = sumOf(call.inputs);
  switch (behaviour.op) {
    case "const":
      return behaviour.value;
    case "sum":
      return sum;
    case "add":
      return sum + (behaviour.by ?? 0);
    case "identity":
      return Object.values(call.inputs)[0];
    case "range":
      return Array.from({ length: Math.max(0, sum) }, (_, i) => i);
    case "fail":
      throw failure(behaviour);
    case "signal":
      throw signalOf(behaviour.signal, behaviour.message, behaviour);
    case "counter":
      return call.count("counter", "case");
    case "childCounter":
      // The sum itself at the first call with it, 100 more at each further one: what the observations show.
      return sum + 100 * (call.count(`childCounter ${sum}`, "case") - 1);
    case "signalCounter":
      throw signalOf(behaviour.signal, behaviour.message, { result: call.count("counter", "case") });
    case "loop":
      return loop(behaviour, call, sum);
    default:
      return behave(chosen(behaviour, call, sum), call);
  }
}

/** The behaviours that decide between two others, or between another one and an error. */
function chosen(behaviour: Behaviour, call: Call, sum: number): Behaviour {
  const { times = 0, run = 1, mod = 1, eq = 0 } = behaviour;
  const orElse = (refused: boolean, refuse: () => never) => (refused ? refuse() : given(behaviour.then, "then"));
  const fail = () => {
    throw failure(behaviour);
  };
  const skip = () => {
    throw signals.skip(behaviour.message);
  };
  const retry = () => {
    throw signals.retry();
  };
  switch (behaviour.op) {
    case "when":
      return given(behaviour.in?.includes(sum) ? behaviour.then : behaviour.else, "then or else");
    case "whenMod":
      return given(((sum % mod) + mod) % mod === eq ? behaviour.then : behaviour.else, "then or else");
    case "failTimes":
      return orElse(call.count("failTimes", "run") <= times, fail);
    case "retryTimes":
      return orElse(call.count("retryTimes", "run") <= times, retry);
    case "failRuns":
      return orElse(call.run <= times, fail);
    case "skipRuns":
      return orElse(call.run <= times, skip);
    case "failFromRun":
      return orElse(call.run >= run, fail);
    case "skipFromRun":
      return orElse(call.run >= run, skip);
    default:
      throw new Error(`no behaviour is called ${behaviour.op}`);
  }
}

function loop(behaviour: Behaviour, call: Call, sum: number): unknown {
  const { until = 0, step = 1, failAt, failTimes } = behaviour;
  const rounds = context().loop;
  const current = rounds.count === 1 ? sum : Number(rounds.result);
  if (current === failAt && call.count("loop failed", "run") <= (failTimes ?? Number.POSITIVE_INFINITY))
    throw failure(behaviour);
  if (current < until) throw signals.loop(current + step);
  return behaviour.finally === undefined ? current : behave(behaviour.finally, call);
}

function given(behaviour: Behaviour | undefined, what: string): Behaviour {
  if (behaviour === undefined) throw new Error(`the case says no ${what}`);
  return behaviour;
}

function failure({ message = "a behaviour failed" }: Behaviour): Error {
  return new Error(message);
}

/** The signal of a name. `says.result` counts where it is there, null included. */
export function signalOf(name: string | undefined, message: string | undefined, says: object = {}): unknown {
  const result = "result" in says ? { result: says.result } : {};
  const fail = (as: "Failed" | "TriggerFailed" | "ValidationFailed") =>
    signals.fail(message ?? String(name), { as, ...result });
  switch (name) {
    case "FAIL":
      return fail("Failed");
    case "TRIGGERFAIL":
      return fail("TriggerFailed");
    case "VALIDATIONFAIL":
      return fail("ValidationFailed");
    case "SKIP":
      return signals.skip(message, result);
    case "SUCCESS":
      return "result" in result ? signals.success(result.result) : signals.success();
    case "PAUSE":
      return signals.pause(message);
    case "RETRY":
      return signals.retry();
    case "LOOP":
      return signals.loop(result.result);
    default:
      return new Error(`no signal is called ${name}`);
  }
}
