/** What of a log is shown: level, task, a text; and the way to take it along. */
import { useId } from "react";
import { resources } from "../api/resources.ts";
import { DownloadLink } from "./download-link.tsx";
import { Icon } from "../parts/icon.tsx";
import { MenuButton } from "../parts/menu-button.tsx";
import { SearchField } from "../parts/search-field.tsx";
import { Segments } from "../parts/tabs.tsx";
import { useWords } from "../words/words.tsx";
import type { LogBook, LogFilter } from "./log-book.ts";
import type { TimeMode } from "./log-line.tsx";

export interface LogBarProps {
  readonly book: LogBook;
  readonly onFilter: (changes: { readonly [name in "level" | "task" | "attempt" | "q"]?: string | undefined }) => void;
  readonly mode: TimeMode;
  readonly onMode: (mode: TimeMode) => void;
  /** Names of nodes by their id, to choose from. */
  readonly tasks: readonly { readonly id: string; readonly name: string }[];
  /** What is chosen in the views: offered as a filter. */
  readonly offered?: string | undefined;
}

const LEVELS = ["debug", "info", "warn", "error"] as const;
/** More names than this are not a menu any more; the views offer them one by one. */
const TASKS_MAX = 400;

export function LogBar({ book, onFilter, mode, onMode, tasks, offered }: LogBarProps) {
  const words = useWords();
  const { level = "debug", task } = book.filter;
  const [levelId, taskId] = [useId(), useId()];
  const chosen = task ?? "";
  const nameOf = (id: string) => tasks.find((one) => one.id === id)?.name ?? id;
  const listed = tasks.slice(0, TASKS_MAX);
  return (
    <div className="log-bar">
      <SearchField label={words.logs.search} value={book.filter.q ?? ""} onChange={(q) => onFilter({ q })} />
      <label className="unseen" htmlFor={levelId}>
        {words.logs.level}
      </label>
      <select
        id={levelId}
        value={level}
        onChange={({ target }) => onFilter({ level: target.value === "debug" ? undefined : target.value })}
      >
        {LEVELS.map((one) => (
          <option key={one} value={one}>
            {words.logs.levels[one]}
          </option>
        ))}
      </select>
      <label className="unseen" htmlFor={taskId}>
        {words.logs.task}
      </label>
      <select
        id={taskId}
        value={chosen}
        onChange={({ target }) => onFilter({ task: target.value, attempt: undefined })}
      >
        <option value="">{words.logs.allTasks}</option>
        {chosen !== "" && !listed.some(({ id }) => id === chosen) && <option value={chosen}>{nameOf(chosen)}</option>}
        {listed.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      {offered !== undefined && offered !== chosen && (
        <button type="button" className="chip" onClick={() => onFilter({ task: offered, attempt: undefined })}>
          <Icon name="filter" />
          {words.logs.onlyTask(nameOf(offered))}
        </button>
      )}
      <span className="log-count muted" role="status">
        {countText(book, words.logs)}
      </span>
      <Segments
        label={words.logs.times}
        value={mode}
        onChange={onMode}
        choices={[
          { value: "clock", text: words.logs.timeModes.clock },
          { value: "since", text: words.logs.timeModes.since },
        ]}
      />
      <Downloads run={book.run} filter={book.filter} isFiltered={book.isFiltered} />
    </div>
  );
}

function countText(
  book: LogBook,
  words: {
    readonly lines: (total: number) => string;
    readonly hits: (matching: number, total: number) => string;
    readonly hitsMore: (matching: number, total: number) => string;
  },
): string {
  if (!book.isReady) return "";
  if (!book.isFiltered) return words.lines(book.total);
  return book.matching === undefined ? words.hitsMore(book.count, book.total) : words.hits(book.matching, book.total);
}

interface DownloadsProps {
  readonly run: string;
  readonly filter: LogFilter;
  readonly isFiltered: boolean;
}

function Downloads({ run, filter, isFiltered }: DownloadsProps) {
  const words = useWords();
  const { level, task, q } = filter;
  const view = resources.logsDownload(run, {
    ...(level === undefined ? {} : { level }),
    ...(task === undefined ? {} : { task }),
    ...(q === undefined ? {} : { q }),
  });
  return (
    <MenuButton
      small
      face={
        <>
          <Icon name="download" />
          {words.logs.download}
        </>
      }
    >
      {isFiltered && (
        <li>
          <DownloadLink path={view.path} name={`${run}-view.log`} text={words.logs.downloadView} />
        </li>
      )}
      <li>
        <DownloadLink path={resources.logsDownload(run).path} name={`${run}.log`} text={words.logs.downloadAll} />
      </li>
      <li>
        <DownloadLink
          path={resources.logsDownload(run, { format: "ndjson" }).path}
          name={`${run}.ndjson`}
          text={words.logs.downloadNdjson}
        />
      </li>
    </MenuButton>
  );
}
