/**
 * A copy of a store in use, as a folder that is a store itself: to restore it, put it in the place of the other, or
 * name it in `CAUDAL_STORE`. It has its final name only when it is whole and on the disk.
 */
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { CaudalError } from "../../../base/errors.ts";
import { blobFolder } from "../../blobs.ts";
import { replaceFile } from "../../replace-file.ts";
import { Database, STORE_FILE } from "../database.ts";
import { storeFailure } from "../failure.ts";
import { namedBlobs } from "./examine.ts";

export interface Copied {
  readonly blobs: number;
  /** Named by rows and not there in the first place. */
  readonly missing: readonly string[];
}

/** Nobody has the copy open: its runs wait for a person, who knows what their tasks have done since. */
const NOBODYS = `BEGIN IMMEDIATE; UPDATE run SET process_no = NULL WHERE process_no IS NOT NULL;
  DELETE FROM cache_claim; DELETE FROM place; DELETE FROM lease; DELETE FROM process; COMMIT`;
const HAS_UNTOLD = "SELECT 1 FROM sqlite_schema WHERE name = 'untold'";

/** @throws CaudalError FILE_NOT_WRITTEN where there is something already; STORE_FULL, STORE_DAMAGED, … */
export function backUp(folder: string, target: string): Copied {
  return whole(target, (unfinished) => {
    const [from, to] = [join(folder, "blobs"), join(unfinished, "blobs")];
    const db = Database.openToRead(folder);
    try {
      copyBlobs(from, to, allIn(from)); // first: what the rows name may be taken away meanwhile
      db.read(() => db.run("VACUUM INTO ?", join(unfinished, STORE_FILE)));
    } finally {
      db.close();
    }
    const copy = Database.openCopy(unfinished);
    try {
      const { integrity_check: found } = copy.read(() => copy.get("PRAGMA integrity_check(1)")) as Record<
        string,
        unknown
      >;
      if (found !== "ok")
        throw new CaudalError("STORE_DAMAGED", { file: join(folder, STORE_FILE), why: String(found) });
      copy.exec(NOBODYS);
      if (copy.get(HAS_UNTOLD) !== undefined) copy.run("UPDATE untold SET process_no = NULL");
      const named = [...namedBlobs(copy)];
      const missing = copyBlobs(from, to, named);
      for (const address of allIn(to)) if (!named.includes(address)) blobFolder(to).remove(address);
      return { blobs: named.length - missing.length, missing };
    } finally {
      copy.close();
    }
  });
}

const allIn = (folder: string) => [...blobFolder(folder).list()].map(({ address }) => address);

/** Makes a folder by `fill`, under its own name at the end. @throws CaudalError FILE_NOT_WRITTEN */
export function whole<T>(target: string, fill: (unfinished: string) => T): T {
  if (existsSync(target))
    throw new CaudalError("FILE_NOT_WRITTEN", { file: target, why: "there is something already" });
  const unfinished = `${target}.unfinished-${process.pid}`;
  rmSync(unfinished, { recursive: true, force: true });
  try {
    mkdirSync(unfinished, { recursive: true, mode: 0o700 });
    writeFileSync(join(unfinished, ".gitignore"), "*\n", { mode: 0o600 });
    const filled = fill(unfinished);
    const file = join(unfinished, STORE_FILE);
    for (const suffix of ["-wal", "-shm"]) rmSync(`${file}${suffix}`, { force: true });
    chmodSync(file, 0o600);
    sync(file);
    sync(unfinished);
    replaceFile(unfinished, target);
    sync(dirname(target));
    return filled;
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw storeFailure(error, join(target, STORE_FILE));
  }
}

/** Addresses that are not there. */
export function copyBlobs(from: string, to: string, addresses: readonly string[]): string[] {
  const missing: string[] = [];
  for (const address of addresses) {
    const [folder, name] = [address.slice(0, 2), `${address}.br`];
    const copy = join(to, folder, name);
    if (existsSync(copy)) continue;
    mkdirSync(join(to, folder), { recursive: true, mode: 0o700 });
    try {
      copyFileSync(join(from, folder, name), copy);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      missing.push(address);
      continue;
    }
    chmodSync(copy, 0o600);
    sync(copy);
  }
  return missing;
}

/** Until it returns, what was renamed in a folder may be undone by a crash of the machine. */
export function sync(path: string): void {
  if (process.platform === "win32") return;
  const opened = openSync(path, "r");
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}
