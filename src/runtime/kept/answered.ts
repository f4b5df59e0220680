/** Waiting until whoever has a run has done what it was asked. */
import type { Millis } from "../../base/time.ts";
import type { Request, Store } from "../../ports/store.ts";

const LOOK_AGAIN_MS = 50;

/** Whether a request was carried out or refused in time: another process may be slow. */
export function answered(
  store: Store,
  { runId, id }: Pick<Request, "runId" | "id">,
  atMostMs: Millis,
): Promise<boolean> {
  return comesTrue(async () => !(await store.requestsOf(runId)).some((open) => open.id === id), atMostMs);
}

/** False: it has waited long enough. */
export async function comesTrue(check: () => Promise<boolean> | boolean, atMostMs: Millis): Promise<boolean> {
  for (
    let waitedMs = 0, pauseMs = 2;
    waitedMs < atMostMs;
    waitedMs += pauseMs, pauseMs = Math.min(pauseMs * 2, LOOK_AGAIN_MS)
  ) {
    if (await check()) return true;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return false;
}
