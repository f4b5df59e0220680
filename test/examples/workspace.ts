/** Examples as a reader runs them: copied into a folder of their own, in which caudal is installed, through the built CLI. */
import { spawn } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CLI = join(ROOT, "dist", "cli.js");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One command with what it prints: a paragraph of an example's last comment that begins with `$ npx caudal`. */
export interface Shown {
  readonly args: readonly string[];
  readonly output: string;
}

/** A folder with a space and an accent in its path, a package.json, caudal installed, and a copy of the examples. */
export function makeWorkspace() {
  const folder = join(realpathSync(mkdtempSync(join(tmpdir(), "caudal-"))), "D á", "Workflow managers");
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  symlinkSync(ROOT, join(folder, "node_modules", "caudal"), "junction");
  cpSync(join(ROOT, "examples"), folder, { recursive: true });
  return {
    folder,
    /** Runs a command of the CLI in an example's folder. Only the variables given are set among ours. */
    caudal: (example: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
      run([CLI, ...args], join(folder, example), env),
    /** What is printed, with times, this folder and addresses of the sample API masked. */
    masked: (text: string) => mask(text, folder),
    remove: () => rmSync(join(folder, "..", ".."), { recursive: true, force: true }),
  };
}

export async function buildPackage(): Promise<void> {
  const { code, stdout, stderr } = await run([join(ROOT, "scripts", "build.mjs")], ROOT, {});
  if (code !== 0) throw new Error(`the build failed:\n${stdout}${stderr}`);
}

/** The commands an example's last comment (or a text file) shows. */
export function shownIn(path: string): readonly Shown[] {
  const text = readFileSync(join(ROOT, "examples", path), "utf8");
  const comment = path.endsWith(".txt") ? text : (/\/\*\n((?:(?!\*\/).)*)\n\*\/\n$/s.exec(text)?.[1] ?? "");
  return comment
    .split(/^\$ npx caudal /m)
    .slice(1)
    .map((paragraph) => {
      const [command = "", ...lines] = paragraph.split("\n");
      return { args: command.split(" "), output: lines.join("\n").trim() };
    });
}

function mask(text: string, folder: string): string {
  return text
    .replaceAll(folder, "<folder>")
    .replaceAll(/\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d{4}\]/g, "[<time>]")
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+\d\d:\d\d/g, "<instant>")
    .replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, "<api>")
    .trim();
}

function run(args: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Promise<Ended> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(CAUDAL_|COMPLAINTS_API|VITEST|NODE_ENV)/.test(name),
  );
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...Object.fromEntries(inherited), NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (bytes: Buffer) => (stdout += String(bytes)));
  child.stderr.on("data", (bytes: Buffer) => (stderr += String(bytes)));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}
