/** What is kept of one run cannot be read: that run is refused, and others are not touched by it. */
import { CaudalError, isCaudalError } from "../../base/errors.ts";
import { storeFailure } from "./failure.ts";

/** A row that is not what was written; becomes RUN_CORRUPT where the run is known. */
export class RowDamage extends Error {}

/** Reads something of a run. @throws CaudalError RUN_CORRUPT, or what its files and the disk say */
export function readOfRun<T>(run: string, store: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const isOurs = error instanceof CaudalError && !isCaudalError(error, "RESULT_CORRUPT");
    if (isOurs || storeFailure(error, store) !== error) throw error;
    const why = isCaudalError(error, "RESULT_CORRUPT")
      ? String((error.data as { readonly why: string }).why)
      : error instanceof Error
        ? error.message
        : String(error);
    throw new CaudalError("RUN_CORRUPT", { run, store, why }, { cause: error });
  }
}
