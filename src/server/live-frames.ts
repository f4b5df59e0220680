/** What a listener is told: the changes after its cursor to what it listens to, as rows that replace those it has. */
import { CaudalError } from "../base/errors.ts";
import type { ChangesFrame, DegradedFrame, ResetFrame } from "./contract.ts";
import type { ServerParts } from "./parts.ts";
import { logLines } from "./routes/logs.ts";
import { summaryOf } from "./routes/run-detail.ts";
import { RunTables } from "./run-tables.ts";

/** Commits that one frame tells of; more happened where people cannot follow anyway. */
const COMMITS_MAX = 5_000;
const ROWS_MAX = 500;
const TOPICS_MAX = 32;

export type Topic =
  | { readonly kind: "runs"; readonly name: string }
  | { readonly kind: "flows"; readonly name: string }
  | { readonly kind: "run"; readonly run: string; readonly name: string }
  /** `from`: how many lines of it the listener has. */
  | { readonly kind: "logs"; readonly run: string; readonly from: number | undefined; readonly name: string };

/** Where a listener is; moves on with each frame. */
export interface Listening {
  readonly topics: readonly Topic[];
  cursor: number;
  runNo: number;
  /** Lines told, by run. */
  readonly lines: Map<string, number>;
}

const TOPIC = /^(?:(runs|flows)|run:([0-9a-z]{26})|logs:([0-9a-z]{26})(?::(\d{1,15}))?)$/;

/** `runs,run:ID,logs:ID:42`. @throws CaudalError FIELD_INVALID */
export function topicsOf(text: string): readonly Topic[] {
  const names = text.split(",").filter((name) => name !== "");
  const complaint = (why: string) => new CaudalError("FIELD_INVALID", { complaints: [`topics: ${why}`] });
  if (names.length === 0) throw complaint("name one: runs, flows, run:ID, logs:ID:LINES");
  if (names.length > TOPICS_MAX) throw complaint(`at most ${TOPICS_MAX}`);
  return names.map((name): Topic => {
    const [known, list, run, logs, from] = TOPIC.exec(name) ?? [];
    if (known === undefined) throw complaint(`'${name.slice(0, 60)}' is none`);
    if (list !== undefined) return { kind: list as "runs" | "flows", name };
    if (run !== undefined) return { kind: "run", run, name };
    return { kind: "logs", run: logs ?? "", from: from === undefined ? undefined : Number(from), name };
  });
}

export type Told = ChangesFrame | ResetFrame | DegradedFrame;

/** Undefined: nothing that it listens to has changed. Moves the listener on. */
export async function frameSince(parts: ServerParts, listener: Listening, now: number): Promise<Told | undefined> {
  const { queries } = parts;
  const found = queries.since(listener.cursor, COMMITS_MAX);
  const newestNo = queries.newestRunNo();
  if (found === undefined) {
    listener.cursor = queries.cursor();
    listener.runNo = newestNo;
    return { type: "reset", cursor: listener.cursor, why: "unknown-cursor" };
  }
  if (found.more) return degraded(parts, listener, listener.topics);
  const changed = found.runs;
  const fresh = newestNo - listener.runNo;
  const numbers = new Set(changed.keys());
  for (let no = Math.max(1, newestNo - Math.min(fresh, ROWS_MAX) + 1); no <= newestNo; no++) numbers.add(no);
  const tooMany = numbers.size > ROWS_MAX || fresh > ROWS_MAX;
  if (tooMany && listener.topics.some(({ kind }) => kind === "runs")) return degraded(parts, listener, listener.topics);
  listener.cursor = found.cursor;
  listener.runNo = newestNo;
  const frame = await changesOf(parts, listener, { numbers: [...numbers], changed, now });
  const isEmpty = frame.runs.length + frame.taskRuns.length + frame.logs.length === 0;
  return isEmpty ? undefined : frame;
}

function degraded({ queries }: ServerParts, listener: Listening, topics: readonly Topic[]): DegradedFrame {
  listener.cursor = queries.cursor();
  listener.runNo = queries.newestRunNo();
  return { type: "degraded", cursor: listener.cursor, topics: topics.map(({ name }) => name) };
}

interface Changed {
  readonly numbers: readonly number[];
  readonly changed: ReadonlyMap<number, { readonly slots: ReadonlySet<number> }>;
  readonly now: number;
}

async function changesOf(
  parts: ServerParts,
  listener: Listening,
  { numbers, changed, now }: Changed,
): Promise<ChangesFrame> {
  const { queries } = parts;
  const wantsAll = listener.topics.some(({ kind }) => kind === "runs");
  const wanted = new Set(listener.topics.flatMap((topic) => (topic.kind === "run" ? [topic.run] : [])));
  const rows = numbers.length === 0 || (!wantsAll && wanted.size === 0) ? [] : queries.runsByNo(numbers);
  const taskRuns: ChangesFrame["taskRuns"][number][] = [];
  for (const { row, runNo } of rows) {
    const slots = changed.get(runNo)?.slots;
    if (wanted.has(row.id) && slots !== undefined) taskRuns.push(await taskRunsOf(parts, row.id, slots));
  }
  const logs: ChangesFrame["logs"][number][] = [];
  for (const topic of listener.topics) {
    const told = topic.kind === "logs" ? await logsOf(parts, listener, topic) : undefined;
    if (told !== undefined) logs.push(told);
  }
  const runs = rows.filter(({ row }) => wantsAll || wanted.has(row.id)).map(summaryOf);
  return { type: "changes", cursor: listener.cursor, now, runs, taskRuns, logs };
}

/** Nodes that changed, and those whose children did. */
async function taskRunsOf(parts: ServerParts, run: string, slots: ReadonlySet<number>) {
  const tables = await RunTables.of(parts, run);
  const nodes = new Set<number>();
  const count = tables.shape.graph.nodes.length;
  for (const slot of slots) {
    if (slot < count) nodes.add(slot);
    else for (const { node, from, to } of tables.ranges) if (slot >= from && slot < to) nodes.add(node.id);
  }
  const sorted = [...nodes].sort((a, b) => a - b);
  return {
    run,
    taskRuns: sorted.flatMap((node) => tables.nodes[node] ?? []).map((glance) => tables.summaryOf(glance)),
    progress: tables.progress(),
  };
}

async function logsOf(
  parts: ServerParts,
  { lines: told }: Listening,
  { run, from }: Extract<Topic, { readonly kind: "logs" }>,
): Promise<ChangesFrame["logs"][number] | undefined> {
  const whole = parts.queries.run(run);
  if (whole === undefined) return undefined;
  const total = whole.logLines;
  const known = told.get(run) ?? from ?? total;
  told.set(run, Math.max(known, total));
  if (total <= known) return undefined;
  if (total - known > ROWS_MAX) return { run, lines: [], total };
  const tables = await RunTables.of(parts, run);
  const lines = parts.queries.logs(whole.runNo, {}, { after: known - 1, limit: ROWS_MAX });
  return { run, lines: logLines(parts, tables, lines), total };
}
