/** A store of which a test does some things itself. */
import type { Store } from "../../src/ports/store.ts";

export function storeWith(store: Store, own: Partial<Store>): Store {
  return new Proxy(store, {
    get(target, key) {
      const mine = own[key as keyof Store];
      if (mine !== undefined) return mine;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
