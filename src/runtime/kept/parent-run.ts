/**
 * Which run a run is a part of: that of a flow called as a task says so in its idempotency key, where every store keeps
 * it and nobody else's key is like it. Who goes on with runs leaves such a run to the task run it belongs to.
 */
import type { RunRow } from "../../ports/store.ts";

const MARK = "part of ";

export function partOf(taskRunId: string, runId: string): string {
  return `${MARK}${taskRunId} as ${runId}`;
}

export interface Parent {
  readonly run: string;
  /** The slug of the task run in it, with `[i]` for a mapped child. */
  readonly task: string;
}

export function parentOf({ id, idempotencyKey: key }: Pick<RunRow, "id" | "idempotencyKey">): Parent | undefined {
  const end = ` as ${id}`;
  if (key === undefined || !key.startsWith(MARK) || !key.endsWith(end)) return undefined;
  const taskRunId = key.slice(MARK.length, -end.length);
  const slash = taskRunId.indexOf("/");
  return { run: taskRunId.slice(0, slash), task: taskRunId.slice(slash + 1) };
}

/** Those that are no part of another of these. */
export function withoutParts<R extends Pick<RunRow, "id" | "idempotencyKey">>(runs: readonly R[]): readonly R[] {
  const ids = new Set(runs.map(({ id }) => id));
  return runs.filter((run) => !ids.has(parentOf(run)?.run ?? ""));
}
