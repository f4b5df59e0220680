/** The cache as it must be, kept beside the real one: I23. */
import type { Batch, CacheClaim, CacheRequest } from "../src/ports/store.ts";
import { STATE_TYPES } from "../src/state/task-state.ts";
import type { RunLedger } from "./ledger.ts";
import { Violation } from "./violation.ts";

interface Entry {
  readonly value: unknown;
  readonly expiresAt: number | undefined;
}

export class ShadowCache {
  readonly #entries = new Map<string, Entry>();
  /** Who computes a key, by the answers of the store. */
  readonly #claims = new Map<string, { readonly runId: string; readonly slot: number; readonly process: string }>();
  /** Their claims were given to others once, to task runs of the same run too: there the one who wrote is not known. */
  readonly #takenForDead = new Set<string>();
  hits = 0;

  claimed(process: string, { key, at, runId, slot }: CacheRequest, claim: CacheClaim): void {
    const entry = this.#entries.get(key);
    const isFresh = entry !== undefined && (entry.expiresAt === undefined || entry.expiresAt > at);
    const about = { runId, slot };
    if (claim.kind === "hit") {
      this.hits++;
      if (entry === undefined) throw new Violation("I23", "a hit on an entry that nobody committed", about);
      if (!isFresh) throw new Violation("I23", `a hit at ${at} on an entry that expired at ${entry.expiresAt}`, about);
      if (JSON.stringify(entry.value) !== JSON.stringify(claim.entry.value))
        throw new Violation("I23", "a hit on another value than the one committed", about);
    }
    if (claim.kind === "claimed") {
      if (isFresh) throw new Violation("I23", "a miss, though a fresh entry was committed", about);
      this.#claims.set(key, { runId, slot, process });
    }
  }

  takenForDead(process: string): void {
    this.#takenForDead.add(process);
  }

  tookOver(runId: string): void {
    for (const [key, claim] of this.#claims) if (claim.runId === runId) this.#claims.delete(key);
  }

  /** An entry comes only with the success that computed it. */
  committed(run: RunLedger, batch: Batch): void {
    for (const { key, value, expiresAt } of batch.cache) {
      const claim = this.#claims.get(key);
      const about = { runId: run.id, ...(claim && { slot: claim.slot }) };
      const type = claim === undefined ? undefined : STATE_TYPES[run.slots[claim.slot]?.state ?? 0];
      const isKnown = claim !== undefined && !this.#takenForDead.has(claim.process);
      if (isKnown && claim.runId === run.id && type !== "Cached")
        throw new Violation("I23", `an entry is written by a task run that is ${type}`, about);
      this.#entries.set(key, { value, expiresAt });
      this.#claims.delete(key);
    }
    for (const key of batch.cacheFreed) this.#claims.delete(key);
  }
}
