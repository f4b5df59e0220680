/**
 * Lines of logs as rows. Whose line it is stands in the column of its attempt: n of the body of attempt n, −1 − n of a
 * state handler that was asked during or after it. So most lines, which are bodies', have no column more for it.
 */
import type { LogRow } from "../../ports/store.ts";
import type { Database } from "./database.ts";

const NEXT_LINE = "SELECT coalesce(max(line) + 1, 0) AS next FROM log WHERE run_no = ?";

/** The number of the next line of a run's log: lines are never taken out of it alone. */
export function nextLine(db: Database, runNo: number): number {
  return Number(db.get(NEXT_LINE, runNo)?.["next"]);
}

export function attemptColumn({ attempt, handler }: Pick<LogRow, "attempt" | "handler">): number {
  return handler === true ? -1 - attempt : attempt;
}

export function fromLogColumns<R extends LogRow>(row: R): R {
  return row.attempt >= 0 ? row : { ...row, attempt: -1 - row.attempt, handler: true };
}
