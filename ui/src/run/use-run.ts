/** Everything a page of one run shows, read from the one store that snapshots and stream write to. */
import { useEffect, useMemo, useRef } from "react";
import type {
  FlowGraph,
  Progress,
  RunDetail,
  StateType,
  TaskRunList,
  TaskRunSummary,
} from "../../../src/server/contract.ts";
import { client } from "../api/client.ts";
import type { Trouble } from "../api/problem.ts";
import { resources } from "../api/resources.ts";
import { useSnapshot } from "../api/use-snapshot.ts";
import { useLastShown } from "../api/use-last-shown.ts";
import { useGraphView } from "../graph/use-graph-view.ts";
import { connection, store, useListen, useTaskRuns, useTopic } from "../live/live.ts";

export interface RunState {
  readonly id: string;
  /** The snapshot, with what the stream told since. */
  readonly run: RunDetail | undefined;
  readonly graph: FlowGraph | undefined;
  /** One per node, in node order. */
  readonly taskRuns: readonly TaskRunSummary[];
  readonly byId: ReadonlyMap<string, TaskRunSummary>;
  readonly progress: Progress | undefined;
  readonly trouble: Trouble | undefined;
  reload(): void;
}

const PAGE = 1_000;

export function useRunState(id: string): RunState {
  useListen(`run:${id}`);
  const detail = useSnapshot(resources.run(id), { refreshOn: [`run:${id}`] });
  const graph = useSnapshot(resources.runGraph(id, useGraphView()));
  const drawn = useLastShown(graph.data, id);
  const list = useSnapshot(resources.taskRuns(id, { limit: PAGE }));
  useRestOfTaskRuns(id, list.data);
  useRefetch(`run:${id}`, list.reload);
  useTopic(`run:${id}`);
  const known = useTaskRuns(id);
  const live = store.run(id);
  const run = useMemo(
    () => (detail.data === undefined || live === undefined ? detail.data : { ...detail.data, ...live }),
    [detail.data, live],
  );
  const nodes = drawn?.nodes;
  const byId = useMemo(() => new Map(known.map((taskRun) => [taskRun.id, taskRun])), [known]);
  const taskRuns = useMemo(() => (nodes ?? []).flatMap(({ slug }) => byId.get(slug) ?? []), [nodes, byId]);
  return {
    id,
    run,
    graph: drawn,
    taskRuns,
    byId,
    progress: store.progress(id) ?? run?.progress,
    trouble: detail.trouble ?? graph.trouble ?? list.trouble,
    reload: () => {
      detail.reload();
      graph.reload();
      list.reload();
    },
  };
}

/** A run of more nodes than a page has: the other pages, one after the other. */
function useRestOfTaskRuns(id: string, first: TaskRunList | undefined): void {
  useEffect(() => {
    const abort = new AbortController();
    const rest = async (next: string | undefined): Promise<void> => {
      if (next === undefined) return;
      const page = await client.get(resources.taskRuns(id, { limit: PAGE, after: next }), abort.signal);
      store.putTaskRuns(id, page.taskRuns, page.cursor);
      await rest(page.next);
    };
    // What is missing is asked for again with the next snapshot.
    rest(first?.next).catch(() => undefined);
    return () => abort.abort();
  }, [id, first]);
}

/** The stream says when it could not tell what happened; on every other change it told the task runs themselves. */
function useRefetch(topic: string, reload: () => void): void {
  const latest = useRef(reload);
  latest.current = reload;
  useEffect(
    () =>
      connection.onRefetch((topics) => {
        if (topics !== "all" && topics.includes(topic)) latest.current();
      }),
    [topic],
  );
}

/** The node a task run belongs to: itself, or of a child the mapped one. */
export function nodeOf(id: string): string {
  return id.replace(/\.\d+$/, "");
}

const BAD: readonly StateType[] = ["Failed", "TimedOut", "ValidationFailed", "TriggerFailed"];

export function isBad({ state, children }: TaskRunSummary): boolean {
  return BAD.includes(state) || BAD.some((bad) => (children?.[bad] ?? 0) > 0);
}
