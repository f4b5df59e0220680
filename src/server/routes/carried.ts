/** What an edge of a run carries: type and size of each value that one node takes from another, never the value. */
import { CaudalError } from "../../base/errors.ts";
import type { GraphNode, NodeId, Source } from "../../graph/graph.ts";
import type { TaskRunGlance } from "../../ports/queries.ts";
import { STATES } from "../../state/task-state.ts";
import type { CarriedValue, CarriedValues } from "../contract.ts";
import type { ServerParts } from "../parts.ts";
import { previewOf } from "../preview-value.ts";
import { RunTables } from "../run-tables.ts";
import { schemas } from "../schemas.ts";
import { route, type Route } from "./route.ts";

/** A list may take from one node a thousand times. */
const VALUES_MAX = 20;

export const carriedRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/runs/:run/tasks/:task/carried/:to",
    summary: "Type and size of what a node takes from another",
    tag: "task runs",
    answer: schemas.CarriedValues,
    refuses: ["RUN_UNKNOWN", "TASK_RUN_UNKNOWN", "VALUE_NOT_THERE"],
    handle: async ({ parts, params }) => {
      const tables = await RunTables.of(parts, params["run"] ?? "");
      const [from, to] = [nodeOf(tables, params["task"]), nodeOf(tables, params["to"])];
      return { json: carried(parts, tables, from, to) };
    },
  }),
];

/** @throws CaudalError TASK_RUN_UNKNOWN */
function nodeOf(tables: RunTables, slug = ""): GraphNode {
  return tables.slotOf(slug).node;
}

/** @throws CaudalError VALUE_NOT_THERE: there is no edge between them */
function carried(parts: ServerParts, tables: RunTables, from: GraphNode, to: GraphNode): CarriedValues {
  const edges = tables.shape.edges.filter((edge) => edge.from === from.slug && edge.to === to.slug);
  if (edges.length === 0) throw new CaudalError("VALUE_NOT_THERE", { what: `an edge from ${from.slug} to ${to.slug}` });
  const glance = tables.glanceOf(from.id);
  const taken = to.arguments.flatMap(({ label, source, each }) =>
    [...new Set(pathsFrom(source, from.id).map((path) => JSON.stringify(path)))].map((path) => ({
      ...{ label, each },
      path: JSON.parse(path) as Path,
    })),
  );
  const shown = taken.slice(0, VALUES_MAX);
  const what = shown.length === 0 ? undefined : resultOf(parts, tables, glance);
  return {
    ...{ from: from.slug, to: to.slug, state: glance.state, carries: taken.length },
    values: what === undefined ? [] : shown.map(({ label, path, each }) => ({ ...at(what, path), label, each })),
  };
}

type Path = readonly (string | number)[];

/** Where `source` takes from a node: as a whole (an empty path), or a member of what it returned. */
function pathsFrom(source: Source, node: NodeId): readonly Path[] {
  switch (source.kind) {
    case "node":
      return source.node === node ? [source.path] : [];
    case "element":
      // An element of its list: which one differs from child to child.
      return pathsFrom(source.of, node);
    case "list":
      return source.items.flatMap((item) => pathsFrom(item, node));
    case "object":
      return source.values.flatMap((value) => pathsFrom(value, node));
    default:
      return [];
  }
}

type Held = { readonly value: unknown } | Pick<CarriedValue, "type" | "kept">;

/** Undefined: it has not returned anything yet, or never will. */
function resultOf(parts: ServerParts, { runNo }: RunTables, glance: TaskRunGlance): Held | undefined {
  const { state, slot } = glance;
  if (STATES[state].family === "failed") return { type: glance.error?.name ?? "Error", kept: "kept" };
  if (state === "Mapped") return { type: `list of ${glance.children ?? 0}`, kept: "derived" };
  if (!["Success", "Cached", "Skipped", "Looped"].includes(state)) return undefined;
  const held = parts.queries.value(runNo, slot);
  if (held === undefined) return undefined;
  return held.kept === "kept" ? held : { type: "", kept: held.kept };
}

function at(held: Held, path: Path): Omit<CarriedValue, "label" | "each"> {
  const where = path.length === 0 ? {} : { path: path.map((key) => `/${key}`).join("") };
  if (!("value" in held)) return { ...held, ...where };
  const { type, bytes } = previewOf(memberAt(held.value, path));
  return { type, ...(bytes !== undefined && { bytes }), kept: "kept", ...where };
}

/** Only own members are looked at: nothing of a value is called. */
function memberAt(value: unknown, path: Path): unknown {
  let here = value;
  for (const key of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Readonly<Record<string | number, unknown>>)[key];
  }
  return here;
}
