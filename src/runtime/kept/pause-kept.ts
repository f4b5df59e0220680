/** A run that nobody has becomes Paused where it is: nothing of it is called, and its task runs stay as they are. */
import type { Batch, MaybePromise, RunRow, Store } from "../../ports/store.ts";
import type { Instant } from "../../base/time.ts";
import type { PausedState } from "../../state/task-state.ts";
import { inHand, type Place } from "./in-hand.ts";
import { readToTakeOver } from "./let-go.ts";

/** @throws CaudalError RUN_OWNED, RUN_OVER, RUN_UNKNOWN */
export async function pauseKept(place: Place, before: RunRow, by: string | undefined): Promise<RunRow> {
  const reason = { code: "by-person", ...(by !== undefined && { by }) } as const;
  const state = { type: "Paused", reason } as const;
  const { store, clock } = place;
  await readToTakeOver(place, before.id);
  const commit = (batch: Batch) => store.commit(batch);
  return inHand(place, before.id, async (hand) => {
    const at = clock.now();
    const row = await store.takeOver(before.id, at);
    hand.epoch = row.epoch;
    await keepPaused({ store, row, state, at, commit });
    return row;
  });
}

interface PauseOrder {
  readonly store: Store;
  /** As it was taken over. */
  readonly row: RunRow;
  readonly state: PausedState;
  readonly at: Instant;
  readonly commit: (batch: Batch) => MaybePromise<unknown>;
}

/** Its owner is this process for the one commit, which lets it go again. */
export async function keepPaused({ store, row, state, at, commit }: PauseOrder): Promise<void> {
  await commit({
    ...{ runId: row.id, epoch: row.epoch, at, flow: state, taskRuns: [], removed: [], logs: [] },
    path: { slots: new Uint32Array(0), steps: new Uint16Array(0) },
    ...{ cache: [], cacheFreed: [], answered: await pausesIn(store, row.id), letsGo: true },
  });
}

/** It is Paused: that was asked for. What else was asked waits for whoever goes on with it. */
async function pausesIn(store: Store, runId: string): Promise<readonly number[]> {
  return (await store.requestsOf(runId)).filter(({ ask }) => ask.kind === "pause").map(({ id }) => id);
}
