/** A value that is not kept, or that follows from others, is in no store: not even in one that could hold on to it. */
import type { TaskRunRow } from "../ports/store.ts";

export function withoutResult(row: TaskRunRow): TaskRunRow {
  return { ...row, state: { ...row.state, result: undefined } as TaskRunRow["state"] };
}
