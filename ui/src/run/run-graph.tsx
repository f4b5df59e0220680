/** The graph of a run, with what it shows strongly: everything, failures and what led to them, or one kind of state. */
import { useMemo, useRef, useState } from "react";
import type {
  FlowGraph,
  LayoutBox,
  RunDetail,
  StateCounts,
  StateType,
  TaskRunSummary,
} from "../../../src/server/contract.ts";
import { resources } from "../api/resources.ts";
import { ExportMenu } from "../graph/export-menu.tsx";
import { arrangementOf, GraphView, stateOf } from "../graph/graph-view.tsx";
import { partOf } from "../graph/part-of.ts";
import { useGraphView } from "../graph/use-graph-view.ts";
import { isOver } from "../look.ts";
import { Segments } from "../parts/tabs.tsx";
import { useQuery, useSetQuery } from "../router.tsx";
import { visible } from "../visible.ts";
import { useWords } from "../words/words.tsx";
import { EdgeTip } from "./edge-tip.tsx";
import { StateChips } from "./state-chips.tsx";
import { isBad, nodeOf, type RunState } from "./use-run.ts";

export interface RunGraphProps {
  readonly state: RunState & { readonly graph: FlowGraph };
  readonly selected: string | undefined;
  readonly onSelect: (task: string | undefined) => void;
}

const FOCUSES = ["everything", "failures", "unfinished"] as const;
type Focus = (typeof FOCUSES)[number];

const NOTHING = { everything: undefined, failures: "nothingBad", unfinished: "nothingOpen" } as const;

export function RunGraph({ state: { id, graph: drawn, byId, taskRuns, run }, selected, onSelect }: RunGraphProps) {
  const words = useWords();
  const parameters = run?.parameters;
  const graph = useMemo(() => withValues(drawn, parameters ?? {}), [drawn, parameters]);
  const how = useGraphView();
  const setQuery = useSetQuery();
  const asked = useQuery().get("show");
  const focus = FOCUSES.find((one) => one === asked) ?? "everything";
  const [only, setOnly] = useState<StateType>();
  const kept = useSame(useMemo(() => keptNodes(graph, taskRuns, focus), [graph, taskRuns, focus]));
  const part = useMemo(() => (kept === undefined ? graph : partOf(graph, new Set(kept))), [graph, kept]);
  const isDimmed = useMemo(
    () =>
      only === undefined ? undefined : ({ nodes }: LayoutBox) => !nodes.some((slug) => hasState(byId.get(slug), only)),
    [only, byId],
  );
  const nothing = NOTHING[focus];
  return (
    <div className="run-graph">
      <GraphView
        key={arrangementOf(graph)}
        graph={part}
        nothing={nothing === undefined ? undefined : words.views[nothing]}
        selected={selected === undefined ? undefined : nodeOf(selected)}
        onSelect={onSelect}
        taskRuns={byId}
        isDimmed={isDimmed}
        tip={(looked) => <EdgeTip {...looked} run={id} />}
      />
      <div className="graph-legend row">
        <fieldset className="row" aria-label={words.views.legend}>
          <StateChips counts={countsOf(taskRuns)} only={only} onOnly={setOnly} />
        </fieldset>
        <Segments
          label={words.views.focus}
          value={focus}
          onChange={(to) => setQuery({ show: to === "everything" ? undefined : to }, { replace: true })}
          choices={FOCUSES.map((value) => ({
            value,
            text: words.views.short[value],
            label: words.views[value],
          }))}
        />
        <ExportMenu
          graph={part}
          name={run?.name ?? graph.flow}
          pdf={resources.runDrawing(id, how)}
          stateOf={(box) => stateOf(box, byId)}
          tookMsOf={({ nodes }) => tookMs(nodes.length === 1 ? byId.get(nodes[0] ?? "") : undefined)}
          isDimmed={isDimmed}
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

function tookMs(taskRun: TaskRunSummary | undefined): number | undefined {
  const { startedAt, endedAt } = taskRun ?? {};
  return startedAt === undefined || endedAt === undefined ? undefined : endedAt - startedAt;
}

const VALUE_LENGTH_MAX = 24;

/** The drawing is the flow's, with defaults; a run has values of its own. */
function withValues(graph: FlowGraph, parameters: RunDetail["parameters"]): FlowGraph {
  const boxes = graph.layout.boxes.map((box) => {
    if (box.shape !== "parameter" || !Object.hasOwn(parameters, box.name)) return box;
    const text = visible(JSON.stringify(parameters[box.name]) ?? "");
    return { ...box, detail: `= ${text.length > VALUE_LENGTH_MAX ? `${text.slice(0, VALUE_LENGTH_MAX)}…` : text}` };
  });
  return { ...graph, layout: { ...graph.layout, boxes } };
}

/** Of task runs, as the head of the run counts failures: children, and not the node they belong to. */
function countsOf(taskRuns: readonly TaskRunSummary[]): StateCounts {
  const counts: { [state in StateType]?: number } = {};
  for (const { state, children = { [state]: 1 } } of taskRuns)
    for (const [of, count] of Object.entries(children) as [StateType, number][]) counts[of] = (counts[of] ?? 0) + count;
  return counts;
}

function hasState(taskRun: TaskRunSummary | undefined, state: StateType): boolean {
  return taskRun?.state === state || (taskRun?.children?.[state] ?? 0) > 0;
}

/** The same list as before where it says the same: a drawing is not made anew for every change of a state. */
function useSame(list: readonly string[] | undefined): readonly string[] | undefined {
  const before = useRef(list);
  if (before.current?.join(" ") !== list?.join(" ")) before.current = list;
  return before.current;
}

/** Undefined: all of them. */
function keptNodes(
  { edges }: FlowGraph,
  taskRuns: readonly TaskRunSummary[],
  focus: Focus,
): readonly string[] | undefined {
  if (focus === "everything") return undefined;
  const chosen = taskRuns.filter((taskRun) => (focus === "failures" ? isBad(taskRun) : !isOver(taskRun.state)));
  const found = new Set(chosen.map(({ id }) => id));
  if (focus !== "failures") return [...found];
  const before = new Map<string, string[]>();
  for (const { from, to } of edges) before.set(to, [...(before.get(to) ?? []), from]);
  // A set grows while it is gone through: this is the walk to all ancestors.
  for (const id of found) for (const upstream of before.get(id) ?? []) found.add(upstream);
  return [...found];
}
