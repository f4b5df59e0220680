/**
 * Pages and counts of runs, newest first. With one state (or none) a page is a range of an index; several states are
 * merged from one such range each; what no index knows (a part of a name, who began it) is looked for in a bounded
 * number of runs at a time, so that no question takes long, and the page says where to go on.
 */
import type { Instant } from "../../../base/time.ts";
import type { ListedRun, Queries, RunGlance, RunPage, RunsWanted } from "../../../ports/queries.ts";
import type { Origin, Ownership } from "../../../ports/store.ts";
import type { ErrorRecord } from "../../../state/error-record.ts";
import { STATES, type StateType } from "../../../state/task-state.ts";
import { decodeValue } from "../../codec.ts";
import type { Bound, Row } from "../database.ts";
import { VALUE } from "../kept-values.ts";
import { nextLine } from "../log-row.ts";
import { foundRun, SELECT_RUN } from "../run-rows.ts";
import { numberOrNone, type QueryParts, textOrNone } from "./parts.ts";

/**
 * Runs that one page without an index looks at: it takes less than twice what a page of a thousand runs takes. An index
 * over parts of names would be written with every run, which made its creation fifteen times as dear (ADR 20).
 */
const SCAN_MAX = 5_000;
/** Runs that have a text as their id or name, and come before those that have it within. */
const EXACT_MAX = 20;
/** Runs with a tag that one page with more conditions looks at. */
const TAGGED_MAX = 5_000;
/** Clocks are set back now and then: runs created in a range are looked for this far around it. */
const CLOCK_SLACK_MS = 3_600_000;
const FLOW_STATES: readonly StateType[] = [
  ...(["Scheduled", "Pending", "Queued", "Running", "Paused"] as const),
  ...(["Cancelling", "Success", "Failed", "TimedOut", "Cancelled"] as const),
];

type RunQueries = Pick<
  Queries,
  "cursor" | "newestRunNo" | "flows" | "versions" | "runs" | "runsByNo" | "newestOf" | "counts" | "countsInPart" | "run"
>;

export function runQueries(parts: QueryParts): RunQueries {
  const { db, values } = parts;
  return {
    cursor: () => Number(db.get("SELECT coalesce(max(cursor), 0) AS last FROM history")?.["last"]),
    newestRunNo: () => newestNo(db),
    flows: () =>
      db
        .all("SELECT flow, fingerprint, max(version_no) AS newest FROM flow_version GROUP BY flow ORDER BY flow")
        .map((row) => ({ flow: String(row["flow"]), fingerprint: String(row["fingerprint"]) })),
    versions: (flow) => db.all(VERSIONS, flow).map(versionOf),
    runs: (wanted, page) => runPage(parts, wanted, page),
    runsByNo: (numbers) => listed(parts, numbers),
    newestOf: whileUnchanged(db, (flows, limit) => newestOf(parts, flows, limit)),
    counts: (wanted, max) => countRuns(parts, wanted, max),
    countsInPart: (wanted) => countFloor(parts, whereOf(parts, wanted)) > 1,
    run: (runId) => {
      const row = db.get(`${SELECT_RUN} WHERE run_id = ?`, runId);
      if (row === undefined) return undefined;
      const found = foundRun(values, row, db.file);
      const startedBy = textOrNone(db.get(`SELECT ${STARTED_BY} AS name FROM run WHERE run_id = ?`, runId)?.["name"]);
      const { runNo, nodes } = found;
      return { runNo, row: parts.runRow(found), startedBy, nodes, logLines: nextLine(db, runNo) };
    },
  };
}

/** The book of who did what keeps it, for ever; who gave no name is called by the way the start was asked for. */
const STARTED_BY = `(SELECT audit.by FROM audit WHERE audit.run_id = run.run_id AND audit.action IN ('run', 'again')
  AND audit.by NOT IN ('api', 'page') ORDER BY audit_no LIMIT 1)`;

/** Among the newest 10,000 runs of the flow: no index knows the version of a run. */
const VERSIONS = `WITH newest AS (SELECT version_no, created_at FROM run WHERE flow = ?1 ORDER BY run_no DESC LIMIT 10000)
SELECT fingerprint, nodes, count(newest.version_no) AS runs, max(newest.created_at) AS last_run_at
FROM flow_version LEFT JOIN newest USING (version_no) WHERE flow = ?1
GROUP BY version_no ORDER BY version_no DESC LIMIT 100`;

function versionOf(row: Row) {
  return {
    fingerprint: String(row["fingerprint"]),
    nodes: Number(row["nodes"]),
    runs: Number(row["runs"]),
    lastRunAt: numberOrNone(row["last_run_at"]),
  };
}

/** Conditions on runs, but for their state. */
interface Where {
  readonly tag: string | undefined;
  /** No run with this number or a higher one is of them. */
  readonly top: number;
  readonly conditions: readonly string[];
  readonly bound: readonly Bound[];
  /** Something in it has no index. */
  readonly scans: boolean;
}

/** By tag, its own table leads: it has the runs of a tag in order, and SQLite would rather collect them all. */
const fromOf = ({ tag }: Pick<RunsWanted, "tag">) =>
  tag === undefined ? "run" : "run_tag CROSS JOIN run USING (run_no)";
const runNoOf = ({ tag }: Pick<RunsWanted, "tag">) => (tag === undefined ? "run_no" : "run_tag.run_no");

function whereOf({ db }: QueryParts, wanted: RunsWanted): Where {
  const conditions: string[] = [];
  const bound: Bound[] = [];
  let top = Number.MAX_SAFE_INTEGER;
  const add = (condition: string, ...more: Bound[]) => {
    conditions.push(condition);
    bound.push(...more);
  };
  if (wanted.tag !== undefined) add("run_tag.tag = ?", wanted.tag);
  if (wanted.flow !== undefined) add("run.flow = ?", wanted.flow);
  if (wanted.origin !== undefined) add("run.origin = ?", wanted.origin);
  if (wanted.text !== undefined)
    add(
      "(instr(lower(run.name), ?) > 0 OR instr(run_id, ?) > 0)",
      wanted.text.toLowerCase(),
      wanted.text.toLowerCase(),
    );
  if (wanted.from !== undefined) {
    const first = "SELECT run_no FROM run WHERE created_at >= ? ORDER BY created_at LIMIT 1";
    const no = db.get(first, wanted.from - CLOCK_SLACK_MS)?.["run_no"] ?? Number.MAX_SAFE_INTEGER;
    add(`${runNoOf(wanted)} >= ?`, Number(no));
    add("+run.created_at >= ?", wanted.from);
  }
  if (wanted.to !== undefined) {
    const last = "SELECT run_no FROM run WHERE created_at <= ? ORDER BY created_at DESC LIMIT 1";
    top = Number(db.get(last, wanted.to + CLOCK_SLACK_MS)?.["run_no"] ?? 0) + 1;
    add(`${runNoOf(wanted)} < ?`, top);
    add("+run.created_at <= ?", wanted.to);
  }
  const hasMore = conditions.length > 1 || wanted.states !== undefined;
  const scans = wanted.tag === undefined ? wanted.text !== undefined || wanted.origin !== undefined : hasMore;
  return { tag: wanted.tag, top, conditions, bound, scans };
}

function runPage(
  parts: QueryParts,
  wanted: RunsWanted,
  { beforeNo, limit }: { readonly beforeNo?: number | undefined; readonly limit: number },
): RunPage {
  const { db } = parts;
  const whole = exactNumbers(db, wanted);
  if (beforeNo === undefined && whole.length > 0) return { runs: listed(parts, whole), nextNo: newestNo(db) + 1 };
  const where = without(whole, whereOf(parts, wanted));
  const floor = where.scans ? scanFloor(db, where, beforeNo) : 0;
  const range = { floor, beforeNo, limit: limit + 1 };
  const numbers: number[] = [];
  for (const state of wanted.states ?? [undefined]) numbers.push(...numbersOf(db, where, state, range));
  numbers.sort((a, b) => b - a);
  const shown = numbers.slice(0, limit);
  const runs = listed(parts, shown);
  if (numbers.length > limit) return { runs, nextNo: shown.at(-1) };
  return floor > 1 ? { runs, nextNo: floor, searchedTo: createdFrom(db, floor) } : { runs, nextNo: undefined };
}

/** Numbers have gaps where runs were pruned. */
function createdFrom(db: Db, runNo: number): Instant {
  const sql = "SELECT created_at FROM run WHERE run_no >= ? ORDER BY run_no LIMIT 1";
  return Number(db.get(sql, runNo)?.["created_at"] ?? 0);
}

type Db = QueryParts["db"];

const newestNo = (db: Db) => Number(db.get("SELECT coalesce(max(run_no), 0) AS last FROM run")?.["last"]);

/**
 * Runs that have the text as their whole id or name, wherever they are: a text taken from a line or an address finds
 * its run at once. Where one page looks at all runs anyway, they are in their places there.
 */
function exactNumbers(db: Db, { text, ...others }: RunsWanted): readonly number[] {
  const hasOthers = Object.values(others).some((value) => value !== undefined);
  if (text === undefined || hasOthers || newestNo(db) <= SCAN_MAX) return [];
  const sql = `SELECT run_no FROM run WHERE run_id = ?1 UNION SELECT run_no FROM run WHERE name = ?1
    ORDER BY run_no DESC LIMIT ${EXACT_MAX}`;
  return db.all(sql, text).map((row) => Number(row["run_no"]));
}

function without(numbers: readonly number[], where: Where): Where {
  if (numbers.length === 0) return where;
  const condition = `${runNoOf(where)} NOT IN (${numbers.map(() => "?").join(", ")})`;
  return { ...where, conditions: [...where.conditions, condition], bound: [...where.bound, ...numbers] };
}

/** The first run that a page without an index looks at no more; 0: it looks at all that there are. */
function scanFloor(db: Db, { tag, top }: Where, beforeNo = Number.MAX_SAFE_INTEGER): number {
  const from = Math.min(top, beforeNo);
  if (tag === undefined) {
    return Math.max(0, Math.min(from, newestNo(db) + 1) - SCAN_MAX);
  }
  const sql = "SELECT run_no FROM run_tag WHERE tag = ? AND run_no < ? ORDER BY run_no DESC LIMIT 1 OFFSET ?";
  return Number(db.get(sql, tag, from, TAGGED_MAX - 1)?.["run_no"] ?? 0);
}

interface NumberRange {
  readonly floor: number;
  readonly beforeNo: number | undefined;
  readonly limit: number;
}

function numbersOf(
  db: Db,
  where: Where,
  state: StateType | undefined,
  { floor, beforeNo, limit }: NumberRange,
): number[] {
  const all = [...where.conditions];
  const values = [...where.bound];
  const runNo = runNoOf(where);
  if (state !== undefined) {
    all.push("run.state = ?");
    values.push(state);
  }
  if (beforeNo !== undefined) {
    all.push(`${runNo} < ?`);
    values.push(beforeNo);
  }
  if (floor > 0) {
    all.push(`${runNo} >= ?`);
    values.push(floor);
  }
  const text = all.length === 0 ? "" : `WHERE ${all.join(" AND ")}`;
  return db
    .all(`SELECT ${runNo} AS run_no FROM ${fromOf(where)} ${text} ORDER BY ${runNo} DESC LIMIT ?`, ...values, limit)
    .map((row) => Number(row["run_no"]));
}

function countRuns(parts: QueryParts, wanted: RunsWanted, max: number): Partial<Record<StateType, number>> {
  const where = whereOf(parts, wanted);
  const floor = countFloor(parts, where);
  const counts: Partial<Record<StateType, number>> = {};
  for (const state of wanted.states ?? FLOW_STATES) {
    const conditions = [...where.conditions, "run.state = ?", `${runNoOf(where)} >= ?`];
    const bound: Bound[] = [...where.bound, state, floor];
    const sql = `SELECT count(*) AS n FROM (SELECT 1 FROM ${fromOf(where)} WHERE ${conditions.join(" AND ")} LIMIT ?)`;
    const n = Number(parts.db.get(sql, ...bound, max)?.["n"]);
    if (n > 0) counts[state] = n;
  }
  return counts;
}

/** Each state is looked for among the runs of a tag. */
function countFloor({ db }: QueryParts, where: Where): number {
  return where.scans || where.tag !== undefined ? scanFloor(db, where, undefined) : 0;
}

/**
 * What lists show, as one text: a row is 16 columns, and each that crosses from the driver by itself costs more than
 * reading it.
 */
const LISTED = `SELECT json_group_array(json_object('runNo', run_no, 'id', run_id, 'name', name, 'flow', run.flow,
    'fingerprint', fingerprint, 'state', state, 'kind', state_kind, 'origin', origin, 'tags', json(tags),
    'parameters', parameters, 'scheduledAt', scheduled_at, 'createdAt', created_at, 'startedAt', started_at,
    'endedAt', ended_at, 'processNo', process_no, 'startedBy', ${STARTED_BY},
    'value', CASE WHEN state <> 'Success' THEN state_value END)) AS runs
  FROM run JOIN flow_version USING (version_no)`;

interface ListedRow {
  readonly runNo: number;
  readonly id: string;
  readonly name: string;
  readonly flow: string;
  readonly fingerprint: string;
  readonly state: StateType;
  readonly kind: number;
  readonly origin: Origin;
  readonly tags: readonly string[];
  readonly parameters: string;
  readonly scheduledAt: number | null;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly processNo: number | null;
  readonly startedBy: string | null;
  readonly value: string | null;
}

/** Rows of one answer, the newest first; whether a process lives is looked up once for all of its runs. */
function listed({ db, ownershipOf }: QueryParts, numbers: readonly number[]): readonly ListedRun[] {
  if (numbers.length === 0) return [];
  const found = db.get(`${LISTED} WHERE run_no IN (${numbers.map(() => "?").join(", ")})`, ...numbers);
  const rows = JSON.parse(String(found?.["runs"])) as ListedRow[];
  const owners = new Map<number | null, Ownership>();
  for (const { processNo } of rows)
    if (!owners.has(processNo)) owners.set(processNo, ownershipOf(processNo ?? undefined));
  return rows.sort((a, b) => b.runNo - a.runNo).map((row) => listedRun(row, owners.get(row.processNo) ?? "none"));
}

function listedRun(found: ListedRow, ownership: Ownership): ListedRun {
  return {
    runNo: found.runNo,
    row: {
      id: found.id,
      name: found.name,
      flow: found.flow,
      fingerprint: found.fingerprint,
      origin: found.origin,
      tags: found.tags,
      scheduledAt: found.scheduledAt ?? undefined,
      createdAt: found.createdAt,
      startedAt: found.startedAt ?? undefined,
      endedAt: found.endedAt ?? undefined,
      state: { type: found.state },
      ownership,
    },
    startedBy: found.startedBy ?? undefined,
    parametersText: found.parameters,
    error: errorIn(found),
  };
}

function errorIn({ state, kind, value }: ListedRow): ErrorRecord | undefined {
  if (value === null || STATES[state].family !== "failed" || kind !== VALUE.TEXT) return undefined;
  return (decodeValue(value) as { readonly error?: ErrorRecord }).error;
}

/**
 * The last answer again to the same question, while nobody has written into the file: neither this connection nor, in
 * this process or another, any other.
 */
function whileUnchanged<Asked extends readonly unknown[], T>(db: Db, ask: (...asked: Asked) => T) {
  let last: { readonly mark: string; readonly answer: T } | undefined;
  return (...asked: Asked): T => {
    const own = db.get("SELECT total_changes() AS changes")?.["changes"];
    const mark = JSON.stringify([db.dataVersion(), own, ...asked]);
    if (last?.mark !== mark) last = { mark, answer: ask(...asked) };
    return last.answer;
  };
}

/** As one text, for the reason of `LISTED`; of each flow the end of a range of its index is looked at. */
const NEWEST = `SELECT json_group_array(json_array(run_no, flow, run_id, state, started_at, ended_at)) AS runs
  FROM json_each(?1) AS wanted CROSS JOIN run ON run_no IN
    (SELECT own.run_no FROM run AS own WHERE own.flow = wanted.value ORDER BY own.run_no DESC LIMIT ?2)`;

type NewestRow = readonly [
  runNo: number,
  flow: string,
  id: string,
  state: StateType,
  startedAt: number | null,
  endedAt: number | null,
];

function newestOf({ db }: QueryParts, flows: readonly string[], limit: number): Map<string, RunGlance[]> {
  const newest = new Map<string, RunGlance[]>(flows.map((flow) => [flow, []]));
  const rows = JSON.parse(String(db.get(NEWEST, JSON.stringify(flows), limit)?.["runs"])) as NewestRow[];
  for (const [, flow, id, state, startedAt, endedAt] of rows.sort(([a], [b]) => b - a))
    newest.get(flow)?.push({ id, state, startedAt: startedAt ?? undefined, endedAt: endedAt ?? undefined });
  return newest;
}
