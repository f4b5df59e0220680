/**
 * A program together with everything it has started, so that all of it can be ended.
 *
 * On POSIX systems the program leads a process group of its own (`detached`), and signals go to the group; Ctrl-C of
 * the terminal reaches us alone, and we pass it on. On Windows taskkill ends the tree.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** From SIGTERM to SIGKILL; shorter than the time an aborted body is given to end. */
const GRACE_MS = 5_000;
const LOOK_MS_FIRST = 5;
const LOOK_MS_MAX = 200;
/** SIGKILL acts at once, but what was killed may wait to be collected by a parent that never does. */
const KILLED_MS_MAX = 500;

const isWindows = process.platform === "win32";

/** Groups that end with this process at the latest. */
const running = new Set<number>();
const killAll = () => {
  for (const id of running) signalGroup(id, "SIGKILL");
};

export class ProcessGroup {
  readonly #child: ChildProcess;
  readonly #id: number | undefined;
  readonly #graceMs: number;
  #ending: Promise<void> | undefined;

  constructor(child: ChildProcess, graceMs = GRACE_MS) {
    this.#child = child;
    this.#graceMs = graceMs;
    this.#id = child.pid;
    if (this.#id === undefined) return;
    if (running.size === 0) process.on("exit", killAll);
    running.add(this.#id);
  }

  /** Ends all of it: SIGTERM, and SIGKILL for what is left after 5 s. Resolves when nothing runs any more. */
  end(): Promise<void> {
    this.#ending ??= this.#id === undefined ? Promise.resolve() : this.#end(this.#id);
    return this.#ending;
  }

  /** The program is over by itself: what it left running on purpose is no longer ours. */
  release(): void {
    if (this.#id === undefined || !running.delete(this.#id) || running.size > 0) return;
    process.off("exit", killAll);
  }

  async #end(id: number): Promise<void> {
    signalGroup(id, "SIGTERM");
    if (!(await this.#isGone(id, this.#graceMs))) {
      signalGroup(id, "SIGKILL");
      await this.#isGone(id, KILLED_MS_MAX);
    }
    // Whoever left the group may still hold our end of the pipes.
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
    this.release();
  }

  async #isGone(id: number, withinMs: number): Promise<boolean> {
    let waitedMs = 0;
    for (let lookMs = LOOK_MS_FIRST; ; lookMs = Math.min(2 * lookMs, LOOK_MS_MAX, withinMs - waitedMs)) {
      const isOver = this.#child.exitCode !== null || this.#child.signalCode !== null;
      if (!isLeft(id) || (isOver && isAllEnded(id))) return true;
      if (waitedMs >= withinMs) return false;
      await new Promise((resolve) => setTimeout(resolve, lookMs));
      waitedMs += lookMs;
    }
  }
}

/** Whether anything of the group is left. */
function isLeft(id: number): boolean {
  try {
    process.kill(isWindows ? id : -id, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // it runs, as somebody else
  }
}

/**
 * Whether all that is left has ended and waits to be collected. In a container whose first process collects nobody
 * (`docker run` without `--init`) that would be waited for in vain. Only Linux tells.
 */
function isAllEnded(id: number): boolean {
  if (process.platform !== "linux") return false;
  const ofGroup = new RegExp(`^[^ZX] \\d+ ${id} `);
  return !readdirSync("/proc").some((name) => /^\d+$/.test(name) && ofGroup.test(stateOf(name)));
}

/** State, parent and group: what follows the program's name, which may hold anything. */
function stateOf(process: string): string {
  try {
    const stat = readFileSync(`/proc/${process}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(") ") + 2);
  } catch {
    return ""; // it ended meanwhile
  }
}

function signalGroup(id: number, signal: "SIGTERM" | "SIGKILL"): void {
  if (isWindows) {
    // Programs without a window take no other request.
    spawn("taskkill", ["/pid", String(id), "/T", "/F"], { stdio: "ignore", windowsHide: true }).on("error", () => {});
    return;
  }
  try {
    process.kill(-id, signal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ESRCH" && code !== "EPERM") throw error; // gone already, or not ours to end
  }
}
