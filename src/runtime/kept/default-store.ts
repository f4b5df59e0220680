/**
 * The store of runs that name none: the SQLite file beside the flow's package.json, or what `CAUDAL_STORE` says.
 * `CAUDAL_STORE=memory` keeps nothing.
 */
import { resolve } from "node:path";
import type { Program } from "../../ports/program.ts";
import type { MaybePromise, Store } from "../../ports/store.ts";
import { memoryStore } from "../../store/memory.ts";
import { baseFolderOf } from "./base-folder.ts";

let inMemory: Store | undefined;

export const STORE_FOLDER = ".caudal";

/** One per process and file. @throws CaudalError STORE_CANNOT_OPEN, STORE_NEWER, … */
export function defaultStore(program: Program | undefined): MaybePromise<Store> {
  const named = process.env["CAUDAL_STORE"] ?? "";
  if (named === "memory") return (inMemory ??= memoryStore());
  return openBeside(program?.file);
}

/** The folder of the store that runs of a file are kept in. */
export function storeFolderOf(file: string | undefined): string {
  const named = process.env["CAUDAL_STORE"] ?? "";
  const base = baseFolderOf(file);
  return named === "" || named === "memory" ? resolve(base, STORE_FOLDER) : resolve(base, named);
}

/** Its code, for which only runs that are kept pay, has in it what finds the folder. */
async function openBeside(file: string | undefined): Promise<Store> {
  const { openShared } = await import("../../store/sqlite/open-shared.ts");
  return openShared(storeFolderOf(file));
}
