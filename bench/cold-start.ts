/** From the start of a process to the first line of its first body, against bare Node; the built package. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const DIST = pathToFileURL(fileURLToPath(new URL("../dist/index.js", import.meta.url))).href;

const PROGRAMS = {
  bare: `console.log("Hello world!");`,
  "import caudal": `import ${JSON.stringify(DIST)}; console.log("Hello world!");`,
  hello: `import { flow, task } from ${JSON.stringify(DIST)};
const hello = task("hello", () => console.log("Hello world!"));
await flow("f", () => { hello(); }).run({ logLevel: "off" });`,
} as const;

export type ColdProgram = keyof typeof PROGRAMS;

/** Milliseconds until the first byte is printed. */
function firstByte(node: string, file: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = process.hrtime.bigint();
    const child = spawn(node, [file], { stdio: ["ignore", "pipe", "inherit"] });
    let ms = Number.NaN;
    child.stdout.once("data", () => (ms = Number(process.hrtime.bigint() - start) / 1e6));
    child.stdout.resume();
    child.on("error", reject);
    child.on("close", () => (Number.isNaN(ms) ? reject(new Error(`${file} printed nothing`)) : resolve(ms)));
  });
}

/** Interleaved rounds: bare, import, hello, bare, … */
export async function coldStarts(node: string, rounds: number): Promise<Record<ColdProgram, number[]>> {
  const folder = mkdtempSync(join(tmpdir(), "caudal-cold-"));
  const times: Record<ColdProgram, number[]> = { bare: [], "import caudal": [], hello: [] };
  try {
    const names = Object.keys(PROGRAMS) as ColdProgram[];
    for (const name of names) writeFileSync(join(folder, `${name}.mjs`), PROGRAMS[name]);
    for (let round = -1; round < rounds; round++) {
      for (const name of names) {
        const ms = await firstByte(node, join(folder, `${name}.mjs`));
        if (round >= 0) times[name].push(ms);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return times;
}
