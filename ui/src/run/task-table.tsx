/** Task runs as a table one can sort and search; the children of the chosen mapped one below it, paged. */
import { useMemo, useState } from "react";
import type { FlowGraph, TaskRunSummary } from "../../../src/server/contract.ts";
import { useTimings } from "../api/use-timings.ts";
import { GROUPS, groupOf } from "../look.ts";
import { Icon } from "../parts/icon.tsx";
import { Name } from "../parts/name.tsx";
import { StateMark } from "../parts/state-mark.tsx";
import { Duration, DurationText, Time } from "../time.tsx";
import { useSpoken, useWords } from "../words/words.tsx";
import { ChildrenTable } from "./children-table.tsx";
import { Pager } from "./pager.tsx";
import { nodeOf } from "./use-run.ts";
import { useWhyText } from "./why-text.tsx";

export interface TaskTableProps {
  readonly run: string;
  readonly graph: FlowGraph;
  readonly taskRuns: readonly TaskRunSummary[];
  readonly selected: string | undefined;
  readonly onSelect: (task: string | undefined) => void;
}

type SortKey = "name" | "state" | "started" | "duration" | "attempt";
interface Sort {
  readonly key: SortKey;
  readonly down: boolean;
}

const KEYS: readonly SortKey[] = ["name", "state", "started", "duration", "attempt"];
const PAGE = 100;

export function TaskTable({ run, graph, taskRuns, selected, onSelect }: TaskTableProps) {
  const words = useWords();
  const [sort, setSort] = useState<Sort>();
  const [text, setText] = useState("");
  const [page, setPage] = useState(0);
  const usual = useTimings(graph.flow, graph.fingerprint)?.bySlug;
  const fits = useMemo(() => {
    const found = taskRuns.filter(({ name }) => name.toLowerCase().includes(text.toLowerCase()));
    return sort === undefined ? found : sorted(found, sort);
  }, [taskRuns, text, sort]);
  const pages = Math.max(1, Math.ceil(fits.length / PAGE));
  const at = Math.min(page, pages - 1);
  const from = at * PAGE;
  const shown = fits.slice(from, from + PAGE);
  const node = selected === undefined ? undefined : nodeOf(selected);
  return (
    <div className="stack tight">
      <div className="row">
        <input
          type="search"
          className="input"
          aria-label={words.views.filter}
          placeholder={words.views.filter}
          value={text}
          onChange={({ target }) => {
            setText(target.value);
            setPage(0);
          }}
        />
        {pages > 1 && (
          <Pager
            from={from}
            count={shown.length}
            total={fits.length}
            label={words.views.caption}
            onPrevious={at === 0 ? undefined : () => setPage(at - 1)}
            onNext={at >= pages - 1 ? undefined : () => setPage(at + 1)}
          />
        )}
      </div>
      <div className="table-frame">
        <table className="table task-table">
          <caption className="unseen">{words.views.caption}</caption>
          <Head sort={sort} onSort={setSort} />
          <tbody>
            {shown.map((taskRun) => (
              <Rows
                key={taskRun.id}
                {...{ run, taskRun, selected, onSelect }}
                isNode={taskRun.id === node}
                usualMs={usual?.get(taskRun.id)?.medianMs}
              />
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function Head({ sort, onSort }: { readonly sort: Sort | undefined; readonly onSort: (sort: Sort) => void }) {
  const words = useWords();
  return (
    <thead>
      <tr>
        {KEYS.map((key) => {
          const isCurrent = sort?.key === key;
          return (
            <th
              key={key}
              scope="col"
              data-align={key === "duration" || key === "attempt" ? "end" : undefined}
              aria-sort={isCurrent ? (sort.down ? "descending" : "ascending") : undefined}
            >
              <button
                type="button"
                className="sort"
                title={words.views.sortBy(words.views.columns[key])}
                onClick={() => onSort({ key, down: isCurrent && !sort.down })}
              >
                {words.views.columns[key]}
                {isCurrent && <Icon name="down" />}
              </button>
            </th>
          );
        })}
        <th scope="col" data-align="end" title={words.views.medianText}>
          {words.views.columns.median}
        </th>
        <th scope="col">{words.views.columns.why}</th>
      </tr>
    </thead>
  );
}

interface RowsProps extends Pick<TaskTableProps, "run" | "selected" | "onSelect"> {
  readonly taskRun: TaskRunSummary;
  /** It, or one of its children, is chosen. */
  readonly isNode: boolean;
  readonly usualMs: number | undefined;
}

function Rows({ run, taskRun, selected, onSelect, isNode, usualMs }: RowsProps) {
  const { words, language } = useSpoken();
  const whyText = useWhyText();
  const { id, name, state, startedAt, endedAt, attempt, children, error, why } = taskRun;
  const total = Object.values(children ?? {}).reduce((sum, count) => sum + count, 0);
  return (
    <>
      <tr className={isNode ? "selected" : ""} data-task={id}>
        <th scope="row">
          <button
            type="button"
            className="link"
            aria-pressed={isNode}
            onClick={() => onSelect(selected === id ? undefined : id)}
          >
            <Name text={name} />
          </button>
          {children !== undefined && <span className="tag">{words.views.children(total)}</span>}
        </th>
        <td>
          <StateMark state={state} />
        </td>
        <td data-head={words.views.columns.started}>{startedAt === undefined ? "–" : <Time at={startedAt} />}</td>
        <td data-align="end">
          <Duration from={startedAt} to={endedAt} />
        </td>
        <td data-align="end" data-head={words.views.columns.attempt}>
          {words.number(attempt)}
        </td>
        <td data-align="end" data-head={words.views.columns.median} className="muted">
          {usualMs === undefined ? "–" : <DurationText ms={usualMs} language={language} />}
        </td>
        <td className="why-cell">
          {why === undefined || why.code === "failed" ? (error?.message ?? whyText(why)) : whyText(why)}
        </td>
      </tr>
      {isNode && children !== undefined && (
        <tr className="children-row">
          <td colSpan={7}>
            <ChildrenTable run={run} node={id} name={name} counts={children} selected={selected} onSelect={onSelect} />
          </td>
        </tr>
      )}
    </>
  );
}

function sorted(list: readonly TaskRunSummary[], { key, down }: Sort): readonly TaskRunSummary[] {
  const value = VALUES[key];
  return list.toSorted((a, b) => {
    const [x, y] = [value(a), value(b)];
    const order = typeof x === "string" && typeof y === "string" ? x.localeCompare(y) : Number(x) - Number(y);
    return down ? -order : order;
  });
}

const LATER = Number.MAX_SAFE_INTEGER;
const VALUES: Record<SortKey, (taskRun: TaskRunSummary) => string | number> = {
  name: ({ name }) => name,
  state: ({ state }) => GROUPS.indexOf(groupOf(state)),
  started: ({ startedAt }) => startedAt ?? LATER,
  duration: ({ startedAt, endedAt }) => (startedAt === undefined ? -1 : (endedAt ?? LATER) - startedAt),
  attempt: ({ attempt }) => attempt,
};
