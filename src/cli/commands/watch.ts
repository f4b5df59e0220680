/**
 * `caudal run FILE --watch`: a process per run, so that each begins with the code as it was saved; the run before is
 * cancelled first. What is watched is the file and whatever it imports, by their content.
 */
import { fork, type ChildProcess } from "node:child_process";
import { existsSync, type FSWatcher, watch } from "node:fs";
import { dirname } from "node:path";
import { resolve } from "node:path";
import { CaudalError } from "../../base/errors.ts";
import { sha256 } from "../../runtime/answers/sha256.ts";
import { pathText } from "../../runtime/report/code-frame.ts";
import { importedFiles, readText } from "../load/imports.ts";
import type { ExitCode, Shell } from "../shell.ts";

const CANCEL = "caudal.cancel";
/** Editors write a file in several steps. */
const SETTLE_MS = 80;
/** Beyond the grace of bodies. */
const CANCEL_MS = 15_000;

/** In the child: aborts when the parent says so. */
export function cancelledByParent(): AbortSignal {
  const controller = new AbortController();
  process.on("message", (message) => {
    if (message === CANCEL) controller.abort();
  });
  process.once("disconnect", () => controller.abort()); // the parent is gone
  process.channel?.unref();
  return controller.signal;
}

/** Runs until Ctrl-C. */
export async function watchCommand(file: string, shell: Shell): Promise<ExitCode> {
  const entry = resolve(shell.cwd, file);
  if (!existsSync(entry)) throw new CaudalError("FLOW_FILE", { file, why: "is not there", nearest: undefined });
  let child = runOnce();
  let interrupted = false;
  const stopped = new Promise<void>((stop) => {
    process.on("SIGINT", () => {
      // At a terminal the child has had its Ctrl-C already, as one of the same group.
      if (!process.stdin.isTTY) child.kill("SIGINT");
      interrupted = true;
      stop();
    });
  });
  const say = (text: string) => shell.err(shell.paint.faint(text));
  for (;;) {
    const seen = contentOf(entry);
    const change = nextChange(entry, seen);
    void ended(child).then((code) => {
      if (!interrupted && !change.found)
        say(`Ended with exit code ${code}. Waiting for ${pathText(entry, shell.cwd)} to be saved; Ctrl-C ends`);
    });
    await Promise.race([change.happened, stopped]);
    change.close();
    if (interrupted) return (await ended(child)) ?? 130;
    say("Saved: running again");
    await cancel(child);
    child = runOnce();
  }
}

function runOnce(): ChildProcess {
  const words = process.argv.slice(2).filter((word) => word !== "--watch");
  return fork(process.argv[1] ?? "", [...words, "--watched"], { stdio: "inherit" });
}

function ended(child: ChildProcess): Promise<ExitCode | undefined> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode ?? undefined);
  return new Promise((resolved) => child.once("exit", (code) => resolved(code ?? undefined)));
}

async function cancel(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  if (child.connected) child.send(CANCEL);
  const timer = setTimeout(() => child.kill("SIGKILL"), CANCEL_MS);
  await ended(child);
  clearTimeout(timer);
}

/** Of every file that is loaded with the entry. */
function contentOf(entry: string): string {
  const texts = [...importedFiles(entry).keys()].map((file) => [file, readText(file) ?? ""]);
  return sha256(JSON.stringify(texts)).toString("hex");
}

interface Change {
  readonly happened: Promise<void>;
  found: boolean;
  close(): void;
}

/** Folders are watched, not files: editors put a new file in the place of the old one. */
function nextChange(entry: string, seen: string): Change {
  const folders = new Set([...importedFiles(entry).keys()].map((file) => dirname(file)));
  const watchers: FSWatcher[] = [];
  let timer: NodeJS.Timeout | undefined;
  const change: Change = {
    found: false,
    happened: new Promise((happen) => {
      const look = () => {
        if (contentOf(entry) === seen || !existsSync(entry)) return;
        change.found = true;
        happen();
      };
      const soon = () => {
        clearTimeout(timer);
        timer = setTimeout(look, SETTLE_MS);
      };
      for (const folder of folders) watchers.push(watch(folder, soon));
      soon(); // saved between our look and the watch
    }),
    close: () => {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
  return change;
}
