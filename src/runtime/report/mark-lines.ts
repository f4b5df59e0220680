/** What is kept for ever of a mark, in the log of its task run: the state may be another one later. */
import type { Instant } from "../../base/time.ts";
import type { Run } from "../../engine/run.ts";
import { stateOf } from "../../engine/state-of.ts";
import type { LogRow } from "../../ports/store.ts";

/** Of task runs that were marked since the last call: a line each, for the commit that makes it so. */
export function takeMarkLines(run: Run, at: Instant): readonly LogRow[] {
  const slots = run.marked;
  run.marked = [];
  return slots.flatMap((slot): readonly LogRow[] => {
    const { type, reason } = stateOf(run, slot);
    if (reason?.code !== "marked") return [];
    const who = reason.by === undefined ? "" : ` by ${reason.by}`;
    const text = `Marked ${type}${who}, when it was ${reason.from}: ${reason.why}`;
    return [{ slot, attempt: run.attempt[slot]!, at, level: "info", text }];
  });
}
