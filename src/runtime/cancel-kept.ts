/** A run that nobody has, and whose code is gone, ends Cancelled: nothing of it is called, its cleanups neither. */
import { type Run, STATE_INDEX, childIndex, FINISHED } from "../engine/run.ts";
import type { Instant } from "../base/time.ts";
import type { Clock } from "../ports/clock.ts";
import type { RunRow, Store, TaskRunRow } from "../ports/store.ts";
import { inHand } from "./in-hand.ts";
import { readToTakeOver } from "./let-go.ts";
import type { KeptRun } from "./kept-run.ts";

/** @throws CaudalError RUN_OWNED, RUN_OVER, RUN_UNKNOWN */
export async function cancelKept(store: Store, before: RunRow, kept: KeptRun | undefined, clock: Clock): Promise<void> {
  await readToTakeOver({ store, clock }, before.id);
  return inHand({ store, clock }, before.id, () => cancelNow(store, before, kept, clock.now()));
}

async function cancelNow(store: Store, before: RunRow, kept: KeptRun | undefined, at: Instant): Promise<void> {
  const row = await store.takeOver(before.id, at);
  const slots = kept === undefined ? [] : openSlots(kept.run);
  const reason = { code: "cancelled" } as const;
  const steps = slots.map((slot) => kept!.run.state[slot]! * 32 + STATE_INDEX.Cancelled);
  await store.commit({
    ...{ runId: row.id, epoch: row.epoch, at, flow: { type: "Cancelled", reason } },
    taskRuns: slots.map((slot) => cancelledRow(kept!, slot, at)),
    path: { slots: Uint32Array.from(slots), steps: Uint16Array.from(steps) },
    ...{ removed: [], logs: [], cache: [], cacheFreed: [], letsGo: true },
    answered: (await store.requestsOf(row.id)).map(({ id }) => id),
  });
}

/** A mapped node goes by its children. */
function openSlots(run: Run): number[] {
  const slots = Array.from({ length: run.slots }, (_, slot) => slot);
  return slots.filter((slot) => !FINISHED[run.state[slot]!]);
}

function cancelledRow({ run, rows }: KeptRun, slot: number, at: Instant): TaskRunRow {
  return {
    ...{ slot, node: run.owner[slot]!, child: childIndex(run, slot), attempt: run.attempt[slot]! },
    state: { type: "Cancelled", reason: { code: "cancelled" } },
    ...{ childBase: undefined, counters: rows.get(slot)?.counters, name: rows.get(slot)?.name, value: "kept" },
    ...{ startedAt: rows.get(slot)?.startedAt, endedAt: at },
  };
}
