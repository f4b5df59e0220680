/** A run that nobody has becomes Paused where it is: nothing of it is called, and its task runs stay as they are. */
import type { Instant } from "../base/time.ts";
import type { RunRow, Store } from "../ports/store.ts";
import type { PausedState } from "../state/task-state.ts";

/** @throws CaudalError RUN_OWNED, RUN_OVER, RUN_UNKNOWN */
export function pauseKept(store: Store, before: RunRow, by: string | undefined, at: Instant): Promise<RunRow> {
  const reason = { code: "by-person", ...(by !== undefined && { by }) } as const;
  return keepPaused(store, before, { type: "Paused", reason }, at);
}

/** Its owner is this process for the one commit, which lets it go again. */
export async function keepPaused(store: Store, before: RunRow, state: PausedState, at: Instant): Promise<RunRow> {
  const row = await store.takeOver(before.id, at);
  await store.commit({
    ...{ runId: row.id, epoch: row.epoch, at, flow: state, taskRuns: [], removed: [], logs: [] },
    path: { slots: new Uint32Array(0), steps: new Uint16Array(0) },
    ...{ cache: [], cacheFreed: [], answered: await pausesIn(store, row.id), letsGo: true },
  });
  return row;
}

/** It is Paused: that was asked for. What else was asked waits for whoever goes on with it. */
async function pausesIn(store: Store, runId: string): Promise<readonly number[]> {
  return (await store.requestsOf(runId)).filter(({ ask }) => ask.kind === "pause").map(({ id }) => id);
}
