/** What a body does when it is called, by its deed. What it returns tells what it was given. */
import { Signal, type SignalData } from "../src/state/signal.ts";
import type { Call, SlotLedger } from "./ledger.ts";
import type { Deed, NodeSpec } from "./scenario.ts";

/** Above it a result is kept beside the store, as a file of its own. */
const BIG = "x".repeat(70_000);

export type End =
  | { readonly kind: "returns"; readonly value: unknown }
  | { readonly kind: "throws"; readonly thrown: unknown }
  | { readonly kind: "hangs" }
  | { readonly kind: "once" };

/** A short text for whatever a body is given: errors are alike, wherever they were made. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`;
  if (typeof value === "object") return "message" in value ? "error" : `{${Object.values(value).map(textOf).join()}}`;
  if (typeof value === "string") return value.length > 1_000 ? `text of ${value.length}` : value;
  return typeof value === "function" ? "function" : String(value);
}

/** FNV-1a, in whole numbers. */
function hashed(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(36);
}

/** What a body that works returns. */
export function resultOf(spec: NodeSpec, args: readonly unknown[]): unknown {
  const text = `${spec.name}(${hashed(args.map(textOf).join())})`;
  switch (spec.deed.kind) {
    case "list":
      return elements(spec.deed, text);
    case "key":
      return spec.deed.key;
    case "big":
      return text + BIG;
    case "unkeepable":
      return () => text;
    default:
      return text;
  }
}

function elements({ length, alike }: Extract<Deed, { readonly kind: "list" }>, text: string): readonly string[] {
  return Array.from({ length }, (_, i) => (alike === true ? text : `${text}.${i}`));
}

/** How long this call takes: every other child half as long, so that children do not end in their order. */
export function msOf({ ms, timeoutMs }: NodeSpec, child: number | undefined): number {
  return timeoutMs === undefined && child !== undefined && child % 2 === 1 ? Math.floor(ms / 2) : ms;
}

export const onceValue = (spec: NodeSpec) => `${spec.name}.one+${spec.name}.two`;

const signal = (data: SignalData): End => ({ kind: "throws", thrown: new Signal(data) });

/** What this call ends with; `known` counts what was committed of its task run before. */
export function endOf(
  spec: NodeSpec,
  args: readonly unknown[],
  known: SlotLedger,
  asked: { readonly round: number; readonly resumed: boolean },
): End {
  const works: End = { kind: "returns", value: resultOf(spec, args) };
  const { deed } = spec;
  switch (deed.kind) {
    case "fails":
      return known.failures < deed.times ? { kind: "throws", thrown: new Error(`${spec.name} is broken`) } : works;
    case "skips":
      return signal({ kind: "skip", why: undefined, result: null });
    case "says-success":
      return signal({ kind: "success", result: resultOf(spec, args), hasResult: true });
    case "fails-for-good":
      return signal({ kind: "fail", why: "no", retry: false, as: "Failed", result: undefined, hasResult: false });
    case "pauses":
      return asked.resumed ? works : signal({ kind: "pause", why: undefined });
    case "hangs":
      return { kind: "hangs" };
    case "not-yet":
      return known.notYet < deed.times ? signal({ kind: "retry", inMs: deed.inMs, at: undefined }) : works;
    case "loops":
      return asked.round <= deed.rounds
        ? signal({ kind: "loop", value: `${spec.name}.${asked.round}`, inMs: deed.inMs })
        : works;
    case "once":
      return { kind: "once" };
    default:
      return works;
  }
}

/** What a call of a body came to, for the checks: signals that say a result count as returning it. */
export function noteEnd(call: Call, end: End): void {
  call.ended = true;
  if (end.kind === "returns") call.value = end.value;
  else if (end.kind === "throws" && end.thrown instanceof Signal && end.thrown.data.kind === "success")
    call.value = end.thrown.data.result;
}
