/**
 * A commit that waits where waiting can help: for room on a full disk, for a lock that somebody holds too long.
 * Nothing of the pass is acted on meanwhile, so nothing is lost, and the run goes on when there is room again.
 */
import { CaudalError } from "../../base/errors.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Batch, Cursor, Store } from "../../ports/store.ts";

interface Commit {
  readonly store: Store;
  readonly batch: Batch;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether this process is to stop: then nobody waits. */
  readonly stops: () => boolean;
}

/** Until what a store was asked in vain is asked again. */
export const AGAIN_MS = 1_000;
const SAY_MS = 60_000;

export function commitPatiently(commit: Commit): Cursor | Promise<Cursor> {
  try {
    const done = commit.store.commit(commit.batch);
    return done instanceof Promise ? done.catch((error: unknown) => again(commit, error)) : done;
  } catch (error) {
    return again(commit, error);
  }
}

/** @throws what is no matter of patience */
async function again(commit: Commit, first: unknown): Promise<Cursor> {
  const { clock, logger, store, batch, stops } = commit;
  const say = (level: "warn" | "info", message: string) =>
    logger.write({ at: clock.now(), level, logger: "caudal.store", message });
  let error = first;
  for (let saidAt = Number.NEGATIVE_INFINITY; ; ) {
    if (!canPass(error) || stops()) throw error;
    if (clock.now() - saidAt >= SAY_MS) {
      saidAt = clock.now();
      say("warn", `Waiting to go on with run ${batch.runId}: ${error.message}`);
    }
    await new Promise<void>((resolve) => clock.at(clock.now() + AGAIN_MS, resolve));
    try {
      const cursor = await store.commit(batch);
      say("info", `Going on with run ${batch.runId}`);
      return cursor;
    } catch (next) {
      error = next;
    }
  }
}

/** Trouble of a store that goes by. */
export function canPass(error: unknown): error is CaudalError {
  return error instanceof CaudalError && (error.code === "STORE_FULL" || error.code === "STORE_BUSY");
}

const OF_THE_MOMENT: ReadonlySet<string> = new Set([
  "STORE_FULL",
  "STORE_BUSY",
  "STORE_FAILED",
  "RUN_OWNED",
  "STALE_EPOCH",
]);

/** Why a run cannot be had or kept just now; nothing is wrong with the run itself, which may be tried again. */
export function isOfTheMoment(error: unknown): boolean {
  return error instanceof CaudalError && OF_THE_MOMENT.has(error.code);
}
