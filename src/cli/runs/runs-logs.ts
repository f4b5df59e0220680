/** `caudal runs logs RUN [TASK]`: what the bodies of a run printed and logged. */
import { childIndex, OF_RUN, type Run, taskRunName } from "../../engine/run.ts";
import type { LogRow, RunRow } from "../../ports/store.ts";
import { loggerFromEnvironment } from "../../runtime/report/console-logger.ts";
import { type KeptRun, readKeptRun } from "../../runtime/kept/kept-run.ts";
import { isFinishedType } from "../../state/task-state.ts";
import { findRun, shortOf, stateWords } from "./find-run.ts";
import { findTask, taskWord } from "./find-task.ts";
import { openStoreHere } from "../open-store.ts";
import type { ExitCode, Shell } from "../shell.ts";
import { changed } from "./wait-for.ts";

export interface LogsOptions {
  readonly follow?: boolean | undefined;
  readonly json?: boolean | undefined;
}

export async function logsCommand(
  word: string,
  task: string | undefined,
  options: LogsOptions,
  shell: Shell,
): Promise<ExitCode> {
  const store = await openStoreHere(shell);
  let row = await findRun(store, word);
  let kept = await readKeptRun(store, row);
  const write = writer(options, row.flow, shell);
  let read = 0;
  for (;;) {
    const goesOn = options.follow === true && isGoingOn(row);
    const lines = await store.readLogs(row.id, undefined, read);
    read += lines.length;
    // Children may have come since: their lines name slots that were not there.
    if (lines.some(({ slot }) => kept !== undefined && slot >= kept.run.slots)) kept = await readKeptRun(store, row);
    const run = kept?.run;
    const wanted = task === undefined || run === undefined ? lines : linesOf(run, findTask(run, task), lines);
    for (const line of wanted) write(line, kept);
    if (!goesOn) break;
    await changed(store);
    row = (await store.readRun(row.id)) ?? row;
  }
  if (read === 0) shell.err(`Run ${shortOf(row)} (${stateWords(row)}) has printed nothing`);
  return 0;
}

function isGoingOn({ state, ownership }: RunRow): boolean {
  return !isFinishedType(state.type) && (ownership === "alive" || ownership === "here");
}

/** Of a mapped task: its children's. */
function linesOf(run: Run, slot: number, lines: readonly LogRow[]): readonly LogRow[] {
  return lines.filter((line) => line.slot === slot || (slot < run.plan.count && run.owner[line.slot] === slot));
}

function writer(
  { json }: LogsOptions,
  flow: string,
  { out }: Shell,
): (line: LogRow, kept: KeptRun | undefined) => void {
  const logger = loggerFromEnvironment("debug");
  return ({ slot, attempt, at, level, text, handler }, kept) => {
    const run = kept?.run;
    const known = run !== undefined && slot < run.slots && slot !== OF_RUN;
    const own = kept?.rows.get(slot)?.name;
    const name = own ?? (known ? taskRunName(run, slot) : slot === OF_RUN ? flow : `task ${slot}`);
    // Indented, so that no line of a body's reads like a record of its own.
    const who = handler ? `caudal.${name} (handler)` : `caudal.${name}`;
    if (!json) return logger.write({ at, level, logger: who, message: text.replaceAll("\n", "\n    ") });
    const child = known ? childIndex(run, slot) : undefined;
    const task = known ? taskWord(run, slot) : undefined;
    out(JSON.stringify({ at: new Date(at).toISOString(), level, task, name, child, attempt, text, handler }));
  };
}
