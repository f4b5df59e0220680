/** Runs a flow as `flow.run` and `flow.runOnSchedule` do, in a world of the test's: quiet, on virtual time. */
import type { Instant } from "../base/time.ts";
import { inline } from "../executor/inline.ts";
import type { Flow } from "../flow/flow.ts";
import { type FlowRun, flowRunOf } from "../flow/flow-run.ts";
import type { Clock } from "../ports/clock.ts";
import type { Program } from "../ports/program.ts";
import type { FinishedRun } from "../runtime/finished-run.ts";
import { realClock, realRandom } from "../runtime/real-clock.ts";
import { resumeRun } from "../runtime/kept/resume.ts";
import { type RunExtra, type RunOptions, runProgram } from "../runtime/run.ts";
import { runProgramOnSchedule, type ScheduleOptions } from "../runtime/run-on-schedule.ts";
import type { Schedule, Tick } from "../schedule/schedule.ts";
import { memoryStore } from "../store/memory.ts";
import { Lives } from "./crash.ts";
import { type Injections, injecting } from "./injection.ts";
import { testLogger } from "./test-logger.ts";
import {
  type CrashSettings,
  checkTestOptions,
  type TestRunSettings,
  type TestScheduleSettings,
} from "./test-options.ts";
import { testPeople } from "./test-people.ts";
import { virtualClock, virtualTimeOf } from "./virtual-clock.ts";
import { watched } from "./watched.ts";

// biome-ignore lint/complexity/noBannedTypes: asks whether every member may be missing
type WithParameters<S, G> = {} extends G
  ? [options?: S & { readonly parameters?: G | undefined }]
  : [options: S & { readonly parameters: G }];

/**
 * Runs once, in this process: by default on a virtual clock (an hour's delay takes no time), in a store of its own,
 * printing nothing. Gives what `flow.run` gives, and does not touch the exit code if it failed.
 * @throws CaudalError what `flow.run` throws; OPTION_INVALID also for names of tasks that the flow does not have
 */
export async function runFlow<G, R>(
  flow: Flow<G, R>,
  ...[options]: WithParameters<TestRunSettings, G>
): Promise<FlowRun<R>> {
  const { crashAt, ...rest } = options ?? {};
  const { program, settings, extra, leave } = prepared(flow.program, options ?? {}, false);
  try {
    if (crashAt === undefined) return seen<R>(await runProgram(program, settings, extra));
    return seen<R>(await runDying(program, { settings, extra, crashAt, given: rest }));
  } finally {
    leave();
  }
}

interface Dying {
  readonly settings: RunOptions;
  readonly extra: RunExtra;
  readonly crashAt: NonNullable<TestRunSettings["crashAt"]>;
  readonly given: Injections & Pick<RunOptions, "executor">;
}

/** Each death ends a process; the next one takes the run over from its last commit. */
async function runDying(program: Program, { settings, extra, crashAt, given }: Dying): Promise<FinishedRun> {
  const lives = new Lives();
  const runId = realRandom.runId(extra.ports?.clock?.now() ?? 0);
  for (let begun = false; ; begun = true) {
    const life = lives.next();
    const executor = injecting(given.executor ?? inline(), given, { life, crashAt });
    const own = { ...settings, executor, store: life.store };
    const run = begun ? resumeRun(program, runId, own, extra) : runProgram(program, own, { ...extra, runId });
    const ended = await Promise.race([run, life.death]);
    if (ended !== "died") return ended;
  }
}

/**
 * Follows the flow's schedule until `runs` or `until`, from where the clock stands: a day passes in an instant.
 * Gives all runs, the first one first.
 * @throws CaudalError what `flow.runOnSchedule` throws; OPTION_INVALID also when neither `runs` nor `until` is given
 */
export async function runFlowOnSchedule<G, R>(
  flow: Flow<G, R>,
  ...[options]: WithParameters<TestScheduleSettings, G>
): Promise<readonly FlowRun<R>[]> {
  const { program, settings, extra, leave } = prepared(flow.program, options ?? {}, true);
  const { runs = Number.POSITIVE_INFINITY, ...each } = settings;
  const oneByOne = { ...program, schedule: program.schedule && tickByTick(program.schedule) };
  const ended: FlowRun<R>[] = [];
  try {
    while (ended.length < runs) {
      const run = await runProgramOnSchedule(oneByOne, { ...each, runs: 1 }, extra);
      if (run === undefined) break;
      ended.push(seen<R>(run));
    }
    return ended;
  } finally {
    leave();
  }
}

/** The same ticks; those of one instant are handed out one after the other, so that none falls between two calls. */
function tickByTick(schedule: Schedule): Schedule {
  let due: readonly Tick[] = [];
  const nextAll = (after: Instant) => {
    const [next, ...later] = due.length > 0 ? due : schedule.nextAll(after);
    due = later;
    return next === undefined ? [] : [next];
  };
  const next = (after: Instant) => due[0] ?? schedule.next(after);
  return Object.create(schedule, { nextAll: { value: nextAll }, next: { value: next } }) as Schedule;
}

interface Prepared {
  readonly program: Program;
  readonly settings: ScheduleOptions;
  readonly extra: RunExtra;
  /** Ends what the test's clock was told. */
  readonly leave: () => void;
}

type Settings = (TestRunSettings | TestScheduleSettings) & { readonly parameters?: unknown };

function prepared(program: Program, options: Settings, scheduled: boolean): Prepared {
  checkTestOptions(program.graph, options, scheduled);
  const {
    mocks,
    failAt,
    crashAt: _,
    approvals,
    clock: named,
    logs,
    executor,
    store,
    parameters,
    ...rest
  } = options as Settings & CrashSettings;
  const clock: Clock = named === "real" ? realClock : (named ?? virtualClock());
  const time = virtualTimeOf(clock);
  return {
    program: time === undefined ? program : watched(program, time),
    settings: {
      ...rest,
      parameters: parameters as ScheduleOptions["parameters"],
      executor: injecting(executor ?? inline(), { mocks, failAt }),
      store: store ?? memoryStore(),
    },
    extra: {
      ports: { clock, logger: testLogger(logs, rest.logLevel) },
      people: approvals && testPeople(approvals),
    },
    leave: time?.follow() ?? (() => undefined),
  };
}

/** A test that does not look at a failed run has its reasons: only runs outside tests set the exit code. */
function seen<R>(finished: FinishedRun): FlowRun<R> {
  const run = flowRunOf<R>(finished);
  void run.state;
  return run;
}
