/** Letting go of runs that this process has and does nothing about. */
import type { Instant } from "../../base/time.ts";
import type { Clock } from "../../ports/clock.ts";
import type { RunRow, Store } from "../../ports/store.ts";
import { AGAIN_MS, isOfTheMoment } from "./commit-patiently.ts";
import { isNobodys, type Place } from "./in-hand.ts";

/** Runs a store could not let go yet, and since when nothing has been done about them. */
const owed = new WeakMap<Store, Map<string, Instant>>();

/** Lets go of a run, if it is this process's and in no hand: now, or later if the store cannot now. Never throws. */
export async function letGo({ store, clock }: Place, runId: string): Promise<void> {
  const at = clock.now();
  if (await tryToLetGo(store, runId, at)) return;
  const runs = owed.get(store) ?? new Map<string, Instant>();
  owed.set(store, runs);
  runs.set(runId, Math.min(runs.get(runId) ?? at, at));
  if (runs.size === 1) again(store, runs, clock);
}

/** One asks for all; the process may end without that, and is found dead then. */
function again(store: Store, runs: Map<string, Instant>, clock: Clock): void {
  const timer = clock.at(clock.now() + AGAIN_MS, () => {
    void (async () => {
      for (const [runId, at] of runs) {
        if (!(await tryToLetGo(store, runId, at))) break;
        runs.delete(runId);
      }
      if (runs.size > 0) again(store, runs, clock);
    })();
  });
  timer.unref?.();
}

/** False: the store may be able to later. */
async function tryToLetGo(store: Store, runId: string, at: Instant): Promise<boolean> {
  try {
    const row = await store.readRun(runId);
    if (row?.ownership === "here" && isNobodys(store, row)) await commitLetGo(store, row, at);
    return true;
  } catch (error) {
    return !isOfTheMoment(error);
  }
}

/** Its time as Running ends when it was left. */
async function commitLetGo(store: Store, { id, epoch, changedAt }: RunRow, at: Instant): Promise<void> {
  await store.commit({
    runId: id,
    epoch,
    at: Math.max(at, changedAt),
    flow: undefined,
    taskRuns: [],
    removed: [],
    logs: [],
    path: { slots: new Uint32Array(0), steps: new Uint16Array(0) },
    cache: [],
    cacheFreed: [],
    answered: [],
    letsGo: true,
  });
}

/**
 * A run as it is, for somebody who wants to take it over: let go, if this process has it and does nothing about it.
 * @throws CaudalError what the store says
 */
export async function readToTakeOver({ store, clock }: Place, runId: string): Promise<RunRow | undefined> {
  const row = await store.readRun(runId);
  if (row?.ownership !== "here" || !isNobodys(store, row)) return row;
  await commitLetGo(store, row, clock.now());
  return store.readRun(runId);
}
