/** Rows, files and bytes that are not what was written (B47, F41, R20): a code or what was written, never another value. */
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { newRun, version } from "../../../test/conformance/store-rows.ts";
import { filled } from "../../../test/support/filled-store.ts";
import { numbersFrom } from "../../../test/support/numbers-from.ts";
import { cleanStoreFolders, fingerprintOf, storeFolder } from "../../../test/support/store-folder.ts";
import { CaudalError } from "../../base/errors.ts";
import { sqliteDriver } from "../sqlite-driver.ts";
import { SqliteStore } from "./sqlite-store.ts";

cleanStoreFolders();

describe("one run that cannot be read (B47)", () => {
  const spoil = (file: string, sql: string) => {
    const { DatabaseSync } = sqliteDriver();
    const db = new DatabaseSync(file, {});
    db.exec(sql);
    db.close();
  };
  const runs = "WHERE run_id = 'run1'";
  const taskRuns = "WHERE run_no = 1 AND slot = 1";

  test.each([
    ["a state nobody knows", `UPDATE run SET state = 'Runing' ${runs}`],
    ["parameters that are no JSON", `UPDATE run SET parameters = '{"size":' ${runs}`],
    ["tags that are no JSON", `UPDATE run SET tags = '[' ${runs}`],
    ["a result that is another", `UPDATE run SET state_value = '{"result":7}' ${runs}`],
  ])("%s: it is refused, and the others are listed", (_, sql) => {
    const { folder, file } = filled();
    spoil(file, sql);
    const store = new SqliteStore(folder);

    expect(store.listRuns({ limit: 9 }).map(({ id }) => id)).toEqual(["open", "run2"]);
    expect(() => store.readRun("run1")).toThrow(
      expect.objectContaining({ code: "RUN_CORRUPT", message: expect.stringMatching(/run run1 .*caudal doctor/) }),
    );
    expect(store.readTaskRuns("run2")).toHaveLength(3);
    store.close();
  });

  test.each([
    ["a state nobody knows", `UPDATE task_run SET state = 31 ${taskRuns}`],
    ["another state", `UPDATE task_run SET state = 8 ${taskRuns}`],
    ["a result that is no JSON", `UPDATE task_run SET value = '"of' ${taskRuns}`],
    ["another result", `UPDATE task_run SET value = '"of run1 7"' ${taskRuns}`],
    ["a kind of value nobody knows", `UPDATE task_run SET value_kind = 9 ${taskRuns}`],
    ["another attempt", `UPDATE task_run SET attempt = 7 ${taskRuns}`],
  ])("%s of a task run", (_, sql) => {
    const { folder, file } = filled();
    spoil(file, sql);
    const store = new SqliteStore(folder);

    expect(() => store.readTaskRuns("run1")).toThrow(expect.objectContaining({ code: "RUN_CORRUPT" }));
    expect(store.readTaskRuns("run2")).toHaveLength(3);
    store.close();
  });

  test("a damaged entry of the cache is none", () => {
    const { folder, file } = filled();
    spoil(file, "UPDATE cache SET value = '[1,3]' WHERE key = 'key run1'");
    const store = new SqliteStore(folder);
    store.createRun(newRun("run9"), version);
    const asked = { scope: "etl/load", runId: "run9", slot: 0, at: 1_000_000 };

    expect(store.claimCache({ ...asked, key: "key run1" })).toMatchObject({ kind: "claimed" });
    expect(store.claimCache({ ...asked, key: "key run2" })).toMatchObject({ kind: "hit", entry: { value: [1, 2] } });
    store.close();
  });
});

describe("a large result (F41)", () => {
  const files = (folder: string) =>
    Object.keys(fingerprintOf(folder))
      .filter((path) => path.endsWith(".br"))
      .map((path) => join(folder, path));

  test.each([
    ["is missing", (file: string) => rmSync(file), "BLOB_MISSING"],
    ["was altered", (file: string) => writeFileSync(file, "x"), "BLOB_CORRUPT"],
    [
      "is a link",
      (file: string) => {
        rmSync(file);
        symlinkSync("/etc/hostname", file);
      },
      "BLOB_CORRUPT",
    ],
  ])("that %s: reading it says so, the store and its other runs go on", (_, spoil, code) => {
    const { folder } = filled({ large: true });
    for (const file of files(folder)) spoil(file);
    const store = new SqliteStore(folder);

    expect(() => store.readTaskRuns("open")).toThrow(expect.objectContaining({ code }));
    expect(store.listRuns({ limit: 9 })).toHaveLength(3);
    store.createRun(newRun("next"), version);
    store.close();
  });
});

describe("bytes that change on the disk (R20)", () => {
  const rounds = 300;

  test(`of ${rounds} stores with flipped bits each gives what was written, or a code`, () => {
    const { folder, file } = filled({ rows: 40 });
    const asked = (folderOf: string): Record<string, unknown> => {
      const said: Record<string, unknown> = {};
      const ask = (what: string, read: () => unknown) => {
        try {
          said[what] = JSON.stringify(read());
        } catch (error) {
          if (!(error instanceof CaudalError)) throw error;
          said[what] = error.code;
        }
      };
      let store: SqliteStore | undefined;
      ask("open", () => {
        store = new SqliteStore(folderOf, { durability: "process" });
        return true;
      });
      for (const id of ["run1", "run2", "open"]) {
        ask(`${id} state`, () => pick(store?.readRun(id)));
        ask(`${id} task runs`, () => store?.readTaskRuns(id));
      }
      store?.close();
      return said;
    };
    const pick = (found: ReturnType<SqliteStore["readRun"]>) =>
      found && {
        state: found.state,
        parameters: found.parameters,
        tags: found.tags,
        flow: found.flow,
        name: found.name,
      };
    const whole = asked(folder);
    const bytes = readFileSync(file);
    const random = numbersFrom(20);
    const codes = new Set<unknown>();
    const wrong: unknown[] = [];

    for (let round = 0; round < rounds; round++) {
      const spoiled = storeFolder();
      mkdirSync(spoiled, { mode: 0o700 });
      const copy = Buffer.from(bytes);
      const at = Math.floor(random() * copy.length);
      copy[at] = copy[at]! ^ (1 << Math.floor(random() * 8));
      writeFileSync(join(spoiled, "caudal.db"), copy, { mode: 0o600 });
      for (const [what, said] of Object.entries(asked(spoiled))) {
        if (said === whole[what]) continue;
        if (typeof said === "string" && /^[A-Z_]+$/.test(said)) codes.add(said);
        else if (said !== undefined) wrong.push({ at, what, said });
      }
      rmSync(dirname(spoiled), { recursive: true, force: true });
    }

    expect(wrong).toEqual([]);
    expect([...codes]).toContain("RUN_CORRUPT");
    expect([...codes].filter((code) => !/^(STORE|RUN|BLOB)_/.test(String(code)))).toEqual([]);
  });
});
