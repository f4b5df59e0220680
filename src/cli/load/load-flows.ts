/**
 * Loads files for the flows they define, without running them: the first `run`, `runOnSchedule`, `resume` or
 * `visualize` a file calls gets a promise that never settles, and loading ends there. So nothing behind that
 * call happens: no `then`, no `catch`, no `finally` of the user's.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { closeSync, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { nearest } from "../../base/nearest.ts";
import { registry, type InterceptedCall, type Loader, type RegisteredFlow } from "../../flow/registry.ts";
import { pathText, placeText } from "../../runtime/report/code-frame.ts";
import { readFrame, userFrames, type SourcePlace } from "../../runtime/report/stack-frames.ts";
import { recordOf } from "../../state/error-text.ts";
import type { LoadedFlow } from "./loaded-flow.ts";
import { importersOf } from "./imports.ts";
import { installHooks } from "./install-hooks.ts";
import { loadFailure, refusal, type Refusal } from "./load-failure.ts";
import { watchThread } from "./watchdog.ts";

/** Where the loading of a file ended early. */
export interface Stop {
  readonly call: InterceptedCall;
  readonly flow: string;
  readonly place: SourcePlace | undefined;
  /** Files that import the one it stopped in, and so were not evaluated. */
  readonly unevaluated: readonly string[];
}

export interface LoadedFile {
  /** Absolute, without symbolic links. */
  readonly path: string;
  readonly stop: Stop | undefined;
}

export interface Loaded {
  readonly files: readonly LoadedFile[];
  /** Of these files and of the files they import, in order of definition. */
  readonly flows: readonly LoadedFlow[];
}

export interface LoadOptions {
  readonly cwd: string;
  /** Called when a file ends the process or never ends, with the process about to end: must say so at once. */
  readonly lastWord: (refused: Refusal) => void;
  readonly stuckAfterMs?: number;
}

const STUCK_AFTER_MS = 10_000;
/** Later than the timer of a thread that is merely waiting. */
const WATCHDOG_EXTRA_MS = 500;
const ENDINGS = [".ts", ".mts", ".js", ".mjs"];

/**
 * Which loading a piece of code belongs to. Calls of a flow are held back in code that ran because a file was
 * loaded, also much later (a `main()` nobody awaits), and never in the CLI's own or in task bodies.
 */
const loading = new AsyncLocalStorage<Loader>();

/** Whether this is code that runs because a file was loaded, also much later. */
export function isOfALoadedFile(): boolean {
  return loading.getStore() !== undefined;
}

/**
 * @throws Refusal FLOW_FILE, FLOW_FILE_SYNTAX, FLOW_FILE_NOT_ERASABLE, FLOW_FILE_IMPORT, FLOW_FILE_THREW,
 * FLOW_FILE_STUCK, FLOW_NONE, FLOW_DUPLICATE, and what defining a flow throws
 */
export async function loadFlows(files: readonly string[], options: LoadOptions): Promise<Loaded> {
  const paths = files.map((file) => pathOfFile(file, options.cwd));
  Object.defineProperty(registry(), "loader", { configurable: true, enumerable: true, get: () => loading.getStore() });
  const watching = watchThread((options.stuckAfterMs ?? STUCK_AFTER_MS) + WATCHDOG_EXTRA_MS, (at) =>
    endStuck(paths, at, options),
  );
  try {
    await installHooks({ importer: import.meta.url });
    const loaded: LoadedFile[] = [];
    for (const path of paths) loaded.push(await loadFile(path, options));
    return { files: loaded, flows: flowsOf(options.cwd) };
  } finally {
    watching.end();
  }
}

/**
 * One file by itself, as often as it changes: its flows as they are now.
 * @param again how often it was loaded before
 * @throws Refusal as `loadFlows`, but FLOW_DUPLICATE
 */
export async function loadAlone(file: string, again: number, options: LoadOptions): Promise<readonly LoadedFlow[]> {
  const path = pathOfFile(file, options.cwd);
  Object.defineProperty(registry(), "loader", { configurable: true, enumerable: true, get: () => loading.getStore() });
  await installHooks({ importer: import.meta.url });
  const before = registry().flows.length;
  await loadFile(path, options, again);
  const all = registry().flows as readonly RegisteredFlow[] as readonly LoadedFlow[];
  return all.filter((flow, i) => i >= before || (again === 0 && isSameFile(flow.file, path)));
}

/** One after the other, each with the time a file has; what is wrong with one is thrown by its `load`. */
export async function loadEach(
  files: readonly string[],
  options: LoadOptions,
  each: (file: string, load: () => Promise<unknown>) => Promise<void>,
): Promise<void> {
  let now: readonly string[] = [];
  const watching = watchThread((options.stuckAfterMs ?? STUCK_AFTER_MS) + WATCHDOG_EXTRA_MS, (at) =>
    endStuck(now, at, options),
  );
  for (const file of files) {
    now = [resolve(options.cwd, file)];
    watching.again();
    await each(file, () => loadAlone(file, 0, options));
  }
  watching.end();
}

async function loadFile(path: string, options: LoadOptions, again = 0): Promise<LoadedFile> {
  const before = registry().flows.length;
  const leave = noticeExit(path, options);
  try {
    const stop = await importUntilStopped(path, options, again);
    const defined = registry().flows.some((flow, i) => i >= before || isSameFile(flow.file, path));
    if (!defined) throw refusal("FLOW_NONE", { file: pathText(path, options.cwd) });
    return { path, stop };
  } finally {
    leave();
  }
}

function importUntilStopped(
  path: string,
  { cwd, stuckAfterMs = STUCK_AFTER_MS }: LoadOptions,
  again: number,
): Promise<Stop | undefined> {
  return new Promise((settle, refuse) => {
    const timer = setTimeout(
      () => refuse(refusal("FLOW_FILE_STUCK", { file: pathText(path, cwd), afterMs: stuckAfterMs })),
      stuckAfterMs,
    );
    const end = (act: () => void) => {
      clearTimeout(timer);
      process.off("uncaughtException", uncaught);
      act();
    };
    // A rejection nobody catches, or a timer that throws, would end the process with Node's words instead of ours.
    const ours = process.listenerCount("uncaughtException") + 1;
    const uncaught = (thrown: unknown) => {
      const theirs = process.listenerCount("uncaughtException") > ours; // the file has an answer of its own
      if (!theirs) end(() => refuse(loadFailure(thrown, path, cwd)));
    };
    process.on("uncaughtException", uncaught);
    const loader: Loader = {
      intercepted: (call, flow, line) => end(() => settle(stopAt(call, flow.name, line, path))),
    };
    loading.run(loader, () =>
      import(/* @vite-ignore */ `${pathToFileURL(path).href}${again === 0 ? "" : `?again=${again}`}`).then(
        () => end(() => settle(undefined)),
        (thrown: unknown) => end(() => refuse(loadFailure(thrown, path, cwd))),
      ),
    );
  });
}

function stopAt(call: InterceptedCall, flow: string, line: string | undefined, path: string): Stop {
  const place = line === undefined ? undefined : (readFrame(line) ?? readFrame(`at ${line}`));
  return { call, flow, place, unevaluated: place === undefined ? [] : importersOf(place.file, path) };
}

/** Tells when the file calls `process.exit` or otherwise ends the process while it is loaded. */
function noticeExit(path: string, { cwd, lastWord }: LoadOptions): () => void {
  const { exit } = process;
  stuck = false;
  let frames: readonly SourcePlace[] = [];
  process.exit = (...code) => {
    frames = userFrames(new Error("here").stack);
    return exit(...code);
  };
  const told = (code: number) => {
    if (!stuck) lastWord(refusal("FLOW_FILE_EXITED", { file: pathText(path, cwd), exitCode: String(code) }, frames));
  };
  process.on("exit", told);
  return () => {
    process.exit = exit;
    process.off("exit", told);
  };
}

/** A stuck file ends the process too, but has been told of already. */
let stuck = false;

function endStuck(
  paths: readonly string[],
  at: readonly SourcePlace[],
  { cwd, lastWord, stuckAfterMs = STUCK_AFTER_MS }: LoadOptions,
): never {
  const users = userFrames(at.map(({ file, line, column }) => `    at ${file}:${line}:${column}`).join("\n"));
  stuck = true;
  lastWord(
    refusal(
      "FLOW_FILE_STUCK",
      { file: pathText(users.at(-1)?.file ?? paths[0] ?? "the file", cwd), afterMs: stuckAfterMs },
      users,
    ),
  );
  closeSync(2); // Node would say there that it waits for the debugger, which is our other thread
  return process.exit();
}

function flowsOf(cwd: string): readonly LoadedFlow[] {
  const flows = registry().flows as readonly RegisteredFlow[] as readonly LoadedFlow[];
  const byName = new Map<string, LoadedFlow>();
  for (const flow of flows) {
    const other = byName.get(flow.name);
    if (other !== undefined) {
      const files = [other, flow].map((one) => definedAt(one, cwd));
      throw refusal("FLOW_DUPLICATE", { flow: flow.name, files: [...new Set(files)] });
    }
    byName.set(flow.name, flow);
  }
  return [...byName.values()];
}

export function placeOfFlow({ line }: Pick<LoadedFlow, "line">): SourcePlace | undefined {
  return line === undefined ? undefined : readFrame(`at ${line}`);
}

export function definedAt(flow: Pick<LoadedFlow, "file" | "line">, cwd: string): string {
  const { file } = flow;
  const place = placeOfFlow(flow);
  if (place !== undefined) return placeText(place, cwd);
  return file === undefined ? "unknown file" : pathText(file, cwd);
}

/** Files that were named but not evaluated, as a sentence for each: their flows are not there. */
export function leftUnevaluated({ files }: Loaded, cwd: string): readonly string[] {
  return files.flatMap(({ stop }) => {
    if (stop === undefined || stop.unevaluated.length === 0) return [];
    const where = stop.place === undefined ? "" : ` at ${placeText(stop.place, cwd)}`;
    return [
      `not evaluated: ${stop.unevaluated.map((file) => pathText(file, cwd)).join(", ")}, because loading stopped${where}, where ${stop.call}() of flow '${stop.flow}' is called`,
    ];
  });
}

export function isSameFile(file: string | undefined, path: string): boolean {
  return file !== undefined && (file === path || resolve(file) === path);
}

/** The file as Node will know it. @throws Refusal FLOW_FILE */
function pathOfFile(file: string, cwd: string): string {
  const path = resolve(cwd, file);
  const refuse = (why: string, like?: string) =>
    refusal("FLOW_FILE", { file: file === "" ? '""' : shortened(file), why, nearest: like });
  if (file === "") throw refuse("is no file: name the one that defines the flow");
  const found = foundAt(path, (why) => refuse(`cannot be read: ${why}`));
  if (found === undefined) throw refuse("is not there", nearestFile(path, cwd));
  if (found.isDirectory())
    throw refuse(
      `is a folder: name a file in it${flowFilesIn(path)
        .slice(0, 1)
        .map((name) => `, such as ${name}`)
        .join("")}`,
    );
  if (!ENDINGS.includes(extname(path))) throw refuse(`is no flow file: those end in ${ENDINGS.join(", ")}`);
  return realpathSync(path);
}

/** Undefined where nothing is there. `refuse` makes the error of everything else that stands in the way. */
function foundAt(path: string, refuse: (why: string) => Refusal): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (thrown) {
    const { code, message } = recordOf(thrown);
    if (code === "ENOTDIR") return undefined; // a file stands where its folder should be
    throw refuse(code === "ENAMETOOLONG" ? "its name is too long" : code === "EACCES" ? "this user may not" : message);
  }
}

const FILE_SHOWN_MAX = 200;

function shortened(file: string): string {
  return file.length <= FILE_SHOWN_MAX ? file : `${file.slice(0, FILE_SHOWN_MAX)}…`;
}

function nearestFile(path: string, cwd: string): string | undefined {
  const names = flowFilesIn(dirname(path));
  const wanted = basename(path);
  const like =
    names.find((name) => basename(name, extname(name)) === basename(wanted, extname(wanted))) ?? nearest(wanted, names);
  return like === undefined ? undefined : pathText(resolve(dirname(path), like), cwd);
}

/** Names of the files of a folder that could be flow files. */
export function flowFilesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => ENDINGS.includes(extname(name)) && !/\.(?:d|test|spec|config)\.[cm]?[jt]s$/.test(name))
      .sort();
  } catch {
    return []; // no such folder, or not for us to read
  }
}
