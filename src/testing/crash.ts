/**
 * Processes that die on purpose, for tests of what happens then: the run is kept on a disk in memory, its process dies
 * where the test says, and another takes it over, as `flow.resume()` does after `kill -9`.
 */
import { MemoryDisk, memoryStoreOn } from "../store/memory.ts";
import type { Store } from "../ports/store.ts";

/** The process dies as this attempt begins, its body uncalled; or, `after`, when its body has ended and nobody was told. */
export interface Crash {
  /** From 1. */
  readonly attempt: number;
  readonly when?: "before" | "after" | undefined;
}

/** One life of a process: what it has of the disk, and its end. */
export interface Life {
  readonly store: Store;
  /** Settles when the process dies; never, if it does not. */
  readonly death: Promise<"died">;
  readonly die: () => void;
  readonly isDead: () => boolean;
}

export class Lives {
  readonly #disk = new MemoryDisk();
  #count = 0;

  next(): Life {
    const process = `process ${++this.#count}`;
    let dead = false;
    let died: (word: "died") => void = () => undefined;
    const death = new Promise<"died">((resolve) => (died = resolve));
    const die = () => {
      if (dead) return;
      dead = true;
      this.#disk.kill(process);
      died("died");
    };
    const store = silentAfterDeath(memoryStoreOn(this.#disk, process), () => dead);
    return { store, death, die, isDead: () => dead };
  }
}

/** What a dead process asks is never answered, so nothing of it goes on. */
function silentAfterDeath(store: Store, isDead: () => boolean): Store {
  return new Proxy(store, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      const call = value.bind(target) as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        if (!isDead()) return call(...args);
        return key === "watch" || key === "whenCacheFree" ? () => undefined : new Promise(() => undefined);
      };
    },
  });
}
