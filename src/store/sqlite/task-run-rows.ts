/** Task runs in their table: written many at a time, and read back with what the table leaves out. */
import type { KeptCounters } from "../../engine/run.ts";
import { STATE_INDEX } from "../../engine/run.ts";
import type { TaskRunRow } from "../../ports/store.ts";
import { STATE_TYPES, type StateType, type TaskState } from "../../state/task-state.ts";
import { decodeValue, encodeValue } from "../codec.ts";
import type { Bound, Database, Row } from "./database.ts";
import { RowDamage } from "./corrupt.ts";
import { type KeptValue, type KeptValues, VALUE } from "./kept-values.ts";
import { rowSum } from "./row-sum.ts";

const COLUMNS = "run_no, slot, state, attempt, started_at, ended_at, value_kind, value, more, sum";
const PLACES = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
const WRITE = `INSERT OR REPLACE INTO task_run (${COLUMNS}) VALUES `;
/** Rows per statement: a third less time than one by one, and no more above it. */
const CHUNK = 16;
const WRITE_ONE = WRITE + PLACES;
const WRITE_CHUNK = WRITE + Array.from({ length: CHUNK }, () => PLACES).join(", ");

/** What a state has beside its type and result, where it has anything. */
interface More {
  readonly state?: Record<string, unknown>;
  readonly base?: number;
  readonly counters?: KeptCounters;
  readonly name?: string;
}

const NO_VALUE: KeptValue = { kind: VALUE.UNDEFINED, text: null };

/** A task run that only runs has no row: its start is in the history. */
export function isPlainStart({ state, counters }: TaskRunRow): boolean {
  return state.type === "Running" && counters === undefined && state.reason === undefined;
}

export function writeTaskRuns(db: Database, values: KeptValues, runNo: number, rows: readonly TaskRunRow[]): void {
  let from = 0;
  for (; from + CHUNK <= rows.length; from += CHUNK) {
    const bound: Bound[] = [];
    for (let i = from; i < from + CHUNK; i++) bound.push(...columnsOf(values, runNo, rows[i]!));
    db.run(WRITE_CHUNK, ...bound);
  }
  for (; from < rows.length; from++) db.run(WRITE_ONE, ...columnsOf(values, runNo, rows[from]!));
}

function columnsOf(values: KeptValues, runNo: number, row: TaskRunRow): Bound[] {
  const { state } = row;
  const { kind, text } = keptValueOf(values, row);
  const more = moreOf(row);
  const index = STATE_INDEX[state.type];
  const startedAt = row.startedAt ?? null;
  const endedAt = row.endedAt ?? null;
  const sum = rowSum(runNo, row.slot, index, row.attempt, startedAt, endedAt, kind, text, more);
  return [runNo, row.slot, index, row.attempt, startedAt, endedAt, kind, text, more, sum];
}

function keptValueOf(values: KeptValues, { state, value }: TaskRunRow): KeptValue {
  if (!("result" in state) || state.type === "Mapped") return NO_VALUE;
  if (value === "derived") return { kind: VALUE.DERIVED, text: null };
  if (value === "not-kept") return { kind: VALUE.NOT_KEPT, text: null };
  return values.kept(state.result);
}

function moreOf({ state, childBase, counters, name }: TaskRunRow): string | null {
  const {
    type: _,
    result: __,
    attempt: ___,
    ...rest
  } = state as TaskState & {
    readonly result?: unknown;
    readonly attempt?: number;
  };
  const failedWithResult = "result" in state && "error" in state;
  const named = Object.keys(rest).length > 0 || failedWithResult;
  if (!named && childBase === undefined && counters === undefined && name === undefined) return null;
  const more: More = {
    ...(named && { state: failedWithResult ? { ...rest, $result: true } : rest }),
    ...(childBase !== undefined && { base: childBase }),
    ...(counters !== undefined && { counters }),
    ...(name !== undefined && { name }),
  };
  return encodeValue(more);
}

/** Longer texts are fetched by themselves, so that what is read at once stays bounded. */
const TEXT_LENGTH_MAX = 1_024;
/** Rows read at once. */
const PAGE = 4_096;

const time = (column: string) =>
  `iif(${column} <> CAST(${column} AS INTEGER), format('%!.17g', ${column}), CAST(${column} AS INTEGER))`;
const text = (column: string) => `iif(length(${column}) > ${TEXT_LENGTH_MAX}, 1, ${column})`;
/**
 * Many rows as one JSON text: a value that crosses from SQLite to JavaScript costs more than to write and parse it
 * (a quarter of the time). JSON of SQLite has numbers of 15 digits only, so times that are no whole number are text.
 */
const READ = `SELECT json_group_array(json_array(slot, state, attempt, ${time("started_at")}, ${time("ended_at")},
    value_kind, ${text("value")}, ${text("more")}, sum)) AS rows
  FROM (SELECT * FROM task_run WHERE run_no = ? AND slot > ? ORDER BY slot LIMIT ${PAGE})`;
const READ_BEFORE = `SELECT ${COLUMNS} FROM task_run WHERE run_no < ? ORDER BY run_no DESC, slot DESC LIMIT 1`;
const READ_AFTER = `SELECT ${COLUMNS} FROM task_run WHERE (run_no, slot) > (?, ?) ORDER BY run_no, slot LIMIT 2`;
const IS_RUN = "SELECT 1 FROM run WHERE run_no = ?";
const READ_TEXTS = "SELECT value, more FROM task_run WHERE run_no = ? AND slot = ?";

/** Far above what a run can have, also after many of its nodes have decided their children anew. */
const SLOT_MAX = 1 << 26;

type Time = number | string | null;
/** 1: too long to come with the others. */
type Text = string | 1 | null;
type Packed = readonly [
  slot: number,
  state: number,
  attempt: number,
  startedAt: Time,
  endedAt: Time,
  valueKind: number,
  value: Text,
  more: Text,
  sum: number,
];

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** In slot order, those that run among them. `nodes` is how many nodes the flow has. */
export function readTaskRuns(
  db: Database,
  values: KeptValues,
  run: { readonly runNo: number; readonly nodes: number },
  running: ReadonlyMap<number, number>,
): readonly TaskRunRow[] {
  const rows: Mutable<TaskRunRow>[] = [];
  const texts = (slot: number) => db.get(READ_TEXTS, run.runNo, slot) as Pick<Row, "value" | "more">;
  let last = -1;
  for (let found = PAGE; found === PAGE; ) {
    const page = JSON.parse((db.get(READ, run.runNo, last) as { readonly rows: string }).rows) as readonly Packed[];
    for (const one of page) {
      if (one[0] <= last || one[0] > SLOT_MAX) throw new RowDamage(`no task run ${one[0]} comes after ${last}`);
      last = one[0];
      rows.push(rowOf(values, run.runNo, one, texts));
    }
    found = page.length;
  }
  checkBorders(db, run.runNo, last);
  if (running.size > 0) addRunning(rows, running);
  placeChildren(rows, run.nodes);
  return rows;
}

/**
 * A row whose key was damaged, or a page that leads past rows or to one twice, hides what was written. It shows beside
 * the rows of the run: what is there stands in order and belongs to another run. Damage within a row of another is its
 * own.
 */
function checkBorders(db: Database, runNo: number, last: number): void {
  const before = db.all(READ_BEFORE, runNo);
  const after = db.all(READ_AFTER, runNo, last);
  const places = [...before, { run_no: runNo, slot: last }, ...after];
  const isInOrder = places.every((row, i) => i === 0 || isAfter(row, places[i - 1]!));
  if (!isInOrder || ![...before, ...after].every((row) => isOfAnother(db, row, runNo)))
    throw new RowDamage("what stands beside its task runs is not what was written");
}

function isOfAnother(db: Database, row: Row, runNo: number): boolean {
  const of = Number(row["run_no"]);
  if (of === runNo) return false;
  return isAsWritten(row) || (!isAsWritten({ ...row, run_no: runNo }) && db.get(IS_RUN, of) !== undefined);
}

function isAfter(row: Row, before: Row): boolean {
  const runs = Number(row["run_no"]) - Number(before["run_no"]);
  return runs === 0 ? Number(row["slot"]) > Number(before["slot"]) : runs > 0;
}

/** Of a row with all its columns. */
export function isAsWritten(row: Row): boolean {
  const numbers = ["run_no", "slot", "state", "attempt"].map((column) => Number(row[column]));
  const times = ["started_at", "ended_at"].map((column) => (row[column] === null ? null : Number(row[column])));
  const texts = [row["value"], row["more"]] as readonly (string | null)[];
  return rowSum(...numbers, ...times, Number(row["value_kind"]), ...texts) === Number(row["sum"]);
}

function addRunning(rows: Mutable<TaskRunRow>[], running: ReadonlyMap<number, number>): void {
  const known = rows.length;
  for (const [slot, startedAt] of running) {
    const before = rows[indexOf(rows, known, slot)];
    const attempt = (before?.attempt ?? 0) + 1;
    const started = { attempt, state: { type: "Running", attempt } as const, startedAt };
    if (before === undefined) rows.push({ ...EMPTY, slot, node: slot, ...started });
    else Object.assign(before, started);
  }
  if (rows.length > known) rows.sort((a, b) => a.slot - b.slot);
}

/** Among the first `count` rows, which are in order; −1: it has none. */
function indexOf(rows: readonly TaskRunRow[], count: number, slot: number): number {
  let [from, to] = [0, count];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (rows[middle]!.slot < slot) from = middle + 1;
    else to = middle;
  }
  return from < count && rows[from]!.slot === slot ? from : -1;
}

const EMPTY = {
  child: undefined,
  childBase: undefined,
  counters: undefined,
  name: undefined,
  value: "kept" as const,
  endedAt: undefined,
};

type Texts = (slot: number) => Pick<Row, "value" | "more">;

/** Its node is the slot until its place among children is known. */
function rowOf(values: KeptValues, runNo: number, packed: Packed, texts: Texts): Mutable<TaskRunRow> {
  const [slot, stateIndex, attempt, startedAt, endedAt, kind] = packed;
  const isLong = packed[6] === 1 || packed[7] === 1;
  const { value, more } = isLong ? texts(slot) : { value: packed[6], more: packed[7] };
  const times = [startedAt, endedAt].map((at) => (at === null ? null : Number(at)));
  const [valueText, moreText] = [value as string | null, more as string | null];
  if (rowSum(runNo, slot, stateIndex, attempt, ...times, kind, valueText, moreText) !== packed[8])
    throw new RowDamage(`task run ${slot} is not what was written`);
  const type = STATE_TYPES[stateIndex] ?? unknownState(stateIndex);
  const result = values.read(kind, value as string | null);
  const rest = more === null ? undefined : (decodeValue(more as string) as More);
  return {
    slot,
    node: slot,
    child: undefined,
    attempt,
    state:
      type === "Success" && rest === undefined ? { type, result } : stateOf(type, attempt, result, rest ?? NO_MORE),
    childBase: rest?.base,
    counters: rest?.counters,
    name: rest?.name,
    value: kind === VALUE.DERIVED ? "derived" : kind === VALUE.NOT_KEPT ? "not-kept" : "kept",
    startedAt: startedAt === null ? undefined : Number(startedAt),
    endedAt: endedAt === null ? undefined : Number(endedAt),
  };
}

function stateOf(type: StateType, attempt: number, result: unknown, more: More): TaskState {
  const { $result, ...named } = more.state ?? {};
  const carries = HAS_RESULT.has(type) || $result === true;
  return {
    type,
    ...(type === "Running" && { attempt }),
    ...(type === "Retrying" && { attempt: attempt + 1 }),
    ...(carries && { result }),
    ...(type === "Mapped" && { result: [] }),
    ...named,
  } as unknown as TaskState;
}

function unknownState(state: unknown): never {
  throw new RowDamage(`no state has the number ${String(state)}`);
}

const NO_MORE: More = {};
const HAS_RESULT: ReadonlySet<string> = new Set(["Success", "Cached", "Skipped", "Looped"]);

/** Which node a slot belongs to follows from the ranges of children. */
function placeChildren(rows: readonly Mutable<TaskRunRow>[], nodes: number): void {
  const ranges: { readonly node: number; readonly from: number; readonly to: number }[] = [];
  for (const { slot, childBase, state } of rows)
    if (slot < nodes && childBase !== undefined && state.type === "Mapped")
      ranges.push({ node: slot, from: childBase, to: childBase + state.children });
  ranges.sort((a, b) => a.from - b.from);
  let at = 0;
  for (const row of rows) {
    if (row.slot < nodes) continue;
    while (at < ranges.length - 1 && ranges[at]!.to <= row.slot) at++;
    const range = ranges[at];
    row.node = range?.node ?? 0;
    if (range !== undefined) row.child = row.slot - range.from;
  }
}
