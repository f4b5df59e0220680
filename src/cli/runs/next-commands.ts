/** What one can do with a run that one looks at: commands, each with what it does. */
import { type Run, STATE_INDEX } from "../../engine/run.ts";
import type { RunRow } from "../../ports/store.ts";
import type { KeptRun } from "../../runtime/kept/kept-run.ts";
import { RETRIED } from "../../runtime/kept/retry.ts";
import { isFinishedType } from "../../state/task-state.ts";
import { isInterrupted, shortOf } from "./find-run.ts";
import { quoted } from "../commands/next-steps.ts";
import { taskWord } from "./find-task.ts";

type Step = readonly [command: string, what: string];

export function nextCommands(row: RunRow, kept: KeptRun | undefined): readonly Step[] {
  const run = shortOf(row);
  const { state } = row;
  if ((RETRIED as readonly string[]).includes(state.type))
    return [
      [`npx caudal retry ${run}`, "run what failed again, and what follows from it"],
      [`npx caudal runs why ${run}`, "say why, for every task"],
    ];
  if (state.type === "Paused" && state.reason?.code === "code-changed")
    return [[`npx caudal resume ${run} --accept-changes`, "go on with the changed flow"]];
  if (isInterrupted(row) || (state.type === "Paused" && state.reason?.code === "by-person"))
    return [
      [`npx caudal resume ${run}`, "go on with it"],
      [`npx caudal cancel ${run}`, "end it"],
    ];
  const decide: readonly Step[] = pausedTasks(kept?.run).flatMap((task): readonly Step[] => [
    [`npx caudal approve ${run} ${quoted(task)}`, `let '${task}' go on`],
    [`npx caudal reject ${run} ${quoted(task)}`, "let it fail"],
  ]);
  if (isFinishedType(state.type)) return [];
  return [...decide, [`npx caudal cancel ${run}`, "end it"]];
}

/** Words for the task runs that wait for a person. */
export function pausedTasks(run: Run | undefined): readonly string[] {
  if (run === undefined) return [];
  const slots = Array.from({ length: run.slots }, (_, slot) => slot);
  return slots.filter((slot) => run.state[slot] === STATE_INDEX.Paused).map((slot) => taskWord(run, slot));
}
