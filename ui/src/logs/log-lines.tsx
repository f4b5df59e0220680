/**
 * The lines themselves, in a window that scrolls. Up to 5,000 all are in the document, in blocks the browser lays out
 * only where they are seen; above that only the rows in view are. It keeps to the end until somebody scrolls up.
 */
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { LogLine } from "../../../src/server/contract.ts";
import { useShortcut } from "../keys.ts";
import { Button } from "../parts/button.tsx";
import { Icon } from "../parts/icon.tsx";
import { useWords } from "../words/words.tsx";
import { ALL_LINES_MAX, type LogBook } from "./log-book.ts";
import { type LineShow, LogRow } from "./log-line.tsx";

const ROW_PX = 24;
const BLOCK = 100;
const END_PX = 28;

export interface LogLinesProps {
  readonly book: LogBook;
  readonly show: LineShow;
}

export function LogLines({ book, show }: LogLinesProps) {
  const words = useWords();
  // As state, not as a ref: what is inside needs the element, and is drawn when it is there.
  const [view, setView] = useState<HTMLDivElement | null>(null);
  const follow = useFollow(view, book, show.marked === undefined);
  useShortcut("f", words.logs.follow, () => follow.set(!follow.on));
  const isVirtual = book.count > ALL_LINES_MAX;
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
      >
        {view === null ? null : isVirtual ? (
          <VirtualLines book={book} show={show} view={view} follow={follow} />
        ) : (
          <AllLines book={book} show={show} view={view} follow={follow} />
        )}
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

interface PartProps extends LogLinesProps {
  readonly view: HTMLDivElement;
  readonly follow: Follow;
}

function AllLines({ book, show, view, follow }: PartProps) {
  const lines = Array.from({ length: book.count }, (_, at) => book.at(at));
  const blocks = Array.from({ length: Math.ceil(lines.length / BLOCK) }, (_, at) =>
    lines.slice(at * BLOCK, (at + 1) * BLOCK),
  );
  const { marked } = show;
  const isReady = book.isReady;
  useLayoutEffect(() => {
    if (follow.on && book.version > 0) view.scrollTop = view.scrollHeight;
  }, [view, follow.on, book.version]);
  useEffect(() => {
    if (marked === undefined || !isReady) return;
    view.querySelector(`[data-line="${marked}"]`)?.scrollIntoView({ block: "center" });
  }, [view, marked, isReady]);
  return (
    <>
      {blocks.map((block, at) => (
        <Block
          // biome-ignore lint/suspicious/noArrayIndexKey: blocks only grow at the end
          key={at}
          lines={block}
          before={lines[at * BLOCK - 1]}
          show={show}
        />
      ))}
    </>
  );
}

interface BlockProps {
  readonly lines: readonly (LogLine | undefined)[];
  readonly before: LogLine | undefined;
  readonly show: LineShow;
}

const Block = memo(
  function Block({ lines, before, show }: BlockProps) {
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
              />
            ),
        )}
      </div>
    );
  },
  (a, b) =>
    a.show === b.show &&
    a.before === b.before &&
    a.lines.length === b.lines.length &&
    a.lines.every((line, at) => line === b.lines[at]),
);

function VirtualLines({ book, show, view, follow }: PartProps) {
  const virtual = useVirtualizer({
    count: book.count,
    getScrollElement: () => view,
    estimateSize: () => ROW_PX,
    overscan: 24,
  });
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0];
  const { marked } = show;
  useEffect(() => book.need(first - 200, last + 200), [book, first, last]);
  // Each time lines came while it follows: the end is elsewhere then.
  useEffect(() => {
    if (follow.on && book.count > 0) virtual.scrollToIndex(book.count - 1, { align: "end" });
  }, [virtual, follow.on, book.count]);
  useEffect(() => {
    if (marked !== undefined) virtual.scrollToIndex(book.indexOf(marked), { align: "center" });
  }, [virtual, book, marked]);
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
                <span className="log-number">{index + 1}</span>
              </div>
            ) : (
              <LogRow line={line} show={show} begins={begins(book.at(index - 1), line)} />
            )}
          </div>
        );
      })}
    </div>
  );
}

function begins(before: LogLine | undefined, line: LogLine): boolean {
  return line.attempt > 1 && before?.task === line.task && before.attempt !== line.attempt;
}
