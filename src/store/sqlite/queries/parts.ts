/** What every question is asked with. */
import type { Ownership, RunRow } from "../../../ports/store.ts";
import type { Database } from "../database.ts";
import type { KeptValues } from "../kept-values.ts";
import type { FoundRun } from "../run-rows.ts";

export interface QueryParts {
  readonly db: Database;
  readonly values: KeptValues;
  /** Whether the store is open still. @throws CaudalError STORE_CLOSED */
  readonly open: () => void;
  /** With its owner, as it is now. */
  readonly runRow: (found: FoundRun) => RunRow;
  /** Of a run of this process number, now. */
  readonly ownershipOf: (processNo: number | undefined) => Ownership;
}

export const numberOrNone = (value: unknown) => (value === null || value === undefined ? undefined : Number(value));
export const textOrNone = (value: unknown) => (value === null || value === undefined ? undefined : String(value));
