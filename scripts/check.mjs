/**
 * `npm run check`: everything that must hold of the source, short of running all tests.
 * `npm run check -- lint types` runs only those; `npm run check -- --fix` lets the formatter and linter mend
 * what they can. Every check runs, whatever the others say.
 */
import { join } from "node:path";
import { step } from "./child.mjs";
import { ensureInstalled, root } from "./install.mjs";

const bin = (...path) => join(root, "node_modules", ...path);
const biome = bin("@biomejs", "biome", "bin", "biome");
const tsc = bin("typescript", "bin", "tsc");
const jscpd = bin("jscpd", "run-jscpd.js");

const CHECKS = {
  format: [biome, "format", "--reporter=concise"],
  lint: [biome, "lint", "--error-on-warnings"],
  types: [tsc, "-p", "tsconfig.json"],
  "types-of-the-page": [tsc, "-p", "ui/tsconfig.json"],
  "types-of-browser-tests": [tsc, "-p", "test/e2e/tsconfig.json"],
  scripts: [tsc, "-p", "scripts/tsconfig.json"],
  tidy: [bin("vitest", "vitest.mjs"), "run", "test/tidy.test.ts"],
  dead: [bin("knip", "bin", "knip.js"), "--no-progress"],
  duplicates: [jscpd, "--config", ".jscpd.json", "src", "ui", "scripts", "bench", "examples"],
  // Tests may repeat themselves to stay readable from top to bottom: only long copies count.
  "duplicates-in-tests": [jscpd, "--config", ".jscpd.tests.json", "test", "src"],
};
const MENDS = { format: ["--write"], lint: ["--write"] };

await ensureInstalled();
const words = process.argv.slice(2);
const wanted = words.filter((word) => word !== "--fix");
const unknown = wanted.filter((name) => !(name in CHECKS));
if (unknown.length > 0) {
  console.error(`no check is called ${unknown.join(", ")}; there are ${Object.keys(CHECKS).join(", ")}`);
  process.exit(2);
}

const failed = [];
for (const [name, args] of Object.entries(CHECKS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n── ${name}`);
  const startedAt = performance.now();
  const code = await step([...args, ...(words.includes("--fix") ? (MENDS[name] ?? []) : [])], { cwd: root });
  console.log(`── ${name}: ${code === 0 ? "ok" : "FAILED"} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
  if (code !== 0) failed.push(name);
}
console.log(failed.length === 0 ? "\nall checks ok" : `\nfailed: ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;
