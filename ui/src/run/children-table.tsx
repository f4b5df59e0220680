/** The children of a mapped node, a page at a time; never drawn one by one. */
import { useId, useState } from "react";
import type { StateCounts, StateType, TaskRunSummary } from "../../../src/server/contract.ts";
import { resources } from "../api/resources.ts";
import { useSnapshot } from "../api/use-snapshot.ts";
import { countedStates } from "../look.ts";
import { ErrorBox } from "../parts/error-box.tsx";
import { StateMark } from "../parts/state-mark.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { Duration } from "../time.tsx";
import { useWords } from "../words/words.tsx";
import { Pager } from "./pager.tsx";
import { StateChips } from "./state-chips.tsx";

export interface ChildrenTableProps {
  readonly run: string;
  readonly node: string;
  readonly name: string;
  readonly counts: StateCounts;
  readonly selected?: string | undefined;
  readonly onSelect: (task: string) => void;
}

const PAGE = 50;

export function ChildrenTable({ run, node, name, counts, selected, onSelect }: ChildrenTableProps) {
  const words = useWords();
  const [state, setState] = useState<StateType>();
  /** What each page was asked for after; the last is the one shown. */
  const [pages, setPages] = useState<readonly (string | undefined)[]>([undefined]);
  const after = pages.at(-1);
  const list = useSnapshot(
    resources.children(run, node, {
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
      ...(state === undefined ? {} : { state }),
    }),
    { refreshOn: [`tasks:${run}`] },
  );
  const rows = list.data?.taskRuns ?? [];
  const next = list.data?.next;
  const total = countedStates(counts).reduce(
    (sum, one) => sum + (state === undefined || one.state === state ? one.count : 0),
    0,
  );
  const from = (pages.length - 1) * PAGE;
  const columns = useColumns(onSelect);
  return (
    <div className="children">
      <ChildFilter
        counts={counts}
        state={state}
        onState={(next) => {
          setState(next);
          setPages([undefined]);
        }}
        onJump={(index) => onSelect(`${node}.${index}`)}
      />
      {list.trouble !== undefined && list.data === undefined && (
        <ErrorBox trouble={list.trouble} onRetry={list.reload} />
      )}
      <div className="table-frame">
        <Table
          caption={words.views.childrenOf(name)}
          columns={columns}
          rows={rows}
          rowKey={({ id }) => id}
          rowClass={({ id }) => (id === selected ? "selected" : "")}
        />
      </div>
      {total > PAGE && (
        <Pager
          from={from}
          count={rows.length}
          total={total}
          label={words.views.childrenOf(name)}
          onPrevious={pages.length === 1 ? undefined : () => setPages(pages.slice(0, -1))}
          onNext={next === undefined ? undefined : () => setPages([...pages, next])}
        />
      )}
    </div>
  );
}

function useColumns(onSelect: (task: string) => void): readonly Column<TaskRunSummary>[] {
  const words = useWords();
  return [
    {
      key: "name",
      head: words.views.columns.name,
      isName: true,
      cell: (child) => (
        <button type="button" className="link" onClick={() => onSelect(child.id)}>
          {child.name}
        </button>
      ),
    },
    { key: "state", head: words.views.columns.state, plain: true, cell: (child) => <StateMark state={child.state} /> },
    {
      key: "duration",
      head: words.views.columns.duration,
      align: "end",
      plain: true,
      cell: ({ startedAt, endedAt }) => <Duration from={startedAt} to={endedAt} />,
    },
  ];
}

interface ChildFilterProps {
  readonly counts: StateCounts;
  readonly state: StateType | undefined;
  readonly onState: (state: StateType | undefined) => void;
  readonly onJump: (index: number) => void;
}

function ChildFilter({ counts, state, onState, onJump }: ChildFilterProps) {
  const words = useWords();
  const id = useId();
  const [index, setIndex] = useState("");
  return (
    <form
      className="row children-filter"
      onSubmit={(event) => {
        event.preventDefault();
        if (/^\d+$/.test(index)) onJump(Number(index));
      }}
    >
      <StateChips counts={counts} only={state} onOnly={onState} />
      <label className="unseen" htmlFor={id}>
        {words.views.jump}
      </label>
      <input
        id={id}
        className="input small"
        inputMode="numeric"
        size={8}
        placeholder={words.views.jump}
        value={index}
        onChange={({ target }) => setIndex(target.value)}
      />
    </form>
  );
}
