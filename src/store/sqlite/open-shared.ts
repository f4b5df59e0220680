/** One open store per process and folder. */
import { resolve } from "node:path";
import { CaudalError } from "../../base/errors.ts";
import type { Store } from "../../ports/store.ts";
import type { Durability } from "./database.ts";
import { SqliteStore, type OpenOptions } from "./sqlite-store.ts";

export interface Opened extends Store {
  readonly isClosed: boolean;
  /** Calls back once, when nothing can be kept here any more: the file is gone, damaged or of a later version. */
  whenBroken(callback: (error: unknown) => void): void;
}
type Open = (folder: string, options: OpenOptions) => Opened;

const open = new Map<string, Opened>();

/** `how`: of a store that is not open here yet. @throws CaudalError as `Database.open`; CONFIG_INVALID */
export function openShared(
  folder: string,
  options: OpenOptions = {},
  how: Open = (at, given) => new SqliteStore(at, given),
): Opened {
  const key = resolve(folder);
  let store = open.get(key);
  if (store === undefined || store.isClosed) {
    const durability = options.durability ?? durabilityFromEnvironment();
    open.set(key, (store = how(key, { ...options, durability })));
  }
  return store;
}

function durabilityFromEnvironment(): Durability {
  const named = process.env["CAUDAL_DURABILITY"] ?? "";
  if (named === "" || named === "full") return "full";
  if (named === "process") return "process";
  throw new CaudalError("CONFIG_INVALID", { name: "CAUDAL_DURABILITY", value: named, allowed: "full, process" });
}
