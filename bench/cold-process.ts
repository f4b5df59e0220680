/** Whole processes, timed from outside: wall clock to the first byte and to the end. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The built package, as a program imports it. */
export const DIST = JSON.stringify(pathToFileURL(fileURLToPath(new URL("../dist/index.js", import.meta.url))).href);

export interface Lifetime {
  readonly firstByteMs: number;
  readonly wholeMs: number;
}

/** Runs a program that prints something and succeeds. */
function lifetime(node: string, file: string, cwd: string): Promise<Lifetime> {
  return new Promise((resolve, reject) => {
    const start = process.hrtime.bigint();
    const since = () => Number(process.hrtime.bigint() - start) / 1e6;
    const child = spawn(node, [file], { cwd, stdio: ["ignore", "pipe", "inherit"] });
    let firstByteMs = Number.NaN;
    child.stdout.once("data", () => (firstByteMs = since()));
    child.stdout.resume();
    child.on("error", reject);
    child.on("close", (code) => {
      if (code !== 0 || Number.isNaN(firstByteMs)) reject(new Error(`${file} ended with ${code}, or printed nothing`));
      else resolve({ firstByteMs, wholeMs: since() });
    });
  });
}

/** Interleaved rounds of programs (name → text of an ES module), after one to warm the machine's caches. */
export async function coldRounds<Name extends string>(
  programs: Readonly<Record<Name, string>>,
  node: string,
  rounds: number,
): Promise<Readonly<Record<Name, readonly Lifetime[]>>> {
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
