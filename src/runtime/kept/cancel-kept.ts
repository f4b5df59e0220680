/**
 * A run that nobody has, and whose code is gone, ends Cancelled: nothing of it is called, its cleanups neither. Runs of
 * flows that were called as tasks in it go first, so that whoever is interrupted and begins again finds them.
 */
import { type Run, STATE_INDEX, childIndex, FINISHED } from "../../engine/run.ts";
import type { Instant } from "../../base/time.ts";
import type { Clock } from "../../ports/clock.ts";
import type { RunRow, Store, TaskRunRow } from "../../ports/store.ts";
import { inHand, isNobodys } from "./in-hand.ts";
import { readToTakeOver } from "./let-go.ts";
import { type KeptRun, readKeptRun } from "./kept-run.ts";
import { parentOf } from "./parent-run.ts";

/** @throws CaudalError RUN_OWNED, RUN_OVER, RUN_UNKNOWN */
export async function cancelKept(store: Store, before: RunRow, kept: KeptRun | undefined, clock: Clock): Promise<void> {
  await readToTakeOver({ store, clock }, before.id);
  for (const child of await unfinishedParts(store, before.id)) {
    if (isNobodys(store, child)) await cancelKept(store, child, await readKeptRun(store, child), clock);
    else await store.post({ runId: child.id, ask: { kind: "cancel" }, by: `run ${before.id}`, at: clock.now() });
  }
  return inHand({ store, clock }, before.id, () => cancelNow(store, before, kept, clock.now()));
}

const UNFINISHED = ["Pending", "Queued", "Running", "Paused", "Cancelling"] as const;
const UNFINISHED_MAX = 100_000;

async function unfinishedParts(store: Store, id: string): Promise<readonly RunRow[]> {
  const unfinished = await store.listRuns({ states: UNFINISHED, limit: UNFINISHED_MAX });
  return unfinished.filter((row) => parentOf(row)?.run === id);
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
