/** Runs that were begun before: taken over and driven on, or read as they ended. */
import { CaudalError } from "../../base/errors.ts";
import { adaptRows } from "../../engine/changed-code.ts";
import { rebuild } from "../../engine/recover.ts";
import { type Run, taskRunName } from "../../engine/run.ts";
import { appendLog } from "../../engine/story.ts";
import type { Program } from "../../ports/program.ts";
import type { Batch, HistoryRow, NewVersion, NodeShape, RunRow, Store, TaskRunRow } from "../../ports/store.ts";
import { staysPaused } from "../../state/reason.ts";
import { type FlowState, isFinishedType, type PausedState } from "../../state/task-state.ts";
import { commitPatiently } from "./commit-patiently.ts";
import { defaultStore } from "./default-store.ts";
import type { FinishedRun } from "../finished-run.ts";
import { flowVersionOf, nodeShapesOf, programFingerprint } from "./flow-version.ts";
import { inHand } from "./in-hand.ts";
import { readToTakeOver } from "./let-go.ts";
import { goingOn, FLOW_RUNNER } from "../report/log-lines.ts";
import { driveOwned, planOf } from "../own-run.ts";
import { keepPaused } from "./pause-kept.ts";
import { portsOf, type RunExtra, type RunOptions, type RunPorts } from "../run.ts";
import { viewOf } from "../run-view.ts";
import type { Untold } from "../telling.ts";
import { tellRun } from "./tell-ended.ts";
import { flowTold, untoldOf } from "./untold.ts";
import { readSecrets } from "../body/secrets.ts";

export interface ResumeOptions extends RunOptions {
  /** Go on although what remains of the flow has changed since the run began. */
  readonly acceptChanges?: boolean | undefined;
}

/** A run id, or `"last"`: the newest run of the flow that stopped before its end. */
export async function resumeProgram(
  program: Program,
  which: string,
  options: ResumeOptions = {},
  extra: RunExtra = {},
): Promise<FinishedRun> {
  const store = options.store ?? (await defaultStore(program));
  const id = which === "last" ? await lastInterrupted(program, store) : which;
  return resumeRun(program, id, { ...options, store }, extra);
}

async function lastInterrupted(program: Program, store: Store): Promise<string> {
  const [last] = await store.listRuns({ flow: program.graph.name, interrupted: true, limit: 1 });
  if (last === undefined) throw new CaudalError("NOTHING_INTERRUPTED", { flow: program.graph.name, store: store.name });
  return last.id;
}

/**
 * Takes a run over that nobody has, and drives it on from its last commit.
 * @throws CaudalError RUN_UNKNOWN, RUN_OWNED, RUN_OVER, RUN_OF_ANOTHER_FLOW, SECRET_MISSING: before anything is written
 */
export async function resumeRun(
  program: Program,
  id: string,
  options: ResumeOptions & { readonly store: Store },
  extra: RunExtra = {},
): Promise<FinishedRun> {
  const { store } = options;
  const ports = portsOf(options, extra);
  const before = await readToTakeOver({ store, clock: ports.clock }, id);
  if (before === undefined) throw new CaudalError("RUN_UNKNOWN", { run: id });
  if (before.flow !== program.graph.name)
    throw new CaudalError("RUN_OF_ANOTHER_FLOW", { run: id, flow: before.flow, given: program.graph.name });
  if (isFinishedType(before.state.type) && (await tellRun({ program, options, ports }, before)))
    return readRun(program, store, before);
  if (isFinishedType(before.state.type)) throw new CaudalError("RUN_OVER", { run: id, state: before.state.type });
  if (before.ownership === "here") throw new CaudalError("RUN_OWNED", { run: id, owner: "this process" });
  const { type, reason } = before.state;
  if (extra.unasked === true && type === "Paused" && reason?.code === "by-person")
    return readRun(program, store, before);
  const secrets = readSecrets(program, options.secrets);
  const kept = await keptRows(program, store, before); // what cannot be read is told before anything is written
  const order = { program, options, extra, ports, secrets, before, kept };
  const paused = await pausedInstead(order);
  return inHand({ store, clock: ports.clock }, id, async (hand) => {
    const row = await store.takeOver(id, ports.clock.now());
    hand.epoch = row.epoch;
    const stays = paused ?? (await pausedMeanwhile(order, row));
    return stays === undefined ? goOn(order, row) : stayPaused(order, row, stays);
  });
}

interface Order {
  readonly program: Program;
  readonly options: ResumeOptions & { readonly store: Store };
  readonly extra: RunExtra;
  readonly ports: RunPorts;
  readonly secrets: Readonly<Record<string, string>>;
  /** As it was found, and what was kept of it. */
  readonly before: RunRow;
  readonly kept: Rows;
}

/** Why nothing runs yet: its process died before the run was Paused as asked, or what remains has changed. */
async function pausedInstead({ options, before, kept }: Order): Promise<PausedState | undefined> {
  const { type, reason } = before.state;
  if (type !== "Paused" && reason !== undefined && staysPaused(reason) && !(await isToEnd(options.store, before.id)))
    return { type: "Paused", reason };
  if (kept.changes.length > 0 && options.acceptChanges !== true)
    return { type: "Paused", reason: { code: "code-changed", changes: kept.changes } };
  return undefined;
}

/** Whoever had it may have committed something between our look and the take-over. */
const isAsRead = ({ before }: Order, row: RunRow) => row.cursor === before.cursor && row.epoch === before.epoch + 1;

/** A person paused it between our look and the take-over: that it goes on is not what was asked for last. */
async function pausedMeanwhile(order: Order, row: RunRow): Promise<PausedState | undefined> {
  const { reason } = row.state;
  if (isAsRead(order, row) || reason?.code !== "by-person") return undefined;
  return (await isToEnd(order.options.store, row.id)) ? undefined : { type: "Paused", reason };
}

async function goOn(order: Order, row: RunRow): Promise<FinishedRun> {
  const { program, options, extra, ports, secrets, kept } = order;
  const { store } = options;
  const { id } = row;
  const now = ports.clock.now();
  extra.begun?.(row, false);
  const taken = await readTaken(program, store, row, { known: isAsRead(order, row) ? kept : undefined });
  const { version, history, untold, flowTold } = taken;
  const { rows, moved, removed } = taken.kept;
  return driveOwned({
    program,
    options,
    row,
    store,
    ports,
    secrets,
    people: extra.people,
    drain: extra.drain,
    begin: (capacity) => {
      const started = hasBegun(row);
      const flow = started ? row.state : ({ type: "Pending" } as const);
      const facts = { id, parameters: row.parameters, flow, taskRuns: rows };
      const rebuilt = rebuild(planOf(program), facts, capacity);
      loadHistory(rebuilt.run, history);
      const again = moved ? rows.map(({ slot }) => slot) : [];
      const event = started
        ? ({ type: "RunRecovered", again: moved ? [] : rebuilt.again, at: now } as const)
        : ({ type: "RunStarted", given: new Map(), at: now } as const);
      return { run: rebuilt.run, event, again, removed, version, untold, flowTold };
    },
    announce: () => {
      const message = goingOn(program.graph.name, order.before);
      ports.logger.write({ at: now, level: "info", logger: FLOW_RUNNER, message, fields: { runId: id } });
    },
  });
}

/** One that waits for its time or its place has never been Running. */
function hasBegun({ state: { type }, startedAt }: RunRow): boolean {
  if (type === "Pending" || type === "Scheduled") return false;
  return type !== "Queued" || startedAt !== undefined;
}

/** A cancel goes before a pause. */
async function isToEnd(store: Store, id: string): Promise<boolean> {
  return (await store.requestsOf(id)).some(({ ask }) => ask.kind === "cancel");
}

export interface Rows {
  readonly rows: readonly TaskRunRow[];
  readonly changes: readonly string[];
  /** The flow as the run knew it, and the rows in its terms, where it is another now. */
  readonly before: { readonly nodes: readonly NodeShape[]; readonly rows: readonly TaskRunRow[] } | undefined;
  /** The rows have other slots than the ones in the store. */
  readonly moved: boolean;
  readonly removed: readonly number[];
}

/** What was kept of a run, in terms of the flow as it is now. */
export async function keptRows(program: Program, store: Store, row: RunRow): Promise<Rows> {
  const rows = await store.readTaskRuns(row.id);
  const same = { rows, changes: [], before: undefined, moved: false, removed: [] };
  if (row.fingerprint === programFingerprint(program)) return same;
  const before = await store.readVersion(row.flow, row.fingerprint);
  if (before === undefined) return same;
  return {
    ...adaptRows(before.nodes, nodeShapesOf(program), rows, isFinishedType),
    before: { nodes: before.nodes, rows },
  };
}

export interface Taken {
  readonly kept: Rows;
  /** Of the flow as it is now, where the run was begun with another. */
  readonly version: NewVersion | undefined;
  readonly history: readonly HistoryRow[];
  readonly untold: Untold | undefined;
  /** Of a run that waits for its place: what it was before. */
  readonly flowTold: FlowState | undefined;
}

/**
 * All of a run that its new owner goes on from, who has it by now.
 * @param known its rows, where they are certain to be the same still
 * @param ended as it had ended, before it was Running again
 */
export async function readTaken(
  program: Program,
  store: Store,
  row: RunRow,
  { known, ended = row }: { readonly known?: Rows | undefined; readonly ended?: RunRow } = {},
): Promise<Taken> {
  const kept = known ?? (await keptRows(program, store, row));
  const fingerprint = programFingerprint(program);
  const version = row.fingerprint === fingerprint ? undefined : { fingerprint, make: () => flowVersionOf(program) };
  // Of a flow that has changed since, nobody could say which of its task runs the history is about.
  const history = kept.moved ? [] : await store.readHistory(row.id);
  const untold = untoldOf(program, ended, kept.rows, history);
  const waits = row.state.type === "Queued" && history.length > 0;
  return { kept, version, history, untold, flowTold: waits ? flowTold(row, history, row.ownedAt) : undefined };
}

/** Nothing runs until a person has said that it may. */
async function stayPaused(
  { program, options, extra, ports, kept: { rows } }: Order,
  row: RunRow,
  state: PausedState,
): Promise<FinishedRun> {
  const { store } = options;
  const { clock, logger } = ports;
  const at = clock.now();
  const stops = () => options.signal?.aborted === true || extra.drain?.aborted === true;
  const commit = (batch: Batch) => commitPatiently({ store, batch, clock, logger, stops });
  await keepPaused({ store, row, state, at, commit });
  const facts = { id: row.id, parameters: row.parameters, flow: state, taskRuns: rows };
  const { run } = rebuild(planOf(program), facts, 1);
  return viewOf({
    program,
    run,
    name: row.name,
    nameOf: nameIn(run),
    state,
    startedAt: row.startedAt ?? row.createdAt,
    endedAt: at,
  });
}

/** A run as its store has it, without going on with it. */
export async function readRun(program: Program, store: Store, row: RunRow): Promise<FinishedRun> {
  const { rows, moved } = await keptRows(program, store, row);
  const facts = { id: row.id, parameters: row.parameters, flow: row.state, taskRuns: rows };
  const { run } = rebuild(planOf(program), facts, 1);
  if (!moved) loadHistory(run, await store.readHistory(row.id));
  const startedAt = row.startedAt ?? row.createdAt;
  const endedAt = row.endedAt ?? row.changedAt;
  return viewOf({ program, run, name: row.name, nameOf: nameIn(run), state: row.state, startedAt, endedAt });
}

const nameIn = (run: Run) => (slot: number) => taskRunName(run, slot);

export function loadHistory(run: Run, history: readonly HistoryRow[]): void {
  for (const { at, path } of history) appendLog(run, path.slots, path.steps, at);
}
