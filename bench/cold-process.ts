/** Whole processes: timed from outside to the first byte and to the end, and by what they say of their CPU time. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const inRepository = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** The built package, as a program imports it. */
export const DIST = JSON.stringify(pathToFileURL(inRepository("dist/index.js")).href);

/** What a program prints last, where it is measured: its CPU time since it was started, in µs. */
export const SAY_CPU = "console.log(JSON.stringify(process.cpuUsage()))";

export interface Lifetime {
  /** Wall clock from the start of the process to the first it prints. */
  readonly lineMs: number;
  /** CPU time of all its threads to its last line. */
  readonly lineCpuMs: number;
  readonly wholeMs: number;
}

/** Runs a program that prints `SAY_CPU` and succeeds. */
function lifetime(node: string, file: string, cwd: string): Promise<Lifetime> {
  return new Promise((resolve, reject) => {
    const start = process.hrtime.bigint();
    const since = () => Number(process.hrtime.bigint() - start) / 1e6;
    const child = spawn(node, [file], { cwd, stdio: ["ignore", "pipe", "inherit"] });
    let lineMs = Number.NaN;
    let said = "";
    child.stdout.once("data", () => (lineMs = since()));
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
    child.on("error", reject);
    child.on("close", (code) => {
      const wholeMs = since();
      if (code !== 0) return reject(new Error(`${file} ended with ${code}`));
      const { user, system } = JSON.parse(said.trimEnd().split("\n").at(-1) ?? "") as NodeJS.CpuUsage;
      resolve({ lineMs, lineCpuMs: (user + system) / 1_000, wholeMs });
    });
  });
}

export function ensureBuilt(): void {
  execFileSync(process.execPath, [inRepository("scripts/build.mjs")], { stdio: ["ignore", "ignore", "inherit"] });
}

/** Interleaved rounds of programs (name → text of an ES module), after one to warm the machine's caches. */
export async function coldRounds<Name extends string>(
  programs: Readonly<Record<Name, string>>,
  node: string,
  rounds: number,
): Promise<Readonly<Record<Name, readonly Lifetime[]>>> {
  ensureBuilt();
  const folder = mkdtempSync(join(tmpdir(), "caudal-cold-"));
  const names = Object.keys(programs) as Name[];
  const took = Object.fromEntries(names.map((name) => [name, [] as Lifetime[]])) as Record<Name, Lifetime[]>;
  try {
    for (const [i, name] of names.entries()) writeFileSync(join(folder, `${i}.mjs`), programs[name]);
    for (let round = -1; round < rounds; round++) {
      for (const [i, name] of names.entries()) {
        const one = await lifetime(node, join(folder, `${i}.mjs`), folder);
        if (round >= 0) took[name].push(one);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return took;
}
