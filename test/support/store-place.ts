/** Places for the suite of the Store port whose stores are SQLite files: processes are played, and die when told. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import type { Store } from "../../src/ports/store.ts";
import type { OpenOptions } from "../../src/store/sqlite/sqlite-store.ts";
import type { StorePlace } from "../conformance/store-ownership.ts";

/** A function that makes them; their folders go after each test. */
export function sqlitePlaces(open: (folder: string, options: OpenOptions) => Store): () => StorePlace {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    const base = mkdtempSync(join(tmpdir(), "caudal-store-"));
    folders.push(base);
    const alive = new Set<number>();
    const pids = new Map<Store, number>();
    return {
      open: () => {
        const pid = pids.size + 1;
        alive.add(pid);
        const identity = { host: "test", boot: "1", pid, started: "" };
        const isAlive = (other: { readonly pid: number }) => alive.has(other.pid);
        const store = open(join(base, ".caudal"), { process: identity, isAlive });
        pids.set(store, pid);
        return store;
      },
      kill: (store) => void alive.delete(pids.get(store)!),
    };
  };
}
