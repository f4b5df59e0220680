/**
 * Brings the log of a store to the disk, in this thread, after a commit that SQLite has only written.
 *
 * SQLite would do it itself with `synchronous = FULL`, by `fsync`: that also waits for the file's times, which are in
 * the journal of the file system with whatever else the machine writes. `fdatasync` brings the same bytes, and the
 * file's length where it grew, and no more (docs/adr/0021).
 */
import { closeSync, fdatasyncSync, openSync } from "node:fs";
import { CaudalError } from "../../base/errors.ts";

/** Node's, or a test's. */
export type SyncNow = (descriptor: number) => void;

export class LogOnDisk {
  readonly #file: string;
  readonly #sync: SyncNow;
  #descriptor: number | undefined;

  /** @param file the log, which is there for as long as a connection of this process has written */
  constructor(file: string, sync: SyncNow = fdatasyncSync) {
    this.#file = file;
    this.#sync = sync;
  }

  /** When it returns, all that was written until now is on the disk. @throws CaudalError STORE_FAILED */
  bring(): void {
    try {
      this.#sync((this.#descriptor ??= openSync(this.#file, "r+")));
    } catch (cause) {
      throw new CaudalError("STORE_FAILED", { store: this.#file, why: (cause as Error).message }, { cause });
    }
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}
