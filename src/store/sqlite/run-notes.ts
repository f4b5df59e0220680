/** What is noted beside a run: the inner steps of its bodies, and what others ask of it. */
import type { NewRequest, OnceKey, Request } from "../../ports/store.ts";
import { decodeValue, encodeValue } from "../codec.ts";
import { RowDamage } from "./corrupt.ts";
import type { Database } from "./database.ts";
import type { KeptValues } from "./kept-values.ts";
import { rowSum } from "./row-sum.ts";

const READ_ONCE = "SELECT value_kind, value, sum FROM once WHERE run_no = ? AND scope = ? AND name = ?";
const KEEP_ONCE = "INSERT OR REPLACE INTO once (run_no, scope, name, value_kind, value, sum) VALUES (?, ?, ?, ?, ?, ?)";
const POST = "INSERT INTO request (run_no, ask, by, at) VALUES (?, ?, ?, ?) RETURNING request_no";
const OPEN = "SELECT request_no, ask, by, at FROM request WHERE run_no = ? AND answered = 0 ORDER BY request_no";

export class RunNotes {
  readonly #db: Database;
  readonly #values: KeptValues;

  constructor(db: Database, values: KeptValues) {
    this.#db = db;
    this.#values = values;
  }

  readOnce(runNo: number, { scope, name }: OnceKey): { readonly value: unknown } | undefined {
    const row = this.#db.get(READ_ONCE, runNo, scope, name);
    if (row === undefined) return undefined;
    const [kind, text] = [Number(row["value_kind"]), row["value"] as string | null];
    if (rowSum(scope, name, kind, text) !== row["sum"])
      throw new RowDamage(`its step '${name}' is not what was written`);
    return { value: this.#values.read(kind, text) };
  }

  /** Inside a transaction. */
  keepOnce(runNo: number, { scope, name }: OnceKey, value: unknown): void {
    const { kind, text } = this.#values.kept(value);
    this.#db.run(KEEP_ONCE, runNo, scope, name, kind, text, rowSum(scope, name, kind, text));
  }

  /** Inside a transaction. */
  post(runNo: number, request: NewRequest): Request {
    const row = this.#db.get(POST, runNo, encodeValue(request.ask), request.by, request.at);
    return { ...request, id: Number(row?.["request_no"]) };
  }

  requestsOf(runNo: number, runId: string): readonly Request[] {
    return this.#db.all(OPEN, runNo).map((row) => ({
      id: Number(row["request_no"]),
      runId,
      ask: decodeValue(String(row["ask"])) as Request["ask"],
      by: String(row["by"]),
      at: Number(row["at"]),
    }));
  }
}
