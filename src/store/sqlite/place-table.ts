/**
 * Places that all processes of the store share: how many each process holds of a name, and since when it waits for one
 * more. A claim takes no fsync: what a process holds ends with it anyway.
 */
import type { Instant } from "../../base/time.ts";
import type { Place } from "../../ports/store.ts";
import { PLACE_ASK_MS } from "../place-wait.ts";
import type { Database } from "./database.ts";
import type { ProcessTable } from "./process-table.ts";
import { Waiters } from "./waiters.ts";
import type { Watch } from "./watch.ts";

const TAKEN = `SELECT coalesce(sum(held + (process_no <> ?2 AND coalesce(waiting_since < ?3 AND asked_at > ?4, 0))), 0) AS taken
  FROM place WHERE name = ?1`;
const HOLDERS = "SELECT process_no FROM place WHERE name = ? AND process_no <> ?";
const FORGET = "DELETE FROM place WHERE name = ? AND process_no = ?";
const TAKE = `INSERT INTO place (name, process_no, held) VALUES (?, ?, 1)
  ON CONFLICT DO UPDATE SET held = held + 1, waiting_since = NULL, asked_at = NULL`;
/**
 * Since when is what the last that asked says: who waited before it may have left without a word, and would be waited
 * for in vain. Nothing is written where that is known: what one process writes has every other that waits ask again.
 */
const WAIT = `INSERT INTO place (name, process_no, held, waiting_since, asked_at) VALUES (?, ?, 0, ?3, ?4)
  ON CONFLICT DO UPDATE SET waiting_since = ?3, asked_at = ?4
  WHERE waiting_since IS NOT ?3 OR asked_at NOT BETWEEN ?4 - ${PLACE_ASK_MS / 3} AND ?4`;
const GIVE_BACK = "UPDATE place SET held = held - 1 WHERE name = ? AND process_no = ? AND held > 0";
const AGAIN_MS = 1_000;

export class PlaceTable {
  readonly #db: Database;
  readonly #processes: ProcessTable;
  readonly #waiting: Waiters;
  /** What could not be given back, because the store was busy or full: with the next claim, or soon. */
  #owed: string[] = [];
  #again: NodeJS.Timeout | undefined;

  constructor(db: Database, processes: ProcessTable, watch: Watch) {
    this.#db = db;
    this.#processes = processes;
    this.#waiting = new Waiters(watch);
  }

  claim(places: readonly Place[], since: Instant, at: Instant): string | undefined {
    return this.#db.quickTransaction(() => {
      const own = this.#processes.own();
      const full = places.find(
        ({ name, max }) =>
          this.#taken(name, own, since, at) >= max &&
          !(this.#forgetDead(name, own) && this.#taken(name, own, since, at) < max),
      );
      if (full === undefined) for (const { name } of places) this.#db.run(TAKE, name, own);
      else this.#db.run(WAIT, full.name, own, since, at);
      return full?.name;
    });
  }

  #taken(name: string, own: number, since: Instant, at: Instant): number {
    return Number(this.#db.get(TAKEN, name, own, since, at - PLACE_ASK_MS)?.["taken"]);
  }

  /** Whether any process that had places is gone: asked only when nothing is free. */
  #forgetDead(name: string, own: number): boolean {
    let found = false;
    for (const row of this.#db.all(HOLDERS, name, own)) {
      const processNo = Number(row["process_no"]);
      if (this.#processes.isAliveNo(processNo)) continue;
      this.#db.run(FORGET, name, processNo);
      found = true;
    }
    return found;
  }

  /** Never throws: a task run that has ended does not fail because of it. */
  release(names: readonly string[]): void {
    this.#owed.push(...names);
    this.#giveBack();
    for (const name of names) this.#waiting.wake(name);
  }

  #giveBack(): void {
    clearTimeout(this.#again);
    this.#again = undefined;
    const own = this.#processes.known;
    if (own === undefined || this.#owed.length === 0) return;
    try {
      this.#db.quickTransaction(() => {
        for (const name of this.#owed) this.#db.run(GIVE_BACK, name, own);
      });
      this.#owed = [];
    } catch {
      this.#again = setTimeout(() => this.#giveBack(), AGAIN_MS).unref();
    }
  }

  whenFree(name: string, callback: () => void): () => void {
    return this.#waiting.add(name, callback);
  }

  /** The process lets go of everything: its rows go with its own. */
  close(): void {
    clearTimeout(this.#again);
    this.#owed = [];
  }
}
