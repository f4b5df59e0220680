/** The graph of a run, with what it shows strongly: everything, failures and what led to them, or one kind of state. */
import { useMemo, useState } from "react";
import type { FlowGraph, LayoutBox, StateCounts, StateType, TaskRunSummary } from "../../../src/server/contract.ts";
import { GraphView } from "../graph/graph-view.tsx";
import { countedStates, isOver } from "../look.ts";
import { StateMark } from "../parts/state-mark.tsx";
import { Segments } from "../parts/tabs.tsx";
import { useWords } from "../words/words.tsx";
import { isBad, nodeOf, type RunState } from "./use-run.ts";

export interface RunGraphProps {
  readonly state: RunState & { readonly graph: FlowGraph };
  readonly selected: string | undefined;
  readonly onSelect: (task: string | undefined) => void;
}

type Focus = "everything" | "failures" | "unfinished";

export function RunGraph({ state: { graph, byId, taskRuns }, selected, onSelect }: RunGraphProps) {
  const words = useWords();
  const [focus, setFocus] = useState<Focus>("everything");
  const [only, setOnly] = useState<StateType>();
  const strong = useMemo(() => strongNodes(graph, taskRuns, focus, only), [graph, taskRuns, focus, only]);
  const isDimmed = useMemo(
    () => (strong === undefined ? undefined : ({ nodes }: LayoutBox) => !nodes.some((slug) => strong.has(slug))),
    [strong],
  );
  return (
    <div className="run-graph">
      <GraphView
        graph={graph}
        selected={selected === undefined ? undefined : nodeOf(selected)}
        onSelect={onSelect}
        taskRuns={byId}
        isDimmed={isDimmed}
      />
      <div className="graph-legend row">
        <fieldset className="row" aria-label={words.views.legend}>
          {countedStates(countsOf(taskRuns)).map(({ state, count }) => (
            <button
              key={state}
              type="button"
              className="chip"
              aria-pressed={only === state}
              onClick={() => setOnly(only === state ? undefined : state)}
            >
              <StateMark state={state} detail={words.number(count)} />
            </button>
          ))}
        </fieldset>
        <Segments
          label={words.views.focus}
          value={focus}
          onChange={setFocus}
          choices={(["everything", "failures", "unfinished"] as const).map((value) => ({
            value,
            text: words.views[value],
          }))}
        />
      </div>
      {graph.layout.notes.map((note) => (
        <p key={note} className="muted small-text">
          {note}
        </p>
      ))}
    </div>
  );
}

function countsOf(taskRuns: readonly TaskRunSummary[]): StateCounts {
  const counts: { [state in StateType]?: number } = {};
  for (const { state } of taskRuns) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

/** Undefined: all of them. */
function strongNodes(
  { edges }: FlowGraph,
  taskRuns: readonly TaskRunSummary[],
  focus: Focus,
  only: StateType | undefined,
): ReadonlySet<string> | undefined {
  if (focus === "everything" && only === undefined) return undefined;
  const chosen = taskRuns.filter(
    (taskRun) =>
      (only === undefined || taskRun.state === only) &&
      (focus !== "unfinished" || !isOver(taskRun.state)) &&
      (focus !== "failures" || isBad(taskRun)),
  );
  const found = new Set(chosen.map(({ id }) => id));
  if (focus !== "failures") return found;
  const before = new Map<string, string[]>();
  for (const { from, to } of edges) before.set(to, [...(before.get(to) ?? []), from]);
  // A set grows while it is gone through: this is the walk to all ancestors.
  for (const id of found) for (const upstream of before.get(id) ?? []) found.add(upstream);
  return found;
}
