/** A folder of somebody who uses Caudal, and the built CLI run in it by a Node of choice. */
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import packageJson from "../../package.json" with { type: "json" };
import { environmentFor } from "../support/nodes.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const CLI = join(ROOT, "dist", "cli.js");

/** What `npm init -y` writes, as far as it matters here. */
export const NPM_INIT = JSON.stringify({
  name: "workflow-managers",
  version: "1.0.0",
  main: "index.js",
  type: "commonjs",
});

/** One task and one flow: enough to be loaded and run. */
export const FLOW = `import { flow, task } from "caudal";
const answer = task("answer", () => 42);
export const first = flow("first", () => answer());
`;

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface How {
  readonly node?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Sends Ctrl-C as soon as this text was printed. */
  readonly interruptAt?: string;
  /** Kills it, without a word, as soon as this text was printed. */
  readonly killAt?: string;
  /** Told of the process when it has begun. */
  readonly spawned?: (child: ChildProcess) => void;
  /** Told of each piece it prints, with what it printed before. */
  readonly heard?: (printed: string) => void;
  /** The same for stderr. */
  readonly heardError?: (printed: string) => void;
}

export interface Folder {
  readonly path: string;
  /** Runs \`caudal\` with these words; resolves when it has ended. */
  caudal(words: readonly string[], how?: How): Promise<Ended>;
  /** Runs a script of the folder, without the CLI. */
  script(file: string, how?: How): Promise<Ended>;
  /** Installs a real copy of the built package for a folder below: what `npm install` of a tarball gives. */
  installCopy(below: string): void;
  remove(): void;
}

/** For `heard`: `said` resolves once this text was printed. */
export function hearing(text: string): { readonly heard: (printed: string) => void; readonly said: Promise<void> } {
  let say = () => undefined as void;
  const said = new Promise<void>((resolve) => (say = resolve));
  return { said, heard: (printed) => printed.includes(text) && say() };
}

/** A folder with these files, in a place with a space, an accent and the marks that URLs are made of. */
export function userFolder(files: Readonly<Record<string, string>>): Folder {
  const top = realpathSync(mkdtempSync(join(tmpdir(), "caudal-cli-")));
  const path = join(top, "D á", "Workflow managers", "100% #1");
  mkdirSync(path, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return {
    path,
    caudal: (words, { node = process.execPath, ...how } = {}) => run(node, [CLI, ...words], path, how),
    script: (file, { node = process.execPath, ...how } = {}) => run(node, [file], path, how),
    installCopy: (below) => installCopy(join(path, below, "node_modules")),
    remove: () => rmSync(top, { recursive: true, force: true }),
  };
}

function installCopy(modules: string): void {
  for (const part of ["package.json", "dist"])
    cpSync(join(ROOT, part), join(modules, "caudal", part), { recursive: true });
  for (const name of Object.keys(packageJson.dependencies)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), join(modules, name), "junction");
  }
}

/** Makes dist/ current; several test files may ask at once. */
export async function buildPackage(): Promise<void> {
  const { code, out, err } = await run(process.execPath, [join(ROOT, "scripts", "build.mjs")], ROOT);
  if (code !== 0) throw new Error(`the build failed:\n${out}${err}`);
}

function run(
  node: string,
  words: readonly string[],
  cwd: string,
  { env = {}, interruptAt, killAt, spawned, heard, heardError }: Omit<How, "node"> = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(node, words, {
      cwd,
      env: { ...environmentFor(node), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    spawned?.(child);
    let out = "";
    let err = "";
    let ending = interruptAt ?? killAt;
    const heardMore = () => {
      if (ending === undefined || !(out + err).includes(ending)) return;
      ending = undefined;
      child.kill(killAt === undefined ? "SIGINT" : "SIGKILL");
    };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
      heard?.(out);
      heardMore();
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
      heardError?.(err);
      heardMore();
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out: plainLines(out), err: plainLines(err) }));
  });
}

/** Times are masked; line ends are the same everywhere. */
function plainLines(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll(/\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d{4}\]/g, "[time]");
}
