/** What people do with runs; each can be looked at before it is done (`previews.ts`). */
import { canonicalText } from "../../base/canonical.ts";
import { CaudalError } from "../../base/errors.ts";
import type { WholeRun } from "../../ports/queries.ts";
import type { Ask } from "../../ports/store.ts";
import { cancelKept } from "../../runtime/kept/cancel-kept.ts";
import { askedBelow } from "../../runtime/kept/child-runs.ts";
import { checkedDecision } from "../../runtime/kept/decide.ts";
import { isNobodys } from "../../runtime/kept/in-hand.ts";
import { readKeptRun } from "../../runtime/kept/kept-run.ts";
import { pauseKept } from "../../runtime/kept/pause-kept.ts";
import { staysPaused } from "../../state/reason.ts";
import { isFinishedType } from "../../state/task-state.ts";
import type { Approve, Json, Reject, ResumeRun, RetryRun } from "../contract.ts";
import type { ServerParts } from "../parts.ts";
import { Refused } from "../problem.ts";
import { type Decided, type Found, RunTables, wholeRun } from "../run-tables.ts";
import { schemas } from "../schemas.ts";
import { loadedFlow, note } from "./flows.ts";
import { type Answer, type Asked, type Route, route } from "./route.ts";
import { runDetail } from "./run-detail.ts";

const ALL = ["RUN_UNKNOWN", "SERVER_DRAINING"];

export const actionRoutes: readonly Route[] = [
  route({
    method: "POST",
    path: "/runs/:run/cancel",
    summary: "Cancels a run: nothing more starts, what is in flight is told to stop",
    tag: "actions",
    body: schemas.Nothing,
    answer: schemas.RunDetail,
    refuses: [...ALL, "RUN_OVER"],
    handle: cancelRun,
  }),
  route({
    method: "POST",
    path: "/runs/:run/pause",
    summary: "Pauses a run: nothing more starts, what is in flight goes on to its end; it goes on when it is resumed",
    tag: "actions",
    body: schemas.Nothing,
    answer: schemas.RunDetail,
    refuses: [...ALL, "RUN_OVER"],
    handle: pauseRun,
  }),
  route({
    method: "POST",
    path: "/runs/:run/again",
    summary: "Begins a new run of the same flow, with the parameters and tags of this one where nothing else is said",
    tag: "actions",
    body: schemas.StartRun,
    answer: schemas.RunDetail,
    status: 201,
    refuses: [...ALL, "FLOW_NOT_LOADED", "PARAMETER_INVALID", "SECRET_MISSING", "IDEMPOTENCY_CONFLICT"],
    handle: async ({ parts, params, body, by, from, origin }) => {
      const { row } = wholeRun(parts, idOf(params));
      const flow = loadedFlow(parts, row.flow);
      const parameters = { ...row.parameters, ...body.parameters };
      const { row: begun, created } = await parts.desk.start(flow, {
        tags: row.tags,
        ...body,
        parameters,
        origin,
      });
      if (created)
        note(parts, { action: "again", runId: begun.id, flow: flow.name, by, from, why: `again of ${row.id}` });
      return { status: created ? 201 : 200, json: await runDetail(parts, begun.id) };
    },
  }),
  route({
    method: "POST",
    path: "/runs/:run/resume",
    summary: "Goes on with an interrupted run, or with a paused task run",
    tag: "actions",
    body: schemas.ResumeRun,
    answer: schemas.RunDetail,
    refuses: [...ALL, "RUN_OVER", "RUN_OWNED", "FLOW_NOT_LOADED", "TASK_NOT_WAITING", "TASK_RUN_UNKNOWN"],
    handle: resumeOne,
  }),
  route({
    method: "POST",
    path: "/runs/:run/retry",
    summary: "Runs again what failed, in this run and with the results of the rest",
    tag: "actions",
    body: schemas.RetryRun,
    answer: schemas.RunDetail,
    refuses: [...ALL, "RUN_NOT_OVER", "NOTHING_FAILED", "FLOW_NOT_LOADED", "RUN_CODE_CHANGED"],
    handle: (given) => runAgain(given, undefined),
  }),
  route({
    method: "POST",
    path: "/runs/:run/run-from",
    summary: "Runs a task again and what follows from it, in this run",
    tag: "actions",
    body: schemas.RunFrom,
    answer: schemas.RunDetail,
    refuses: [...ALL, "RUN_NOT_OVER", "TASK_RUN_UNKNOWN", "FLOW_NOT_LOADED", "RUN_CODE_CHANGED"],
    handle: (given) => runAgain(given, given.body.task),
  }),
  ...(["approve", "reject"] as const).map((verb) =>
    route({
      method: "POST",
      path: `/runs/:run/${verb}`,
      summary: `Says ${verb === "approve" ? "yes" : "no"} to a task run that waits for a person; the same decision again changes nothing, another one is refused with the state`,
      tag: "actions",
      body: verb === "approve" ? schemas.Approve : schemas.Reject,
      answer: schemas.RunDetail,
      refuses: [...ALL, "RUN_OVER", "FLOW_NOT_LOADED", "TASK_NOT_WAITING", "TASK_AMBIGUOUS", "APPROVAL_INPUT"],
      handle: (asked) => decide(asked as unknown as Asked<unknown, Approve & Reject>, verb),
    }),
  ),
];

export const idOf = (params: Readonly<Record<string, string>>) => params["run"] ?? "";

/** The state has moved on: what it is now is said beside the code. */
export function moved(error: CaudalError, { row }: WholeRun): Refused {
  return new Refused(error, { state: row.state.type });
}

async function cancelRun({ parts, params, by, from }: Asked<unknown, unknown>): Promise<Answer> {
  const whole = wholeRun(parts, idOf(params));
  const { row } = whole;
  if (isFinishedType(row.state.type))
    throw moved(new CaudalError("RUN_OVER", { run: row.id, state: row.state.type }), whole);
  note(parts, { action: "cancel", runId: row.id, flow: row.flow, by, from });
  const hasCode = parts.source.flows().has(row.flow);
  // Of a run that waits for its time nothing was begun: there is nothing to end but the wait.
  if (isNobodys(parts.store, row) && (!hasCode || row.state.type === "Scheduled"))
    await cancelKept(parts.store, row, await readKeptRun(parts.store, row), parts.clock);
  else await asked(parts, whole, { kind: "cancel" }, by);
  return { json: await runDetail(parts, row.id) };
}

/** Who pauses it again changes nothing. */
async function pauseRun({ parts, params, by, from }: Asked<unknown, unknown>): Promise<Answer> {
  const whole = wholeRun(parts, idOf(params));
  const { row } = whole;
  if (isFinishedType(row.state.type))
    throw moved(new CaudalError("RUN_OVER", { run: row.id, state: row.state.type }), whole);
  const isPaused = row.state.type === "Paused" && staysPaused(row.state.reason);
  if (!isPaused) {
    note(parts, { action: "pause", runId: row.id, flow: row.flow, by, from });
    if (isNobodys(parts.store, row)) await pauseKept(parts, row, by);
    else await asked(parts, whole, { kind: "pause" }, by);
  }
  return { json: await runDetail(parts, row.id) };
}

/** Leaves the request, and waits a moment for it to be carried out. */
async function asked(parts: ServerParts, { row }: WholeRun, ask: Ask, by: string): Promise<void> {
  const request = await parts.desk.ask(row, ask, by);
  if (request === undefined || (await parts.desk.answered(row.id, request))) return;
  const now = await parts.store.readRun(row.id);
  if (now === undefined || isFinishedType(now.state.type) || !isNobodys(parts.store, now)) return;
  // Whoever had it let it go before it read this.
  if (ask.kind === "pause") await pauseKept(parts, now, by);
  else if (ask.kind === "cancel") await parts.desk.takeFor(now);
}

async function runAgain(
  { parts, params, body, by, from }: Asked<unknown, RetryRun>,
  task: string | undefined,
): Promise<Answer> {
  const tables = await RunTables.of(parts, idOf(params));
  const { row } = tables.whole;
  const { type: state } = row.state;
  if (!isFinishedType(state)) throw moved(new CaudalError("RUN_NOT_OVER", { run: row.id, state }), tables.whole);
  const found = task === undefined ? undefined : tables.slotOf(task);
  const flow = loadedFlow(parts, row.flow);
  const { acceptChanges } = body;
  await parts.desk.retry(flow, row.id, {
    from: found && { slug: found.node.slug, child: found.index },
    acceptChanges,
  });
  note(parts, { action: task === undefined ? "retry" : "run-from", runId: row.id, flow: row.flow, by, from, task });
  return { json: await runDetail(parts, row.id) };
}

async function resumeOne({ parts, params, body, by, from }: Asked<unknown, ResumeRun>): Promise<Answer> {
  const { task, input, acceptChanges } = body;
  const tables = await RunTables.of(parts, idOf(params));
  const { whole } = tables;
  const { row } = whole;
  if (isFinishedType(row.state.type))
    throw moved(new CaudalError("RUN_OVER", { run: row.id, state: row.state.type }), whole);
  note(parts, { action: "resume", runId: row.id, flow: row.flow, by, from, task });
  if (task === undefined) {
    if (!isNobodys(parts.store, row))
      throw moved(new CaudalError("RUN_OWNED", { run: row.id, owner: row.owner ?? "this process" }), whole);
    await parts.desk.resume(loadedFlow(parts, row.flow), row.id, acceptChanges ?? false);
    return { json: await runDetail(parts, row.id) };
  }
  const waiting = tables.waiting(task);
  if (waiting.approval)
    throw moved(new CaudalError("TASK_NOT_WAITING", { task, state: "an approval: approve or reject it" }), whole);
  await asked(parts, whole, { kind: "resume", task: waiting.ask, input }, by);
  return { json: await runDetail(parts, row.id) };
}

/** Said again, a decision is given once; what says anything else is another one. */
async function isSameDecision(
  parts: ServerParts,
  tables: RunTables,
  { verb, found, why }: Decided,
  asked: "approve" | "reject",
  body: Approve & Reject,
): Promise<boolean> {
  if (verb !== asked) return false;
  if (verb === "reject") return body.why === undefined || body.why === why;
  if (body.input === undefined) return true;
  const input = await checkedInput(parts, tables, found, body.input);
  return canonicalText(parts.queries.value(tables.runNo, found.slot)?.value) === canonicalText(input);
}

/** What an approval's schema makes of it. @throws CaudalError APPROVAL_INPUT */
async function checkedInput(parts: ServerParts, tables: RunTables, { node, slot }: Found, input: Json | undefined) {
  const program = parts.source.flows().get(tables.whole.row.flow)?.program;
  if (program === undefined) return input;
  const functions = program.tasks[node.task];
  if (functions === undefined) return input; // of a flow that has changed since
  const { reason } = tables.glanceOf(slot);
  const { input: validate, handlerTimeoutMs, calls } = functions;
  const task = node.slug;
  const decision = { kind: "approved", input } as const;
  if (reason?.code === "child-run") {
    const asked = await askedBelow(parts.store, calls, reason);
    if (asked !== undefined) await checkedDecision({ ...asked, task }, decision, parts.clock);
    return input;
  }
  const { approval } = tables.shape.graph.tasks[node.task]!;
  const checked = await checkedDecision({ task, approval, validate, handlerTimeoutMs }, decision, parts.clock);
  return checked.kind === "approved" ? checked.input : undefined;
}

async function decide(
  { parts, params, body, by, from }: Asked<unknown, Approve & Reject>,
  verb: "approve" | "reject",
): Promise<Answer> {
  const tables = await RunTables.of(parts, idOf(params));
  const { whole } = tables;
  const { row } = whole;
  const decided = tables.decided(body.task);
  if (decided !== undefined) {
    if (await isSameDecision(parts, tables, decided, verb, body)) return { json: await runDetail(parts, row.id) };
    const { found, state } = decided;
    throw new Refused(new CaudalError("TASK_NOT_WAITING", { task: tables.idOf(found.slot) ?? "", state }), { state });
  }
  if (isFinishedType(row.state.type))
    throw moved(new CaudalError("RUN_OVER", { run: row.id, state: row.state.type }), whole);
  const waiting = tables.waiting(body.task);
  const { ask: task, slot } = waiting;
  if (verb === "approve") await checkedInput(parts, tables, waiting, body.input);
  note(parts, { action: verb, runId: row.id, flow: row.flow, by, from, task: tables.idOf(slot), why: body.why });
  const ask: Ask =
    verb === "approve" ? { kind: "approve", task, input: body.input } : { kind: "reject", task, why: body.why };
  await asked(parts, whole, ask, by);
  return { json: await runDetail(parts, row.id) };
}
