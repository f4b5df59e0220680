/** When each task run waited and ran, as bars over one time axis. A row is one press target, however short its bars. */
import { useMemo, useState } from "react";
import type { Instant } from "../../../src/server/contract.ts";
import { absolute, duration } from "../format-time.ts";
import { useShortcut } from "../keys.ts";
import { groupOf } from "../look.ts";
import { useNow } from "../live/live.ts";
import { Button } from "../parts/button.tsx";
import { Icon } from "../parts/icon.tsx";
import { StateGlyph } from "../parts/state-mark.tsx";
import { useZone } from "../time.tsx";
import type { Words } from "../words/en.ts";
import { useSpoken, useWords } from "../words/words.tsx";
import { type GanttRow, ganttRows, type Segment, type SegmentKind, ticksOf } from "./gantt-rows.ts";
import { useHistory } from "./use-history.ts";
import { nodeOf, type RunState } from "./use-run.ts";

export interface GanttProps {
  readonly state: RunState;
  readonly selected: string | undefined;
  readonly onSelect: (task: string | undefined) => void;
}

const ZOOM_MAX = 64;
const KINDS: readonly SegmentKind[] = ["running", "delay", "queued", "person", "waiting"];

interface Axis {
  readonly from: Instant;
  readonly lengthMs: number;
  readonly now: Instant;
}

export function Gantt({ state, selected, onSelect }: GanttProps) {
  const words = useWords();
  const zone = useZone();
  const { run, graph, taskRuns, id } = state;
  const history = useHistory(id);
  const [zoom, setZoom] = useState(1);
  const isOpen = run?.endedAt === undefined;
  const now = useNow(isOpen);
  const begunAt = run?.startedAt ?? run?.createdAt ?? now;
  const rows = useMemo(
    () => ganttRows({ taskRuns, history: history.events, edges: graph?.edges ?? [], begunAt }),
    [taskRuns, history.events, graph, begunAt],
  );
  const end = lastOf(rows, run?.endedAt ?? now);
  const axis: Axis = { from: begunAt, lengthMs: Math.max(1, end - begunAt), now: end };
  if (run?.startedAt === undefined) return <p className="muted padded">{words.gantt.none}</p>;
  return (
    <div className="gantt-frame">
      <GanttTools zoom={zoom} onZoom={setZoom} />
      {!history.isComplete && history.events.length > 0 && (
        <p className="muted small-text">{words.gantt.loading(history.events.length)}</p>
      )}
      {history.isCut && <p className="muted small-text">{words.gantt.cut(history.events.length)}</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with keys */}
      <section className="gantt" aria-label={words.gantt.label} tabIndex={0}>
        <div className="gantt-inner" style={{ minWidth: `${zoom * 100}%` }}>
          <TimeAxis axis={axis} zoom={zoom} label={words.gantt.axis(absolute(begunAt, zone))} />
          <ol className="gantt-rows">
            {rows.map((row) => (
              <Row
                key={row.taskRun.id}
                row={row}
                axis={axis}
                isSelected={selected !== undefined && nodeOf(selected) === row.taskRun.id}
                onPress={() => onSelect(selected === row.taskRun.id ? undefined : row.taskRun.id)}
              />
            ))}
          </ol>
        </div>
      </section>
    </div>
  );
}

function GanttTools({ zoom, onZoom }: { readonly zoom: number; readonly onZoom: (zoom: number) => void }) {
  const words = useWords();
  const zoomBy = (factor: number) => onZoom(Math.min(ZOOM_MAX, Math.max(1, zoom * factor)));
  useShortcut("+", words.gantt.zoomIn, () => zoomBy(2));
  useShortcut("-", words.gantt.zoomOut, () => zoomBy(0.5));
  useShortcut("0", words.gantt.all, () => onZoom(1));
  const button = (label: string, keys: string, icon: "minus" | "plus", factor: number) => (
    <Button small kind="quiet" aria-label={label} title={`${label} (${keys})`} onPress={() => zoomBy(factor)}>
      <Icon name={icon} />
    </Button>
  );
  return (
    <div className="gantt-tools row">
      <Legend />
      <span className="row gantt-zoom">
        {button(words.gantt.zoomOut, "-", "minus", 0.5)}
        <span className="muted small-text">{words.graph.zoom(zoom * 100)}</span>
        {button(words.gantt.zoomIn, "+", "plus", 2)}
        <Button small kind="quiet" onPress={() => onZoom(1)}>
          {words.gantt.all}
        </Button>
      </span>
    </div>
  );
}

/** Bars may end after the run's own last state: a timeout that let its body go on. */
function lastOf(rows: readonly GanttRow[], end: Instant): Instant {
  return rows.reduce((most, { segments }) => Math.max(most, segments.at(-1)?.to ?? 0), end);
}

function Legend() {
  const words = useWords();
  return (
    <ul className="gantt-legend row">
      {KINDS.map((kind) => (
        <li key={kind}>
          <span className="gantt-swatch" data-kind={kind} data-group={kind === "running" ? "success" : undefined} />
          {words.gantt.segments[kind]}
        </li>
      ))}
    </ul>
  );
}

function TimeAxis({ axis, zoom, label }: { readonly axis: Axis; readonly zoom: number; readonly label: string }) {
  const { language } = useSpoken();
  const isNarrow = window.matchMedia("(max-width: 719px)").matches;
  const ticks = ticksOf(axis.lengthMs, (isNarrow ? 4 : 7) * zoom);
  return (
    <div className="gantt-axis" title={label}>
      <span className="gantt-name" />
      <span className="gantt-track">
        {ticks.map((at) => (
          <span key={at} className="gantt-tick" style={{ left: `${(at / axis.lengthMs) * 100}%` }}>
            {at === 0 ? "0" : duration(at, language)}
          </span>
        ))}
      </span>
    </div>
  );
}

interface RowProps {
  readonly row: GanttRow;
  readonly axis: Axis;
  readonly isSelected: boolean;
  readonly onPress: () => void;
}

function Row({ row, axis, isSelected, onPress }: RowProps) {
  const { words, language } = useSpoken();
  const { taskRun, segments } = row;
  const parts = segments
    .filter(({ kind }) => kind !== "waiting")
    .map((segment) => partText(segment, axis, words, language));
  return (
    <li>
      <button
        type="button"
        className="gantt-row"
        data-task={taskRun.id}
        aria-pressed={isSelected}
        aria-label={words.gantt.rowOf(taskRun.name, words.states[taskRun.state], parts.join(", "))}
        onClick={onPress}
      >
        <span className="gantt-name">
          <StateGlyph state={taskRun.state} labelled />
          <span className="cut">{taskRun.name}</span>
        </span>
        <span className="gantt-track">
          {segments.map((segment) => (
            <Bar key={`${segment.kind} ${segment.from}`} segment={segment} axis={axis} state={taskRun.state} />
          ))}
        </span>
      </button>
    </li>
  );
}

function Bar({
  segment,
  axis,
  state,
}: {
  readonly segment: Segment;
  readonly axis: Axis;
  readonly state: GanttRow["taskRun"]["state"];
}) {
  const { words, language } = useSpoken();
  const { kind, from, to, outcome, attempt } = segment;
  const place = (at: Instant) => ((at - axis.from) / axis.lengthMs) * 100;
  const left = Math.max(0, place(from));
  const width = Math.max(0, place(to ?? axis.now) - left);
  // An attempt that is tried again has failed.
  const shown = outcome === undefined ? state : outcome === "Retrying" ? "Failed" : outcome;
  return (
    <span
      className="gantt-bar"
      data-kind={kind}
      data-attempt={attempt}
      data-group={kind === "running" ? groupOf(shown) : undefined}
      data-open={to === undefined || undefined}
      title={partText(segment, axis, words, language)}
      style={{ left: `${left}%`, width: `${width}%` }}
    />
  );
}

function partText({ kind, from, to, attempt }: Segment, axis: Axis, words: Words, language: string): string {
  const length = duration((to ?? axis.now) - from, language);
  const what = words.gantt.segments[kind];
  return attempt === undefined || attempt < 1
    ? `${what} ${length}`
    : `${words.gantt.attempt(attempt)}: ${what} ${length}`;
}
