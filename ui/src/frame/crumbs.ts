/** Where people are, told by the page and shown by the frame. */
import { useSyncExternalStore } from "react";
import type { Crumb } from "../parts/page.tsx";

let crumbs: readonly Crumb[] = [];
const listeners = new Set<() => void>();

export function setCrumbs(next: readonly Crumb[]): void {
  crumbs = next;
  for (const listener of listeners) listener();
}

export function useCrumbs(): readonly Crumb[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => crumbs,
  );
}
