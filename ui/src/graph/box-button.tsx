/** One box of a drawing: a button in the shape of what it stands for. */
import { memo } from "react";
import type {
  FlowGraph,
  LayoutBox,
  StateCounts,
  StateType,
  TaskRunSummary,
  TaskTiming,
} from "../../../src/server/contract.ts";
import { duration } from "../format-time.ts";
import { countedStates, groupOf, STATE_TYPES } from "../look.ts";
import { Name } from "../parts/name.tsx";
import { StateGlyph } from "../parts/state-mark.tsx";
import type { Words } from "../words/en.ts";
import { useSpoken } from "../words/words.tsx";
import { ShareRing } from "./share-ring.tsx";

export interface BoxButtonProps {
  readonly box: LayoutBox;
  readonly graph: FlowGraph;
  /** Tab stops at one box of the drawing; arrow keys go on from there. */
  readonly isStop: boolean;
  readonly isChosen: boolean;
  readonly isFound: boolean;
  readonly isDimmed: boolean;
  readonly taskRun: TaskRunSummary | undefined;
  readonly timing: TaskTiming | undefined;
  readonly state: StateType | undefined;
  /** Of a box that stands for several nodes of a run: how many are in which state. */
  readonly shares: StateCounts | undefined;
  readonly onFocus: () => void;
  readonly onPress: () => void;
}

export const BoxButton = memo(
  function BoxButton(props: BoxButtonProps) {
    const { box, isStop, isChosen, isFound, isDimmed, taskRun, timing, state, shares, onFocus, onPress } = props;
    const { words, language } = useSpoken();
    const { x, y, width, height } = box;
    const ring = shares ?? taskRun?.children;
    const usual = timing && usually(timing, words, language);
    const took =
      taskRun?.startedAt !== undefined && taskRun.endedAt !== undefined
        ? taskRun.endedAt - taskRun.startedAt
        : undefined;
    return (
      <button
        type="button"
        className="graph-box"
        data-box={box.id}
        data-shape={box.shape}
        data-group={state === undefined ? undefined : groupOf(state)}
        data-state={state}
        data-dimmed={isDimmed || undefined}
        data-found={isFound || undefined}
        aria-pressed={isChosen}
        aria-label={nameOf(props, words, took === undefined ? usual : duration(took, language))}
        title={box.about}
        tabIndex={isStop ? 0 : -1}
        style={{ transform: `translate(${x - width / 2}px, ${y - height / 2}px)`, width, height }}
        onFocus={onFocus}
        onClick={onPress}
      >
        {box.shape === "branch" && (
          <svg className="graph-diamond" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
            <path d="M50 1L99 50 50 99 1 50Z" />
          </svg>
        )}
        {state !== undefined && (
          <span className="graph-state" aria-hidden="true">
            {ring === undefined ? <StateGlyph state={state} labelled /> : <ShareRing counts={ring} />}
          </span>
        )}
        <span className="graph-text">
          <span className="graph-name">
            <Name text={box.name} />
          </span>
          {box.detail !== "" && <span className="graph-detail">{box.detail}</span>}
          {box.shape === "mapped" && state === undefined && <span className="graph-detail">{words.graph.mapped}</span>}
        </span>
        {taskRun !== undefined && (
          // Drawn by the style: in the accessible name they stand in the order one reads them in.
          <span
            className="graph-facts"
            data-facts={facts(taskRun, words, took === undefined ? undefined : duration(took, language))}
          />
        )}
        {usual !== undefined && <span className="graph-facts" data-facts={usual} />}
        {shares !== undefined && failuresIn(shares) > 0 && (
          <span className="graph-facts" data-facts={words.run.failed(failuresIn(shares))} />
        )}
      </button>
    );
  },
  (before, after) =>
    before.box === after.box &&
    before.isStop === after.isStop &&
    before.isChosen === after.isChosen &&
    before.isFound === after.isFound &&
    before.isDimmed === after.isDimmed &&
    before.taskRun === after.taskRun &&
    before.state === after.state &&
    before.timing === after.timing &&
    sameCounts(before.shares, after.shares),
);

function sameCounts(before: StateCounts | undefined, after: StateCounts | undefined): boolean {
  if (before === undefined || after === undefined) return before === after;
  return STATE_TYPES.every((state) => before[state] === after[state]);
}

/** `median 1.2 s · 2 of 50 failed`. */
function usually({ medianMs, failed, ended }: TaskTiming, words: Words, language: string): string | undefined {
  const parts = [
    ...(medianMs === undefined ? [] : [words.graph.median(duration(medianMs, language))]),
    ...(failed === 0 ? [] : [words.graph.failedOf(failed, ended)]),
  ];
  return parts.length === 0 ? undefined : parts.join(" · ");
}

function failuresIn(counts: StateCounts): number {
  return countedStates(counts).reduce((sum, { state, count }) => (groupOf(state) === "failed" ? sum + count : sum), 0);
}

/** Small, at the edge of the box: how long, which attempt, how many. */
function facts(taskRun: TaskRunSummary, words: Words, took: string | undefined): string {
  const total = Object.values(taskRun.children ?? {}).reduce((sum, count) => sum + count, 0);
  const failed = failuresIn(taskRun.children ?? {});
  return [
    total > 0 ? `×${words.number(total)}` : "",
    failed > 0 ? words.run.failed(failed) : "",
    took ?? "",
    taskRun.attempt > 1 ? `#${taskRun.attempt}` : "",
  ]
    .filter((text) => text !== "")
    .join(" · ");
}

/** "parse_complaint_data, Failed, 1.2 s, 1 upstream, 1 downstream". */
function nameOf(
  { box, graph: { layout, nodes }, taskRun, state, shares }: BoxButtonProps,
  words: Words,
  took: string | undefined,
): string {
  if (box.shape === "parameter") return words.graph.parameter(`${box.name} ${box.detail}`.trim());
  const before = layout.arrows.filter(({ to, kind }) => to === box.id && kind !== "case").length;
  const after = layout.arrows.filter(({ from }) => from === box.id).length;
  const kind = nodes.find(({ slug }) => slug === box.nodes[0])?.kind ?? "task";
  return [
    box.name,
    kind === "task" ? "" : words.flow.kinds[kind],
    box.shape === "mapped" ? words.graph.mapped : "",
    box.nodes.length > 1 ? words.graph.folded(box.nodes.length) : "",
    state === undefined ? "" : words.states[state],
    shares !== undefined && failuresIn(shares) > 0 ? words.run.failed(failuresIn(shares)) : "",
    taskRun !== undefined && taskRun.attempt > 1 ? words.logs.attempt(taskRun.attempt) : "",
    took ?? "",
    words.graph.upstreamsOf(before),
    words.graph.downstreamsOf(after),
  ]
    .filter((text) => text !== "")
    .join(", ");
}
