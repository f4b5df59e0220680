/** What every question is asked with. */
import type { Ownership } from "../../../ports/store.ts";
import type { Database } from "../database.ts";
import type { KeptValues } from "../kept-values.ts";
import type { FoundRun } from "../run-rows.ts";

export interface QueryParts {
  readonly db: Database;
  readonly values: KeptValues;
  /** Whether the store is open still. @throws CaudalError STORE_CLOSED */
  readonly open: () => void;
  readonly ownershipOf: (run: Pick<FoundRun, "processNo" | "process">) => Ownership;
  readonly ownerOf: (run: Pick<FoundRun, "process">) => string | undefined;
  readonly runRow: (found: FoundRun) => import("../../../ports/store.ts").RunRow;
}

export const numberOrNone = (value: unknown) => (value === null || value === undefined ? undefined : Number(value));
export const textOrNone = (value: unknown) => (value === null || value === undefined ? undefined : String(value));
