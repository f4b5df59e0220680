/** How long finished runs stay in a store. */
import type { Millis } from "../../base/time.ts";

export interface Retention {
  /** They are kept at least so long … */
  readonly ageMs: Millis;
  /** … and no more than so many of them, whatever their age. */
  readonly runs: number;
}

const DAY_MS = 86_400_000;
export const RETENTION_DEFAULT: Retention = { ageMs: 90 * DAY_MS, runs: 100_000 };
