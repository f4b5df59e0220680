/** Which address of the mock's API gives which answer. */
import type {
  CarriedValues,
  FlowGraph,
  FlowTimings,
  GraphView,
  Json,
  Problem,
  RunList,
  StartRun,
  StateType,
  TaskRunDetail,
  TaskRunList,
} from "../../src/server/contract.ts";
import {
  about,
  BROKEN,
  childrenOf,
  eventPage,
  flowDetail,
  logPage,
  runDetail,
  scheduleDetail,
  scheduleOf,
  summaryOf,
  taskRunDetail,
  taskRunList,
} from "./answers.ts";
import type { MockFlow } from "./flows.ts";
import { graphOf } from "./graphs.ts";
import type { MockRun, World } from "./world.ts";

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const ok = (body: unknown): Answer => ({ status: 200, body });

export function refusal(status: number, code: string, detail: string, more: Partial<Problem> = {}): Answer {
  const body: Problem = { type: `help/errors/${code}`, title: code.toLowerCase(), status, detail, code, ...more };
  return { status, body };
}

const graphs = new Map<string, Promise<FlowGraph>>();

export async function answerGet(world: World, path: string, query: URLSearchParams): Promise<Answer> {
  const [kind = "", name = "", part = "", id = "", ...rest] = path.split("/").map(decodeURIComponent);
  if (kind === "about") return ok(about(world));
  if (kind === "flows") return name === "" ? ok(flowList(world, query)) : flowAnswer(world, name, part, query);
  if (kind === "runs") {
    if (name === "") return ok(runList(world, query));
    if (name === "counts") return ok({ counts: countsOf(runsFor(world, query)), more: [], cursor: world.cursor });
    return runAnswer(world, name, part, id, rest, query);
  }
  if (kind === "schedules") {
    const flows = world.flows.filter(({ schedule }) => schedule !== undefined);
    if (name === "") {
      const { cursor, revision } = world;
      return ok({ schedules: flows.map((flow) => scheduleOf(world, flow)), revision, cursor });
    }
    const flow = flows.find((one) => one.name === name);
    return flow === undefined
      ? refusal(404, "SCHEDULE_UNKNOWN", `There is no schedule '${name}'.`)
      : ok(scheduleDetail(world, flow, Number(query.get("count") ?? 10)));
  }
  if (kind === "limits") return ok({ limits: [] });
  if (kind === "cache") return ok({ entries: [], total: 0 });
  if (kind === "audit") {
    const run = world.runs.get(query.get("run") ?? "");
    return ok({ lines: run === undefined ? [] : runDetail(world, run).audit });
  }
  return refusal(404, "NOT_FOUND", `There is no ${path}.`);
}

function flowList(world: World, query: URLSearchParams) {
  const text = query.get("q")?.toLowerCase() ?? "";
  const tag = query.get("tag");
  const fits = world.flows.filter(
    ({ name, tags }) => name.toLowerCase().includes(text) && (tag === null || tags.includes(tag)),
  );
  return {
    flows: fits.map((flow) => summaryOf(world, flow)),
    loading: [],
    broken: world.flows.length === 0 ? [] : BROKEN.map((file) => ({ ...file, since: world.now() - 90_000 })),
    revision: world.revision,
    cursor: world.cursor,
  };
}

async function flowAnswer(world: World, name: string, part: string, query: URLSearchParams): Promise<Answer> {
  const flow = world.flows.find((one) => one.name === name);
  if (flow === undefined)
    return refusal(404, "FLOW_UNKNOWN", `There is no flow '${name}'.`, {
      suggestions: world.flows.filter((one) => one.name.includes(name.slice(0, 3))).map((one) => one.name),
    });
  if (part === "") return ok(flowDetail(world, flow));
  if (part === "graph") {
    const key = `${name} ${query}`;
    const graph = graphs.get(key) ?? graphOf(flow.graph, Object.fromEntries(query) as GraphView);
    graphs.set(key, graph);
    return ok(await graph);
  }
  if (part === "timings") return ok(timingsOf(world, flow));
  if (part === "versions") {
    const runs = runsFor(world, new URLSearchParams({ flow: name }));
    return ok({
      versions: [
        {
          fingerprint: "0f3a5c7e9b1d2468",
          loaded: true,
          nodes: flow.graph.nodes.length,
          runs: runs.length,
          ...(runs[0] === undefined ? {} : { lastRunAt: runs[0].summary.createdAt }),
        },
        { fingerprint: "9b1d24680f3a5c7e", loaded: false, nodes: 3, runs: 2, lastRunAt: world.now() - 864e5 * 9 },
      ],
    });
  }
  return refusal(404, "NOT_FOUND", `There is no ${part} of a flow.`);
}

function runsFor(world: World, query: URLSearchParams): readonly MockRun[] {
  const states = query.get("state")?.split(",") as readonly StateType[] | undefined;
  const flow = query.get("flow");
  const text = query.get("q")?.toLowerCase() ?? "";
  return Array.from(world.runs.values())
    .filter(({ summary }) => states === undefined || states.includes(summary.state))
    .filter(({ summary }) => flow === null || summary.flow === flow)
    .filter(({ summary }) => `${summary.id} ${summary.name}`.toLowerCase().includes(text))
    .filter(() => world.flows.length > 0)
    .sort((a, b) => b.summary.createdAt - a.summary.createdAt || (a.summary.id < b.summary.id ? 1 : -1));
}

function runList(world: World, query: URLSearchParams): RunList {
  const from = Number(query.get("after") ?? 0);
  const limit = Number(query.get("limit") ?? 50);
  const all = runsFor(world, query);
  return {
    runs: all.slice(from, from + limit).map(({ summary }) => summary),
    ...(from + limit < all.length ? { next: String(from + limit) } : {}),
    cursor: world.cursor,
  };
}

function countsOf(runs: readonly MockRun[]) {
  const counts: { [state in StateType]?: number } = {};
  for (const { summary } of runs) counts[summary.state] = (counts[summary.state] ?? 0) + 1;
  return counts;
}

async function runAnswer(
  world: World,
  name: string,
  part: string,
  id: string,
  [detail = "", to = ""]: readonly string[],
  query: URLSearchParams,
): Promise<Answer> {
  const run = world.runs.get(name);
  if (run === undefined)
    return refusal(404, "RUN_UNKNOWN", `There is no run '${name}'.`, {
      suggestions: Array.from(world.runs.keys()).slice(-2),
    });
  if (part === "") return ok(runDetail(world, run));
  if (part === "graph") return flowAnswer(world, run.flow.name, "graph", query);
  if (part === "logs") return ok(logPage(world, run, query));
  if (part === "events") return ok(eventPage(world, run));
  if (part !== "tasks") return refusal(404, "NOT_FOUND", `There is no ${part} of a run.`);
  if (id === "") return ok(taskRunList(world, run) satisfies TaskRunList);
  if (detail === "children")
    return ok(childrenOf(world, run, id, Number(query.get("after") ?? 0), Number(query.get("limit") ?? 50)));
  const found = taskRunDetail(world, run, id);
  if (found === undefined) return refusal(404, "TASK_UNKNOWN", `There is no task run '${id}'.`);
  if (detail === "carried") return ok(carried(found, to));
  return ok(detail === "result" ? { ...found.result, at: "", offset: 0 } : found);
}

function timingsOf(world: World, flow: MockFlow): FlowTimings {
  const last = runsFor(world, new URLSearchParams({ flow: flow.name })).slice(0, 50);
  const tasks = flow.graph.nodes.flatMap(({ slug }) => {
    const all = last.flatMap(({ taskRuns }) => taskRuns.get(slug) ?? []).filter(({ attempt }) => attempt > 0);
    const failed = all.filter(({ state }) => state === "Failed").length;
    return all.length === 0 ? [] : [{ slug, ended: all.length, failed, medianMs: 200 + slug.length * 61 }];
  });
  return { flow: flow.name, fingerprint: "0f3a5c7e9b1d2468", runs: last.length, tasks };
}

function carried({ id: from, state, result }: TaskRunDetail, to: string): CarriedValues {
  const values =
    result === undefined ? [] : [{ label: "raw", type: result.type, bytes: 3_412, kept: result.kept, each: false }];
  return { from, to, state, carries: 1, values };
}

type Body = StartRun & { readonly task?: string; readonly as?: string };

export async function answerPost(world: World, path: string, body: Body): Promise<Answer> {
  const [kind = "", name = "", part = ""] = path.split("/").map(decodeURIComponent);
  if (kind === "flows") return startRun(world, name, part, path.endsWith("/preview"), body);
  if (kind === "schedules") return switchSchedule(world, name, part);
  const run = world.runs.get(name);
  if (kind !== "runs" || run === undefined) return refusal(404, "RUN_UNKNOWN", `There is no run '${name}'.`);
  if (path.endsWith("/preview")) return ok(preview(world, run, part));
  if (part === "cancel") world.cancel(run);
  else if (part === "mark") world.settle(run, body.task ?? "", (body.as ?? "Success") as "Success");
  else if (part === "pause") world.pause(run, "ana");
  else if (part === "resume") world.resume(run);
  else if (part === "approve" || part === "reject") {
    const waits = Array.from(run.taskRuns.values()).find(({ state }) => state === "Paused");
    if (waits === undefined)
      return refusal(409, "TASK_NOT_WAITING", "No task run waits.", { state: run.summary.state });
    world.settle(run, waits.id, part === "approve" ? "Success" : "Failed");
  } else if (part === "again") {
    const again = world.start(run.flow, {}, (body.parameters ?? run.parameters) as never);
    return { status: 201, body: runDetail(world, again) };
  } else if (part === "retry" || part === "run-from") {
    const from = part === "retry" ? ["Failed", "TriggerFailed"] : ["Failed", "TriggerFailed", "Success", "Cached"];
    const ids = Array.from(run.taskRuns.values())
      .filter(({ state }) => from.includes(state))
      .map(({ id }) => id);
    for (const id of ids) run.taskRuns.set(id, { ...run.taskRuns.get(id), state: "Pending" } as never);
    run.summary = { ...run.summary, state: "Pending" };
    world.settle(run, ids[0] ?? "", "Success");
  }
  return ok(runDetail(world, run));
}

function preview(world: World, run: MockRun, action: string) {
  const open = Array.from(run.taskRuns.values()).filter(({ state }) =>
    action === "cancel"
      ? ["Running", "Pending", "Paused"].includes(state)
      : ["Failed", "TriggerFailed"].includes(state),
  );
  return {
    action,
    taskRuns: open.map(({ id, name, state }) => ({
      id,
      name,
      from: state,
      becomes: action === "cancel" ? "ends" : "runs",
      ...(action === "cancel" ? { to: "Cancelled" } : {}),
    })),
    more: 0,
    stays: run.taskRuns.size - open.length,
    flow: { from: run.summary.state, to: action === "cancel" ? "Cancelled" : "Running" },
    assumes: [],
    cursor: world.cursor,
  };
}

function startRun(world: World, name: string, part: string, isPreview: boolean, body: Body): Answer {
  const flow = world.flows.find((one) => one.name === name);
  if (flow === undefined || part !== "runs") return refusal(404, "FLOW_UNKNOWN", `There is no flow '${name}'.`);
  const given = (body.parameters ?? {}) as { readonly [name: string]: Json };
  const fields = refusedFields(flow, given);
  if (fields.length > 0)
    return refusal(422, "PARAMETER_INVALID", fields.map(({ message }) => message).join(" "), { fields });
  if (isPreview) return ok({ parameters: given, flow: name, tasks: flow.graph.nodes.length });
  const known = Array.from(world.runs.values()).find(({ key }) => key !== undefined && key === body.idempotencyKey);
  if (known !== undefined) return ok(runDetail(world, known));
  const run = world.start(
    flow,
    { tags: body.tags ?? flow.tags, ...(body.runName === undefined ? {} : { name: body.runName }) },
    { ...defaultsOf(flow), ...given } as never,
    body.idempotencyKey,
    body.at,
  );
  return { status: 201, body: runDetail(world, run) };
}

/** One rule that only the server knows, to show how its answer lands on the field. */
function refusedFields(flow: MockFlow, given: { readonly [name: string]: Json }) {
  const { since } = given;
  if (flow.name !== "form" || typeof since !== "string" || !since.startsWith("1999")) return [];
  return [{ at: "/parameters/since", message: "There are no records before 2000." }];
}

function defaultsOf(flow: MockFlow): { readonly [name: string]: Json } {
  const properties = (flow.schema.properties ?? {}) as { readonly [name: string]: { readonly default?: Json } };
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, { default: value }]) => (value === undefined ? [] : [[name, value]])),
  );
}

function switchSchedule(world: World, name: string, part: string): Answer {
  const flow = world.flows.find((one) => one.name === name && one.schedule !== undefined);
  if (flow === undefined) return refusal(404, "SCHEDULE_UNKNOWN", `There is no schedule '${name}'.`);
  world.schedules.set(name, { on: part === "on", changedAt: world.now(), changedBy: "ana" });
  world.setFlows(world.flows);
  return ok(scheduleDetail(world, flow, 10));
}
