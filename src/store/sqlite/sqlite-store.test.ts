import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe } from "vitest";
import { storeSuite } from "../../../test/conformance/store.ts";
import type { Store } from "../../ports/store.ts";
import { SqliteStore } from "./sqlite-store.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

describe("the SQLite store", () => {
  storeSuite(() => {
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
        const store = new SqliteStore(join(base, ".caudal"), { process: identity, isAlive });
        pids.set(store, pid);
        return store;
      },
      kill: (store) => void alive.delete(pids.get(store)!),
    };
  });
});
