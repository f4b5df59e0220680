/**
 * Which way a graph goes, and how far it is folded. The direction is a taste, and kept in this browser; what is folded
 * belongs to what one looks at, and stands in the address.
 */
import { useMemo } from "react";
import type { GraphView } from "../../../src/server/contract.ts";
import { useQuery } from "../router.tsx";
import { settings, useSettings } from "../settings.ts";

export const FOLDS = ["needed", "groups", "most"] as const satisfies readonly NonNullable<GraphView["fold"]>[];

export function useGraphView(): GraphView {
  const { direction } = useSettings();
  const asked = useQuery().get("fold");
  const fold = FOLDS.slice(1).find((one) => one === asked);
  return useMemo(() => viewOf(direction, fold), [direction, fold]);
}

/** As a page without a level in its address draws graphs. */
export function plainGraphView(): GraphView {
  return viewOf(settings().direction);
}

function viewOf(direction: GraphView["direction"] | undefined, fold?: GraphView["fold"]): GraphView {
  return { ...(direction && { direction }), ...(fold && { fold }) };
}
