/**
 * `caudal mark RUN TASK success|failed|skipped`: a person says what became of a task run. Whoever has the run is asked
 * through the store; where nobody has it, it goes on here with what was said.
 */
import { MARK_WHY_MAX, MARKS } from "../../engine/marking.ts";
import { markRefusal } from "../../engine/mark.ts";
import type { Run } from "../../engine/run.ts";
import { stateOf } from "../../engine/state-of.ts";
import { registry } from "../../flow/registry.ts";
import type { RunRow, Store } from "../../ports/store.ts";
import { readKeptRun } from "../../runtime/kept/kept-run.ts";
import { type MarkOrder, noteMark } from "../../runtime/kept/mark.ts";
import { isMarkedSo, notMarkable } from "../../runtime/kept/mark-live.ts";
import { CaudalError } from "../../base/errors.ts";
import { type Answered, answeredByOwner, readJson, tellTask, whoAsks } from "./decide.ts";
import { findRun } from "./find-run.ts";
import { findTask, taskWord } from "./find-task.ts";
import { goOnBy, type GoOnOptions } from "./go-on.ts";
import { refusal } from "../load/load-failure.ts";
import { openStoreHere } from "../open-store.ts";
import { flowOfRun } from "../load/run-code.ts";
import type { ExitCode, Shell } from "../shell.ts";

export interface MarkOptions extends Omit<GoOnOptions, "last" | "all"> {
  readonly reason?: string | undefined;
  /** JSON. */
  readonly value?: string | undefined;
}

export interface MarkWords {
  readonly run: string;
  readonly task: string;
  readonly as: string;
}

type Mark = Omit<MarkOrder, "task" | "by" | "from">;

export async function markCommand(words: MarkWords, options: MarkOptions, shell: Shell): Promise<ExitCode> {
  const mark = readMark(words, options);
  const store = await openStoreHere(shell);
  const row = await findRun(store, words.run);
  const run = await runOf(store, row);
  const slot = findTask(run, words.task);
  const task = taskWord(run, slot);
  const order: MarkOrder = { ...mark, task, by: whoAsks(), from: "cli" };
  const tell = (answered: Answered) => tellTask(store, row.id, task, answered, options.json === true, shell);
  if (isMarkedSo(stateOf(run, slot), order)) return tell("yes");
  refuse(run, slot, row.ownership !== "alive");
  if (row.ownership !== "alive") return goOnMarked(row, store, order, options, shell);
  await noteMark(store, order, { runId: row.id, graph: run.plan.graph }, Date.now());
  const answered = await askOwner(store, row.id, order, shell);
  const now = (await store.readRun(row.id)) ?? row;
  if (answered === "nobody has it") return goOnMarked(now, store, order, options, shell);
  if (answered === "yes") await refuseUnlessMarked(store, now, order);
  return tell(answered);
}

/** What is said, read before anything is looked at. */
export function readMark({ as: word }: Pick<MarkWords, "as">, { reason = "", value }: MarkOptions): Mark {
  const as = MARKS.find((known) => known.toLowerCase() === word.toLowerCase());
  if (as === undefined)
    throw refusal("COMMAND_LINE", { why: `a task run is marked success, failed or skipped, not '${word}'` });
  const why = reason.trim();
  if (why === "") throw refusal("COMMAND_LINE", { why: "say why, with --reason: it is kept with the task run" });
  if (why.length > MARK_WHY_MAX)
    throw refusal("COMMAND_LINE", { why: `--reason has ${why.length} characters, ${MARK_WHY_MAX} are the most` });
  if (value !== undefined && as !== "Success")
    throw refusal("COMMAND_LINE", { why: `--value is for success only: who is marked ${word} gives no value` });
  return { as, why, value: readJson("--value", value)?.value };
}

async function runOf(store: Store, row: RunRow): Promise<Run> {
  const kept = await readKeptRun(store, row);
  if (kept !== undefined) return kept.run;
  const why = "this store does not have the flow as the run knew it";
  throw new CaudalError("RUN_CODE_MISSING", { run: row.id, flow: row.flow, why });
}

function refuse(run: Run, slot: number, isNobodys: boolean): void {
  const because = markRefusal(run, slot, isNobodys);
  if (because !== undefined) throw notMarkable(run, slot, because);
}

async function askOwner(store: Store, id: string, order: MarkOrder, shell: Shell): Promise<Answered> {
  const { by, from: _, ...ask } = order;
  const request = await store.post({ runId: id, ask: { kind: "mark", ...ask }, by, at: Date.now() });
  return answeredByOwner(store, id, request.id, shell);
}

/** It may have begun before the process that has the run read what was asked. */
async function refuseUnlessMarked(store: Store, row: RunRow, order: MarkOrder): Promise<void> {
  const run = await runOf(store, row);
  const slot = findTask(run, order.task);
  if (!isMarkedSo(stateOf(run, slot), order))
    throw notMarkable(run, slot, markRefusal(run, slot, false) ?? "TASK_DECIDED");
}

async function goOnMarked(
  row: RunRow,
  store: Store,
  { task, as, why: reason, value, by }: MarkOrder,
  options: MarkOptions,
  shell: Shell,
): Promise<ExitCode> {
  const flow = await flowOfRun(row, store, options.file, shell);
  registry().from = "cli";
  const given = { as, reason, by, ...(value !== undefined && { value }) };
  return goOnBy(flow, store, options, shell, (settings) => flow.mark(row.id, task, { ...settings, ...given }));
}
