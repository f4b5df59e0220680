/** Task runs in their table: written many at a time, and read back with what the table leaves out. */
import type { KeptCounters } from "../../engine/run.ts";
import { STATE_INDEX } from "../../engine/run.ts";
import type { TaskRunRow } from "../../ports/store.ts";
import { STATE_TYPES, type TaskState } from "../../state/task-state.ts";
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
  const sum = rowSum(row.slot, index, row.attempt, startedAt, endedAt, kind, text, more);
  return [runNo, row.slot, index, row.attempt, startedAt, endedAt, kind, text, more, sum];
}

function keptValueOf(values: KeptValues, { state, value }: TaskRunRow): KeptValue {
  if (!("result" in state) || state.type === "Mapped") return NO_VALUE;
  if (value === "derived") return { kind: VALUE.DERIVED, text: null };
  if (value === "not-kept") return { kind: VALUE.NOT_KEPT, text: null };
  return values.kept(state.result);
}

function moreOf({ state, childBase, counters }: TaskRunRow): string | null {
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
  if (!named && childBase === undefined && counters === undefined) return null;
  const more: More = {
    ...(named && { state: failedWithResult ? { ...rest, $result: true } : rest }),
    ...(childBase !== undefined && { base: childBase }),
    ...(counters !== undefined && { counters }),
  };
  return encodeValue(more);
}

const READ = `SELECT slot, state, attempt, started_at, ended_at, value_kind, value, more, sum FROM task_run WHERE run_no = ? ORDER BY slot`;

/** In slot order, those that run among them. `nodes` is how many nodes the flow has. */
export function readTaskRuns(
  db: Database,
  values: KeptValues,
  run: { readonly runNo: number; readonly nodes: number },
  running: ReadonlyMap<number, number>,
): readonly TaskRunRow[] {
  const rows = db.all(READ, run.runNo).map((row) => rowOf(values, row));
  const known = new Map(rows.map((row, index) => [row.slot, index]));
  let added = false;
  for (const [slot, startedAt] of running) {
    const index = known.get(slot);
    const before = index === undefined ? undefined : rows[index]!;
    const attempt = (before?.attempt ?? 0) + 1;
    const started = { ...(before ?? EMPTY), slot, attempt, state: { type: "Running", attempt } as const, startedAt };
    if (index !== undefined) rows[index] = started;
    else rows.push(started);
    added ||= index === undefined;
  }
  if (added) rows.sort((a, b) => a.slot - b.slot);
  return withNodes(rows, run.nodes);
}

const EMPTY = {
  node: 0,
  child: undefined,
  childBase: undefined,
  counters: undefined,
  value: "kept" as const,
  endedAt: undefined,
};

function rowOf(values: KeptValues, row: Row): TaskRunRow {
  const columns = [row["slot"], row["state"], row["attempt"], row["started_at"], row["ended_at"]] as (number | null)[];
  const kind = Number(row["value_kind"]);
  if (rowSum(...columns, kind, row["value"] as string | null, row["more"] as string | null) !== row["sum"])
    throw new RowDamage(`task run ${String(row["slot"])} is not what was written`);
  const {
    state: rest = {},
    base,
    counters,
  } = row["more"] === null ? NO_MORE : (decodeValue(String(row["more"])) as More);
  const { $result, ...named } = rest;
  const type = STATE_TYPES[Number(row["state"])] ?? unknownState(row["state"]);
  const attempt = Number(row["attempt"]);
  const result = values.read(kind, row["value"] as string | null);
  const carries = HAS_RESULT.has(type) || $result === true;
  return {
    ...EMPTY,
    slot: Number(row["slot"]),
    attempt,
    state: {
      type,
      ...(type === "Running" && { attempt }),
      ...(type === "Retrying" && { attempt: attempt + 1 }),
      ...(carries && { result }),
      ...(type === "Mapped" && { result: [] }),
      ...named,
    } as unknown as TaskState,
    childBase: base,
    counters,
    value: kind === VALUE.DERIVED ? "derived" : kind === VALUE.NOT_KEPT ? "not-kept" : "kept",
    startedAt: (row["started_at"] as number | null) ?? undefined,
    endedAt: (row["ended_at"] as number | null) ?? undefined,
  };
}

function unknownState(state: unknown): never {
  throw new RowDamage(`no state has the number ${String(state)}`);
}

const NO_MORE: More = {};
const HAS_RESULT: ReadonlySet<string> = new Set(["Success", "Cached", "Skipped", "Looped"]);

/** Which node a slot belongs to follows from the ranges of children. */
function withNodes(rows: readonly TaskRunRow[], nodes: number): readonly TaskRunRow[] {
  const ranges = rows.flatMap(({ slot, childBase, state }) =>
    slot < nodes && childBase !== undefined && state.type === "Mapped"
      ? [{ node: slot, from: childBase, to: childBase + state.children }]
      : [],
  );
  ranges.sort((a, b) => a.from - b.from);
  let at = 0;
  return rows.map((row) => {
    if (row.slot < nodes) return { ...row, node: row.slot };
    while (at < ranges.length - 1 && ranges[at]!.to <= row.slot) at++;
    const range = ranges[at];
    return range === undefined ? row : { ...row, node: range.node, child: row.slot - range.from };
  });
}
