/** `caudal doctor`, as it is called and what it prints. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { carryOut } from "../../src/cli/main.ts";
import type { Shell } from "../../src/cli/shell.ts";
import { palette } from "../../src/runtime/report/paint.ts";
import { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { batch, newRun, running, succeeded, version } from "../conformance/store-rows.ts";

let cwd = "";
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "caudal-doctor-"));
  writeFileSync(join(cwd, "package.json"), "{}");
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(cwd, { recursive: true, force: true });
});

async function caudal(...words: readonly string[]) {
  const printed: string[] = [];
  const paint = palette(false);
  const shell: Shell = {
    ...{ cwd, paint, errPaint: paint, errColour: false, width: 100, person: () => undefined },
    out: (text) => void printed.push(text),
    err: (text) => void printed.push(text),
  };
  const code = await carryOut(["doctor", ...words], shell);
  return { code, text: printed.join("\n") };
}

function filled(): SqliteStore {
  const store = new SqliteStore(join(cwd, ".caudal"), { durability: "process" });
  store.createRun(newRun("run1"), version);
  store.commit(batch("run1", { flow: running }));
  store.commit(batch("run1", { flow: succeeded }));
  store.createRun(newRun("run2"), version);
  store.commit(batch("run2", { flow: running, letsGo: true }));
  return store;
}

describe("caudal doctor", () => {
  test("where there is no store says so, and makes none", async () => {
    const { code, text } = await caudal();

    expect(code).toBe(0);
    expect(text).toContain(`${join(cwd, ".caudal")}: there is none yet`);
    expect(readdirSync(cwd)).toEqual(["package.json"]);
  });

  test("says which store and why, that it is whole, and what is stuck", async () => {
    const store = filled();

    const { code, text } = await caudal();

    expect(code).toBe(0);
    expect(text).toMatch(/^Store {6}.*caudal\.db\n +flows in this folder are kept in \.caudal/);
    expect(text).toMatch(/State {6}✓ whole/);
    expect(text).toMatch(/Runs {7}1 Success, 1 Running/);
    expect(text).toMatch(/Size {7}[\d.]+ kB: /);
    expect(text).toMatch(/process \d+: alive, keeps house, 0 runs/);
    expect(text).toMatch(/Run run2 of 'etl' is Running: its process let it go.*\n {4}npx caudal resume run2/);
    store.close();
  });

  test("--json gives the same for programs (R01)", async () => {
    const store = filled();
    vi.stubEnv("CAUDAL_STORE", ".caudal");

    const { code, text } = await caudal("--json");

    expect(code).toBe(0);
    expect(JSON.parse(text)).toMatchObject({
      because: "CAUDAL_STORE is .caudal",
      sqlite: { walResetSafe: true },
      store: { whole: true, stuck: [{ run: "run2" }], sizes: { blobs: { files: 0 } } },
    });
    store.close();
  });

  test("of a damaged store ends with 1 and says how to save what can be read", async () => {
    filled().close();
    const file = join(cwd, ".caudal", "caudal.db");
    writeFileSync(file, readFileSync(file).subarray(0, 4_096));
    rmSync(`${file}-wal`, { force: true });

    const { code, text } = await caudal();

    expect(code).toBe(1);
    expect(text).toMatch(/✗ damaged/);
    expect(text).toMatch(/error: STORE_(DAMAGED|FOREIGN): /);
  });

  test("--backup makes a store, and says how to restore it", async () => {
    const store = filled();

    const { code, text } = await caudal("--backup", "copies/monday");

    expect(code).toBe(0);
    expect(text).toMatch(/✓ copies\/monday: 2 runs, 0 large results\nTo go back to it: .*--restore copies\/monday$/);
    vi.stubEnv("CAUDAL_STORE", "copies/monday");
    expect((await caudal()).text).toMatch(/1 Success, 1 Running/);
    expect(await caudal("--backup", "copies/monday")).toMatchObject({
      code: 73,
      text: expect.stringMatching(/FILE_NOT_WRITTEN: .*there is something already/),
    });
    store.close();
  });

  test("--recover makes a store of the runs that are whole, and names the others", async () => {
    const store = filled();
    await caudal("--backup", "damaged");
    const file = join(cwd, "damaged", "caudal.db");
    const bytes = readFileSync(file);
    bytes.fill("?", bytes.indexOf("run1"), bytes.indexOf("run1") + 4);
    writeFileSync(file, bytes);
    vi.stubEnv("CAUDAL_STORE", "damaged");

    const { code, text } = await caudal("--recover", "saved");

    expect(code).toBe(1);
    expect(text).toMatch(/saved: 1 runs? recovered, 1 lost\nlost: run /);
    store.close();
  });

  test("--backup and --recover at once is refused", async () => {
    expect(await caudal("--backup", "a", "--recover", "b")).toMatchObject({ code: 2 });
  });

  describe("--restore", () => {
    /** A backup of `filled()`, and a store with another run, which nobody has open any more. */
    async function withBackup() {
      const store = filled();
      await caudal("--backup", "copy");
      store.createRun(newRun("run3"), version);
      store.commit(batch("run3", { flow: running, letsGo: true }));
      store.close();
    }

    test("puts a backup in the place of the store, which stays under another name (R56)", async () => {
      await withBackup();

      const { code, text } = await caudal("--restore", "copy");

      expect({ code, text }).toEqual({
        code: 0,
        text: expect.stringMatching(/^✓ \.caudal: 2 runs of copy\nWhat was there is in \.caudal\.replaced-[\dT-]+: /),
      });
      expect((await caudal()).text).toMatch(/✓ whole.*\nRuns {7}1 Success, 1 Running\n/);
      const replaced = readdirSync(cwd).find((name) => name.startsWith(".caudal.replaced"));
      expect(readdirSync(cwd).toSorted()).toEqual([".caudal", replaced, "copy", "package.json"].toSorted());
      vi.stubEnv("CAUDAL_STORE", replaced);
      expect((await caudal()).text).toMatch(/Runs {7}1 Success, 2 Running/);
    });

    test("makes a store where none is, and goes twice", async () => {
      await withBackup();
      rmSync(join(cwd, ".caudal"), { recursive: true });

      expect(await caudal("--restore", "copy")).toMatchObject({ code: 0, text: "✓ .caudal: 2 runs of copy" });
      expect(await caudal("--restore", "copy")).toMatchObject({ code: 0 });
      expect(await caudal("--restore", "copy", "--json")).toMatchObject({ code: 0 });
      expect(readdirSync(cwd).filter((name) => name.startsWith(".caudal.replaced"))).toHaveLength(2);
    });

    test("is refused while a process has the store open, and nothing changes", async () => {
      const store = filled();
      await caudal("--backup", "copy");

      expect(await caudal("--restore", "copy")).toMatchObject({
        code: 69,
        text: expect.stringMatching(/STORE_IN_USE: .*process \d+.*end what has it open/),
      });
      expect(readdirSync(cwd).toSorted()).toEqual([".caudal", "copy", "package.json"]);
      store.close();
    });

    test("is refused of a damaged backup, of none, and of the store itself", async () => {
      await withBackup();
      writeFileSync(join(cwd, "copy", "caudal.db"), readFileSync(join(cwd, "copy", "caudal.db")).subarray(0, 8_192));

      expect(await caudal("--restore", "copy")).toMatchObject({
        text: expect.stringMatching(/^STORE_DAMAGED: .*copy/),
      });
      expect(await caudal("--restore", "nowhere")).toMatchObject({ code: 66 });
      expect(await caudal("--restore", ".caudal")).toMatchObject({ code: 2 });
      expect(readdirSync(cwd).toSorted()).toEqual([".caudal", "copy", "package.json"]);
    });
  });

  test("--backup of no store is refused, and nothing is made", async () => {
    expect(await caudal("--backup", "copy")).toMatchObject({
      code: 66,
      text: expect.stringMatching(/there is no store/i),
    });
    expect(readdirSync(cwd)).toEqual(["package.json"]);
  });
});
