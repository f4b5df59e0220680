/**
 * The yardsticks of durable runs: SQLite alone, through the same driver, with one prepared insert per task. Nothing is
 * kept of a run but its finished task runs; what an engine needs beside them is its own cost.
 *
 * FULL is SQLite's own: an `fsync` per commit. Our store brings its log to the disk itself, by `fdatasync` (ADR 21), which
 * SQLite could be given as well. So there is a yardstick that does: what is left between it and us is not the sync.
 */
import { fdatasyncSync, openSync } from "node:fs";
import { join } from "node:path";
import { sqliteDriver } from "../src/store/sqlite-driver.ts";
import { benchFolder } from "./durable-folder.ts";
import type { Work } from "./worker.ts";

const SCHEMA = `CREATE TABLE task (run INTEGER, id INTEGER, state INTEGER, started REAL, finished REAL, result TEXT,
  PRIMARY KEY (run, id)) STRICT, WITHOUT ROWID`;

export interface RawWrites {
  /** `by hand`: as NORMAL, and the log is brought to the disk after each commit. */
  readonly synchronous: "FULL" | "NORMAL" | "by hand";
  readonly rows: number;
  readonly rowsPerCommit: number;
}

export function rawWrites({ synchronous, rows, rowsPerCommit }: RawWrites): Work {
  const file = join(benchFolder(), "raw.db");
  const db = new (sqliteDriver().DatabaseSync)(file, {});
  const mode = synchronous === "by hand" ? "NORMAL" : synchronous;
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${mode}; ${SCHEMA}`);
  const log = synchronous === "by hand" ? openSync(`${file}-wal`, "r+") : undefined;
  const insert = db.prepare("INSERT INTO task (run, id, state, started, finished, result) VALUES (?, ?, ?, ?, ?, ?)");
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  let run = 0;
  return {
    round: async () => {
      if (!db.isOpen) throw new Error("closed"); // a database that nobody holds is closed, whatever holds its statements
      run++;
      for (let row = 0; row < rows; ) {
        begin.run();
        for (let last = Math.min(rows, row + rowsPerCommit); row < last; row++) {
          const now = Date.now();
          insert.run(run, row, 3, now, now, JSON.stringify(row + 1));
        }
        commit.run();
        if (log !== undefined) fdatasyncSync(log);
      }
      return rows;
    },
  };
}
