/**
 * Who waits in this process for places that all processes of a store share: one line per store and place, first come
 * first served. Only the first in line asks the store again, so that ten thousand who wait cost no more than one.
 */
import type { Store } from "../../ports/store.ts";

interface Line {
  /** Woken before and found nothing free: they keep their place. */
  readonly front: (() => void)[];
  readonly waiting: Set<() => void>;
  unwatch: (() => void) | undefined;
}

const lines = new WeakMap<Store, Map<string, Line>>();

/** Whether somebody is in line: who comes now goes behind. */
export function isWaitedFor(store: Store, place: string): boolean {
  const line = lines.get(store)?.get(place);
  return line !== undefined && line.front.length + line.waiting.size > 0;
}

/** Calls `wake` when it is the turn; the function returned leaves the line. */
export function joinLine(
  store: Store,
  place: string,
  { wake, first }: { readonly wake: () => void; readonly first: boolean },
): () => void {
  let ofStore = lines.get(store);
  if (ofStore === undefined) lines.set(store, (ofStore = new Map()));
  let line = ofStore.get(place);
  if (line === undefined) ofStore.set(place, (line = { front: [], waiting: new Set(), unwatch: undefined }));
  if (first) line.front.unshift(wake);
  else line.waiting.add(wake);
  watch(store, place, line);
  return () => leave(store, place, wake);
}

function leave(store: Store, place: string, wake: () => void): void {
  const line = lines.get(store)?.get(place);
  if (line === undefined) return;
  const index = line.front.indexOf(wake);
  if (index >= 0) line.front.splice(index, 1);
  line.waiting.delete(wake);
  forgetIfEmpty(store, place, line);
}

function forgetIfEmpty(store: Store, place: string, line: Line): void {
  if (line.front.length + line.waiting.size > 0) return;
  line.unwatch?.();
  line.unwatch = undefined;
  lines.get(store)?.delete(place);
}

function watch(store: Store, place: string, line: Line): void {
  line.unwatch ??= store.whenPlaceFree(place, () => {
    line.unwatch = undefined;
    wakeFirst(store, place);
    if (isWaitedFor(store, place)) watch(store, place, line);
  });
}

/** Something may be free: the first in line asks. */
export function wakeFirst(store: Store, place: string): void {
  const line = lines.get(store)?.get(place);
  if (line === undefined) return;
  let first = line.front.shift();
  if (first === undefined) {
    [first] = line.waiting;
    if (first !== undefined) line.waiting.delete(first);
  }
  forgetIfEmpty(store, place, line);
  first?.();
}
