/**
 * The laptop the tutorial is done on: the packed package installed in two folders, files saved into them, and the
 * programs one starts there, with what they print while they go on.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import { pack, userFolder } from "../packed/user-folder.ts";
import { canHaveNode, environmentFor, nodeBinary, type NodeMajor } from "../support/nodes.ts";

/** Where the student works: somewhere simple, and where Windows users do. */
export const PLACES = ["Workflows", "D á/Workflow managers"] as const;
export type Place = (typeof PLACES)[number];

/** How a file is started. */
export interface Way {
  readonly title: string;
  /** Undefined: the Node these tests run on. */
  readonly node: NodeMajor | undefined;
  /** Of the CLI; undefined: the file itself is started. */
  readonly command: string | undefined;
}

export const CAUDAL_RUN: Way = { title: "caudal run", node: undefined, command: "run" };
/** Plain Node, where it strips types itself. Says loudly which of them a platform cannot have. */
export const PLAIN_NODES: readonly Way[] = ([22, 24] as const)
  .filter(canHaveNode)
  .map((major) => ({ title: `node ${major}`, node: major, command: undefined }));
export const WAYS: readonly Way[] = [CAUDAL_RUN, ...PLAIN_NODES];

/** Every way in every place: for `describe.each`, with `$title`. */
export const EVERYWHERE = PLACES.flatMap((place) =>
  WAYS.map((way) => ({ place, way, title: `${way.title} in ${place}` })),
);
export const CAUDAL_RUN_EVERYWHERE = EVERYWHERE.filter(({ way }) => way === CAUDAL_RUN);

export interface Ended {
  /** What was printed, line by line, masked. */
  readonly lines: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

/** A program that goes on. */
export interface Going {
  /** Waits until this was printed so many times; resolves with the line it last stood in. Rejects when the program ends before. */
  said(text: string, times?: number): Promise<string>;
  /** Ctrl-C, or another signal. */
  press(signal?: NodeJS.Signals): void;
  /** Nothing is read of this stream from here on: the reader has gone. */
  stopReading(stream?: "stdout" | "stderr"): void;
  readonly ended: Promise<Ended>;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Given to the child instead of everything else in the environment. */
  readonly onlyEnv?: Readonly<Record<string, string>>;
  /** Words after the file's name. */
  readonly args?: readonly string[];
}

export interface Folder {
  readonly path: string;
  start(way: Way, file: string, options?: StartOptions): Promise<Going>;
  /** Starts a file and waits for its end. */
  run(way: Way, file: string, options?: StartOptions): Promise<Ended>;
  /** Another command of the CLI, such as `visualize hello.ts`. */
  caudal(words: readonly string[], options?: StartOptions): Promise<Ended>;
  /** This text with everything masked that differs from run to run. */
  masked(text: string): string;
}

export interface Laptop {
  /** A new folder in that place, with these files and a package.json as `caudal init` leaves it. */
  folder(place: Place, files: Readonly<Record<string, string>>): Promise<Folder>;
  /** Ends what still runs and removes everything. */
  remove(): Promise<void>;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** Packs the package and installs the tarball, as a user does; the second place gets a copy of that. */
export async function installed(): Promise<Laptop> {
  const tarball = await pack();
  const [first, ...others] = PLACES;
  const { path } = await userFolder(first, tarball);
  const top = dirname(path);
  for (const place of others) {
    await mkdir(join(top, place), { recursive: true });
    await cp(join(path, "node_modules"), join(top, place, "node_modules"), { recursive: true, verbatimSymlinks: true });
  }
  await Promise.all(PLAIN_NODES.map(({ node }) => node !== undefined && nodeBinary(node)));
  const children = new Set<Child>();
  return {
    folder: async (place, files) => {
      const folder = await mkdtemp(join(top, place, "step "));
      await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
      for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
      return folderAt(folder, join(top, place, "node_modules", "caudal", "dist", "cli.js"), children);
    },
    remove: async () => {
      for (const child of children) child.kill("SIGKILL");
      await Promise.all([top, dirname(tarball.path)].map((old) => rm(old, { recursive: true, force: true })));
    },
  };
}

function folderAt(path: string, cli: string, children: Set<Child>): Folder {
  const spawned = async (node: string, words: readonly string[], { env, onlyEnv, args = [] }: StartOptions) => {
    const child = spawn(node, [...words, ...args], {
      cwd: path,
      env: onlyEnv ?? { ...environmentFor(node), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    children.add(child);
    child.once("close", () => children.delete(child));
    await once(child, "spawn");
    return listenTo(child, path);
  };
  const start = async ({ node, command }: Way, file: string, options: StartOptions = {}) => {
    const binary = node === undefined ? process.execPath : await nodeBinary(node);
    return spawned(binary, command === undefined ? [file] : [cli, command, file], options);
  };
  return {
    path,
    start,
    run: async (way, file, options) => (await start(way, file, options)).ended,
    caudal: async (words, options = {}) => (await spawned(process.execPath, [cli, ...words], options)).ended,
    masked: (text) => mask(text, path),
  };
}

function listenTo(child: Child, folder: string): Going {
  let [stdout, stderr] = ["", ""];
  const waiting = new Set<() => void>();
  const heard = () => {
    for (const look of waiting) look();
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    heard();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  let over = false;
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (code) => {
      over = true;
      heard();
      resolve({ lines: linesOf(mask(stdout, folder)), stdout, stderr, code });
    });
  });
  const said = (text: string, times = 1) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const line = stdout.split("\n").filter((printed) => printed.includes(text))[times - 1];
        if (line === undefined && !over) return;
        waiting.delete(look);
        if (line === undefined) reject(new Error(`it ended without printing ${text}:\n${stdout}${stderr}`));
        else resolve(line);
      };
      waiting.add(look);
      look();
    });
  return {
    said,
    press: (signal = "SIGINT") => void child.kill(signal),
    stopReading: (stream = "stdout") => void child[stream].destroy(),
    ended,
  };
}

function linesOf(text: string): readonly string[] {
  return text.replace(/\n$/, "").split("\n");
}

/** Times, run ids, durations, this folder and the sample API's port. */
function mask(text: string, folder: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replaceAll(pathToFileURL(folder).href, "<folder>")
    .replaceAll(folder, "<folder>")
    .replaceAll(/^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d{4}\]/gm, "[time]")
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00/g, "<instant>")
    .replaceAll(/\b([Rr]un|resume) [0-9a-z]{26}\b/g, "$1 <id>")
    .replaceAll(/ after (\d+ ms|\d+\.\d s)\b/g, " after <span>")
    .replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, "<api>");
}

/** Lines of a run, for tests to say what is printed in the words of the tutorial. */
export const says = {
  beginning: (flow: string) => `[time] INFO - caudal.FlowRunner | Beginning Flow run for '${flow}'`,
  oneRun: (flow: string, every: string) =>
    `[time] INFO - caudal.${flow} | This is one run; its schedule (every ${every}) is followed by runOnSchedule()`,
  waiting: (flow: string) => `[time] INFO - caudal.${flow} | Waiting for next scheduled run at <instant>`,
  starting: (task: string) => `[time] INFO - caudal.TaskRunner | Task '${task}': Starting task run...`,
  finished: (task: string, state: string, more = "") =>
    `[time] INFO - caudal.TaskRunner | Task '${task}': Finished task run for task with final state: '${state}'${more}`,
  exception: (task: string) =>
    `[time] ERROR - caudal.TaskRunner | Task '${task}': Exception encountered during task execution!`,
  signal: (task: string, text: string) => `[time] INFO - caudal.TaskRunner | Task '${task}': ${text}`,
  success: "[time] INFO - caudal.FlowRunner | Flow run SUCCESS: all reference tasks succeeded",
  failed: "[time] INFO - caudal.FlowRunner | Flow run FAILED: some reference tasks failed.",
  /** A task that simply succeeds: two lines, with what it prints between them. */
  task: (name: string, ...prints: readonly string[]) => [
    says.starting(name),
    ...prints,
    says.finished(name, "Success"),
  ],
} as const;
