/** Which runs a list is of, where they are looked at one by one. */
import type { RunFilter, RunRow } from "../ports/store.ts";
import { isFinishedType } from "../state/task-state.ts";

/** @param rows newest first */
export function filteredRuns(
  rows: readonly RunRow[],
  { flow, states, interrupted, named, before, limit }: RunFilter,
): readonly RunRow[] {
  const from = before === undefined ? 0 : rows.findIndex((row) => row.id === before) + 1;
  return rows
    .slice(from)
    .filter((row) => flow === undefined || row.flow === flow)
    .filter((row) => states === undefined || states.includes(row.state.type))
    .filter((row) => interrupted !== true || isInterrupted(row))
    .filter((row) => named === undefined || isNamed(row, named))
    .slice(0, limit);
}

function isNamed({ id, name }: RunRow, named: string): boolean {
  return name === named || id.startsWith(named) || id.endsWith(named);
}

/** Unfinished, and nobody has it. A run that waits for a person or for its time is not interrupted. */
function isInterrupted(row: RunRow): boolean {
  const { type } = row.state;
  const unfinished = !isFinishedType(type) && type !== "Paused" && type !== "Scheduled";
  return unfinished && (row.ownership === "gone" || row.ownership === "none");
}
