/** The tutorial's folder as the reader has it at step 12: `etl.ts`, the sample API, and `caudal serve` as a real process. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type * as Api from "../../examples/etl/complaints-api.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const cli = join(root, "dist", "cli.js");
/** Not bundled with what imports this: it looks whether it was started itself. */
const API = pathToFileURL(join(root, "examples", "etl", "complaints-api.mjs")).href;

export interface TutorialFolder {
  readonly folder: string;
  save(name: string, text: string): void;
  /** `caudal WORDS…` to its end; its exit code and what it printed. */
  caudal(...words: readonly string[]): Promise<{ readonly code: number | null; readonly text: string }>;
  /** `caudal serve etl.ts`; resolves with its address, without a slash at the end. */
  serve(...words: readonly string[]): Promise<string>;
  /** Ctrl-C to the server; resolves with its exit code. */
  stopServing(): Promise<number | null>;
  leave(): Promise<void>;
}

export async function tutorialFolder(): Promise<TutorialFolder> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "caudal-tutorial-")));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules", "caudal"), "junction");
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  copyFileSync(join(root, "examples", "etl", "etl.ts"), join(folder, "etl.ts"));
  const { startComplaintsApi } = (await import(API)) as typeof Api;
  const api = await startComplaintsApi({ port: 0 });
  const start = (words: readonly string[]) => {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(CAUDAL_|VITEST|NODE_ENV)/.test(name));
    return spawn(process.execPath, [cli, ...words], {
      cwd: folder,
      env: { ...Object.fromEntries(inherited), NO_COLOR: "1", COMPLAINTS_API: api.url },
      stdio: ["ignore", "pipe", "pipe"],
    });
  };
  let server: ChildProcess | undefined;
  const stopServing = async () => {
    const child = server;
    server = undefined;
    child?.kill("SIGINT");
    if (child?.exitCode === null && child.signalCode === null) await once(child, "exit");
    return child?.exitCode ?? null;
  };
  return {
    folder,
    stopServing,
    save: (name, text) => writeFileSync(join(folder, name), text),
    caudal: async (...words) => {
      const child = start(words);
      let text = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes: Buffer) => (text += bytes));
      await once(child, "close");
      return { code: child.exitCode, text };
    },
    serve: (...words) =>
      new Promise((resolve, reject) => {
        const child = start(["serve", "etl.ts", "--port", "0", ...words]);
        server = child;
        let text = "";
        for (const stream of [child.stdout, child.stderr])
          stream.on("data", (bytes: Buffer) => {
            text += bytes;
            const address = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0];
            if (address !== undefined) resolve(address);
          });
        child.on("exit", (code) => reject(new Error(`caudal serve ended with ${code}:\n${text}`)));
      }),
    leave: async () => {
      await stopServing();
      await api.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
