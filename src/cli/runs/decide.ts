/**
 * `caudal approve` and `caudal reject`: a person decides about a task run that waits. Whoever has the run is asked
 * through the store; where nobody has it, it goes on here.
 */
import { userInfo } from "node:os";
import { CaudalError } from "../../base/errors.ts";
import { STATE_INDEX, typeOf } from "../../engine/run.ts";
import type { Ask, RunRow, Store } from "../../ports/store.ts";
import { readKeptRun } from "../../runtime/kept/kept-run.ts";
import { isFinishedType } from "../../state/task-state.ts";
import { findRun, shortOf, stateWords } from "./find-run.ts";
import { findTask, taskWord } from "./find-task.ts";
import { goOn, goOnWithParent, type GoOnOptions } from "./go-on.ts";
import { refusal } from "../load/load-failure.ts";
import { pausedTasks } from "./next-commands.ts";
import { openStoreHere } from "../open-store.ts";
import { flowOfRun } from "../load/run-code.ts";
import type { ExitCode, Shell } from "../shell.ts";
import { changed } from "./wait-for.ts";

export interface DecideOptions extends Omit<GoOnOptions, "last" | "all"> {
  /** JSON. */
  readonly input?: string | undefined;
  readonly reason?: string | undefined;
}

/** How long another process is waited for. */
const ANSWER_MS = 10_000;
const TASKS_MAX = 10;

export async function decideCommand(
  kind: "approve" | "reject",
  words: { readonly run: string; readonly task: string | undefined },
  options: DecideOptions,
  shell: Shell,
): Promise<ExitCode> {
  const input = readJson("--input", options.input);
  const store = await openStoreHere(shell);
  const row = await findRun(store, words.run, { states: ["Paused", "Running"] });
  const task = await waitingTask(store, row, words.task);
  const ask: Ask = kind === "approve" ? { kind, task, input: input?.value } : { kind, task, why: options.reason };
  // Before anything is written: whoever decides must be able to go on.
  if (row.ownership !== "alive" && !isPausedByPerson(row)) await flowOfRun(row, store, options.file, shell);
  const request = await store.post({ runId: row.id, ask, by: whoAsks(), at: Date.now() });
  const answered = await answeredByOwner(store, row.id, request.id, shell);
  const now = (await store.readRun(row.id)) ?? row;
  if (answered === "nobody has it" && !isPausedByPerson(now)) {
    const code = await goOn("resume", now, store, options, shell);
    return (await goOnWithParent(now, store, options, shell)) ?? code;
  }
  return tellTask(store, row.id, task, answered, options.json === true, shell);
}

/** What is decided in it waits there for whoever resumes the whole of it. */
function isPausedByPerson({ state }: RunRow): boolean {
  return state.type === "Paused" && state.reason?.code === "by-person";
}

export function readJson(option: string, text: string | undefined): { readonly value: unknown } | undefined {
  if (text === undefined) return undefined;
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    throw refusal("COMMAND_LINE", { why: `${option} is no JSON: write text in quotes, as '"text"', or an object` });
  }
}

/** A name for people. */
export function whoAsks(): string {
  try {
    return userInfo().username;
  } catch {
    return "somebody"; // a user id without a name, as in some containers
  }
}

/** The slug of the task run meant, or of the only one that waits. */
async function waitingTask(store: Store, row: RunRow, word: string | undefined): Promise<string> {
  const run = (await readKeptRun(store, row))?.run;
  const paused = pausedTasks(run);
  const what = `run ${row.id}`;
  if (isFinishedType(row.state.type) || run === undefined || paused.length === 0)
    throw new CaudalError("NOTHING_PAUSED", { what, state: stateWords(row) });
  if (word === undefined) {
    const [only, ...others] = paused;
    if (only !== undefined && others.length === 0) return only;
    const named = paused.length > TASKS_MAX ? [...paused.slice(0, TASKS_MAX), "…"] : paused;
    throw refusal("COMMAND_LINE", {
      why: `${paused.length} tasks of run ${shortOf(row)} wait: name one of ${named.join(", ")}`,
    });
  }
  const slot = findTask(run, word);
  if (run.state[slot] !== STATE_INDEX.Paused)
    throw new CaudalError("TASK_NOT_WAITING", { task: taskWord(run, slot), state: typeOf(run, slot) });
  return taskWord(run, slot);
}

export type Answered = "yes" | "not yet" | "nobody has it";

/** Waits some seconds for the process that has the run; says so. */
export async function answeredByOwner(store: Store, runId: string, request: number, shell: Shell): Promise<Answered> {
  const until = Date.now() + ANSWER_MS;
  for (let said = false; ; ) {
    const row = await store.readRun(runId);
    const open = (await store.requestsOf(runId)).some(({ id }) => id === request);
    if (!open || row === undefined || isFinishedType(row.state.type)) return "yes";
    if (row.ownership !== "alive") return "nobody has it";
    if (!said) shell.err(`Asked ${row.owner ?? "the process that has it"}, which has the run`);
    said = true;
    if (Date.now() >= until) return "not yet";
    await changed(store, Math.min(1_000, until - Date.now()));
  }
}

export async function tellTask(
  store: Store,
  runId: string,
  task: string,
  answered: Answered,
  json: boolean,
  shell: Shell,
): Promise<ExitCode> {
  const row = await store.readRun(runId);
  const run = row && (await readKeptRun(store, row))?.run;
  if (row === undefined || run === undefined) throw new CaudalError("RUN_UNKNOWN", { run: runId });
  const state = typeOf(run, findTask(run, task));
  if (json) {
    shell.out(
      JSON.stringify({
        run: runId,
        flow: row.flow,
        state: row.state.type,
        task,
        taskState: state,
        answered: answered === "yes",
      }),
    );
    return 0;
  }
  shell.out(
    answered === "yes"
      ? `'${task}' is ${state}, run ${shortOf(row)} ${stateWords(row)}`
      : answered === "not yet"
        ? `It has not answered yet, and will as soon as it can. See: npx caudal runs show ${shortOf(row)}`
        : `Run ${shortOf(row)} is ${stateWords(row)}: this is done when it is resumed. Go on with it: npx caudal resume ${shortOf(row)}`,
  );
  return 0;
}
