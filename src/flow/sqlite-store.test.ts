import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { cleanStoreFolders, storeFolder } from "../../test/support/store-folder.ts";
import { flow, task } from "../index.ts";
import { sqliteStore, type SqliteStoreOptions } from "../sqlite.ts";

cleanStoreFolders();

describe("a store that is made with options", () => {
  test("keeps runs in its folder", async () => {
    const path = storeFolder();
    const store = sqliteStore({ path, durability: "process", retain: { age: "1d", runs: 50 } });

    const run = await flow("kept", () => task("one", () => 1)()).run({ store, logLevel: "off" });

    expect(store.name).toBe(join(path, "caudal.db"));
    expect((await store.readRun(run.id))?.state).toMatchObject({ type: "Success", result: 1 });
    await store.close();
  });

  test("is the same one for the same folder", () => {
    const path = storeFolder();

    const store = sqliteStore({ path });

    expect(sqliteStore({ path: `${path}/` })).toBe(store);
    void store.close();
    const again = sqliteStore({ path });
    expect(again).not.toBe(store);
    void again.close();
  });

  test("is refused with every complaint, and nothing is made", () => {
    const path = storeFolder();
    const wrong = { path, durability: "safe", retain: { age: -1, run: 5 }, file: "x" } as unknown as SqliteStoreOptions;

    expect(() => sqliteStore(wrong)).toThrow(
      expect.objectContaining({
        code: "OPTION_INVALID",
        message: expect.stringMatching(
          /durability must be one of[\s\S]*retain is wrong: age[\s\S]*'run' is no option[\s\S]*'file' is no option/,
        ),
      }),
    );
    expect(existsSync(dirname(path))).toBe(true);
    expect(existsSync(path)).toBe(false);
  });
});
