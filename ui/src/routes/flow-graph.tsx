/** A flow before any run: the drawing or its outline, and the options of the task that is chosen. */
import { useEffect, useState } from "react";
import type { FlowDetail, FlowGraph, GraphNode } from "../../../src/server/contract.ts";
import { resources } from "../api/resources.ts";
import { useSnapshot } from "../api/use-snapshot.ts";
import { ExportMenu } from "../graph/export-menu.tsx";
import { GraphLegend } from "../graph/graph-legend.tsx";
import { arrangementOf, GraphView } from "../graph/graph-view.tsx";
import { Outline } from "../graph/outline.tsx";
import { useGraphView } from "../graph/use-graph-view.ts";
import { useShortcut } from "../keys.ts";
import { Button } from "../parts/button.tsx";
import { Empty } from "../parts/empty.tsx";
import { ErrorBox } from "../parts/error-box.tsx";
import { Icon } from "../parts/icon.tsx";
import { Loading } from "../parts/loading.tsx";
import { Segments } from "../parts/tabs.tsx";
import { useQuery, useSetQuery } from "../router.tsx";
import { useWords } from "../words/words.tsx";
import { FlowFacts } from "./flow-facts.tsx";
import { TaskFacts } from "./task-facts.tsx";
import { useRunNow } from "./start-run.ts";
import { useTimings } from "../api/use-timings.ts";
import { useLastShown } from "../api/use-last-shown.ts";

export function FlowGraphTab({ flow }: { readonly flow: FlowDetail }) {
  const view = useGraphView();
  const { data, trouble, reload } = useSnapshot(resources.flowGraph(flow.name, view), { refreshOn: ["flows"] });
  const graph = useLastShown(data, flow.name);
  if (trouble !== undefined) return <ErrorBox trouble={trouble} onRetry={reload} />;
  if (graph === undefined) return <Loading rows={6} />;
  return <GraphAndFacts key={flow.name} flow={flow} graph={graph} />;
}

function GraphAndFacts({ flow, graph }: { readonly flow: FlowDetail; readonly graph: FlowGraph }) {
  const words = useWords();
  const query = useQuery();
  const setQuery = useSetQuery();
  const selected = query.get("task") ?? undefined;
  const view = useView(query.get("view"));
  const how = useGraphView();
  const select = (slug: string | undefined) => setQuery({ task: slug });
  const switchTo = (to: "graph" | "outline") => setQuery({ view: to }, { replace: true });
  useShortcut("o", words.keys.graphOrOutline, () => switchTo(view === "graph" ? "outline" : "graph"));
  const timings = useTimings(flow.name, graph.fingerprint);
  const node = graph.nodes.find(({ slug }) => slug === selected);
  if (graph.nodes.length === 0) return <Empty icon="flows" title={words.flow.noTasks} />;
  return (
    <div className="flow-graph">
      <section aria-label={words.flow.tabs.graph} className="stack">
        <div className="graph-head">
          <Segments
            label={words.graph.view}
            value={view}
            onChange={switchTo}
            choices={[
              { value: "graph", text: words.graph.graph },
              { value: "outline", text: words.graph.outline },
            ]}
          />
          <span className="muted small-text">
            {summaryOf(graph, words.graph.summary)}
            {timings !== undefined && timings.runs > 0 && ` · ${words.graph.timesOf(timings.runs)}`}
          </span>
          <ExportMenu graph={graph} name={flow.name} pdf={resources.flowDrawing(flow.name, how)} />
        </div>
        {graph.layout.notes.map((note) => (
          <p key={note} className="muted small-text" lang="en">
            {note}
          </p>
        ))}
        {view === "graph" ? (
          <>
            <GraphView
              key={arrangementOf(graph)}
              {...{ graph, selected }}
              onSelect={select}
              timings={timings?.bySlug}
            />
            <GraphLegend graph={graph} />
          </>
        ) : (
          <Outline graph={graph} selected={selected} onSelect={select} />
        )}
      </section>
      <aside className="facts" aria-label={node === undefined ? words.flow.aboutFlow : words.flow.about}>
        {node === undefined ? <FlowFacts flow={flow} /> : <TaskFactsOf flow={flow} graph={graph} node={node} />}
        {node === undefined && flow.lastRuns.length === 0 && <NeverRun flow={flow} />}
      </aside>
    </div>
  );
}

function summaryOf({ nodes, edges }: FlowGraph, say: (nodes: number, data: number, order: number) => string): string {
  const data = edges.filter(({ kind }) => kind === "data").length;
  const order = edges.filter(({ kind }) => kind === "order").length;
  return say(nodes.filter(({ kind }) => kind === "task").length, data, order);
}

const NARROW = "(max-width: 719px)";

/** On a phone the outline is what one sees first; both can be chosen everywhere. */
function useView(asked: string | null): "graph" | "outline" {
  const [narrow, setNarrow] = useState(() => window.matchMedia(NARROW).matches);
  useEffect(() => {
    const media = window.matchMedia(NARROW);
    const change = () => setNarrow(media.matches);
    media.addEventListener("change", change);
    return () => media.removeEventListener("change", change);
  }, []);
  if (asked === "graph" || asked === "outline") return asked;
  return narrow ? "outline" : "graph";
}

function TaskFactsOf({
  flow,
  graph,
  node,
}: {
  readonly flow: FlowDetail;
  readonly graph: FlowGraph;
  readonly node: GraphNode;
}) {
  const setQuery = useSetQuery();
  return (
    <TaskFacts
      graph={graph}
      node={node}
      options={flow.taskOptions[node.task]}
      onSelect={(slug) => setQuery({ task: slug })}
      onClose={() => setQuery({ task: undefined })}
    />
  );
}

function NeverRun({ flow }: { readonly flow: FlowDetail }) {
  const words = useWords();
  const { run, starting } = useRunNow();
  return (
    <Empty icon="runs" title={words.flow.neverRun} level={3}>
      <p>{words.flow.neverRunText}</p>
      <Button
        kind="primary"
        busy={starting === flow.name}
        disabledBecause={flow.loaded ? undefined : words.flow.cannotRun}
        onPress={() => run(flow.name)}
      >
        <Icon name="play" />
        {words.flow.runNow}
      </Button>
    </Empty>
  );
}
