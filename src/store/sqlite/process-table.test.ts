/** A process that was taken for dead, and goes on: its number in the store may be another's by then. */
import { expect, test } from "vitest";
import { cleanStoreFolders, storeFolder } from "../../../test/support/store-folder.ts";
import { newRun, version } from "../../../test/conformance/store-rows.ts";
import { SqliteStore } from "./sqlite-store.ts";

cleanStoreFolders();

test("a process that was taken for dead does not take runs for its own that another has under its number", async () => {
  const folder = storeFolder();
  const dead = new Set<number>();
  const open = (pid: number) =>
    new SqliteStore(folder, {
      durability: "process",
      process: { host: "elsewhere", boot: "1", pid, started: "" },
      isAlive: (other) => !dead.has(other.pid),
    });
  const first = open(1);
  await first.createRun(newRun("run1"), version);
  dead.add(1);
  for (const pid of [2, 3]) {
    const next = open(pid);
    await next.takeOver("run1", pid);
    await next.close();
    dead.add(pid);
  }
  const last = open(4);
  await last.takeOver("run1", 4);

  expect((await first.readRun("run1"))?.ownership).toBe("alive");
  expect((await last.readRun("run1"))?.ownership).toBe("here");
  await first.close();
  await last.close();
});
