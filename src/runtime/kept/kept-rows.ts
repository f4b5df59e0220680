/** Task runs as a store keeps them: the current state of each, and what a new owner could not know otherwise. */
import { childIndex, countersOf, FINISHED, type KeptCounters, PHASE, type Run, rulesOf } from "../../engine/run.ts";
import { stateOf } from "../../engine/state-of.ts";
import type { Instant } from "../../base/time.ts";
import type { Clock } from "../../ports/clock.ts";
import type { AttemptEnd } from "../../ports/executor.ts";
import type { TaskRunRow } from "../../ports/store.ts";
import { recordOf } from "../../state/error-text.ts";
import type { TaskState } from "../../state/task-state.ts";
import type { DriverParts } from "../driver-parts.ts";

/** A finished state that is not the last, while somebody is asked: Success before Cached, Failed before Retrying, a hit before its trigger. */
export function isInBetween(run: Run, slot: number): boolean {
  return run.phase[slot] === PHASE.ASKED && FINISHED[run.state[slot]!]!;
}

/** A person's decision, or mark, that handlers are asked about first: who takes the run over now has to hear of it again. */
export function isBeingDecided(run: Run, slot: number): boolean {
  const question = run.questions.get(slot);
  return (
    isInBetween(run, slot) ||
    (question?.kind === "handlers" && (question.from.type === "Paused" || question.stage === "mark"))
  );
}

/** Control nodes whose value a new owner computes again, instead of finding it a second time. */
const DERIVED_KINDS: ReadonlySet<string> = new Set(["choose", "merge", "filter"]);

export interface KeptRowsParts extends Pick<DriverParts, "run" | "store"> {
  readonly clock: Pick<Clock, "now">;
}

export class KeptRows {
  readonly #parts: KeptRowsParts;
  readonly #nameOf: (slot: number) => string | undefined;
  /** When the attempt in flight began. */
  readonly #startedAt = new Map<number, Instant>();

  constructor(parts: KeptRowsParts, nameOf: (slot: number) => string | undefined) {
    this.#parts = parts;
    this.#nameOf = nameOf;
  }

  started(slot: number): void {
    if (this.#parts.store.durable) this.#startedAt.set(slot, this.#parts.clock.now());
  }

  of(slot: number): TaskRunRow {
    const { run, clock } = this.#parts;
    const state = stateOf(run, slot);
    const startedAt = this.#startedAt.get(slot);
    const finished = FINISHED[run.state[slot]!]!;
    if (finished && startedAt !== undefined) this.#startedAt.delete(slot);
    return {
      slot,
      node: run.owner[slot]!,
      child: childIndex(run, slot),
      attempt: run.attempt[slot]!,
      state,
      childBase: state.type === "Mapped" ? run.childBase[slot] : undefined,
      counters: run.counters.has(slot) ? keptCounters(run, slot) : undefined,
      name: this.#nameOf(slot),
      value: this.#valueOf(slot, state),
      startedAt,
      endedAt: finished && startedAt !== undefined ? clock.now() : undefined,
    };
  }

  #valueOf(slot: number, state: TaskState): TaskRunRow["value"] {
    if (!("result" in state) || state.type === "Mapped" || state.reason?.code === "marked") return "kept";
    if (state.type === "Skipped" && state.result === null) return "kept"; // whatever its task says: there is no value
    const { run } = this.#parts;
    const rules = rulesOf(run, slot);
    const { kind, resource } = run.plan.graph.nodes[run.owner[slot]!]!;
    if (!rules.keepsResult || resource?.role === "setup") return "not-kept";
    return DERIVED_KINDS.has(kind) && !rules.asksHandlers && state.type === "Success" ? "derived" : "kept";
  }

  /** A value that cannot be kept fails its attempt, for good: the same body would return the same again. */
  refusalOf(slot: number, end: AttemptEnd): Extract<AttemptEnd, { readonly kind: "threw" }> | undefined {
    const { run, store } = this.#parts;
    const { resource } = run.plan.graph.nodes[run.owner[slot]!]!;
    if (!rulesOf(run, slot).keepsResult || resource?.role === "setup") return undefined;
    try {
      if (end.kind === "returned") store.keep(end.value);
      else if (end.kind === "signalled") for (const value of valuesOf(end.signal)) store.keep(value);
      return undefined;
    } catch (thrown) {
      return { kind: "threw", error: { ...recordOf(thrown), stack: "" }, thrown, as: "Failed", final: true };
    }
  }
}

function valuesOf(signal: object): readonly unknown[] {
  const { result, value } = signal as { readonly result?: unknown; readonly value?: unknown };
  return [result, value];
}

function keptCounters(run: Run, slot: number): KeptCounters {
  const { holdsLimits: _, woken: __, ...kept } = countersOf(run, slot);
  return kept;
}
