/**
 * `maxConcurrency`: how many runs of a flow go on at once on one store, in whichever processes. A run over it waits,
 * first come first served, before anything of it begins.
 */
import type { Instant } from "../../base/time.ts";
import type { MaybePromise, Store } from "../../ports/store.ts";
import { isWaitedFor, joinLine, wakeFirst } from "./place-line.ts";

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

/** What a run asks for. */
export interface Turn {
  readonly store: Store;
  readonly flow: string;
  readonly max: number;
  /** Ends the wait: the run then begins without a place, to be cancelled. There is one once it `waits`. */
  readonly stop: () => AbortSignal | undefined;
  readonly now: () => Instant;
  /** Called once, when it has to wait. */
  readonly waits: () => MaybePromise<void>;
}

/** Takes a place, at once or when one becomes free. The function it gives returns the place. */
export async function takePlace(turn: Turn): Promise<() => void> {
  return turn.store.shared ? takeShared(turn) : takeHere(turn);
}

async function takeHere({ store, flow, max, stop, waits }: Turn): Promise<() => void> {
  const all = placesOf(store, flow);
  if (all.held < max || stop()?.aborted) all.held++;
  else {
    await Promise.all([waits(), turnOf(all, stop())]);
  }
  return () => {
    const next = all.waiting.shift();
    if (next === undefined) all.held--;
    else next(); // the place is handed over: nobody who comes just now can take it
  };
}

function turnOf(all: Places, stop: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const given = () => {
      stop?.removeEventListener("abort", aborted);
      resolve();
    };
    const aborted = () => {
      all.waiting.splice(all.waiting.indexOf(given), 1);
      all.held++;
      resolve();
    };
    stop?.addEventListener("abort", aborted, { once: true });
    all.waiting.push(given);
  });
}

async function takeShared({ store, flow, max, stop, now, waits }: Turn): Promise<() => void> {
  const name = `flow/${flow}`;
  const since = now();
  let woken = false;
  for (let said = false; !stop()?.aborted; said = true) {
    let freed = false; // meanwhile: nobody calls those who are not in line yet
    const unwatch = store.whenPlaceFree(name, () => (freed = true));
    try {
      const full = !woken && isWaitedFor(store, name) ? name : await store.claimPlaces([{ name, max }], since, now());
      if (full === undefined) {
        if (woken) wakeFirst(store, name); // there may be more
        return () => void store.releasePlaces([name]);
      }
      if (!said) await waits();
    } finally {
      unwatch();
    }
    if (freed) continue;
    const first: boolean = woken;
    const signal = stop();
    woken = await new Promise<boolean>((resolve) => {
      const stopped = () => {
        leave();
        resolve(false);
      };
      const wake = () => {
        signal?.removeEventListener("abort", stopped);
        resolve(true);
      };
      const leave = joinLine(store, name, { wake, first });
      signal?.addEventListener("abort", stopped, { once: true });
      if (signal?.aborted) stopped();
    });
  }
  if (woken) wakeFirst(store, name);
  return () => undefined;
}
