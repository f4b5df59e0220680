/** Runs that do not go on by themselves, each with why and what makes it go on. */
import { formatMillis } from "../../../base/duration.ts";
import type { Instant } from "../../../base/time.ts";
import type { FlowVersion, TaskRunRow } from "../../../ports/store.ts";
import type { FoundRun } from "../run-rows.ts";
import { describeProcess } from "../process.ts";
import type { StuckRun } from "./report.ts";

/** A living process that has written nothing for so long: perhaps it waits for something that never comes. */
const SILENT_MS = 3_600_000;
/** A server looks every ten seconds. */
const LATE_MS = 60_000;

interface Situation {
  readonly found: FoundRun;
  readonly ownerLives: boolean;
  readonly taskRuns: readonly TaskRunRow[];
  readonly version: FlowVersion | undefined;
  readonly now: Instant;
}

export function whyStuck(situation: Situation): StuckRun | undefined {
  const { found, ownerLives, now } = situation;
  const { id, flow, state, changedAt } = found.row;
  const stuck = (why: string, fix: string) => ({ run: id, flow, state: state.type, why, fix });
  if (state.type === "Paused") return stuck(...whyPaused(situation));
  if (state.type === "Scheduled") {
    if (now - state.startAt < LATE_MS) return undefined;
    const late = `it was to begin ${formatMillis(now - state.startAt)} ago, and no server with its flow was there`;
    return stuck(late, `npx caudal resume ${id}`);
  }
  const since = formatMillis(Math.max(0, now - changedAt));
  if (!ownerLives) {
    const who =
      found.process === undefined
        ? "its process let it go"
        : `${describeProcess(found.process)}, which had it, is gone`;
    return stuck(`${who}; its last commit was ${since} ago`, `npx caudal resume ${id}`);
  }
  const owner = found.process === undefined ? "a process" : describeProcess(found.process);
  const limits = waitedFor(situation.taskRuns);
  if (state.type === "Queued")
    return stuck(`it waits for other runs of its flow to end (maxConcurrency), in ${owner}`, "wait, or end one");
  if (limits !== undefined && situation.taskRuns.every(({ state: { type } }) => type !== "Running"))
    return stuck(`its task runs wait for ${limits}, in ${owner}`, "wait, or end who holds it");
  if (now - changedAt < SILENT_MS) return undefined;
  return stuck(`${owner} has it and lives, and has written nothing for ${since}`, `npx caudal runs why ${id}`);
}

/** A run that has ended, and whose process is gone that was to tell its listeners. */
export function whyUntold({ id, flow, state }: FoundRun["row"]): StuckRun {
  const why = "its process ended before it had told the listeners of its end (onFailure, onStateChange)";
  const then = "; the next run of its flow does, and whoever serves it, as long as the flow has not changed";
  return { run: id, flow, state: state.type, why: why + then, fix: `npx caudal resume ${id}` };
}

function whyPaused({ found, taskRuns, version }: Situation): [why: string, fix: string] {
  const { id, state } = found.row;
  if (state.type === "Paused" && state.reason?.code === "code-changed")
    return [
      `what remains of its flow has changed: ${state.reason.changes.join("; ")}`,
      `npx caudal resume ${id} --accept-changes`,
    ];
  if (state.type === "Paused" && state.reason?.code === "by-person")
    return [`${state.reason.by ?? "a person"} paused it`, `npx caudal resume ${id}`];
  const waiting = taskRuns.filter((row) => row.state.type === "Paused");
  const names = waiting.map((row) => nameOf(row, version));
  const [first] = waiting;
  const asks = first?.state.type === "Paused" && first.state.reason?.code === "approval";
  const why = names.length === 0 ? "it waits for a person" : `it waits for a person: ${listed(names)}`;
  if (names[0] === undefined) return [why, `npx caudal resume ${id}`];
  return [why, `npx caudal ${asks ? "approve" : "resume"} ${id} "${names[0]}"`];
}

function nameOf({ node, child }: TaskRunRow, version: FlowVersion | undefined): string {
  const name = version?.nodes[node]?.slug ?? `task ${node}`;
  return child === undefined ? name : `${name}[${child}]`;
}

function waitedFor(rows: readonly TaskRunRow[]): string | undefined {
  const limits = new Set<string>();
  for (const { state } of rows)
    if (state.type === "Queued" && state.reason?.code === "limit") limits.add(`limit '${state.reason.limit}'`);
  return limits.size === 0 ? undefined : listed([...limits]);
}

function listed(names: readonly string[]): string {
  return names.length <= 3 ? names.join(", ") : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;
}
