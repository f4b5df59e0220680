/** The SQLite driver: loaded when the first database is opened, so that a flow without one does not pay for it. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
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

let binary: Driver | undefined;

/**
 * The same without the package's JavaScript, which searches for its binary and adds methods that a store does not
 * call: 4 of the 5 ms that the driver takes at the start of every run that is kept. Where the binary is not in its
 * place, the package is asked.
 * @throws CaudalError SQLITE_UNAVAILABLE
 */
export function sqliteBinary(): Driver {
  try {
    binary ??= loadBinary();
    return binary;
  } catch {
    return sqliteDriver();
  }
}

function loadBinary(): Driver {
  const require = createRequire(import.meta.url);
  const folder = join(foundAbove(import.meta.url) ?? resolved(require), "prebuilds");
  const libc = existsSync("/etc/alpine-release") ? "musl" : "glibc";
  const file = join(`${process.platform}-${process.arch}`, `@photostructure+sqlite.${libc}.node`);
  return require(join(folder, file)) as Driver;
}

const PACKAGE = join("node_modules", "@photostructure", "sqlite");

/** Where Node looks for packages, without what it does beside that: a tenth of what the start of a kept run allocates. */
function foundAbove(url: string): string | undefined {
  for (let folder = dirname(fileURLToPath(url)); ; folder = dirname(folder)) {
    const found = join(folder, PACKAGE);
    if (existsSync(found)) return found;
    if (folder === dirname(folder)) return undefined;
  }
}

const resolved = (require: NodeJS.Require) => join(dirname(require.resolve("@photostructure/sqlite")), "..");
