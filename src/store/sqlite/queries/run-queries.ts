/**
 * Pages and counts of runs, newest first. With one state (or none) a page is a range of an index; several states are
 * merged from one such range each; what no index knows (a part of a name, who began it) is looked for in a bounded
 * number of runs at a time, so that no question takes long, and the page says where to go on.
 */
import type { ListedRun, Queries, RunPage, RunsWanted } from "../../../ports/queries.ts";
import type { RunRow } from "../../../ports/store.ts";
import type { ErrorRecord } from "../../../state/error-record.ts";
import { STATES, type StateType } from "../../../state/task-state.ts";
import { decodeValue } from "../../codec.ts";
import type { Bound, Row } from "../database.ts";
import { VALUE } from "../kept-values.ts";
import { foundRun, SELECT_RUN } from "../run-rows.ts";
import { numberOrNone, type QueryParts, textOrNone } from "./parts.ts";

/** Runs that one page without an index looks at. */
const SCAN_MAX = 20_000;
/** Clocks are set back now and then: runs created in a range are looked for this far around it. */
const CLOCK_SLACK_MS = 3_600_000;
const FLOW_STATES: readonly StateType[] = [
  ...(["Scheduled", "Pending", "Queued", "Running", "Paused"] as const),
  ...(["Cancelling", "Success", "Failed", "TimedOut", "Cancelled"] as const),
];

type RunQueries = Pick<
  Queries,
  "cursor" | "newestRunNo" | "flows" | "versions" | "runs" | "runsByNo" | "counts" | "run"
>;

export function runQueries(parts: QueryParts): RunQueries {
  const { db, values } = parts;
  const listed = (row: Row) => listedRun(parts, row);
  return {
    cursor: () => Number(db.get("SELECT coalesce(max(cursor), 0) AS last FROM history")?.["last"]),
    newestRunNo: () => Number(db.get("SELECT coalesce(max(run_no), 0) AS last FROM run")?.["last"]),
    flows: () =>
      db
        .all("SELECT flow, fingerprint, max(version_no) AS newest FROM flow_version GROUP BY flow ORDER BY flow")
        .map((row) => ({ flow: String(row["flow"]), fingerprint: String(row["fingerprint"]) })),
    versions: (flow) => db.all(VERSIONS, flow).map(versionOf),
    runs: (wanted, page) => runPage(parts, wanted, page),
    runsByNo: (numbers) => {
      const places = numbers.map(() => "?").join(", ");
      return db.all(`${SELECT_RUN} WHERE run_no IN (${places}) ORDER BY run_no DESC`, ...numbers).map(listed);
    },
    counts: (wanted, max) => countRuns(parts, wanted, max),
    run: (runId) => {
      const row = db.get(`${SELECT_RUN} WHERE run_id = ?`, runId);
      if (row === undefined) return undefined;
      const found = foundRun(values, row, db.file);
      return { runNo: found.runNo, row: parts.runRow(found), nodes: found.nodes, logLines: found.logLines };
    },
  };
}

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

/** Conditions on the table `run`, but for its state. */
interface Where {
  readonly from: string;
  readonly conditions: readonly string[];
  readonly bound: readonly Bound[];
  /** Something in it has no index. */
  readonly scans: boolean;
}

function whereOf({ db }: QueryParts, wanted: RunsWanted): Where {
  const conditions: string[] = [];
  const bound: Bound[] = [];
  const add = (condition: string, ...more: Bound[]) => {
    conditions.push(condition);
    bound.push(...more);
  };
  if (wanted.tag !== undefined) add("run_no IN (SELECT run_no FROM run_tag WHERE tag = ?)", wanted.tag);
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
    add("run_no >= ?", Number(no));
    add("+run.created_at >= ?", wanted.from);
  }
  if (wanted.to !== undefined) {
    const last = "SELECT run_no FROM run WHERE created_at <= ? ORDER BY created_at DESC LIMIT 1";
    add("run_no <= ?", Number(db.get(last, wanted.to + CLOCK_SLACK_MS)?.["run_no"] ?? 0));
    add("+run.created_at <= ?", wanted.to);
  }
  const scans = wanted.text !== undefined || wanted.origin !== undefined;
  return { from: "run", conditions, bound, scans };
}

function runPage(
  parts: QueryParts,
  wanted: RunsWanted,
  { beforeNo, limit }: { readonly beforeNo?: number | undefined; readonly limit: number },
): RunPage {
  const { db } = parts;
  const where = whereOf(parts, wanted);
  const numbers: number[] = [];
  for (const state of wanted.states ?? [undefined]) numbers.push(...numbersOf(db, where, state, beforeNo, limit + 1));
  numbers.sort((a, b) => b - a);
  const shown = numbers.slice(0, limit);
  const floor = where.scans ? scanFloor(beforeNo, db) : 0;
  const runs =
    shown.length === 0
      ? []
      : db
          .all(`${SELECT_RUN} WHERE run_no IN (${shown.map(() => "?").join(", ")}) ORDER BY run_no DESC`, ...shown)
          .map((row) => listedRun(parts, row));
  if (numbers.length > limit) return { runs, nextNo: shown.at(-1) };
  return { runs, nextNo: floor > 1 ? floor : undefined };
}

type Db = QueryParts["db"];

/** The first run that a page without an index looks at no more. */
function scanFloor(beforeNo: number | undefined, db: Db): number {
  const top = beforeNo ?? Number(db.get("SELECT coalesce(max(run_no), 0) AS last FROM run")?.["last"]) + 1;
  return Math.max(0, top - SCAN_MAX);
}

function numbersOf(
  db: Db,
  { conditions, bound, scans }: Where,
  state: StateType | undefined,
  beforeNo: number | undefined,
  limit: number,
): number[] {
  const all = [...conditions];
  const values = [...bound];
  if (state !== undefined) {
    all.push("run.state = ?");
    values.push(state);
  }
  if (beforeNo !== undefined) {
    all.push("run_no < ?");
    values.push(beforeNo);
  }
  if (scans) {
    all.push("run_no >= ?");
    values.push(scanFloor(beforeNo, db));
  }
  const text = all.length === 0 ? "" : `WHERE ${all.join(" AND ")}`;
  return db
    .all(`SELECT run_no FROM run ${text} ORDER BY run_no DESC LIMIT ?`, ...values, limit)
    .map((row) => Number(row["run_no"]));
}

function countRuns(parts: QueryParts, wanted: RunsWanted, max: number): Partial<Record<StateType, number>> {
  const where = whereOf(parts, wanted);
  const counts: Partial<Record<StateType, number>> = {};
  for (const state of wanted.states ?? FLOW_STATES) {
    const conditions = [...where.conditions, "run.state = ?"];
    const bound: Bound[] = [...where.bound, state];
    if (where.scans) {
      conditions.push("run_no >= ?");
      bound.push(scanFloor(undefined, parts.db));
    }
    const sql = `SELECT count(*) AS n FROM (SELECT 1 FROM run WHERE ${conditions.join(" AND ")} LIMIT ?)`;
    const n = Number(parts.db.get(sql, ...bound, max)?.["n"]);
    if (n > 0) counts[state] = n;
  }
  return counts;
}

export function listedRun({ ownershipOf, ownerOf }: QueryParts, row: Row): ListedRun {
  const type = String(row["state"]) as StateType;
  const processNo = numberOrNone(row["process_no"]);
  const process =
    row["pid"] === null
      ? undefined
      : {
          host: String(row["host"]),
          boot: String(row["boot"]),
          pid: Number(row["pid"]),
          started: String(row["started"]),
          leaseUntil: Number(row["lease_until"]),
        };
  return {
    runNo: Number(row["run_no"]),
    row: {
      id: String(row["run_id"]),
      name: String(row["name"]),
      flow: String(row["flow"]),
      fingerprint: String(row["fingerprint"]),
      file: textOrNone(row["file"]),
      origin: String(row["origin"]) as RunRow["origin"],
      tags: JSON.parse(String(row["tags"])) as string[],
      idempotencyKey: textOrNone(row["idempotency_key"]),
      scheduledAt: numberOrNone(row["scheduled_at"]),
      createdAt: Number(row["created_at"]),
      state: { type },
      epoch: Number(row["epoch"]),
      startedAt: numberOrNone(row["started_at"]),
      endedAt: numberOrNone(row["ended_at"]),
      changedAt: Number(row["changed_at"]),
      activeMs: Number(row["active_ms"]),
      cursor: Number(row["last_cursor"]),
      ownedAt: Number(row["owned_at"]),
      ownership: ownershipOf({ processNo, process }),
      owner: ownerOf({ process }),
    },
    parametersText: String(row["parameters"]),
    error: errorIn(type, row),
  };
}

function errorIn(type: StateType, row: Row): ErrorRecord | undefined {
  if (STATES[type].family !== "failed" || Number(row["state_kind"]) !== VALUE.TEXT) return undefined;
  return (decodeValue(String(row["state_value"])) as { readonly error?: ErrorRecord }).error;
}
