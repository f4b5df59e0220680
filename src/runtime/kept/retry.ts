/** What failed in a run that has ended runs again, in that run and with the results of the rest. */
import { CaudalError } from "../../base/errors.ts";
import { rebuild } from "../../engine/recover.ts";
import { resetFor } from "../../engine/reset.ts";
import type { Run } from "../../engine/run.ts";
import type { Program } from "../../ports/program.ts";
import type { RunRow, Store, TaskRunRow } from "../../ports/store.ts";
import { familyOf, isFinishedType } from "../../state/task-state.ts";
import { defaultStore } from "./default-store.ts";
import type { FinishedRun } from "../finished-run.ts";
import { nodeShapesOf } from "./flow-version.ts";
import { inHand } from "./in-hand.ts";
import { runningAgain } from "../report/log-lines.ts";
import { planOf } from "../own-run.ts";
import { keptRows, loadHistory, type ResumeOptions, type Rows } from "./resume.ts";
import { portsOf, type RunExtra } from "../run.ts";
import { readSecrets } from "../body/secrets.ts";
import { type Changed, type Changing, takeUp } from "./take-up.ts";

/** States of runs in which something may be run again. */
export const RETRIED = ["Failed", "TimedOut", "Cancelled"] as const;

export interface RetryOptions extends ResumeOptions {
  /** Not what failed, but this node (or this child of it) and what follows from it. */
  readonly from?: { readonly slug: string; readonly child: number | undefined } | undefined;
}

/**
 * A run id, or `"last"`: the newest run of the flow that failed, timed out or was cancelled. Its state is Running
 * again, its owner this process, and its end that of what runs now.
 * @throws CaudalError RUN_UNKNOWN, RUN_OF_ANOTHER_FLOW, RUN_NOT_OVER, NOTHING_FAILED, RUN_CODE_CHANGED, RUN_OWNED,
 * SECRET_MISSING: before anything is written
 */
export async function retryProgram(
  program: Program,
  which: string,
  options: RetryOptions = {},
  extra: RunExtra = {},
): Promise<FinishedRun> {
  const store = options.store ?? (await defaultStore(program));
  const ports = portsOf(options, extra);
  const id = which === "last" ? await lastFailed(program, store) : which;
  const before = await store.readRun(id);
  if (before === undefined) throw new CaudalError("RUN_UNKNOWN", { run: id });
  const { flow, state } = before;
  if (flow !== program.graph.name)
    throw new CaudalError("RUN_OF_ANOTHER_FLOW", { run: id, flow, given: program.graph.name });
  if (!isFinishedType(state.type)) throw new CaudalError("RUN_NOT_OVER", { run: id, state: state.type });
  const secrets = readSecrets(program, options.secrets);
  const kept = await keptRows(program, store, before);
  const nodes = nodesToRun(program, before, kept, { at: ports.clock.now(), from: options.from });
  if (nodes.length === 0) throw new CaudalError("NOTHING_FAILED", { what: `run ${id}` });
  const changes = kept.before === undefined ? [] : changesIn(program, kept.before, nodes);
  if (changes.length > 0 && options.acceptChanges !== true)
    throw new CaudalError("RUN_CODE_CHANGED", { run: id, flow, changes });
  const names = nodes.map((node) => program.graph.nodes[node]!.name);
  const { from } = options;
  const change = (rows: Rows, how: Changing) => setBack(program, before, rows, { ...how, from });
  const order = { program, options: { ...options, store }, extra, ports, secrets, before, change };
  return inHand({ store, clock: ports.clock }, id, (hand) =>
    takeUp({ ...order, message: runningAgain(flow, id, names) }, hand),
  );
}

async function lastFailed(program: Program, store: Store): Promise<string> {
  const { name } = program.graph;
  const [last] = await store.listRuns({ flow: name, states: RETRIED, limit: 1 });
  if (last === undefined) throw new CaudalError("NOTHING_FAILED", { what: `a run of flow '${name}' in ${store.name}` });
  return last.id;
}

interface SettingBack extends Changing {
  readonly from: RetryOptions["from"];
}

/** The run as it ended, and what failed in it set back. */
function setBack(
  program: Program,
  ended: RunRow,
  { rows }: Rows,
  { at, capacity, history, from }: SettingBack,
): Changed {
  const facts = { id: ended.id, parameters: ended.parameters, flow: ended.state, taskRuns: rows };
  const { run } = rebuild(planOf(program), facts, capacity);
  loadHistory(run, history);
  const logKept = run.log.length;
  const action =
    from === undefined ? ({ type: "retry-failed" } as const) : { type: "run-from" as const, slot: slotOf(run, from) };
  return { run, logKept, event: { type: "RunStarted", given: new Map(), at }, ...resetFor(run, action, at) };
}

/** @throws CaudalError TASK_UNKNOWN */
function slotOf(run: Run, { slug, child }: NonNullable<RetryOptions["from"]>): number {
  const { nodes } = run.plan.graph;
  const node = nodes.find((known) => known.slug === slug);
  const isThere = node !== undefined && (child === undefined || child < run.childCount[node.id]!);
  if (!isThere) throw new CaudalError("TASK_UNKNOWN", { name: slug, known: nodes.map((known) => known.slug) });
  return child === undefined ? node.id : run.childBase[node.id]! + child;
}

/** Those that run again, wholly or in some of their children, in order. */
function nodesToRun(
  program: Program,
  ended: RunRow,
  kept: Rows,
  how: Pick<SettingBack, "at" | "from">,
): readonly number[] {
  const { run, slots } = setBack(program, ended, kept, { ...how, capacity: 1, history: [] });
  return [...new Set(slots.map((slot) => run.owner[slot]!))].sort((a, b) => a - b);
}

function isFailure({ state }: TaskRunRow): boolean {
  const family = familyOf(state.type);
  return family === "failed" || family === "cancelled";
}

export function changesIn(
  program: Program,
  before: NonNullable<Rows["before"]>,
  nodes: readonly number[],
): readonly string[] {
  const shapes = new Map(before.nodes.map(({ slug, shape }) => [slug, shape]));
  const now = nodeShapesOf(program);
  const known = new Set(now.map(({ slug }) => slug));
  const failed = new Set(before.rows.filter(isFailure).map(({ node }) => node));
  return [
    ...nodes.flatMap((node) => {
      const { slug, shape } = now[node]!;
      if (!shapes.has(slug)) return [`'${slug}' is new`];
      return shapes.get(slug) === shape ? [] : [`'${slug}' is to run again and was changed`];
    }),
    ...before.nodes.flatMap(({ slug }, node) =>
      known.has(slug) || !failed.has(node) ? [] : [`'${slug}' is to run again and is no longer in the flow`],
    ),
  ];
}
