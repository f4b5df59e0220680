/**
 * `maxConcurrency`: how many runs of a flow go on at once on one store. A run over it waits, first come first served,
 * before anything of it begins.
 */
import type { Store } from "../ports/store.ts";

interface Places {
  held: number;
  readonly waiting: (() => void)[];
}

const places = new WeakMap<Store, Map<string, Places>>();

function placesOf(store: Store, flow: string): Places {
  let flows = places.get(store);
  if (flows === undefined) places.set(store, (flows = new Map()));
  let known = flows.get(flow);
  if (known === undefined) flows.set(flow, (known = { held: 0, waiting: [] }));
  return known;
}

/**
 * Takes a place, at once or when one becomes free; `waits` is called if it has to wait. The function it gives returns
 * the place. An aborted signal ends the wait: the run then begins, to be cancelled.
 */
export async function takePlace(
  store: Store,
  flow: string,
  max: number,
  signal: AbortSignal | undefined,
  waits: () => void,
): Promise<() => void> {
  const all = placesOf(store, flow);
  if (all.held < max || signal?.aborted) all.held++;
  else {
    waits();
    await turnOf(all, signal);
  }
  return () => {
    const next = all.waiting.shift();
    if (next === undefined) all.held--;
    else next(); // the place is handed over: nobody who comes just now can take it
  };
}

function turnOf(all: Places, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const given = () => {
      signal?.removeEventListener("abort", aborted);
      resolve();
    };
    const aborted = () => {
      all.waiting.splice(all.waiting.indexOf(given), 1);
      all.held++;
      resolve();
    };
    signal?.addEventListener("abort", aborted, { once: true });
    all.waiting.push(given);
  });
}
