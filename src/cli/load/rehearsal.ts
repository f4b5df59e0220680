/**
 * Loads files in processes of their own before this process does, to see what comes of it: a file that ends its
 * process, or never comes to an end, must not do that to a server.
 *
 * A process takes many files, one after the other: ten that are good cost little more than one. Where those before it
 * may be to blame for what happened to a file, it is loaded once more by itself. And none waits behind one that takes
 * long.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { packageAbout } from "../../runtime/report/package-about.ts";
import { complaintOf, type Complaint, type Verdict } from "./complaint.ts";
import { refusal } from "./load-failure.ts";
import { pathText } from "../../runtime/report/code-frame.ts";

interface Waiting {
  readonly file: string;
  readonly settle: (complaint: Complaint | undefined) => void;
}

/** A file has 10 s; the rest is for starting Node on a machine with much to do, and for stopping what is hard to stop. */
const LIMIT_MS = 20_000;
/** After it others no longer wait for a file. */
const PATIENCE_MS = 1_000;
/** Each is a Node of its own, of some 60 MiB. */
const AT_ONCE_MAX = 4;

const PRINTED_MAX = 1_000;
const PRINTED_LINES = 3;
/** What a process printed may come a little after its end. */
const LAST_WORDS_MS = 200;

export class Rehearsal {
  readonly #cwd: string;
  readonly #children = new Set<ChildProcess>();
  readonly #queue: (readonly Waiting[])[] = [];
  #gathered: Waiting[] = [];
  #free = AT_ONCE_MAX;
  #closed = false;

  constructor(cwd: string) {
    this.#cwd = cwd;
  }

  /** What is wrong with a file; undefined: nothing. Files asked about in one turn go into one process. */
  of(file: string): Promise<Complaint | undefined> {
    if (this.#gathered.length === 0)
      queueMicrotask(() => {
        const files = this.#gathered;
        this.#gathered = [];
        this.#enqueue(files);
      });
    return new Promise((settle) => this.#gathered.push({ file, settle }));
  }

  /** Nothing is left behind, and nothing settles any more. */
  close(): void {
    this.#closed = true;
    for (const child of this.#children) child.kill("SIGKILL");
  }

  #enqueue(files: readonly Waiting[]): void {
    if (files.length === 0 || this.#closed) return;
    this.#queue.push(files);
    this.#next();
  }

  #next(): void {
    const files = this.#free > 0 ? this.#queue.shift() : undefined;
    if (files === undefined) return;
    this.#free--;
    void this.#load(files).then(() => {
      this.#free++;
      this.#next();
    });
  }

  /** Resolves when its process is of no more use. */
  #load(all: readonly Waiting[]): Promise<void> {
    const child = this.#spawn(all);
    return new Promise((over) => {
      let [files, at] = [all, 0];
      let timer: NodeJS.Timeout;
      const leave = () => {
        clearTimeout(timer);
        this.#children.delete(child);
        child.kill("SIGKILL");
        this.#enqueue(files.slice(at));
        at = files.length;
        over();
      };
      const judge = (complaint: Complaint | undefined, isSure: boolean) => {
        const now = files[at++];
        if (isSure || at === 1) now?.settle(complaint);
        else if (now !== undefined) this.#enqueue([now]);
        if (at >= files.length) leave();
        else watch();
      };
      const tooLong = () => {
        const [now, ...others] = files.slice(at);
        if (now === undefined) return;
        if (others.length === 0 && at === 0) return judge(stuck(now.file, this.#cwd), true);
        this.#enqueue(others);
        files = files.slice(0, at + 1);
        if (at === 0) timer = setTimeout(tooLong, LIMIT_MS - PATIENCE_MS);
        else leave(); // and begins anew, by itself
      };
      const watch = () => {
        clearTimeout(timer);
        timer = setTimeout(tooLong, files.length === 1 ? LIMIT_MS : PATIENCE_MS);
      };
      watch();
      heed(child, {
        judged: (complaint, isSure) => {
          if (at < files.length) judge(complaint, isSure);
        },
        ended: (why, words) => {
          const now = files[at];
          if (now !== undefined) judge(withWords(why ?? exited(now.file, this.#cwd, exitText(child)), words), false);
          leave();
        },
      });
    });
  }

  #spawn(files: readonly Waiting[]): ChildProcess {
    const script = join(packageAbout().folder, "dist", "rehearse.js");
    // A debugger is for the server: a second process could not have its port.
    const nodeOptions = process.execArgv.filter((option) => !option.startsWith("--inspect"));
    const child = spawn(process.execPath, [...nodeOptions, script, this.#cwd, ...files.map(({ file }) => file)], {
      cwd: this.#cwd,
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    });
    this.#children.add(child);
    return child;
  }
}

interface Heed {
  judged(complaint: Complaint | undefined, isSure: boolean): void;
  /** @param why what it said of its end itself */
  ended(why: Complaint | undefined, printed: string): void;
}

/** What a process says, and its end, once. */
function heed(child: ChildProcess, { judged, ended }: Heed): void {
  let [line, printed] = ["", ""];
  let why: Complaint | undefined;
  const verdicts = child.stdio[3] as Readable;
  verdicts.setEncoding("utf8").on("data", (text: string) => {
    const lines = (line + text).split("\n");
    line = lines.pop() ?? "";
    for (const one of lines) {
      const { complaint, stray = false } = JSON.parse(one) as Verdict;
      if (complaint?.code === "FLOW_FILE_EXITED") why = complaint;
      else judged(complaint, !stray);
    }
  });
  const keep = (text: string) => (printed = (printed + text).slice(-PRINTED_MAX));
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", keep);
  let over = false;
  const end = () => {
    if (over) return;
    over = true;
    ended(why, printed.trimEnd().split("\n").slice(-PRINTED_LINES).join("\n"));
  };
  child.on("close", end);
  child.on("error", end);
  // A process of its own that a file left behind may hold the other ends for ever.
  child.on("exit", () => setTimeout(end, LAST_WORDS_MS));
}

function exitText({ exitCode, signalCode }: ChildProcess): string {
  return String(exitCode ?? signalCode ?? "unknown");
}

function stuck(file: string, cwd: string): Complaint {
  return complaintOf(refusal("FLOW_FILE_STUCK", { file: pathText(resolve(cwd, file), cwd), afterMs: LIMIT_MS }));
}

function exited(file: string, cwd: string, exitCode: string): Complaint {
  return complaintOf(refusal("FLOW_FILE_EXITED", { file: pathText(resolve(cwd, file), cwd), exitCode }));
}

function withWords(complaint: Complaint, printed: string): Complaint {
  return printed === "" ? complaint : { ...complaint, message: `${complaint.message}. It last printed:\n${printed}` };
}
