/**
 * A new store of what can be read of a damaged one, run by run: a run is taken when every row of it is whole, or not
 * at all. The damaged store is copied first and never opened, so that nothing is written there.
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CaudalError } from "../../../base/errors.ts";
import { type Bound, Database, type Row, STORE_FILE } from "../database.ts";
import { KeptValues } from "../kept-values.ts";
import { BOUNDS_OF_RUN } from "../run-rows.ts";
import { checkRun, rowsOfRuns } from "./check-run.ts";
import { copyBlobs, whole } from "./copy-store.ts";
import type { DamagedRun } from "./report.ts";

export interface Salvaged {
  readonly recovered: readonly string[];
  /** Runs that were left behind; by number where not even the name can be read. */
  readonly lost: readonly DamagedRun[];
  /** Recovered runs of which something beside their states and results is missing. */
  readonly incomplete: readonly DamagedRun[];
}

/** @throws CaudalError FILE_NOT_WRITTEN; STORE_DAMAGED when nothing can be read at all */
export function salvage(folder: string, target: string): Salvaged {
  return whole(target, (unfinished) => {
    const copied = mkdtempSync(join(unfinished, "damaged-"));
    for (const suffix of ["", "-wal", "-journal"]) {
      const name = `${STORE_FILE}${suffix}`;
      if (existsSync(join(folder, name))) copyFileSync(join(folder, name), join(copied, name));
    }
    const from = Database.openCopy(copied);
    const made = join(copied, "made");
    mkdirSync(made, { mode: 0o700 });
    const to = Database.open(made, "process");
    try {
      return new Salvage(from, to, folder, unfinished).all();
    } finally {
      from.close();
      to.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      to.close();
      copyFileSync(join(made, STORE_FILE), join(unfinished, STORE_FILE));
      rmSync(copied, { recursive: true });
    }
  });
}

/** What belongs to a run, and whether the run is nothing without it. */
const OF_RUN: readonly { readonly table: string; readonly key: string; readonly needed: boolean }[] = [
  { table: "task_run", key: "slot", needed: true },
  { table: "once", key: "scope, name", needed: true },
  { table: "request", key: "request_no", needed: false },
  { table: "log", key: "line", needed: false },
];

class Salvage {
  readonly #from: Database;
  readonly #to: Database;
  readonly #values: KeptValues;
  readonly #blobs: readonly [from: string, to: string];
  readonly #recovered: string[] = [];
  readonly #lost: DamagedRun[] = [];
  readonly #incomplete: DamagedRun[] = [];

  constructor(from: Database, to: Database, folder: string, target: string) {
    this.#from = from;
    this.#to = to;
    this.#values = new KeptValues(folder);
    this.#blobs = [join(folder, "blobs"), join(target, "blobs")];
  }

  all(): Salvaged {
    for (const row of rowsOfRuns(this.#from)) {
      if ("error" in row && row.error !== undefined)
        this.#lost.push({ run: `number ${String(row.runNo)}`, why: whyOf(row.error) });
      else this.#take(row as Row);
    }
    this.#tolerantly("cache", () => this.#copyRows("cache", this.#from.all("SELECT * FROM cache")));
    this.#tolerantly("tick", () => this.#copyRows("tick", this.#from.all("SELECT * FROM tick")));
    return { recovered: this.#recovered, lost: this.#lost, incomplete: this.#incomplete };
  }

  /** What the store has beside its runs can be missed. */
  #tolerantly(what: string, copy: () => void): void {
    try {
      this.#to.transaction(copy);
    } catch (error) {
      this.#incomplete.push({ run: `(${what})`, why: whyOf(error) });
    }
  }

  #take(row: Row): void {
    const run = String(row["run_id"]);
    try {
      const { lostResults, found } = checkRun(this.#from, this.#values, row);
      const missing = this.#to.transaction(() => this.#copyRun(found.runNo));
      this.#recovered.push(run);
      for (const why of [...lostResults, ...missing]) this.#incomplete.push({ run, why });
    } catch (error) {
      this.#lost.push({ run, why: whyOf(error) });
    }
  }

  /** Gives what could not be read and is not needed. */
  #copyRun(runNo: number): string[] {
    const missing: string[] = [];
    const [run] = this.#from.read(() => this.#from.all("SELECT * FROM run WHERE run_no = ?", runNo));
    const [bounds] = this.#from.read(() => this.#from.all(BOUNDS_OF_RUN, runNo));
    const version = this.#from.read(() =>
      this.#from.all("SELECT * FROM flow_version WHERE version_no = ?", Number(run?.["version_no"])),
    );
    this.#copyRows("flow_version", version);
    // Whoever had it had it in another store.
    this.#copyRows("run", [{ ...run!, process_no: null }]);
    this.#copyRows("untold", this.#untold(runNo));
    this.#copyBlobs([run!], "state_kind", "state_value");
    for (const { table, key, needed } of OF_RUN) {
      try {
        const rows = this.#from.read(() =>
          this.#from.all(`SELECT * FROM ${table} WHERE run_no = ? ORDER BY ${key}`, runNo),
        );
        this.#copyRows(table, rows);
        this.#copyBlobs(rows, "value_kind", "value");
      } catch (error) {
        if (needed) throw error;
        missing.push(`its ${table} rows: ${whyOf(error)}`);
      }
    }
    const range = [Number(bounds!["first_cursor"]), Number(bounds!["last_cursor"])] as const;
    const history = "SELECT * FROM history WHERE cursor BETWEEN ? AND ? AND run_no = ?";
    this.#copyRows(
      "history",
      this.#from.read(() => this.#from.all(history, ...range, runNo)),
    );
    return missing;
  }

  /** Whoever was to tell had it in another store. An older one has no such table. */
  #untold(runNo: number): readonly Row[] {
    return this.#from.read(() => {
      const isThere = this.#from.get("SELECT 1 AS there FROM sqlite_schema WHERE name = 'untold'") !== undefined;
      return isThere ? this.#from.all("SELECT run_no FROM untold WHERE run_no = ?", runNo) : [];
    });
  }

  #copyRows(table: string, rows: readonly Row[]): void {
    const [first] = rows;
    if (first === undefined) return;
    const columns = Object.keys(first).filter((name) => this.#isColumn(table, name));
    const sql = `INSERT OR IGNORE INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`;
    for (const row of rows) this.#to.run(sql, ...columns.map((name) => row[name] as Bound));
  }

  /** A store of an earlier version has others. */
  #isColumn(table: string, name: string): boolean {
    return this.#to.get("SELECT 1 FROM pragma_table_info(?) WHERE name = ?", table, name) !== undefined;
  }

  #copyBlobs(rows: readonly Row[], kind: string, value: string): void {
    const addresses = rows.filter((row) => Number(row[kind]) === 2).map((row) => String(row[value]));
    copyBlobs(...this.#blobs, addresses); // what is missing was said when the run was checked
  }
}

function whyOf(error: unknown): string {
  if (error instanceof CaudalError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
