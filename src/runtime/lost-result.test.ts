/** A run whose large result has gone from the disk: refused with a code, nothing written, and gone on with once it is back (F41). */
import { readdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { stage } from "../../test/support/play.ts";
import { cleanStoreFolders, fingerprintOf, storeFolder } from "../../test/support/store-folder.ts";
import { flow, task } from "../index.ts";
import { SqliteStore } from "../store/sqlite/sqlite-store.ts";
import { resumeProgram } from "./kept/resume.ts";

cleanStoreFolders();
const opened: SqliteStore[] = [];
afterEach(() => {
  for (const store of opened.splice(0)) store.close();
});

/** A run that made a large result, and paused before the task that needs it. */
async function interrupted() {
  const folder = storeFolder();
  const store = new SqliteStore(folder, { durability: "process" });
  opened.push(store);
  let made = 0;
  const large = task("large", () => {
    made++;
    return "x".repeat(100_000);
  });
  const gate = task({ name: "gate", trigger: "manual_only" }, (text: string) => text.length);
  const f = flow("needs it", () => gate(large()));
  const run = await stage({ store }).run(f);
  expect(run.state.type).toBe("Paused");
  return { folder, store, f, id: run.id, made: () => made };
}

describe("going on with a run whose large result is", () => {
  test("missing is refused, and nothing is written; with it back the run goes on", async () => {
    const { folder, store, f, id, made } = await interrupted();
    const blobs = join(folder, "blobs");
    renameSync(blobs, join(dirname(folder), "away"));
    const before = fingerprintOf(folder);
    const options = { store, logLevel: "off" } as const;

    await expect(resumeProgram(f.program, id, options)).rejects.toMatchObject({
      code: "BLOB_MISSING",
      message: expect.stringMatching(/put the folder back from a backup/),
    });
    expect(fingerprintOf(folder)).toEqual(before);
    expect(store.readRun(id)).toMatchObject({ epoch: 1, state: { type: "Paused" } });
    renameSync(join(dirname(folder), "away"), blobs);

    expect((await resumeProgram(f.program, id, options)).state.type).toBe("Paused");
    expect(made()).toBe(1);
    expect(readdirSync(blobs).length).toBeGreaterThan(0);
  });
});
