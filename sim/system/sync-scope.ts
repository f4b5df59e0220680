/**
 * Stands in for `node:async_hooks`: the bodies of a world ask for their scope before they wait for anything, and the
 * real thing makes every promise of the process dearer.
 */
export class AsyncLocalStorage<T> {
  #store: T | undefined;

  run<A extends readonly unknown[], R>(store: T, callback: (...args: A) => R, ...args: A): R {
    const outer = this.#store;
    this.#store = store;
    try {
      return callback(...args);
    } finally {
      this.#store = outer;
    }
  }

  getStore(): T | undefined {
    return this.#store;
  }
}
