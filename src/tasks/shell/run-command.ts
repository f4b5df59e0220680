/** Starts one program, follows its output, and waits for its end. */
import { type ChildProcess, spawn } from "node:child_process";
import { statSync } from "node:fs";
import { CaudalError } from "../../base/errors.ts";
import "../../base/task-errors.ts";
import { makeLineReader } from "./output-lines.ts";
import { ProcessGroup } from "./process-group.ts";

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  /** The whole of it for people. */
  readonly shown: string;
  /** Absolute. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: string | Uint8Array | undefined;
  /** On Windows the arguments are one text for cmd.exe, to be passed as it stands. */
  readonly isVerbatim: boolean;
}

export interface FollowOptions {
  readonly signal: AbortSignal | undefined;
  /** Bytes of standard output to keep; undefined: nothing is kept. */
  readonly keptBytesMax: number | undefined;
  /** From SIGTERM to SIGKILL; 5,000 when not given. */
  readonly graceMs?: number | undefined;
  /** Each line as it comes; `from` says of which stream. */
  readonly onLine: (line: string, from: "stdout" | "stderr") => void;
}

const LAST_LINES_MAX = 20;
const LAST_LINE_LENGTH_MAX = 500;

interface End {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * What the program wrote to its standard output. Its end is that of its output: what it leaves running in the
 * background with the output still open is waited for.
 * @throws CaudalError SHELL_NOT_FOUND, SHELL_FAILED, SHELL_TOO_LARGE; the signal's reason when it aborts, once the
 * program and all it has started are gone
 */
export async function runCommand(command: Command, options: FollowOptions): Promise<Uint8Array> {
  const { signal } = options;
  signal?.throwIfAborted();
  const child = start(command);
  const group = new ProcessGroup(child, options.graceMs);
  const ended = endOf(child, command);
  let stopped: { readonly reason: unknown } | undefined;
  const stop = (reason: unknown) => {
    stopped ??= { reason };
    void group.end();
  };
  const onAbort = () => stop(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  const output = follow(child, options, () =>
    stop(new CaudalError("SHELL_TOO_LARGE", { command: command.shown, maxBytes: options.keptBytesMax ?? 0 })),
  );
  try {
    const end = await ended;
    if (stopped !== undefined) {
      await group.end();
      throw stopped.reason;
    }
    if (end.exitCode !== 0)
      throw new CaudalError("SHELL_FAILED", { command: command.shown, ...end, lastLines: output.lastLines() });
    return output.bytes();
  } finally {
    signal?.removeEventListener("abort", onAbort);
    group.release();
  }
}

function start(command: Command): ChildProcess {
  const { program, args, cwd, env, isVerbatim, stdin } = command;
  try {
    return spawn(program, args, {
      cwd,
      env,
      stdio: [stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      detached: process.platform !== "win32",
      windowsHide: true,
      windowsVerbatimArguments: isVerbatim,
    });
  } catch (cause) {
    throw notStarted(command, cause);
  }
}

function endOf(child: ChildProcess, command: Command): Promise<End> {
  return new Promise((resolve, reject) => {
    child.once("error", (cause) => reject(notStarted(command, cause)));
    child.once("close", (exitCode, signal) => resolve({ exitCode, signal }));
    child.stdin?.on("error", () => {}); // it need not read its input to the end
    child.stdin?.end(command.stdin);
  });
}

interface Output {
  bytes(): Uint8Array;
  /** The last lines of standard error; of standard output where there are none. */
  lastLines(): readonly string[];
}

function follow(child: ChildProcess, options: FollowOptions, tooLarge: () => void): Output {
  const { keptBytesMax, onLine } = options;
  const kept: Uint8Array[] = [];
  let length = 0;
  child.stdout?.on("data", (chunk: Uint8Array) => {
    length += chunk.length;
    if (keptBytesMax === undefined || length - chunk.length > keptBytesMax) return;
    if (length > keptBytesMax) tooLarge();
    else kept.push(chunk);
  });
  const last = { stdout: followLines(child, "stdout", onLine), stderr: followLines(child, "stderr", onLine) };
  return {
    bytes: () => new Uint8Array(Buffer.concat(kept)),
    lastLines: () => (last.stderr.length > 0 ? last.stderr : last.stdout),
  };
}

function followLines(child: ChildProcess, from: "stdout" | "stderr", onLine: FollowOptions["onLine"]): string[] {
  const last: string[] = [];
  const reader = makeLineReader((line) => {
    onLine(line, from);
    if (line.trim() === "") return;
    last.push(line.length > LAST_LINE_LENGTH_MAX ? `${line.slice(0, LAST_LINE_LENGTH_MAX)}…` : line);
    if (last.length > LAST_LINES_MAX) last.shift();
  });
  child[from]?.on("data", reader.push);
  child[from]?.on("end", reader.end);
  return last;
}

/** Why a program did not start; a missing folder looks like a missing program to the system. */
function notStarted({ program, cwd }: Command, cause: unknown): CaudalError<"SHELL_NOT_FOUND"> {
  const { code, message } = cause as NodeJS.ErrnoException;
  const isFolder = statSync(cwd, { throwIfNoEntry: false })?.isDirectory() === true;
  const ofWindows =
    process.platform === "win32" ? " (npm, npx and other .cmd files are scripts: give a text, with shell: true)" : "";
  const WHY: Readonly<Record<string, string>> = {
    ENOENT: `there is no such program: check its name and PATH${ofWindows}`,
    EACCES: "it may not be executed: check its permissions",
    E2BIG: "its arguments and environment are too long: hand data over with stdin",
  };
  const why = isFolder ? (WHY[code ?? ""] ?? message) : `its folder ${cwd} is not there`;
  return new CaudalError("SHELL_NOT_FOUND", { program, why }, { cause });
}
