/** A store as runs leave it, at rest, for tests that spoil it. */
import { chmodSync, cpSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { sqliteDriver } from "../../src/store/sqlite-driver.ts";
import { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { batch, entry, newRun, row, running, succeeded, version } from "../conformance/store-rows.ts";
import { storeFolder } from "./store-folder.ts";

const LARGE = "x".repeat(100_000);

/** A store with two runs that have ended and one that has not, closed. */
export function filled(more: { readonly rows?: number; readonly large?: boolean } = {}): {
  folder: string;
  file: string;
} {
  const folder = storeFolder();
  const store = new SqliteStore(folder, { durability: "process" });
  for (const id of ["run1", "run2"]) {
    store.createRun(newRun(id), version);
    const result = more.large ? `${LARGE} ${id}` : `of ${id}`;
    const rows = Array.from({ length: more.rows ?? 3 }, (_, i) =>
      row(i, { type: "Success", result: `${result} ${i}` }),
    );
    store.commit(batch(id, { flow: running, taskRuns: rows, cache: [entry(`key ${id}`, { runId: id })] }));
    store.commit(batch(id, { flow: succeeded }));
  }
  store.createRun(newRun("open"), version);
  store.commit(
    batch("open", { flow: running, taskRuns: [row(0, { type: "Success", result: more.large ? LARGE : 1 })] }),
  );
  store.close();
  return atRest(folder);
}

/** A copy with nothing in its log, as the end of its last process leaves it: in this one the file stays open. */
function atRest(folder: string): { folder: string; file: string } {
  const { DatabaseSync } = sqliteDriver();
  new DatabaseSync(join(folder, "caudal.db"), {}).exec("PRAGMA wal_checkpoint(TRUNCATE)");
  const copy = storeFolder();
  cpSync(folder, copy, { recursive: true });
  for (const suffix of ["-wal", "-shm"]) rmSync(join(copy, `caudal.db${suffix}`), { force: true });
  for (const path of [copy, join(copy, "blobs")]) if (existsSync(path)) chmodSync(path, 0o700);
  return { folder: copy, file: join(copy, "caudal.db") };
}
