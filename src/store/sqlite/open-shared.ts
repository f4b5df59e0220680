/** One open store per process and folder. */
import { resolve } from "node:path";
import type { Store } from "../../ports/store.ts";
import { CaudalError } from "../../base/errors.ts";
import type { Durability } from "./database.ts";
import { SqliteStore } from "./sqlite-store.ts";

const open = new Map<string, Store>();

/** @throws CaudalError as `Database.open`; CONFIG_INVALID */
export function openShared(folder: string): Store {
  const key = resolve(folder);
  let store = open.get(key);
  if (store === undefined) open.set(key, (store = new SqliteStore(key, { durability: durabilityFromEnvironment() })));
  return store;
}

function durabilityFromEnvironment(): Durability {
  const named = process.env["CAUDAL_DURABILITY"] ?? "";
  if (named === "" || named === "full") return "full";
  if (named === "process") return "process";
  throw new CaudalError("CONFIG_INVALID", { name: "CAUDAL_DURABILITY", value: named, allowed: "full, process" });
}
