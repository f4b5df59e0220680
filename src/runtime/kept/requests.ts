/** What others ask of a run through its store, carried out by the process that has it. */
import { waitsForPerson } from "../../engine/approval.ts";
import type { Decision } from "../../engine/event.ts";
import type { Ask, Request } from "../../ports/store.ts";
import { recordOf } from "../../state/error-text.ts";
import { eventOfDecision } from "./decide.ts";
import type { Driver } from "../driver.ts";
import { eventOfMark } from "./mark-live.ts";
import { FLOW_RUNNER } from "../report/log-lines.ts";
import { isFinishedType } from "../../state/task-state.ts";

/** A request that changes nothing any more is answered too: the reason is logged where the run is. */
export async function carryOutRequest(driver: Driver, { id, ask, by, at }: Request): Promise<void> {
  const { clock, logger } = driver.parts;
  if (ask.kind === "cancel") return driver.answer(id, { type: "CancelRequested", by, at: clock.now() });
  if (ask.kind === "pause") return driver.answer(id, { type: "PauseRequested", by, at: clock.now() });
  try {
    if (ask.kind === "mark") return driver.answer(id, eventOfMark(driver.parts, ask, by));
    driver.answer(id, await eventOfDecision(driver.parts, { task: ask.task, decision: decisionOf(ask), by, at }));
  } catch (thrown) {
    const why = recordOf(thrown).message; // a schema of the user's may throw, too
    const message = `What ${by} asked for (${ask.kind} ${ask.task}) was refused: ${why}`;
    logger.write({ at: clock.now(), level: "warn", logger: FLOW_RUNNER, message });
    driver.answer(id, undefined);
  }
}

function decisionOf(ask: Exclude<Ask, { readonly kind: "cancel" | "pause" | "mark" }>): Decision {
  return ask.kind === "reject" ? { kind: "rejected", why: ask.why } : { kind: "approved", input: ask.input };
}

/** Flows that are called as tasks may have ended their runs elsewhere, where somebody answered what they asked. */
export async function lookAtChildRuns(driver: Driver): Promise<void> {
  const { run, store, clock } = driver.parts;
  for (const [slot, { reason }] of run.detail) {
    if (reason?.code !== "child-run" || !waitsForPerson(run, slot)) continue;
    const child = await store.readRun(reason.run);
    if (child !== undefined && !isFinishedType(child.state.type)) continue;
    driver.push({ type: "Resumed", slot, by: undefined, input: undefined, at: clock.now() });
  }
}
