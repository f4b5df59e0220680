/** Who runs a tick of a schedule: whoever adds its row, with a run or to say that there is none. */
import { CaudalError } from "../../base/errors.ts";
import type { Tick } from "../../ports/store.ts";
import type { Database } from "./database.ts";

/** In place of a run's id: nobody runs the tick. */
const SKIPPED = "";
const ADD = "INSERT INTO tick (schedule, clock, at, run_id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";
const TAKEN = "SELECT run_id FROM tick WHERE schedule = ? AND clock = ? AND at = ?";

/** Inside the transaction that makes the run. Undefined: it is that run's now; else the run that has it. @throws CaudalError TICK_SKIPPED */
export function takeTick(db: Database, { schedule, clock, at }: Tick, runId: string): string | undefined {
  if (db.run(ADD, schedule, clock, at, runId) === 1) return undefined;
  const taken = String(db.get(TAKEN, schedule, clock, at)?.["run_id"]);
  if (taken === SKIPPED) throw new CaudalError("TICK_SKIPPED", { at });
  return taken;
}

/** Inside a transaction. False: somebody has decided about it already. */
export function skipTick(db: Database, { schedule, clock, at }: Tick): boolean {
  return db.run(ADD, schedule, clock, at, SKIPPED) === 1;
}
