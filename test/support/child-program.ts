/** Lines of TypeScript as a program of their own, for tests that need real processes. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { buildSync } from "esbuild";
import { afterEach } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const children: ChildProcess[] = [];
let written = 0;

/** No process outlives its test. */
export function endChildren(): void {
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });
}

/** Writes the program beside a store's folder; its imports are relative to the root of the repository. */
export function childProgram(folder: string, lines: string): string {
  const { outputFiles } = buildSync({
    stdin: { contents: lines, resolveDir: ROOT, loader: "ts" },
    ...{ bundle: true, write: false, format: "esm", platform: "node", target: "node20", logLevel: "error" },
    external: ["@photostructure/*", "@resvg/*", "@swc/*", "@viz-js/*", "@hono/*", "pdfkit"], // binary or large: only SQLite is needed
  });
  mkdirSync(dirname(folder), { recursive: true });
  const file = join(dirname(folder), `program-${++written}.mjs`);
  const text = outputFiles[0]!.text;
  // SQLite is found from here.
  writeFileSync(file, text.replaceAll("import.meta.url", JSON.stringify(import.meta.url)));
  return file;
}

export interface Child {
  readonly process: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null; readonly said: string }>;
  /** Until it has printed this. */
  prints(text: string): Promise<void>;
}

/** Starts a program with the folder as its argument. */
export function startChild(file: string, folder: string): Child {
  const child = spawn(process.execPath, [file, folder], { stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  let said = "";
  const waiting = new Map<string, () => void>();
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (piece: Buffer) => {
      said += piece.toString();
      for (const [text, heard] of waiting) if (said.includes(text)) heard();
    });
  return {
    process: child,
    ended: new Promise((done) => child.on("close", (code, signal) => done({ code, signal, said }))),
    prints: (text) =>
      new Promise((heard, fails) => {
        if (said.includes(text)) heard();
        waiting.set(text, heard);
        child.on("close", () => fails(new Error(`it ended without '${text}': ${said}`)));
      }),
  };
}
