/** `caudal runs … --remote`: lists, shows, logs and why of runs that a server has. */
import { formatMillis } from "../../base/duration.ts";
import { loggerFromEnvironment, stampFromEnvironment } from "../../runtime/report/console-logger.ts";
import type { LogLevel } from "../../ports/logger.ts";
import { countedStates, countText } from "../../render/status.ts";
import { valueSummary } from "../../runtime/report/value-summary.ts";
import { STATES } from "../../state/task-state.ts";
import type { LogLine, LogPage, RunDetail, TaskRunDetail, TaskRunList, TaskRunSummary } from "../../server/contract.ts";
import { type Cell, columns } from "../columns.ts";
import { shortOf, stateWords } from "../runs/find-run.ts";
import { resultText } from "../result-text.ts";
import {
  jsonOf,
  LIMIT,
  type ListOptions,
  paintOf,
  stateCell,
  statesOf,
  tellRuns,
  tookText,
} from "../runs/runs-list.ts";
import type { LogsOptions } from "../runs/runs-logs.ts";
import type { ShowOptions } from "../runs/runs-show.ts";
import type { WhyOptions } from "../runs/runs-why.ts";
import type { ExitCode, Shell } from "../shell.ts";
import type { Client } from "./client.ts";
import { findThere, interruptedThere, listed, runsThere } from "./find-there.ts";
import { nextThere } from "./next-there.ts";
import { changedThere, isSettled } from "./wait-there.ts";

const NODES_MAX = 200;
const TASKS_MAX = 50;
const LINES = 5_000;
/** What went as it was meant needs no words. */
const PLAIN: ReadonlySet<string> = new Set(["Success", "Cached", "Mapped"]);

export async function listThere(client: Client, options: ListOptions, shell: Shell): Promise<ExitCode> {
  const { interrupted, states } = statesOf(options.state);
  const limit = options.limit ?? LIMIT;
  const runs = interrupted
    ? await interruptedThere(client, options.flow, limit + 1)
    : await runsThere(client, { flow: options.flow, state: states?.join(",") }, limit + 1);
  tellRuns(runs.map(listed), limit, client.address, options.json === true, shell);
  return 0;
}

export async function showThere(client: Client, word: string, { json }: ShowOptions, shell: Shell): Promise<ExitCode> {
  const run = await findThere(client, word);
  const tasks = await tasksOf(client, run.id, NODES_MAX);
  if (json) shell.out(JSON.stringify(showJson(run, tasks)));
  else
    shell.out(
      [...headText(run, shell), "", ...tasksText(run, tasks, shell), ...endText(client, run, shell)].join("\n"),
    );
  return 0;
}

async function tasksOf(client: Client, run: string, max: number, state?: string): Promise<readonly TaskRunSummary[]> {
  const page = await client.get<TaskRunList>(`runs/${run}/tasks`, { limit: max, state });
  return page.taskRuns;
}

function headText(run: RunDetail, { paint, width }: Shell): readonly string[] {
  const stamp = stampFromEnvironment();
  const row = listed(run);
  const { text, paint: painted } = stateCell(row, paint);
  const facts: readonly (readonly [string, string])[] = [
    ["began", `${stamp(row.startedAt ?? row.createdAt)}, took ${tookText(row)}`],
    ...(row.scheduledAt === undefined ? [] : [["due", stamp(row.scheduledAt)] as const]),
    ["file", row.file ?? "not known"],
    ...(row.owner === undefined ? [] : [["owner", `${row.owner} (${run.ownership})`] as const]),
    ...(row.tags.length === 0 ? [] : [["tags", row.tags.join(", ")] as const]),
    ...Object.entries(run.parameters).map(
      ([key, value], i) => [i === 0 ? "with" : "", `${key} = ${valueSummary(value, width - 20)}`] as const,
    ),
  ];
  const name = row.id.endsWith(row.name) ? "" : ` (${row.name})`;
  return [
    `Run ${paint.strong(row.id)}${name} of flow '${row.flow}': ${painted(text)}`,
    ...columns(
      facts.map(([key, value]) => [{ text: key, paint: paint.faint }, value]),
      "  ",
    ),
  ];
}

function tasksText(run: RunDetail, tasks: readonly TaskRunSummary[], { paint }: Shell): readonly string[] {
  const lines = columns(
    tasks.map((task): readonly Cell[] => [
      { text: STATES[task.state].glyph, paint: paintOf(task.state, paint) },
      task.id,
      { text: task.state, paint: paintOf(task.state, paint) },
      detailText(task),
    ]),
    "  ",
  );
  const more = run.progress.total - tasks.length;
  return [
    ...tasks.flatMap(({ error }, i) => [
      lines[i] ?? "",
      ...(error === undefined ? [] : [`      ${paint.bad(`${error.code ?? error.name}: ${error.message}`)}`]),
    ]),
    ...(more > 0 ? [paint.faint(`  … and ${more} more tasks`)] : []),
  ];
}

function detailText({ attempt, startedAt, endedAt, children, state }: TaskRunSummary): string {
  if (state === "Mapped") {
    const parts = countedStates(children ?? {}).map(({ type, count }) => countText(type, count));
    return parts.length === 0 ? "no child" : parts.join("  ");
  }
  if (attempt === 0) return "";
  const attempts = `${attempt} attempt${attempt === 1 ? "" : "s"}`;
  return startedAt === undefined || endedAt === undefined
    ? attempts
    : `${attempts}, ${formatMillis(endedAt - startedAt)}`;
}

function endText(client: Client, run: RunDetail, { paint }: Shell): readonly string[] {
  const result = run.result === undefined ? undefined : resultText(run.result.value);
  const next = nextThere(client, run);
  return [
    ...(result === undefined ? [] : ["", `${paint.good("Result:")} ${result}`]),
    ...(run.errorDetail === undefined ? [] : ["", `${paint.bad(run.state)}: ${run.errorDetail.message}`]),
    ...(next.length === 0 ? [] : ["", ...columns(next, "  ")]),
  ];
}

function showJson(run: RunDetail, tasks: readonly TaskRunSummary[]): object {
  const { errorDetail: error, parameters, result } = run;
  return {
    ...jsonOf(listed(run)),
    parameters,
    ...(error !== undefined && { error: { name: error.name, message: error.message, code: error.code } }),
    tasks: tasks.map(({ id, state, attempt, error: failure, children }) => ({
      ...{ task: id, state, attempts: attempt, error: failure },
      ...(children !== undefined && { childStates: children }),
    })),
    result: result?.value,
  };
}

export async function logsThere(
  client: Client,
  word: string,
  task: string | undefined,
  { follow, json }: LogsOptions,
  shell: Shell,
): Promise<ExitCode> {
  const run = await findThere(client, word);
  const write = json
    ? ({ at, level, task: of, name, attempt, text, handler }: LogLine) =>
        shell.out(JSON.stringify({ at: new Date(at).toISOString(), level, task: of, name, attempt, text, handler }))
    : linesFor("debug");
  const wanted = { task: task && idThere(task), follow: follow === true };
  const { last } = await readLines(client, run, wanted, write);
  if (last === undefined) shell.err(`Run ${shortOf(run)} (${stateWords(listed(run))}) has printed nothing`);
  return 0;
}

/** For people, as they are printed where the run is: those of a level, or all that were kept. */
export function linesFor(least: LogLevel | undefined): (line: LogLine) => void {
  const logger = loggerFromEnvironment(least);
  return ({ at, level, name, text, handler }) => {
    const who = handler ? `caudal.${name} (handler)` : `caudal.${name}`;
    if (logger.writes(level)) logger.write({ at, level, logger: who, message: text });
  };
}

interface Wanted {
  readonly task?: string | undefined;
  /** Until the run has ended or waits for somebody. */
  readonly follow: boolean;
  /** Lines up to this one are known. */
  readonly after?: number | undefined;
}

export async function readLines(
  client: Client,
  begun: RunDetail,
  { task, follow, after }: Wanted,
  write: (line: LogLine) => void,
): Promise<{ readonly run: RunDetail; readonly last: number | undefined }> {
  let run = begun;
  for (let last = after; ; ) {
    const goesOn = follow && !isSettled(run);
    last = await linesAfter(client, run.id, task, last, write);
    if (!goesOn) return { run, last };
    run = await changedThere(client, run, `run:${run.id},logs:${run.id}`);
  }
}

/** Writes what there is after a line; gives the last of them. */
async function linesAfter(
  client: Client,
  run: string,
  task: string | undefined,
  after: number | undefined,
  write: (line: LogLine) => void,
): Promise<number | undefined> {
  let last = after;
  for (;;) {
    // Around the first line: nothing stands before it.
    const from = last === undefined ? { around: 0 } : { after: last };
    const page = await client.get<LogPage>(`runs/${run}/logs`, { ...from, task, limit: LINES });
    for (const line of page.lines) write(line);
    last = page.lines.at(-1)?.line ?? last;
    if (!page.hasAfter || page.lines.length === 0) return last;
  }
}

/** `load-1[3]` as addresses have it. */
export function idThere(word: string): string {
  return word.replace(/\[(\d+)\]$/, ".$1");
}

export async function whyThere(
  client: Client,
  word: string,
  task: string | undefined,
  { json }: WhyOptions,
  shell: Shell,
): Promise<ExitCode> {
  const run = await findThere(client, word);
  const nodes =
    task === undefined ? (await tasksOf(client, run.id, 1_000)).filter(({ state }) => !PLAIN.has(state)) : [];
  const ids = task === undefined ? nodes.slice(0, TASKS_MAX).map(({ id }) => id) : [idThere(task)];
  const told: { readonly task: string; readonly state: string; readonly why: string }[] = [];
  for (const id of ids) {
    const { state, why } = await client.get<TaskRunDetail>(`runs/${run.id}/tasks/${encodeURIComponent(id)}`);
    told.push({ task: id, state, why: why.text });
  }
  const headline = `Run ${run.id} of flow '${run.flow}' is ${stateWords(listed(run))}: ${run.why.text}`;
  if (json) {
    shell.out(JSON.stringify({ run: run.id, flow: run.flow, state: run.state, why: headline, tasks: told }));
    return 0;
  }
  const next = task === undefined ? nextThere(client, run) : [];
  shell.out(
    [
      ...(task === undefined ? [headline] : []),
      ...told.map(({ why }) => (task === undefined ? `  ${why}` : why)),
      ...(nodes.length > TASKS_MAX ? [`  … and ${nodes.length - TASKS_MAX} more task runs`] : []),
      ...(next.length === 0 ? [] : ["", ...columns(next, "  ")]),
    ].join("\n"),
  );
  return 0;
}
