/**
 * `npm run test:e2e [-- FILE] [--long]`: the page in a real browser; `--long` for as long as is specified where a part
 * of that shows the same (a log that is followed for a minute). Needs a Chromium: the one of CHROMIUM_PATH, or an installed
 * one. Where there is none a CI that may (root, apt) installs Debian's; a desk is told, and passes.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { step } from "./child.mjs";
import { ensureInstalled, root } from "./install.mjs";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

await ensureInstalled();
if (!isThere() && process.env.CI !== undefined) install();
if (!isThere()) {
  const how = "install one (Debian: apt-get install chromium) or say where it is with CHROMIUM_PATH";
  console.error(`\n${"!".repeat(72)}\nNO BROWSER TEST WAS RUN: there is no Chromium here; ${how}\n${"!".repeat(72)}\n`);
  process.exit(process.env.CI === undefined ? 0 : 1);
}
const { build } = await import("./build.mjs");
if ((await build()) === undefined) process.exit(1);
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
const given = process.argv.slice(2);
if (given.includes("--long")) process.env.E2E_LONG = "1";
const files = given.filter((word) => word !== "--long");
process.exitCode = await step([vitest, "run", "--config", "vitest.e2e.config.ts", ...files]);

function isThere() {
  return process.env.CHROMIUM_PATH !== undefined || PLACES.some((path) => existsSync(path));
}

function install() {
  const sudo = process.getuid?.() === 0 ? [] : ["sudo", "--non-interactive"];
  for (const words of [
    ["apt-get", "update", "-qq"],
    ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],
  ]) {
    const [command = "", ...args] = [...sudo, ...words];
    console.log(`> ${[command, ...args].join(" ")}`);
    spawnSync(command, args, { stdio: "inherit" });
  }
}
