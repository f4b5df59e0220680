/** Callbacks of this process for something in the store that may come free here or in another process. */
import type { Watch } from "./watch.ts";

export class Waiters {
  readonly #watch: Watch;
  readonly #byKey = new Map<string, Set<() => void>>();

  constructor(watch: Watch) {
    this.#watch = watch;
  }

  /** Calls back once, after a wake or when another process may have changed something; keeps this one alive. */
  add(key: string, callback: () => void): () => void {
    const callbacks = this.#byKey.get(key) ?? new Set();
    this.#byKey.set(key, callbacks);
    const once = () => {
      leave();
      callback();
    };
    const stop = this.#watch.wait(once);
    const leave = () => {
      stop();
      callbacks.delete(once);
      if (callbacks.size === 0 && this.#byKey.get(key) === callbacks) this.#byKey.delete(key);
    };
    callbacks.add(once);
    return leave;
  }

  /** Of this process's own doing: the watch does not see it. */
  wake(key: string): void {
    const callbacks = this.#byKey.get(key);
    this.#byKey.delete(key);
    for (const callback of callbacks ?? []) callback();
  }
}
