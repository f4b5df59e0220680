/** Runs that have ended before their listeners were told of all of it: which process is to tell, and who takes its place. */
import { CaudalError } from "../../base/errors.ts";
import type { Ownership } from "../../ports/store.ts";
import type { Database } from "./database.ts";
import { LiveRun } from "./live-run.ts";
import type { ProcessTable } from "./process-table.ts";
import { readRunning } from "./read-running.ts";
import type { FoundRun } from "./run-rows.ts";

const TELLER = "SELECT process_no FROM untold WHERE run_no = ?";
const TELL = "UPDATE untold SET process_no = ? WHERE run_no = ?";
const NEW_OWNER = "UPDATE run SET epoch = epoch + 1 WHERE run_no = ?";

/** What became of the process that is to tell; undefined: nothing is left to tell. */
export function tellerOf(db: Database, processes: ProcessTable, { runNo }: FoundRun): Ownership | undefined {
  const row = db.get(TELLER, runNo);
  return row && processes.ownershipOf((row["process_no"] as number | null) ?? undefined);
}

/**
 * Inside a transaction. The run stays as it is: what comes is the word that its listeners were told.
 * @throws CaudalError RUN_OVER, RUN_OWNED
 */
export function takeToTell(db: Database, processes: ProcessTable, found: FoundRun): LiveRun {
  const { row, runNo } = found;
  const teller = tellerOf(db, processes, found);
  if (teller === undefined) throw new CaudalError("RUN_OVER", { run: row.id, state: row.state.type });
  if (teller === "alive") throw new CaudalError("RUN_OWNED", { run: row.id, owner: "who tells its listeners" });
  db.run(TELL, processes.own(), runNo);
  db.run(NEW_OWNER, runNo);
  const live = new LiveRun(runNo, new Map(), readRunning(db, found).hash);
  live.ended = true;
  return live;
}
