/** The command itself, as a user starts it: how soon it answers over a full store, and what it costs when nothing happens. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { sqliteDriver } from "../../src/store/sqlite-driver.ts";
import { DIST, ensureBuilt } from "../cold-process.ts";
import { benchFolder } from "../durable-folder.ts";
import { atMost, type Figure, isWanted, median, type Wish } from "../figure.ts";
import { fillStore } from "./filled.ts";
import { ask } from "./server-child.ts";

const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
/** As in `flows.ts`: what is unfinished in the store is of this flow. */
const FLOW_FILE = `import { flow, task } from ${DIST};
const extract = task("extract", async (size) => Array.from({ length: size }, (_, i) => i));
const load = task("load", async (rows) => rows.length);
export const quiet = flow("quiet", () => load(extract(3)));
`;
const FINISHED = 1_000_000;
const UNFINISHED = 10_000;
const READY = "serve ready: 1,000,000 finished runs, 10,000 unfinished; none + reading the unfinished";
const GONE_ON = "of these, until all have gone on to their end";

interface Running {
  readonly child: ChildProcess;
  readonly address: string;
  /** From its start to its first answer about runs. */
  readonly readyMs: number;
}

async function serve(folder: string, node: string): Promise<Running> {
  const start = performance.now();
  const file = join(dirname(folder), "quiet.mjs");
  writeFileSync(file, FLOW_FILE);
  const env = { ...process.env, CAUDAL_STORE: folder };
  const child = spawn(node, [CLI, "serve", file, "--port", "0"], { env, stdio: ["ignore", "pipe", "inherit"] });
  const address = await new Promise<string>((resolve, reject) => {
    let said = "";
    child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec((said += text));
      if (found !== null) resolve(found[0]);
    });
    child.once("exit", (code) => reject(new Error(`serve ended with ${code}: ${said}`)));
  });
  const { status } = await ask(`${address}/api/v1/runs?limit=50`, "GET", undefined);
  if (status !== 200) throw new Error(`serve answered ${status}`);
  return { child, address, readyMs: performance.now() - start };
}

async function stop({ child }: Running): Promise<void> {
  child.kill("SIGKILL");
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

export async function readyFigures(wish: Wish): Promise<readonly Figure[]> {
  const wanted = [READY, GONE_ON].filter((what) => isWanted(wish, what));
  if (wanted.length === 0) return [];
  ensureBuilt();
  const [full, none] = [join(benchFolder(), ".caudal"), join(benchFolder(), ".caudal")];
  await fillStore(full, { finished: FINISHED, unfinished: UNFINISHED });
  await fillStore(none, { finished: 0 });
  const took: { full: number; none: number; floor: number }[] = [];
  for (let round = 0; round <= Math.min(wish.rounds, 5); round++) {
    const one = {
      none: await readyOnce(none, wish.node),
      floor: readUnfinished(full),
      full: await readyOnce(full, wish.node),
    };
    if (round > 0) took.push(one);
  }
  const ms = (of: keyof (typeof took)[number]) => median(took.map((one) => one[of]));
  const value = median(took.map((one) => one.full / (one.none + one.floor)));
  const shown = `${ms("full").toFixed(0)} over ${ms("none").toFixed(0)} + ${ms("floor").toFixed(0)} ms; ${value.toFixed(2)}×`;
  const figures: Figure[] = [{ what: READY, value, shown, target: atMost(2, "×") }];
  if (wanted.includes(GONE_ON)) figures.push(await goneOn(full, wish.node));
  return figures.filter(({ what }) => wanted.includes(what));
}

async function readyOnce(folder: string, node: string): Promise<number> {
  const running = await serve(folder, node);
  await stop(running);
  return running.readyMs;
}

/** What any server has to read before it can say that it has looked. */
function readUnfinished(folder: string): number {
  const start = performance.now();
  const db = new (sqliteDriver().DatabaseSync)(join(folder, "caudal.db"), {});
  const rows = db.prepare("SELECT * FROM run WHERE ended_at IS NULL").all();
  db.close();
  if (rows.length === 0) throw new Error("nothing is unfinished");
  return performance.now() - start;
}

const unfinishedIn = (folder: string) => {
  const db = new (sqliteDriver().DatabaseSync)(join(folder, "caudal.db"), {});
  const { n } = db.prepare("SELECT count(*) AS n FROM run WHERE ended_at IS NULL").get() as { n: number };
  db.close();
  return n;
};

/** And how long a page waits for its answer meanwhile. */
async function goneOn(folder: string, node: string): Promise<Figure> {
  const left = unfinishedIn(folder);
  const start = performance.now();
  const running = await serve(folder, node);
  const waits: number[] = [];
  while (unfinishedIn(folder) > 0) {
    const asked = performance.now();
    await ask(`${running.address}/api/v1/runs?limit=50`, "GET", undefined);
    waits.push(performance.now() - asked);
    await after(50);
  }
  const value = (performance.now() - start) / 1_000;
  await stop(running);
  const slowest = [...waits].sort((a, b) => a - b);
  const p95 = slowest[Math.floor(slowest.length * 0.95)] ?? Number.NaN;
  return {
    what: GONE_ON,
    value,
    shown: `${left} runs in ${value.toFixed(1)} s; meanwhile an answer takes ${p95.toFixed(0)} ms (p95), ${slowest.at(-1)?.toFixed(0)} at most`,
  };
}

const SETTLE_MS = 5_000;
const IDLE_MS = 60_000;
const LOOK_MS = 50;
const TICKS_PER_SECOND = 100;
const RESIDENT = "idle: memory";
const CPU = "idle: CPU";
const WRITES = "idle: writes per minute";

export async function idleFigures(wish: Wish): Promise<readonly Figure[]> {
  const wanted = [RESIDENT, CPU, WRITES].filter((what) => isWanted(wish, what));
  if (wanted.length === 0) return [];
  if (!existsSync("/proc/self/stat")) {
    console.warn("SKIPPED: idle is measured through /proc, which this system has not");
    return [];
  }
  ensureBuilt();
  const folder = join(benchFolder(), ".caudal");
  await fillStore(folder, { finished: 1_000 });
  const running = await serve(folder, wish.node);
  await after(SETTLE_MS);
  const pid = running.child.pid ?? 0;
  const [ticks, start] = [cpuTicks(pid), performance.now()];
  const writes = await commitsOf(folder, IDLE_MS);
  const seconds = (performance.now() - start) / 1_000;
  const cpu = ((cpuTicks(pid) - ticks) / TICKS_PER_SECOND / seconds) * 100;
  const mib = residentMiB(pid);
  await stop(running);
  const figures: Figure[] = [
    { what: RESIDENT, value: mib, shown: `${mib.toFixed(0)} MiB resident`, target: atMost(120, "MiB") },
    { what: CPU, value: cpu, shown: `${cpu.toFixed(2)} %`, target: atMost(1, "%") },
    { what: WRITES, value: writes, shown: `${writes} commits`, target: atMost(2, "") },
  ];
  return figures.filter(({ what }) => wanted.includes(what));
}

/** Changes of the file by others, as another connection sees them. */
async function commitsOf(folder: string, ms: number): Promise<number> {
  const db = new (sqliteDriver().DatabaseSync)(join(folder, "caudal.db"), {});
  const version = () => (db.prepare("PRAGMA data_version").get() as { data_version: number }).data_version;
  let [seen, commits] = [version(), 0];
  for (const until = performance.now() + ms; performance.now() < until; await after(LOOK_MS)) {
    const now = version();
    if (now !== seen) commits++;
    seen = now;
  }
  db.close();
  return commits;
}

/** User and system time: fields 14 and 15 of /proc/PID/stat, counted behind the name. */
function cpuTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

function residentMiB(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kib) / 1_024;
}
