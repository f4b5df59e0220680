/** A run of a server, looked at from here until it ends or waits for somebody: its lines, its result, its exit code. */
import { isPlainObject } from "../../base/json.ts";
import type { LogLevel } from "../../ports/logger.ts";
import { isFinishedType } from "../../state/task-state.ts";
import type { RunDetail, TaskRunDetail } from "../../server/contract.ts";
import { columns } from "../columns.ts";
import { stateWords } from "../runs/find-run.ts";
import { resultText } from "../result-text.ts";
import type { ExitCode, Shell } from "../shell.ts";
import type { Client } from "./client.ts";
import { listed } from "./find-there.ts";
import { linesFor, readLines } from "./look-there.ts";
import { nextThere } from "./next-there.ts";
import { settledThere } from "./wait-there.ts";

export interface Following {
  /** Printed before. */
  readonly logLines: number;
  readonly json: boolean | undefined;
  /** Of its lines these are printed; undefined: as of a run here. */
  readonly logLevel: LogLevel | undefined;
}

/** Prints what its tasks print from here on, and what becomes of it; the exit code is as of `caudal run`. */
export async function followed(
  client: Client,
  begun: RunDetail,
  { logLines, json, logLevel }: Following,
  shell: Shell,
): Promise<ExitCode> {
  const after = logLines === 0 ? undefined : logLines - 1;
  const { run } = json
    ? { run: await settledThere(client, begun) }
    : await readLines(client, begun, { follow: true, after }, linesFor(logLevel));
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
