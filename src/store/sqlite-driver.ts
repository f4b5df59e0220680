/** The SQLite driver: loaded when the first database is opened, so that a flow without one does not pay for it. */
import { createRequire } from "node:module";
import type { DatabaseSyncInstance, DatabaseSyncOptions } from "@photostructure/sqlite";
import { CaudalError } from "../base/errors.ts";

/** An open database, with the API of Node's own `DatabaseSync`: `exec`, `prepare`, `close`, … */
export type SqliteDatabase = DatabaseSyncInstance;

interface Driver {
  readonly DatabaseSync: new (path: string, options: DatabaseSyncOptions) => SqliteDatabase;
}

let loaded: Driver | undefined;

/** @throws CaudalError SQLITE_UNAVAILABLE where the package has no binary for this machine */
export function sqliteDriver(): Driver {
  try {
    loaded ??= createRequire(import.meta.url)("@photostructure/sqlite") as Driver;
    return loaded;
  } catch (cause) {
    const why = `${process.platform}-${process.arch}, Node ${process.version}: ${(cause as Error).message.split("\n")[0] ?? ""}`;
    throw new CaudalError("SQLITE_UNAVAILABLE", { why }, { cause });
  }
}
