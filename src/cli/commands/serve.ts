/** `caudal serve [files…]`: flows, schedules, runs and their page, until it is asked to stop. */
import "../../base/server-errors.ts";
import { join, resolve } from "node:path";
import { CaudalError } from "../../base/errors.ts";
import { loggerFromEnvironment } from "../../runtime/report/console-logger.ts";
import { STORE_FOLDER, storeFolderOf } from "../../runtime/kept/default-store.ts";
import { servesAt } from "../../runtime/errands.ts";
import { onInterrupt } from "../../runtime/interrupt.ts";
import { realClock, realRandom } from "../../runtime/real-clock.ts";
import { tokenFor } from "../../server/guards.ts";
import { bind } from "../../server/listen.ts";
import { RATES } from "../../server/rate.ts";
import { createServer } from "../../server/server.ts";
import type { ServedFlow } from "../../server/parts.ts";
import { openAside } from "../../store/sqlite/commits-aside.ts";
import { type Opened, openShared } from "../../store/sqlite/open-shared.ts";
import { expandFiles } from "../expand-files.ts";
import { FlowHouse } from "../load/flow-house.ts";
import { keepServing } from "../load/keep-serving.ts";
import { lastWord } from "../load/last-word.ts";
import { refusal } from "../load/load-failure.ts";
import { refusalText } from "../load/refusal-text.ts";
import { endAsAsked } from "./ask-to-end.ts";
import { ServeScreen } from "./serve-screen.ts";
import type { ExitCode, Shell } from "../shell.ts";
import { packageAbout } from "../../runtime/report/package-about.ts";

/** How long the first flow is waited for: after it what is known is served. */
const FIRST_MS = 1_000;
/** A start that takes longer is told of. */
const SLOW_MS = 2_000;

export interface ServeOptions {
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  /** More names it answers to, as a proxy passes them on. */
  readonly allowHost?: readonly string[] | undefined;
  readonly base?: string | undefined;
  readonly dev?: boolean | undefined;
}

export async function serveCommand(named: readonly string[], options: ServeOptions, shell: Shell): Promise<ExitCode> {
  const files = expandFiles(named, shell.cwd);
  if (options.dev) return (await import("./serve-dev.ts")).serveDev(files, options, shell);
  const { host = "127.0.0.1", base = "", allowHost = [] } = options;
  const token = tokenFor(host, process.env["CAUDAL_TOKEN"], allowHost.length > 0);
  const port = portOf(options.port);
  if (process.env["CAUDAL_STORE"] === "memory") throw new CaudalError("SERVE_IN_MEMORY", undefined);
  const logger = loggerFromEnvironment(undefined);
  const bound = await bind({ host, port });
  let stop = async (): Promise<void> => undefined; // from the first line on it can be stopped
  const ended = untilStopped(() => stop());
  const { version, folder: packageFolder } = packageAbout();
  const screen = new ServeScreen({ shell, logger, version, address: `${bound.address}${basePath(base)}` });
  const house = new FlowHouse(files, { cwd: shell.cwd, now: () => realClock.now(), lastWord: lastWord(shell) });
  stop = async () => house.close();
  let first: (flow: ServedFlow | undefined) => void = () => undefined;
  const firstFlow = new Promise<ServedFlow | undefined>((resolve) => (first = resolve));
  const loaded = house.load((flow) => first(flow));
  const folder = storeFolder(await within(FIRST_MS, firstFlow), files[0], shell);
  const store = openShared(folder, {}, openAside);
  const server = await createServer({
    ...{ store, source: house, clock: realClock, random: realRandom, logger, token, version },
    ...{ folder: shell.cwd, zone: zoneName(), rates: RATES, base: basePath(base) },
    hosts: token === undefined ? new Set([...bound.hosts, ...allowHost.map((name) => name.toLowerCase())]) : undefined,
    pageFolder: join(packageFolder, "dist", "ui"),
  });
  const listening = await bound.answer(server.handler);
  servesAt(`${listening.address}${basePath(base)}`);
  stop = async () => {
    house.close();
    await server.drain();
    await listening.close();
    await store.close();
  };
  keepServing({ cwd: shell.cwd, logger, stop });
  const gone = whenGone(store, stop, shell);
  await server.start();
  // Of `--dev`: whoever started it has died without a word, or asks it to end.
  process.once("disconnect", () => endAsAsked());
  process.channel?.unref();
  const slow = setTimeout(() => screen.sayLoading(house), SLOW_MS);
  await loaded;
  clearTimeout(slow);
  screen.say(house, store.name);
  return Promise.race([ended.then(() => 0), gone]);
}

/** Nothing can be kept any more, and what is served is no longer true: it ends, so that who watches over it starts it anew. */
function whenGone(store: Opened, stop: () => Promise<void>, shell: Shell): Promise<ExitCode> {
  return new Promise((resolve) => {
    store.whenBroken((error) => {
      const { text, exitCode } = refusalText(error, shell);
      shell.err(text);
      void stop().finally(() => resolve(exitCode));
    });
  });
}

/** Resolves never: the signal ends the process, with 0, once everything is put away. */
function untilStopped(stop: () => Promise<void>): Promise<never> {
  const logger = loggerFromEnvironment(undefined);
  const line = "The server ends: it begins nothing new, and what is in flight has 10 s. Ctrl-C again stops at once";
  onInterrupt({ interrupt: () => ({ line, ended: stop(), exitCode: 0 }) }, logger);
  return new Promise<never>(() => undefined);
}

/**
 * As a run of the first flow would have; of the first file, where it has none or takes its time; without files that of
 * this folder.
 */
function storeFolder(flow: ServedFlow | undefined, file: string | undefined, { cwd }: Shell): string {
  return storeFolderOf(flow?.file ?? (file === undefined ? join(cwd, STORE_FOLDER) : resolve(cwd, file)));
}

/** Undefined when that has passed. */
function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  return new Promise((settle, reject) => {
    const timer = setTimeout(() => settle(undefined), ms);
    promise.then(settle, reject).finally(() => clearTimeout(timer));
  });
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
