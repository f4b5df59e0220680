/** Migrations: from nothing, from an older version, killed midway, two at once (F10, R21). */
import { spawn, spawnSync } from "node:child_process";
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { buildSync } from "esbuild";
import { describe, expect, test } from "vitest";
import { cleanStoreFolders, storeFolder } from "../../../test/support/store-folder.ts";
import { Database } from "./database.ts";
import type { Migration } from "./migrate.ts";
import { MIGRATIONS } from "./schema.ts";

cleanStoreFolders();

const SECOND: Migration = "CREATE TABLE added (n INTEGER NOT NULL) STRICT; INSERT INTO added (n) VALUES (7)";
const TWO = [...MIGRATIONS, SECOND];

const open = (folder: string, migrations: readonly Migration[]) => Database.open(folder, "process", migrations);
/** As any program can see without SQLite. */
const versionIn = (file: string) => readFileSync(file).readUInt32BE(60);

/** A store of the first version with a row in it, closed by its process. */
function older(): string {
  const folder = storeFolder();
  inProcess(folder, `open(folder, MIGRATIONS).run("INSERT INTO store (key, value) VALUES ('kept', 'yes')")`);
  return folder;
}

/** Runs a line in a process of its own, where `open` is as above. */
function inProcess(folder: string, line: string): { readonly status: number | null; readonly signal: string | null } {
  return spawnSync(process.execPath, [program(folder, line), folder], { encoding: "utf8" });
}

function program(folder: string, line: string): string {
  const here = resolve(import.meta.dirname);
  const contents = `
    import { Database } from ${JSON.stringify(join(here, "database.ts"))};
    import { MIGRATIONS } from ${JSON.stringify(join(here, "schema.ts"))};
    const folder = process.argv[2];
    const SECOND = ${JSON.stringify(SECOND)};
    const open = (folder, migrations) => Database.open(folder, "process", migrations);
    ${line};`;
  const file = join(dirname(folder), `program-${readdirSync(dirname(folder)).length}.mjs`);
  const { outputFiles } = buildSync({
    stdin: { contents, resolveDir: here, loader: "ts" },
    ...{ bundle: true, write: false, format: "esm", platform: "node", packages: "external", logLevel: "error" },
  });
  writeFileSync(file, outputFiles[0]!.text.replaceAll("import.meta.url", JSON.stringify(import.meta.url)));
  return file;
}

describe("a store", () => {
  test("from nothing has the newest version", () => {
    const folder = storeFolder();

    const db = open(folder, TWO);

    expect(db.get("SELECT n FROM added")).toEqual({ n: 7 });
    expect(versionIn(db.file)).toBe(2);
    db.close();
  });

  test("of an older version becomes the newest, keeps what it had, and leaves a copy", () => {
    const folder = older();

    const db = open(folder, TWO);

    expect(db.get("SELECT value FROM store")).toEqual({ value: "yes" });
    expect(db.get("SELECT n FROM added")).toEqual({ n: 7 });
    expect(db.get("PRAGMA journal_mode")).toEqual({ journal_mode: "wal" });
    const copy = `${db.file}.v1.bak`;
    expect([versionIn(db.file), versionIn(copy), statSync(copy).mode & 0o777]).toEqual([2, 1, 0o600]);
    db.close();
  });

  test("whose migration fails stays as it was", () => {
    const folder = older();
    const fails = [...TWO, "CREATE TABLE added (n INTEGER)"];

    expect(() => open(folder, fails)).toThrow(expect.objectContaining({ code: "STORE_DAMAGED" }));

    expect(versionIn(join(folder, "caudal.db"))).toBe(1);
    const db = open(folder, MIGRATIONS);
    expect(db.get("SELECT value FROM store")).toEqual({ value: "yes" });
    expect(db.get("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'added'")).toEqual({ n: 0 });
    db.close();
  });

  test.each([
    ["in the middle", "[...MIGRATIONS, SECOND, () => process.kill(process.pid, 'SIGKILL')]"],
    ["at its beginning", "[...MIGRATIONS, () => process.kill(process.pid, 'SIGKILL')]"],
  ])("whose migration is killed %s stays as it was", (_, migrations) => {
    const folder = older();

    const { signal } = inProcess(folder, `open(folder, ${migrations})`);

    expect(signal).toBe("SIGKILL");
    const db = open(folder, MIGRATIONS);
    expect(db.get("SELECT value FROM store")).toEqual({ value: "yes" });
    expect(versionIn(db.file)).toBe(1);
    db.close();
    expect(readdirSync(folder).filter((name) => name.includes(".bak."))).toEqual([]);
  });

  test("that is killed while it is made is made by the next", () => {
    const folder = storeFolder();
    const { signal } = inProcess(folder, "open(folder, [...MIGRATIONS, () => process.kill(process.pid, 'SIGKILL')])");
    expect(signal).toBe("SIGKILL");

    const db = open(folder, TWO);

    expect(versionIn(db.file)).toBe(2);
    db.close();
  });

  test.each([
    ["a new one", () => storeFolder()],
    ["an older one", older],
  ])("that six processes open at once (%s) is migrated once", async (_, make) => {
    const folder = make();
    const file = program(folder, "open(folder, [...MIGRATIONS, SECOND])");

    const codes = await Promise.all(
      Array.from({ length: 6 }, () => {
        const child = spawn(process.execPath, [file, folder], { stdio: ["ignore", "ignore", "inherit"] });
        return new Promise((done) => child.on("exit", done));
      }),
    );

    expect(codes).toEqual([0, 0, 0, 0, 0, 0]);
    const db = open(folder, TWO);
    expect(db.all("SELECT n FROM added")).toEqual([{ n: 7 }]);
    db.close();
  });
});
