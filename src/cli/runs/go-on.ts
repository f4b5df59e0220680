/** `caudal resume` and `caudal retry`: a run that is kept goes on in this process. */
import { CaudalError } from "../../base/errors.ts";
import type { FlowRun } from "../../flow/flow-run.ts";
import type { LogLevel } from "../../ports/logger.ts";
import type { RunFilter, RunRow, Store } from "../../ports/store.ts";
import { parentOf, withoutParts } from "../../runtime/kept/parent-run.ts";
import type { ResumeOptions } from "../../runtime/kept/resume.ts";
import { RETRIED } from "../../runtime/kept/retry.ts";
import { staysPaused } from "../../state/reason.ts";
import { isFinishedType } from "../../state/task-state.ts";
import { findRun } from "./find-run.ts";
import { refusal } from "../load/load-failure.ts";
import type { LoadedFlow } from "../load/loaded-flow.ts";
import { nameOne } from "./name-one.ts";
import { onlyOnStdout } from "../only-on-stdout.ts";
import { openStoreHere } from "../open-store.ts";
import { refusalText } from "../load/refusal-text.ts";
import { flowOfRun } from "../load/run-code.ts";
import { askHere, tellOutcome } from "../commands/run-outcome.ts";
import type { ExitCode, Shell } from "../shell.ts";

export interface GoOnOptions {
  readonly last?: boolean | undefined;
  readonly all?: boolean | undefined;
  readonly file?: string | undefined;
  readonly acceptChanges?: boolean | undefined;
  readonly logLevel?: LogLevel | undefined;
  readonly json?: boolean | undefined;
}

type Verb = "resume" | "retry";

/** What `last`, and no word at all, mean. */
const LAST: Readonly<Record<Verb, Omit<RunFilter, "limit">>> = {
  resume: { interrupted: true },
  retry: { states: RETRIED },
};
const ALL_MAX = 10_000;
/** Newest ones that may be parts of the one that is meant: runs of flows that are called as tasks. */
const LAST_MAX = 1_000;

export async function resumeCommand(word: string | undefined, options: GoOnOptions, shell: Shell): Promise<ExitCode> {
  nameOne(word, options);
  const store = await openStoreHere(shell);
  if (options.all) return resumeAll(store, options, shell);
  const row = await wanted("resume", word, store, options.acceptChanges);
  const code = await goOn("resume", row, store, options, shell);
  return (await goOnWithParent(row, store, options, shell)) ?? code;
}

export async function retryCommand(word: string | undefined, options: GoOnOptions, shell: Shell): Promise<ExitCode> {
  if (word !== undefined && options.last)
    throw refusal("COMMAND_LINE", { why: "RUN and --last do not go together: name one" });
  if (word === undefined && !options.last)
    throw refusal("COMMAND_LINE", {
      why: "which run is to be retried? Name it, or say --last for the newest that failed\nSee: npx caudal runs --state failed",
    });
  const store = await openStoreHere(shell);
  return goOn("retry", await wanted("retry", word, store), store, options, shell);
}

async function wanted(verb: Verb, word: string | undefined, store: Store, accepts = false): Promise<RunRow> {
  if (word !== undefined && word !== "last") return findRun(store, word);
  const found = withoutParts(await store.listRuns({ ...LAST[verb], limit: LAST_MAX }));
  const [newest] = accepts ? newestFirst([...found, ...(await changedRuns(store))]) : found;
  if (newest !== undefined) return newest;
  if (verb === "resume") throw new CaudalError("NOTHING_INTERRUPTED", { flow: undefined, store: store.name });
  throw new CaudalError("NOTHING_FAILED", { what: `a run in ${store.name}` });
}

/** Runs that were gone on with, and wait because their flow has changed. */
async function changedRuns(store: Store): Promise<readonly RunRow[]> {
  const paused = await store.listRuns({ states: ["Paused"], limit: ALL_MAX });
  return paused.filter(({ state }) => state.reason?.code === "code-changed");
}

function newestFirst(runs: readonly RunRow[]): readonly RunRow[] {
  return [...runs].sort((a, b) => b.createdAt - a.createdAt);
}

/** Exit codes as those of `run`. */
export async function goOn(
  verb: Verb,
  row: RunRow,
  store: Store,
  options: GoOnOptions,
  shell: Shell,
): Promise<ExitCode> {
  const give = options.json ? onlyOnStdout() : undefined;
  const flow = await flowOfRun(row, store, options.file, shell);
  return goOnBy(flow, store, options, shell, (settings) => flow[verb](row.id, settings), give);
}

/** `act` has the run go on. */
export async function goOnBy(
  flow: LoadedFlow,
  store: Store,
  { acceptChanges, logLevel, json }: GoOnOptions,
  shell: Shell,
  act: (settings: ResumeOptions) => Promise<FlowRun>,
  give: ((json: string) => void) | undefined = json ? onlyOnStdout() : undefined,
): Promise<ExitCode> {
  const settings = {
    store,
    logLevel: logLevel ?? (json ? ("warn" as const) : undefined),
    ...(acceptChanges && { acceptChanges }),
  };
  askHere(shell, json === true);
  const run = await act(settings);
  return tellOutcome(run, flow.name, shell, give);
}

/** A flow that was called as a task has gone on by itself: so does the run it is a part of, where nobody has that. */
export async function goOnWithParent(
  row: RunRow,
  store: Store,
  options: GoOnOptions,
  shell: Shell,
): Promise<ExitCode | undefined> {
  const parent = parentOf(row);
  const after = parent && (await store.readRun(row.id));
  if (parent === undefined || after === undefined || !isFinishedType(after.state.type)) return undefined;
  const above = await store.readRun(parent.run);
  if (above?.state.type !== "Paused" || above.ownership === "alive" || staysPaused(above.state.reason))
    return undefined;
  const code = await goOn("resume", above, store, { ...options, file: undefined }, shell);
  return (await goOnWithParent(above, store, options, shell)) ?? code;
}

/** One after the other, the oldest first; one that cannot go on does not keep the others from it. */
async function resumeAll(store: Store, options: GoOnOptions, shell: Shell): Promise<ExitCode> {
  const interrupted = withoutParts(await store.listRuns({ interrupted: true, limit: ALL_MAX }));
  const found = newestFirst([...interrupted, ...(await store.listRuns({ untold: true, limit: ALL_MAX }))]);
  if (found.length === 0) throw new CaudalError("NOTHING_INTERRUPTED", { flow: undefined, store: store.name });
  let exitCode: ExitCode = 0;
  for (const row of [...found].reverse()) {
    const code = await goOn("resume", row, store, options, shell).catch((thrown: unknown) => {
      const told = refusalText(thrown, shell);
      shell.err(told.text);
      return told.exitCode;
    });
    exitCode ||= code;
  }
  return exitCode;
}
