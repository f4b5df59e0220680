/** Runs as rows, each as fresh as the stream. */
import type { RunSummary } from "../../../src/server/contract.ts";
import { addresses } from "../addresses.ts";
import { useRun } from "../live/live.ts";
import { Link } from "../router.tsx";
import { Duration, Time } from "../time.tsx";
import { useWords } from "../words/words.tsx";
import { visible } from "../visible.ts";
import { startedByText } from "./started-by.ts";
import { StateMark } from "./state-mark.tsx";
import { type Column, Table } from "./table.tsx";

export interface RunTableProps {
  readonly caption: string;
  readonly runs: readonly RunSummary[];
  /** In a list of one flow's runs its name says nothing. */
  readonly withFlow?: boolean;
  /** They are still to begin: when counts, and not for how long. */
  readonly begins?: boolean;
}

export function RunTable({ caption, runs, withFlow = false, begins = false }: RunTableProps) {
  const words = useWords();
  const { columns: heads, triggers } = words.runsOfFlow;
  const columns: readonly (Column<RunSummary> | undefined)[] = [
    {
      key: "name",
      head: heads.name,
      isName: true,
      cell: (run) => (
        // Without places to break at: rows are one line high.
        <Link to={addresses.run(run.id)} className="run-name" title={visible(run.name)}>
          {visible(run.name)}
        </Link>
      ),
    },
    { key: "state", head: heads.state, plain: true, cell: (run) => <RunState run={run} /> },
    withFlow
      ? {
          key: "flow",
          head: words.flows.columns.name,
          cell: (run) => (
            <Link to={addresses.flow(run.flow)} className="run-name" title={visible(run.flow)}>
              {visible(run.flow)}
            </Link>
          ),
        }
      : undefined,
    {
      key: "parameters",
      head: heads.parameters,
      wideOnly: true,
      cell: ({ parametersText }) => <Parameters text={parametersText} />,
    },
    begins
      ? { key: "begins", head: heads.begins, cell: (run) => <Begins run={run} /> }
      : { key: "started", head: heads.started, plain: true, cell: (run) => <Started run={run} /> },
    begins
      ? undefined
      : { key: "duration", head: heads.duration, align: "end", plain: true, cell: (run) => <Took run={run} /> },
    {
      key: "by",
      head: heads.by,
      wideOnly: true,
      cell: ({ trigger, startedBy }) => (
        <span className="cut run-person" title={startedByText(words, trigger, startedBy)}>
          {startedBy === undefined ? triggers[trigger] : visible(startedBy)}
        </span>
      ),
    },
  ];
  return (
    <div className="table-frame">
      <Table
        caption={caption}
        columns={columns.filter((column) => column !== undefined)}
        rows={runs}
        rowKey={({ id }) => id}
      />
    </div>
  );
}

export function RunState({ run }: { readonly run: RunSummary }) {
  const { state, error } = useRun(run);
  return (
    <span className="run-state">
      <StateMark state={state} />
      {error !== undefined && <span className="run-error muted small-text">{visible(error.message)}</span>}
    </span>
  );
}

/** As people say them: `size 25`. What was cut is shown as it is. */
function Parameters({ text }: { readonly text: string }) {
  const given = parametersIn(text);
  if (given?.length === 0) return <span className="muted">–</span>;
  const shown = given?.map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`);
  return <code className="cut">{visible(shown?.join(", ") ?? text)}</code>;
}

function parametersIn(text: string): readonly (readonly [string, unknown])[] | undefined {
  try {
    return Object.entries(JSON.parse(text) as object);
  } catch {
    return undefined;
  }
}

function Started({ run }: { readonly run: RunSummary }) {
  const words = useWords();
  const { startedAt, state, scheduledAt } = useRun(run);
  if (startedAt !== undefined) return <Time at={startedAt} />;
  return (
    <span className="muted">
      {state === "Scheduled" && scheduledAt !== undefined ? <Time at={scheduledAt} /> : words.runsOfFlow.notStarted}
    </span>
  );
}

function Begins({ run }: { readonly run: RunSummary }) {
  return <Time at={run.scheduledAt ?? run.createdAt} as="both" />;
}

export function Took({ run }: { readonly run: RunSummary }) {
  const { startedAt, endedAt } = useRun(run);
  return <Duration from={startedAt} to={endedAt} />;
}
