/** `cancel`, `pause`, `approve`, `reject`, `mark` and `run` with `--remote`: a server is asked to do it. */
import { CaudalError } from "../../base/errors.ts";
import { isFinishedType } from "../../state/task-state.ts";
import type { FlowDetail, RunDetail, StartRun, TaskRunDetail } from "../../server/contract.ts";
import type { CancelOptions } from "../runs/cancel.ts";
import { type DecideOptions, readJson } from "../runs/decide.ts";
import type { DecideWords } from "../desk.ts";
import { shortOf, stateWords } from "../runs/find-run.ts";
import { valuesFrom } from "../commands/parameters.ts";
import { type MarkOptions, type MarkWords, readMark } from "../runs/mark.ts";
import type { RunCommandOptions } from "../commands/run.ts";
import type { ExitCode, Shell } from "../shell.ts";
import type { Client } from "./client.ts";
import { findThere, listed } from "./find-there.ts";
import { followed } from "./follow-there.ts";
import { idThere } from "./look-there.ts";
import { refuseLocal } from "./refuse-local.ts";
import { settledThere } from "./wait-there.ts";

const CANCEL_MS = 12_000;
const PAUSE_MS = 2_000;
const UNFINISHED = "Scheduled,Pending,Queued,Running,Paused,Cancelling";

export async function cancelThere(
  client: Client,
  word: string,
  options: CancelOptions,
  shell: Shell,
): Promise<ExitCode> {
  refuseLocal({ file: options.file });
  const run = await findThere(client, word, { state: UNFINISHED });
  const asked = await client.post<RunDetail>(`runs/${run.id}/cancel`);
  const after = await settledThere(client, asked, CANCEL_MS);
  const name = `Run ${shortOf(after)} of flow '${after.flow}'`;
  if (options.json) shell.out(JSON.stringify({ run: after.id, flow: after.flow, state: after.state }));
  else if (after.state === "Cancelled") shell.out(`${name} is Cancelled`);
  else if (isFinishedType(after.state)) shell.out(`${name} ended ${after.state} before it could be cancelled`);
  else shell.out(`${name} is ${stateWords(listed(after))}: it ends as soon as what is running has stopped`);
  return isFinishedType(after.state) && after.state !== "Cancelled" ? 1 : 0;
}

export async function pauseThere(
  client: Client,
  word: string,
  { json }: { readonly json?: boolean | undefined },
  shell: Shell,
): Promise<ExitCode> {
  const run = await findThere(client, word, { state: UNFINISHED });
  const asked = await client.post<RunDetail>(`runs/${run.id}/pause`);
  const after = await settledThere(client, asked, PAUSE_MS);
  const paused = after.state === "Paused" && after.why.code === "by-person";
  if (json) shell.out(JSON.stringify({ run: after.id, flow: after.flow, state: after.state, paused }));
  else shell.out(pausedText(client, after, paused));
  return isFinishedType(after.state) ? 1 : 0;
}

function pausedText({ address }: Client, run: RunDetail, isPaused: boolean): string {
  const name = `Run ${shortOf(run)} of flow '${run.flow}'`;
  if (isFinishedType(run.state)) return `${name} ended ${run.state} before it could be paused`;
  const words = `${name} is ${stateWords(listed(run))}`;
  if (isPaused)
    return `${words}. Go on with it: npx caudal resume ${shortOf(run)} --remote ${address.replace(/\/$/, "")}`;
  return `${words}: it is Paused as soon as what is running has come to its end`;
}

export async function decideThere(
  client: Client,
  kind: "approve" | "reject",
  words: DecideWords,
  options: DecideOptions,
  shell: Shell,
): Promise<ExitCode> {
  refuseLocal({ file: options.file, logLevel: options.logLevel });
  const input = readJson("--input", options.input);
  const before = await findThere(client, words.run, { state: "Paused,Running" });
  const [only, ...others] = before.waiting;
  const task = words.task === undefined ? (others.length === 0 ? only?.id : undefined) : idThere(words.task);
  const more = kind === "approve" ? input && { input: input.value } : options.reason && { why: options.reason };
  const run = await client.post<RunDetail>(`runs/${before.id}/${kind}`, {
    ...(task !== undefined && { task }),
    ...more,
  });
  return tellTask(client, run, task, options.json, shell);
}

export async function markThere(
  client: Client,
  words: MarkWords,
  options: MarkOptions,
  shell: Shell,
): Promise<ExitCode> {
  refuseLocal({ file: options.file, logLevel: options.logLevel });
  if (options.acceptChanges)
    throw new CaudalError("REMOTE_OPTION", {
      option: "--accept-changes",
      why: "that server marks in what has not changed",
    });
  const { as, why: reason, value } = readMark(words, options);
  const { id } = await findThere(client, words.run);
  const task = idThere(words.task);
  const run = await client.post<RunDetail>(`runs/${id}/mark`, {
    ...{ task, as, reason },
    ...(value !== undefined && { value }),
  });
  return tellTask(client, run, task, options.json, shell);
}

async function tellTask(
  client: Client,
  run: RunDetail,
  task: string | undefined,
  json: boolean | undefined,
  shell: Shell,
): Promise<ExitCode> {
  const about =
    task === undefined
      ? undefined
      : await client.get<TaskRunDetail>(`runs/${run.id}/tasks/${encodeURIComponent(task)}`);
  if (json)
    shell.out(
      JSON.stringify({ run: run.id, flow: run.flow, state: run.state, task, taskState: about?.state, answered: true }),
    );
  else shell.out(`'${task ?? "it"}' is ${about?.state ?? "answered"}, run ${shortOf(run)} ${stateWords(listed(run))}`);
  return 0;
}

/** @param flow its name: that server has the file */
export async function runThere(
  client: Client,
  flow: string,
  options: RunCommandOptions,
  shell: Shell,
): Promise<ExitCode> {
  refuseLocal({ schedule: options.schedule, watch: options.watch });
  if (options.flow !== undefined && options.flow !== flow)
    throw new CaudalError("REMOTE_OPTION", { option: "--flow", why: "name the flow in place of its file" });
  const path = `flows/${encodeURIComponent(flow)}`;
  const { parameters: known } = await client.get<FlowDetail>(path);
  const schemas = new Map(known.map(({ name, schema }) => [name, schema]));
  const complaints: string[] = [];
  const parameters = valuesFrom(options, (name) => schemas.get(name) ?? {}, complaints);
  if (complaints.length > 0) throw new CaudalError("PARAMETER_INVALID", { flow, complaints });
  const run = await client.post<RunDetail>(`${path}/runs`, { parameters } as StartRun);
  if (!options.json) shell.err(`Run ${shortOf(run)} of flow '${flow}': ${client.address}runs/${run.id}`);
  return followed(client, run, { logLines: 0, json: options.json, logLevel: options.logLevel }, shell);
}
