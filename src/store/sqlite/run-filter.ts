/** Which runs a list is of, as conditions on their table. */
import type { RunFilter } from "../../ports/store.ts";

const NAMED = "(run.name = ? OR substr(run_id, 1, length(?)) = ? OR substr(run_id, -length(?)) = ?)";

export function runsWhere({ flow, states, interrupted, untold, named, before }: RunFilter): {
  readonly text: string;
  readonly bound: readonly string[];
} {
  const where: string[] = [];
  const bound: string[] = [];
  const add = (condition: string, ...values: readonly string[]) => {
    where.push(condition);
    bound.push(...values);
  };
  if (flow !== undefined) add("run.flow = ?", flow);
  if (states !== undefined) add(`run.state IN (${states.map(() => "?").join(", ")})`, ...states);
  if (interrupted === true) add("run.ended_at IS NULL AND run.state NOT IN ('Paused', 'Scheduled')");
  if (untold === true) add("run_no IN (SELECT run_no FROM untold)");
  if (named !== undefined) add(NAMED, named, named, named, named, named);
  if (before !== undefined) add("run_no < (SELECT run_no FROM run WHERE run_id = ?)", before);
  return { text: where.length === 0 ? "" : `WHERE ${where.join(" AND ")}`, bound };
}
