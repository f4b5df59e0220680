/** Task runs, their values, lines and history, without decoding what is not asked for. */
import { STATE_INDEX } from "../../../engine/run.ts";
import type {
  CountsByState,
  LogsWanted,
  NumberedLog,
  Queries,
  SlotRange,
  TaskRunGlance,
} from "../../../ports/queries.ts";
import { STATE_TYPES, type StateType } from "../../../state/task-state.ts";
import { decodeValue } from "../../codec.ts";
import { EMPTY_GLANCE } from "../../empty-glance.ts";
import { readOfRun, RowDamage } from "../corrupt.ts";
import { attemptColumn, fromLogColumns } from "../log-row.ts";
import type { Bound, Row } from "../database.ts";
import { VALUE } from "../kept-values.ts";
import { readRunning } from "../read-running.ts";
import { unpackPath } from "../packing.ts";
import { BOUNDS_OF_RUN } from "../run-rows.ts";
import { isAsWritten } from "../task-run-rows.ts";
import { numberOrNone, type QueryParts } from "./parts.ts";

type TaskRunQueries = Pick<
  Queries,
  "glances" | "glancesIn" | "countSlots" | "value" | "logs" | "countLogs" | "history" | "since"
>;

/** Longer values stay where they are: whoever asks for one has its row checked then. */
const CHECKED_LENGTH_MAX = 1_024;
const COLUMNS = `slot, state, attempt, started_at, ended_at, more, value_kind, sum,
  iif(length(value) > ${CHECKED_LENGTH_MAX}, NULL, value) AS value, coalesce(length(value), 0) > ${CHECKED_LENGTH_MAX} AS is_long`;
/** Values bound at once. */
const SLOTS_AT_ONCE = 500;

export function taskRunQueries(parts: QueryParts): TaskRunQueries {
  const { db, values } = parts;
  return {
    glances: (runNo, slots) => ofRun(parts, runNo, () => glances(parts, runNo, slots)),
    glancesIn: (runNo, slots, states, limit) =>
      ofRun(parts, runNo, () => glancesIn(parts, runNo, slots, states, limit)),
    countSlots: (runNo, slots) => countSlots(parts, runNo, slots),
    value: (runNo, slot) => {
      const row = db.get("SELECT *, 0 AS is_long FROM task_run WHERE run_no = ? AND slot = ?", runNo, slot);
      if (row === undefined) return undefined;
      return ofRun(parts, runNo, () => {
        checkSum(runNo, row);
        const kind = Number(row["value_kind"]);
        if (kind === VALUE.DERIVED) return { value: undefined, kept: "derived" };
        if (kind === VALUE.NOT_KEPT) return { value: undefined, kept: "not-kept" };
        return { value: values.read(kind, row["value"] as string | null), kept: "kept" };
      });
    },
    logs: (runNo, wanted, page) => logs(parts, runNo, wanted, page),
    countLogs: (runNo, wanted, max) => {
      const { conditions, bound } = logWhere(runNo, wanted);
      const sql = `SELECT count(*) AS n FROM (SELECT 1 FROM log WHERE ${conditions} LIMIT ?)`;
      return Number(db.get(sql, ...bound, max)?.["n"]);
    },
    history: (runNo, { after, limit }) => {
      const run = boundsOf(parts, runNo);
      const sql = `SELECT cursor, epoch, at, path FROM history WHERE cursor > ? AND cursor BETWEEN ? AND ? AND run_no = ?
        ORDER BY cursor LIMIT ?`;
      const rows = db.all(sql, after, run.firstCursor, run.lastCursor, runNo, limit + 1);
      const events = rows.slice(0, limit).map((row) => ({
        cursor: Number(row["cursor"]),
        epoch: Number(row["epoch"]),
        at: Number(row["at"]),
        ...(unpackPath(row["path"] as Uint8Array) ?? { slots: new Uint32Array(0), steps: new Uint16Array(0) }),
      }));
      return { events, nextCursor: rows.length > limit ? events.at(-1)?.cursor : undefined };
    },
    since: (after, limit) => since(parts, after, limit),
  };
}

/** @throws CaudalError RUN_CORRUPT */
function ofRun<T>({ db }: QueryParts, runNo: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RowDamage)) throw error;
    const id = String(db.get("SELECT run_id FROM run WHERE run_no = ?", runNo)?.["run_id"]);
    return readOfRun(id, db.file, () => {
      throw error;
    });
  }
}

function checkSum(runNo: number, row: Row): void {
  if (Number(row["is_long"]) === 1 || isAsWritten({ ...row, run_no: runNo })) return;
  throw new RowDamage(`task run ${String(row["slot"])} is not what was written`);
}

interface Bounds {
  readonly runNo: number;
  readonly firstCursor: number;
  readonly lastCursor: number;
  readonly ended: boolean;
}

function boundsOf({ db }: QueryParts, runNo: number): Bounds {
  const row = db.get(BOUNDS_OF_RUN, runNo);
  return {
    runNo,
    firstCursor: Number(row?.["first_cursor"] ?? 0),
    lastCursor: Number(row?.["last_cursor"] ?? 0),
    ended: row?.["ended_at"] !== null,
  };
}

/** Those that run have no row, or the row of the state before. */
function runningOf(parts: QueryParts, runNo: number): ReadonlyMap<number, number> {
  const bounds = boundsOf(parts, runNo);
  return bounds.ended ? new Map() : readRunning(parts.db, bounds).running;
}

function glances(parts: QueryParts, runNo: number, slots: SlotRange | readonly number[]): readonly TaskRunGlance[] {
  const rows = "from" in slots ? rowsInRange(parts, runNo, slots) : rowsOf(parts, runNo, slots);
  const known = new Map(rows.map((row) => [Number(row["slot"]), glanceOf(runNo, row)]));
  const isWanted = "from" in slots ? inRange(slots) : inList(slots);
  for (const [slot, since] of runningOf(parts, runNo))
    if (isWanted(slot)) known.set(slot, started(slot, since, known.get(slot)));
  return [...known.values()].sort((a, b) => a.slot - b.slot);
}

const inRange = (range: SlotRange) => (slot: number) => slot >= range.from && slot < range.to;
const inList = (slots: readonly number[]) => {
  const all = new Set(slots);
  return (slot: number) => all.has(slot);
};

function rowsInRange({ db }: QueryParts, runNo: number, { from, to }: SlotRange): readonly Row[] {
  const sql = `SELECT ${COLUMNS} FROM task_run WHERE run_no = ? AND slot >= ? AND slot < ? ORDER BY slot`;
  return db.all(sql, runNo, from, to);
}

function rowsOf({ db }: QueryParts, runNo: number, slots: readonly number[]): readonly Row[] {
  const rows: Row[] = [];
  for (let i = 0; i < slots.length; i += SLOTS_AT_ONCE) {
    const some = slots.slice(i, i + SLOTS_AT_ONCE);
    const places = some.map(() => "?").join(", ");
    rows.push(...db.all(`SELECT ${COLUMNS} FROM task_run WHERE run_no = ? AND slot IN (${places})`, runNo, ...some));
  }
  return rows;
}

function started(slot: number, startedAt: number, before: TaskRunGlance | undefined): TaskRunGlance {
  return {
    ...EMPTY_GLANCE,
    name: before?.name,
    slot,
    state: "Running",
    attempt: (before?.attempt ?? 0) + 1,
    startedAt,
  };
}

interface More {
  readonly state?: Partial<Pick<TaskRunGlance, "reason" | "error" | "cache" | "startAt" | "children">>;
  readonly base?: number;
  readonly name?: string;
}

function glanceOf(runNo: number, row: Row): TaskRunGlance {
  checkSum(runNo, row);
  const { state, base, name } = row["more"] === null ? ({} as More) : (decodeValue(String(row["more"])) as More);
  return {
    slot: Number(row["slot"]),
    state: STATE_TYPES[Number(row["state"])] ?? "Pending",
    attempt: Number(row["attempt"]),
    startedAt: numberOrNone(row["started_at"]),
    endedAt: numberOrNone(row["ended_at"]),
    reason: state?.reason,
    error: state?.error,
    cache: state?.cache,
    name,
    startAt: state?.startAt,
    childBase: base,
    children: state?.children,
  };
}

function glancesIn(
  parts: QueryParts,
  runNo: number,
  slots: SlotRange,
  states: readonly StateType[],
  limit: number,
): readonly TaskRunGlance[] {
  const running = runningOf(parts, runNo);
  const places = states.map(() => "?").join(", ");
  const sql = `SELECT ${COLUMNS} FROM task_run WHERE run_no = ? AND slot >= ? AND slot < ? AND state IN (${places})
    ORDER BY slot LIMIT ?`;
  const indices = states.map((state) => STATE_INDEX[state]);
  const found = parts.db
    .all(sql, runNo, slots.from, slots.to, ...indices, limit + running.size)
    .map((row) => glanceOf(runNo, row))
    .filter(({ slot }) => !running.has(slot));
  if (states.includes("Running")) found.push(...glances(parts, runNo, [...running.keys()].filter(inRange(slots))));
  return found.sort((a, b) => a.slot - b.slot).slice(0, limit);
}

function countSlots(parts: QueryParts, runNo: number, slots: SlotRange): CountsByState {
  const sql = "SELECT state, count(*) AS n FROM task_run WHERE run_no = ? AND slot >= ? AND slot < ? GROUP BY state";
  const counts: CountsByState = {};
  const add = (state: StateType, n: number) => {
    counts[state] = (counts[state] ?? 0) + n;
  };
  for (const row of parts.db.all(sql, runNo, slots.from, slots.to))
    add(STATE_TYPES[Number(row["state"])] ?? "Pending", Number(row["n"]));
  const running = [...runningOf(parts, runNo).keys()].filter(inRange(slots));
  if (running.length === 0) return counts;
  for (const row of rowsOf(parts, runNo, running)) add(STATE_TYPES[Number(row["state"])] ?? "Pending", -1);
  add("Running", running.length);
  for (const state of Object.keys(counts) as StateType[]) if (counts[state] === 0) delete counts[state];
  return counts;
}

function logWhere(
  runNo: number,
  { slots, levels, attempt, text }: LogsWanted,
): { readonly conditions: string; readonly bound: Bound[] } {
  const conditions = ["run_no = ?"];
  const bound: Bound[] = [runNo];
  if (slots !== undefined) {
    conditions.push("slot >= ? AND slot < ?");
    bound.push(slots.from, slots.to);
  }
  if (levels !== undefined) {
    conditions.push(`level IN (${levels.map(() => "?").join(", ")})`);
    bound.push(...levels);
  }
  if (attempt !== undefined) {
    conditions.push("attempt IN (?, ?)");
    bound.push(attempt, attemptColumn({ attempt, handler: true }));
  }
  if (text !== undefined) {
    conditions.push("instr(lower(text), ?) > 0");
    bound.push(text.toLowerCase());
  }
  return { conditions: conditions.join(" AND "), bound };
}

function logs(
  { db }: QueryParts,
  runNo: number,
  wanted: LogsWanted,
  {
    after,
    before,
    limit,
  }: { readonly after?: number | undefined; readonly before?: number | undefined; readonly limit: number },
): readonly NumberedLog[] {
  const { conditions, bound } = logWhere(runNo, wanted);
  const backwards = after === undefined;
  const place = after !== undefined ? "AND line > ?" : before !== undefined ? "AND line < ?" : "";
  const from = after ?? before;
  const sql = `SELECT line, slot, attempt, at, level, text FROM log WHERE ${conditions} ${place}
    ORDER BY line ${backwards ? "DESC" : ""} LIMIT ?`;
  const found = db.all(sql, ...bound, ...(from === undefined ? [] : [from]), limit);
  const rows = (found as unknown as readonly NumberedLog[]).map(fromLogColumns);
  return backwards ? rows.reverse() : rows;
}

const SINCE = "SELECT cursor, run_no, path FROM history WHERE cursor > ? ORDER BY cursor LIMIT ?";

function since({ db }: QueryParts, after: number, limit: number): ReturnType<Queries["since"]> {
  const newest = Number(db.get("SELECT coalesce(max(cursor), 0) AS last FROM history")?.["last"]);
  if (after > newest || after < 0) return undefined;
  const rows = after === newest ? [] : db.all(SINCE, after, limit);
  const runs = new Map<number, { readonly slots: Set<number> }>();
  for (const row of rows) {
    const runNo = Number(row["run_no"]);
    const run = runs.get(runNo) ?? { slots: new Set<number>() };
    runs.set(runNo, run);
    const path = unpackPath(row["path"] as Uint8Array);
    for (const slot of path?.slots ?? []) run.slots.add(slot);
  }
  const cursor = rows.length === 0 ? after : Number(rows.at(-1)!["cursor"]);
  return { cursor, runs, more: cursor < newest };
}
