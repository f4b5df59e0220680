/** `npm run page`: builds, then serves the page with made-up flows and runs (ui/mock/main.ts says which options). */
import { step } from "./child.mjs";
import { ensureInstalled } from "./install.mjs";

await ensureInstalled();
const { build } = await import("./build.mjs");
if ((await build()) === undefined) process.exit(1);
process.exitCode = await step(["scripts/run-ts.mjs", "ui/mock/main.ts", ...process.argv.slice(2)]);
