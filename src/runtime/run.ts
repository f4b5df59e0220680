/** One run of a program, from its parameters to its final state. */
import { canonicalText } from "../base/canonical.ts";
import { CaudalError } from "../base/errors.ts";
import type { Instant } from "../base/time.ts";
import type { ExecutorFactory } from "../executor/inline.ts";
import type { Clock, Random } from "../ports/clock.ts";
import type { Logger, LogLevel } from "../ports/logger.ts";
import type { People } from "../ports/people.ts";
import type { Program } from "../ports/program.ts";
import type { NewRun, Origin, RunRow, Store, Tick } from "../ports/store.ts";
import { isFinishedType, type TaskState } from "../state/task-state.ts";
import { loggerFromEnvironment } from "./report/console-logger.ts";
import { defaultStore } from "./kept/default-store.ts";
import type { FinishedRun } from "./finished-run.ts";
import { slipsInEnvironment } from "./environment.ts";
import { flowVersionOf, keptFile, programFingerprint } from "./kept/flow-version.ts";
import { givenRows, givenStates, giveStates } from "./kept/given-states.ts";
import { type Hand, inHand, isNobodys } from "./kept/in-hand.ts";
import { beginning, continueLine, FLOW_RUNNER } from "./report/log-lines.ts";
import { driveOwned, newRun, type OwnedRun, planOf } from "./own-run.ts";
import { hasListeners } from "./publish.ts";
import { realClock, realRandom } from "./real-clock.ts";
import { readSecrets } from "./body/secrets.ts";

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
  /** Aborts when this process is to start nothing more: the run is left as it is, to be gone on with. */
  readonly drain?: AbortSignal | undefined;
  /** A run that was begun before is taken up by itself: where a person has paused it meanwhile, it stays so. */
  readonly unasked?: boolean | undefined;
  /** Told once the run is in the store, before it does anything; or that there was one with its key. */
  readonly begun?: ((row: RunRow, created: boolean) => void) | undefined;
  /** Of the schedule that makes it begin: where the tick has a run already, nothing is begun. */
  readonly tick?: Tick | undefined;
  /** The id the run is to have. */
  readonly runId?: string | undefined;
  /** Who is asked when the run waits for a person. */
  readonly people?: People | undefined;
  /** Of a flow that is called as a task: what its run is kept as a part of. */
  readonly partOf?: string | undefined;
  /** What makes it begin. Default: a script. */
  readonly origin?: Origin | undefined;
}

/** The tick has a run: that of whoever watches the same schedule and was faster. */
export class TickTaken extends Error {
  readonly runId: string;

  constructor(runId: string) {
    super(`the tick has run ${runId}`);
    this.runId = runId;
  }
}

export function portsOf(options: RunOptions, extra: RunExtra): RunPorts {
  return {
    clock: extra.ports?.clock ?? realClock,
    random: extra.ports?.random ?? realRandom,
    logger: extra.ports?.logger ?? loggerFromEnvironment(options.logLevel),
  };
}

/**
 * Runs a program once. With an idempotency key that is known: the outcome of that run, which is taken over if it is
 * unfinished and its owner gone.
 * @throws CaudalError PARAMETER_INVALID, SECRET_MISSING, TASK_STATES_INVALID: before anything is written;
 * IDEMPOTENCY_CONFLICT, RUN_IN_PROGRESS
 */
export async function runProgram(
  program: Program,
  options: RunOptions = {},
  extra: RunExtra = {},
): Promise<FinishedRun> {
  const ports = portsOf(options, extra);
  const parameters = await program.readParameters(options.parameters ?? {});
  const secrets = readSecrets(program, options.secrets);
  const given = givenTo(program, options);
  const store = options.store ?? (await defaultStore(program));
  const now = ports.clock.now();
  const id = extra.runId ?? ports.random.runId(now);
  const to = { program, parameters, options: { ...options, store }, extra };
  return inHand({ store, clock: ports.clock }, id, async (hand) => {
    const { created, run: row } = await store.createRun(
      newRow(to, id, now),
      () => flowVersionOf(program),
      extra.tick,
      given.size === 0 ? undefined : givenRows(planOf(program), { id, parameters, given, at: now }, store),
    );
    if (!created && extra.tick !== undefined) throw new TickTaken(row.id);
    if (!created) return earlierRun(to, row, ports);
    const left = extra.scheduledAt === undefined ? tellLeft(program, to.options, ports) : undefined;
    const outcome = driveNew(to, hand, {
      program,
      options,
      row,
      store,
      ports,
      secrets,
      people: extra.people,
      drain: extra.drain,
      begin: (capacity) => {
        const run = newRun(program, row, capacity);
        if (given.size > 0) giveStates(run, given, row.createdAt);
        return { run, event: { type: "RunStarted", given: new Map(), at: row.createdAt } };
      },
      announce: () => sayBeginning(program, row, ports.logger),
    });
    // A courtesy: a store that cannot be read just now is no reason to fail.
    if (lasts(store) && extra.scheduledAt === undefined) sayInterrupted(store, row, ports).catch(() => undefined);
    outcome.catch(() => undefined); // told below
    await left;
    return outcome;
  });
}

/** Runs of the flow that ended before their process had told the listeners. Never fails: what is left is found again. */
export async function tellLeft(
  program: Program,
  options: Pick<RunOptions, "secrets" | "context"> & { readonly store: Store },
  ports: RunPorts,
): Promise<void> {
  const { store } = options;
  if (!lasts(store) || !hasListeners(program)) return;
  try {
    const left = await store.listRuns({ flow: program.graph.name, untold: true, limit: 1 });
    if (left.length === 0) return;
    const { tellEnded } = await import("./kept/tell-ended.ts");
    await tellEnded({ program, options, ports });
  } catch {
    // As with what was interrupted: a store that cannot be read just now is no reason to fail.
  }
}

export interface RunOrder {
  readonly program: Program;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly options: RunOptions & { readonly store: Store };
  readonly extra: RunExtra;
}

/** Whether somebody may come back to a run. */
const lasts = (store: Store) => store.durable || store.keepsHistory;

export function newRow({ program, parameters, options, extra }: RunOrder, id: string, createdAt: Instant): NewRun {
  const { store, runName, tags, idempotencyKey = extra.partOf } = options;
  const { scheduledAt, origin } = extra;
  return {
    id,
    parameters,
    idempotencyKey,
    scheduledAt,
    createdAt,
    name: runName ?? id.slice(-8),
    flow: program.graph.name,
    fingerprint: lasts(store) ? programFingerprint(program) : "",
    file: lasts(store) ? keptFile(program, store) : undefined,
    origin: origin ?? (scheduledAt === undefined ? "script" : "schedule"),
    tags: tags ?? [],
  };
}

function driveNew({ options, extra }: RunOrder, hand: Hand, owned: OwnedRun): Promise<FinishedRun> {
  const { row } = owned;
  hand.epoch = row.epoch;
  extra.begun?.(row, true);
  const outcome = driveOwned(owned);
  if (options.idempotencyKey !== undefined) {
    keyed.set(row.id, outcome);
    const ended = () => rememberKeyed(row.id);
    outcome.then(ended, () => keyed.delete(row.id)); // or let go: the next start with its key goes on with it
  }
  return outcome;
}

const NOTHING_GIVEN: ReadonlyMap<number, TaskState> = new Map();

function givenTo(program: Program, { taskStates }: RunOptions): ReadonlyMap<number, TaskState> {
  return taskStates === undefined ? NOTHING_GIVEN : givenStates(planOf(program), taskStates);
}

function sayBeginning(program: Program, row: RunRow, logger: Logger): void {
  const at = row.createdAt;
  const own = `caudal.${program.graph.name}`;
  for (const message of slipsInEnvironment()) logger.write({ at, level: "warn", logger: "caudal", message });
  sayOnce(program, logger, at);
  if (program.schedule !== undefined && row.origin === "script") {
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

/** A run of this flow stopped before its end, and nobody has it: what goes on with it. */
async function sayInterrupted(store: Store, { flow, id }: RunRow, { clock, logger }: RunPorts): Promise<void> {
  const found = await store.listRuns({ flow, interrupted: true, limit: 2 });
  const last = found.find((run) => run.id !== id && run.origin === "script");
  if (last === undefined) return;
  const message = continueLine(last.id, last.changedAt);
  logger.write({ at: clock.now(), level: "info", logger: `caudal.${flow}`, message });
}

/** Runs of this process that were given a key: a second start with it gets the first one's outcome. */
const keyed = new Map<string, Promise<FinishedRun>>();
/** Those of them that have ended, oldest first. What older ones came to is read from their store. */
const keyedEnded: string[] = [];
const KEYED_ENDED_MAX = 50;

function rememberKeyed(id: string): void {
  keyedEnded.push(id);
  if (keyedEnded.length > KEYED_ENDED_MAX) keyed.delete(keyedEnded.shift()!);
}

async function earlierRun(
  { program, parameters, options, extra }: RunOrder,
  row: RunRow,
  ports: RunPorts,
): Promise<FinishedRun> {
  const key = row.idempotencyKey ?? "";
  if (canonicalText(row.parameters) !== canonicalText(parameters)) {
    throw new CaudalError("IDEMPOTENCY_CONFLICT", { run: row.id, key });
  }
  extra.begun?.(row, false);
  const known = keyed.get(row.id);
  if (known !== undefined) return known;
  if (!isNobodys(options.store, row)) throw new CaudalError("RUN_IN_PROGRESS", { run: row.id, key });
  const over = isFinishedType(row.state.type) || row.state.type === "Paused";
  if (over) await tellLeft(program, options, ports);
  return over ? readOf(program, options.store, row) : goOnWith(program, row.id, options, { ...extra, unasked: true });
}

/** As its store has it, without going on with it. */
export async function readOf(program: Program, store: Store, row: RunRow): Promise<FinishedRun> {
  const { readRun } = await import("./kept/resume.ts");
  return readRun(program, store, row);
}

/** A run that was begun before goes on here; only who has one pays for its code. */
export async function goOnWith(
  program: Program,
  id: string,
  options: RunOptions & { readonly store: Store },
  extra: RunExtra,
): Promise<FinishedRun> {
  const { resumeRun } = await import("./kept/resume.ts");
  return resumeRun(program, id, options, extra);
}
