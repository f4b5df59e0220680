/**
 * `npm start`: the complaints ETL on a fresh machine, from nothing: installs what is missing, builds, starts
 * the sample complaints API, draws the flow and runs it once. `npm start -- --live` asks the real API.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { step } from "./child.mjs";
import { ensureInstalled, root } from "./install.mjs";

const LIVE = "https://www.consumerfinance.gov/data-research/consumer-complaints/search/api/v1/";
const folder = join(root, "examples", "etl");

const unknown = process.argv.slice(2).filter((argument) => argument !== "--live");
if (unknown.length > 0) {
  console.error(`npm start knows only --live (npm start -- --live asks the real API); not ${unknown.join(" ")}`);
  process.exit(2);
}
await ensureInstalled();
const { build } = await import("./build.mjs");
if ((await build()) === undefined) process.exit(1);
process.exitCode = process.argv.includes("--live") ? await demo(LIVE, "the real complaints API") : await demoOnSample();

async function demoOnSample() {
  const { startComplaintsApi } = await import("../examples/etl/complaints-api.mjs");
  const api = await startComplaintsApi({ port: 0 });
  try {
    return await demo(api.url, "a sample complaints API, started here with invented records");
  } finally {
    await api.close();
  }
}

/** Draws, then runs; stops at the first that fails. Both work in the example's folder, as its README does. */
async function demo(url, source) {
  console.log(`\nThe data comes from ${source}:\n  ${url}`);
  const env = { COMPLAINTS_API: url };
  const drawn = await caudal(["visualize", "etl.ts"], env);
  return drawn === 0 ? await caudal(["run", "etl.ts", "--param", "size=25"], env) : drawn;
}

function caudal(args, env) {
  const cli = join(root, "dist", "cli.js");
  if (!existsSync(cli)) {
    console.error("dist/cli.js is missing: the build above says why");
    return 1;
  }
  console.log(`\n> npx caudal ${args.join(" ")}`);
  return step([cli, ...args], { cwd: folder, env });
}
