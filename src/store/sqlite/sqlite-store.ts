/**
 * The store in one SQLite file, which any number of processes may have open.
 *
 * A commit is one transaction in the thread of its caller: what happens meanwhile is in the next one (group commit).
 * What other processes do is noticed by the file's data version, looked at a few times a second while anybody waits.
 */
import { join } from "node:path";
import { CaudalError } from "../../base/errors.ts";
import type { Instant } from "../../base/time.ts";
import type {
  Batch,
  CacheClaim,
  CacheListing,
  CacheRequest,
  Cursor,
  FlowVersion,
  GivenRows,
  HistoryRow,
  LogRow,
  NewRequest,
  NewRun,
  OnceKey,
  Ownership,
  Place,
  Request,
  RunFilter,
  RunRow,
  Store,
  TakeOver,
  TaskRunRow,
  Tick,
} from "../../ports/store.ts";
import { isFinishedType } from "../../state/task-state.ts";
import type { Queries } from "../../ports/queries.ts";
import { batchOfGiven } from "../given-batch.ts";
import { BatchWriter } from "./batch-writer.ts";
import { CacheTables } from "./cache-tables.ts";
import { readOfRun } from "./corrupt.ts";
import { Database, type Durability } from "./database.ts";
import type { Housekeeper } from "./housekeeping.ts";
import { KeepingHouse } from "./keeping-house.ts";
import { KeptValues } from "./kept-values.ts";
import { LiveRun } from "./live-run.ts";
import { fromLogColumns } from "./log-row.ts";
import type { SyncNow } from "./log-on-disk.ts";
import { fromFlowColumn, unpackPath } from "./packing.ts";
import { describeProcess } from "./process.ts";
import { PlaceTable } from "./place-table.ts";
import { ProcessTable, type ProcessTableOptions } from "./process-table.ts";
import { readRunning } from "./read-running.ts";
import { RETENTION_DEFAULT, type Retention } from "./retention.ts";
import { RunNotes } from "./run-notes.ts";
import { ADD_RUN, type FoundRun, foundRun, newRunColumns, SELECT_RUN, withOwner } from "./run-rows.ts";
import { runsWhere } from "./run-filter.ts";
import { takeTick } from "./ticks.ts";
import { takeToTell, tellerOf } from "./to-tell.ts";
import { readTaskRuns } from "./task-run-rows.ts";
import { Versions } from "./versions.ts";
import { Watch } from "./watch.ts";

export interface OpenOptions extends ProcessTableOptions {
  /** What commits are safe from: `full` also from power loss (an fdatasync each), `process` from the death of the process. Default full. */
  readonly durability?: Durability | undefined;
  /** How a commit is brought to the disk, in place of Node's: for tests. */
  readonly syncNow?: SyncNow | undefined;
  /** How long finished runs stay. */
  readonly retention?: Retention | undefined;
}

const LAST_CURSOR = "SELECT coalesce(max(cursor), 0) AS last FROM history";
const TAKE_OVER = `UPDATE run SET epoch = epoch + 1, process_no = ?, owned_at = ?, changed_at = ?, active_ms = ?
  WHERE run_no = ? AND epoch = ?`;

/** What is wrong with one run only. */
const IN_ONE_RUN = new Set(["RUN_CORRUPT", "BLOB_MISSING", "BLOB_CORRUPT", "BLOB_FILE"]);

export class SqliteStore implements Store {
  readonly name: string;
  readonly durable = true;
  readonly shared = true;
  readonly keepsHistory = true;
  readonly folder: string;
  readonly #db: Database;
  readonly #values: KeptValues;
  readonly #processes: ProcessTable;
  readonly #versions: Versions;
  readonly #batches: BatchWriter;
  readonly #cache: CacheTables;
  readonly #notes: RunNotes;
  readonly #places: PlaceTable;
  readonly #house: KeepingHouse;
  readonly #watch: Watch;
  readonly #live = new Map<string, LiveRun>();
  #closed = false;

  /** @param folder of the store's own (`.caudal`) @throws CaudalError as `Database.open` */
  constructor(folder: string, options: OpenOptions = {}) {
    this.#db = Database.open(folder, options.durability ?? "full", { sync: options.syncNow, now: options.now });
    this.name = this.#db.file;
    this.folder = join(folder, "..");
    this.#values = new KeptValues(folder);
    this.#processes = new ProcessTable(this.#db, options);
    this.#notes = new RunNotes(this.#db, this.#values);
    this.#versions = new Versions(this.#db);
    this.#watch = new Watch(this.#db);
    this.#cache = new CacheTables(this.#db, this.#values, this.#processes, this.#watch);
    this.#batches = new BatchWriter({
      ...{ db: this.#db, values: this.#values, cache: this.#cache, versions: this.#versions },
    });
    this.#house = new KeepingHouse(() => this.#housekeeper(options), options.now ?? Date.now);
    this.#places = new PlaceTable(this.#db, this.#processes, this.#watch);
  }

  /** Its code is read when there may be something to do. */
  async #housekeeper({ retention, now }: OpenOptions): Promise<Housekeeper> {
    const { Housekeeper } = await import("./housekeeping.ts");
    return new Housekeeper(this.#db, () => this.#values.blobs, retention ?? RETENTION_DEFAULT, now ?? Date.now);
  }

  async queries(): Promise<Queries> {
    const { sqliteQueries } = await import("./queries/queries.ts");
    const [db, values, open] = [this.#db, this.#values, () => this.#open()];
    const ownershipOf = (processNo: number | undefined) => this.#processes.ownershipOf(processNo);
    return sqliteQueries({ db, values, open, ownershipOf, runRow: (found) => this.#shown(found) });
  }

  createRun(
    run: NewRun,
    version: () => FlowVersion,
    tick?: Tick,
    given?: GivenRows,
  ): { readonly created: boolean; readonly run: RunRow } {
    return this.#writeBeforeAll(() => {
      if (run.idempotencyKey !== undefined) {
        const [known] = this.#find("WHERE run.flow = ? AND idempotency_key = ?", run.flow, run.idempotencyKey);
        if (known !== undefined) return { created: false, run: this.#shown(known) };
      }
      const taken = tick && takeTick(this.#db, tick, run.id);
      if (taken !== undefined) return { created: false, run: this.#shown(this.#found(taken)) };
      const processNo = this.#processes.own();
      const versionNo = this.#versions.numberOf(run.flow, run.fingerprint, version);
      this.#db.run(ADD_RUN, ...newRunColumns(run, versionNo, processNo, this.#lastCursor()));
      const created = this.#found(run.id);
      const live = new LiveRun(created.runNo, new Map(), "");
      if (given !== undefined) live.committed(this.#writeBatch(live, batchOfGiven(run, given)).hash);
      this.#live.set(run.id, live);
      return { created: true, run: this.#shown(given === undefined ? created : this.#found(run.id)) };
    });
  }

  takeOver(runId: string, at: Instant, { reopen, tell }: TakeOver = {}): RunRow {
    return this.#writeBeforeAll(() => {
      const found = this.#found(runId);
      if (tell === true) {
        this.#live.set(runId, takeToTell(this.#db, this.#processes, found));
        return this.#shown(this.#found(runId));
      }
      const ownership = this.#ownershipOf(found);
      if (ownership === "alive" || ownership === "here")
        throw new CaudalError("RUN_OWNED", { run: runId, owner: this.#ownerOf(found) ?? "this process" });
      const { row, runNo } = found;
      const ended = isFinishedType(row.state.type);
      if (ended && reopen !== true) throw new CaudalError("RUN_OVER", { run: runId, state: row.state.type });
      if (ended) this.#reopen(runNo, at);
      const activeMs = ended || row.startedAt === undefined ? 0 : row.changedAt - Math.max(row.ownedAt, row.startedAt);
      const processNo = this.#processes.own();
      const before = ended ? 0 : row.activeMs;
      this.#db.run(TAKE_OVER, processNo, at, at, before + activeMs, runNo, row.epoch);
      this.#cache.freeAllOf(runNo);
      const { running, hash } = readOfRun(runId, this.name, () => readRunning(this.#db, found));
      this.#live.set(runId, new LiveRun(runNo, running, hash));
      return this.#shown(this.#found(runId));
    });
  }

  /** What was asked of the run before it ended is not asked of it now; of what nobody was told the history says. */
  #reopen(runNo: number, at: Instant): void {
    this.#db.run("DELETE FROM untold WHERE run_no = ?", runNo);
    this.#batches.writeState(runNo, { type: "Running", attempt: 1 }, at, false);
    this.#db.run("UPDATE request SET answered = 1 WHERE run_no = ?", runNo);
  }

  commit(batch: Batch): Cursor {
    const live = this.#live.get(batch.runId);
    if (live === undefined) this.#refuse(batch.runId, batch.epoch);
    const finished = batch.flow !== undefined && isFinishedType(batch.flow.type);
    const write = () => this.#writeBatch(live, batch);
    // That listeners were told need not survive the power: then they are told again.
    const { cursor, hash } = live.ended ? this.#writeBeforeAll(write) : this.#write(write);
    live.committed(hash);
    live.ended = finished;
    if (batch.letsGo || (finished && typeof batch.untoldAfter !== "number")) this.#live.delete(batch.runId);
    if (batch.cache.length + batch.cacheFreed.length > 0) this.#cache.wakeLocal(batch);
    this.#processes.committed();
    this.#house.wrote(batch.taskRuns.length + batch.logs.length + 1);
    if (finished && this.#processes.keeps) this.#house.runEnded();
    return cursor;
  }

  /** In the transaction of its caller. */
  #writeBatch(live: LiveRun, batch: Batch): { readonly cursor: Cursor; readonly hash: string } {
    return this.#batches.write(live, batch) ?? this.#refuse(batch.runId, batch.epoch);
  }

  readRun(runId: string): RunRow | undefined {
    return this.#read(() => {
      const [found] = this.#find("WHERE run_id = ?", runId);
      return found && this.#shown(found);
    });
  }

  listRuns(filter: RunFilter): readonly RunRow[] {
    const { interrupted, untold, limit } = filter;
    const asksWho = interrupted === true || untold === true;
    return this.#read(() => {
      const { text, bound } = runsWhere(filter);
      // Who is alive is no matter of the tables: where it counts, rows are looked at until there are enough.
      const rows = this.#findWhole(
        `${text} ORDER BY run_no DESC${asksWho ? "" : " LIMIT ?"}`,
        ...bound,
        ...(asksWho ? [] : [limit]),
      );
      const nobodys = (found: FoundRun) => {
        if (untold === true) return tellerOf(this.#db, this.#processes, found) !== "alive";
        const whose = this.#ownershipOf(found);
        return whose === "gone" || whose === "none";
      };
      const wanted = asksWho ? rows.filter(nobodys).slice(0, limit) : rows;
      return wanted.map((found) => this.#shown(found));
    });
  }

  readVersion(flow: string, fingerprint: string): FlowVersion | undefined {
    return this.#read(() => this.#versions.read(flow, fingerprint));
  }

  readTaskRuns(runId: string): readonly TaskRunRow[] {
    return this.#read(() => {
      const found = this.#found(runId);
      return readOfRun(runId, this.name, () => {
        const running = found.row.endedAt === undefined ? readRunning(this.#db, found).running : new Map();
        return readTaskRuns(this.#db, this.#values, found, running);
      });
    });
  }

  readHistory(runId: string): readonly HistoryRow[] {
    return this.#read(() => {
      const { runNo, firstCursor, lastCursor } = this.#found(runId);
      const rows = this.#db.all(
        "SELECT cursor, epoch, at, path, flow, untold_after FROM history WHERE cursor BETWEEN ? AND ? AND run_no = ? ORDER BY cursor",
        ...[firstCursor, lastCursor, runNo],
      );
      return rows.map((row) => ({
        cursor: Number(row["cursor"]),
        epoch: Number(row["epoch"]),
        at: Number(row["at"]),
        path: unpackPath(row["path"] as Uint8Array) ?? this.#corrupt(runId, `its history at ${String(row["cursor"])}`),
        flow: fromFlowColumn(row["flow"] as string | null),
        untoldAfter: (row["untold_after"] as number | null) ?? undefined,
      }));
    });
  }

  #corrupt(run: string, what: string): never {
    throw new CaudalError("RUN_CORRUPT", { run, store: this.name, why: `${what} is not what was written` });
  }

  readLogs(runId: string, slot?: number, skip = 0): readonly LogRow[] {
    return this.#read(() => {
      const { runNo } = this.#found(runId);
      const where = slot === undefined ? "" : "AND slot = ?";
      const sql = `SELECT slot, attempt, at, level, text FROM log WHERE run_no = ? ${where} ORDER BY line LIMIT -1 OFFSET ?`;
      const rows = this.#db.all(sql, runNo, ...(slot === undefined ? [] : [slot]), skip);
      return (rows as unknown as readonly LogRow[]).map(fromLogColumns);
    });
  }

  keep(value: unknown): void {
    this.#values.prepare(value);
  }

  readOnce(key: OnceKey): { readonly value: unknown } | undefined {
    return this.#read(() => {
      const { runNo } = this.#found(key.runId);
      return readOfRun(key.runId, this.name, () => this.#notes.readOnce(runNo, key));
    });
  }

  keepOnce(key: OnceKey, value: unknown): void {
    this.#write(() => {
      const { runNo, row } = this.#found(key.runId);
      if (row.epoch !== key.epoch) this.#refuse(key.runId, key.epoch);
      this.#notes.keepOnce(runNo, key, value);
    });
  }

  claimCache(request: CacheRequest): CacheClaim {
    this.#open();
    const { runId, epoch } = request;
    const runNo = () => {
      const live = this.#live.get(runId);
      if (live === undefined || this.#found(runId).row.epoch !== epoch) this.#refuse(runId, epoch);
      return live.runNo;
    };
    return this.#cache.claim(request, runNo);
  }

  listCache({ scope, limit }: Parameters<Store["listCache"]>[0]): readonly CacheListing[] {
    return this.#read(() => this.#cache.list(scope, limit));
  }

  clearCache(scope?: string): number {
    return this.#write(() => this.#cache.clear(scope));
  }

  whenCacheFree(key: string, callback: () => void): () => void {
    return this.#cache.whenFree(key, callback);
  }

  claimPlaces(places: readonly Place[], since: Instant, at: Instant): string | undefined {
    this.#open();
    return this.#places.claim(places, since, at);
  }

  releasePlaces(names: readonly string[]): void {
    if (!this.#closed) this.#places.release(names); // with it they went
  }

  whenPlaceFree(name: string, callback: () => void): () => void {
    return this.#places.whenFree(name, callback);
  }

  post(request: NewRequest): Request {
    const posted = this.#write(() => this.#notes.post(this.#found(request.runId).runNo, request));
    this.#watch.changed();
    return posted;
  }

  requestsOf(runId: string): readonly Request[] {
    return this.#read(() => {
      const { runNo } = this.#found(runId);
      return readOfRun(runId, this.name, () => this.#notes.requestsOf(runNo, runId));
    });
  }

  watch(callback: () => void): () => void {
    this.#open();
    return this.#watch.add(callback);
  }

  /** Looks now and then, and calls back once when nothing can be kept here any more: the file is gone, damaged or of a later version. */
  whenBroken(callback: (error: unknown) => void): void {
    this.watch(() => undefined);
    this.#db.whenBroken(callback);
  }

  /** Nothing can be asked of it any more: another has to be opened. */
  get isClosed(): boolean {
    return this.#closed;
  }

  close(): void {
    if (this.#closed) return;
    this.#letGo();
    this.#watch.close();
    this.#places.close();
    this.#house.close();
    this.#processes.close();
    this.#closed = true;
    this.#db.close();
  }

  #letGo(): void {
    if (this.#live.size === 0) return;
    try {
      this.#write(() => {
        const own = this.#processes.known ?? 0; // a run that was taken over since is somebody else's
        for (const { runNo } of this.#live.values())
          this.#db.run("UPDATE run SET process_no = NULL WHERE run_no = ? AND process_no = ?", runNo, own);
      });
    } catch {
      // The file is gone, full or damaged: the process is found dead instead.
    }
  }

  #open(): void {
    if (this.#closed) throw new CaudalError("STORE_CLOSED", undefined);
  }

  #read<T>(read: () => T): T {
    this.#open();
    return this.#db.read(read);
  }

  #write<T>(write: () => T): T {
    this.#open();
    return this.#db.transaction(write);
  }

  /** Nothing comes of it before a commit of the run, which brings it to the disk with itself: it need not wait for the disk. */
  #writeBeforeAll<T>(write: () => T): T {
    this.#open();
    return this.#db.quickTransaction(write);
  }

  #lastCursor(): Cursor {
    return Number((this.#db.get(LAST_CURSOR) as { last: number }).last);
  }

  #find(rest: string, ...bound: (string | number)[]): FoundRun[] {
    return this.#db.all(`${SELECT_RUN} ${rest}`, ...bound).map((row) => foundRun(this.#values, row, this.name));
  }

  /** Without those that cannot be read: asked for one by one they say so, and `caudal doctor` names them. */
  #findWhole(rest: string, ...bound: (string | number)[]): FoundRun[] {
    return this.#db.all(`${SELECT_RUN} ${rest}`, ...bound).flatMap((row) => {
      try {
        return [foundRun(this.#values, row, this.name)];
      } catch (error) {
        if (error instanceof CaudalError && IN_ONE_RUN.has(error.code)) return [];
        throw error;
      }
    });
  }

  #found(runId: string): FoundRun {
    const [found] = this.#find("WHERE run_id = ?", runId);
    if (found === undefined) throw new CaudalError("RUN_UNKNOWN", { run: runId });
    return found;
  }

  /** The caller has the run no longer, or never had. */
  #refuse(runId: string, epoch: number): never {
    this.#open();
    const { row } = this.#found(runId);
    throw new CaudalError("STALE_EPOCH", { run: runId, epoch, current: row.epoch });
  }

  #ownershipOf({ processNo, process }: FoundRun): Ownership {
    if (processNo === undefined || processNo === this.#processes.known) return this.#processes.ownershipOf(processNo);
    return process !== undefined && this.#processes.isAlive(process) ? "alive" : "gone";
  }

  #ownerOf({ process }: FoundRun): string | undefined {
    return process && describeProcess(process);
  }

  #shown(found: FoundRun): RunRow {
    return withOwner(found, this.#ownershipOf(found), this.#ownerOf(found));
  }
}
