/** `caudal serve [files…]`: flows, schedules, runs and their page, until it is asked to stop. */
import "../base/server-errors.ts";
import { join } from "node:path";
import { CaudalError } from "../base/errors.ts";
import { isoUtc } from "../base/time.ts";
import { loggerFromEnvironment } from "../runtime/console-logger.ts";
import { STORE_FOLDER, storeFolderOf } from "../runtime/default-store.ts";
import { onInterrupt } from "../runtime/interrupt.ts";
import { realClock, realRandom } from "../runtime/real-clock.ts";
import { tokenFor } from "../server/guards.ts";
import { bind } from "../server/listen.ts";
import { RATES } from "../server/rate.ts";
import { createServer, type CaudalServer } from "../server/server.ts";
import { openAside } from "../store/sqlite/commits-aside.ts";
import { openShared } from "../store/sqlite/open-shared.ts";
import type { Store } from "../ports/store.ts";
import { FlowHouse } from "./flow-house.ts";
import { lastWord } from "./last-word.ts";
import { refusal } from "./load-failure.ts";
import type { ExitCode, Shell } from "./shell.ts";
import { packageAbout } from "../runtime/package-about.ts";

export interface ServeOptions {
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  /** More names it answers to, as a proxy passes them on. */
  readonly allowHost?: readonly string[] | undefined;
  readonly base?: string | undefined;
  readonly dev?: boolean | undefined;
}

export async function serveCommand(files: readonly string[], options: ServeOptions, shell: Shell): Promise<ExitCode> {
  if (options.dev) return (await import("./serve-dev.ts")).serveDev(files, options, shell);
  const { host = "127.0.0.1", base = "", allowHost = [] } = options;
  const token = tokenFor(host, process.env["CAUDAL_TOKEN"]);
  const port = portOf(options.port);
  if (process.env["CAUDAL_STORE"] === "memory") throw new CaudalError("SERVE_IN_MEMORY", undefined);
  const logger = loggerFromEnvironment(undefined);
  const bound = await bind({ host, port });
  const house = new FlowHouse(files, { cwd: shell.cwd, now: () => realClock.now(), lastWord: lastWord(shell) });
  await house.load();
  const store = openShared(storeFolder(house, shell), {}, openAside);
  const about = packageAbout();
  const server = await createServer({
    ...{ store, source: house, clock: realClock, random: realRandom, logger, token },
    ...{ version: about.version, folder: shell.cwd, zone: zoneName(), rates: RATES },
    base: basePath(base),
    hosts: token === undefined ? new Set([...bound.hosts, ...allowHost.map((name) => name.toLowerCase())]) : undefined,
    pageFolder: join(about.folder, "dist", "ui"),
  });
  const listening = await bound.answer(server.handler);
  const stopped = untilStopped(async () => {
    house.close();
    await server.drain();
    await listening.close();
    await store.close();
  });
  sayWhere(shell, { server, house, store, address: `${listening.address}${basePath(base)}` });
  await server.start();
  await stopped;
  return 0;
}

/** Resolves never: the signal ends the process, with 0, once everything is put away. */
function untilStopped(stop: () => Promise<void>): Promise<never> {
  const logger = loggerFromEnvironment(undefined);
  const line = "The server ends: it begins nothing new, and what is in flight has 10 s. Ctrl-C again stops at once";
  onInterrupt({ interrupt: () => ({ line, ended: stop(), exitCode: 0 }) }, logger);
  return new Promise<never>(() => undefined);
}

/** The first file's, as a run of it would have; without files that of this folder. */
function storeFolder(house: FlowHouse, shell: Shell): string {
  const [first] = house.flows().values();
  return storeFolderOf(first?.file ?? join(shell.cwd, STORE_FOLDER));
}

/** @throws Refusal COMMAND_LINE */
function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw refusal("COMMAND_LINE", { why: `--port takes a number from 0 (any that is free) to 65535, not '${text}'` });
}

function basePath(text: string): string {
  const path = `/${text.replace(/^\/+|\/+$/g, "")}`;
  return path === "/" ? "" : path;
}

function zoneName(): string {
  return process.env["CAUDAL_ZONE"] || new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

interface Where {
  readonly server: CaudalServer;
  readonly house: FlowHouse;
  readonly store: Store;
  readonly address: string;
}

function sayWhere(shell: Shell, { server, house, store, address }: Where): void {
  const { paint } = shell;
  const now = realClock.now();
  const flows = [...house.flows().values()].map(({ name, program: { schedule } }) => {
    const next = schedule?.next(now)?.at;
    const when =
      schedule === undefined ? "" : `   ${schedule.describe()}${next === undefined ? "" : `, next ${isoUtc(next)}`}`;
    return `  ${name}${paint.faint(when)}`;
  });
  if (process.env["CAUDAL_LOG_FORMAT"] === "json") {
    const record = {
      at: new Date(now).toISOString(),
      level: "info",
      logger: "caudal.serve",
      message: `Serving at ${address}`,
    };
    return shell.out(JSON.stringify({ ...record, address, store: store.name, flows: [...house.flows().keys()] }));
  }
  const broken = house.broken().flatMap(({ file, line, column, code, message, frame }) => {
    const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
    const source = frame === undefined ? [] : frame.split("\n").map((text) => `      ${text}`);
    return [`  ${paint.bad(code)} ${place}: ${message}`, ...source];
  });
  shell.out(
    [
      `caudal ${server.parts.version}  ${paint.strong(address)}`,
      "",
      ...(flows.length === 0
        ? ["No flows loaded: name files to serve them, caudal serve etl.ts"]
        : ["Flows", ...flows]),
      ...(broken.length === 0 ? [] : ["", "Broken, loaded again when saved", ...broken]),
      "",
      `Store ${paint.faint(store.name)}`,
      "Ctrl-C ends it; unfinished runs go on with the next start.",
    ].join("\n"),
  );
}
