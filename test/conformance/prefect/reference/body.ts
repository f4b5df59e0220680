/** What a body of a case does, as plain data. Nothing of this project's engine or public API is used. */
import type { Behaviour } from "../case-format.ts";

export type Outcome =
  | { readonly kind: "returned"; readonly value: unknown }
  | { readonly kind: "threw"; readonly message: string }
  | {
      readonly kind: "signalled";
      readonly signal: string;
      readonly message?: string | undefined;
      /** The library's own. */
      readonly reason?: string;
      /** Absent: the signal has none of its own. */
      readonly result?: { readonly value: unknown } | undefined;
    };

export interface Call {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly run: number;
  /** Of the rounds before, if there were any. */
  readonly looped: { readonly value: unknown } | undefined;
  count(what: string, within: "run" | "case"): number;
}

export function sum(value: unknown): number {
  if (typeof value === "number") return value;
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce<number>((total, member) => total + sum(member), 0);
}

const returned = (value: unknown): Outcome => ({ kind: "returned", value });
const threw = (message = "a behaviour failed"): Outcome => ({ kind: "threw", message });

export function act(body: Behaviour, call: Call): Outcome {
  const total = sum(call.inputs);
  switch (body.op) {
    case "const":
      return returned(body.value ?? null);
    case "sum":
      return returned(total);
    case "add":
      return returned(total + (body.by ?? 0));
    case "identity":
      return returned(Object.values(call.inputs)[0]);
    case "range":
      return returned([...new Array<undefined>(Math.max(0, total)).keys()]);
    case "fail":
      return threw(body.message);
    case "signal":
      return signalOf(body.signal ?? "", body.message, body);
    case "counter":
      return returned(call.count("counter", "case"));
    case "childCounter":
      return returned(total + 100 * (call.count(`child ${total}`, "case") - 1));
    case "signalCounter":
      return { kind: "signalled", signal: body.signal ?? "", result: { value: call.count("counter", "case") } };
    case "loop":
      return loop(body, call, total);
    default:
      return inTurns(body, call, total);
  }
}

export function signalOf(signal: string, message: string | undefined, says: object): Outcome {
  return { kind: "signalled", signal, message, ...("result" in says && { result: { value: says.result } }) };
}

function inTurns(body: Behaviour, call: Call, total: number): Outcome {
  const { op, message, times = 0, run = 1, mod = 1, eq = 0 } = body;
  const then = () => act(body.then ?? { op: "const" }, call);
  const otherwise = () => act(body.else ?? { op: "const" }, call);
  const skipped = (): Outcome => ({ kind: "signalled", signal: "SKIP", message });
  switch (op) {
    case "when":
      return body.in?.includes(total) ? then() : otherwise();
    case "whenMod":
      return total % mod === eq ? then() : otherwise();
    case "failTimes":
      return call.count(op, "run") <= times ? threw(message) : then();
    case "retryTimes":
      return call.count(op, "run") <= times ? { kind: "signalled", signal: "RETRY", message } : then();
    case "failRuns":
      return call.run <= times ? threw(message) : then();
    case "skipRuns":
      return call.run <= times ? skipped() : then();
    case "failFromRun":
      return call.run >= run ? threw(message) : then();
    case "skipFromRun":
      return call.run >= run ? skipped() : then();
    default:
      throw new Error(`the reference knows no ${op}`);
  }
}

function loop(body: Behaviour, call: Call, total: number): Outcome {
  const current = call.looped === undefined ? total : Number(call.looped.value);
  const { until = 0, step = 1, failAt, failTimes = Number.POSITIVE_INFINITY } = body;
  if (current === failAt && call.count("loop", "run") <= failTimes) return threw(body.message);
  if (current < until) return { kind: "signalled", signal: "LOOP", result: { value: current + step } };
  return body.finally === undefined ? returned(current) : act(body.finally, call);
}
