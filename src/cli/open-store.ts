/** The store of the folder a command was called in. Commands that read runs never create one. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { CaudalError } from "../base/errors.ts";
import type { Store } from "../ports/store.ts";
import { storeFolderOf } from "../runtime/kept/default-store.ts";
import { STORE_FILE } from "../store/sqlite/database.ts";
import type { Shell } from "./shell.ts";

/** @throws CaudalError STORE_NONE; STORE_CANNOT_OPEN, STORE_FOREIGN, … */
export async function openStoreHere({ cwd }: Pick<Shell, "cwd">): Promise<Store> {
  const store = await findStoreHere(cwd);
  if (store !== undefined) return store;
  const inMemory = process.env["CAUDAL_STORE"] === "memory";
  const why = inMemory ? "CAUDAL_STORE=memory keeps nothing" : "no run was kept there yet";
  throw new CaudalError("STORE_NONE", { folder: folderOf(cwd), why });
}

/** Undefined where there is none. */
export async function findStoreHere(cwd: string): Promise<Store | undefined> {
  if (process.env["CAUDAL_STORE"] === "memory") return undefined;
  const folder = folderOf(cwd);
  const file = statSync(join(folder, STORE_FILE), { throwIfNoEntry: false });
  if (file === undefined || (file.isFile() && file.size === 0)) return undefined;
  const { openShared } = await import("../store/sqlite/open-shared.ts");
  return openShared(folder);
}

/** As of a flow file that lies there. */
function folderOf(cwd: string): string {
  return storeFolderOf(join(cwd, "flow.ts"));
}
