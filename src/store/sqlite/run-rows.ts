/** Runs in their table. */
import type { NewRun, Ownership, RunRow } from "../../ports/store.ts";
import { type FlowState, STATE_TYPES } from "../../state/task-state.ts";
import { decodeValue, encodeValue } from "../codec.ts";
import { readOfRun, RowDamage } from "./corrupt.ts";
import type { Bound, Row } from "./database.ts";
import { type KeptValue, type KeptValues, VALUE } from "./kept-values.ts";
import type { ProcessIdentity } from "./process.ts";
import { rowSum } from "./row-sum.ts";

export const ADD_RUN = `INSERT INTO run (run_id, name, flow, version_no, file, origin, parameters, tags, idempotency_key,
  scheduled_at, created_at, state, state_kind, state_value, epoch, process_no, owned_at, started_at, ended_at, changed_at,
  active_ms, first_cursor, last_cursor, sum, state_sum)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'Pending', 0, NULL, 1, ?, ?, NULL, NULL, ?, 0, ?, ?, ?, ?)`;

/**
 * How far the last commit of an open run may be from the one that its row names, in commits of all runs. Most commits
 * leave the row alone: a page less to write for each. A run that has ended or was let go names its last.
 */
export const TAIL = 64;

/** The last commit that an open run, of a row of `run`, has made. */
const TAIL_OF_RUN = `CASE WHEN run.ended_at IS NULL THEN (SELECT cursor FROM history
  WHERE cursor BETWEEN run.last_cursor + 1 AND run.last_cursor + ${TAIL - 1} AND run_no = run.run_no ORDER BY cursor DESC LIMIT 1) END`;

/** The cursors of a run's history, to be bound: the run's number. */
export const BOUNDS_OF_RUN = `SELECT first_cursor, coalesce(${TAIL_OF_RUN}, last_cursor) AS last_cursor, ended_at FROM run
  WHERE run_no = ?`;

/** A run with its version's fingerprint, its owner's process and its last commit, where it has them. */
export const SELECT_RUN = `SELECT run.*, flow_version.fingerprint, flow_version.nodes, process.host, process.boot, process.pid,
  process.started, process.lease_until, tail_cursor, tail_at
FROM run JOIN flow_version USING (version_no) LEFT JOIN process USING (process_no)
  LEFT JOIN (SELECT cursor AS tail_cursor, at AS tail_at FROM history) ON tail_cursor = ${TAIL_OF_RUN}`;

export function newRunColumns(run: NewRun, versionNo: number, processNo: number, cursor: number): Bound[] {
  const who = [run.id, run.name, run.flow];
  const rest = [run.file ?? null, run.origin, encodeValue(run.parameters), JSON.stringify(run.tags)];
  const when = [run.idempotencyKey ?? null, run.scheduledAt ?? null, run.createdAt];
  return [
    ...[...who, versionNo, ...rest, ...when],
    ...[processNo, run.createdAt, run.createdAt, cursor + 1, cursor],
    ...[rowSum(...who, ...rest, ...when), stateSum("Pending", 0, null)],
  ];
}

export function stateSum(type: string, kind: number, text: string | null): number {
  return rowSum(type, kind, text);
}

const SUMMED = ["run_id", "name", "flow", "file", "origin", "parameters", "tags", "idempotency_key", "scheduled_at"];

function checkSums(row: Row): void {
  const columns = [...SUMMED, "created_at"].map((name) => row[name] as string | number | null);
  if (rowSum(...columns) !== row["sum"]) throw new RowDamage("its row is not what was written");
  const [state, kind] = [String(row["state"]), Number(row["state_kind"])];
  if (stateSum(state, kind, row["state_value"] as string | null) !== row["state_sum"])
    throw new RowDamage("its state is not what was written");
  if (!(STATE_TYPES as readonly string[]).includes(state)) throw new RowDamage(`its state is '${state}'`);
}

/** The state's fields beside its type; large results of flows are files. */
export function stateColumns(values: KeptValues, state: FlowState): KeptValue {
  const { type: _, ...rest } = state;
  return Object.keys(rest).length === 0 ? { kind: VALUE.UNDEFINED, text: null } : values.kept(rest);
}

/** A row of `SELECT_RUN`. */
export interface FoundRun {
  readonly runNo: number;
  readonly nodes: number;
  readonly firstCursor: number;
  readonly lastCursor: number;
  readonly processNo: number | undefined;
  readonly process: (ProcessIdentity & { readonly leaseUntil: number }) | undefined;
  /** `ownership` and `owner` are still to be said. They have their places: Node 20 is slow to add to a copy. */
  readonly row: RunRow;
}

/** @throws CaudalError RUN_CORRUPT */
export function foundRun(values: KeptValues, row: Row, store: string): FoundRun {
  return readOfRun(String(row["run_id"]), store, () => readFound(values, row));
}

function readFound(values: KeptValues, row: Row): FoundRun {
  checkSums(row);
  const text = (name: string) => (row[name] as string | null) ?? undefined;
  const number = (name: string) => (row[name] as number | null) ?? undefined;
  const rest = values.read(Number(row["state_kind"]), row["state_value"] as string | null) as object | undefined;
  return {
    runNo: Number(row["run_no"]),
    nodes: Number(row["nodes"]),
    firstCursor: Number(row["first_cursor"]),
    lastCursor: Number(row["tail_cursor"] ?? row["last_cursor"]),
    processNo: number("process_no"),
    process:
      row["pid"] === null
        ? undefined
        : {
            host: String(row["host"]),
            boot: String(row["boot"]),
            pid: Number(row["pid"]),
            started: String(row["started"]),
            leaseUntil: Number(row["lease_until"]),
          },
    row: {
      id: String(row["run_id"]),
      name: String(row["name"]),
      flow: String(row["flow"]),
      fingerprint: String(row["fingerprint"]),
      file: text("file"),
      origin: String(row["origin"]) as RunRow["origin"],
      parameters: decodeValue(String(row["parameters"])) as RunRow["parameters"],
      tags: JSON.parse(String(row["tags"])) as string[],
      idempotencyKey: text("idempotency_key"),
      scheduledAt: number("scheduled_at"),
      createdAt: Number(row["created_at"]),
      state: { type: String(row["state"]), ...rest } as FlowState,
      epoch: Number(row["epoch"]),
      startedAt: number("started_at"),
      endedAt: number("ended_at"),
      changedAt: Math.max(Number(row["changed_at"]), Number(row["tail_at"])),
      cursor: Number(row["tail_cursor"] ?? row["last_cursor"]),
      activeMs: Number(row["active_ms"]),
      ownedAt: Number(row["owned_at"]),
      ownership: "none",
      owner: undefined,
    },
  };
}

export function withOwner(found: FoundRun, ownership: Ownership, owner: string | undefined): RunRow {
  return { ...found.row, ownership, owner };
}
