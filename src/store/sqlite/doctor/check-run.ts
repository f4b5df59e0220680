/** Whether what is kept of one run is whole: its rows, its history's chain, its results, and that they agree. */
import { CaudalError } from "../../../base/errors.ts";
import { STATE_INDEX } from "../../../engine/run.ts";
import { isFinishedType, STATE_TYPES } from "../../../state/task-state.ts";
import { readOfRun, RowDamage } from "../corrupt.ts";
import type { Database, Row } from "../database.ts";
import type { KeptValues } from "../kept-values.ts";
import { historyHash } from "../live-run.ts";
import { unpackPath } from "../packing.ts";
import { readRunning } from "../read-running.ts";
import { type FoundRun, foundRun, SELECT_RUN } from "../run-rows.ts";
import { readTaskRuns } from "../task-run-rows.ts";
import { Versions } from "../versions.ts";

const HISTORY = `SELECT * FROM history
  WHERE run_no = ? AND cursor BETWEEN ? AND ? AND cursor > ? ORDER BY cursor LIMIT 1000`;

export interface CheckedRun {
  readonly found: FoundRun;
  /** Its rows and history are whole, and what is wrong is with files of large results only. */
  readonly lostResults: readonly string[];
}

/** @throws CaudalError RUN_CORRUPT, STORE_DAMAGED, …: the first that is wrong with its rows */
export function checkRun(db: Database, values: KeptValues, row: Row): CheckedRun {
  const lostResults: string[] = [];
  const found = db.read(() => foundRun(tolerant(values, lostResults), row, db.file));
  db.read(() => readOfRun(found.row.id, db.file, () => checkRest(db, tolerant(values, lostResults), found)));
  return { found, lostResults };
}

function checkRest(db: Database, values: KeptValues, found: FoundRun): void {
  const { row } = found;
  if (new Versions(db).read(row.flow, row.fingerprint) === undefined)
    throw new RowDamage("its flow's version is missing");
  const last = checkHistory(db, found);
  const open = !isFinishedType(row.state.type);
  const running = open ? readRunning(db, found).running : new Map<number, number>();
  const states = new Map(readTaskRuns(db, values, found, running).map(({ slot, state }) => [slot, state.type]));
  // Whoever takes a run over may set task runs back, or give them other places, without a step of theirs.
  if (row.epoch > 1) return;
  for (const [slot, index] of last) {
    const said = STATE_TYPES[index];
    const kept = states.get(slot) ?? "Pending";
    if (said !== kept) throw new RowDamage(`task run ${slot} is ${kept}, and by its history ${said}`);
  }
}

/** Follows the chain; gives the last state of each task run. */
function checkHistory(db: Database, { runNo, firstCursor, lastCursor }: FoundRun): ReadonlyMap<number, number> {
  const last = new Map<number, number>();
  let hash = "";
  let reached = firstCursor - 1;
  for (;;) {
    const rows = db.all(HISTORY, runNo, firstCursor, lastCursor, reached);
    for (const row of rows) {
      reached = Number(row["cursor"]);
      const bytes = row["path"] as Uint8Array;
      hash = historyHash(hash, {
        ...{ cursor: reached, at: Number(row["at"]), path: bytes, running: row["running"] as Uint8Array | null },
        // Of an older store there is neither.
        ...{
          flow: (row["flow"] ?? null) as string | null,
          untoldAfter: (row["untold_after"] ?? null) as number | null,
        },
      });
      const path = unpackPath(bytes);
      if (hash !== row["hash"] || path === undefined)
        throw new RowDamage(`its history at ${reached} does not follow from what is before`);
      for (const [i, slot] of path.slots.entries()) last.set(slot, path.steps[i]! & 31);
    }
    if (rows.length < 1_000) break;
  }
  if (reached < lastCursor) throw new RowDamage(`its history ends at ${reached} instead of ${lastCursor}`);
  for (const [slot, state] of last) if (state === STATE_INDEX.Pending) last.delete(slot);
  return last;
}

/** Reads on where the file of a large result is missing or damaged, and notes it. */
function tolerant(values: KeptValues, lost: string[]): KeptValues {
  return new Proxy(values, {
    get(target, key) {
      if (key !== "read") return Reflect.get(target, key, target) as unknown;
      return (kind: number, text: string | null) => {
        try {
          return target.read(kind, text);
        } catch (error) {
          if (!(error instanceof CaudalError) || !error.code.startsWith("BLOB_")) throw error;
          lost.push(error.message);
          return {};
        }
      };
    },
  });
}

/** Every run there is a row of, one after the other: a row that cannot be read does not hide the next. */
export function* rowsOfRuns(db: Database): Generator<Row | { readonly error: unknown; readonly runNo: number }> {
  const { last } = db.read(() => db.get("SELECT coalesce(max(run_no), 0) AS last FROM run")) as {
    readonly last: number;
  };
  for (let runNo = 1; runNo <= last; runNo++) {
    try {
      const row = db.read(() => db.get(`${SELECT_RUN} WHERE run_no = ?`, runNo));
      if (row !== undefined) yield row;
    } catch (error) {
      yield { error, runNo };
    }
  }
}
