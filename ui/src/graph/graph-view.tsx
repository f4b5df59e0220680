/**
 * A flow's graph as the server laid it out: arrows as one drawing below, boxes above it as real buttons, so that keys
 * and screen readers reach them. With states it shows a run, without them a flow before any run.
 */
import { type KeyboardEvent, type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import type {
  FlowGraph,
  LayoutBox,
  StateCounts,
  StateType,
  TaskRunSummary,
  TaskTiming,
} from "../../../src/server/contract.ts";
import { mostUrgent } from "../look.ts";
import { useWords } from "../words/words.tsx";
import type { Camera } from "./camera.ts";
import { ArrowLayer } from "./arrow-layer.tsx";
import { BoxButton } from "./box-button.tsx";
import { GraphSearch } from "./graph-search.tsx";
import { GraphTools } from "./graph-tools.tsx";
import { MAPPED_BOXES_MIN, MiniMap } from "./mini-map.tsx";
import { type Direction, travelOf } from "./travel.ts";
import { type CameraControl, useCamera } from "./use-camera.ts";
import { type Edges, type LookedAt, useEdges } from "./use-edges.ts";

export interface GraphViewProps {
  readonly graph: FlowGraph;
  /** The slug of the chosen node. */
  readonly selected?: string | undefined;
  readonly onSelect: (slug: string | undefined) => void;
  /** Of a run: what its nodes are now. */
  readonly taskRuns?: ReadonlyMap<string, TaskRunSummary> | undefined;
  /** Before any run: how long its tasks usually take. */
  readonly timings?: ReadonlyMap<string, TaskTiming> | undefined;
  /** Boxes that are shown faintly: what a filter or the legend leaves out. */
  readonly isDimmed?: ((box: LayoutBox) => boolean) | undefined;
  /** Instead of the boxes, where none is left to draw. */
  readonly nothing?: string | undefined;
  /** Of a run: what its arrows carry. Without it they say nothing. */
  readonly tip?: ((looked: LookedAt) => ReactNode) | undefined;
}

const STEP_PX = 60;
/** Names are not readable below this: only shapes and states are drawn. */
const NAMES_ZOOM_MIN = 0.34;

export function GraphView(props: GraphViewProps) {
  const { graph, selected, onSelect, taskRuns, isDimmed, nothing, tip, timings } = props;
  const words = useWords();
  const view = useRef<HTMLDivElement>(null);
  const control = useCamera(view, graph.layout);
  const travel = useMemo(() => travelOf(graph), [graph]);
  const chosen = graph.layout.boxes.find(({ nodes }) => selected !== undefined && nodes.includes(selected));
  const [at, setAt] = useState<string>();
  const isThere = graph.layout.boxes.some(({ id }) => id === at);
  const stop = (isThere ? at : undefined) ?? chosen?.id ?? travel.first;
  const edges = useEdges(graph, stop, tip !== undefined);
  const [found, setFound] = useState<LayoutBox>();
  useShowChosen(control, chosen);

  const focusOn = (box: string) =>
    view.current?.querySelector<HTMLElement>(`[data-box="${CSS.escape(box)}"]`)?.focus({ preventScroll: true });
  const find = (box: LayoutBox | undefined) => {
    setFound(box);
    if (box !== undefined) control.goTo(box);
  };
  const keyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") return edges.arrow === undefined ? view.current?.focus() : edges.close();
    if (!/^(Arrow|Home$|End$)/.test(event.key) || event.ctrlKey || event.metaKey || stop === undefined) return;
    event.preventDefault();
    if (event.shiftKey || event.target === view.current) return pan(control, event.key);
    const next = travel.go(stop, event.key as Direction);
    const box = graph.layout.boxes.find(({ id }) => id === next);
    if (next === undefined || box === undefined) return;
    setAt(next);
    control.show(box);
    focusOn(next);
  };
  const { camera } = control;
  return (
    <div className="graph">
      {/* biome-ignore lint/a11y/useSemanticElements: a drawing one travels through, with the outline as its equal */}
      <div
        ref={view}
        className="graph-view"
        role="group"
        aria-label={words.graph.label(graph.flow)}
        aria-describedby="graph-help"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it is panned with keys
        tabIndex={0}
        onKeyDown={keyDown}
        {...control.handlers}
        onPointerCancel={control.handlers.onPointerUp}
      >
        {camera !== undefined && (
          <Scene
            {...{ graph, camera, chosen, found, stop, onSelect, taskRuns, isDimmed, edges, timings }}
            onReach={setAt}
          />
        )}
      </div>
      {camera !== undefined &&
        edges.arrow !== undefined &&
        tip?.({ graph, camera, arrow: edges.arrow, room: control.room, onEnter: edges.hold, onLeave: edges.leave })}
      {graph.layout.boxes.length === 0 && nothing !== undefined && <p className="graph-nothing muted">{nothing}</p>}
      <p id="graph-help" className="unseen">
        {words.graph.help}
      </p>
      {camera !== undefined && <Corner graph={graph} camera={camera} control={control} taskRuns={taskRuns} />}
      <GraphSearch graph={graph} onFind={find} onLeave={() => found && focusOn(found.id)} />
      <GraphTools control={control} direction={graph.layout.direction} />
    </div>
  );
}

interface CornerProps extends Pick<GraphViewProps, "graph" | "taskRuns"> {
  readonly camera: Camera;
  readonly control: CameraControl;
}

/** The whole of a large drawing. */
function Corner({ graph: { layout }, camera, control, taskRuns }: CornerProps) {
  const stateOfBox = useCallback(
    (box: LayoutBox) => (taskRuns === undefined ? undefined : stateOf(box, taskRuns)),
    [taskRuns],
  );
  if (layout.boxes.length <= MAPPED_BOXES_MIN) return null;
  const { room, centerOn } = control;
  return (
    <MiniMap {...{ boxes: layout.boxes, drawing: layout, camera, room }} stateOf={stateOfBox} onCenter={centerOn} />
  );
}

interface SceneProps extends Pick<GraphViewProps, "graph" | "onSelect" | "taskRuns" | "isDimmed" | "timings"> {
  readonly camera: Camera;
  readonly chosen: LayoutBox | undefined;
  /** Of the task that was looked for. */
  readonly found: LayoutBox | undefined;
  /** Where Tab stops. */
  readonly stop: string | undefined;
  readonly onReach: (box: string) => void;
  readonly edges: Edges;
}

function Scene({
  graph,
  camera,
  chosen,
  found,
  stop,
  onSelect,
  taskRuns,
  isDimmed,
  onReach,
  edges,
  timings,
}: SceneProps) {
  const { width, height, boxes } = graph.layout;
  return (
    <div
      className="graph-scene"
      data-names={camera.zoom >= NAMES_ZOOM_MIN || undefined}
      style={{ width, height, transform: `scale(${camera.zoom}) translate(${-camera.x}px, ${-camera.y}px)` }}
    >
      <ArrowLayer graph={graph} chosen={chosen?.id} looked={edges.at} handlers={edges.handlers} />
      {boxes.map((box) => (
        <BoxButton
          key={box.id}
          box={box}
          graph={graph}
          isStop={box.id === stop}
          isChosen={box === chosen}
          isFound={box.id === found?.id}
          isDimmed={isDimmed?.(box) === true}
          taskRun={box.nodes.length === 1 ? taskRuns?.get(box.nodes[0] ?? "") : undefined}
          timing={box.nodes.length === 1 ? timings?.get(box.nodes[0] ?? "") : undefined}
          state={taskRuns === undefined ? undefined : stateOf(box, taskRuns)}
          shares={taskRuns === undefined || box.nodes.length < 2 ? undefined : countsOf(box, taskRuns)}
          onFocus={() => onReach(box.id)}
          onPress={() => onSelect(box === chosen ? undefined : foremost(box, taskRuns))}
        />
      ))}
    </div>
  );
}

/** Another arrangement is another drawing, looked at anew. */
export function arrangementOf({ layout }: FlowGraph): string {
  return `${layout.direction} ${layout.width} ${layout.height}`;
}

/** Of a box that stands for several nodes: what needs a look first. */
export function stateOf(box: LayoutBox, taskRuns: ReadonlyMap<string, TaskRunSummary>): StateType | undefined {
  if (box.nodes.length === 1) return taskRuns.get(box.nodes[0] ?? "")?.state;
  return mostUrgent(countsOf(box, taskRuns));
}

function countsOf(box: LayoutBox, taskRuns: ReadonlyMap<string, TaskRunSummary>): StateCounts {
  const counts: { [state in StateType]?: number } = {};
  for (const node of box.nodes) {
    const state = taskRuns.get(node)?.state;
    if (state !== undefined) counts[state] = (counts[state] ?? 0) + 1;
  }
  return counts;
}

/** The node a press on a box is about: of several the first of those that need a look first. */
function foremost(box: LayoutBox, taskRuns: ReadonlyMap<string, TaskRunSummary> | undefined): string | undefined {
  const urgent = taskRuns && stateOf(box, taskRuns);
  return box.nodes.find((node) => urgent !== undefined && taskRuns?.get(node)?.state === urgent) ?? box.nodes[0];
}

/** What is chosen elsewhere comes into view; the eye does not move for what is in view already. */
function useShowChosen(control: CameraControl, chosen: LayoutBox | undefined): void {
  const latest = useRef(control);
  latest.current = control;
  const isReady = control.camera !== undefined;
  const { width, height } = control.room;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was in view may not be in a smaller room
  useEffect(() => {
    if (chosen !== undefined && isReady) latest.current.show(chosen);
  }, [chosen, isReady, width, height]);
}

function pan(control: CameraControl, key: string): void {
  if (key === "ArrowUp") control.panBy(0, STEP_PX);
  else if (key === "ArrowDown") control.panBy(0, -STEP_PX);
  else if (key === "ArrowLeft") control.panBy(STEP_PX, 0);
  else if (key === "ArrowRight") control.panBy(-STEP_PX, 0);
  else control.fit();
}
