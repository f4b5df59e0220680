/**
 * What a store holds at an instant, read from a copy of its files, so that looking changes nothing: SQLite's own check,
 * every run with its task runs and its history, and what the history folds to.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Json } from "../../src/base/json.ts";
import type { FlowVersion, HistoryRow, RunRow, TaskRunRow } from "../../src/ports/store.ts";
import { isFinishedType, STATE_TYPES, STATES, type StateType } from "../../src/state/task-state.ts";
import { blobFolder } from "../../src/store/blobs.ts";
import { Database } from "../../src/store/sqlite/database.ts";
import { Housekeeper } from "../../src/store/sqlite/housekeeping.ts";
import { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { sqliteDriver } from "../../src/store/sqlite-driver.ts";

export interface Transition {
  readonly from: StateType;
  readonly to: StateType;
  readonly cursor: number;
  readonly epoch: number;
}

export interface StoredTaskRun {
  /** `run/slug[child]`, as the journal names it. */
  readonly name: string;
  readonly row: TaskRunRow;
  readonly transitions: readonly Transition[];
  /** Its node as the flow's version has it. */
  readonly rules: Rules;
}

export interface Rules {
  readonly retries: number;
  readonly onLost: string;
  readonly maxLost: number;
  /** Its value lives in the process that made it. */
  readonly keepsValue: boolean;
  readonly callsBody: boolean;
}

export interface StoredRun {
  readonly row: RunRow;
  readonly taskRuns: ReadonlyMap<string, StoredTaskRun>;
}

export interface Stored {
  readonly runs: readonly StoredRun[];
  readonly lastCursor: number;
  /** What is wrong with the store by itself. */
  readonly complaints: readonly string[];
}

/** @param folder the store's own */
export function readStored(folder: string): Stored {
  const nothing = { runs: [], lastCursor: 0, complaints: [] };
  if (!existsSync(join(folder, "caudal.db"))) return nothing;
  const copy = mkdtempSync(join(tmpdir(), "caudal-look-"));
  try {
    const place = join(copy, ".caudal");
    copyStore(folder, place);
    const file = join(place, "caudal.db");
    const db = new (sqliteDriver().DatabaseSync)(file, {});
    const complaints = integrity(db);
    const made = db.prepare("SELECT count(*) AS tables FROM sqlite_master WHERE name = 'history'").get();
    const { last } = Number(made?.["tables"]) === 0 ? { last: 0 } : lastCursorOf(db);
    db.close();
    if (complaints.length > 0 || Number(made?.["tables"]) === 0) return { ...nothing, complaints };
    const store = new SqliteStore(place);
    try {
      const rows = store.listRuns({ limit: 100_000 });
      const runs = rows.map((row) => readOne(store, row, complaints));
      return { runs, lastCursor: last, complaints };
    } catch (error) {
      complaints.push(`the store cannot be read: ${String(error)}`);
      return { runs: [], lastCursor: last, complaints };
    } finally {
      store.close();
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

type Db = InstanceType<ReturnType<typeof sqliteDriver>["DatabaseSync"]>;

function copyStore(from: string, to: string): void {
  mkdirSync(to, { mode: 0o700 });
  writeFileSync(join(to, "caudal.db"), "", { mode: 0o600 });
  for (const name of ["caudal.db", "caudal.db-wal", "caudal.db-journal"])
    if (existsSync(join(from, name))) copyFileSync(join(from, name), join(to, name));
  if (existsSync(join(from, "blobs"))) symlinkSync(join(from, "blobs"), join(to, "blobs"));
}

function integrity(db: Db): string[] {
  const rows = db.prepare("PRAGMA integrity_check").all() as readonly { readonly integrity_check: string }[];
  const said = rows.map((row) => row.integrity_check).filter((text) => text !== "ok");
  return said.map((text) => `PRAGMA integrity_check: ${text}`);
}

function lastCursorOf(db: Db): { readonly last: number } {
  return db.prepare("SELECT coalesce(max(cursor), 0) AS last FROM history").get() as { readonly last: number };
}

function readOne(store: SqliteStore, row: RunRow, complaints: string[]): StoredRun {
  const version = store.readVersion(row.flow, row.fingerprint);
  const rows = store.readTaskRuns(row.id);
  const nameOf = namesOf(row, rows, version);
  const folded = fold(store.readHistory(row.id), nameOf, complaints);
  const taskRuns = new Map<string, StoredTaskRun>();
  for (const taskRun of rows) {
    const name = nameOf(taskRun.slot);
    const transitions = folded.get(taskRun.slot) ?? [];
    const last = transitions.at(-1)?.to ?? "Pending";
    if (last !== taskRun.state.type)
      complaints.push(`${name} is ${taskRun.state.type}, but its history ends in ${last}`);
    taskRuns.set(name, { name, row: taskRun, transitions, rules: rulesOf(version, taskRun.node) });
  }
  for (const [slot, transitions] of folded) {
    const last = transitions.at(-1)?.to;
    if (!taskRuns.has(nameOf(slot)) && last !== "Pending")
      complaints.push(`${nameOf(slot)} is nowhere, but its history ends in ${last}`);
  }
  return { row, taskRuns };
}

function namesOf({ id }: RunRow, rows: readonly TaskRunRow[], version: FlowVersion | undefined) {
  const bySlot = new Map(rows.map((row) => [row.slot, row]));
  return (slot: number): string => {
    const row = bySlot.get(slot);
    const slug = version?.nodes[row?.node ?? slot]?.slug ?? `slot ${slot}`;
    return row?.child === undefined ? `${id}/${slug}` : `${id}/${slug}[${row.child}]`;
  };
}

/** The transitions of each slot, one after the other; a gap between two is a complaint. */
function fold(
  history: readonly HistoryRow[],
  nameOf: (slot: number) => string,
  complaints: string[],
): Map<number, Transition[]> {
  const folded = new Map<number, Transition[]>();
  let before = { cursor: 0, epoch: 0 };
  for (const { cursor, epoch, path } of history) {
    if (cursor <= before.cursor) complaints.push(`history: cursor ${cursor} after ${before.cursor}`);
    if (epoch < before.epoch) complaints.push(`history: epoch ${epoch} wrote after epoch ${before.epoch}`);
    before = { cursor, epoch };
    for (let i = 0; i < path.slots.length; i++) {
      const slot = path.slots[i]!;
      const from = STATE_TYPES[path.steps[i]! >> 5]!;
      const to = STATE_TYPES[path.steps[i]! & 31]!;
      const known = folded.get(slot) ?? [];
      const at = known.at(-1)?.to ?? "Pending";
      if (at !== from) complaints.push(`${nameOf(slot)}: ${from} → ${to} (${cursor}), but it was ${at}`);
      else if (!isLegal(from, to)) complaints.push(`${nameOf(slot)}: ${from} → ${to} (${cursor}) is no transition`);
      folded.set(slot, [...known, { from, to, cursor, epoch }]);
    }
  }
  return folded;
}

/** The table's own steps, and what a handler or a lost value may lead to. */
function isLegal(from: StateType, to: StateType): boolean {
  const next: readonly StateType[] = STATES[from].next;
  return next.includes(to) || isFinishedType(to) || to === "Retrying" || to === "Paused" || to === "Pending";
}

interface NodeJson {
  readonly kind?: string;
  readonly task?: number;
  readonly resource?: string;
}
interface TaskJson {
  readonly retries?: number;
  readonly onLost?: string;
  readonly maxLost?: number;
  readonly keepsResult?: boolean;
}

function rulesOf(version: FlowVersion | undefined, node: number): Rules {
  const graph = version?.graph as { readonly nodes?: readonly Json[]; readonly tasks?: readonly Json[] } | undefined;
  const about = (graph?.nodes?.[node] ?? {}) as NodeJson;
  const task = (graph?.tasks?.[about.task ?? -1] ?? {}) as TaskJson;
  return {
    retries: task.retries ?? 0,
    onLost: task.onLost ?? "retry",
    maxLost: task.maxLost ?? 3,
    keepsValue: task.keepsResult !== false && about.resource !== "setup",
    callsBody: (about.kind ?? "task") === "task",
  };
}

const DAY_MS = 86_400_000;

/**
 * What a keeper leaves days later: no piece of a file that nothing will ever finish, no file that no row names, and
 * every file that one does.
 */
export function complaintsAfterSweep(folder: string): readonly string[] {
  const blobs = blobFolder(join(folder, "blobs"));
  const db = Database.open(folder, "process");
  try {
    const now = () => Date.now() + 3 * DAY_MS;
    const keeper = new Housekeeper(db, () => blobs, { ageMs: 1_000 * DAY_MS, runs: 1_000_000 }, now);
    while (keeper.step() > 0);
    const named = new Set(db.all(NAMED).map(({ address }) => String(address)));
    const kept = new Set([...blobs.list()].map(({ address }) => address));
    const pieces = join(folder, "blobs", "tmp");
    return [
      ...(existsSync(pieces) ? readdirSync(pieces).map((name) => `a piece was left behind: ${name}`) : []),
      ...[...kept].filter((address) => !named.has(address)).map((address) => `no row names the file ${address}`),
      ...[...named].filter((address) => !kept.has(address)).map((address) => `the file ${address} is gone, and named`),
    ];
  } finally {
    db.close();
  }
}

const NAMED = `SELECT value AS address FROM task_run WHERE value_kind = 2
  UNION SELECT state_value FROM run WHERE state_kind = 2
  UNION SELECT value FROM cache WHERE value_kind = 2
  UNION SELECT value FROM once WHERE value_kind = 2`;
