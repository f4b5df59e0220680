/** How long the tasks of a version usually take, by slug; nothing until it is known, or where it cannot be. */
import { useMemo } from "react";
import type { FlowTimings, TaskTiming } from "../../../src/server/contract.ts";
import { resources } from "./resources.ts";
import { useSnapshot } from "./use-snapshot.ts";

export interface Timings {
  readonly bySlug: ReadonlyMap<string, TaskTiming>;
  /** How many runs they are of. */
  readonly runs: number;
}

/** Fetched when it is shown: fifty runs are not another fifty after the next one. */
export function useTimings(flow: string, version: string): Timings | undefined {
  const { data } = useSnapshot(resources.flowTimings(flow, version));
  return useMemo(() => timingsOf(data), [data]);
}

function timingsOf(data: FlowTimings | undefined): Timings | undefined {
  return data && { bySlug: new Map(data.tasks.map((task) => [task.slug, task])), runs: data.runs };
}
