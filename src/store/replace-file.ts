/**
 * Putting a file that was written whole in its place. Windows refuses that while somebody reads either of them, as virus
 * scanners and indexers do with whatever is new, for some milliseconds: there it is tried again for a second.
 */
import { renameSync } from "node:fs";

const TRIES_MAX = 20;
const BUSY = new Set(["EPERM", "EACCES", "EBUSY"]);

export interface Renaming {
  readonly rename: (from: string, to: string) => void;
  readonly platform: NodeJS.Platform;
  readonly wait: (ms: number) => void;
}

const OURS: Renaming = { rename: renameSync, platform: process.platform, wait: waitHere };

export function replaceFile(from: string, to: string, { rename, platform, wait }: Renaming = OURS): void {
  for (let tries = 1; ; tries++) {
    try {
      return rename(from, to);
    } catch (error) {
      const { code = "" } = error as NodeJS.ErrnoException;
      if (platform !== "win32" || !BUSY.has(code) || tries === TRIES_MAX) throw error;
      wait(5 * tries);
    }
  }
}

function waitHere(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
