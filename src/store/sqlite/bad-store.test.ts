/**
 * Stores that are not what they should be (B45–B48, F07–F11, R18, R22, S35, S37): each is refused with a code and
 * what to do, and nothing is written.
 */
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { batch, newRun, row, version } from "../../../test/conformance/store-rows.ts";
import { filled } from "../../../test/support/filled-store.ts";
import { cleanStoreFolders, fingerprintOf, storeFolder } from "../../../test/support/store-folder.ts";
import { CaudalError } from "../../base/errors.ts";
import { sqliteDriver } from "../sqlite-driver.ts";
import { SqliteStore } from "./sqlite-store.ts";

cleanStoreFolders();

const refusal = (folder: string): CaudalError => {
  try {
    new SqliteStore(folder).close();
  } catch (error) {
    if (error instanceof CaudalError) return error;
    throw error;
  }
  throw new Error("it was opened");
};

/** Refused with this code and these words, and nothing below the folder's parent has changed. */
function expectRefused(folder: string, code: string, words: RegExp): void {
  const before = fingerprintOf(dirname(folder));

  const error = refusal(folder);

  expect({ code: error.code, message: error.message }).toEqual({ code, message: expect.stringMatching(words) });
  expect(fingerprintOf(dirname(folder))).toEqual(before);
}

describe("a file in the place of the store that is none (B45)", () => {
  test.each([
    ["text", "not a database, but long enough to be one: ".repeat(5)],
    ["a few bytes", "SQLite"],
    ["noise", Buffer.from(Array.from({ length: 8_192 }, (_, i) => (i * 7_919) % 251))],
    ["zeros", Buffer.alloc(4_096)],
  ])("%s", (_, content) => {
    const folder = storeFolder();
    mkdirSync(folder, { mode: 0o700 });
    writeFileSync(join(folder, "caudal.db"), content, { mode: 0o600 });

    expectRefused(folder, "STORE_FOREIGN", /it is no SQLite database.*move it away/);
  });

  test("another application's database", () => {
    const folder = storeFolder();
    mkdirSync(folder, { mode: 0o700 });
    const { DatabaseSync } = sqliteDriver();
    const db = new DatabaseSync(join(folder, "caudal.db"), {});
    db.exec("CREATE TABLE song (name TEXT)");
    db.close();
    chmodSync(join(folder, "caudal.db"), 0o600);

    expectRefused(folder, "STORE_FOREIGN", /another application.*move it away/);
  });

  test.each([
    ["a folder", (file: string) => mkdirSync(file)],
    ["a link", (file: string) => symlinkSync("elsewhere", file)],
    ["a pipe", (file: string) => spawnSync("mkfifo", [file])],
  ])("%s", (_, make) => {
    const folder = storeFolder();
    mkdirSync(folder, { mode: 0o700 });
    make(join(folder, "caudal.db"));

    expectRefused(folder, "STORE_KIND", /Move that away, or set CAUDAL_STORE/);
  });

  test.each(["caudal.db-wal", "caudal.db-shm", "caudal.db-journal"])("a link in the place of %s", (name) => {
    const { folder } = filled();
    symlinkSync("/etc/hostname", join(folder, name));

    expectRefused(folder, "STORE_KIND", /is a link/);
  });

  test("a file in the place of its folder", () => {
    const folder = storeFolder();
    writeFileSync(folder, "", { mode: 0o600 });

    expectRefused(folder, "STORE_KIND", /no folder/);
  });

  test("of no bytes is a store that was about to be made", () => {
    const folder = storeFolder();
    mkdirSync(folder, { mode: 0o700 });
    writeFileSync(join(folder, "caudal.db"), "", { mode: 0o600 });

    const store = new SqliteStore(folder);

    expect(store.listRuns({ limit: 9 })).toEqual([]);
    store.close();
  });

  test("an empty database is what a process leaves that was killed while it made the store", () => {
    const folder = storeFolder();
    mkdirSync(folder, { mode: 0o700 });
    const { DatabaseSync } = sqliteDriver();
    const db = new DatabaseSync(join(folder, "caudal.db"), {});
    db.exec("PRAGMA auto_vacuum = INCREMENTAL");
    db.close();
    chmodSync(join(folder, "caudal.db"), 0o600);
    expect(statSync(join(folder, "caudal.db")).size).toBeGreaterThan(0);

    const store = new SqliteStore(folder);

    store.createRun(newRun("run1"), version);
    store.close();
  });
});

describe("a store that is not whole", () => {
  test("of a newer version is refused with both versions (B46, F11, R22)", () => {
    const { folder, file } = filled();
    const { DatabaseSync } = sqliteDriver();
    const db = new DatabaseSync(file, {});
    db.exec("PRAGMA journal_mode = DELETE; PRAGMA user_version = 99");
    db.close();

    expectRefused(folder, "STORE_NEWER", /version 99 .* up to 3.*Install the newer/);
  });

  test("is refused when its end is missing", () => {
    const { folder, file } = filled({ rows: 500 });
    truncateSync(file, Math.floor(statSync(file).size / 8_192) * 4_096);

    expectRefused(folder, "STORE_DAMAGED", /it ends after \d+ of its \d+ pages.*caudal doctor/);
  });

  test.each([
    ["gone", (file: string) => rmSync(file)],
    ["empty", (file: string) => truncateSync(file)],
  ])("is refused when its log is there and the file itself is %s (B46)", (_, spoil) => {
    const { folder, file } = withLog();
    spoil(file);

    expectRefused(folder, "STORE_WAL", /its log is there.*put the file .* back/);
  });

  test("is refused with the log of another application's database (B46)", () => {
    const { folder, file } = filled();
    const { DatabaseSync } = sqliteDriver();
    const other = join(dirname(folder), "other.db");
    const db = new DatabaseSync(other, {});
    db.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE song (name TEXT)");
    copyFileSync(`${other}-wal`, `${file}-wal`);
    chmodSync(`${file}-wal`, 0o600);
    db.close();

    expectRefused(folder, "STORE_WAL", /its log belongs to another database/);
  });

  test("is refused with a log of pages of another size", () => {
    const { folder, file } = filled();
    const { DatabaseSync } = sqliteDriver();
    const other = join(dirname(folder), "other.db");
    const db = new DatabaseSync(other, {});
    db.exec("PRAGMA page_size = 1024; PRAGMA journal_mode = WAL; CREATE TABLE song (name TEXT)");
    copyFileSync(`${other}-wal`, `${file}-wal`);
    db.close();

    expectRefused(folder, "STORE_WAL", /its log belongs to another database/);
  });

  test("is opened with the log that is its own, after a crash", () => {
    const { folder } = withLog();

    const store = new SqliteStore(folder);

    expect(store.listRuns({ limit: 9 }).map(({ id }) => id)).toEqual(["late", "open", "run2", "run1"]);
    store.close();
  });
});

/** A store whose last run is in its log only, as a crash leaves it. */
function withLog(): { folder: string; file: string } {
  const { folder } = filled();
  const store = new SqliteStore(folder);
  store.createRun(newRun("late"), version);
  const crashed = storeFolder();
  mkdirSync(crashed, { mode: 0o700 });
  for (const name of ["caudal.db", "caudal.db-wal"]) copyFileSync(join(folder, name), join(crashed, name));
  store.close();
  expect(statSync(join(crashed, "caudal.db-wal")).size).toBeGreaterThan(0);
  return { folder: crashed, file: join(crashed, "caudal.db") };
}

describe("a store that is in use", () => {
  test.each([
    ["deleted", (file: string) => rmSync(file)],
    ["moved away", (file: string) => renameSync(file, `${file}.away`)],
    [
      "replaced",
      (file: string) => {
        renameSync(file, `${file}.away`);
        copyFileSync(`${file}.away`, file);
      },
    ],
  ])("and %s takes nothing more, and does not make another (F08)", (_, spoil) => {
    const { folder, file } = filled();
    const store = new SqliteStore(folder);
    store.createRun(newRun("new"), version);
    spoil(file);
    const before = readdirSync(folder);

    const goOn = () => {
      for (let n = 0; n < 20_000; n++) store.commit(batch("new")); // a look is due every 10 ms
    };
    expect(goOn).toThrow(
      expect.objectContaining({ code: "STORE_GONE", message: expect.stringMatching(/deleted or replaced.*backup/) }),
    );
    expect(() => store.createRun(newRun("next"), version)).toThrow(expect.objectContaining({ code: "STORE_GONE" }));
    expect(readdirSync(folder)).toEqual(before);
    store.close();
  });

  test("and found damaged takes nothing more", () => {
    const { folder, file } = filled({ rows: 2_000 });
    const store = new SqliteStore(folder);
    const bytes = readFileSync(file);
    bytes.fill(0x5a, 8 * 4_096);
    writeFileSync(file, bytes);
    const reading = () => {
      for (const id of ["run1", "run2"]) store.readTaskRuns(id);
    };
    expect(reading).toThrow(expect.objectContaining({ code: "STORE_DAMAGED" }));
    const before = fingerprintOf(folder);

    expect(() => store.createRun(newRun("next"), version)).toThrow(expect.objectContaining({ code: "STORE_DAMAGED" }));
    expect(fingerprintOf(folder)).toEqual(before);
    store.close();
  });
});

describe.skipIf(process.platform === "win32")("a store that is not its user's alone (B48, S35, S37)", () => {
  test.each([
    ["the folder", 0o777, (folder: string) => folder, /chmod 700 "/],
    ["the folder", 0o750, (folder: string) => folder, /chmod 700 "/],
    ["the file", 0o644, (folder: string) => join(folder, "caudal.db"), /chmod 600 "/],
    ["the file", 0o660, (folder: string) => join(folder, "caudal.db"), /chmod 600 "/],
  ])("%s with mode %o", (_, mode, which, fix) => {
    const { folder } = filled();
    chmodSync(which(folder), mode);

    expectRefused(folder, "STORE_PERMISSIONS", fix);
  });

  test("in a folder where anybody may put another in its place", () => {
    const { folder } = filled();
    chmodSync(dirname(folder), 0o777);

    expectRefused(folder, "STORE_PERMISSIONS", /chmod o-w "/);
    chmodSync(dirname(folder), 0o1777);
    new SqliteStore(folder).close();
  });

  test("is made for its user alone, whatever the umask, with all that belongs to it", () => {
    const before = process.umask(0);
    try {
      const { folder } = filled({ large: true });
      const store = new SqliteStore(folder);
      store.createRun(newRun("late"), version);

      const modes = Object.entries(fingerprintOf(folder)).map(([path, what]) => `${what.split(" ")[0]} ${path}`);

      expect(modes.filter((mode) => !/^(700|600) /.test(mode))).toEqual([]);
      expect(modes.some((mode) => mode.endsWith("-wal"))).toBe(true);
      store.close();
    } finally {
      process.umask(before);
    }
  });

  test.skipIf(process.getuid?.() !== 0)("of another user, also for root", () => {
    const { folder, file } = filled();
    chownSync(file, 65_534, 65_534);
    expectRefused(folder, "STORE_PERMISSIONS", /it belongs to another user.*CAUDAL_STORE/);

    chownSync(folder, 65_534, 65_534);
    expectRefused(folder, "STORE_PERMISSIONS", /it belongs to another user/);
  });
});

describe.skipIf(process.platform !== "linux" || process.getuid?.() !== 0)("a disk (F04, F07, R18)", () => {
  const mounted = (options: string): string | undefined => {
    const place = mkdtempSync(join(tmpdir(), "caudal-disk-"));
    const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", place]);
    return status === 0 ? place : undefined;
  };
  const unmount = (place: string) => {
    spawnSync("umount", ["-l", place]); // the driver keeps files open until they are collected
    rmSync(place, { recursive: true, force: true });
  };

  test("that is full takes nothing of the commit, and goes on when there is room", ({ skip }) => {
    const place = mounted("size=600k,mode=0700");
    if (place === undefined) return skip("this container may not mount");
    try {
      const store = new SqliteStore(join(place, ".caudal"));
      store.createRun(newRun("run1"), version);
      const ballast = join(place, "ballast");
      const fill = () => {
        for (let size = 65_536; size >= 512; ) {
          try {
            appendFileSync(ballast, Buffer.alloc(size));
          } catch {
            size /= 2;
          }
        }
      };
      fill();
      const large = batch("run1", { taskRuns: [row(0, { type: "Success", result: "y".repeat(60_000) })] });

      expect(() => store.commit(large)).toThrow(
        expect.objectContaining({ code: "STORE_FULL", message: expect.stringMatching(/make room.*nothing is lost/) }),
      );
      expect(store.readTaskRuns("run1")).toEqual([]);
      rmSync(ballast);
      store.commit(large);

      expect(store.readTaskRuns("run1")).toHaveLength(1);
      store.close();
    } finally {
      unmount(place);
    }
  });

  test("that is read-only can be read where its log is empty, and takes nothing", ({ skip }) => {
    const place = mounted("size=2m,mode=0700");
    if (place === undefined) return skip("this container may not mount");
    try {
      const folder = join(place, ".caudal");
      spawnSync("cp", ["-a", filled().folder, folder]);
      spawnSync("cp", ["-a", withLog().folder, `${folder}-crashed`]);
      spawnSync("mount", ["-o", "remount,ro", place]);
      const before = fingerprintOf(place);

      const store = new SqliteStore(folder);

      expect(store.listRuns({ limit: 9 }).map(({ id }) => id)).toEqual(["open", "run2", "run1"]);
      expect(() => store.createRun(newRun("new"), version)).toThrow(
        expect.objectContaining({ code: "STORE_READONLY", message: expect.stringMatching(/read-only.*CAUDAL_STORE/) }),
      );
      expectRefused(`${folder}-crashed`, "STORE_READONLY", /read-only/);
      expectRefused(join(place, "new"), "STORE_READONLY", /read-only/);
      expect(fingerprintOf(place)).toEqual(before);
    } finally {
      unmount(place);
    }
  });
});
