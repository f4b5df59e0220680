/** The first commit of a run whose task runs were partly finished before it began: kept with its creation. */
import type { Batch, GivenRows, NewRun } from "../ports/store.ts";

export function batchOfGiven({ id, createdAt }: NewRun, given: GivenRows): Batch {
  return {
    runId: id,
    epoch: 1,
    at: createdAt,
    flow: undefined,
    ...given,
    removed: [],
    logs: [],
    cache: [],
    cacheFreed: [],
    answered: [],
    letsGo: false,
  };
}
