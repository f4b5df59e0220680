/** How task runs of a flow's last runs ended: enough to say how long a task takes, without a value of any. */
import type { Queries } from "../../../ports/queries.ts";
import { STATE_TYPES } from "../../../state/task-state.ts";
import { numberOrNone, type QueryParts } from "./parts.ts";

/** The newest of one version that have ended; its index leads. */
const LAST = `SELECT run_no FROM run
  WHERE version_no = (SELECT version_no FROM flow_version WHERE flow = ? AND fingerprint = ?) AND ended_at IS NOT NULL
  ORDER BY run_no DESC LIMIT ?`;
const ENDINGS = `SELECT slot, state, attempt, started_at, ended_at FROM task_run
  WHERE run_no = ? AND slot < ? AND ended_at IS NOT NULL`;

export function timingQueries({ db }: QueryParts): Pick<Queries, "endings"> {
  return {
    endings: (flow, fingerprint, { runs, nodes }) => {
      const last = db.all(LAST, flow, fingerprint, runs).map((row) => Number(row["run_no"]));
      const endings = last.flatMap((runNo) =>
        db.all(ENDINGS, runNo, nodes).map((row) => ({
          slot: Number(row["slot"]),
          state: STATE_TYPES[Number(row["state"])] ?? "Pending",
          attempt: Number(row["attempt"]),
          startedAt: numberOrNone(row["started_at"]),
          endedAt: Number(row["ended_at"]),
        })),
      );
      return { runs: last.length, endings };
    },
  };
}
