/** `sqliteStore()`: where runs are kept and how, for those who do not want the default. */
import { resolve } from "node:path";
import { type Duration, toMillis } from "../base/duration.ts";
import type { Store } from "../ports/store.ts";
import { storeFolderOf } from "../runtime/kept/default-store.ts";
import { openShared } from "../store/sqlite/open-shared.ts";
import { RETENTION_DEFAULT } from "../store/sqlite/retention.ts";
import {
  type Check,
  complaintsAbout,
  isDuration,
  isFilledText,
  isOneOf,
  isWhole,
  refuseIfAny,
} from "./checks/check-options.ts";

/** How long finished runs stay. The newest ten of each flow always do. */
export interface Retain {
  /** They are kept at least so long. Default 90 days. */
  readonly age?: Duration | undefined;
  /** No more than so many, whatever their age. Default 100,000. */
  readonly runs?: number | undefined;
}

export interface SqliteStoreOptions {
  /** The store's folder, relative to the current one. Default: that of `CAUDAL_STORE`, else `.caudal`. */
  readonly path?: string | undefined;
  /** What commits are safe from: `full` also from power loss, `process` from the end of the process. Default: `CAUDAL_DURABILITY`, else full. */
  readonly durability?: "full" | "process" | undefined;
  readonly retain?: Retain | undefined;
}

const RUNS_MAX = 100_000_000;

const isRetain: Check = (value) => {
  const complaints = complaintsAbout(value, { age: isDuration, runs: isWhole(1, RUNS_MAX) });
  return complaints.length === 0 ? undefined : `is wrong: ${complaints.join("; ")}`;
};

const CHECKS = { path: isFilledText, durability: isOneOf("full", "process"), retain: isRetain };

/**
 * Opens the store in a folder, or makes it. Of one folder there is one open store per process: the first options count.
 * @throws CaudalError OPTION_INVALID; STORE_KIND, STORE_PERMISSIONS, STORE_FOREIGN, STORE_NEWER, STORE_DAMAGED, …
 */
export function sqliteStore(options: SqliteStoreOptions = {}): Store {
  refuseIfAny("sqliteStore(…)", complaintsAbout(options, CHECKS));
  const { path, durability, retain = {} } = options;
  const folder = path === undefined ? storeFolderOf(undefined) : resolve(path);
  const { ageMs, runs } = RETENTION_DEFAULT;
  const retention = {
    ageMs: retain.age === undefined ? ageMs : toMillis("retain.age", retain.age),
    runs: retain.runs ?? runs,
  };
  return openShared(folder, { durability, retention });
}
