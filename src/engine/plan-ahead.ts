/**
 * A plan for running ahead of the world: where something of the shape of a run (how many children, which case) hangs on
 * a value that is not there yet, the node asks instead of deciding. Nobody answers, so the run stops there.
 */
import type { Argument, NodeId, NodeKind, Source, TaskRules } from "../graph/graph.ts";
import { forEachNodeIn } from "../graph/order.ts";
import type { Plan } from "./plan.ts";
import { PHASE, type Run } from "./run.ts";

export interface PlanAhead {
  readonly plan: Plan;
  /** What a node asks, as the tail of "depends on …". */
  readonly asks: ReadonlyMap<NodeId, string>;
}

export function planAhead(run: Run): PlanAhead {
  const { plan } = run;
  const asks = new Map<NodeId, string>();
  const kind: NodeKind[] = [...plan.kind];
  const rules: TaskRules[] = [...plan.rules];
  const mapped = plan.mapped.slice();
  const hasPath = plan.hasPath.slice();
  for (const node of plan.graph.nodes) {
    const { id } = node;
    if (run.phase[id] === PHASE.DONE) continue;
    const unknown = (source: Source) => firstUnknown(run, source);
    if (node.arguments.some(({ source }) => unknown(source) !== undefined)) hasPath[id] = 0;
    const open = plan.mapped[id] === 1 && run.childBase[id] === 0 ? openWidth(run, id) : undefined;
    const key = node.kind === "branch" ? unknown(node.arguments[0]!.source) : undefined;
    if (node.kind === "filter" && unknown(node.arguments[0]!.source) !== undefined) kind[id] = "task"; // its value matters to nobody here
    if (open === undefined && key === undefined) continue;
    asks.set(id, open === undefined ? `what '${key}' returns` : `how many elements '${open}' returns`);
    mapped[id] = 0;
    kind[id] = "task";
    rules[id] = { ...plan.rules[id]!, trigger: { kind: "custom" } };
  }
  return { plan: { ...plan, kind, rules, mapped, hasPath }, asks };
}

/** The node a mapped one would have to wait for to know how many children it has. */
function openWidth(run: Run, id: NodeId): string | undefined {
  const node = run.plan.graph.nodes[id]!;
  if (node.over !== undefined) return openList(run, node.over.list, false);
  for (const argument of node.arguments) {
    const open = argument.each ? openArgument(run, argument) : undefined;
    if (open !== undefined) return open;
  }
  return undefined;
}

function openArgument(run: Run, { source, flatten }: Argument): string | undefined {
  return openList(run, source, flatten);
}

/** A list of as many refs is that long whatever they hold, and a mapped node has its children before their results. */
function openList(run: Run, source: Source, flatten: boolean): string | undefined {
  if (!flatten && source.kind === "list") return undefined;
  if (!flatten && source.kind === "node" && source.path.length === 0 && run.plan.mapped[source.node] === 1)
    return undefined;
  return firstUnknown(run, source);
}

/** The name of the first node in it whose result is not there. */
function firstUnknown(run: Run, source: Source): string | undefined {
  let first: string | undefined;
  forEachNodeIn(source, (node) => {
    if (run.phase[node] !== PHASE.DONE) first ??= run.plan.graph.nodes[node]!.name;
  });
  return first;
}
