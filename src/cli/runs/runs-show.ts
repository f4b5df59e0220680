/** `caudal runs show RUN`: one run with its tasks, read from the store alone. */
import { formatMillis } from "../../base/duration.ts";
import type { RunRow, TaskRunRow } from "../../ports/store.ts";
import { childIndex, type Run, typeOf } from "../../engine/run.ts";
import { countedStates, countText, type StateCounts } from "../../render/status.ts";
import { childSlots, type KeptRun, readKeptRun } from "../../runtime/kept/kept-run.ts";
import { stampFromEnvironment } from "../../runtime/report/console-logger.ts";
import { valueSummary } from "../../runtime/report/value-summary.ts";
import { familyOf, STATES, type StateType } from "../../state/task-state.ts";
import { type Cell, columns } from "../columns.ts";
import { findRun } from "./find-run.ts";
import { nextCommands } from "./next-commands.ts";
import { openStoreHere } from "../open-store.ts";
import { plainer, resultText } from "../result-text.ts";
import { jsonOf, paintOf, stateCell, tookText } from "./runs-list.ts";
import type { ExitCode, Shell } from "../shell.ts";

export interface ShowOptions {
  readonly json?: boolean | undefined;
}

const NODES_MAX = 200;
const CHILDREN_MAX = 10;
const MESSAGE_MAX = 300;

export async function showCommand(word: string, { json }: ShowOptions, shell: Shell): Promise<ExitCode> {
  const store = await openStoreHere(shell);
  const row = await findRun(store, word);
  const kept = await readKeptRun(store, row);
  if (json) shell.out(showJson(row, kept));
  else shell.out([...headText(row, shell), "", ...tasksText(kept, shell), ...endText(row, kept, shell)].join("\n"));
  return 0;
}

function headText(row: RunRow, { paint, width }: Shell): string[] {
  const stamp = stampFromEnvironment();
  const { text, paint: painted } = stateCell(row, paint);
  const name = row.id.endsWith(row.name) ? "" : ` (${row.name})`;
  const facts: [string, string][] = [
    ["began", `${stamp(row.startedAt ?? row.createdAt)}, took ${tookText(row)}`],
    ...(row.scheduledAt === undefined ? [] : ([["due", stamp(row.scheduledAt)]] as [string, string][])),
    ["file", row.file ?? "not known"],
    ...(row.owner === undefined ? [] : ([["owner", `${row.owner} (${row.ownership})`]] as [string, string][])),
    ...(row.tags.length === 0 ? [] : ([["tags", row.tags.join(", ")]] as [string, string][])),
    ...Object.entries(row.parameters).map(([key, value], i): [string, string] => [
      i === 0 ? "with" : "",
      `${key} = ${valueSummary(value, width - 20)}`,
    ]),
  ];
  return [
    `Run ${paint.strong(row.id)}${name} of flow '${row.flow}': ${painted(text)}`,
    ...columns(
      facts.map(([key, value]) => [{ text: key, paint: paint.faint }, value]),
      "  ",
    ),
  ];
}

function tasksText(kept: KeptRun | undefined, { paint }: Shell): readonly string[] {
  if (kept === undefined) return ["  Its tasks cannot be shown: the store has its flow in words of another version"];
  const { run } = kept;
  const nodes = run.plan.graph.nodes.slice(0, NODES_MAX);
  const lines = columns(
    nodes.map((node): readonly Cell[] => {
      const type = typeOf(run, node.id);
      return [
        { text: STATES[type].glyph, paint: paintOf(type, paint) },
        node.slug,
        { text: type, paint: paintOf(type, paint) },
        detailText(kept, node.id),
      ];
    }),
    "  ",
  );
  const more = run.plan.count > NODES_MAX ? [paint.faint(`  … and ${run.plan.count - NODES_MAX} more tasks`)] : [];
  return [...nodes.flatMap((node, i) => [lines[i] ?? "", ...troubleText(kept, node.id, paint.bad)]), ...more];
}

/** Attempts and time of a task run; of a mapped one what became of its children. */
function detailText({ run, rows }: KeptRun, node: number): string {
  if (typeOf(run, node) === "Mapped") {
    const counts = childCounts(run, node);
    const parts = countedStates(counts).map(({ type, count }) => countText(type, count));
    return parts.length === 0 ? "no child" : parts.join("  ");
  }
  const row = rows.get(node);
  if (row === undefined || row.attempt === 0) return "";
  const attempts = `${row.attempt} attempt${row.attempt === 1 ? "" : "s"}`;
  return row.startedAt === undefined || row.endedAt === undefined
    ? attempts
    : `${attempts}, ${formatMillis(row.endedAt - row.startedAt)}`;
}

function childCounts(run: Run, node: number): StateCounts {
  const counts: Partial<Record<StateType, number>> = {};
  for (const slot of childSlots(run, node)) {
    const type = typeOf(run, slot);
    counts[type] = (counts[type] ?? 0) + 1;
  }
  return counts;
}

/** Why a task, or the first of its children, failed. */
function troubleText({ run, rows }: KeptRun, node: number, paint: (text: string) => string): readonly string[] {
  const slots = typeOf(run, node) === "Mapped" ? childSlots(run, node) : [node];
  const failed = slots.filter((slot) => familyOf(typeOf(run, slot)) === "failed");
  const lines = failed.slice(0, CHILDREN_MAX).flatMap((slot) => {
    const message = messageOf(rows.get(slot));
    if (message === undefined) return [];
    const child = childIndex(run, slot);
    return [`      ${child === undefined ? "" : `[${child}] `}${paint(message)}`];
  });
  return failed.length > CHILDREN_MAX ? [...lines, `      … and ${failed.length - CHILDREN_MAX} more`] : lines;
}

function messageOf(row: TaskRunRow | undefined): string | undefined {
  if (row === undefined || !("error" in row.state)) return undefined;
  const { name, message, code } = row.state.error;
  const [first = ""] = message.split("\n");
  return `${code ?? name}: ${first.slice(0, MESSAGE_MAX)}`;
}

function endText(row: RunRow, kept: KeptRun | undefined, { paint }: Shell): readonly string[] {
  const result = row.state.type === "Success" ? resultText(row.state.result) : undefined;
  const error = "error" in row.state ? row.state.error.message : undefined;
  const next = nextCommands(row, kept);
  return [
    ...(result === undefined ? [] : ["", `${paint.good("Result:")} ${result}`]),
    ...(error === undefined ? [] : ["", `${paint.bad(row.state.type)}: ${error}`]),
    ...(next.length === 0
      ? []
      : [
          "",
          ...columns(
            next.map(([command, what]) => [command, what]),
            "  ",
          ),
        ]),
  ];
}

function showJson(row: RunRow, kept: KeptRun | undefined): string {
  const { state, parameters } = row;
  const tasks = kept?.run.plan.graph.nodes.map(({ id, slug }) => {
    const own = kept.rows.get(id);
    const children = childSlots(kept.run, id).length;
    return {
      ...{ task: slug, state: typeOf(kept.run, id), attempts: own?.attempt ?? 0, reason: own?.state.reason },
      ...(own !== undefined && "error" in own.state && { error: errorJson(own.state.error) }),
      ...(children > 0 && { children, childStates: childCounts(kept.run, id) }),
    };
  });
  const error = "error" in state ? errorJson(state.error) : undefined;
  const whole = { ...jsonOf(row), parameters, error, tasks };
  const result = state.type === "Success" ? state.result : undefined;
  try {
    return JSON.stringify({ ...whole, result }, plainer);
  } catch {
    return JSON.stringify({ ...whole, result: resultText(result) }, plainer); // a cyclic result
  }
}

const errorJson = ({ name, message, code }: { name: string; message: string; code?: string | undefined }) => ({
  ...{ name, message, code },
});
