/**
 * `caudal cancel RUN`: whoever has the run is asked to end it; where nobody has it, it is ended here. Its code is
 * needed for its cleanups and handlers only.
 */
import { CaudalError, isCaudalError } from "../../base/errors.ts";
import type { RunRow, Store } from "../../ports/store.ts";
import { cancelKept } from "../../runtime/kept/cancel-kept.ts";
import { readKeptRun } from "../../runtime/kept/kept-run.ts";
import { realClock } from "../../runtime/real-clock.ts";
import { isFinishedType } from "../../state/task-state.ts";
import { answeredByOwner, whoAsks } from "./decide.ts";
import { findRun, shortOf, stateWords } from "./find-run.ts";
import { Refusal } from "../load/load-failure.ts";
import type { LoadedFlow } from "../load/loaded-flow.ts";
import { onlyOnStdout } from "../only-on-stdout.ts";
import { openStoreHere } from "../open-store.ts";
import { flowOfRun } from "../load/run-code.ts";
import type { ExitCode, Shell } from "../shell.ts";
import { left } from "./wait-for.ts";

export interface CancelOptions {
  readonly file?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Attempts in flight have a grace of ten seconds by default. */
const END_MS = 12_000;
const UNFINISHED = ["Scheduled", "Pending", "Queued", "Running", "Paused", "Cancelling"] as const;

export async function cancelCommand(word: string, options: CancelOptions, shell: Shell): Promise<ExitCode> {
  const store = await openStoreHere(shell);
  const row = await findRun(store, word, { states: UNFINISHED });
  const { id, state } = row;
  if (isFinishedType(state.type)) throw new CaudalError("RUN_OVER", { run: id, state: state.type });
  const request = await store.post({ runId: id, ask: { kind: "cancel" }, by: whoAsks(), at: Date.now() });
  const answered = await answeredByOwner(store, id, request.id, shell);
  const give = options.json ? onlyOnStdout() : undefined;
  if (answered === "nobody has it") await endHere(store, row, options, shell);
  else if (answered === "yes") await left(store, id, END_MS);
  const after = (await store.readRun(id)) ?? row;
  if (give !== undefined) give(JSON.stringify({ run: id, flow: row.flow, state: after.state.type }));
  else shell.out(outcomeText(after));
  return isFinishedType(after.state.type) && after.state.type !== "Cancelled" ? 1 : 0;
}

function outcomeText(row: RunRow): string {
  const name = `Run ${shortOf(row)} of flow '${row.flow}'`;
  if (row.state.type === "Cancelled") return `${name} is Cancelled`;
  if (isFinishedType(row.state.type)) return `${name} ended ${row.state.type} before it could be cancelled`;
  return `${name} is ${stateWords(row)}: it ends as soon as what is running has stopped`;
}

async function endHere(store: Store, row: RunRow, { file, json }: CancelOptions, shell: Shell): Promise<void> {
  const flow = await codeIfThere(row, store, file, shell);
  if (flow === undefined) return cancelKept(store, row, await readKeptRun(store, row), realClock);
  // Nothing of what has changed will run.
  await flow.resume(row.id, { store, acceptChanges: true, ...(json && { logLevel: "warn" }) });
}

/** A file that is gone or broken must not keep a run from ending. */
async function codeIfThere(
  row: RunRow,
  store: Store,
  file: string | undefined,
  shell: Shell,
): Promise<LoadedFlow | undefined> {
  try {
    return await flowOfRun(row, store, file, shell);
  } catch (thrown) {
    if (file !== undefined || !(thrown instanceof Refusal || isCaudalError(thrown))) throw thrown;
    const code = thrown instanceof Refusal ? thrown.error.code : thrown.code;
    shell.err(`Note: its code cannot be loaded (${code}), so its cleanups and handlers are not called`);
    return undefined;
  }
}
