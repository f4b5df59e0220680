/**
 * Follows a flow's schedule in this process: wait for the next tick, run, wait again. Runs never overlap here, and
 * ticks that passed while one was running are not made up (design §10: `catchUp` none).
 */
import { CaudalError } from "../base/errors.ts";
import { type Instant, isoUtc } from "../base/time.ts";
import type { Clock } from "../ports/clock.ts";
import type { Program } from "../ports/program.ts";
import type { Tick } from "../schedule/schedule.ts";
import { isOfTheMoment } from "./kept/commit-patiently.ts";
import { loggerFromEnvironment } from "./report/console-logger.ts";
import type { FinishedRun } from "./finished-run.ts";
import { onInterrupt } from "./interrupt.ts";
import { onAbort } from "./listeners.ts";
import { realClock } from "./real-clock.ts";
import { defaultStore } from "./kept/default-store.ts";
import { atTimeOfDay } from "./time-of-day.ts";
import { goOnWith, portsOf, type RunExtra, type RunOptions, runProgram, tellLeft, TickTaken } from "./run.ts";

/** Interrupted runs of a schedule that are taken up before it is followed. */
const TAKEN_UP_MAX = 1_000;

export interface ScheduleOptions extends RunOptions {
  /** Stop after this many runs, 1 or more. Default: as long as the schedule goes on. */
  readonly runs?: number | undefined;
  /** No run begins after it: an instant in ms, a Date, or an ISO text. */
  readonly until?: Date | number | string | undefined;
}

/**
 * Runs at every tick until the schedule ends, `runs` or `until` is reached, or the signal aborts.
 * @returns the last run; undefined when there was none
 * @throws CaudalError FLOW_WITHOUT_SCHEDULE, PARAMETER_INVALID, OPTION_INVALID
 */
export async function runProgramOnSchedule(
  program: Program,
  options: ScheduleOptions = {},
  extra: RunExtra = {},
): Promise<FinishedRun | undefined> {
  const { schedule, graph } = program;
  if (schedule === undefined) throw new CaudalError("FLOW_WITHOUT_SCHEDULE", { flow: graph.name });
  const runsMax = wholeRuns(options.runs);
  const until = instantOf(options.until);
  const clock = extra.ports?.clock ?? realClock;
  const logger = extra.ports?.logger ?? loggerFromEnvironment(options.logLevel);
  await program.readParameters({ ...options.parameters, ...schedule.next(clock.now())?.parameters }); // refused now, not at the first tick
  const say = (message: string) =>
    logger.write({ at: clock.now(), level: "info", logger: `caudal.${graph.name}`, message });
  let waits = true;
  const line = `Interrupted: the schedule of flow '${graph.name}' is no longer followed by this process; nothing was running`;
  // While a run is active, that run has its own line and is waited for.
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
    return { line: waits ? line : undefined, ended: undefined };
  };
  const leave = onInterrupt({ interrupt }, logger);
  let last: FinishedRun | undefined;
  let runs = 0;
  try {
    const stops = () => interrupted || options.signal?.aborted === true;
    const takenUp = { say, stops, busy: (is: boolean) => (waits = !is), refused: new Set<string>() };
    await takeUp(program, options, extra, takenUp);
    for (let after = clock.now(); runs < runsMax && !interrupted; after = Math.max(after, clock.now())) {
      const ticks = schedule.nextAll(after);
      const at = ticks[0]?.at;
      if (at === undefined || at > until || options.signal?.aborted) break;
      say(`Waiting for next scheduled run at ${isoUtc(at)}`);
      if (!(await reached(at, clock, options.signal))) break;
      waits = false;
      for (const tick of ticks) {
        if (runs === runsMax || options.signal?.aborted) break;
        const run = await runTick(program, tick, options, extra, say);
        if (run === undefined) continue;
        last = run;
        runs++;
      }
      if (interrupted || runs === runsMax) break;
      after = at;
      await takeUpMore(program, options, extra, takenUp);
      waits = true;
    }
  } finally {
    leave();
  }
  return last;
}

async function runTick(
  program: Program,
  tick: Tick,
  options: ScheduleOptions,
  extra: RunExtra,
  say: (message: string) => void,
): Promise<FinishedRun | undefined> {
  const schedule = JSON.stringify([program.graph.name, program.schedule?.toJSON()]);
  const parameters = { ...options.parameters, ...tick.parameters };
  try {
    return await runProgram(
      program,
      { ...options, parameters, idempotencyKey: undefined },
      { ...extra, scheduledAt: tick.at, tick: { schedule, clock: tick.clock, at: tick.at } },
    );
  } catch (thrown) {
    if (!(thrown instanceof TickTaken)) throw thrown;
    say(`The run of ${isoUtc(tick.at)} was taken by ${thrown.runId}, which watches the same schedule`);
    return undefined;
  }
}

interface TakenUp {
  readonly say: (message: string) => void;
  readonly stops: () => boolean;
  readonly busy: (is: boolean) => void;
  /** Runs something is wrong with: said once, and not tried again. */
  readonly refused: Set<string>;
}

/** Runs of this schedule whose process died or was stopped, or let them go: they come first, oldest first. */
async function takeUp(
  program: Program,
  options: ScheduleOptions,
  extra: RunExtra,
  { say, stops, busy, refused }: TakenUp,
): Promise<void> {
  const store = options.store ?? (await defaultStore(program));
  if (!store.durable && !store.keepsHistory) return;
  await tellLeft(program, { ...options, store }, portsOf(options, extra));
  const found = await store.listRuns({ flow: program.graph.name, interrupted: true, limit: TAKEN_UP_MAX });
  const own = found.filter(({ id, origin }) => origin === "schedule" && !refused.has(id)).reverse();
  for (const { id } of own) {
    if (stops()) return;
    busy(true);
    try {
      await goOnWith(program, id, { ...options, store }, { ...extra, unasked: true });
    } catch (thrown) {
      // Somebody else was faster, or it needs a person: the schedule goes on without it.
      if (!(thrown instanceof CaudalError)) throw thrown;
      if (!isOfTheMoment(thrown)) refused.add(id);
      say(`Run ${id} of this schedule was not taken up: ${thrown.message}`);
    } finally {
      busy(false);
    }
  }
}

/** What was left since. A store that cannot be read just now is at the next tick. */
async function takeUpMore(...given: Parameters<typeof takeUp>): Promise<void> {
  try {
    await takeUp(...given);
  } catch (thrown) {
    if (!isOfTheMoment(thrown)) throw thrown;
  }
}

/** Waits for an instant. False: the signal aborted first. */
function reached(at: Instant, clock: Clock, signal: AbortSignal | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (came: boolean) => {
      timer.cancel();
      deaf();
      resolve(came);
    };
    const deaf = onAbort(signal, () => end(false));
    const timer = atTimeOfDay(clock, at, () => end(true));
  });
}

function wholeRuns(runs: number | undefined): number {
  if (runs === undefined) return Number.POSITIVE_INFINITY;
  if (Number.isSafeInteger(runs) && runs >= 1) return runs;
  throw new CaudalError("OPTION_INVALID", {
    of: "runOnSchedule()",
    complaints: [`runs must be a whole number from 1 on, not ${String(runs)}`],
  });
}

function instantOf(until: Date | number | string | undefined): Instant {
  if (until === undefined) return Number.POSITIVE_INFINITY;
  const at = typeof until === "number" ? until : new Date(until).getTime();
  if (!Number.isNaN(at)) return at;
  throw new CaudalError("OPTION_INVALID", {
    of: "runOnSchedule()",
    complaints: [`until is no instant: ${String(until)}; give a Date, milliseconds, or ISO text`],
  });
}
