/**
 * Which runs of a store this process has in hand: is about to get, drives, or brings to an end.
 *
 * The store knows whose a run is, not whether anything is still done about it. A call that failed may have been carried
 * out, and a run whose commit failed is driven no longer: such a run is this process's and in no hand, and would wait
 * for the end of the process. So whoever has a run in hand and fails lets it go, and what is in no hand may be taken
 * over by this process as by any other (ADR 18).
 */
import type { Clock } from "../../ports/clock.ts";
import type { RunRow, Store } from "../../ports/store.ts";

export interface Hand {
  /** As whose owner; undefined while the store has not answered yet. */
  epoch: number | undefined;
}

/** Where a run is kept, and by which time it is let go. */
export interface Place {
  readonly store: Store;
  readonly clock: Clock;
}

const inHands = new WeakMap<Store, Map<string, Set<Hand>>>();

/** Whether this process does something about a run that it has with this epoch. */
export function isInHand(store: Store, runId: string, epoch: number): boolean {
  for (const hand of inHands.get(store)?.get(runId) ?? []) if ((hand.epoch ?? epoch) >= epoch) return true;
  return false;
}

/** Whether nobody has a run, or this process has it and does nothing about it. */
export function isNobodys(store: Store, { id, epoch, ownership }: RunRow): boolean {
  if (ownership === "here") return !isInHand(store, id, epoch);
  return ownership === "gone" || ownership === "none";
}

/**
 * Does something that gets a run and ends it or lets it go. Where it fails the run is let go: before the failure is told
 * where the store allows it, else as soon as it does.
 */
export async function inHand<T>(place: Place, runId: string, work: (hand: Hand) => Promise<T>): Promise<T> {
  const drop = take(place.store, runId);
  try {
    return await work(drop.hand);
  } catch (thrown) {
    drop();
    const { letGo } = await import("./let-go.ts");
    await letGo(place, runId);
    throw thrown;
  } finally {
    drop();
  }
}

function take(store: Store, runId: string): (() => void) & { readonly hand: Hand } {
  let runs = inHands.get(store);
  if (runs === undefined) inHands.set(store, (runs = new Map()));
  let hands = runs.get(runId);
  if (hands === undefined) runs.set(runId, (hands = new Set()));
  const hand: Hand = { epoch: undefined };
  hands.add(hand);
  const drop = () => {
    hands.delete(hand);
    if (hands.size === 0 && runs.get(runId) === hands) runs.delete(runId);
  };
  return Object.assign(drop, { hand });
}
