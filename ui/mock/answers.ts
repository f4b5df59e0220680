/** The mock's answers, typed by the contract: what the page reads is what the server would say. */
import type {
  About,
  BrokenFile,
  EventPage,
  FlowDetail,
  FlowSummary,
  Json,
  LogPage,
  RunDetail,
  ScheduleDetail,
  ScheduleSummary,
  StateType,
  TaskOptions,
  TaskRunDetail,
  TaskRunList,
  Why,
} from "../../src/server/contract.ts";
import type { MockFlow } from "./flows.ts";
import type { MockRun, World } from "./world.ts";

const CAN = { can: true } as const;
const because = (code: string) => ({ can: false, because: code }) as const;

export const BROKEN: readonly BrokenFile[] = [
  {
    file: "flows/half-written.ts",
    code: "FLOW_FILE_SYNTAX",
    message: "Expected ')' but found '}'. Close the call of flow(…).",
    line: 7,
    column: 1,
    frame: '  5 | export const half = flow("half", () => {\n  6 |   extract(\n> 7 | });\n    | ^',
    since: 0,
  },
];

export function about(world: World): About {
  return {
    version: "0.1.0",
    node: "v20.20.2",
    store: ".caudal/caudal.db",
    durable: true,
    schemaVersion: 3,
    zone: "America/Mexico_City",
    now: world.now(),
    startedAt: world.fixedNow === undefined ? world.begunAt : world.fixedNow - 3_600_000,
    cursor: world.cursor,
    files: [...new Set(world.flows.map(({ file }) => file))],
    draining: false,
    openStreams: 1,
    pid: 4711,
    token: false,
  };
}

export function runsOf(world: World, flow: string): readonly MockRun[] {
  return Array.from(world.runs.values())
    .filter(({ summary }) => summary.flow === flow)
    .sort((a, b) => a.summary.createdAt - b.summary.createdAt);
}

export function summaryOf(world: World, flow: MockFlow): FlowSummary {
  const last = runsOf(world, flow.name).slice(-20);
  return {
    name: flow.name,
    ...(flow.description === undefined ? {} : { description: flow.description }),
    tags: flow.tags,
    file: flow.file,
    loaded: flow.name !== "expenses",
    fingerprint: "0f3a5c7e9b1d2468",
    tasks: flow.graph.nodes.filter(({ kind }) => kind === "task").length,
    needsParameters: flow.name === "form",
    ...(flow.schedule === undefined ? {} : { schedule: scheduleOf(world, flow) }),
    lastRuns: last.map(({ summary: { id, state, startedAt, endedAt } }) => ({
      id,
      state,
      ...(startedAt === undefined ? {} : { startedAt }),
      ...(startedAt === undefined || endedAt === undefined ? {} : { durationMs: endedAt - startedAt }),
    })),
    warnings: flow.warnings,
  };
}

export function flowDetail(world: World, flow: MockFlow): FlowDetail {
  const counts: { [state in StateType]?: number } = {};
  for (const { summary } of runsOf(world, flow.name)) counts[summary.state] = (counts[summary.state] ?? 0) + 1;
  return {
    ...summaryOf(world, flow),
    parameters: flow.graph.parameters.map((parameter) => ({
      name: parameter.name,
      required: parameter.default === undefined,
      ...(parameter.default === undefined ? {} : { default: parameter.default as Json }),
      schema: {},
    })),
    schema: flow.schema,
    taskOptions: flow.graph.tasks.map((task) => optionsOf(task as never)),
    secrets: flow.name === "etl-failing" ? [{ name: "CAUDAL_SECRET_API_KEY", there: false }] : [],
    counts,
    revision: world.revision,
    cursor: world.cursor,
  };
}

function optionsOf(task: {
  readonly name: string;
  readonly retries?: number;
  readonly timeoutMs?: number;
  readonly cache?: { readonly forMs?: number };
}): TaskOptions {
  return {
    name: task.name,
    tags: [],
    trigger: "all_successful",
    retries: task.name === "get_complaint_data" ? 3 : 0,
    ...(task.name === "get_complaint_data" ? { timeoutMs: 30_000, cacheForMs: 86_400_000 } : {}),
    limits: [],
    priority: 0,
    skipOnUpstreamSkip: true,
    keepsResult: true,
    onLost: "retry",
    ...(task.name === "ask_editor" ? { approval: { question: "Publish this text?" } } : {}),
  };
}

export function scheduleOf(world: World, flow: MockFlow): ScheduleSummary {
  const { on, changedAt, changedBy } = world.schedules.get(flow.name) ?? { on: false };
  const every = flow.everyMs ?? 60_000;
  const first = Math.ceil(world.now() / every) * every;
  const last = runsOf(world, flow.name).at(-1)?.summary;
  return {
    id: flow.name,
    flow: flow.name,
    text: flow.schedule ?? "",
    on,
    ...(changedAt === undefined ? {} : { changedAt }),
    ...(changedBy === undefined ? {} : { changedBy }),
    next: on ? [0, 1, 2].map((at) => first + at * every) : [],
    ...(last === undefined ? {} : { lastTick: { at: last.createdAt, run: last.id } }),
    overlap: "skip",
    catchUp: "last",
  };
}

export function scheduleDetail(world: World, flow: MockFlow, count: number): ScheduleDetail {
  const every = flow.everyMs ?? 60_000;
  const first = Math.ceil(world.now() / every) * every;
  return {
    ...scheduleOf(world, flow),
    upcoming: Array.from({ length: count }, (_, at) => ({
      at: first + at * every,
      clock: 0,
      parameters: { size: 10 },
    })),
    definition: { every: every },
    file: flow.file,
    ticks: runsOf(world, flow.name)
      .slice(-10)
      .reverse()
      .map(({ summary }) => ({ at: summary.createdAt, clock: 0, run: summary.id, outcome: "run" as const })),
    revision: world.revision,
    cursor: world.cursor,
  };
}

export function runDetail(world: World, run: MockRun): RunDetail {
  const { summary } = run;
  const over = ["Success", "Failed", "Cancelled"].includes(summary.state);
  const held = run.pausedBy !== undefined;
  const failed = Array.from(run.taskRuns.values()).find(({ state }) => state === "Failed");
  const waiting = Array.from(run.taskRuns.values()).filter(({ state }) => state === "Paused");
  return {
    ...summary,
    parameters: run.parameters,
    why: whyOf(run, over),
    progress: world.progressOf(run),
    ...(summary.ownership === "here" ? { owner: "process 4711" } : {}),
    file: run.flow.file,
    code: "same",
    ...(run.key === undefined ? {} : { idempotencyKey: run.key }),
    ...(failed === undefined ? {} : { failedTask: failed.id, errorDetail: errorDetail() }),
    waiting: waiting.map(({ id, name }) => ({
      id,
      name,
      question: "Publish this text?",
      why: { code: "approval", parameters: { question: "Publish this text?" }, text: "It waits for an approval." },
    })),
    actions: {
      cancel: over ? because("RUN_OVER") : CAN,
      pause: over ? because("RUN_OVER") : held ? because("RUN_PAUSED") : CAN,
      again: CAN,
      resume: waiting.length > 0 || held || summary.state === "Scheduled" ? CAN : because("NOTHING_INTERRUPTED"),
      retry: failed === undefined ? because(over ? "NOTHING_FAILED" : "RUN_NOT_OVER") : CAN,
      "run-from": over ? CAN : because("RUN_NOT_OVER"),
      approve: waiting.length > 0 ? CAN : because("TASK_NOT_WAITING"),
      reject: waiting.length > 0 ? CAN : because("TASK_NOT_WAITING"),
      mark: CAN,
    },
    logLines: run.logs.length,
    audit: [
      ...(summary.trigger === "page"
        ? [
            {
              at: summary.createdAt,
              by: "ana",
              action: "run",
              run: summary.id,
              flow: summary.flow,
              from: "page, 127.0.0.1",
            },
          ]
        : []),
    ],
    cursor: world.cursor,
  };
}

function whyOf({ summary, pausedBy }: MockRun, over: boolean): Why {
  if (pausedBy !== undefined) return { code: "by-person", parameters: { by: pausedBy }, text: "The run was paused." };
  if (summary.state === "Scheduled")
    return { code: "starts-at", parameters: { at: summary.scheduledAt ?? 0 }, text: "The run begins later." };
  if (summary.state === "Paused") return { code: "waits-for-a-person", parameters: {}, text: "It waits for a person." };
  if (summary.state === "Failed")
    return { code: "reference-failed", parameters: { failed: 1 }, text: "A task failed." };
  return { code: over ? "reference-succeeded" : "running", parameters: {}, text: "All reference tasks succeeded." };
}

function errorDetail() {
  return {
    name: "TypeError",
    message: "Cannot read properties of undefined (reading 'complaint_id')",
    frames: [
      { text: "parse (flows/etl.ts:46:19)", own: true, file: "flows/etl.ts", line: 46, column: 19 },
      { text: "Array.map (<anonymous>)", own: false },
    ],
  };
}

export function taskRunList(world: World, run: MockRun): TaskRunList {
  const { nodes } = world.progressOf(run);
  return { taskRuns: Array.from(run.taskRuns.values()), counts: nodes, cursor: world.cursor };
}

/** Told of when task runs began and ended: one commit each. */
export function eventPage(world: World, run: MockRun): EventPage {
  const changes = Array.from(run.taskRuns.values()).flatMap(({ id, state, startedAt, endedAt }) => [
    ...(startedAt === undefined ? [] : [{ at: startedAt, id, from: "Pending", to: "Running" } as const]),
    ...(endedAt === undefined ? [] : [{ at: endedAt, id, from: "Running", to: state } as const]),
  ]);
  return {
    events: changes
      .toSorted((a, b) => a.at - b.at)
      .map(({ at, id, from, to }, place) => ({ cursor: place + 1, at, epoch: 1, transitions: [{ id, from, to }] })),
    cursor: world.cursor,
  };
}

export function childrenOf(world: World, run: MockRun, id: string, from: number, limit: number): TaskRunList {
  const node = run.taskRuns.get(id);
  const total = Object.values(node?.children ?? {}).reduce((sum, count) => sum + count, 0);
  const indexes = Array.from({ length: Math.min(limit, Math.max(0, total - from)) }, (_, at) => from + at);
  return {
    taskRuns: indexes.map((index) => ({
      id: `${id}.${index}`,
      name: `${node?.name}[${index}]`,
      node: id,
      index,
      state: node?.state === "Mapped" ? "Success" : "Pending",
      attempt: 1,
      ...(node?.startedAt === undefined ? {} : { startedAt: node.startedAt + index }),
      ...(node?.endedAt === undefined ? {} : { endedAt: node.endedAt }),
    })),
    ...(from + limit < total ? { next: String(from + limit) } : {}),
    counts: node?.children ?? {},
    cursor: world.cursor,
  };
}

export function taskRunDetail(world: World, run: MockRun, id: string): TaskRunDetail | undefined {
  const slug = id.replace(/\.\d+$/, "");
  const own = run.taskRuns.get(slug);
  const node = run.flow.graph.nodes.find((one) => one.slug === slug);
  if (own === undefined || node === undefined) return undefined;
  const neighbour = (other: string, kind: "data" | "order" | "case") => ({
    id: other,
    name: run.taskRuns.get(other)?.name ?? other,
    state: run.taskRuns.get(other)?.state ?? "Pending",
    kind,
  });
  const edges = world.edgesOf(run.flow);
  const value = {
    type: "object with 2 members",
    bytes: 36,
    value: { rows: 25, ok: true },
    cut: false,
    kept: "kept",
  } as const;
  return {
    ...own,
    id,
    run: run.summary.id,
    why: {
      code: own.why?.code ?? "succeeded",
      parameters: own.why?.parameters ?? { attempts: 1 },
      text: "It returned a result.",
    },
    options: optionsOf(run.flow.graph.tasks[node.task] as never),
    transitions: [],
    attempts:
      own.startedAt === undefined
        ? []
        : [
            {
              attempt: 1,
              startedAt: own.startedAt,
              ...(own.endedAt === undefined ? {} : { endedAt: own.endedAt }),
              outcome: own.state,
            },
          ],
    inputs: node.arguments.map(({ label }) => ({ label, value })),
    ...(own.state === "Success" ? { result: value } : {}),
    ...(own.state === "Failed" ? { errorDetail: errorDetail() } : {}),
    mark: own.state === "Running" ? because("TASK_UNDER_WAY") : own.state === "Mapped" ? because("TASK_MAPPED") : CAN,
    upstreams: edges.filter(({ to }) => to === slug).map(({ from, kind }) => neighbour(from, kind)),
    downstreams: edges.filter(({ from }) => from === slug).map(({ to, kind }) => neighbour(to, kind)),
    logLines: run.logs.filter(({ task }) => task === slug).length,
    cursor: world.cursor,
  };
}

export function logPage(world: World, run: MockRun, query: URLSearchParams): LogPage {
  const task = query.get("task");
  const text = query.get("q")?.toLowerCase();
  const limit = Number(query.get("limit") ?? 500);
  const fits = run.logs.filter(
    (line) => (task === null || line.task === task) && (text === undefined || line.text.toLowerCase().includes(text)),
  );
  const after = query.get("after");
  const rest = after === null ? fits.slice(-limit) : fits.filter(({ line }) => line > Number(after)).slice(0, limit);
  return {
    lines: rest,
    total: run.logs.length,
    matching: fits.length,
    hasBefore: rest[0] !== fits[0],
    hasAfter: rest.at(-1) !== fits.at(-1),
    cursor: world.cursor,
  };
}
