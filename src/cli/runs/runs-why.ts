/** `caudal runs why RUN [TASK]`: why its task runs are in their states, and what would change that. */
import { explain } from "../../engine/explain.ts";
import { type Run, STATE_INDEX, taskRunName, typeOf } from "../../engine/run.ts";
import type { RunRow, Store } from "../../ports/store.ts";
import { readKeptRun } from "../../runtime/kept/kept-run.ts";
import { columns } from "../columns.ts";
import { findRun, isInterrupted, shortOf, stateWords } from "./find-run.ts";
import { findTask, taskWord } from "./find-task.ts";
import { nextCommands } from "./next-commands.ts";
import { openStoreHere } from "../open-store.ts";
import type { ExitCode, Shell } from "../shell.ts";

export interface WhyOptions {
  readonly json?: boolean | undefined;
}

const TASKS_MAX = 50;
const UNTOLD_MAX = 1_000;
/** What went as it was meant needs no words. */
const PLAIN: ReadonlySet<string> = new Set(["Success", "Cached", "Mapped"]);

export async function whyCommand(
  word: string,
  task: string | undefined,
  { json }: WhyOptions,
  shell: Shell,
): Promise<ExitCode> {
  const store = await openStoreHere(shell);
  const row = await findRun(store, word);
  const kept = await readKeptRun(store, row);
  const slots = kept === undefined ? [] : task === undefined ? troubled(kept.run) : [findTask(kept.run, task)];
  const told = kept === undefined ? [] : slots.slice(0, TASKS_MAX).map((slot) => aboutOf(kept.run, slot, row));
  if (json) {
    shell.out(JSON.stringify({ run: row.id, flow: row.flow, state: row.state.type, why: headline(row), tasks: told }));
    return 0;
  }
  const next = nextCommands(row, kept);
  shell.out(
    [
      ...(task === undefined ? [headline(row), ...(await untoldText(store, row))] : []),
      ...told.map(({ why }) => (task === undefined ? `  ${why}` : why)),
      ...(slots.length > TASKS_MAX ? [`  … and ${slots.length - TASKS_MAX} more task runs`] : []),
      ...(next.length === 0 || task !== undefined ? [] : ["", ...columns(next, "  ")]),
    ].join("\n"),
  );
  return 0;
}

function aboutOf(run: Run, slot: number, row: RunRow) {
  return { task: taskWord(run, slot), state: typeOf(run, slot), why: whyText(run, slot, row) };
}

function headline(row: RunRow): string {
  const { state, flow, id } = row;
  const why =
    "error" in state
      ? `: ${state.error.message}`
      : state.reason?.code === "code-changed"
        ? `: the flow has changed in what remains: ${state.reason.changes.join("; ")}`
        : isInterrupted(row)
          ? ": its process stopped before its end, and nobody has it"
          : state.reason?.code === "by-person"
            ? pauseText(state.type)
            : "";
  return `Run ${id} of flow '${flow}' is ${stateWords(row)}${why}`;
}

/** What its listeners would have said, nobody has heard. */
async function untoldText(store: Store, { id, flow }: RunRow): Promise<readonly string[]> {
  const untold = await store.listRuns({ flow, untold: true, limit: UNTOLD_MAX });
  if (!untold.some((run) => run.id === id)) return [];
  return [
    "Its process ended before it had told the listeners of its end (onFailure, onStateChange). The next run of the flow",
    `does, and whoever serves it, as long as it has not changed; now: npx caudal resume ${shortOf({ id })}`,
  ];
}

function pauseText(type: RunRow["state"]["type"]): string {
  if (type === "Paused") return ": nothing of it starts until it is resumed";
  return ": what is running comes to its end, and nothing else starts";
}

function troubled(run: Run): readonly number[] {
  const slots = Array.from({ length: run.slots }, (_, slot) => slot);
  return slots.filter(
    (slot) => !PLAIN.has(typeOf(run, slot)) || run.detail.get(slot)?.reason?.code === "marked", // a person's word
  );
}

/** What ran when its process stopped has no owner to say so. */
function whyText(run: Run, slot: number, row: RunRow): string {
  if (run.state[slot] !== STATE_INDEX.Running || !isInterrupted(row)) return explain(run, slot);
  return `'${taskRunName(run, slot)}' was running (attempt ${run.attempt[slot]}) when its process stopped; what that attempt did is not known. Going on with the run does as its onLost says.`;
}
