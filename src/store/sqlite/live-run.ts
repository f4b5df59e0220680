/**
 * A run this process has: where it is in the tables, and which of its task runs run. Starts cost no rows: the set of
 * those that run stands in the history, whole at times, and follows from the transitions in between.
 */
import { STATE_INDEX } from "../../engine/run.ts";
import { hashText } from "../../base/hash.ts";
import type { PackedPath } from "../../ports/store.ts";
import { RowDamage } from "./corrupt.ts";
import type { Database, Row } from "./database.ts";
import { packRunning, unpackPath, unpackRunning } from "./packing.ts";

/** A set that small is written with every commit; a larger one when the commits since have outgrown it. */
const RUNNING_SMALL = 64;
const ROWS_AT_ONCE = 64;

export class LiveRun {
  readonly runNo: number;
  readonly running: Map<number, number>;
  #hash: string;
  #commitsSinceWhole = 0;

  constructor(runNo: number, running: Map<number, number>, hash: string) {
    this.runNo = runNo;
    this.running = running;
    this.#hash = hash;
  }

  /** The set as bytes where it is to be written with this commit; `anew` where it does not follow from transitions. */
  runningBytes(at: number, anew: boolean): Uint8Array | null {
    this.#commitsSinceWhole++;
    const few = this.#commitsSinceWhole < this.running.size / 16;
    if (!anew && this.running.size > RUNNING_SMALL && few) return null;
    this.#commitsSinceWhole = 0;
    return packRunning(this.running, at);
  }

  /** Of the row that is being added: over its content and the hash of the row before. */
  hashOf(row: HashedRow): string {
    return historyHash(this.#hash, row);
  }

  committed(hash: string): void {
    this.#hash = hash;
  }
}

export interface HashedRow {
  readonly cursor: number;
  readonly at: number;
  readonly path: Uint8Array;
  readonly running: Uint8Array | null;
  readonly flow: string | null;
  readonly untoldAfter: number | null;
}

export function historyHash(before: string, { cursor, at, path, running, flow, untoldAfter }: HashedRow): string {
  const told = flow === null && untoldAfter === null ? "" : `|${flow ?? ""}|${untoldAfter ?? ""}`; // as before they were there
  return hashText(`${before}|${cursor}|${at}|${lettersOf(path)}|${lettersOf(running)}${told}`);
}

/** Up to so many bytes, the way through Buffer costs more. */
const FEW_BYTES = 256;

/** One letter a byte. */
function lettersOf(bytes: Uint8Array | null): string {
  if (bytes === null) return "";
  if (bytes.length <= FEW_BYTES) return String.fromCharCode(...bytes) + bytes.length;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1") + bytes.length;
}

const LAST_ROWS =
  "SELECT cursor, at, path, running, hash FROM history WHERE cursor <= ? AND cursor >= ? AND run_no = ? ORDER BY cursor DESC LIMIT ?";

/** Which task runs of a run are running, and the hash of its last row, as the store has them. */
export function readRunning(
  db: Database,
  run: { readonly runNo: number; readonly firstCursor: number; readonly lastCursor: number },
): { readonly running: Map<number, number>; readonly hash: string } {
  const later: Row[] = [];
  let hash: string | undefined;
  for (let last = run.lastCursor; ; ) {
    const rows = db.all(LAST_ROWS, last, run.firstCursor, run.runNo, ROWS_AT_ONCE);
    for (const row of rows) {
      hash ??= String(row["hash"]);
      if (row["running"] === null) {
        later.push(row);
        continue;
      }
      const at = Number(row["at"]);
      const running = unpackRunning(row["running"] as Uint8Array, at) ?? unreadable(row);
      replay(running, later.reverse());
      return { running, hash };
    }
    if (rows.length < ROWS_AT_ONCE) break;
    last = Number(rows.at(-1)!["cursor"]) - 1;
  }
  const running = new Map<number, number>();
  replay(running, later.reverse());
  return { running, hash: hash ?? "" };
}

function unreadable(row: Row): never {
  throw new RowDamage(`its history at ${String(row["cursor"])} cannot be read`);
}

function replay(running: Map<number, number>, rows: readonly Row[]): void {
  for (const row of rows) {
    const path = unpackPath(row["path"] as Uint8Array) ?? unreadable(row);
    follow(running, path, Number(row["at"]));
  }
}

function follow(running: Map<number, number>, { slots, steps }: PackedPath, at: number): void {
  for (let i = 0; i < slots.length; i++) {
    if ((steps[i]! & 31) === STATE_INDEX.Running) running.set(slots[i]!, at);
    else running.delete(slots[i]!);
  }
}
