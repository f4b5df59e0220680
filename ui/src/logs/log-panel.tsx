/** A log with its filters, docked below a run's views or as a page of its own. What it shows is in the address. */
import { useMemo, useState } from "react";
import type { Instant } from "../../../src/server/contract.ts";
import { addresses } from "../addresses.ts";
import { Button } from "../parts/button.tsx";
import { Empty } from "../parts/empty.tsx";
import { ErrorBox } from "../parts/error-box.tsx";
import { Loading } from "../parts/loading.tsx";
import { useZone } from "../time.tsx";
import { useWords } from "../words/words.tsx";
import { LogBar } from "./log-bar.tsx";
import type { LogBook, LogFilter } from "./log-book.ts";
import type { LineShow, TimeMode } from "./log-line.tsx";
import { LogLines } from "./log-lines.tsx";
import type { LogSpan } from "./log-span.ts";
import { useLog } from "./use-log.ts";

export type LogPlace = { readonly [name in "level" | "task" | "attempt" | "q" | "line"]?: string | undefined };

export interface LogPanelProps {
  readonly run: string;
  readonly startedAt: Instant | undefined;
  readonly isOver: boolean;
  /** How many lines the run had when it was fetched. */
  readonly lines: number;
  readonly place: LogPlace;
  readonly onPlace: (changes: LogPlace) => void;
  readonly tasks: readonly { readonly id: string; readonly name: string }[];
  readonly offered?: string | undefined;
  /** Lines outside of it are shown faintly. */
  readonly span?: LogSpan | undefined;
}

const LEVELS = ["debug", "info", "warn", "error"] as const;

export function LogPanel({ run, startedAt, isOver, lines, place, onPlace, tasks, offered, span }: LogPanelProps) {
  const [mode, setMode] = useState<TimeMode>("clock");
  const zone = useZone();
  const { level, task, attempt, q } = place;
  const book = useLog(run, filterOf(place), lines);
  const marked = place.line === undefined ? undefined : Number(place.line) - 1;
  const show = useMemo((): LineShow => {
    const filters = { level, task, attempt, q };
    return {
      zone,
      mode,
      startedAt,
      marked,
      withTask: task === undefined,
      addressOf: (line) => addresses.runLogs(run, { ...filters, line: line + 1 }),
      aroundOf: book.isFiltered ? (line) => addresses.runLogs(run, { line: line + 1 }) : undefined,
    };
  }, [zone, mode, startedAt, marked, run, level, task, attempt, q, book.isFiltered]);
  return (
    <div className="log-panel">
      <LogBar
        book={book}
        mode={mode}
        onMode={setMode}
        tasks={tasks}
        offered={offered}
        onFilter={(changes) => onPlace({ ...changes, line: undefined })}
      />
      {book.trouble !== undefined && <ErrorBox trouble={book.trouble} onRetry={() => void book.refetch()} />}
      {book.isReady ? <Lines {...{ book, show, isOver, onPlace, span }} /> : <Loading rows={3} />}
    </div>
  );
}

interface LinesProps extends Pick<LogPanelProps, "isOver" | "onPlace" | "span"> {
  readonly book: LogBook;
  readonly show: LineShow;
}

function Lines({ book, show, isOver, onPlace, span }: LinesProps) {
  const words = useWords();
  if (book.count > 0)
    return (
      <>
        {book.hasEarlier && (
          <Button small onPress={() => void book.earlier()}>
            {words.logs.earlier}
          </Button>
        )}
        <LogLines key={book.isFiltered ? JSON.stringify(book.filter) : ""} book={book} show={show} span={span} />
      </>
    );
  if (book.isFiltered && book.total > 0)
    return (
      <Empty icon="search" title={words.logs.noHit} level={3}>
        <p>{words.logs.noHitText}</p>
        <Button
          small
          onPress={() =>
            onPlace({ level: undefined, task: undefined, attempt: undefined, q: undefined, line: undefined })
          }
        >
          {words.logs.clearFilters}
        </Button>
      </Empty>
    );
  return (
    <Empty icon="list" title={isOver ? words.logs.none : words.logs.noneYet} level={3}>
      <p>{isOver ? words.logs.noneText : words.logs.noneYetText}</p>
    </Empty>
  );
}

function filterOf({ level, task, attempt, q }: LogPlace): LogFilter {
  const known = LEVELS.find((one) => one === level && one !== "debug");
  return {
    ...(known === undefined ? {} : { level: known }),
    ...(task === undefined ? {} : { task }),
    ...(attempt === undefined || !/^\d+$/.test(attempt) ? {} : { attempt: Number(attempt) }),
    ...(q === undefined ? {} : { q }),
  };
}
