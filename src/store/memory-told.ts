/** Runs in memory that have ended before their listeners were told of all of it. */
import { CaudalError } from "../base/errors.ts";
import type { KeptRun, MemoryDisk } from "./memory-disk.ts";

/** And whoever was to tell is gone. */
export function isUntold({ teller }: KeptRun, disk: MemoryDisk): boolean {
  return teller !== undefined && !disk.alive.has(teller);
}

/** @throws CaudalError RUN_OVER, RUN_OWNED */
export function takeToTell(kept: KeptRun, disk: MemoryDisk, process: string): void {
  const { row, teller } = kept;
  if (teller === undefined) throw new CaudalError("RUN_OVER", { run: row.id, state: row.state.type });
  if (!isUntold(kept, disk)) throw new CaudalError("RUN_OWNED", { run: row.id, owner: "who tells its listeners" });
  row.epoch++;
  kept.teller = process;
}
