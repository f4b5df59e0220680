/** In which order flows are listed. Pure: what the server said of each is all there is to go by. */
import type { FlowSummary } from "../../../src/server/contract.ts";
import { groupOf } from "../look.ts";

export const FLOW_ORDERS = ["name", "failure", "last", "slower"] as const;

/** By name; by the newest failure; by the newest run; by how much longer the last run took than those before. */
export type FlowOrder = (typeof FLOW_ORDERS)[number];

export function orderOf(asked: string | null): FlowOrder {
  return FLOW_ORDERS.find((order) => order === asked) ?? "name";
}

/** Those with nothing to go by come last, by name. */
export function sortedFlows(flows: readonly FlowSummary[], order: FlowOrder): readonly FlowSummary[] {
  const weights = new Map(flows.map((flow) => [flow, WEIGHTS[order](flow)]));
  const weight = (flow: FlowSummary) => weights.get(flow) ?? Number.NEGATIVE_INFINITY;
  return flows.toSorted((a, b) => {
    const [x, y] = [weight(a), weight(b)];
    return x === y ? a.name.localeCompare(b.name) : y - x;
  });
}

const WEIGHTS: Record<FlowOrder, (flow: FlowSummary) => number | undefined> = {
  name: () => undefined,
  failure: ({ lastRuns }) => lastRuns.findLast(({ state }) => groupOf(state) === "failed")?.startedAt,
  last: ({ lastRuns }) => lastRuns.at(-1)?.startedAt,
  slower: slowdownOf,
};

/** The last successful run's duration over the median of the successful ones before it: 2 is twice as long. */
export function slowdownOf({ lastRuns }: Pick<FlowSummary, "lastRuns">): number | undefined {
  const took = lastRuns.flatMap(({ state, durationMs }) => (state === "Success" ? (durationMs ?? []) : []));
  const last = took.pop();
  const before = took.toSorted((a, b) => a - b)[Math.floor(took.length / 2)];
  return last === undefined || before === undefined ? undefined : (last + 1) / (before + 1);
}
