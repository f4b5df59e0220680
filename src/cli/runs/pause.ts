/**
 * `caudal pause RUN`: whoever has the run is asked to start nothing more of it and to let it go; where nobody has it, it
 * is Paused where it is. Its code is not needed.
 */
import { CaudalError } from "../../base/errors.ts";
import type { RunRow, Store } from "../../ports/store.ts";
import { pauseKept } from "../../runtime/kept/pause-kept.ts";
import { realClock } from "../../runtime/real-clock.ts";
import { staysPaused } from "../../state/reason.ts";
import { isFinishedType } from "../../state/task-state.ts";
import { answeredByOwner, whoAsks } from "./decide.ts";
import { findRun, shortOf, stateWords } from "./find-run.ts";
import { onlyOnStdout } from "../only-on-stdout.ts";
import { openStoreHere } from "../open-store.ts";
import type { ExitCode, Shell } from "../shell.ts";
import { left } from "./wait-for.ts";

export interface PauseOptions {
  readonly json?: boolean | undefined;
}

/** How long what is in flight is waited for: it may go on for hours. */
const END_MS = 2_000;
const STOPPABLE = ["Scheduled", "Pending", "Queued", "Running", "Paused"] as const;

export async function pauseCommand(word: string, { json }: PauseOptions, shell: Shell): Promise<ExitCode> {
  const store = await openStoreHere(shell);
  const row = await findRun(store, word, { states: STOPPABLE });
  const { id, flow, state } = row;
  if (isFinishedType(state.type)) throw new CaudalError("RUN_OVER", { run: id, state: state.type });
  const give = json ? onlyOnStdout() : undefined;
  if (!isPaused(row)) await pause(store, row, shell);
  const after = (await store.readRun(id)) ?? row;
  const type = after.state.type;
  if (give !== undefined) give(JSON.stringify({ run: id, flow, state: type, paused: isPaused(after) }));
  else shell.out(outcomeText(after));
  return isFinishedType(type) ? 1 : 0;
}

function isPaused({ state }: RunRow): boolean {
  return state.type === "Paused" && staysPaused(state.reason);
}

async function pause(store: Store, row: RunRow, shell: Shell): Promise<void> {
  const by = whoAsks();
  if (row.ownership !== "alive") return void (await pauseKept({ store, clock: realClock }, row, by));
  const request = await store.post({ runId: row.id, ask: { kind: "pause" }, by, at: Date.now() });
  const answered = await answeredByOwner(store, row.id, request.id, shell);
  if (answered === "yes") return left(store, row.id, END_MS);
  const now = await store.readRun(row.id);
  if (answered === "nobody has it" && now !== undefined) await pauseKept({ store, clock: realClock }, now, by);
}

function outcomeText(row: RunRow): string {
  const name = `Run ${shortOf(row)} of flow '${row.flow}'`;
  if (isFinishedType(row.state.type)) return `${name} ended ${row.state.type} before it could be paused`;
  if (isPaused(row)) return `${name} is ${stateWords(row)}. Go on with it: npx caudal resume ${shortOf(row)}`;
  return `${name} is ${stateWords(row)}: it is Paused as soon as what is running has come to its end`;
}
