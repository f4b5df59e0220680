/**
 * One run of a program, from its parameters to its final state: the composition of engine, store, executor and
 * driver for a script.
 */
import { canonicalText } from "../base/canonical.ts";
import { CaudalError } from "../base/errors.ts";
import type { Instant } from "../base/time.ts";
import { makePlan, type Plan } from "../engine/plan.ts";
import { createRun } from "../engine/run.ts";
import type { ExecutorFactory } from "../executor/inline.ts";
import { inline } from "../executor/inline.ts";
import type { Clock, Random } from "../ports/clock.ts";
import type { Logger, LogLevel } from "../ports/logger.ts";
import type { Program } from "../ports/program.ts";
import type { LogRow, RunRow, Store } from "../ports/store.ts";
import type { TaskState } from "../state/task-state.ts";
import { memoryStore } from "../store/memory.ts";
import { aboutOf } from "./attempt-about.ts";
import { loggerFromEnvironment } from "./console-logger.ts";
import { driveToEnd } from "./drive-to-end.ts";
import { Driver } from "./driver.ts";
import type { FinishedRun } from "./finished-run.ts";
import { slipsInEnvironment } from "./environment.ts";
import { takePlace } from "./flow-places.ts";
import { beginning, FLOW_RUNNER } from "./log-lines.ts";
import { realClock, realRandom } from "./real-clock.ts";
import { viewOf } from "./run-view.ts";
import { givenStates } from "./given-states.ts";
import { readSecrets } from "./secrets.ts";

export interface RunOptions {
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  /** Shown beside the run's id; default a short form of the id. */
  readonly runName?: string | undefined;
  /** A second run of the flow with the same key returns the first one's outcome. */
  readonly idempotencyKey?: string | undefined;
  /** Cancels the run when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /** Finished states by task name or slug: those tasks are not run. */
  readonly taskStates?: Readonly<Record<string, TaskState>> | undefined;
  /** What bodies find at `context().user`. */
  readonly context?: Readonly<Record<string, unknown>> | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly logLevel?: LogLevel | undefined;
  /** Stay when the run waits only for people. Default: resolve with state Paused. */
  readonly wait?: boolean | undefined;
  readonly secrets?: Readonly<Record<string, string>> | undefined;
  readonly executor?: ExecutorFactory | undefined;
  readonly store?: Store | undefined;
}

/** Ports that tests and the schedule loop put in the place of the real ones. */
export interface RunPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export interface RunExtra {
  readonly ports?: Partial<RunPorts> | undefined;
  readonly scheduledAt?: Instant | undefined;
  /** The id the run is to have: that of the tick it was claimed with. */
  readonly runId?: string | undefined;
}

let processStore: Store | undefined;

/** The store of runs that name none: one per process, in memory. */
export function defaultStore(): Store {
  return (processStore ??= memoryStore());
}

const plans = new WeakMap<Program, Plan>();

export function planOf(program: Program): Plan {
  let plan = plans.get(program);
  if (plan === undefined) plans.set(program, (plan = makePlan(program.graph)));
  return plan;
}

/**
 * Runs a program once.
 * @throws CaudalError PARAMETER_INVALID, SECRET_MISSING, TASK_STATES_INVALID: before anything is written
 */
export async function runProgram(
  program: Program,
  options: RunOptions = {},
  extra: RunExtra = {},
): Promise<FinishedRun> {
  const clock = extra.ports?.clock ?? realClock;
  const random = extra.ports?.random ?? realRandom;
  const logger = extra.ports?.logger ?? loggerFromEnvironment(options.logLevel);
  const store = options.store ?? defaultStore();
  const parameters = await program.readParameters(options.parameters ?? {});
  const secrets = readSecrets(program, options.secrets);
  const plan = planOf(program);
  const given = givenStates(plan, options.taskStates);
  const now = clock.now();
  const id = extra.runId ?? random.runId(now);
  const { created, run: row } = await store.createRun({
    id,
    name: options.runName ?? id.slice(-8),
    flow: program.graph.name,
    parameters,
    tags: options.tags ?? [],
    idempotencyKey: options.idempotencyKey,
    scheduledAt: extra.scheduledAt,
    createdAt: now,
  });
  if (!created) return earlierRun(row, parameters);
  const parts = { program, options, extra, row, secrets, given, clock, random, logger, store };
  const outcome = runInPlace(parts, plan);
  if (options.idempotencyKey !== undefined) keyed.set(id, outcome);
  return outcome;
}

interface CreatedRun {
  readonly program: Program;
  readonly options: RunOptions;
  readonly extra: RunExtra;
  readonly row: RunRow;
  readonly secrets: Readonly<Record<string, string>>;
  readonly given: ReadonlyMap<number, TaskState>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly store: Store;
}

/** Waits for its place among the runs of its flow, where their number is bounded. */
async function runInPlace(created: CreatedRun, plan: Plan): Promise<FinishedRun> {
  const { program, options, store, logger, clock } = created;
  const { name } = program.graph;
  const max = program.maxConcurrency;
  if (max === undefined) return runCreated(created, plan);
  const message = `Waiting: ${max} run${max === 1 ? "" : "s"} of this flow may go on at once (maxConcurrency)`;
  const waits = () => logger.write({ at: clock.now(), level: "info", logger: `caudal.${name}`, message });
  const leave = await takePlace(store, name, max, options.signal, waits);
  try {
    return await runCreated(created, plan);
  } finally {
    leave();
  }
}

async function runCreated(created: CreatedRun, plan: Plan): Promise<FinishedRun> {
  const { program, options, row, secrets, given, clock, random, logger, store } = created;
  const executor = (options.executor ?? inline())(clock);
  const run = createRun(plan, row.id, row.parameters, executor.maxAttempts);
  const user = options.context ?? {};
  const keepLog = (line: LogRow) => driver.keepLog(line);
  const about = aboutOf({ program, run, row, secrets, user, host: { store, clock, random, logger }, keepLog });
  const wait = options.wait ?? false;
  const driver = new Driver({ program, run, epoch: row.epoch, about, store, executor, clock, random, logger, wait });
  sayBeginning(created);
  driver.push({ type: "RunStarted", given, at: row.createdAt });
  const state = await driveToEnd(driver, options.signal);
  const view = viewOf({ program, run, name: row.name, state, startedAt: row.createdAt, endedAt: clock.now() });
  if (state.type === "Failed" || state.type === "TimedOut") {
    const { showFailure } = await import("./show-failure.ts"); // only those who fail pay for its code
    showFailure(view, logger);
  }
  return view;
}

function sayBeginning({ program, extra, row, logger }: CreatedRun): void {
  const at = row.createdAt;
  const own = `caudal.${program.graph.name}`;
  for (const message of slipsInEnvironment()) logger.write({ at, level: "warn", logger: "caudal", message });
  sayOnce(program, logger, at);
  if (program.schedule !== undefined && extra.scheduledAt === undefined) {
    const message = `This is one run; its schedule (${program.schedule.describe()}) is followed by runOnSchedule()`;
    logger.write({ at, level: "info", logger: own, message });
  }
  const message = beginning(program.graph.name);
  logger.write({ at, level: "info", logger: FLOW_RUNNER, message, fields: { runId: row.id } });
}

const said = new WeakSet<Program>();

/** What the author should know of this flow, before its first run in this process. */
function sayOnce(program: Program, logger: Logger, at: Instant): void {
  if (said.has(program)) return;
  said.add(program);
  for (const message of [...program.warnings, ...(program.lateWarnings?.() ?? [])])
    logger.write({ at, level: "warn", logger: `caudal.${program.graph.name}`, message });
}

/** Runs of this process that were given a key: a second start with it gets the first one's outcome. */
const keyed = new Map<string, Promise<FinishedRun>>();

function earlierRun(row: RunRow, parameters: Readonly<Record<string, unknown>>): Promise<FinishedRun> {
  const key = row.idempotencyKey ?? "";
  if (canonicalText(row.parameters) !== canonicalText(parameters)) {
    throw new CaudalError("IDEMPOTENCY_CONFLICT", { run: row.id, key });
  }
  const known = keyed.get(row.id);
  if (known === undefined) throw new CaudalError("RUN_IN_PROGRESS", { run: row.id, key });
  return known;
}
