/** `caudal serve --dev`: the server as a child, started anew when a file of its flows was saved. */
import { spawn, type ChildProcess } from "node:child_process";
import { unwatchFile, watchFile } from "node:fs";
import { resolve } from "node:path";
import { loggerFromEnvironment } from "../../runtime/report/console-logger.ts";
import { bind } from "../../server/listen.ts";
import { importedFiles } from "../load/imports.ts";
import { askToEnd } from "./ask-to-end.ts";
import type { ServeOptions } from "./serve.ts";
import type { ExitCode, Shell } from "../shell.ts";

const LOOK_MS = 300;
/** A body that does not heed its signal holds a restart up no longer; its run goes on in the next child. */
const DRAIN_MS = 2_000;

export async function serveDev(files: readonly string[], options: ServeOptions, shell: Shell): Promise<ExitCode> {
  const port = await portFor(options);
  const words = ["serve", ...files, ...wordsOf({ ...options, port })];
  let watched: readonly string[] = [];
  let child: ChildProcess | undefined;
  let restarting = false;
  return new Promise((ended) => {
    const begin = () => {
      watched = files.flatMap((file) => [...importedFiles(resolve(shell.cwd, file)).keys()]);
      for (const file of watched) watchFile(file, { interval: LOOK_MS, persistent: false }, saved);
      const [, script = ""] = process.argv;
      child = spawn(process.execPath, [...process.execArgv, script, ...words], {
        cwd: shell.cwd,
        stdio: ["inherit", "inherit", "inherit", "ipc"],
      });
      child.once("exit", (code, signal) => {
        for (const file of watched) unwatchFile(file, saved);
        if (!restarting) return ended(code ?? (signal === "SIGINT" ? 130 : 143));
        restarting = false;
        begin();
      });
    };
    const saved = () => {
      if (restarting) return;
      restarting = true;
      loggerFromEnvironment(undefined).write({
        ...{ at: Date.now(), level: "info", logger: "caudal.serve", message: "A file was saved: starting anew" },
      });
      const running = child;
      if (running !== undefined) askToEnd(running);
      setTimeout(() => running?.kill("SIGTERM"), DRAIN_MS).unref();
    };
    // The child hears Ctrl-C itself, as it is of the same group; we wait for it.
    process.on("SIGINT", () => undefined);
    process.on("SIGTERM", () => child?.kill("SIGTERM"));
    begin();
  });
}

/** The same in every child, so that the page finds it again. */
async function portFor({ host = "127.0.0.1", port }: ServeOptions): Promise<string> {
  if (port !== undefined && port !== "0") return port;
  const bound = await bind({ host, port: port === undefined ? undefined : 0 });
  const listening = await bound.answer(async () => new Response(null, { status: 503 }));
  await listening.close();
  return String(bound.port);
}

function wordsOf({ host, port, allowHost = [], base }: ServeOptions): readonly string[] {
  return [
    ...(host === undefined ? [] : ["--host", host]),
    ...(port === undefined ? [] : ["--port", port]),
    ...allowHost.flatMap((name) => ["--allow-host", name]),
    ...(base === undefined ? [] : ["--base", base]),
  ];
}
