/**
 * The run of a flow that is called as a task: one for all calls of the task run's body, until it has failed. So a body
 * that is called again (its process died, or a person decided something) goes on with the run it began.
 *
 * A question of the child is asked in both runs: the child's own is Paused, and so is the task run around it, with a
 * reason that says what the child waits for. What is decided about the task run is passed on; what is decided in the
 * child's run is noticed by whoever has the run around it.
 */
import { present } from "../../base/assert.ts";
import type { AttemptScope, TaskContext } from "../../executor/context.ts";
import type { Decision } from "../../engine/event.ts";
import type { Program } from "../../ports/program.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Ask, RunRow, Store, TaskRunRow } from "../../ports/store.ts";
import { type AskedInChildRun, isAsked, staysPaused } from "../../state/reason.ts";
import { Signal } from "../../state/signal.ts";
import { isFinishedType } from "../../state/task-state.ts";
import type { FinishedRun } from "../../runtime/finished-run.ts";
import { isNobodys } from "../../runtime/kept/in-hand.ts";
import { goOnWith, readOf, runProgram } from "../../runtime/run.ts";
import { stepOfRun } from "../../runtime/kept/child-runs.ts";
import { partOf } from "../../runtime/kept/parent-run.ts";

type Given = Readonly<Record<string, unknown>> | undefined;

/** Until a child's run that another process has is looked at again, where nothing is heard of it. */
const LOOK_AGAIN_MS = 1_000;

/** Same store, same clock, same lines; aborted with the attempt that started it. */
export async function childRun(program: Program, parameters: Given, scope: AttemptScope): Promise<FinishedRun> {
  const context = scope.context();
  const { host, secrets, user } = scope.order.about;
  const { store } = host;
  const { name } = program.graph;
  const aborts = abortsOf(scope, context.signal);
  const options = { parameters, signal: aborts.cancel, secrets, context: user, store };
  const extra = { ports: host, drain: aborts.drain };
  for (let number = 1; ; number++) {
    const runId = await context.once(stepOfRun(number, name), () => host.random.runId(host.clock.now()));
    const row = await store.readRun(runId);
    if (row !== undefined && isFinishedType(row.state.type) && row.state.type !== "Success") continue; // of an attempt before
    if (row === undefined) context.log.info(`Flow '${name}' runs as run ${runId}`);
    const ended =
      row === undefined
        ? await runProgram(program, options, { ...extra, runId, partOf: partOf(context.taskRunId, runId) })
        : await goOn({ program, runId, context, scope, go: () => goOnWith(program, runId, options, extra) });
    if (ended.state.type !== "Paused") return ended;
    const asked = await asksIn(program, scope, runId);
    // Nobody would pass an answer on any more: it waits for none.
    if (aborts.cancel.aborted) return goOnWith(program, runId, options, extra);
    throw asked;
  }
}

/** A process that stops lets the child's run go; every other end of the attempt ends it. */
function abortsOf(scope: AttemptScope, signal: AbortSignal) {
  const [cancel, drain] = [new AbortController(), new AbortController()];
  const abort = () => (scope.isInterrupted ? drain : cancel).abort();
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  return { cancel: cancel.signal, drain: drain.signal };
}

interface GoingOn {
  readonly program: Program;
  readonly runId: string;
  readonly context: TaskContext;
  readonly scope: AttemptScope;
  readonly go: () => Promise<FinishedRun>;
}

async function goOn({ program, runId, context, scope, go }: GoingOn): Promise<FinishedRun> {
  const { store, clock } = scope.order.about.host;
  for (let isFirst = true; ; isFirst = false) {
    const row = await store.readRun(runId);
    if (isFirst && row?.state.type === "Paused") await passOn(runId, context, scope);
    if (row === undefined || isFinishedType(row.state.type)) return readOf(program, store, row ?? gone(runId));
    const isOwned = !isNobodys(store, row);
    const isHeld = row.state.type === "Paused" && (isOwned || staysPaused(row.state.reason));
    if (isHeld && (!isOwned || (await store.requestsOf(runId)).length === 0)) throw await asksIn(program, scope, runId);
    if (!isOwned) return go();
    await somethingHappens(store, clock, context.signal);
    if (context.signal.aborted) throw context.signal.reason;
  }
}

/** In another process, in time, or to the attempt. */
function somethingHappens(store: Store, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      unwatch();
      timer.cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const unwatch = store.watch(done);
    const timer = clock.at(clock.now() + LOOK_AGAIN_MS, done);
    signal.addEventListener("abort", done, { once: true });
  });
}

function gone(runId: string): never {
  throw new Error(`run ${runId} is no longer in its store`);
}

/** What was decided about the task run around it is about the question it showed: once, however often the body is called. */
async function passOn(runId: string, context: TaskContext, scope: AttemptScope): Promise<void> {
  const { resumed } = context;
  const given = resumed?.input as
    | { readonly run?: string; readonly task?: string; readonly decision?: Decision }
    | undefined;
  if (resumed === undefined || given?.run !== runId || given.task === undefined || given.decision === undefined) return;
  const { store } = scope.order.about.host;
  const { task, decision } = given;
  const ask: Ask =
    decision.kind === "approved"
      ? { kind: "approve", task, input: decision.input }
      : { kind: "reject", task, why: decision.why };
  await context.once(`decision of ${resumed.at}`, async () => {
    await store.post({ runId, ask, by: resumed.by ?? "somebody", at: resumed.at });
    return true;
  });
}

/** The task run around it is Paused as well, and shows what is asked. */
async function asksIn(program: Program, scope: AttemptScope, runId: string): Promise<Signal> {
  const { store } = scope.order.about.host;
  const row = await store.readRun(runId);
  const rows = row === undefined ? [] : await store.readTaskRuns(runId);
  const waiting = rows.find(({ state }) => state.type === "Paused");
  return new Signal({
    kind: "pause",
    why: undefined,
    asked: { code: "child-run", run: runId, ...askedIn(program, row, waiting) },
  });
}

function askedIn(
  program: Program,
  row: RunRow | undefined,
  waiting: TaskRunRow | undefined,
): Omit<AskedInChildRun, "code" | "run"> {
  const node = waiting && program.graph.nodes[waiting.node];
  if (waiting === undefined || node === undefined || staysPaused(row?.state.reason)) return {};
  const { reason } = waiting.state;
  const task = waiting.child === undefined ? node.slug : `${node.slug}[${waiting.child}]`;
  const { approval } = present(program.graph.tasks[node.task], "a node has a task");
  const input = reason?.code === "child-run" ? reason.input : approval?.input;
  return {
    task,
    ...(isAsked(reason) && reason.question !== undefined && { question: reason.question }),
    ...(isAsked(reason) && reason.until !== undefined && { until: reason.until }),
    ...(input !== undefined && { input }),
  };
}
