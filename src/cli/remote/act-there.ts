/** `cancel`, `pause`, `resume`, `retry`, `approve`, `reject`, `mark` and `run` with `--remote`: a server is asked to do it. */
import { CaudalError } from "../../base/errors.ts";
import { isPlainObject } from "../../base/json.ts";
import { RETRIED } from "../../runtime/retry.ts";
import { isFinishedType } from "../../state/task-state.ts";
import type { FlowDetail, RunDetail, StartRun, TaskRunDetail } from "../../server/contract.ts";
import { columns } from "../columns.ts";
import type { CancelOptions } from "../cancel.ts";
import { type DecideOptions, readJson } from "../decide.ts";
import type { DecideWords } from "../desk.ts";
import { shortOf, stateWords } from "../find-run.ts";
import type { GoOnOptions } from "../go-on.ts";
import { refusal } from "../load-failure.ts";
import { valuesFrom } from "../parameters.ts";
import { resultText } from "../result-text.ts";
import { type MarkOptions, type MarkWords, readMark } from "../mark.ts";
import type { RunCommandOptions } from "../run.ts";
import type { ExitCode, Shell } from "../shell.ts";
import type { Client } from "./client.ts";
import { findThere, listed, newestThere } from "./find-there.ts";
import { idThere, linesFor, readLines } from "./look-there.ts";
import { nextThere } from "./next-there.ts";
import { settledThere } from "./wait-there.ts";

const CANCEL_MS = 12_000;
const PAUSE_MS = 2_000;
const UNFINISHED = "Scheduled,Pending,Queued,Running,Paused,Cancelling";

/** @throws CaudalError REMOTE_OPTION for what only a run of this folder can be given */
function refuseLocal(options: Readonly<Record<string, unknown>>): void {
  const reasons = {
    file: ["--file", "that server has the code of its flows itself"],
    logLevel: ["--log-level", "what is printed there is that server's to say"],
    all: ["--all", "name the runs"],
    schedule: ["--schedule", "that server follows it"],
    watch: ["--watch", "that server has the code of its flows itself"],
  } as const;
  for (const [name, [option, why]] of Object.entries(reasons))
    if (options[name] !== undefined && options[name] !== false) throw new CaudalError("REMOTE_OPTION", { option, why });
}

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

export async function resumeThere(
  client: Client,
  word: string | undefined,
  options: GoOnOptions,
  shell: Shell,
): Promise<ExitCode> {
  refuseLocal({ file: options.file, all: options.all, logLevel: options.logLevel });
  const run =
    word === undefined || word === "last"
      ? await newestThere(client, { interrupted: true })
      : await findThere(client, word);
  if (run === undefined) throw new CaudalError("NOTHING_INTERRUPTED", { flow: undefined, store: client.address });
  return goneOnWith(client, run.id, "resume", options, shell);
}

export async function retryThere(
  client: Client,
  word: string | undefined,
  options: GoOnOptions,
  shell: Shell,
): Promise<ExitCode> {
  refuseLocal({ file: options.file, logLevel: options.logLevel });
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
  { acceptChanges, json }: GoOnOptions,
  shell: Shell,
): Promise<ExitCode> {
  if (acceptChanges && action === "retry")
    throw new CaudalError("REMOTE_OPTION", {
      option: "--accept-changes",
      why: "that server retries what has not changed",
    });
  const { logLines } = await client.get<RunDetail>(`runs/${id}`);
  const run = await client.post<RunDetail>(`runs/${id}/${action}`, { ...(acceptChanges && { acceptChanges }) });
  return followed(client, run, { logLines, json }, shell);
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
  refuseLocal({ logLevel: options.logLevel, schedule: options.schedule, watch: options.watch });
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
  return followed(client, run, { logLines: 0, json: options.json }, shell);
}

interface Following {
  /** Printed before. */
  readonly logLines: number;
  readonly json: boolean | undefined;
}

/** Prints what its tasks print from here on, and what becomes of it; the exit code is as of `caudal run`. */
async function followed(
  client: Client,
  begun: RunDetail,
  { logLines, json }: Following,
  shell: Shell,
): Promise<ExitCode> {
  const after = logLines === 0 ? undefined : logLines - 1;
  const { run } = json
    ? { run: await settledThere(client, begun) }
    : await readLines(client, begun, { follow: true, after }, linesFor());
  const result = await resultOf(client, run);
  const { errorDetail: error } = run;
  if (json) {
    const failure = error && { name: error.name, message: error.message, code: error.code };
    const about = { flow: run.flow, run: run.id, runName: run.name, state: run.state, parameters: run.parameters };
    shell.out(JSON.stringify({ ...about, result, error: failure }));
    return exitCodeOf(run);
  }
  const text = result === undefined ? undefined : resultText(result);
  if (text !== undefined) shell.out(`${shell.paint.good("Result:")} ${text}`);
  if (run.state !== "Success") shell.out((await troubleText(client, run, shell)).join("\n"));
  return exitCodeOf(run);
}

/** What it ended with, or waits for, and what can be done. */
async function troubleText(client: Client, run: RunDetail, { paint }: Shell): Promise<readonly string[]> {
  const { errorDetail, failedTask, why } = run;
  const failed =
    failedTask === undefined
      ? undefined
      : await client.get<TaskRunDetail>(`runs/${run.id}/tasks/${encodeURIComponent(failedTask)}`);
  return [
    `${paint.bad(stateWords(listed(run)))}: ${errorDetail === undefined ? why.text : errorDetail.message}`,
    ...(failed?.errorDetail === undefined ? [] : [`  '${failed.name}': ${failed.errorDetail.message}`]),
    ...columns(nextThere(client, run), "  "),
  ];
}

/** All of it, where the page would show a part. */
async function resultOf(client: Client, { id, result }: RunDetail): Promise<unknown> {
  if (result === undefined || !result.cut) return isPlainObject(result) ? result["value"] : undefined;
  return client.get(`runs/${id}/result/download`);
}

function exitCodeOf({ state }: RunDetail): ExitCode {
  if (state === "Success") return 0;
  if (state === "Paused") return 3;
  return isFinishedType(state) ? 1 : 130;
}
