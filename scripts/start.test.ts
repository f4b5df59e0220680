/** `npm start` is what the README says: it draws, runs, serves, and ends well, by itself or by Ctrl-C. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { environmentFor } from "../test/support/nodes.ts";

interface Started {
  readonly pid: number;
  readonly said: (text: string) => Promise<void>;
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
}

/** In a process group of its own, as a terminal makes one, and with a store of its own. */
function start(words: readonly string[], env: Readonly<Record<string, string>>): Started {
  const folder = mkdtempSync(join(tmpdir(), "caudal-start-"));
  const script = fileURLToPath(new URL("start.mjs", import.meta.url));
  const child = spawn(process.execPath, [script, ...words], {
    env: { ...environmentFor(process.execPath), CI: "", CAUDAL_STORE: join(folder, ".caudal"), ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const pid = child.pid ?? 0;
  let [out, err] = ["", ""];
  let look = () => undefined as void;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    look();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) =>
    child.on("close", (code) => resolve({ code, out, err })),
  );
  onTestFinished(async () => {
    if (child.exitCode === null) process.kill(-pid, "SIGKILL");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  const said = (text: string) =>
    Promise.race([
      new Promise<void>((resolve) => {
        look = () => out.includes(text) && resolve();
        look();
      }),
      ended.then(() => Promise.reject(new Error(`it has ended, and printed:\n${out}\n${err}`))),
    ]);
  ended.catch(() => undefined);
  return { pid, said, ended };
}

test("npm start stays with the server's address and the scheduled ETL in it, and ends with 0 by Ctrl-C", async () => {
  const started = start([], {});
  await started.said("Ctrl-C ends it");
  process.kill(-started.pid, "SIGINT");
  const { code, out, err } = await started.ended;

  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toContain('Result: {"stored":25}');
  expect(out).toMatch(
    /> npx caudal serve etl\.ts\n[\s\S]*caudal \d\S+ {2}http:\/\/127\.0\.0\.1:\d+\n[\s\S]*my etl flow {3}every 1m, next /,
  );
}, 120_000);

test.each([
  [[], { CI: "true" }],
  [["--once"], {}],
])(
  "npm start %j with %j tries the server over HTTP and ends",
  async (words, env) => {
    const { code, out, err } = await start(words, env).ended;

    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("knows 'my etl flow' and has its page; a run begun over HTTP ended Success");
  },
  120_000,
);
