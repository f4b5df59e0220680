/** Driving a run that this process has, new or taken over, to its end: the composition of engine, store and executor. */
import type { Instant } from "../base/time.ts";
import { makePlan, type Plan } from "../engine/plan.ts";
import { createRun, type Run } from "../engine/run.ts";
import type { RunEvent } from "../engine/event.ts";
import { inline } from "../executor/inline.ts";
import type { Executor } from "../ports/executor.ts";
import type { Program } from "../ports/program.ts";
import type { People } from "../ports/people.ts";
import type { LogRow, NewVersion, RunRow, Store } from "../ports/store.ts";
import { aboutOf } from "./body/attempt-about.ts";
import { driveToEnd } from "./drive-to-end.ts";
import { Driver } from "./driver.ts";
import type { FinishedRun } from "./finished-run.ts";
import { type Mask, maskOf } from "./report/masking.ts";
import { waitForPlace } from "./queued-run.ts";
import type { RunOptions, RunPorts } from "./run.ts";
import { recordsOf } from "./run-records.ts";
import type { FlowState } from "../state/task-state.ts";
import { viewOf } from "./run-view.ts";
import type { Untold } from "./telling.ts";

/** What a run is driven with. */
export interface OwnedRun {
  readonly program: Program;
  readonly options: RunOptions;
  readonly row: RunRow;
  readonly store: Store;
  readonly ports: RunPorts;
  readonly secrets: Readonly<Record<string, string>>;
  /** Makes the engine's run for an executor that can run so many attempts at once. */
  readonly begin: (capacity: number) => Begun;
  readonly people?: People | undefined;
  readonly drain?: AbortSignal | undefined;
  /** Says that it begins, once it does. */
  readonly announce: () => void;
}

export interface Begun {
  readonly run: Run;
  readonly event: RunEvent;
  readonly again?: readonly number[] | undefined;
  readonly removed?: readonly number[] | undefined;
  readonly logKept?: number | undefined;
  readonly version?: NewVersion | undefined;
  readonly untold?: Untold | undefined;
  readonly flowTold?: FlowState | undefined;
}

const plans = new WeakMap<Program, Plan>();

export function planOf(program: Program): Plan {
  let plan = plans.get(program);
  if (plan === undefined) plans.set(program, (plan = makePlan(program.graph)));
  return plan;
}

export function newRun(program: Program, row: RunRow, capacity: number): Run {
  return createRun(planOf(program), row.id, row.parameters, capacity);
}

/** Waits for its place among the runs of its flow, where their number is bounded, and goes on to its end. */
export async function driveOwned(owned: OwnedRun): Promise<FinishedRun> {
  const max = owned.program.maxConcurrency;
  if (max === undefined) return drive(owned, false);
  const { waited, leave } = await waitForPlace(owned, max);
  try {
    return await drive(owned, waited);
  } finally {
    leave();
  }
}

/** Whoever traces this process has registered here; without that, nothing of it is read. */
const OPEN_TELEMETRY = Symbol.for("opentelemetry.js.api.1");

function drive(owned: OwnedRun, waited: boolean): Promise<FinishedRun> {
  return OPEN_TELEMETRY in globalThis ? traced(owned) : driven(owned, waited);
}

async function traced(owned: OwnedRun): Promise<FinishedRun> {
  // The package may be where only the tracer finds it.
  const tracing = await import("./report/tracing.ts").catch(() => undefined);
  if (tracing === undefined) return driven(owned, true);
  return tracing.inSpan(owned, (around) => driven(owned, true, around));
}

/** Of a run without secrets, as most are. */
const NO_MASK: Mask = { text: (text) => text, error: (error) => error, end: (end) => end };

/** `waited`: time has passed since it was made, so something may have been asked of it already. */
async function driven(
  owned: OwnedRun,
  waited: boolean,
  around: (executor: Executor) => Executor = (executor) => executor,
): Promise<FinishedRun> {
  const { program, options, row, store, ports, secrets, people, drain, begin, announce } = owned;
  const { clock, random } = ports;
  const logger = ports.logger.json ? recordsOf(ports.logger, row) : ports.logger;
  const executor = around((options.executor ?? inline())(clock));
  const { run, event, again, removed, logKept, version, untold, flowTold } = begin(executor.maxAttempts);
  const user = options.context ?? {};
  const keepLog = (line: LogRow) => driver.keepLog(line);
  const mask = Object.keys(secrets).length === 0 ? NO_MASK : maskOf(secrets);
  const about = aboutOf({
    program,
    run,
    row,
    secrets,
    mask,
    user,
    host: { store, clock, random, logger },
    keepLog,
    nameOf: (slot) => driver.names.ownOf(slot),
  });
  const wait = options.wait ?? false;
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
    wait,
    mask,
    people,
    again,
    removed,
    logKept,
    version,
    untold,
    flowTold,
    lastCommit: row.cursor,
    mayBeAsked: row.epoch > 1 || waited,
  });
  announce();
  driver.push(event);
  const state = await driveToEnd(driver, { signal: options.signal, drain, activeMs: row.activeMs });
  const nameOf = (slot: number) => driver.names.of(slot);
  const view = viewOf({ program, run, name: row.name, nameOf, state, startedAt: startOf(row), endedAt: clock.now() });
  if (state.type === "Failed" || state.type === "TimedOut") {
    const { showFailure } = await import("./report/show-failure.ts"); // only those who fail pay for its code
    showFailure(view, logger, store.durable);
  }
  return view;
}

function startOf(row: RunRow): Instant {
  return row.startedAt ?? row.createdAt;
}
