/**
 * Puts a backup in the place of a store. What was there is not deleted: it gets another name beside it. The backup stays
 * what it is, and is looked at first, all of it.
 */
import { existsSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { CaudalError } from "../../../base/errors.ts";
import { type Instant, isoUtc } from "../../../base/time.ts";
import { STORE_FILE } from "../database.ts";
import { backUp, type Copied, sync } from "./copy-store.ts";
import { examine, type ExamineOptions } from "./examine.ts";
import type { StoreReport } from "./report.ts";

export interface Restored extends Copied {
  /** Of what is in place now. */
  readonly runs: StoreReport["runs"];
  /** Where the store is now that was there before; undefined where none was. */
  readonly replaced: string | undefined;
}

/**
 * @throws CaudalError STORE_NONE, STORE_DAMAGED (of the backup), STORE_IN_USE, FILE_NOT_WRITTEN: whatever was there is
 * there still
 */
export function restore(backup: string, folder: string, options: ExamineOptions): Restored {
  const { runs } = wholeReport(backup, options);
  refuseInUse(folder, options);
  const fresh = `${folder}.restored-${process.pid}`;
  const copied = backUp(backup, fresh);
  try {
    refuseInUse(folder, options); // to copy it took a while
    const replaced = existsSync(folder) ? freeName(folder, options.now) : undefined;
    if (replaced !== undefined) renameSync(folder, replaced);
    try {
      renameSync(fresh, folder);
    } catch (error) {
      if (replaced !== undefined) renameSync(replaced, folder);
      throw error;
    }
    sync(dirname(folder));
    return { ...copied, runs, replaced };
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (error instanceof CaudalError) throw error;
    throw new CaudalError("FILE_NOT_WRITTEN", { file: folder, why: (error as Error).message }, { cause: error });
  }
}

function wholeReport(backup: string, options: ExamineOptions): StoreReport {
  const report = examine(backup, options);
  if (report === undefined) throw new CaudalError("STORE_NONE", { folder: backup, why: "no backup is there" });
  if (report.whole) return report;
  const [damaged] = report.damaged;
  const why = damaged === undefined ? report.findings[0]?.text : `run ${damaged.run}: ${damaged.why}`;
  throw new CaudalError("STORE_DAMAGED", { file: join(backup, STORE_FILE), why: why ?? "its pages" });
}

/** A process that has it open would keep nothing any more, and say so only at its next commit. */
function refuseInUse(folder: string, options: ExamineOptions): void {
  const [first] = examine(folder, options)?.processes.filter(({ alive }) => alive) ?? [];
  if (first !== undefined) throw new CaudalError("STORE_IN_USE", { folder, process: first.process });
}

function freeName(folder: string, now: Instant): string {
  const name = `${folder}.replaced-${isoUtc(now).slice(0, 19).replaceAll(":", "-")}`;
  for (let n = 1; ; n++) {
    const free = n === 1 ? name : `${name}-${n}`;
    if (!existsSync(free)) return free;
  }
}
