/** Who runs a tick of a schedule: whoever adds its row. */
import type { Instant } from "../../base/time.ts";
import type { TickClaim } from "../../ports/store.ts";
import type { Database } from "./database.ts";

export interface Tick {
  readonly schedule: string;
  readonly clock: number;
  readonly at: Instant;
  readonly runId: string;
}

const CLAIM = "INSERT INTO tick (schedule, clock, at, run_id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";
const TAKEN = "SELECT run_id FROM tick WHERE schedule = ? AND clock = ? AND at = ?";

/** Inside a transaction. */
export function claimTick(db: Database, { schedule, clock, at, runId }: Tick): TickClaim {
  if (db.run(CLAIM, schedule, clock, at, runId) === 1) return { claimed: true };
  return { claimed: false, runId: String(db.get(TAKEN, schedule, clock, at)?.["run_id"]) };
}
