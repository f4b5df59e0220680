/** `resume` and `retry` with `--remote`: a server goes on with a run that it has, and its lines are printed here. */
import { CaudalError } from "../../base/errors.ts";
import type { RunRow } from "../../ports/store.ts";
import { withoutParts } from "../../runtime/kept/parent-run.ts";
import { RETRIED } from "../../runtime/kept/retry.ts";
import type { ResumeRun, RetryRun, RunDetail, RunSummary } from "../../server/contract.ts";
import type { GoOnOptions } from "../runs/go-on.ts";
import { refusal } from "../load/load-failure.ts";
import { refusalText } from "../load/refusal-text.ts";
import type { ExitCode, Shell } from "../shell.ts";
import { nameOne } from "../runs/name-one.ts";
import type { Client } from "./client.ts";
import { findThere, interruptedThere, newestThere, runsThere } from "./find-there.ts";
import { followed } from "./follow-there.ts";
import { refuseLocal } from "./refuse-local.ts";

const ALL_MAX = 10_000;
/** Paused runs that are asked why: one that waits for its changes to be accepted is among the newest. */
const PAUSED_MAX = 200;

export async function resumeThere(
  client: Client,
  word: string | undefined,
  options: GoOnOptions,
  shell: Shell,
): Promise<ExitCode> {
  refuseLocal({ file: options.file });
  nameOne(word, options);
  if (options.all) return resumeAllThere(client, options, shell);
  const run = word === undefined || word === "last" ? await lastThere(client, options) : await findThere(client, word);
  if (run === undefined) throw new CaudalError("NOTHING_INTERRUPTED", { flow: undefined, store: client.address });
  return goneOnWith(client, run.id, "resume", options, shell);
}

/** The newest that was interrupted, or, where changes are accepted, that waits because of them. */
async function lastThere(client: Client, { acceptChanges }: GoOnOptions): Promise<RunSummary | undefined> {
  const interrupted = await newestThere(client, { interrupted: true });
  if (!acceptChanges) return interrupted;
  for (const run of await runsThere(client, { flow: undefined, state: "Paused" }, PAUSED_MAX)) {
    if (interrupted !== undefined && run.createdAt < interrupted.createdAt) break;
    const { why } = await client.get<RunDetail>(`runs/${run.id}`);
    if (why.code === "code-changed") return run;
  }
  return interrupted;
}

/** One after the other, the oldest first; one that cannot go on does not keep the others from it. */
async function resumeAllThere(client: Client, options: GoOnOptions, shell: Shell): Promise<ExitCode> {
  const found: Pick<RunRow, "id" | "idempotencyKey">[] = [];
  for (const { id } of await interruptedThere(client, undefined, ALL_MAX)) {
    const { idempotencyKey } = await client.get<RunDetail>(`runs/${id}`);
    found.unshift({ id, idempotencyKey });
  }
  if (found.length === 0) throw new CaudalError("NOTHING_INTERRUPTED", { flow: undefined, store: client.address });
  let exitCode: ExitCode = 0;
  for (const { id } of withoutParts(found)) {
    const code = await goneOnWith(client, id, "resume", options, shell).catch((thrown: unknown) => {
      const told = refusalText(thrown, shell);
      shell.err(told.text);
      return told.exitCode;
    });
    exitCode ||= code;
  }
  return exitCode;
}

export async function retryThere(
  client: Client,
  word: string | undefined,
  options: GoOnOptions,
  shell: Shell,
): Promise<ExitCode> {
  refuseLocal({ file: options.file });
  if ((word === undefined) === !options.last)
    throw refusal("COMMAND_LINE", {
      why: "which run is to be retried? Name it, or say --last for the newest that failed",
    });
  const run =
    word === undefined || word === "last"
      ? await newestThere(client, { state: RETRIED.join(",") })
      : await findThere(client, word);
  if (run === undefined) throw new CaudalError("NOTHING_FAILED", { what: `a run at ${client.address}` });
  return goneOnWith(client, run.id, "retry", options, shell);
}

async function goneOnWith(
  client: Client,
  id: string,
  action: "resume" | "retry",
  { acceptChanges, json, logLevel }: GoOnOptions,
  shell: Shell,
): Promise<ExitCode> {
  const { logLines } = await client.get<RunDetail>(`runs/${id}`);
  const body: ResumeRun & RetryRun = { ...(acceptChanges && { acceptChanges }) };
  const run = await client.post<RunDetail>(`runs/${id}/${action}`, body);
  return followed(client, run, { logLines, json, logLevel }, shell);
}
