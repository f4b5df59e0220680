/** Consumers of a task that says `signals.success()` without a value get undefined: what then goes wrong does not say where that came from. */
import { forEachNodeIn } from "../../graph/order.ts";
import type { Graph, NodeId } from "../../graph/graph.ts";

/** Who uses the value of a node, and as which argument. */
export function consumersOf(graph: Graph, of: NodeId): readonly string[] {
  const consumers: string[] = [];
  for (const { kind, name, arguments: given } of graph.nodes) {
    if (kind !== "task") continue;
    for (const { label, source } of given) {
      let uses = false;
      forEachNodeIn(source, (upstream) => (uses ||= upstream === of));
      if (uses) consumers.push(`'${name}' (${label})`);
    }
  }
  return consumers;
}
