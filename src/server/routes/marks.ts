/** A person says what became of a task run: whoever has its run is asked to; where nobody has it, it goes on here. */
import { CaudalError } from "../../base/errors.ts";
import { refusalOf, whyNotMarkable } from "../../engine/mark.ts";
import type { MarkRefusal } from "../../engine/marking.ts";
import { isNobodys } from "../../runtime/kept/in-hand.ts";
import { markedAction } from "../../runtime/kept/mark.ts";
import { isMarkedSo, type MarkAsk } from "../../runtime/kept/mark-live.ts";
import type { TaskRunGlance } from "../../ports/queries.ts";
import { isFinishedType, type TaskState } from "../../state/task-state.ts";
import type { ActionState, Mark } from "../contract.ts";
import type { ServerParts } from "../parts.ts";
import { Refused } from "../problem.ts";
import { type Found, pending, RunTables } from "../run-tables.ts";
import { schemas } from "../schemas.ts";
import { idOf } from "./actions.ts";
import { loadedFlow, note } from "./flows.ts";
import { type Answer, type Asked, type Route, route } from "./route.ts";
import { can, cannot, codeOf, runDetail } from "./run-detail.ts";

export const markRoutes: readonly Route[] = [
  route({
    method: "POST",
    path: "/runs/:run/mark",
    summary:
      "Says what became of a task run, in place of its body: what follows decides by that. Said again it changes nothing",
    tag: "actions",
    body: schemas.Mark,
    answer: schemas.RunDetail,
    refuses: [
      "RUN_UNKNOWN",
      "SERVER_DRAINING",
      "TASK_RUN_UNKNOWN",
      "TASK_NOT_MARKABLE",
      "FLOW_NOT_LOADED",
      "RUN_CODE_CHANGED",
    ],
    handle: markTaskRun,
  }),
];

function refusalIn(tables: RunTables, { node }: Found, { state }: TaskRunGlance): MarkRefusal | undefined {
  return refusalOf({
    isNobodys: tables.isNobodys,
    isCancelling: tables.whole.row.state.type === "Cancelling",
    isResource: node.resource !== undefined,
    state,
    isDone: isFinishedType(state),
  });
}

/** Whether a task run may be marked now. */
export function markStateOf(parts: ServerParts, tables: RunTables, found: Found, glance: TaskRunGlance): ActionState {
  const refusal = refusalIn(tables, found, glance);
  if (refusal !== undefined) return cannot(refusal);
  return tables.isNobodys && codeOf(parts, tables.whole) === "missing" ? cannot("FLOW_NOT_LOADED") : can;
}

/** @throws Refused TASK_NOT_MARKABLE, with the state it has */
export function refuseMark(tables: RunTables, found: Found): void {
  const glance = tables.glanceOf(found.slot);
  const refusal = refusalIn(tables, found, glance);
  if (refusal !== undefined) throw refused(tables, found, glance, whyNotMarkable(refusal));
}

function refused(tables: RunTables, { slot, node }: Found, { state }: TaskRunGlance, why: string): Refused {
  const task = tables.idOf(slot) ?? node.slug;
  return new Refused(new CaudalError("TASK_NOT_MARKABLE", { task, state, why }), { state });
}

async function markTaskRun({ parts, params, body, by, from }: Asked<unknown, Mark>): Promise<Answer> {
  const { as, reason: why, value } = body;
  const tables = await RunTables.of(parts, idOf(params));
  const { row } = tables.whole;
  const found = tables.slotOf(body.task);
  const task = found.index === undefined ? found.node.slug : `${found.node.slug}[${found.index}]`;
  const ask = { task, as, why, value };
  if (!isMarkedNow(parts, tables, found, ask)) {
    refuseMark(tables, found);
    const flow = tables.isNobodys ? loadedFlow(parts, row.flow) : undefined;
    const about = { runId: row.id, flow: row.flow, task: tables.idOf(found.slot), why };
    note(parts, { action: markedAction(as), by, from, ...about });
    if (flow !== undefined) await parts.desk.mark(flow, row.id, { ...ask, by, from: undefined });
    else await askOwner(parts, tables, found, ask, by);
    await parts.desk.comesTrue(() => isMarkedNow(parts, tables, found, ask)); // handlers may take their time
  }
  return { json: await runDetail(parts, row.id) };
}

function glanceNow({ queries }: ServerParts, { runNo }: RunTables, { slot }: Found): TaskRunGlance {
  return queries.glances(runNo, [slot])[0] ?? pending(slot);
}

function isMarkedNow(parts: ServerParts, tables: RunTables, found: Found, ask: MarkAsk): boolean {
  const { state: type, reason } = glanceNow(parts, tables, found);
  return isMarkedSo({ type, ...(reason && { reason }) } as Pick<TaskState, "type" | "reason">, ask);
}

/** Things may move on between our look and theirs: then it is told what they have come to. */
async function askOwner(parts: ServerParts, tables: RunTables, found: Found, ask: MarkAsk, by: string): Promise<void> {
  const { desk, store } = parts;
  const { row } = tables.whole;
  const request = await desk.ask(row, { kind: "mark", ...ask }, by);
  const isAnswered = request === undefined || (await desk.answered(row.id, request));
  if (isMarkedNow(parts, tables, found, ask)) return;
  const now = await store.readRun(row.id);
  // Whoever had it let it go before it read this; else it is slow, and does it as soon as it can.
  if (!isAnswered && now !== undefined && isNobodys(store, now))
    return desk.mark(loadedFlow(parts, row.flow), row.id, { ...ask, by, from: undefined });
  if (!isAnswered) return;
  const glance = glanceNow(parts, tables, found);
  const refusal = refusalIn(tables, found, glance) ?? "TASK_DECIDED";
  throw refused(tables, found, glance, whyNotMarkable(refusal));
}
