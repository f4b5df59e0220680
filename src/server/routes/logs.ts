/** Lines of a run: pages from either end, around one, filtered, found; and all of them as a file. */
import * as z from "zod";
import type { LogsWanted, NumberedLog } from "../../ports/queries.ts";
import { OF_RUN } from "../../engine/run.ts";
import type { LogLine } from "../contract.ts";
import type { ServerParts } from "../parts.ts";
import { RunTables } from "../run-tables.ts";
import { schemas } from "../schemas.ts";
import { limit, text, whole } from "./queries.ts";
import { route, type Route } from "./route.ts";

const LINES_DEFAULT = 500;
const COUNTED_MAX = 100_000;
const LEVELS = ["debug", "info", "warn", "error"] as const;
const CHUNK = 5_000;

const line = whole(0, Number.MAX_SAFE_INTEGER).exactOptional();
const filters = {
  level: z.enum(LEVELS).exactOptional(),
  task: text(300).exactOptional(),
  attempt: whole(0, 1_000_000).exactOptional(),
  q: text().exactOptional(),
};
const logQuery = z.strictObject({ ...filters, after: line, before: line, around: line, limit: limit(5_000) });
const downloadQuery = z.strictObject({ ...filters, format: z.enum(["text", "ndjson"]).exactOptional() });

export const logRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/runs/:run/logs",
    summary: "Lines of a run, filtered and found",
    tag: "logs",
    query: logQuery,
    answer: schemas.LogPage,
    refuses: ["RUN_UNKNOWN", "TASK_RUN_UNKNOWN"],
    handle: async ({ parts, params, query }) => ({ json: await logPage(parts, params["run"] ?? "", query) }),
  }),
  route({
    method: "GET",
    path: "/runs/:run/logs/download",
    summary: "Its lines as a file",
    tag: "logs",
    query: downloadQuery,
    answer: { contentTypes: ["text/plain", "application/x-ndjson"] },
    refuses: ["RUN_UNKNOWN", "TASK_RUN_UNKNOWN"],
    handle: async ({ parts, params, query }) => {
      const tables = await RunTables.of(parts, params["run"] ?? "");
      const wanted = wantedOf(tables, query);
      const asJson = query.format === "ndjson";
      const lines = allLines(parts, tables, wanted, asJson ? ndjson : plain);
      return {
        attachment: {
          name: `${tables.whole.row.flow}-${tables.whole.row.id}.${asJson ? "ndjson" : "log"}`,
          type: asJson ? "application/x-ndjson" : "text/plain; charset=utf-8",
          text: lines,
        },
      };
    },
  }),
];

type Filters = z.infer<z.ZodObject<typeof filters>>;

function wantedOf(tables: RunTables, { level, task, attempt, q }: Filters): LogsWanted {
  const levels = level === undefined ? undefined : LEVELS.slice(LEVELS.indexOf(level));
  if (task === undefined) return { levels, attempt, text: q };
  const { slot, node, index } = tables.slotOf(task);
  const range = index === undefined ? tables.rangeOf(node.id) : undefined;
  return { levels, attempt, text: q, slots: range ?? { from: slot, to: slot + 1 } };
}

async function logPage(parts: ServerParts, runId: string, query: z.infer<typeof logQuery>) {
  const { queries } = parts;
  const cursor = queries.cursor();
  const tables = await RunTables.of(parts, runId);
  const wanted = wantedOf(tables, query);
  const size = query.limit ?? LINES_DEFAULT;
  const isFiltered = [query.level, query.task, query.attempt, query.q].some((filter) => filter !== undefined);
  const lines = linesOf(parts, tables.runNo, wanted, query, size);
  const [first, last] = [lines[0]?.line, lines.at(-1)?.line];
  const some = (page: { readonly after?: number; readonly before?: number }) =>
    queries.logs(tables.runNo, wanted, { ...page, limit: 1 }).length > 0;
  return {
    lines: logLines(parts, tables, lines),
    total: tables.whole.logLines,
    ...(isFiltered && { matching: queries.countLogs(tables.runNo, wanted, COUNTED_MAX) }),
    hasBefore:
      first !== undefined ? some({ before: first }) : query.after !== undefined && some({ before: query.after + 1 }),
    hasAfter:
      last !== undefined ? some({ after: last }) : query.before !== undefined && some({ after: query.before - 1 }),
    cursor,
  };
}

function linesOf(
  { queries }: ServerParts,
  runNo: number,
  wanted: LogsWanted,
  { after, before, around }: z.infer<typeof logQuery>,
  size: number,
): readonly NumberedLog[] {
  if (around === undefined) return queries.logs(runNo, wanted, { after, before, limit: size });
  const half = Math.floor(size / 2);
  const earlier = queries.logs(runNo, wanted, { before: around, limit: half });
  return [...earlier, ...queries.logs(runNo, wanted, { after: around - 1, limit: size - half })];
}

/** As they are shown: with the names of their task runs, which those that have begun may have of their own. */
export function logLines({ queries }: ServerParts, tables: RunTables, lines: readonly NumberedLog[]): LogLine[] {
  const slots = [...new Set(lines.map(({ slot }) => slot))].filter((slot) => slot !== OF_RUN);
  const own = new Map(queries.glances(tables.runNo, slots).map(({ slot, name }) => [slot, name]));
  return lines.map(({ line: number, slot, attempt, at, level, text: said, handler }) => ({
    ...{ line: number, at, level, attempt, text: said },
    ...(slot === OF_RUN
      ? { name: tables.whole.row.flow }
      : { task: tables.idOf(slot) ?? `?.${slot}`, name: own.get(slot) ?? tables.nameOf(slot) }),
    ...(handler && { handler }),
  }));
}

async function* allLines(
  parts: ServerParts,
  tables: RunTables,
  wanted: LogsWanted,
  write: (line: LogLine) => string,
): AsyncGenerator<string> {
  for (let after = -1; ; ) {
    const lines = parts.queries.logs(tables.runNo, wanted, { after, limit: CHUNK });
    if (lines.length === 0) return;
    yield logLines(parts, tables, lines).map(write).join("");
    after = lines.at(-1)!.line;
  }
}

/** A line of a body may have line breaks: what follows them is set in, so that it cannot pass for a record. */
function plain({ at, level, name, text: said, handler }: LogLine): string {
  const who = handler ? `${name} (handler)` : name;
  return `[${new Date(at).toISOString()}] ${level.toUpperCase()} - ${who} | ${said.trimEnd().replace(/\r\n?|\n/g, "\n    ")}\n`;
}

function ndjson(record: LogLine): string {
  return `${JSON.stringify(record)}\n`;
}
