/** What others ask of a run through its store, as events of the engine. */
import type { Instant } from "../base/time.ts";
import type { RunEvent } from "../engine/event.ts";
import { type Run, STATE_INDEX } from "../engine/run.ts";
import type { Request } from "../ports/store.ts";
import { recordOfCode } from "../state/error-text.ts";

/** Undefined: there is nothing (any more) that it could change. */
export function eventOf(run: Run, { ask, by }: Request, at: Instant): RunEvent | undefined {
  if (ask.kind === "cancel") return { type: "CancelRequested", by, at };
  const slot = pausedSlot(run, ask.task);
  if (slot === undefined) return undefined;
  switch (ask.kind) {
    case "resume":
      return { type: "Resumed", slot, at };
    case "approve":
      return { type: "Decided", slot, state: { type: "Success", result: ask.input ?? true }, at };
    case "reject": {
      const why = ask.why === undefined ? {} : { why: ask.why };
      const error = recordOfCode("SIGNAL_FAILED", { why: ask.why ?? "rejected" });
      return {
        type: "Decided",
        slot,
        state: { type: "Failed", error, reason: { code: "approval-rejected", ...why } },
        at,
      };
    }
  }
}

/** By slug, with the child's index where it is mapped: `review-1`, `review-1[3]`. */
export function pausedSlot(run: Run, task: string): number | undefined {
  const [, slug = task, child] = /^(.*)\[(\d+)\]$/.exec(task) ?? [];
  const node = run.plan.graph.nodes.find((known) => known.slug === slug);
  if (node === undefined) return undefined;
  const slot = child === undefined ? node.id : run.childBase[node.id]! + Number(child);
  return run.state[slot] === STATE_INDEX.Paused ? slot : undefined;
}
