/** Every action looked at before it is done: the engine runs ahead on a copy of the run, and says what would happen. */
import { CaudalError } from "../../base/errors.ts";
import { type PreviewAction, preview } from "../../engine/preview.ts";
import { readKeptRun } from "../../runtime/kept/kept-run.ts";
import { isFinishedType } from "../../state/task-state.ts";
import type { ActionPreview, Approve, MarkLook, Reject, ResumeRun, RunAction, RunFrom } from "../contract.ts";
import type { ServerParts } from "../parts.ts";
import { RunTables, wholeRun } from "../run-tables.ts";
import { schemas } from "../schemas.ts";
import { idOf, moved } from "./actions.ts";
import { loadedFlow, startPreview } from "./flows.ts";
import { refuseMark } from "./marks.ts";
import { type Route, route } from "./route.ts";

const PREVIEWED_MAX = 1_000;

type Look = (tables: RunTables, body: never) => PreviewAction;

/** What each action is to the engine. */
const LOOKS: Readonly<Record<Exclude<RunAction, "again">, Look>> = {
  cancel: () => ({ type: "cancel" }),
  pause: ({ isNobodys }) => ({ type: "pause", isNobodys }),
  resume: (tables, { task }: ResumeRun) =>
    task === undefined ? { type: "retry-failed" } : { type: "resume", slot: tables.waiting(task).slot },
  approve: (tables, { task }: Approve) => ({ type: "approve", slot: tables.waiting(task).slot }),
  reject: (tables, { task }: Reject) => ({ type: "reject", slot: tables.waiting(task).slot }),
  retry: () => ({ type: "retry-failed" }),
  "run-from": (tables, { task }: RunFrom) => ({ type: "run-from", slot: tables.slotOf(task).slot }),
  mark: (tables, { task, as, value, reason = "" }: MarkLook) => {
    const found = tables.slotOf(task);
    refuseMark(tables, found);
    const marking = { slot: found.slot, as, why: reason, by: undefined, value };
    return { type: "mark", marking, isNobodys: tables.isNobodys };
  },
};

const BODIES = {
  cancel: schemas.Nothing,
  pause: schemas.Nothing,
  resume: schemas.ResumeRun,
  approve: schemas.Approve,
  reject: schemas.Reject,
  retry: schemas.RetryRun,
  "run-from": schemas.RunFrom,
  mark: schemas.MarkLook,
} as const;

const LOOK_ROUTES: readonly Route[] = Object.entries(LOOKS).map(([name, look]) =>
  route({
    method: "POST",
    path: `/runs/:run/${name}/preview`,
    summary: `What ${name} would do, from the engine run ahead on a copy`,
    tag: "previews",
    body: BODIES[name as keyof typeof BODIES],
    answer: schemas.ActionPreview,
    refuses: ["RUN_UNKNOWN", "RUN_OVER", "RUN_NOT_OVER", "TASK_NOT_WAITING", "TASK_RUN_UNKNOWN", "TASK_NOT_MARKABLE"],
    handle: async ({ parts, params, body }) => ({
      json: await lookAhead(parts, idOf(params), name as Exclude<RunAction, "again">, look, body as never),
    }),
  }),
);

export const previewRoutes: readonly Route[] = [
  ...LOOK_ROUTES,
  route({
    method: "POST",
    path: "/runs/:run/again/preview",
    summary: "Checks the parameters of a new run like this one",
    tag: "previews",
    body: schemas.StartRun,
    answer: schemas.StartPreview,
    refuses: ["RUN_UNKNOWN", "FLOW_NOT_LOADED", "PARAMETER_INVALID"],
    handle: async ({ parts, params, body }) => {
      const { row } = wholeRun(parts, idOf(params));
      const given = { ...row.parameters, ...body.parameters };
      return { json: await startPreview(loadedFlow(parts, row.flow), given) };
    },
  }),
];

async function lookAhead(
  parts: ServerParts,
  runId: string,
  action: Exclude<RunAction, "again">,
  look: Look,
  body: never,
): Promise<ActionPreview> {
  const cursor = parts.queries.cursor();
  const tables = await RunTables.of(parts, runId);
  const { row } = tables.whole;
  const over = isFinishedType(row.state.type);
  const { type: state } = row.state;
  const needsEnd = action === "retry" || action === "run-from";
  if (over && !needsEnd && action !== "mark")
    throw moved(new CaudalError("RUN_OVER", { run: runId, state }), tables.whole);
  if (!over && needsEnd) throw moved(new CaudalError("RUN_NOT_OVER", { run: runId, state }), tables.whole);
  const meant = look(tables, body);
  const kept = await readKeptRun(parts.store, row);
  if (kept === undefined) throw new CaudalError("FLOW_NOT_SERVED", { flow: row.flow, nearest: undefined });
  const program = parts.source.flows().get(row.flow)?.program;
  const triggerName = (node: number) => program?.tasks[kept.run.plan.graph.nodes[node]!.task]?.trigger?.name;
  const { taskRuns, stays, flow, assumes } = preview(kept.run, meant, { at: parts.clock.now(), triggerName });
  return {
    action,
    taskRuns: taskRuns.slice(0, PREVIEWED_MAX).map(({ slot, name, from, becomes, to, dependsOn }) => ({
      ...{ id: tables.idOf(slot) ?? name, name, from, becomes },
      ...(to !== undefined && { to }),
      ...(dependsOn !== undefined && { dependsOn }),
    })),
    more: Math.max(0, taskRuns.length - PREVIEWED_MAX),
    stays,
    flow: {
      from: flow.from,
      ...(flow.to !== undefined && { to: flow.to }),
      ...(flow.dependsOn !== undefined && { dependsOn: flow.dependsOn }),
    },
    assumes,
    cursor,
  };
}
