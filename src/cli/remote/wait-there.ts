/** Waiting for what happens to a run of a server. */
import { isFinishedType } from "../../state/task-state.ts";
import type { ChangesFrame, DegradedFrame, ResetFrame, RunDetail } from "../../server/contract.ts";
import type { Client } from "./client.ts";

/** The server keeps a question that long; then it is asked again. */
const WAIT_MS = 20_000;

/** The run as it is after something has happened, or after a while. */
export async function changedThere(
  client: Client,
  { id, cursor }: RunDetail,
  topics: string,
  waitMs: number = WAIT_MS,
): Promise<RunDetail> {
  await client.get<ChangesFrame | ResetFrame | DegradedFrame>("changes", { topics, after: cursor, wait: waitMs });
  return client.get<RunDetail>(`runs/${id}`);
}

/** Until it has ended, or waits for a person, or nobody has it any more; or the time is up. */
export async function settledThere(
  client: Client,
  run: RunDetail,
  maxMs = Number.POSITIVE_INFINITY,
): Promise<RunDetail> {
  const until = Date.now() + maxMs;
  let now = run;
  while (!isSettled(now) && Date.now() < until)
    now = await changedThere(client, now, `run:${run.id}`, Math.max(0, Math.min(WAIT_MS, until - Date.now())));
  return now;
}

/** One that was just resumed is Paused until its first commit. */
export function isSettled({ state, ownership, waiting }: RunDetail): boolean {
  const isNobodys = ownership === "none" || ownership === "gone";
  return isFinishedType(state) || isNobodys || (state === "Paused" && waiting.length > 0);
}
