/**
 * What the mock knows: runs of its flows, past ones made up from a seed, and new ones that go on by timers. Every
 * change is a commit with the next cursor, told to whoever listens.
 */
import type {
  ChangesFrame,
  GraphEdge,
  LogLine,
  Progress,
  RunSummary,
  StateCounts,
  StateType,
  TaskRunSummary,
} from "../../src/server/contract.ts";
import { FLOWS, type MockFlow } from "./flows.ts";
import { edgesOf } from "./graphs.ts";

export interface MockRun {
  summary: RunSummary;
  readonly flow: MockFlow;
  readonly parameters: { readonly [name: string]: never };
  readonly taskRuns: Map<string, TaskRunSummary>;
  readonly logs: LogLine[];
  readonly key?: string;
  /** Held by a person. */
  pausedBy?: string;
}

const HISTORY_PER_FLOW = 24;
const HOUR = 3_600_000;
const DONE: readonly StateType[] = ["Success", "Cached", "Mapped", "Skipped", "Failed", "TriggerFailed", "Cancelled"];
const BAD: readonly StateType[] = ["Failed", "TriggerFailed", "TimedOut", "ValidationFailed"];

export class World {
  cursor = 100;
  revision = 1;
  readonly runs = new Map<string, MockRun>();
  readonly schedules = new Map<string, { on: boolean; changedAt?: number; changedBy?: string }>();
  flows: readonly MockFlow[] = FLOWS;
  private readonly listeners = new Set<(frame: ChangesFrame | "flows") => void>();
  private readonly edges = new Map<string, readonly GraphEdge[]>();
  private count = 0;
  readonly fixedNow: number | undefined;
  readonly begunAt = Date.now();

  /** `fixedNow`: the clock stands still, for pictures. */
  constructor(fixedNow: number | undefined) {
    this.fixedNow = fixedNow;
    for (const flow of FLOWS) if (flow.schedule !== undefined) this.schedules.set(flow.name, { on: true });
    for (const flow of FLOWS.filter(({ name }) => name !== "form" && !name.startsWith("hostile")))
      this.makeHistory(flow);
  }

  now(): number {
    return this.fixedNow ?? Date.now();
  }

  listen(listener: (frame: ChangesFrame | "flows") => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  edgesOf(flow: MockFlow): readonly GraphEdge[] {
    const known = this.edges.get(flow.name) ?? edgesOf(flow.graph);
    this.edges.set(flow.name, known);
    return known;
  }

  setFlows(flows: readonly MockFlow[]): void {
    this.flows = flows;
    this.revision++;
    for (const listener of this.listeners) listener("flows");
  }

  /** Starts now and goes on by timers. */
  start(
    flow: MockFlow,
    given: Partial<RunSummary>,
    parameters: { readonly [name: string]: never },
    key?: string,
    at = 0,
  ): MockRun {
    const run = this.make(flow, this.now(), given, parameters, key);
    if (at > this.now()) this.schedule(run, at);
    else {
      this.commit(run, []);
      setTimeout(() => this.goOn(run), 30);
    }
    return run;
  }

  /** Kept for later: nobody's until then. */
  schedule(run: MockRun, at: number): void {
    run.summary = { ...run.summary, state: "Scheduled", scheduledAt: at, ownership: "none" };
    this.commit(run, []);
    setTimeout(() => this.resume(run), Math.min(at - this.now(), 2_147_483_647)).unref();
  }

  /** As if nothing were in flight. */
  pause(run: MockRun, by: string): void {
    run.pausedBy = by;
    run.summary = { ...run.summary, state: "Paused", ownership: "none" };
    this.commit(run, []);
  }

  resume(run: MockRun): void {
    if (run.summary.state !== "Scheduled" && run.pausedBy === undefined) return;
    delete run.pausedBy;
    run.summary = {
      ...run.summary,
      state: "Running",
      ownership: "here",
      startedAt: run.summary.startedAt ?? this.now(),
    };
    this.commit(run, []);
    this.goOn(run);
  }

  cancel(run: MockRun): void {
    run.summary = { ...run.summary, state: "Cancelling" };
    this.commit(run, []);
    setTimeout(() => {
      const open = Array.from(run.taskRuns.values()).filter(({ state }) => !DONE.includes(state));
      for (const taskRun of open) this.set(run, taskRun.id, { state: "Cancelled", endedAt: this.now() });
      run.summary = { ...run.summary, state: "Cancelled", endedAt: this.now(), ownership: "none" };
      this.commit(
        run,
        open.map(({ id }) => id),
      );
    }, 500);
  }

  settle(run: MockRun, id: string, state: StateType): void {
    this.set(run, id, { state, endedAt: this.now() });
    if (run.summary.state !== "Running") run.summary = { ...run.summary, state: "Running" };
    this.commit(run, [id]);
    this.goOn(run);
  }

  progressOf(run: MockRun): Progress {
    const all = Array.from(run.taskRuns.values());
    const nodes: { [state in StateType]?: number } = {};
    for (const { state } of all) nodes[state] = (nodes[state] ?? 0) + 1;
    const children: { [state in StateType]?: number } = {};
    for (const taskRun of all)
      for (const [state, count] of Object.entries(taskRun.children ?? {}) as [StateType, number][])
        children[state] = (children[state] ?? 0) + count;
    return {
      total: all.length,
      finished: all.filter(({ state }) => DONE.includes(state)).length,
      failed:
        all.filter(({ state }) => BAD.includes(state)).length +
        BAD.reduce((sum, state) => sum + (children[state] ?? 0), 0),
      running: nodes.Running ?? 0,
      nodes,
      children,
    };
  }

  commit(run: MockRun, taskRuns: readonly string[], logs: readonly LogLine[] = []): void {
    this.cursor++;
    run.logs.push(...logs);
    const told = taskRuns.flatMap((id) => run.taskRuns.get(id) ?? []);
    const frame: ChangesFrame = {
      type: "changes",
      cursor: this.cursor,
      now: this.now(),
      runs: [run.summary],
      taskRuns: told.length === 0 ? [] : [{ run: run.summary.id, taskRuns: told, progress: this.progressOf(run) }],
      logs: logs.length === 0 ? [] : [{ run: run.summary.id, lines: logs, total: run.logs.length }],
    };
    for (const listener of this.listeners) listener(frame);
  }

  private make(
    flow: MockFlow,
    at: number,
    given: Partial<RunSummary>,
    parameters: { readonly [name: string]: never },
    key?: string,
  ): MockRun {
    this.count++;
    const id = `r${String(this.count).padStart(5, "0")}`;
    const adjectives = ["brave", "calm", "deep", "eager", "gentle", "quick", "quiet", "wise"];
    const animals = ["heron", "otter", "quetzal", "tapir", "viper", "wren", "condor", "ocelot"];
    const run: MockRun = {
      flow,
      parameters,
      logs: [],
      taskRuns: new Map(),
      ...(key === undefined ? {} : { key }),
      summary: {
        id,
        name: `${adjectives[this.count % 8]}-${animals[Math.floor(this.count / 8) % 8]}`,
        flow: flow.name,
        fingerprint: "0f3a5c7e9b1d2468",
        state: "Pending",
        trigger: "page",
        ...(given.trigger === "schedule" ? {} : { startedBy: "ana" }),
        tags: flow.tags,
        createdAt: at,
        parametersText: JSON.stringify(parameters),
        ownership: "here",
        ...given,
      },
    };
    for (const node of flow.graph.nodes)
      run.taskRuns.set(node.slug, { id: node.slug, name: node.name, node: node.slug, state: "Pending", attempt: 0 });
    this.runs.set(id, run);
    return run;
  }

  private set(run: MockRun, id: string, changes: Partial<TaskRunSummary>): void {
    const known = run.taskRuns.get(id);
    if (known !== undefined) run.taskRuns.set(id, { ...known, ...changes });
  }

  /** Begins what may begin; ends the run where nothing is left. */
  private goOn(run: MockRun): void {
    if (run.summary.state === "Cancelling" || run.pausedBy !== undefined || DONE.includes(run.summary.state)) return;
    const begins: string[] = [];
    for (const [id, { state }] of run.taskRuns) {
      if (state !== "Pending") continue;
      const upstreams = this.edgesOf(run.flow).filter(({ to }) => to === id);
      const states = upstreams.map(({ from }) => run.taskRuns.get(from)?.state ?? "Success");
      if (!states.every((one) => DONE.includes(one))) continue;
      begins.push(id);
      if (states.some((one) => BAD.includes(one))) this.set(run, id, { state: "TriggerFailed", endedAt: this.now() });
      else this.begin(run, id);
    }
    if (begins.length > 0) {
      run.summary = { ...run.summary, state: "Running", startedAt: run.summary.startedAt ?? this.now() };
      this.commit(
        run,
        begins,
        begins.map((id) => line(run, id, this.now(), `Task '${id}': Starting task run...`)),
      );
      if (begins.some((id) => run.taskRuns.get(id)?.state === "TriggerFailed")) this.goOn(run);
      return;
    }
    const states = Array.from(run.taskRuns.values(), ({ state }) => state);
    if (states.includes("Paused") && !states.includes("Running")) {
      run.summary = { ...run.summary, state: "Paused" };
      this.commit(run, []);
    }
    if (!states.every((state) => DONE.includes(state))) return;
    const failed = states.some((state) => BAD.includes(state));
    run.summary = {
      ...run.summary,
      state: failed ? "Failed" : "Success",
      endedAt: this.now(),
      ownership: "none",
      ...(failed ? { error: ERROR } : {}),
    };
    this.commit(run, []);
  }

  private begin(run: MockRun, id: string): void {
    const end = run.flow.ends[id] ?? "Success";
    const mapped = run.flow.graph.nodes.find(({ slug }) => slug === id)?.mapped === true;
    this.set(run, id, {
      state: end === "Paused" ? "Paused" : "Running",
      attempt: 1,
      startedAt: this.now(),
      ...(mapped ? { children: { Running: 2, Pending: run.flow.children - 2 } } : {}),
    });
    if (end === "Paused") return;
    setTimeout(() => {
      if (run.taskRuns.get(id)?.state !== "Running") return;
      this.set(run, id, {
        ...ended(end, mapped ? run.flow.children : undefined, this.now()),
        endedAt: this.now(),
      });
      this.commit(
        run,
        [id],
        [line(run, id, this.now(), `Task '${id}': Finished task run for task with final state: '${end}'`)],
      );
      this.goOn(run);
    }, run.flow.taskMs);
  }

  /** Past runs: the same for the same flow, each some minutes to a day ago. */
  private makeHistory(flow: MockFlow): void {
    const random = randomOf(flow.name);
    const amount = flow.name === "expenses" ? 0 : HISTORY_PER_FLOW;
    for (let back = amount; back > 0; back--) {
      const at = this.now() - back * (flow.everyMs === undefined ? 7 * HOUR : Math.min(flow.everyMs, 8 * HOUR)) - 5_000;
      const fails = flow.name === "etl-failing" ? back < 4 || random() < 0.4 : random() < 0.06 && back > 2;
      this.makeFinished(flow, at, 400 + random() * 9_000, fails, back === 1 && flow.name === "approval");
    }
  }

  private makeFinished(flow: MockFlow, at: number, ms: number, fails: boolean, waits: boolean): void {
    const trigger = flow.schedule === undefined ? "page" : "schedule";
    const run = this.make(
      flow,
      at,
      { trigger, startedAt: at + 12, ...(trigger === "schedule" ? { scheduledAt: at } : {}) },
      {
        ...(flow.graph.parameters.some(({ name }) => name === "size") ? { size: 25 as never } : {}),
      },
    );
    const each = ms / Math.max(1, run.taskRuns.size);
    const bad = fails
      ? (Object.keys(flow.ends).find((id) => flow.ends[id] === "Failed") ?? flow.graph.nodes.at(-1)?.slug)
      : "";
    let begin = at + 12;
    for (const node of flow.graph.nodes) {
      const blocked = this.edgesOf(flow).some(
        ({ from, to }) => to === node.slug && BAD.includes(run.taskRuns.get(from)?.state ?? "Success"),
      );
      const pausedBefore = Array.from(run.taskRuns.values()).some(({ state }) => state === "Paused");
      const wanted = flow.ends[node.slug];
      const end =
        node.slug === bad
          ? "Failed"
          : wanted === "Failed" || (wanted === "Paused" && !waits)
            ? "Success"
            : (wanted ?? "Success");
      if (pausedBefore) continue;
      if (blocked) this.set(run, node.slug, { state: "TriggerFailed", endedAt: begin });
      else
        this.set(run, node.slug, {
          ...ended(end, node.mapped ? flow.children : undefined, begin),
          attempt: end === "Cached" ? 0 : 1,
          startedAt: begin,
          ...(end === "Paused" ? {} : { endedAt: begin + each }),
        });
      run.logs.push(line(run, node.slug, begin, `Task '${node.name}': Starting task run...`));
      if (!blocked) run.logs.push(line(run, node.slug, begin + each / 2, printedBy(node.name, end)));
      if (end === "Failed")
        run.logs.push({
          ...line(run, node.slug, begin + each, `${ERROR.name}: ${ERROR.message}\n    at parse (etl.ts:41:32)`),
          level: "error",
        });
      run.logs.push(
        line(
          run,
          node.slug,
          begin + each,
          `Task '${node.name}': Finished task run for task with final state: '${end}'`,
        ),
      );
      begin += each;
    }
    const state: StateType = waits ? "Paused" : fails ? "Failed" : "Success";
    run.summary = {
      ...run.summary,
      state,
      ownership: waits ? "here" : "none",
      ...(waits ? {} : { endedAt: at + ms }),
      ...(fails ? { error: ERROR } : {}),
    };
  }
}

export const ERROR = { name: "TypeError", message: "Cannot read properties of undefined (reading 'complaint_id')" };

function ended(end: StateType, children: number | undefined, at: number): Partial<TaskRunSummary> {
  const counts: StateCounts | undefined = children === undefined ? undefined : { Success: children };
  return {
    state: counts !== undefined && end === "Success" ? "Mapped" : end,
    ...(counts === undefined ? {} : { children: counts }),
    ...(end === "Failed" ? { error: ERROR } : {}),
    ...(end === "Cached"
      ? { cache: { how: "hit" as const, runId: "r00001", storedAt: at - HOUR, expiresAt: at + 23 * HOUR } }
      : {}),
    ...(end === "Failed"
      ? { why: { code: "failed" as const, parameters: { message: ERROR.message, attempts: 1, retries: 0 } } }
      : {}),
  };
}

function line(run: MockRun, id: string, at: number, text: string): LogLine {
  return { line: run.logs.length, at, level: "info", task: id, name: id.replace(/-\d+$/, ""), attempt: 1, text };
}

/** What its body said. */
function printedBy(task: string, end: StateType): string {
  if (task === "get_complaint_data") return "I actually requested this time!";
  return end === "Failed" ? `${task}: row 17 has no complaint_id` : `${task}: 25 rows`;
}

/** mulberry32, seeded by a name: the same history every time. */
function randomOf(name: string): () => number {
  let seed = Array.from(name).reduce((sum, letter) => Math.imul(sum, 31) + (letter.codePointAt(0) ?? 0), 7);
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
