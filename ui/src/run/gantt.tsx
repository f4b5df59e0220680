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
import { useBrush } from "./gantt-brush.ts";
import { type GanttRow, ganttRows, type Segment, type SegmentKind, ticksOf } from "./gantt-rows.ts";
import type { HistoryRead } from "./use-history.ts";
import type { Span } from "./use-moment.ts";
import { nodeOf, type RunState } from "./use-run.ts";

export interface GanttProps {
  readonly state: RunState;
  readonly history: HistoryRead;
  /** The moment it is shown at; undefined: now. */
  readonly at: Instant | undefined;
  /** Of the run, also while it is shown at a moment before: the axis stays as it is. */
  readonly endsAt: Instant | undefined;
  /** The part of its time that is looked at; undefined: all of it. */
  readonly span: Span | undefined;
  readonly onSpan: (span: Span | undefined) => void;
  readonly selected: string | undefined;
  readonly onSelect: (task: string | undefined) => void;
}

const ZOOM_MAX = 64;
const KINDS: readonly SegmentKind[] = ["running", "delay", "queued", "person", "waiting"];

interface Axis {
  readonly from: Instant;
  readonly lengthMs: number;
  /** Where what goes on ends for now. */
  readonly now: Instant;
  readonly begunAt: Instant;
  readonly at: Instant | undefined;
}

export function Gantt({ state, history, at, endsAt, span, onSpan, selected, onSelect }: GanttProps) {
  const words = useWords();
  const { run, graph, taskRuns } = state;
  const [zoom, setZoom] = useState(1);
  const now = useNow(run?.endedAt === undefined);
  const begunAt = run?.startedAt ?? run?.createdAt ?? now;
  const events = useMemo(
    () => (at === undefined ? history.events : history.events.filter((event) => event.at <= at)),
    [history.events, at],
  );
  const rows = useMemo(
    () => ganttRows({ taskRuns, history: events, edges: graph?.edges ?? [], begunAt }),
    [taskRuns, events, graph, begunAt],
  );
  const end = lastOf(rows, endsAt ?? Math.max(now, history.events.at(-1)?.at ?? 0));
  const from = span?.from ?? begunAt;
  const axis: Axis = { from, lengthMs: Math.max(1, (span?.to ?? end) - from), now: at ?? endsAt ?? now, begunAt, at };
  if (run?.startedAt === undefined) return <p className="muted padded">{words.gantt.none}</p>;
  const chosen = rows.find(({ taskRun }) => selected !== undefined && nodeOf(selected) === taskRun.id);
  return (
    <div className="gantt-frame">
      <GanttTools
        zoom={zoom}
        onZoom={setZoom}
        span={span}
        onSpan={onSpan}
        begunAt={begunAt}
        chosen={spanOf(chosen, axis.now)}
      />
      {!history.isComplete && history.events.length > 0 && (
        <p className="muted small-text">{words.gantt.loading(history.events.length)}</p>
      )}
      {history.isCut && <p className="muted small-text">{words.gantt.cut(history.events.length)}</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with keys */}
      <section className="gantt" aria-label={words.gantt.label} tabIndex={0}>
        <div className="gantt-inner" style={{ minWidth: `${zoom * 100}%` }}>
          <TimeAxis axis={axis} zoom={zoom} onSpan={onSpan} />
          <ol className="gantt-rows">
            {rows.map((row) => (
              <Row
                key={row.taskRun.id}
                row={row}
                axis={axis}
                isSelected={row === chosen}
                onPress={() => onSelect(selected === row.taskRun.id ? undefined : row.taskRun.id)}
              />
            ))}
          </ol>
        </div>
      </section>
    </div>
  );
}

/** From when it first did something until it was over, with a little room. */
function spanOf(row: GanttRow | undefined, now: Instant): Span | undefined {
  const begun = row?.segments.find(({ kind }) => kind !== "waiting")?.from;
  if (row === undefined || begun === undefined) return undefined;
  const ended = row.segments.at(-1)?.to ?? now;
  const room = Math.max(5, Math.round((ended - begun) / 20));
  return { from: begun - room, to: ended + room };
}

interface ToolsProps extends Pick<GanttProps, "span" | "onSpan"> {
  readonly zoom: number;
  readonly onZoom: (zoom: number) => void;
  readonly begunAt: Instant;
  /** Of the chosen task run. */
  readonly chosen: Span | undefined;
}

function GanttTools({ zoom, onZoom, span, onSpan, begunAt, chosen }: ToolsProps) {
  const { words, language } = useSpoken();
  const zoomBy = (factor: number) => onZoom(Math.min(ZOOM_MAX, Math.max(1, zoom * factor)));
  const all = () => {
    onZoom(1);
    if (span !== undefined) onSpan(undefined);
  };
  useShortcut("+", words.gantt.zoomIn, () => zoomBy(2));
  useShortcut("-", words.gantt.zoomOut, () => zoomBy(0.5));
  useShortcut("0", words.gantt.all, all);
  useShortcut("z", words.gantt.zoomTask, () => onSpan(chosen), chosen === undefined);
  const button = (label: string, keys: string, icon: "minus" | "plus", factor: number) => (
    <Button small kind="quiet" aria-label={label} title={`${label} (${keys})`} onPress={() => zoomBy(factor)}>
      <Icon name={icon} />
    </Button>
  );
  return (
    <div className="gantt-tools row">
      <Legend />
      <span className="row gantt-zoom">
        {chosen !== undefined && (
          <Button small kind="quiet" keys="z" onPress={() => onSpan(chosen)}>
            {words.gantt.zoomTask}
          </Button>
        )}
        {button(words.gantt.zoomOut, "-", "minus", 0.5)}
        <span className="muted small-text">{words.graph.zoom(zoom * 100)}</span>
        {button(words.gantt.zoomIn, "+", "plus", 2)}
        {span === undefined ? (
          <Button small kind="quiet" onPress={all}>
            {words.gantt.all}
          </Button>
        ) : (
          <button type="button" className="chip filter-chip" title={words.gantt.all} onClick={all}>
            {words.gantt.brushed(
              `+${duration(span.from - begunAt, language)} – +${duration(span.to - begunAt, language)}`,
            )}
            <Icon name="close" />
          </button>
        )}
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

interface TimeAxisProps extends Pick<GanttProps, "onSpan"> {
  readonly axis: Axis;
  readonly zoom: number;
}

function TimeAxis({ axis, zoom, onSpan }: TimeAxisProps) {
  const { words, language } = useSpoken();
  const zone = useZone();
  const brush = useBrush(axis, onSpan);
  const isNarrow = window.matchMedia("(max-width: 719px)").matches;
  const skipped = axis.from - axis.begunAt;
  const ticks = ticksOf(axis.lengthMs, (isNarrow ? 4 : 7) * zoom);
  const label = words.gantt.axis(absolute(axis.begunAt, zone));
  return (
    <div className="gantt-axis" title={`${label}\n${words.gantt.brush}`}>
      <span className="gantt-name" />
      <span ref={brush.track} className="gantt-track gantt-brush" {...brush.handlers}>
        {ticks.map((at) => (
          <span key={at} className="gantt-tick" style={{ left: `${(at / axis.lengthMs) * 100}%` }}>
            {at + skipped === 0 ? "0" : duration(at + skipped, language)}
          </span>
        ))}
        {brush.drawn !== undefined && (
          <span className="gantt-brushed" style={{ left: `${brush.drawn.left}%`, width: `${brush.drawn.width}%` }} />
        )}
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
          {axis.at !== undefined && <span className="gantt-now" style={{ left: `${placeOn(axis, axis.at)}%` }} />}
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
  const end = to ?? axis.now;
  if (end < axis.from || from > axis.from + axis.lengthMs) return null;
  const left = placeOn(axis, from);
  const width = placeOn(axis, end) - left;
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

/** In percent of the axis, not beyond it. */
function placeOn({ from, lengthMs }: Axis, at: Instant): number {
  return Math.min(100, Math.max(0, ((at - from) / lengthMs) * 100));
}

function partText({ kind, from, to, attempt }: Segment, axis: Axis, words: Words, language: string): string {
  const length = duration((to ?? axis.now) - from, language);
  const what = words.gantt.segments[kind];
  return attempt === undefined || attempt < 1
    ? `${what} ${length}`
    : `${words.gantt.attempt(attempt)}: ${what} ${length}`;
}
