/** Waiting for what another process does with a store. */
import type { Store } from "../../ports/store.ts";
import { isFinishedType } from "../../state/task-state.ts";

/** A process that dies changes nothing in the store: one looks again now and then. */
const LOOK_AGAIN_MS = 1_000;

/** Resolves after another process may have changed the store, and after some time without. */
export function changed(store: Store, atMostMs = LOOK_AGAIN_MS): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      unwatch();
      resolve();
    };
    const timer = setTimeout(done, Math.max(0, atMostMs));
    const unwatch = store.watch(done);
  });
}

/** Resolves when a run has ended, or its process has it no longer, or after a while. */
export async function left(store: Store, runId: string, atMostMs: number): Promise<void> {
  const until = Date.now() + atMostMs;
  while (Date.now() < until) {
    const row = await store.readRun(runId);
    if (row === undefined || isFinishedType(row.state.type) || row.ownership !== "alive") return;
    await changed(store, Math.min(LOOK_AGAIN_MS, until - Date.now()));
  }
}
