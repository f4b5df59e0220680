/**
 * Older stores become today's, one numbered step after the other, in one transaction; there is no way back.
 *
 * A new store is made in the journal mode of a plain file, and what an older one becomes is moved into the file at once,
 * so that the header says what it is: whoever looks at it need not open it (until then the log says so, which is looked
 * at too). A migration that is killed leaves the version before. Of a store with content a copy is kept beside it,
 * `caudal.db.v1.bak`, until the next one.
 */
import { chmodSync, rmSync } from "node:fs";
import { replaceFile } from "../replace-file.ts";
import type { Database } from "./database.ts";
import { isBusy } from "./failure.ts";
import { APPLICATION_ID } from "./schema.ts";

/** Number n makes version n of version n − 1. */
export type Migration = string | ((db: Database) => void);

const versionOf = (db: Database) => Number(db.get("PRAGMA user_version")?.["user_version"]);

/** Processes that meet here wait for each other; the first does it. @throws CaudalError as any write */
export function migrate(db: Database, migrations: readonly Migration[]): void {
  const from = db.patiently(() => versionOf(db));
  if (from >= migrations.length) return;
  try {
    prepare(db, from);
    // Until its tables are ready SQLite itself brings each commit of the file to the disk.
    db.quickTransaction(() => {
      for (let version = versionOf(db); version < migrations.length; version++) {
        const step = migrations[version]!;
        if (typeof step === "string") db.exec(step);
        else step(db);
        db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${version + 1}`);
      }
    });
    if (from > 0) db.get("PRAGMA wal_checkpoint(TRUNCATE)"); // others may be reading: then the keeper does it
  } catch (error) {
    // Another process may have done it while this one waited: then its lock is no matter.
    if (!isBusy(error) || db.patiently(() => versionOf(db)) < migrations.length) throw error;
  }
}

function prepare(db: Database, from: number): void {
  if (from === 0) return db.patiently(() => db.exec("PRAGMA auto_vacuum = INCREMENTAL"));
  keepCopy(db, from);
}

/** Under its own name only when it is whole. */
function keepCopy(db: Database, version: number): void {
  const copy = `${db.file}.v${version}.bak`;
  const unfinished = `${copy}.${process.pid}`;
  rmSync(unfinished, { force: true });
  try {
    db.patiently(() => db.run("VACUUM INTO ?", unfinished));
    chmodSync(unfinished, 0o600);
    replaceFile(unfinished, copy);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}
