/** `flow.explain()`: the plan in words, what waits for what, before anything runs. */
import { present } from "../base/assert.ts";
import { formatMillis } from "../base/duration.ts";
import { type Graph, type GraphNode, type NodeId, OTHERWISE, type Source, type TaskRules } from "../graph/graph.ts";
import { forEachUpstream, orderOf } from "../graph/order.ts";

const NODES_SHOWN_MAX = 1_000;

export function explainPlan(graph: Graph): string {
  const order = orderOf(graph.nodes);
  const ids = order.ok ? Array.from(order.order.subarray(0, NODES_SHOWN_MAX)) : [];
  const left = graph.nodes.length - ids.length;
  return [
    `flow '${graph.name}': ${graph.nodes.length} ${graph.nodes.length === 1 ? "task run" : "task runs"}${parametersText(graph)}`,
    ...ids.map(
      (id, i) => `${String(i + 1).padStart(3)}. ${nodeText(graph, present(graph.nodes[id], "a node in order"))}`,
    ),
    ...(left > 0 ? [`     … and ${left} more`] : []),
    referencesText(graph),
  ].join("\n");
}

function parametersText({ parameters }: Graph): string {
  if (parameters.length === 0) return "";
  return `; parameters ${parameters.map(({ name, required, default: value }) => (required ? `${name} (required)` : `${name} = ${JSON.stringify(value)}`)).join(", ")}`;
}

function slug(graph: Graph, id: NodeId): string {
  return graph.nodes[id]?.slug ?? String(id);
}

function nodeText(graph: Graph, node: GraphNode): string {
  const parts = [
    waitsText(graph, node),
    caseText(graph, node),
    resourceText(graph, node),
    node.groups.length === 0 ? "" : `in group ${node.groups.join(" › ")}`,
    rulesText(present(graph.tasks[node.task], "the rules of a node")),
  ];
  return `${node.slug} ${parts.filter((part) => part !== "").join("; ")}`;
}

function waitsText(graph: Graph, node: GraphNode): string {
  const takes = node.arguments.flatMap(({ label, source, each }) =>
    takenFrom(graph, source).map((from) => `${from} (${each ? "each of " : ""}${label})`),
  );
  const waits = node.after.map((id) => `${slug(graph, id)} (order only)`);
  const asks = graph.tasks[node.task]?.approval !== undefined;
  const verb = node.mapped ? "once per element" : node.kind === "branch" ? "chooses" : asks ? "asks" : "runs";
  const elements = node.over === undefined ? [] : takenFrom(graph, node.over.list).map((from) => `each of ${from}`);
  const all = [...takes, ...waits, ...elements.filter((from) => !takes.some((taken) => taken.startsWith(from)))];
  return all.length === 0 ? `${verb} at once` : `${verb} after ${all.join(", ")}`;
}

function takenFrom(graph: Graph, source: Source): string[] {
  switch (source.kind) {
    case "node":
      return [source.settled ? `settled ${slug(graph, source.node)}` : slug(graph, source.node)];
    case "element":
      return takenFrom(graph, source.of).map((from) => `each of ${source.settled ? "settled " : ""}${from}`);
    case "list":
      return source.items.flatMap((item) => takenFrom(graph, item));
    case "object":
      return source.values.flatMap((value) => takenFrom(graph, value));
    case "parameter":
    case "value":
      return [];
  }
}

function caseText(graph: Graph, node: GraphNode): string {
  if (node.caseOf === undefined) return "";
  const { branch, key } = node.caseOf;
  return key === OTHERWISE
    ? `only if ${slug(graph, branch)} finds no other case`
    : `only if ${slug(graph, branch)} says ${JSON.stringify(key)}`;
}

function resourceText(graph: Graph, { resource }: GraphNode): string {
  if (resource === undefined) return "";
  return resource.role === "setup"
    ? "opens a resource"
    : `whatever became of these, if ${slug(graph, resource.setup)} succeeded`;
}

function rulesText(rules: TaskRules): string {
  const parts: string[] = [];
  if (rules.approval !== undefined) {
    const { question, input, timeoutMs } = rules.approval;
    parts.push(`a person decides: ${JSON.stringify(question)}${input === undefined ? "" : ", with an input"}`);
    if (timeoutMs !== undefined) parts.push(`within ${formatMillis(timeoutMs)}`);
  }
  if (rules.trigger.kind !== "all_successful") parts.push(`trigger ${rules.trigger.kind}`);
  if (rules.retries > 0) parts.push(`up to ${rules.retries + 1} attempts`);
  if (rules.timeoutMs !== undefined) parts.push(`at most ${formatMillis(rules.timeoutMs)} each`);
  if (rules.limits.length > 0) parts.push(`limits ${rules.limits.join(", ")}`);
  if (rules.cacheForMs !== undefined) parts.push(`cached for ${formatMillis(rules.cacheForMs)}`);
  return parts.join(", ");
}

function referencesText(graph: Graph): string {
  if (graph.nodes.length === 0) return "Nothing decides the flow's state: it succeeds at once.";
  const ids = graph.references ?? endsOf(graph);
  const shown = ids.slice(0, 20).map((id) => slug(graph, id));
  return `The flow's state is decided by ${shown.join(", ")}${ids.length > shown.length ? ` and ${ids.length - shown.length} more` : ""}.`;
}

/** As the engine takes them: a resource's two halves decide nothing, and waiting only for a cleanup is no downstream. */
function endsOf(graph: Graph): readonly NodeId[] {
  const waited = new Set<NodeId>();
  for (const node of graph.nodes)
    if (node.resource?.role !== "cleanup") forEachUpstream(node, (upstream) => waited.add(upstream));
  return graph.nodes.filter((node) => node.resource === undefined && !waited.has(node.id)).map((node) => node.id);
}
