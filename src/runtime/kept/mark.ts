/**
 * A person marks a task run: whoever has its run is asked to do it; where nobody has it, the run goes on here with what
 * was said (one that a person had paused stays Paused), and what follows of an end that is no longer so runs again.
 */
import { CaudalError } from "../../base/errors.ts";
import type { Instant } from "../../base/time.ts";
import type { RunEvent } from "../../engine/event.ts";
import { markRefusal } from "../../engine/mark.ts";
import type { Marking } from "../../engine/marking.ts";
import { rebuild } from "../../engine/recover.ts";
import { resetAfter, resetFor } from "../../engine/reset.ts";
import type { Graph } from "../../graph/graph.ts";
import { PHASE } from "../../engine/run.ts";
import type { Program } from "../../ports/program.ts";
import type { RunRow, Store } from "../../ports/store.ts";
import { isFinishedType } from "../../state/task-state.ts";
import { answered } from "./answered.ts";
import { slotNamed } from "./decide.ts";
import { defaultStore } from "./default-store.ts";
import type { FinishedRun } from "../finished-run.ts";
import { inHand, isNobodys } from "./in-hand.ts";
import { readToTakeOver } from "./let-go.ts";
import { markingLine } from "../report/log-lines.ts";
import { type MarkAsk, notMarkable } from "./mark-live.ts";
import { planOf } from "../own-run.ts";
import { keptRows, loadHistory, readRun, type ResumeOptions, type Rows } from "./resume.ts";
import { changesIn } from "./retry.ts";
import { portsOf, type RunExtra, type RunPorts } from "../run.ts";
import { readSecrets } from "../body/secrets.ts";
import { type Changed, type Changing, takeUp } from "./take-up.ts";

export interface MarkOrder extends MarkAsk {
  /** A name for people. */
  readonly by: string;
  /** From where, for the audit: `script`, `cli`. Undefined: whoever asks has noted it. */
  readonly from: string | undefined;
}

/**
 * The run as it went on to its end here, or, where another process has it, as it is once that has answered.
 * @throws CaudalError RUN_UNKNOWN, RUN_OF_ANOTHER_FLOW, TASK_UNKNOWN, TASK_AMBIGUOUS, TASK_NOT_MARKABLE,
 * RUN_CODE_CHANGED, RESULT_NOT_SERIALIZABLE, SECRET_MISSING: nothing was written
 */
export async function markProgram(
  program: Program,
  id: string,
  mark: MarkOrder,
  options: ResumeOptions = {},
  extra: RunExtra = {},
): Promise<FinishedRun> {
  const store = options.store ?? (await defaultStore(program));
  const ports = portsOf(options, extra);
  const before = await readToTakeOver({ store, clock: ports.clock }, id);
  if (before === undefined) throw new CaudalError("RUN_UNKNOWN", { run: id });
  const { flow } = before;
  if (flow !== program.graph.name)
    throw new CaudalError("RUN_OF_ANOTHER_FLOW", { run: id, flow, given: program.graph.name });
  store.keep(mark.value);
  if (!isNobodys(store, before)) return askOwner(program, store, ports, before, mark);
  const secrets = readSecrets(program, options.secrets);
  const kept = await keptRows(program, store, before);
  refuseChanges(program, before, kept, mark, options, ports.clock.now());
  const message = markingLine(flow, id, mark, before.state.reason?.code === "by-person");
  const change = (rows: Rows, how: Changing) => toGoOn(program, before, rows, mark, how);
  const order = { program, options: { ...options, store }, extra, ports, secrets, before, change, message };
  return inHand({ store, clock: ports.clock }, id, async (hand) => {
    await noteMark(store, mark, { runId: id, graph: program.graph }, ports.clock.now());
    return takeUp(order, hand);
  });
}

/** In the audit: `mark-success`, … */
export function markedAction(as: Marking["as"]): string {
  return `mark-${as.toLowerCase()}`;
}

/** The audit line: kept for ever, whatever becomes of the task run. A store that keeps nothing has none. */
export async function noteMark(
  store: Store,
  { task, as, why, by, from }: MarkOrder,
  { runId, graph }: { readonly runId: string; readonly graph: Graph },
  at: Instant,
): Promise<void> {
  if (from === undefined) return;
  const queries = await store.queries?.();
  const about = { runId, flow: graph.name, task: taskIdOf(graph, task) };
  queries?.note({ at, by, action: markedAction(as), ...about, why, from });
}

/** As the API names it: `load-1`, `double-1.3`. */
function taskIdOf({ nodes }: Graph, word: string): string {
  const [, own = word, child] = /^(.*)\[(\d+)\]$/.exec(word) ?? [];
  const named = (name: string) => nodes.find(({ slug }) => slug === name) ?? nodes.find((node) => node.name === name);
  const whole = named(word);
  if (whole !== undefined) return whole.slug;
  return `${named(own)?.slug ?? own}${child === undefined ? "" : `.${child}`}`;
}

/** How long the process that has the run is waited for. */
const ANSWER_MS = 10_000;

async function askOwner(
  program: Program,
  store: Store,
  { clock }: RunPorts,
  { id }: RunRow,
  mark: MarkOrder,
): Promise<FinishedRun> {
  const { by, from: _, ...ask } = mark;
  await noteMark(store, mark, { runId: id, graph: program.graph }, clock.now());
  const request = await store.post({ runId: id, ask: { kind: "mark", ...ask }, by, at: clock.now() });
  await answered(store, request, ANSWER_MS); // or it is slow, and does it as soon as it can
  const row = await store.readRun(id);
  if (row === undefined) throw new CaudalError("RUN_UNKNOWN", { run: id });
  return readRun(program, store, row);
}

/** @throws CaudalError RUN_CODE_CHANGED, and what `toGoOn` throws */
function refuseChanges(
  program: Program,
  before: RunRow,
  kept: Rows,
  mark: MarkOrder,
  { acceptChanges }: ResumeOptions,
  at: Instant,
): void {
  const { run, slots } = toGoOn(program, before, kept, mark, { at, capacity: 1, history: [] });
  if (kept.before === undefined || acceptChanges === true) return;
  const nodes = [...new Set(slots.map((slot) => run.owner[slot]!))].sort((a, b) => a - b);
  const remains = isFinishedType(before.state.type) ? [] : kept.changes;
  const changes = [...new Set([...remains, ...changesIn(program, kept.before, nodes)])];
  const command = `mark ${before.id} ${mark.task}`;
  if (changes.length > 0)
    throw new CaudalError("RUN_CODE_CHANGED", { run: before.id, flow: before.flow, changes, command });
}

/** The run as it was left, with what follows from the task run set back, and the event that takes the mark. */
function toGoOn(
  program: Program,
  before: RunRow,
  { rows }: Rows,
  { task, as, why, by, value }: MarkOrder,
  { at, capacity, history }: Changing,
): Changed {
  const { id, parameters, state } = before;
  const hasBegun = state.type !== "Pending" && (state.type !== "Queued" || before.startedAt !== undefined);
  const flow = hasBegun ? state : ({ type: "Pending" } as const);
  const { run, again } = rebuild(planOf(program), { id, parameters, flow, taskRuns: rows }, capacity);
  loadHistory(run, history);
  const logKept = run.log.length;
  const slot = slotNamed(run, task);
  const refusal = markRefusal(run, slot, true);
  if (refusal !== undefined) throw notMarkable(run, slot, refusal);
  const marking: Marking = { slot, as, why, by, value };
  const begins: RunEvent = { type: "RunStarted", given: new Map(), marking, at };
  if (isFinishedType(state.type)) return { run, logKept, event: begins, ...resetFor(run, { type: "mark", slot }, at) };
  const hasEnded = run.phase[slot] === PHASE.DONE || again.some((lost) => lost.slot === slot);
  const { slots, dropped } = hasEnded ? resetAfter(run, slot, at) : { slots: [], dropped: [] };
  const event: RunEvent = hasBegun ? { type: "RunRecovered", again, marking, at } : begins;
  return { run, logKept, event, slots, dropped };
}
