/**
 * Makes sure that node_modules holds what package-lock.json says, so that a fresh clone needs no step of its
 * own: `npm start` and `npm test` call this first. Uses nothing but Node.
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { npmScript } from "./npm.mjs";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** Runs `npm ci` where something is missing or of another version; says so, because it takes a while. */
export async function ensureInstalled() {
  refuseOldNode();
  const why = missing();
  if (why === undefined) return;
  console.log(`installing what is missing (${why}) …`);
  const code = await runNpm(["ci", "--no-audit", "--no-fund"]);
  if (code !== 0) {
    console.error("npm ci failed, see above. It needs the npm registry; nothing else is fetched.");
    process.exit(code);
  }
}

function refuseOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(`Caudal needs Node 20.19 or newer; this is ${process.version} (${process.execPath}).`);
  process.exit(1);
}

/** Why an installation is needed; undefined if what is there is what the lockfile says. */
function missing() {
  const wanted = packagesOf(join(root, "package-lock.json"));
  const present = packagesOf(join(root, "node_modules", ".package-lock.json"));
  if (present === undefined) return "node_modules is missing";
  for (const [path, { version, optional, integrity }] of Object.entries(wanted ?? {})) {
    const there = present[path];
    const same = there?.version === version && (integrity === undefined || there.integrity === integrity);
    if (path !== "" && !same && !(optional === true && there === undefined)) return `${path} ${version}`;
    if (path !== "" && there !== undefined && !existsSync(join(root, path))) return path;
  }
  return undefined;
}

function packagesOf(lockfile) {
  return existsSync(lockfile) ? JSON.parse(readFileSync(lockfile, "utf8")).packages : undefined;
}

function runNpm(args) {
  const npm = npmScript();
  if (npm === undefined) {
    console.error("npm was not found beside this Node: run 'npm ci' once, then this again.");
    process.exit(1);
  }
  return new Promise((resolve) => {
    spawn(process.execPath, [npm, ...args], { cwd: root, stdio: "inherit" }).on("close", (code) => resolve(code ?? 1));
  });
}
