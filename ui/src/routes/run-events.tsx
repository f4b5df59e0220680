/** The raw history of a run: every commit, in the order in which the store took it, and what people did between them. */
import type { AuditLine, RunDetail } from "../../../src/server/contract.ts";
import { addresses } from "../addresses.ts";
import { resources } from "../api/resources.ts";
import { useSnapshot } from "../api/use-snapshot.ts";
import { LinkButton } from "../parts/button.tsx";
import { Page } from "../parts/page.tsx";
import { StateMark } from "../parts/state-mark.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { Link } from "../router.tsx";
import { AuditText } from "../run/run-more.tsx";
import { useHistory } from "../run/use-history.ts";
import type { RunState } from "../run/use-run.ts";
import { Time } from "../time.tsx";
import { useWords } from "../words/words.tsx";

type Row = {
  readonly key: string;
  readonly at: number;
  /** Of the task run; what people did is of the run where it is of none. */
  readonly id?: string | undefined;
  readonly change: Change | AuditLine;
};

interface Change {
  readonly from: RunDetail["state"];
  readonly to: RunDetail["state"];
}

/** A document with more rows than this is no help to anybody. */
const ROWS_MAX = 2_000;
const PEOPLE_MAX = 200;

export function RunEventsPage({ state: { run, id } }: { readonly state: RunState & { readonly run: RunDetail } }) {
  const words = useWords();
  const history = useHistory(id);
  const audit = useSnapshot(resources.audit({ run: id, limit: PEOPLE_MAX }), {
    refreshOn: [`run:${id}`, `tasks:${id}`],
  });
  const steps: readonly Row[] = history.events
    .flatMap(({ cursor, at, transitions }) =>
      transitions.map((one, place) => ({ key: `${cursor} ${place}`, at, id: one.id, change: one })),
    )
    .slice(0, ROWS_MAX);
  const isWhole = history.isComplete && !history.isCut && steps.length < ROWS_MAX;
  const rows = withPeople(steps, audit.data?.lines ?? [], isWhole);
  const columns: readonly Column<Row>[] = [
    { key: "at", head: words.events.columns.at, cell: ({ at }) => <Time at={at} as="absolute" />, plain: true },
    {
      key: "task",
      head: words.events.columns.task,
      isName: true,
      cell: ({ id: task }) => task !== undefined && <Link to={addresses.run(id, { task })}>{task}</Link>,
    },
    {
      key: "change",
      head: words.events.columns.change,
      plain: true,
      cell: ({ change }) =>
        "action" in change ? (
          <AuditText line={change} />
        ) : (
          <span className="row">
            <StateMark state={change.from} /> → <StateMark state={change.to} />
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
      {(history.isCut || steps.length === ROWS_MAX) && (
        <p className="muted">{words.gantt.cut(Math.min(steps.length, history.events.length))}</p>
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

/** What a person did stands before what came of it; after the last step only where there are no more to come. */
function withPeople(steps: readonly Row[], lines: readonly AuditLine[], isWhole: boolean): readonly Row[] {
  const people = lines.map(
    (line, place): Row => ({ key: `person ${lines.length - place}`, at: line.at, id: line.task, change: line }),
  );
  const rows: Row[] = [];
  let next = people.pop(); // the newest is the first
  for (const step of steps) {
    for (; next !== undefined && next.at <= step.at; next = people.pop()) rows.push(next);
    rows.push(step);
  }
  if (!isWhole || next === undefined) return rows;
  return [...rows, next, ...people.reverse()];
}
