/** A database file in a folder of its own, with a space and an accent in its path, gone after each test. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { insertRows, type OnConflict } from "../../src/tasks/sqlite/insert.ts";
import { queryRows } from "../../src/tasks/sqlite/query.ts";
import { runScript } from "../../src/tasks/sqlite/script.ts";

export const TABLE =
  "CREATE TABLE complaint (complaint_id TEXT PRIMARY KEY, state TEXT NOT NULL, amount REAL DEFAULT 7)";

/** `folder` and `file` are new for each test; `file` is not there until something makes it. */
export function scratchDatabase() {
  const scratch = { folder: "", file: "" };
  beforeEach(() => {
    scratch.folder = mkdtempSync(join(tmpdir(), "caudal sqlité "));
    scratch.file = join(scratch.folder, "data.db");
  });
  afterEach(() => rmSync(scratch.folder, { recursive: true, force: true }));
  return {
    folder: () => scratch.folder,
    file: () => scratch.file,
    script: (text: string) => runScript({ file: scratch.file }, text),
    all: (sql: string, ...given: readonly unknown[]) => queryRows({ file: scratch.file }, sql, given, { rows: "all" }),
    insert: (rows: unknown, onConflict: OnConflict = "fail", into = "complaint") =>
      insertRows({ file: scratch.file }, rows, { into, onConflict }),
  };
}
