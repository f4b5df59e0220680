/** `npm run conformance [-- DIRECTORY]`: our answers beside what a real Prefect 1.x did, as a table. */
import { join, resolve } from "node:path";
import { step } from "./child.mjs";
import { ensureInstalled, root } from "./install.mjs";

await ensureInstalled();
const [directory, ...more] = process.argv.slice(2);
if (more.length > 0) {
  console.error("usage: npm run conformance [-- DIRECTORY]");
  process.exit(2);
}
const report = join(root, "test", "conformance", "prefect", "report.ts");
const given = directory === undefined ? [] : [resolve(directory)];
process.exitCode = await step([join(root, "scripts", "run-ts.mjs"), report, ...given]);
