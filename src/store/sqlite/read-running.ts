/** Which task runs of a run are running, as its history says: for whoever looks at it, or takes it over. */
import { STATE_INDEX } from "../../engine/run.ts";
import type { PackedPath } from "../../ports/store.ts";
import { RowDamage } from "./corrupt.ts";
import type { Database, Row } from "./database.ts";
import { unpackPath, unpackRunning } from "./packing.ts";

const ROWS_AT_ONCE = 64;
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
