/** Rows as the store in memory has them. */
import type { Millis } from "../base/time.ts";
import type { RunRow, TaskRunRow } from "../ports/store.ts";

/** Of a run, without what depends on who looks. */
export type KeptRow = { -readonly [Name in keyof Omit<RunRow, "ownership" | "owner">]: RunRow[Name] };

/** How long it was Running under its last owner. */
export function activeSince({ startedAt, changedAt, ownedAt }: KeptRow): Millis {
  return startedAt === undefined ? 0 : changedAt - Math.max(ownedAt, startedAt);
}

/** A value that is not kept, or that follows from others, is in no store: not even in one that could hold on to it. */
export function withoutResult(row: TaskRunRow): TaskRunRow {
  return { ...row, state: { ...row.state, result: undefined } as TaskRunRow["state"] };
}
