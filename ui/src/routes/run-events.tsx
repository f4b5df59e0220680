/** The raw history of a run: every commit, in the order in which the store took it. */
import type { RunDetail } from "../../../src/server/contract.ts";
import { addresses } from "../addresses.ts";
import { LinkButton } from "../parts/button.tsx";
import { Page } from "../parts/page.tsx";
import { StateMark } from "../parts/state-mark.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { Link } from "../router.tsx";
import { useHistory } from "../run/use-history.ts";
import type { RunState } from "../run/use-run.ts";
import { Time } from "../time.tsx";
import { useWords } from "../words/words.tsx";

type Row = {
  readonly key: string;
  readonly at: number;
  readonly id: string;
  readonly from: RunDetail["state"];
  readonly to: RunDetail["state"];
};

/** A document with more rows than this is no help to anybody. */
const ROWS_MAX = 2_000;

export function RunEventsPage({ state: { run, id } }: { readonly state: RunState & { readonly run: RunDetail } }) {
  const words = useWords();
  const history = useHistory(id);
  const rows: readonly Row[] = history.events
    .flatMap(({ cursor, at, transitions }) =>
      transitions.map((one, place) => ({ key: `${cursor} ${place}`, at, ...one })),
    )
    .slice(0, ROWS_MAX);
  const columns: readonly Column<Row>[] = [
    { key: "at", head: words.events.columns.at, cell: ({ at }) => <Time at={at} as="absolute" />, plain: true },
    {
      key: "task",
      head: words.events.columns.task,
      isName: true,
      cell: (row) => <Link to={addresses.run(id, { task: row.id })}>{row.id}</Link>,
    },
    {
      key: "change",
      head: words.events.columns.change,
      plain: true,
      cell: ({ from, to }) => (
        <span className="row">
          <StateMark state={from} /> → <StateMark state={to} />
        </span>
      ),
    },
  ];
  return (
    <Page
      title={words.events.title(run.name)}
      tabTitle={`${words.states[run.state]} · ${words.events.title(run.name)}`}
      about={words.events.text}
      crumbs={[
        { text: words.run.crumb, to: addresses.runs() },
        { text: run.name, to: addresses.run(id) },
      ]}
      marks={<StateMark state={run.state} />}
      actions={<LinkButton to={addresses.run(id)}>{words.run.backToRun}</LinkButton>}
    >
      {(history.isCut || rows.length === ROWS_MAX) && (
        <p className="muted">{words.gantt.cut(Math.min(rows.length, history.events.length))}</p>
      )}
      {history.isComplete && rows.length === 0 ? (
        <p className="muted">{words.events.none}</p>
      ) : (
        <div className="table-frame">
          <Table caption={words.events.text} columns={columns} rows={rows} rowKey={({ key }) => key} />
        </div>
      )}
    </Page>
  );
}
