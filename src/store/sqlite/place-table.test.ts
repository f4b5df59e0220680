/** What waiting for a place costs those who wait for it too. The rest is in the suite of the port. */
import { expect, test } from "vitest";
import { cleanStoreFolders, storeFolder } from "../../../test/support/store-folder.ts";
import { Database } from "./database.ts";
import { SqliteStore } from "./sqlite-store.ts";

cleanStoreFolders();

const API = { name: "api", max: 1 };
const AT = 1_000_000;

test("asking again and again for a place that is taken writes at times only, so that nobody else is woken by it", () => {
  const folder = storeFolder();
  const open = (pid: number) =>
    new SqliteStore(folder, { process: { host: "test", boot: "1", pid, started: "" }, isAlive: () => true });
  const [holder, waiting] = [open(1), open(2)];
  const watcher = Database.open(folder, "process");
  holder.claimPlaces([API], AT, AT);
  const writesWhenAsked = (at: number) => {
    const before = watcher.dataVersion();
    expect(waiting.claimPlaces([API], AT + 1, at)).toBe("api");
    return watcher.dataVersion() !== before;
  };

  const written = [AT + 1, AT + 200, AT + 900, AT + 1_200, AT + 1_400, AT + 2_300].map(writesWhenAsked);

  expect(written).toEqual([true, false, false, true, false, true]);
  watcher.close();
  holder.close();
  waiting.close();
});
