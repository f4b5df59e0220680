/**
 * One run of a program, from its parameters to its final state: the composition of engine, store, executor and
 * driver for a script.
 */
import { CaudalError } from "../base/errors.ts";
import type { Instant } from "../base/time.ts";
import { makePlan, type Plan } from "../engine/plan.ts";
import { childIndex, createRun, type Run } from "../engine/run.ts";
import type { ExecutorFactory } from "../executor/inline.ts";
import { inline } from "../executor/inline.ts";
import type { Clock, Random } from "../ports/clock.ts";
import type { AttemptAbout } from "../ports/executor.ts";
import type { Logger, LogLevel } from "../ports/logger.ts";
import type { Program } from "../ports/program.ts";
import type { RunRow, Store } from "../ports/store.ts";
import type { FlowState, TaskState } from "../state/task-state.ts";
import { memoryStore } from "../store/memory.ts";
import { baseFolderOf } from "./base-folder.ts";
import { captureConsole } from "./console-capture.ts";
import { loggerFromEnvironment } from "./console-logger.ts";
import { Driver } from "./driver.ts";
import type { FinishedRun } from "./finished-run.ts";
import { onInterrupt } from "./interrupt.ts";
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
  const name = options.runName ?? id.slice(-8);
  const { created, run: row } = await store.createRun({
    id,
    name,
    flow: program.graph.name,
    parameters,
    tags: options.tags ?? [],
    idempotencyKey: options.idempotencyKey,
    scheduledAt: extra.scheduledAt,
    createdAt: now,
  });
  if (!created) return earlierRun(row);
  const executor = (options.executor ?? inline())(clock);
  const run = createRun(plan, id, parameters, executor.maxAttempts);
  const about = aboutOf(program, run, row, secrets, options, () => driver, logger, clock);
  const driver = new Driver({
    program,
    run,
    epoch: row.epoch,
    about,
    store,
    executor,
    clock,
    random,
    logger,
    wait: options.wait ?? false,
  });
  sayOnce(program, logger, now);
  if (program.schedule !== undefined && extra.scheduledAt === undefined) {
    const message = `This is one run; its schedule (${program.schedule.describe()}) is followed by runOnSchedule()`;
    logger.write({ at: now, level: "info", logger: `caudal.${program.graph.name}`, message });
  }
  logger.write({
    at: now,
    level: "info",
    logger: FLOW_RUNNER,
    message: beginning(program.graph.name),
    fields: { runId: id },
  });
  driver.push({ type: "RunStarted", given, at: now });
  const state = await driveToEnd(driver, options.signal, store, logger);
  const view = viewOf({ program, run, name, state, startedAt: now, endedAt: clock.now() });
  if (state.type === "Failed" || state.type === "TimedOut") {
    const { showFailure } = await import("./show-failure.ts"); // only those who fail pay for its code
    showFailure(view, logger);
  }
  finished.set(id, new WeakRef(view));
  return view;
}

const said = new WeakSet<Program>();

/** What the author should know of this flow, before its first run in this process. */
function sayOnce(program: Program, logger: Logger, at: Instant): void {
  if (said.has(program)) return;
  said.add(program);
  for (const message of program.warnings)
    logger.write({ at, level: "warn", logger: `caudal.${program.graph.name}`, message });
}

/** Runs of this process by id: what `idempotencyKey` returns for a run that is already there. */
const finished = new Map<string, WeakRef<FinishedRun>>();

function earlierRun(row: RunRow): FinishedRun {
  const view = finished.get(row.id)?.deref();
  if (view !== undefined) return view;
  throw new CaudalError("RUN_IN_PROGRESS", { run: row.id, key: row.idempotencyKey ?? "" });
}

async function driveToEnd(
  driver: Driver,
  signal: AbortSignal | undefined,
  store: Store,
  logger: Logger,
): Promise<FlowState> {
  const { clock, run, program } = driver.parts;
  const release = captureConsole();
  let ended: Promise<FlowState> | undefined;
  // Before the first line is printed: whoever sees it may press Ctrl-C.
  const leave = onInterrupt(
    {
      interrupt: () => {
        driver.push({ type: "DrainRequested", at: clock.now() });
        return { line: interruptedLine(run, store), ended };
      },
    },
    logger,
  );
  ended = driver.drive();
  const cancel = () => driver.push({ type: "CancelRequested", by: "signal", at: clock.now() });
  if (signal?.aborted) cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  const timer = program.timeoutMs === undefined ? undefined : flowTimer(driver, program.timeoutMs);
  try {
    return await ended;
  } finally {
    timer?.cancel();
    signal?.removeEventListener("abort", cancel);
    leave();
    release();
  }
}

function flowTimer(driver: Driver, timeoutMs: number) {
  const { clock } = driver.parts;
  return clock.at(clock.now() + timeoutMs, () =>
    driver.push({ type: "FlowTimedOut", afterMs: timeoutMs, at: clock.now() }),
  );
}

function interruptedLine(run: Run, store: Store): string {
  const kept = store.durable ? "what finished is kept" : "it was kept in memory only, so it cannot be continued";
  return `Interrupted: run ${run.id} of flow '${run.plan.graph.name}' starts nothing new; ${kept}. Ctrl-C again stops at once`;
}

function aboutOf(
  program: Program,
  run: Run,
  row: RunRow,
  secrets: Readonly<Record<string, string>>,
  options: RunOptions,
  driver: () => Driver,
  logger: Logger,
  clock: Clock,
): AttemptAbout {
  const slugOf = (slot: number) => {
    const child = childIndex(run, slot);
    const { slug } = run.plan.graph.nodes[run.owner[slot]!]!;
    return child === undefined ? slug : `${slug}[${child}]`;
  };
  let baseFolder: string | undefined;
  return {
    runId: run.id,
    runName: row.name,
    flowName: program.graph.name,
    parameters: run.parameters,
    scheduledAt: row.scheduledAt,
    get baseFolder() {
      return (baseFolder ??= baseFolderOf(program.file));
    },
    fence: row.epoch,
    user: options.context ?? {},
    secrets,
    mapIndex: (slot) => childIndex(run, slot),
    loop: (slot) => {
      const counters = run.counters.get(slot);
      return { count: (counters?.rounds ?? 0) + 1, result: counters?.loopValue };
    },
    resumed: (slot) =>
      run.counters.get(slot)?.resumed ? { by: undefined, at: clock.now(), input: undefined } : undefined,
    recovered: (slot) => (run.counters.get(slot)?.lost ?? 0) > 0,
    taskRunId: (slot) => `${run.id}/${slugOf(slot)}`,
    logged: (order, level, text, printed) => {
      const at = clock.now();
      driver().keepLog({ slot: order.slot, attempt: order.attempt, at, level, text });
      if (printed && !logger.json) return false;
      logger.write({
        at,
        level,
        logger: `caudal.${order.taskName}`,
        message: text,
        fields: { taskRun: slugOf(order.slot), attempt: order.attempt },
      });
      return true;
    },
  };
}
