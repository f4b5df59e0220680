/** Runs in memory that have ended before their listeners were told of all of it. */
import { CaudalError } from "../base/errors.ts";
import type { KeptRun } from "./kept-run.ts";
import type { MemoryDisk } from "./memory-disk.ts";

/** And nobody but this process lives who would tell. */
export function isUntold({ teller }: KeptRun, disk: MemoryDisk, process: string): boolean {
  return teller !== undefined && (teller === process || !disk.alive.has(teller));
}

/** @throws CaudalError RUN_OVER, RUN_OWNED */
export function takeToTell(kept: KeptRun, disk: MemoryDisk, process: string): void {
  const { row, teller } = kept;
  if (teller === undefined) throw new CaudalError("RUN_OVER", { run: row.id, state: row.state.type });
  if (!isUntold(kept, disk, process))
    throw new CaudalError("RUN_OWNED", { run: row.id, owner: "who tells its listeners" });
  row.epoch++;
  kept.teller = process;
}
