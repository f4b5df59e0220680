/** What a task run shows that has not begun. */
import type { TaskRunGlance } from "../ports/queries.ts";

export const EMPTY_GLANCE = {
  state: "Pending",
  attempt: 0,
  startedAt: undefined,
  endedAt: undefined,
  reason: undefined,
  error: undefined,
  cache: undefined,
  name: undefined,
  startAt: undefined,
  childBase: undefined,
  children: undefined,
} as const satisfies Omit<TaskRunGlance, "slot">;
