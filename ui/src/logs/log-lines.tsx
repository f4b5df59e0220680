/**
 * The lines themselves, in a window that scrolls. Up to 5,000 all are in the document, in blocks the browser lays out
 * only where they are seen; above that only the rows in view are. It keeps to the end until somebody scrolls up.
 */
import { defaultRangeExtractor, useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { memo, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { LogLine } from "../../../src/server/contract.ts";
import { useShortcut } from "../keys.ts";
import { Button } from "../parts/button.tsx";
import { Icon } from "../parts/icon.tsx";
import { useWords } from "../words/words.tsx";
import { ALL_LINES_MAX, type LogBook } from "./log-book.ts";
import { useLogCopy } from "./log-copy.ts";
import { type LineShow, LogRow } from "./log-line.tsx";
import { type LogSpan, useInside } from "./log-span.ts";

const ROW_PX = 24;
const BLOCK = 100;
const END_PX = 28;

export interface LogLinesProps {
  readonly book: LogBook;
  readonly show: LineShow;
  readonly span: LogSpan | undefined;
}

export function LogLines({ book, show, span }: LogLinesProps) {
  const words = useWords();
  // As state, not as a ref: what is inside needs the element, and is drawn when it is there.
  const [view, setView] = useState<HTMLDivElement | null>(null);
  const follow = useFollow(view, book, show.marked === undefined && span === undefined);
  useHold(follow, span);
  const copy = useLogCopy(view, book);
  useShortcut("f", words.logs.follow, () => follow.set(!follow.on));
  const Part = book.count > ALL_LINES_MAX ? VirtualLines : AllLines;
  return (
    <div className="log-frame">
      {/* biome-ignore lint/a11y/useSemanticElements: lines, not form fields */}
      <div
        ref={setView}
        className="log-view"
        role="group"
        aria-label={words.logs.label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with keys
        tabIndex={0}
        onScroll={follow.scrolled}
        {...copy.handlers}
      >
        {view !== null && <Part book={book} show={show} span={span} view={view} follow={follow} pinned={copy.pinned} />}
      </div>
      <div className="log-corner">
        {follow.on ? (
          <span className="unseen" role="status">
            {words.logs.following}
          </span>
        ) : (
          <Button small keys="f" onPress={() => follow.set(true)}>
            <Icon name="down" />
            {follow.missed > 0 ? words.logs.newLines(follow.missed) : words.logs.toEnd}
          </Button>
        )}
      </div>
    </div>
  );
}

interface Follow {
  readonly on: boolean;
  /** Lines that came since it was let go. */
  readonly missed: number;
  set(on: boolean): void;
  scrolled(): void;
}

function useFollow(view: HTMLDivElement | null, book: LogBook, atFirst: boolean): Follow {
  const [on, setOn] = useState(atFirst);
  const [leftAt, setLeftAt] = useState(0);
  const top = useRef(0);
  const set = useCallback(
    (next: boolean) => {
      setOn(next);
      if (!next) setLeftAt(book.count);
    },
    [book],
  );
  return {
    on,
    missed: on || leftAt === 0 ? 0 : Math.max(0, book.count - leftAt),
    set,
    scrolled: () => {
      if (view === null) return;
      const { scrollTop, scrollHeight, clientHeight } = view;
      const isUp = scrollTop < top.current - 2;
      top.current = scrollTop;
      if (scrollHeight - scrollTop - clientHeight < END_PX) {
        if (!on) setOn(true);
      } else if (on && isUp) set(false);
    },
  };
}

/** While a part of its time is looked at, the end is not what one wants to see. */
function useHold(follow: Follow, span: LogSpan | undefined): void {
  const isHeld = span !== undefined;
  const wasHeld = useRef(isHeld);
  const { set } = follow;
  useEffect(() => {
    if (isHeld !== wasHeld.current) set(!isHeld);
    wasHeld.current = isHeld;
  }, [isHeld, set]);
}

interface PartProps extends LogLinesProps {
  readonly view: HTMLDivElement;
  readonly follow: Follow;
  /** Rows that stay in the document. */
  readonly pinned: readonly number[];
}

function AllLines({ book, show, span, view, follow }: PartProps) {
  const lines = Array.from({ length: book.count }, (_, at) => book.at(at));
  const blocks = Array.from({ length: Math.ceil(lines.length / BLOCK) }, (_, at) =>
    lines.slice(at * BLOCK, (at + 1) * BLOCK),
  );
  const { marked } = show;
  const isReady = book.isReady;
  const inside = useInside(book, span);
  const all = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const toEnd = () => {
      if (follow.on && book.version > 0) view.scrollTop = view.scrollHeight;
    };
    toEnd();
    // Blocks are as high as was guessed until they are seen: the end moves once it is.
    const observer = new ResizeObserver(toEnd);
    if (all.current !== null) observer.observe(all.current);
    return () => observer.disconnect();
  }, [view, follow.on, book.version]);
  useEffect(() => {
    if (marked === undefined || !isReady) return;
    view.querySelector(`[data-line="${marked}"]`)?.scrollIntoView({ block: "center" });
  }, [view, marked, isReady]);
  const [first, end, isPast] = [inside?.first, inside?.end, span?.from === 0];
  useEffect(() => {
    if (first === undefined || end === undefined) return;
    const line = book.at(isPast ? end - 1 : first)?.line;
    const row = view.querySelector(`[data-line="${line}"]`)?.getBoundingClientRect();
    const room = view.getBoundingClientRect();
    // The page itself stays where it is.
    if (row !== undefined) view.scrollTop += isPast ? row.bottom - room.bottom : row.top - room.top;
    else view.scrollTop = isPast ? 0 : view.scrollHeight;
  }, [view, book, first, end, isPast]);
  return (
    <div ref={all}>
      {blocks.map((block, at) => (
        <Block
          // biome-ignore lint/suspicious/noArrayIndexKey: blocks only grow at the end
          key={at}
          lines={block}
          before={lines[at * BLOCK - 1]}
          show={show}
          first={inside === undefined ? 0 : within(inside.first - at * BLOCK, block.length)}
          end={inside === undefined ? block.length : within(inside.end - at * BLOCK, block.length)}
        />
      ))}
    </div>
  );
}

interface BlockProps {
  readonly lines: readonly (LogLine | undefined)[];
  readonly before: LogLine | undefined;
  readonly show: LineShow;
  /** Those from `first` to before `end` are of the time that is looked at. */
  readonly first: number;
  readonly end: number;
}

function within(value: number, most: number): number {
  return Math.min(most, Math.max(0, value));
}

const Block = memo(
  function Block({ lines, before, show, first, end }: BlockProps) {
    return (
      <div className="log-block" style={{ containIntrinsicSize: `auto ${lines.length * ROW_PX}px` }}>
        {lines.map(
          (line, at) =>
            line !== undefined && (
              <LogRow
                key={line.line}
                line={line}
                show={show}
                begins={begins(at === 0 ? before : lines[at - 1], line)}
                isOutside={at < first || at >= end}
              />
            ),
        )}
      </div>
    );
  },
  (a, b) =>
    a.show === b.show &&
    a.before === b.before &&
    a.first === b.first &&
    a.end === b.end &&
    a.lines.length === b.lines.length &&
    a.lines.every((line, at) => line === b.lines[at]),
);

function VirtualLines({ book, show, span, view, follow, pinned }: PartProps) {
  const inside = useInside(book, span);
  const virtual = useVirtualizer({
    count: book.count,
    getScrollElement: () => view,
    estimateSize: () => ROW_PX,
    overscan: 24,
    rangeExtractor: (range) =>
      [...new Set([...defaultRangeExtractor(range), ...pinned])].filter((at) => at < book.count).sort((a, b) => a - b),
  });
  const items = virtual.getVirtualItems();
  const [first, last] = [virtual.range?.startIndex ?? 0, virtual.range?.endIndex ?? 0];
  const { marked } = show;
  useEffect(() => book.need(first - 200, last + 200), [book, first, last]);
  // Each time lines came while it follows: the end is elsewhere then.
  useEffect(() => {
    if (follow.on && book.count > 0) virtual.scrollToIndex(book.count - 1, { align: "end" });
  }, [virtual, follow.on, book.count]);
  useEffect(() => {
    if (marked !== undefined) virtual.scrollToIndex(book.indexOf(marked), { align: "center" });
  }, [virtual, book, marked]);
  useEnds(view, book, virtual, follow.set);
  const [insideFirst, insideEnd, isPast] = [inside?.first, inside?.end, span?.from === 0];
  useEffect(() => {
    if (insideFirst === undefined || insideEnd === undefined) return;
    if (isPast) virtual.scrollToIndex(Math.max(0, insideEnd - 1), { align: "end" });
    else virtual.scrollToIndex(insideFirst, { align: "start" });
  }, [virtual, insideFirst, insideEnd, isPast]);
  return (
    <div className="log-all" style={{ height: virtual.getTotalSize() }}>
      {items.map(({ index, key, start }) => {
        const line = book.at(index);
        return (
          <div
            key={key}
            ref={virtual.measureElement}
            data-index={index}
            className="log-placed"
            style={{ transform: `translateY(${start}px)` }}
          >
            {line === undefined ? (
              <div className="log-line" aria-busy="true">
                <span className="log-number">{book.numberOf(index) + 1}</span>
              </div>
            ) : (
              <LogRow
                line={line}
                show={show}
                begins={begins(book.at(index - 1), line)}
                isOutside={span !== undefined && (line.at < span.from || line.at > span.to)}
              />
            )}
          </div>
        );
      })}
    </div>
  );
}

/**
 * Home and End as words to the window, not to the browser: rows are measured while it travels, and what the browser
 * did in the middle of that it would take back.
 */
function useEnds(
  view: HTMLElement,
  book: LogBook,
  virtual: Virtualizer<HTMLDivElement, Element>,
  follow: (on: boolean) => void,
): void {
  useEffect(() => {
    const go = (event: KeyboardEvent) => {
      const isEnd = event.key === "End";
      if ((!isEnd && event.key !== "Home") || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      event.preventDefault();
      follow(isEnd);
      if (isEnd) virtual.scrollToIndex(Math.max(0, book.count - 1), { align: "end" });
      else virtual.scrollToIndex(0, { align: "start" });
    };
    view.addEventListener("keydown", go);
    return () => view.removeEventListener("keydown", go);
  }, [view, book, virtual, follow]);
}

function begins(before: LogLine | undefined, line: LogLine): boolean {
  return line.attempt > 1 && before !== undefined && before.task === line.task && before.attempt !== line.attempt;
}
