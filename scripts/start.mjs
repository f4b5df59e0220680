/**
 * `npm start`: the complaints ETL on a fresh machine, from nothing: installs what is missing, builds, starts the
 * sample complaints API, draws the flow, runs it once, and serves it: its schedule is followed and its page is there
 * until Ctrl-C. `npm start -- --live` asks the real API.
 *
 * `npm start -- --once`, and every CI (`CI=true`), tries the server instead of staying: it must know the flow and its
 * page, and a run begun over HTTP must succeed; then it is asked to end.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { step } from "./child.mjs";
import { ensureInstalled, root } from "./install.mjs";

const LIVE = "https://www.consumerfinance.gov/data-research/consumer-complaints/search/api/v1/";
const TRIED_MS = 120_000;
const folder = join(root, "examples", "etl");
const cli = join(root, "dist", "cli.js");

const words = process.argv.slice(2);
const unknown = words.filter((word) => word !== "--live" && word !== "--once");
if (unknown.length > 0) {
  console.error(
    `npm start knows --live (asks the real API) and --once (ends when it has seen the server work), as in npm start -- --live; not ${unknown.join(" ")}`,
  );
  process.exit(2);
}
const once = words.includes("--once") || ![undefined, "", "false", "0"].includes(process.env["CI"]);
await ensureInstalled();
const { build } = await import("./build.mjs");
if ((await build()) === undefined) process.exit(1);
process.exitCode = words.includes("--live") ? await demo(LIVE, "the real complaints API") : await demoOnSample();

async function demoOnSample() {
  const { startComplaintsApi } = await import("../examples/etl/complaints-api.mjs");
  const api = await startComplaintsApi({ port: 0 });
  try {
    return await demo(api.url, "a sample complaints API, started here with invented records");
  } finally {
    await api.close();
  }
}

/** Draws, runs, serves; stops at the first that fails. All in the example's folder, as its README does. */
async function demo(url, source) {
  console.log(`\nThe data comes from ${source}:\n  ${url}`);
  const env = { COMPLAINTS_API: url };
  for (const args of [
    ["visualize", "etl.ts"],
    ["run", "etl.ts", "--param", "size=25"],
  ]) {
    const code = await caudal(args, env);
    if (code !== 0) return code;
  }
  return once ? await tried(["serve", "etl.ts"], env) : await caudal(["serve", "etl.ts"], env);
}

function caudal(args, env) {
  if (!existsSync(cli)) {
    console.error("dist/cli.js is missing: the build above says why");
    return 1;
  }
  console.log(`\n> npx caudal ${args.join(" ")}`);
  return step([cli, ...args], { cwd: folder, env });
}

/** Serves until a run begun over HTTP has ended; the exit code says whether all was as it should be. */
async function tried(args, env) {
  console.log(`\n> npx caudal ${args.join(" ")}`);
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.on("close", (code, signal) => resolve(code ?? signal)));
  try {
    const address = await addressOf(child);
    const state = await runOverHttp(address);
    console.log(`The server at ${address} knows 'my etl flow' and has its page; a run begun over HTTP ended ${state}`);
    child.kill("SIGTERM");
    const code = await ended;
    if (code !== 0) console.error(`asked to end, the server ended with ${code} instead of 0`);
    return state === "Success" && code === 0 ? 0 : 1;
  } catch (error) {
    console.error(`the server did not do what it should: ${error.message}`);
    child.kill("SIGKILL");
    return 1;
  }
}

/** As it prints it, once it has printed all of its first screen. */
function addressOf(child) {
  let printed = "";
  return new Promise((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (text) => {
      process.stdout.write(text);
      printed += text;
      if (printed.includes("Ctrl-C ends it")) resolve(/http:\/\/[^\s/]+/.exec(printed)?.[0]);
    });
    child.on("exit", (code) => reject(new Error(`it ended with ${code}`)));
  });
}

async function runOverHttp(address) {
  const signal = AbortSignal.timeout(TRIED_MS);
  const ask = async (path, options = {}) => {
    const response = await fetch(`${address}${path}`, { signal, ...options });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return response;
  };
  /** @returns {Promise<any>} */
  const told = async (path, options = {}) => (await ask(path, options)).json();
  const page = await (await ask("/")).text();
  if (!page.includes("<script")) throw new Error("its page has no script");
  const { flows } = await told("/api/v1/flows");
  const known = flows.find(({ name }) => name === "my etl flow");
  if (known?.schedule === undefined) throw new Error("it does not know 'my etl flow' and its schedule");
  const begun = await told(`/api/v1/flows/${encodeURIComponent(known.name)}/runs`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Caudal": "1" },
    body: JSON.stringify({ parameters: { size: 15 } }),
  });
  let { id, state, endedAt, cursor } = begun;
  while (endedAt === undefined) {
    await ask(`/api/v1/changes?topics=run:${id}&after=${cursor}&wait=5000`); // answers when something has happened
    ({ state, endedAt, cursor } = await told(`/api/v1/runs/${id}`));
  }
  return state;
}
