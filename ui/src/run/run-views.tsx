/** Four ways to see the same task runs, with one selection. */
import { type ReactNode, Suspense } from "react";
import type { FlowGraph, GraphNode } from "../../../src/server/contract.ts";
import type { RunView } from "../addresses.ts";
import { Outline } from "../graph/outline.tsx";
import { useShortcut } from "../keys.ts";
import { Loading } from "../parts/loading.tsx";
import { StateMark } from "../parts/state-mark.tsx";
import { Segments } from "../parts/tabs.tsx";
import { Duration } from "../time.tsx";
import { useWords } from "../words/words.tsx";
import type { GanttProps } from "./gantt.tsx";
import { RunGraph } from "./run-graph.tsx";
import { TaskTable } from "./task-table.tsx";
import { nodeOf, type RunState } from "./use-run.ts";
import { later } from "../later.tsx";

/** One of four views, and the largest. */
const { Part: Gantt } = later(async () => (await import("./gantt.tsx")).Gantt);

export const RUN_VIEWS = ["graph", "gantt", "outline", "table"] as const satisfies readonly RunView[];

export interface RunViewsProps extends Pick<GanttProps, "history" | "at" | "endsAt" | "span" | "onSpan"> {
  readonly state: RunState;
  readonly view: RunView;
  readonly selected: string | undefined;
  readonly onView: (view: RunView) => void;
  readonly onSelect: (task: string | undefined) => void;
  /** At the end of the bar. */
  readonly extra?: ReactNode;
}

export function RunViews({ onView, extra, ...shown }: RunViewsProps) {
  const words = useWords();
  const { state, view } = shown;
  const { graph } = state;
  return (
    <section className="run-views" aria-label={words.run.viewLabel}>
      <div className="row run-view-bar">
        <Segments
          label={words.run.viewLabel}
          value={view}
          onChange={onView}
          choices={RUN_VIEWS.map((value) => ({ value, text: words.run.views[value] }))}
        />
        {extra}
      </div>
      {RUN_VIEWS.map((one, at) => (
        <ViewKey key={one} keys={String(at + 1)} label={words.run.views[one]} go={() => onView(one)} />
      ))}
      {graph === undefined ? (
        <Loading rows={6} />
      ) : graph.nodes.length === 0 ? (
        <p className="muted padded">{words.views.noTasks}</p>
      ) : (
        <Shown {...shown} state={{ ...state, graph }} />
      )}
    </section>
  );
}

interface ViewKeyProps {
  readonly keys: string;
  readonly label: string;
  readonly go: () => void;
}

function ViewKey({ keys, label, go }: ViewKeyProps) {
  useShortcut(keys, label, go);
  return null;
}

interface ShownProps extends Omit<RunViewsProps, "state" | "onView" | "extra"> {
  readonly state: RunState & { readonly graph: FlowGraph };
}

function Shown({ state, view, selected, onSelect, ...time }: ShownProps): ReactNode {
  const { graph, byId, taskRuns, id } = state;
  switch (view) {
    case "graph":
      return <RunGraph state={state} selected={selected} onSelect={onSelect} />;
    case "gantt":
      return (
        <Suspense fallback={<Loading rows={6} />}>
          <Gantt {...time} state={state} selected={selected} onSelect={onSelect} />
        </Suspense>
      );
    case "outline":
      return (
        <Outline
          graph={graph}
          selected={selected === undefined ? undefined : nodeOf(selected)}
          onSelect={onSelect}
          taskRuns={byId}
          extra={(node) => <OutlineFacts state={state} node={node} />}
        />
      );
    case "table":
      return <TaskTable run={id} {...{ graph, taskRuns, selected, onSelect }} />;
  }
}

function OutlineFacts({ state: { byId }, node }: { readonly state: RunState; readonly node: GraphNode }) {
  const words = useWords();
  const taskRun = byId.get(node.slug);
  if (taskRun === undefined) return null;
  const { state, startedAt, endedAt, attempt, children } = taskRun;
  const total = Object.values(children ?? {}).reduce((sum, count) => sum + count, 0);
  return (
    <span className="row">
      {attempt > 1 && <span className="muted">{words.logs.attempt(attempt)}</span>}
      {total > 0 && <span className="muted">×{words.number(total)}</span>}
      {startedAt !== undefined && <Duration from={startedAt} to={endedAt} />}
      <StateMark state={state} />
    </span>
  );
}
