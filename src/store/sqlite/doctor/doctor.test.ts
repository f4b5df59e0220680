/** What `caudal doctor` finds out, copies and saves (R01, R20, R56, R57). */
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { AT, batch, newRun, path, row, running, version } from "../../../../test/conformance/store-rows.ts";
import { numbersFrom } from "../../../../test/support/numbers-from.ts";
import { cleanStoreFolders, fingerprintOf, storeFolder } from "../../../../test/support/store-folder.ts";
import { STATE_INDEX } from "../../../engine/run.ts";
import { context, flow, limit, signals, task } from "../../../index.ts";
import { resumeProgram } from "../../../runtime/kept/resume.ts";
import type { FlowState } from "../../../state/task-state.ts";
import { isSafeSqlite } from "../database.ts";
import { sqliteDriver } from "../../sqlite-driver.ts";
import { SqliteStore } from "../sqlite-store.ts";
import { backUp } from "./copy-store.ts";
import { examine } from "./examine.ts";
import { salvage } from "./salvage.ts";

cleanStoreFolders();
const opened: SqliteStore[] = [];
afterEach(() => {
  for (const store of opened.splice(0)) store.close();
});

function open(folder: string): SqliteStore {
  const store = new SqliteStore(folder, { durability: "process" });
  opened.push(store);
  return store;
}

const LARGE = "z".repeat(90_000);
const lookAt = (folder: string, isAlive?: () => boolean) => {
  const report = examine(folder, { now: Date.now(), isAlive });
  if (report === undefined) throw new Error("there is no store");
  return report;
};

/** Runs of a flow of many kinds of states, one of them failed. */
async function lively(store: SqliteStore): Promise<void> {
  const flaky = task({ name: "flaky", retries: 2 }, () => {
    if (context().attempt < 3) throw new Error("not yet");
    return LARGE;
  });
  const double = task({ name: "double", cacheFor: "1h", limits: [limit("doctor", 2)] }, (x: number) => x * 2);
  const fails = task("fails", () => {
    throw signals.fail("no", { retry: false });
  });
  const f = flow({ name: "lively", parameters: { fail: false } }, () => {
    const large = flaky();
    return { doubled: double.map([1, 2, 3, 4]), large };
  });
  for (let i = 0; i < 3; i++) await f.run({ store, logLevel: "off" });
  await flow("sad", () => fails())
    .run({ store, logLevel: "off" })
    .then((run) => run.state);
}

describe("a store that is whole", () => {
  test("is said to be, with its runs, sizes and the safety of SQLite, and is not changed", async () => {
    const folder = storeFolder();
    const store = open(folder);
    await lively(store);
    const before = fingerprintOf(folder);

    const report = lookAt(folder);

    expect(report).toMatchObject({
      file: join(folder, "caudal.db"),
      version: 3,
      sqlite: { walResetSafe: true },
      whole: true,
      runs: { Success: 3, Failed: 1 },
      damaged: [],
      stuck: [],
      findings: [],
    });
    expect(report.sizes).toMatchObject({ blobs: { files: 2 }, orphans: { files: 0 } });
    expect(report.sizes?.kinds).toMatchObject({ results: expect.any(Number), history: expect.any(Number) });
    expect(report.processes).toMatchObject([{ alive: true, keeper: true, runs: 0 }]);
    expect(fingerprintOf(folder)).toEqual(before);
  });

  test.each([
    ["3.51.2", false],
    ["3.44.6", true],
    ["3.50.7", true],
    ["3.51.3", true],
    ["3.53.0", true],
    ["3.50.6", false],
    ["3.7.0", false],
  ])("with SQLite %s is safe from the WAL-reset defect: %s (R01)", (sqlite, safe) => {
    expect(isSafeSqlite(sqlite)).toBe(safe);
  });

  test("on a disk of another machine is warned of (F43)", async () => {
    const folder = await atRest();

    expect(examine(folder, { now: AT, diskType: 0x6969 })?.findings).toMatchObject([
      { severity: "warning", text: expect.stringMatching(/NFS/), fix: expect.stringMatching(/CAUDAL_STORE/) },
    ]);
  });

  test("of an older version is left as it is", async () => {
    const folder = await atRest();
    change(folder, "PRAGMA user_version = 0; CREATE TABLE old (n)");

    expect(examine(folder, { now: AT })).toMatchObject({
      whole: true,
      version: 0,
      findings: [{ severity: "note", text: expect.stringMatching(/of version 0; the next run makes them version 3/) }],
    });
  });

  test("that is not there yet is none", () => {
    expect(examine(storeFolder(), { now: AT })).toBeUndefined();
  });
});

describe("what is stuck", () => {
  const begin = (store: SqliteStore, id: string, flowState: FlowState, rows: Parameters<typeof batch>[1] = {}) => {
    store.createRun(newRun(id), version);
    store.commit(batch(id, { flow: flowState, ...rows }));
  };

  test.each<readonly [string, FlowState, Parameters<typeof batch>[1], RegExp, RegExp]>([
    [
      "whose process is gone",
      running,
      {},
      /which had it, is gone; its last commit was .* ago/,
      /^npx caudal resume run1$/,
    ],
    [
      "that waits for an approval",
      { type: "Paused" },
      {
        taskRuns: [row(1, { type: "Paused", reason: { code: "approval", question: "release?" } })],
        path: path([1, STATE_INDEX.Paused]),
        letsGo: true,
      },
      /waits for a person: load-1/,
      /^npx caudal approve run1 "load-1"$/,
    ],
    [
      "whose flow has changed",
      { type: "Paused", reason: { code: "code-changed", changes: ["'load-1' is new"] } },
      { letsGo: true },
      /has changed: 'load-1' is new/,
      /resume run1 --accept-changes/,
    ],
    [
      "that a person paused",
      { type: "Paused", reason: { code: "by-person", by: "ana" } },
      { letsGo: true },
      /ana paused it/,
      /resume run1$/,
    ],
  ])("a run %s", (_, state, rows, why, fix) => {
    const folder = storeFolder();
    begin(open(folder), "run1", state, rows);

    expect(lookAt(folder, () => false).stuck).toEqual([
      { run: "run1", flow: "etl", state: state.type, why: expect.stringMatching(why), fix: expect.stringMatching(fix) },
    ]);
  });

  test("a run of a living process that waits for a limit is, and one that works is not", () => {
    const folder = storeFolder();
    const store = open(folder);
    const queued = row(0, { type: "Queued", reason: { code: "limit", limit: "db" } });
    begin(store, "waits", running, { at: Date.now(), taskRuns: [queued], path: path([0, STATE_INDEX.Queued]) });
    begin(store, "works", running, {
      at: Date.now(),
      taskRuns: [row(0, { type: "Running", attempt: 1 })],
      path: path([0, STATE_INDEX.Running]),
    });

    expect(lookAt(folder).stuck).toMatchObject([{ run: "waits", why: expect.stringMatching(/limit 'db'/) }]);
  });

  test("a run that nobody began in its time is, and one whose time has not come is not", () => {
    const folder = storeFolder();
    const store = open(folder);
    const letsGo = { letsGo: true, at: Date.now() };
    begin(store, "late", { type: "Scheduled", startAt: Date.now() - 600_000 }, letsGo);
    begin(store, "early", { type: "Scheduled", startAt: Date.now() + 600_000 }, letsGo);

    expect(lookAt(folder, () => false).stuck).toMatchObject([
      { run: "late", why: expect.stringMatching(/was to begin 10m/), fix: "npx caudal resume late" },
    ]);
  });

  test("claims of a dead process are told of", () => {
    const folder = storeFolder();
    const store = open(folder);
    store.claimPlaces([{ name: "limit/db", max: 1 }], AT, AT);

    const report = lookAt(folder, () => false);

    expect(report.processes).toMatchObject([{ alive: false, places: { "limit/db": 1 } }]);
    expect(report.findings).toMatchObject([
      { severity: "note", text: expect.stringMatching(/is gone and had claims/) },
    ]);
  });
});

/** The files of a store as the end of its last process leaves them. */
async function atRest(): Promise<string> {
  const folder = storeFolder();
  const store = open(folder);
  await lively(store);
  store.createRun(newRun("open"), version);
  store.commit(
    batch("open", {
      flow: running,
      taskRuns: [row(0, { type: "Success", result: 7 })],
      path: path([0, STATE_INDEX.Success]),
    }),
  );
  const copy = storeFolder();
  backUp(folder, copy);
  return copy;
}

const change = (folder: string, sql: string) => {
  const { DatabaseSync } = sqliteDriver();
  const db = new DatabaseSync(join(folder, "caudal.db"), {});
  db.exec(sql);
  db.close();
};

describe("a store with one thing wrong", () => {
  test.each([
    [
      "a step that its history does not have",
      "UPDATE task_run SET sum = sum + 1 WHERE run_no = 2 AND slot = 1",
      /not what was written/,
    ],
    [
      "a changed step in its history",
      "UPDATE history SET path = x'0102' WHERE cursor = (SELECT first_cursor + 1 FROM run WHERE run_no = 2)",
      /does not follow from what is before/,
    ],
    [
      "a missing commit",
      "DELETE FROM history WHERE cursor = (SELECT first_cursor FROM run WHERE run_no = 2)",
      /does not follow from what is before/,
    ],
    [
      "a missing last commit",
      "DELETE FROM history WHERE cursor = (SELECT last_cursor FROM run WHERE run_no = 2)",
      /ends at/,
    ],
    ["a task run that is missing", "DELETE FROM task_run WHERE run_no = 2 AND slot = 2", /by its history/],
  ])("%s: that run is named, and no other", async (_, sql, why) => {
    const folder = await atRest();
    change(folder, sql);

    const report = lookAt(folder);

    expect(report.whole).toBe(false);
    expect(report.damaged).toEqual([{ run: expect.stringMatching(/^\w{26}$/), why: expect.stringMatching(why) }]);
    expect(report.findings.at(-1)?.fix).toMatch(/--recover/);
  });

  test("a large result that is not there is named", async () => {
    const folder = await atRest();
    rmSync(join(folder, "blobs"), { recursive: true });

    expect(lookAt(folder).damaged[0]?.why).toMatch(/is not in/);
  });

  test.each([
    ["no database", (file: string) => writeFileSync(file, "x".repeat(5_000)), /STORE_FOREIGN/],
    ["truncated", (file: string) => writeFileSync(file, readFileSync(file).subarray(0, 8_192)), /STORE_DAMAGED/],
  ])("that is %s is said to be, and not changed", async (_, spoil, text) => {
    const folder = await atRest();
    spoil(join(folder, "caudal.db"));
    const before = fingerprintOf(folder);

    expect(lookAt(folder)).toMatchObject({ whole: false, findings: [{ text: expect.stringMatching(text) }] });
    expect(fingerprintOf(folder)).toEqual(before);
  });
});

describe("a backup (R56)", () => {
  test("made while runs go on is a whole store of one moment, and restores to one that goes on", async () => {
    const folder = storeFolder();
    const store = open(folder);
    await lively(store);
    const target = join(dirname(folder), "backup");
    let copied: unknown;
    const step = task("step", (n: number) => {
      if (n === 5) copied ??= backUp(folder, target);
      return n + 1;
    });
    const chain = flow("chain", () => {
      let n = step(0);
      for (let i = 0; i < 9; i++) n = step(n);
      return n;
    });
    const run = await chain.run({ store, logLevel: "off" });

    expect(copied).toEqual({ blobs: 2, missing: [] });
    const report = lookAt(target, () => false);
    expect(report).toMatchObject({ whole: true, runs: { Success: 3, Failed: 1, Running: 1 } });
    expect(Object.values(fingerprintOf(target)).filter((mode) => !/^(700|600) /.test(mode))).toEqual([]);

    const restored = open(target);
    change(target, "UPDATE run SET process_no = NULL"); // the process that had it lives: this test is it
    const again = await resumeProgram(chain.program, run.id, { store: restored, logLevel: "off" });
    expect(again.state).toMatchObject({ type: "Success", result: 10 });
  });

  test("is never made over something", () => {
    const folder = storeFolder();
    open(folder).createRun(newRun("run1"), version);
    const before = fingerprintOf(dirname(folder));

    expect(() => backUp(folder, folder)).toThrow(expect.objectContaining({ code: "FILE_NOT_WRITTEN" }));

    expect(fingerprintOf(dirname(folder))).toEqual(before);
  });

  test("of a damaged store leaves nothing behind", async () => {
    const folder = await atRest();
    const file = join(folder, "caudal.db");
    const bytes = readFileSync(file);
    bytes.fill(0x77, 4_096 * 6);
    writeFileSync(file, bytes);
    const target = join(dirname(folder), "backup");

    expect(() => backUp(folder, target)).toThrow(expect.objectContaining({ code: "STORE_DAMAGED" }));

    expect(readdirSync(dirname(folder))).toEqual([".caudal"]);
    expect(existsSync(target)).toBe(false);
  });
});

describe("a store made of what can be read (R57)", () => {
  test("of a whole one has all of its runs, each as it was", async () => {
    const folder = await atRest();
    const target = join(dirname(folder), "saved");

    const saved = salvage(folder, target);

    expect(saved).toMatchObject({ lost: [], incomplete: [] });
    expect(lookAt(target)).toMatchObject({ whole: true, runs: lookAt(folder).runs });
    expect(contentOf(open(target))).toEqual(contentOf(open(folder)));
  });

  test("has of which runs listeners were not told, for any process to tell", () => {
    const folder = storeFolder();
    const store = open(folder);
    store.createRun(newRun("untold"), version);
    store.commit(batch("untold", { flow: { type: "Success", result: 1 }, untoldAfter: 0 }));
    const target = join(dirname(folder), "saved");

    salvage(folder, target);

    expect(open(target).listRuns({ untold: true, limit: 9 })).toMatchObject([{ id: "untold" }]);
    expect(lookAt(target).stuck).toMatchObject([
      { run: "untold", why: expect.stringMatching(/had told the listeners/) },
    ]);
    expect(lookAt(folder).stuck).toEqual([]); // who is to tell lives: this test
  });

  test("has what was committed last, from the log beside the file", async () => {
    const folder = storeFolder();
    open(folder).createRun(newRun("late"), version);
    const crashed = storeFolder();
    mkdirSync(crashed, { mode: 0o700 });
    for (const name of ["caudal.db", "caudal.db-wal"]) copyFileSync(join(folder, name), join(crashed, name));
    expect(statSync(join(crashed, "caudal.db-wal")).size).toBeGreaterThan(0);

    expect(salvage(crashed, join(dirname(crashed), "saved")).recovered).toEqual(["late"]);
  });

  test("of 50 damaged ones has runs that are as they were, names the others, and leaves the damaged as they are", async () => {
    const folder = await atRest();
    const bytes = readFileSync(join(folder, "caudal.db"));
    const whole = contentOf(open(folder));
    const random = numbersFrom(57);
    const counts = { recovered: 0, lost: 0, nothing: 0 };

    for (let round = 0; round < 50; round++) {
      const damaged = storeFolder();
      cpSync(folder, damaged, { recursive: true });
      const copy = Buffer.from(bytes);
      const from = Math.floor(random() * (copy.length - 4_096));
      copy.fill(Math.floor(random() * 256), from, from + 64 + Math.floor(random() * 4_000));
      writeFileSync(join(damaged, "caudal.db"), copy, { mode: 0o600 });
      const before = fingerprintOf(damaged);
      const target = join(dirname(damaged), "saved");

      const saved = trySalvage(damaged, target);
      expect(fingerprintOf(damaged)).toEqual(before);
      const content = saved === undefined ? {} : contentOf(open(target));
      const ids = [...(saved?.recovered ?? [])].sort();
      expect(Object.keys(content).sort()).toEqual(ids);
      expect(ids.filter((id) => content[id] !== whole[id])).toEqual([]);
      counts.recovered += ids.length;
      counts.lost += saved?.lost.length ?? 0;
      counts.nothing += saved === undefined ? 1 : 0;
    }

    expect(counts.recovered).toBeGreaterThan(100);
    expect(counts.lost).toBeGreaterThan(5);
    expect(counts.nothing).toBeLessThan(25);
  });
});

/** Undefined: nothing at all can be read, which is said, and nothing is made. */
function trySalvage(folder: string, target: string): ReturnType<typeof salvage> | undefined {
  try {
    return salvage(folder, target);
  } catch (error) {
    expect((error as { readonly code?: string }).code).toMatch(/^STORE_/);
    expect(existsSync(target)).toBe(false);
    return undefined;
  }
}

/** Every run with its task runs and its history, by id; its results without files are an answer too. */
function contentOf(store: SqliteStore): Readonly<Record<string, string>> {
  const content: Record<string, string> = {};
  for (const { id, state, parameters, epoch } of store.listRuns({ limit: 999 })) {
    const rest = () => {
      try {
        return [store.readTaskRuns(id), store.readLogs(id)];
      } catch (error) {
        return (error as { readonly code?: string }).code;
      }
    };
    content[id] = JSON.stringify([state, parameters, epoch, rest(), store.readHistory(id)]);
  }
  return content;
}
