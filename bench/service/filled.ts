/** Stores with many runs of the past, as months of a busy schedule leave them; written row by row, in bulk. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { NewRun } from "../../src/ports/store.ts";
import { sqliteDriver } from "../../src/store/sqlite-driver.ts";
import { packPath } from "../../src/store/sqlite/packing.ts";
import { ADD_RUN, newRunColumns, stateSum } from "../../src/store/sqlite/run-rows.ts";
import { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { encodeValue } from "../../src/store/codec.ts";
import { realRandom } from "../../src/runtime/real-clock.ts";
import { letters, orders, quiet } from "./flows.ts";

/** Between two runs. */
const STEP_MS = 10_000;
const STATE = `UPDATE run SET state = ?, state_kind = ?, state_value = ?, state_sum = ?, process_no = NULL, started_at = created_at,
  ended_at = ?, changed_at = ?, last_cursor = first_cursor WHERE run_no = ?`;
const LEFT =
  "UPDATE run SET state = 'Running', state_sum = ?, started_at = created_at, process_no = ? WHERE run_no = ?";
const HISTORY = "INSERT INTO history (cursor, run_no, epoch, at, path, running, hash) VALUES (?, ?, 1, ?, ?, NULL, '')";
const PROCESS = `INSERT INTO process (host, boot, pid, started, opened_at, lease_until)
  SELECT host, 'another', 1, '', 0, 0 FROM process LIMIT 1 RETURNING process_no`;

const EMPTY_PATH = packPath({ slots: new Uint32Array(0), steps: new Uint16Array(0) });
const FAILED = encodeValue({ error: { name: "Error", message: "the API answered 502", stack: "" } });

export interface Filling {
  /** Of runs that have ended. */
  readonly finished: number;
  /** Of runs that went on when their process died. */
  readonly unfinished?: number;
}

interface Drawn {
  readonly state: "Success" | "Failed" | "TimedOut" | "Cancelled";
  readonly tags: readonly string[];
  readonly isLetter: boolean;
  readonly origin: NewRun["origin"];
}

/** A tenth of the runs failed, a tenth has a tag, a tenth is of the other flow, three tenths nobody's schedule began. */
function drawn(i: number): Drawn {
  const digit = (of: number) => Math.floor(i / of) % 10;
  const failed = digit(1) === 3 ? "Failed" : digit(1) === 7 && digit(10) < 2 ? "TimedOut" : undefined;
  return {
    state: failed ?? (digit(1) === 8 && digit(10) === 0 ? "Cancelled" : "Success"),
    tags: digit(1) === 5 ? ["nightly"] : [],
    isLetter: digit(1) === 9,
    origin: digit(1) < 7 ? "schedule" : digit(1) < 9 ? "serve" : "script",
  };
}

const FORGET = ["run", "task_run", "history", "log"]
  .map((table) => `DELETE FROM ${table} WHERE run_no <= ?`)
  .join("; ");

/** Fills a folder for a store; the id of its newest run, which is as a real one leaves it. */
export async function fillStore(folder: string, { finished, unfinished = 0 }: Filling): Promise<string> {
  const store = new SqliteStore(folder, { durability: "process" });
  for (const flow of [orders, letters, quiet]) await flow.run({ store, logLevel: "off" });
  fill(join(folder, "caudal.db"), finished, unfinished);
  const { id } = await orders.run({ store, logLevel: "off" });
  store.close();
  return id;
}

function fill(file: string, finished: number, unfinished: number): void {
  const db = new (sqliteDriver().DatabaseSync)(file, {});
  db.exec("PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 10000; BEGIN IMMEDIATE");
  const one = (sql: string, ...bound: string[]) => Object.values(db.prepare(sql).get(...bound) ?? {})[0] as number;
  const version = (flow: string) => one("SELECT version_no FROM flow_version WHERE flow = ?", flow);
  const versions = { orders: version("orders"), letters: version("letters"), quiet: version("quiet") };
  const processNo = one(PROCESS);
  const first = one("SELECT max(run_no) FROM run");
  const [add, state, left, history] = [ADD_RUN, STATE, LEFT, HISTORY].map((sql) => db.prepare(sql));
  let [runNo, cursor] = [first, one("SELECT max(cursor) FROM history")];
  const began = Date.now() - (finished + unfinished) * STEP_MS;
  for (let i = 0; i < finished + unfinished; i++) {
    const ends = i < finished;
    const { state: type, tags, isLetter, origin } = drawn(i);
    const at = began + i * STEP_MS;
    const flow = !ends ? "quiet" : isLetter ? "letters" : "orders";
    const run = newRunAt(at, { flow, tags, origin: ends ? origin : "serve" });
    add!.run(...newRunColumns(run, versions[flow], processNo, cursor));
    const [kind, text] = type === "Failed" ? [1, FAILED] : [0, null];
    runNo++;
    if (!ends) left!.run(stateSum("Running", 0, null), processNo, runNo);
    else state!.run(type, kind, text, stateSum(type, kind, text), at + 900, at + 900, runNo);
    if (ends) history!.run(++cursor, runNo, at + 900, EMPTY_PATH);
  }
  if (finished + unfinished > 0) db.exec(FORGET.replaceAll("?", String(first))); // they were made now, and before all others
  db.exec("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
}

function newRunAt(createdAt: number, more: Pick<NewRun, "flow" | "tags" | "origin">): NewRun {
  const id = realRandom.runId(createdAt);
  const rest = { fingerprint: "", file: undefined, idempotencyKey: undefined, scheduledAt: undefined };
  return { ...rest, ...more, id, name: randomBytes(4).toString("hex"), parameters: { size: 25 }, createdAt };
}
