/** Results that are kept for later. */
import type { Instant } from "./plain.ts";

export interface CacheList {
  readonly entries: readonly {
    readonly key: string;
    /** Flow and task, or the shared `cacheKey`. */
    readonly scope: string;
    readonly version: string;
    readonly run: string;
    readonly storedAt: Instant;
    readonly expiresAt?: Instant;
  }[];
  readonly next?: string;
  readonly total: number;
}

/** One of them, or neither: all entries. */
export interface ClearCache {
  readonly scope?: string;
  readonly key?: string;
}

export interface Cleared {
  readonly forgotten: number;
}
