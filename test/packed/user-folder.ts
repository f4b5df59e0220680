/** What a person does with the published package: makes a folder, installs the tarball, runs files in it. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { npmScript } from "../../scripts/npm.mjs";
import { environmentFor, npm } from "../support/nodes.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Folders made here, 50 MB each once something is installed in them. */
const made: string[] = [];

async function newFolder(): Promise<string> {
  const path = await mkdtemp(join(await realpath(tmpdir()), "caudal-packed-"));
  made.push(path);
  return path;
}

/** Removes every folder made here. */
export async function removeFolders(): Promise<void> {
  await Promise.all(made.splice(0).map((path) => rm(path, { recursive: true, force: true })));
}

export interface Tarball {
  readonly path: string;
  /** Names of all files in it. */
  readonly files: readonly string[];
  readonly bytes: number;
}

/** `npm pack` of what `npm run build` made. */
export async function pack(): Promise<Tarball> {
  await run(process.execPath, [join(ROOT, "scripts", "build.mjs")], { cwd: ROOT });
  const folder = await newFolder();
  const { stdout } = await npm(["pack", "--json", "--ignore-scripts", "--pack-destination", folder], { cwd: ROOT });
  const [made] = JSON.parse(stdout) as [{ filename: string; size: number; files: { path: string }[] }];
  return { path: join(folder, made.filename), bytes: made.size, files: made.files.map(({ path }) => path) };
}

export interface UserFolder {
  readonly path: string;
  /** What `npm install` wrote to stderr, without what npm says about this machine's own settings. */
  readonly installNotices: string;
}

/** A new folder of this name, after `npm init -y` and `npm install <tarball>`. */
export async function userFolder(name: string, tarball: Tarball): Promise<UserFolder> {
  const path = join(await newFolder(), ...name.split("/"));
  await mkdir(path, { recursive: true });
  await npm(["init", "-y"], { cwd: path });
  const { stderr } = await npm(["install", tarball.path, "--no-audit", "--no-fund"], { cwd: path });
  return { path, installNotices: withoutMachineNotices(stderr) };
}

/** npm warns of settings in a user's own .npmrc that it does not know: not ours, not the package's. */
function withoutMachineNotices(text: string): string {
  return text
    .split("\n")
    .filter((line) => !/^npm warn Unknown (user|env|project) config/.test(line))
    .join("\n")
    .trim();
}

/** A folder in there whose package.json says "type": "module", with hello.ts; it finds the packages of the folder around it. */
export async function moduleFolderIn(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(path, { recursive: true });
  await save(path, "package.json", JSON.stringify({ type: "module" }));
  await save(path, "hello.ts", await helloOfReadme());
  return path;
}

export interface Said {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

/** `npx <args>` in this folder, where `node` is this Node. */
export async function npx(
  args: readonly string[],
  cwd: string,
  node: string,
  more: NodeJS.ProcessEnv = {},
): Promise<Said> {
  const npxScript = join(dirname(npmScript(node) ?? ""), "npx-cli.js");
  const said = await run(node, [npxScript, ...args], { cwd, env: { ...environmentFor(node), ...more } });
  return { ...said, stderr: withoutMachineNotices(said.stderr) };
}

interface Surroundings {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a program to its end, whatever its exit code. */
export function run(command: string, args: readonly string[], options: Surroundings): Promise<Said> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    const said = heard(child);
    child.on("error", reject);
    child.on("close", (code) => resolve({ ...said, code }));
  });
}

export async function save(folder: string, name: string, text: string): Promise<void> {
  await writeFile(join(folder, name), text);
}

/**
 * Starts a program that goes on until Ctrl-C, presses it as soon as `line` was printed, and waits for the end.
 * The wait is for the line, not for a time: a program that never prints it runs into the test's own limit.
 */
export function runUntil(line: string, command: string, args: readonly string[], options: Surroundings): Promise<Said> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    const said = heard(child);
    child.stdout.on("data", () => {
      if (!child.killed && said.stdout.includes(line)) child.kill("SIGINT");
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ ...said, code }));
  });
}

function heard(child: ChildProcessByStdio<null, Readable, Readable>): { stdout: string; stderr: string } {
  const said = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said.stderr += text;
  });
  return said;
}

/** Copies a file of examples/ into the folder, as the guide asks the reader to. */
export async function copyExample(name: string, folder: string): Promise<void> {
  await copyFile(join(ROOT, "examples", name), join(folder, basename(name)));
}

/** Bytes of all files below, and how many packages are installed. */
export async function installedSize(folder: string): Promise<{ readonly bytes: number; readonly packages: number }> {
  const names = await readdir(join(folder, "node_modules"), { recursive: true });
  const sizes = await Promise.all(names.map(async (name) => await stat(join(folder, "node_modules", name))));
  const lock = await readFile(join(folder, "node_modules", ".package-lock.json"), "utf8");
  const { packages } = JSON.parse(lock) as { packages: Record<string, unknown> };
  return {
    bytes: sizes.filter((file) => file.isFile()).reduce((sum, { size }) => sum + size, 0),
    packages: Object.keys(packages).length,
  };
}

/** The README's first program, the hello of the design. */
export async function helloOfReadme(): Promise<string> {
  const readme = await readFile(join(ROOT, "README.md"), "utf8").catch(() => "");
  const blocks = [...readme.matchAll(/```ts\r?\n([\s\S]*?)```/g)].map(([, code]) => code ?? "");
  return blocks.find((code) => code.includes("my first flow!")) ?? HELLO;
}

const HELLO = `import { flow, task } from "caudal";

const helloWorld = task("hello_world", () => {
  console.log("Hello world!");
  return "Hello Caudal!";
});
const caudalSay = task("caudal_say", (s: string) => console.log(s));

const first = flow("my first flow!", () => {
  caudalSay(helloWorld());
});

await first.run();
`;
