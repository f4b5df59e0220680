/** Schedules, the cache and the book of who did what: the few things those who look may also write. */
import type { AuditRow, Queries, ScheduleRow } from "../../../ports/queries.ts";
import type { Bound, Row } from "../database.ts";
import { ADD_TICK, SKIPPED } from "../ticks.ts";
import { PLACE_ASK_MS } from "../../place-wait.ts";
import { numberOrNone, type QueryParts, textOrNone } from "./parts.ts";

type DeskQueries = Pick<
  Queries,
  | "schedule"
  | "schedules"
  | "switchSchedule"
  | "watchedUntil"
  | "skipTick"
  | "ticks"
  | "unfinishedOf"
  | "cache"
  | "clearCache"
  | "placesTaken"
  | "note"
  | "audit"
>;

const SWITCH = `INSERT INTO schedule (schedule, flow, is_on, changed_by, changed_at) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (schedule) DO UPDATE SET is_on = excluded.is_on, changed_by = excluded.changed_by, changed_at = excluded.changed_at`;
const WATCHED = `INSERT INTO schedule (schedule, flow, watched_until) VALUES (?, ?, ?)
  ON CONFLICT (schedule) DO UPDATE SET watched_until = max(coalesce(watched_until, 0), excluded.watched_until)`;
const UNFINISHED = `SELECT run.run_id FROM run JOIN tick ON tick.run_id = run.run_id
  WHERE run.ended_at IS NULL AND tick.schedule = ? ORDER BY run_no LIMIT 100`;
const NOTE = "INSERT INTO audit (at, by, action, run_id, flow, task, why, origin) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";

const PLACES = "SELECT process_no, held, waiting_since, asked_at FROM place WHERE name = ?";

export function deskQueries({ db, ownershipOf }: QueryParts): DeskQueries {
  return {
    schedule: (schedule) => {
      const row = db.get("SELECT * FROM schedule WHERE schedule = ?", schedule);
      return row && scheduleRow(row);
    },
    schedules: (flow) => {
      const where = flow === undefined ? "" : "WHERE flow = ?";
      const sql = `SELECT * FROM schedule ${where} ORDER BY flow, watched_until DESC LIMIT 1000`;
      return db.all(sql, ...(flow === undefined ? [] : [flow])).map(scheduleRow);
    },
    switchSchedule: (schedule, flow, on, by, at) =>
      void db.transaction(() => db.run(SWITCH, schedule, flow, on ? 1 : 0, by, at)),
    watchedUntil: (schedule, flow, until) => void db.transaction(() => db.run(WATCHED, schedule, flow, until)),
    skipTick: ({ schedule, clock, at }) => db.transaction(() => db.run(ADD_TICK, schedule, clock, at, SKIPPED)) === 1,
    ticks: (schedule, limit) =>
      db
        .all("SELECT clock, at, run_id FROM tick WHERE schedule = ? ORDER BY at DESC, clock LIMIT ?", schedule, limit)
        .map((row) => ({ clock: Number(row["clock"]), at: Number(row["at"]), runId: String(row["run_id"]) })),
    unfinishedOf: (schedule) => db.all(UNFINISHED, schedule).map((row) => String(row["run_id"])),
    cache: ({ scope, after, limit }) => {
      const { text, bound } = cacheWhere(scope, undefined);
      const total = Number(db.get(`SELECT count(*) AS n FROM cache ${text}`, ...bound)?.["n"]);
      const rest = after === undefined ? "" : `${text === "" ? "WHERE" : "AND"} key > ?`;
      const columns = "key, scope, version, run_id, stored_at, expires_at";
      const sql = `SELECT ${columns} FROM cache ${text} ${rest} ORDER BY key LIMIT ?`;
      return { total, entries: db.all(sql, ...bound, ...(after === undefined ? [] : [after]), limit).map(cacheRow) };
    },
    clearCache: ({ scope, key }) => {
      const { text, bound } = cacheWhere(scope, key);
      return db.transaction(() => db.run(`DELETE FROM cache ${text}`, ...bound));
    },
    placesTaken: (name, now) => {
      const living = db.all(PLACES, name).map((row) => ({ row, owner: ownershipOf(Number(row["process_no"])) }));
      const others = living.filter(({ owner }) => owner === "alive").map(({ row }) => row);
      const own = living.filter(({ owner }) => owner === "here").map(({ row }) => row);
      const isWaiting = (row: Row) => row["waiting_since"] !== null && Number(row["asked_at"]) > now - PLACE_ASK_MS;
      return {
        held: [...own, ...others].reduce((sum, row) => sum + Number(row["held"]), 0),
        othersWaiting: others.filter(isWaiting).length,
      };
    },
    note: ({ at, by, action, runId, flow, task, why, from }) =>
      void db.transaction(() =>
        db.run(NOTE, at, by, action, runId ?? null, flow ?? null, task ?? null, why ?? null, from),
      ),
    audit: ({ runId, before, limit }) => {
      const conditions = [runId !== undefined && "run_id = ?", before !== undefined && "audit_no < ?"].filter(Boolean);
      const text = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
      const bound: Bound[] = [...(runId === undefined ? [] : [runId]), ...(before === undefined ? [] : [before])];
      return db.all(`SELECT * FROM audit ${text} ORDER BY audit_no DESC LIMIT ?`, ...bound, limit).map(auditRow);
    },
  };
}

function cacheWhere(
  scope: string | undefined,
  key: string | undefined,
): { readonly text: string; readonly bound: Bound[] } {
  if (key !== undefined) return { text: "WHERE key = ?", bound: [key] };
  return scope === undefined ? { text: "", bound: [] } : { text: "WHERE scope = ?", bound: [scope] };
}

function scheduleRow(row: Row): ScheduleRow {
  return {
    schedule: String(row["schedule"]),
    flow: String(row["flow"]),
    on: Number(row["is_on"]) === 1,
    changedBy: textOrNone(row["changed_by"]),
    changedAt: numberOrNone(row["changed_at"]),
    watchedUntil: numberOrNone(row["watched_until"]),
  };
}

function cacheRow(row: Row) {
  return {
    key: String(row["key"]),
    scope: String(row["scope"]),
    version: String(row["version"]),
    runId: String(row["run_id"]),
    storedAt: Number(row["stored_at"]),
    expiresAt: numberOrNone(row["expires_at"]),
  };
}

function auditRow(row: Row): AuditRow & { readonly no: number } {
  return {
    no: Number(row["audit_no"]),
    at: Number(row["at"]),
    by: String(row["by"]),
    action: String(row["action"]),
    runId: textOrNone(row["run_id"]),
    flow: textOrNone(row["flow"]),
    task: textOrNone(row["task"]),
    why: textOrNone(row["why"]),
    from: String(row["origin"]),
  };
}
