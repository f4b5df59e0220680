/** Ctrl-C in a process whose run waits for its place: it begins nothing, and the run can be gone on with. */
import { describe, expect, test } from "vitest";
import { childProgram, endChildren, startChild } from "../../test/support/child-program.ts";
import { cleanStoreFolders, storeFolder } from "../../test/support/store-folder.ts";
import { flow, task } from "../index.ts";
import { SqliteStore } from "../store/sqlite/sqlite-store.ts";
import { resumeProgram } from "./kept/resume.ts";

cleanStoreFolders();
endChildren();

describe("a run that waits for maxConcurrency", () => {
  test("ends with its process at Ctrl-C, and goes on from its beginning when it is resumed", async () => {
    const folder = storeFolder();
    const store = new SqliteStore(folder, { durability: "process" });
    store.claimPlaces([{ name: "flow/bounded", max: 1 }], 0, 0);
    const lines = `import { flow, task } from "./src/index.ts";
      import { sqliteStore } from "./src/sqlite.ts";
      const turn = task("turn", () => console.log("begun"));
      await flow({ name: "bounded", maxConcurrency: 1 }, () => turn()).run({ store: sqliteStore({ path: process.argv[2] }) });`;
    const child = startChild(childProgram(folder, lines), folder);
    await child.prints("Waiting: 1 run of this flow");

    child.process.kill("SIGINT");
    const { code, said } = await child.ended;

    expect(code).toBe(130);
    expect(said).not.toContain("begun");
    const [run] = store.listRuns({ limit: 1 });
    expect(said).toContain(`npx caudal resume ${run?.id}`);
    expect(run).toMatchObject({ state: { type: "Queued" }, ownership: "none", startedAt: undefined });
    store.releasePlaces(["flow/bounded"]);
    const f = flow({ name: "bounded", maxConcurrency: 1 }, () => task("turn", () => 7)());
    const resumed = await resumeProgram(f.program, run!.id, { store, logLevel: "off", acceptChanges: true });
    expect(resumed.state.type).toBe("Success");
    store.close();
  });
});
