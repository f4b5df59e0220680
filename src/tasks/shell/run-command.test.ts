import { tmpdir } from "node:os";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Command, type FollowOptions, runCommand } from "./run-command.ts";

const KEEP_ALL: FollowOptions = { signal: undefined, keptBytesMax: 2 ** 26, onLine: () => {} };

/** Node with a script of one line; `process.on("message")` and timers keep it alive. */
function node(script: string, more: Partial<Command> = {}): Command {
  return {
    ...{ program: process.execPath, args: ["-e", script], shown: "node -e …", cwd: tmpdir() },
    ...{ env: process.env, stdin: undefined, isVerbatim: false },
    ...more,
  };
}

const STAY = "setInterval(() => {}, 1000)";

/** Of Linux a process that has ended, and waits for somebody to notice, does not run. */
function isRunning(id: number): boolean {
  try {
    process.kill(id, 0);
    return process.platform !== "linux" || !/\) [ZX] /.test(readFileSync(`/proc/${id}/stat`, "latin1"));
  } catch {
    return false;
  }
}

/** Runs until the program has written `count` lines, aborts then, and gives the lines. */
async function abortAfter(
  command: Command,
  count: number,
  reason: unknown,
  graceMs?: number,
): Promise<readonly string[]> {
  const controller = new AbortController();
  const lines: string[] = [];
  const running = runCommand(command, {
    ...KEEP_ALL,
    signal: controller.signal,
    graceMs,
    onLine: (line) => {
      if (lines.push(line) === count) controller.abort(reason);
    },
  });
  await expect(running).rejects.toBe(reason);
  return lines;
}

describe("a program that runs to its end", () => {
  test("gives the bytes it wrote, unchanged", async () => {
    const script = "process.stdout.write(Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)))";

    const bytes = await runCommand(node(script), KEEP_ALL);

    expect(bytes).toEqual(Uint8Array.from({ length: 256 }, (_, byte) => byte));
  });

  test("gives its lines as they come, of both streams", async () => {
    const lines: string[] = [];
    const script = 'console.log("a"); process.stdin.once("data", () => { console.error("b"); process.exit(); })';

    await runCommand(node(script, { stdin: "go" }), {
      ...KEEP_ALL,
      onLine: (line, from) => lines.push(`${from} ${line}`),
    });

    expect(lines).toEqual(["stdout a", "stderr b"]);
  });

  test("need not read its input", async () => {
    await expect(runCommand(node("0", { stdin: "x".repeat(1_000_000) }), KEEP_ALL)).resolves.toHaveLength(0);
  });

  test("may write much more than is kept, when nothing is", async () => {
    const script = 'const part = "x".repeat(999) + "\\n"; for (let i = 0; i < 30_000; i++) process.stdout.write(part)';
    let lines = 0;

    const bytes = await runCommand(node(script), { ...KEEP_ALL, keptBytesMax: undefined, onLine: () => lines++ });

    expect([bytes.length, lines]).toEqual([0, 30_000]);
  });
});

describe("a program that fails", () => {
  test("is told with its exit code and its last lines of standard error", async () => {
    const script = 'console.log("out"); for (let i = 1; i <= 25; i++) console.error(`line ${i}`); process.exitCode = 3';

    await expect(runCommand(node(script), KEEP_ALL)).rejects.toMatchObject({
      code: "SHELL_FAILED",
      data: { exitCode: 3, signal: null, lastLines: Array.from({ length: 20 }, (_, index) => `line ${index + 6}`) },
      message: expect.stringMatching(/^node -e … ended with exit code 3:\n {2}line 6\n/),
    });
  });

  test("is told with its output where it wrote no errors", async () => {
    await expect(runCommand(node('console.log("no"); process.exitCode = 1'), KEEP_ALL)).rejects.toMatchObject({
      data: { lastLines: ["no"] },
    });
  });

  test("is told with the signal that ended it", async () => {
    await expect(runCommand(node('process.kill(process.pid, "SIGKILL")'), KEEP_ALL)).rejects.toMatchObject({
      code: "SHELL_FAILED",
      message: "node -e … was ended by SIGKILL",
    });
  });

  test("is ended when it writes more than may be kept", async () => {
    const script = 'for (;;) require("fs").writeSync(1, "x".repeat(1000))';

    await expect(runCommand(node(script), { ...KEEP_ALL, keptBytesMax: 100_000 })).rejects.toMatchObject({
      code: "SHELL_TOO_LARGE",
      data: { maxBytes: 100_000 },
    });
  });

  test.each([
    [
      "is not there",
      { program: "no-such-program-at-all" },
      /no-such-program-at-all cannot be started: there is no such program/,
    ],
    ["may not be executed", { program: tmpdir() }, /it may not be executed/],
    ["would run in no folder", { cwd: "/no/such/folder" }, /its folder \/no\/such\/folder is not there/],
    ["has arguments without bound", { args: ["x".repeat(4_000_000)] }, /too long: hand data over with stdin/],
  ])("because it %s is told so", async (_, more, message) => {
    await expect(runCommand(node("0", more), KEEP_ALL)).rejects.toMatchObject({
      code: "SHELL_NOT_FOUND",
      message: expect.stringMatching(message),
    });
  });
});

describe("an abort", () => {
  test("ends the program and all it has started before it is answered", async () => {
    const inner = JSON.stringify(`console.log(process.pid); ${STAY}`);
    const outer = `require("child_process").spawn(process.execPath, ["-e", ${inner}], { stdio: "inherit" }); console.log(process.pid); ${STAY}`;

    const ids = (await abortAfter(node(outer), 2, new Error("stop"))).map(Number);

    expect(ids.map(isRunning)).toEqual([false, false]);
  });

  test("lets the program clean up", async () => {
    const script = `process.on("SIGTERM", () => { console.log("bye"); process.exit(); }); console.log("here"); ${STAY}`;

    expect(await abortAfter(node(script), 1, "enough")).toEqual(["here", "bye"]);
  });

  test("kills what does not listen, even where its parent did", async () => {
    const inner = JSON.stringify(`process.on("SIGTERM", () => {}); console.log(process.pid); ${STAY}`);
    const outer = `require("child_process").spawn(process.execPath, ["-e", ${inner}], { stdio: "inherit" }); ${STAY}`;

    const [id] = await abortAfter(node(outer), 1, "enough", 100);

    expect(isRunning(Number(id))).toBe(false);
  });

  test("beforehand starts nothing", async () => {
    const running = runCommand(node("0", { program: "no-such-program" }), {
      ...KEEP_ALL,
      signal: AbortSignal.abort("no"),
    });

    await expect(running).rejects.toBe("no");
  });
});
