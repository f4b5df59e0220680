/** What a commit of a run writes, in the transaction of its caller. */
import type { Batch, Cursor, TaskRunRow } from "../../ports/store.ts";
import { type FlowState, isFinishedType } from "../../state/task-state.ts";
import type { Instant } from "../../base/time.ts";
import type { CacheTables } from "./cache-tables.ts";
import type { Database } from "./database.ts";
import type { KeptValues } from "./kept-values.ts";
import type { LiveRun } from "./live-run.ts";
import { attemptColumn, nextLine } from "./log-row.ts";
import { flowColumn, packPath } from "./packing.ts";
import { stateColumns, stateSum, TAIL } from "./run-rows.ts";
import { isPlainStart, writeTaskRuns } from "./task-run-rows.ts";
import type { Versions } from "./versions.ts";

/** The fence, and where all histories are. */
const FENCE = "SELECT epoch, last_cursor, (SELECT max(cursor) FROM history) AS newest FROM run WHERE run_no = ?";
const TOUCH_RUN = "UPDATE run SET changed_at = ?, last_cursor = ? WHERE run_no = ?";
const CHANGE_STATE = `UPDATE run SET state = ?, state_kind = ?, state_value = ?, state_sum = ?, started_at = coalesce(started_at, ?),
  ended_at = ?, process_no = CASE WHEN ? THEN NULL ELSE process_no END WHERE run_no = ?`;
const ADD_HISTORY = `INSERT INTO history (cursor, run_no, epoch, at, path, running, hash, flow, untold_after)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const TELL_LATER =
  "INSERT OR REPLACE INTO untold (run_no, process_no) SELECT run_no, process_no FROM run WHERE run_no = ?";
const ADD_LOG = "INSERT INTO log (run_no, line, slot, attempt, at, level, text) VALUES (?, ?, ?, ?, ?, ?, ?)";

export interface BatchWriterParts {
  readonly db: Database;
  readonly values: KeptValues;
  readonly cache: CacheTables;
  readonly versions: Versions;
}

export class BatchWriter {
  readonly #db: Database;
  readonly #values: KeptValues;
  readonly #cache: CacheTables;
  readonly #versions: Versions;

  constructor({ db, values, cache, versions }: BatchWriterParts) {
    this.#db = db;
    this.#values = values;
    this.#cache = cache;
    this.#versions = versions;
  }

  /** In the transaction of its caller. Undefined: another owner has the run. */
  write(live: LiveRun, batch: Batch): { readonly cursor: Cursor; readonly hash: string } | undefined {
    const { at, epoch } = batch;
    const { runNo, running } = live;
    const fence = this.#db.get(FENCE, runNo);
    if (fence === undefined || fence["epoch"] !== epoch) return undefined;
    const cursor = Number(fence["newest"] ?? 0) + 1;
    const isNoted = batch.flow === undefined && !batch.letsGo && cursor - Number(fence["last_cursor"]) < TAIL;
    if (!isNoted) this.#db.run(TOUCH_RUN, at, cursor, runNo);
    const before: (readonly [slot: number, since: number | undefined])[] = [];
    try {
      for (const slot of batch.removed) {
        this.#db.run("DELETE FROM task_run WHERE run_no = ? AND slot = ?", runNo, slot);
        before.push([slot, running.get(slot)]); // one that runs has no row
        running.delete(slot);
      }
      const rows: TaskRunRow[] = [];
      for (const row of batch.taskRuns) {
        before.push([row.slot, running.get(row.slot)]);
        if (isPlainStart(row)) running.set(row.slot, at);
        else {
          running.delete(row.slot);
          rows.push(row);
        }
      }
      writeTaskRuns(this.#db, this.#values, runNo, rows);
      if (batch.logs.length > 0) this.#writeLogs(runNo, batch);
      this.#writeRest(runNo, batch);
      const path = packPath(batch.path);
      const runningBytes = live.runningBytes(at, batch.removed.length > 0);
      const flow = flowColumn(batch.flow);
      const untoldAfter = batch.untoldAfter === "itself" ? cursor : (batch.untoldAfter ?? null);
      const hash = live.hashOf({ cursor, at, path, running: runningBytes, flow, untoldAfter });
      this.#db.run(ADD_HISTORY, cursor, runNo, epoch, at, path, runningBytes, hash, flow, untoldAfter);
      return { cursor, hash };
    } catch (error) {
      // The transaction is undone, and so is what we remember of it.
      for (const [slot, since] of before.reverse()) {
        if (since === undefined) running.delete(slot);
        else running.set(slot, since);
      }
      throw error;
    }
  }

  /** A text ends at a NUL in SQLite, so that is kept as its symbol. */
  #writeLogs(runNo: number, { logs }: Batch): void {
    const from = nextLine(this.#db, runNo);
    for (const [i, row] of logs.entries()) {
      const { slot, at, level, text } = row;
      this.#db.run(ADD_LOG, runNo, from + i, slot, attemptColumn(row), at, level, text.replaceAll("\0", "\u2400"));
    }
  }

  #writeRest(runNo: number, batch: Batch): void {
    const { at, cache, cacheFreed, answered, flow, letsGo, version } = batch;
    if (cache.length + cacheFreed.length > 0) this.#cache.write(batch);
    if (version !== undefined) {
      const flowName = String(this.#db.get("SELECT flow FROM run WHERE run_no = ?", runNo)?.["flow"]);
      const versionNo = this.#versions.numberOf(flowName, version.fingerprint, version.make);
      this.#db.run("UPDATE run SET version_no = ? WHERE run_no = ?", versionNo, runNo);
    }
    for (const id of answered) this.#db.run("UPDATE request SET answered = 1 WHERE request_no = ?", id);
    const finished = flow !== undefined && isFinishedType(flow.type);
    if (finished && typeof batch.untoldAfter === "number" && !letsGo) this.#db.run(TELL_LATER, runNo);
    if (letsGo && flow === undefined) this.#db.run("DELETE FROM untold WHERE run_no = ?", runNo);
    if (finished || letsGo) this.#cache.freeAllOf(runNo);
    if (flow !== undefined) this.writeState(runNo, flow, at, finished || letsGo);
    else if (letsGo) this.#db.run("UPDATE run SET process_no = NULL WHERE run_no = ?", runNo);
  }

  writeState(runNo: number, flow: FlowState, at: Instant, letsGo: boolean): void {
    const { kind, text } = stateColumns(this.#values, flow);
    const startedAt = flow.type === "Running" ? at : null;
    const endedAt = isFinishedType(flow.type) ? at : null;
    this.#db.run(
      CHANGE_STATE,
      flow.type,
      kind,
      text,
      stateSum(flow.type, kind, text),
      startedAt,
      endedAt,
      letsGo ? 1 : 0,
      runNo,
    );
  }
}
