/** `npm test`: installs what is missing, builds what changed, runs all tests. `npm test -- map` runs those of map. */
import { join } from "node:path";
import { step } from "./child.mjs";
import { ensureInstalled, root } from "./install.mjs";

await ensureInstalled();
const { build } = await import("./build.mjs");
await build();
process.exitCode = await step([join(root, "node_modules", "vitest", "vitest.mjs"), "run", ...process.argv.slice(2)]);
