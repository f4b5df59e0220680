/** What becomes of those who wait for something that can no longer come. */
import { CaudalError } from "../../base/errors.ts";
import type { Instant } from "../../base/time.ts";
import type { RunEvent } from "../../engine/event.ts";
import { type Run, STATE_INDEX } from "../../engine/run.ts";
import { recordOf } from "../../state/error-text.ts";

/** One failure for each body and each trigger that has not answered. */
export function endsOfWaiting(run: Run, at: Instant): readonly RunEvent[] {
  const error = { ...recordOf(new CaudalError("TASK_NEVER_ENDS", undefined)), stack: "" };
  const events: RunEvent[] = [];
  for (let slot = 0; slot < run.slots; slot++) {
    const open = run.questions.get(slot);
    if (open?.kind === "trigger") {
      events.push({ type: "TriggerAnswered", slot, question: open.id, answer: { kind: "threw", error }, at });
    } else if (run.state[slot] === STATE_INDEX.Running) {
      const outcome = { kind: "threw", error, as: "Failed", retry: { allowed: false, inMs: 0 } } as const;
      events.push({ type: "AttemptSettled", slot, attempt: run.attempt[slot]!, outcome, at });
    }
  }
  return events;
}
