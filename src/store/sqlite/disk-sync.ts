/**
 * Brings what was written to a file to the disk beside the event loop: one sync at a time, by a thread of Node's pool,
 * for everything that was written before it began. What comes meanwhile is in the next one.
 */
import { closeSync, fdatasync, fstatSync, openSync } from "node:fs";
import { CaudalError } from "../../base/errors.ts";

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const TOLD_PER_TURN = 8;

/** Node's, or a test's. */
export type SyncFile = (descriptor: number, done: (error: Error | null) => void) => void;

export class DiskSync {
  readonly #file: string;
  readonly #sync: SyncFile;
  #descriptor: number | undefined;
  #waiting: Waiting[] = [];
  /** On the disk, and not told yet. */
  readonly #told: Waiting[] = [];
  #isBusy = false;
  #broken: unknown;

  constructor(file: string, sync: SyncFile = fdatasync) {
    this.#file = file;
    this.#sync = sync;
  }

  /** After a sync that failed nobody knows what of the file is on the disk. @throws CaudalError STORE_FAILED, STORE_GONE */
  refuseWhenBroken(): void {
    if (this.#broken !== undefined) throw this.#broken;
  }

  /** Resolves when all that was written until now is on the disk. @throws CaudalError STORE_FAILED, STORE_GONE */
  done(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      if (!this.#isBusy) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    while (this.#waiting.length > 0) {
      const all = this.#waiting;
      this.#waiting = [];
      try {
        this.refuseWhenBroken();
        await this.#once();
        this.#told.push(...all);
        if (this.#told.length === all.length) this.#tell();
      } catch (error) {
        this.#broken ??= error;
        for (const { reject } of all) reject(this.#broken);
      }
    }
    this.#isBusy = false;
  }

  /** Whoever is told goes on at once, to its next commit perhaps: of hundreds, a few per turn of the event loop. */
  #tell(): void {
    for (const { resolve } of this.#told.splice(0, TOLD_PER_TURN)) resolve();
    if (this.#told.length > 0) setImmediate(() => this.#tell());
  }

  async #once(): Promise<void> {
    const descriptor = (this.#descriptor ??= openSync(this.#file, "r+"));
    if (fstatSync(descriptor).nlink === 0) throw new CaudalError("STORE_GONE", { file: this.#file });
    await new Promise<void>((resolve, reject) =>
      this.#sync(descriptor, (cause) => {
        if (cause === null) return resolve();
        reject(new CaudalError("STORE_FAILED", { store: this.#file, why: cause.message }, { cause }));
      }),
    );
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}
