/**
 * `npm run demo:crash`: a run is killed with `kill -9` in the middle of its work, and goes on in another process. At the
 * end it counts what was not done again. Everything happens in a folder of its own, which is removed.
 */
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureInstalled, root } from "./install.mjs";

const KILL_AT = "stored row 3 of";

await ensureInstalled();
const { build } = await import("./build.mjs");
if ((await build()) === undefined) process.exit(1);
const folder = realpathSync(mkdtempSync(join(tmpdir(), "caudal-demo-")));
try {
  cpSync(join(root, "examples", "crash", "nightly.mjs"), join(folder, "nightly.mjs"));
  process.exitCode = await demo();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function demo() {
  const first = await caudal(["run", "nightly.mjs"], KILL_AT);
  if (!first.killed) return complain("the run ended before it could be killed", first);
  say("kill -9: the process is gone, in the middle of a task, and could not say goodbye.");
  const looked = await caudal(["runs", "why"]);
  if (looked.code !== 0) return complain("the run cannot be looked at", looked);
  say("Going on, in a new process:");
  const second = await caudal(["resume"]);
  if (second.code !== 0) return complain("the run did not go on", second);
  const calls = readFileSync(join(folder, "calls.txt"), "utf8").trim().split("\n");
  const times = (name) => calls.filter((call) => call === name).length;
  const rows = rowsStored();
  say("What happened:");
  console.log(`  get    was called ${timesText(times("get"))}: its result was kept, so it was not asked again`);
  console.log(`  parse  was called ${timesText(times("parse"))}: not run again either`);
  console.log(
    `  store  was called ${timesText(times("store"))}: the call that was cut off cannot be known to have worked`,
  );
  console.log(`  complaints.db has ${rows} rows, each once: rows have a key, and replace themselves`);
  const asItShould = times("get") === 1 && times("parse") === 1 && times("store") === 2 && rows === 6;
  return asItShould ? 0 : complain("this is not what should have happened", second);
}

/** Starts the command line in the demo's folder; kills it without a word once it has printed `killAt`. */
function caudal(words, killAt) {
  console.log(`\n> npx caudal ${words.join(" ")}`);
  const child = spawn(process.execPath, [join(root, "dist", "cli.js"), ...words], {
    cwd: folder,
    env: { ...process.env, CAUDAL_STORE: "", CAUDAL_LOG_FORMAT: "" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  let killed = false;
  child.stdout.setEncoding("utf8").on("data", (text) => {
    if (killed) return;
    printed += text;
    process.stdout.write(text);
    if (killAt === undefined || !printed.includes(killAt)) return;
    killed = true;
    child.kill("SIGKILL"); // on Windows it ends the process just as hard
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, killed })));
}

function rowsStored() {
  const { DatabaseSync } = createRequire(import.meta.url)("@photostructure/sqlite");
  const db = new DatabaseSync(join(folder, "complaints.db"));
  const { count } = db.prepare("SELECT count(*) AS count FROM complaint").get();
  db.close();
  return count;
}

function say(text) {
  console.log(`\n--- ${text}`);
}

function timesText(count) {
  return count === 1 ? "once" : count === 2 ? "twice" : `${count} times`;
}

function complain(what, { code }) {
  console.error(`The demo failed: ${what} (exit code ${code}).`);
  return 1;
}
