/** What a memory store keeps, by whichever process: several stores on one disk play several processes. */
import type { Instant } from "../base/time.ts";
import type { CacheEntry, Cursor, FlowVersion } from "../ports/store.ts";
import type { KeptRun } from "./kept-run.ts";

export interface Claim {
  readonly runId: string;
  readonly slot: number;
  readonly process: string;
}

/** What a process has of a place, and since when it waits for more. */
export interface Places {
  held: number;
  waitingSince: Instant | undefined;
  askedAt: Instant;
}

/** Below it expired entries may stay. */
export const CACHE_WALK_SIZE_MIN = 1_000;

/** What is kept, by whichever process. */
export class MemoryDisk {
  readonly runs = new Map<string, KeptRun>();
  /** Made when somebody asks: few runs go on with other code. */
  readonly versions = new Map<string, () => FlowVersion>();
  readonly byKey = new Map<string, string>();
  readonly cache = new Map<string, CacheEntry>();
  /** The newest entry of each scope, without its value; stays when the entry has expired, to say so. */
  readonly newest = new Map<string, Omit<CacheEntry, "value">>();
  readonly claims = new Map<string, Claim>();
  readonly waiting = new Map<string, Set<() => void>>();
  /** By name and process. */
  readonly places = new Map<string, Map<string, Places>>();
  readonly waitingForPlace = new Map<string, Set<() => void>>();
  readonly ticks = new Map<string, string>();
  readonly watchers = new Map<() => void, string>();
  readonly alive = new Set<string>();
  cursor: Cursor = 0;
  requests = 0;
  cacheWalkAtSize = CACHE_WALK_SIZE_MIN;

  /** The process dies: what it had is nobody's, and what it waited for is forgotten. */
  kill(process: string): void {
    this.alive.delete(process);
    for (const [callback, owner] of this.watchers) if (owner === process) this.watchers.delete(callback);
    for (const [key, claim] of this.claims) if (claim.process === process) this.free(key);
    for (const [name, holders] of this.places) if (holders.delete(process)) this.placeFreed(name);
  }

  placeFreed(name: string): void {
    const waiting = this.waitingForPlace.get(name);
    this.waitingForPlace.delete(name);
    for (const callback of waiting ?? []) callback();
  }

  /** A run that nobody has computes nothing. */
  freeAllOf(runId: string): void {
    for (const [key, claim] of this.claims) if (claim.runId === runId) this.free(key);
  }

  /** Ends a claim and lets those who wait for it ask again. */
  free(key: string): void {
    this.claims.delete(key);
    const waiting = this.waiting.get(key);
    this.waiting.delete(key);
    for (const callback of waiting ?? []) callback();
  }
}
