/** Notices what other processes write: the file's data version, looked at while anybody wants to know. */
import type { Database } from "./database.ts";

const LOOK_MS = 200;
/** A process that died says nothing: whoever waits for one asks again this often. */
const ASK_EVERY = 5;

export class Watch {
  readonly #db: Database;
  readonly #changed = new Set<() => void>();
  /** Those wait for another process, and this one stays for it. */
  readonly #waiting = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #version = 0;
  #looks = 0;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Called back after a change by others; does not keep the process alive. */
  add(callback: () => void): () => void {
    this.#changed.add(callback);
    this.#start();
    return () => {
      this.#changed.delete(callback);
      this.#stopIfIdle();
    };
  }

  /** Called back after a change by others, and now and then without one; keeps the process alive. */
  wait(callback: () => void): () => void {
    this.#waiting.add(callback);
    this.#start();
    this.#timer?.ref();
    return () => {
      this.#waiting.delete(callback);
      this.#stopIfIdle();
    };
  }

  #start(): void {
    if (this.#timer !== undefined) return;
    this.#version = this.#db.dataVersion();
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref();
  }

  #stopIfIdle(): void {
    if (this.#waiting.size > 0) return;
    this.#timer?.unref();
    if (this.#changed.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** By this process: the run that is asked may be its own. */
  changed(): void {
    for (const callback of [...this.#changed]) queueMicrotask(callback);
  }

  #look(): void {
    const version = this.#seen();
    const changed = version !== this.#version;
    this.#version = version;
    if (changed) for (const callback of [...this.#changed]) callback();
    const isTime = ++this.#looks % ASK_EVERY === 0;
    if (isTime) this.#db.lookAtPlace();
    if (changed || isTime) for (const callback of [...this.#waiting]) callback();
  }

  /** A file that cannot be read just now is looked at again; whoever reads or writes it says what is wrong. */
  #seen(): number {
    try {
      return this.#db.dataVersion();
    } catch {
      return this.#version;
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#changed.clear();
    this.#waiting.clear();
  }
}
