/** Store folders of tests, in a place of their own that goes with the test. */
import { createHash } from "node:crypto";
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";

const made: string[] = [];

/** Takes away after each test what it made. */
export function cleanStoreFolders(): void {
  afterEach(() => {
    for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
}

/** Where a store may be; nothing is there. */
export function storeFolder(): string {
  const base = mkdtempSync(join(tmpdir(), "caudal-store-"));
  made.push(base);
  return join(base, ".caudal");
}

/** Every path below a folder with what it is: its mode and its content's hash. Equal, nothing was written. */
export function fingerprintOf(folder: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  const look = (path: string) => {
    const stat = lstatSync(path);
    const mode = (stat.mode & 0o7777).toString(8);
    const kind = stat.isFile() ? createHash("sha256").update(readFileSync(path)).digest("hex") : "no file";
    found[path.slice(folder.length)] = `${mode} ${kind}`;
    if (stat.isDirectory()) for (const name of readdirSync(path)) look(join(path, name));
  };
  look(folder);
  return found;
}
