/** The shapes this flow has had, and how many runs each of them. */
import type { FlowDetail, FlowVersions } from "../../../src/server/contract.ts";
import { resources } from "../api/resources.ts";
import { useSnapshot } from "../api/use-snapshot.ts";
import { ErrorBox } from "../parts/error-box.tsx";
import { Loading } from "../parts/loading.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { Time } from "../time.tsx";
import { useWords } from "../words/words.tsx";

type Version = FlowVersions["versions"][number];

export function FlowVersionsTab({ flow: { name } }: { readonly flow: FlowDetail }) {
  const words = useWords();
  const { data, trouble, reload } = useSnapshot(resources.flowVersions(name), { refreshOn: ["flows"] });
  if (trouble !== undefined) return <ErrorBox trouble={trouble} onRetry={reload} />;
  if (data === undefined) return <Loading />;
  const heads = words.versions.columns;
  const columns: readonly Column<Version>[] = [
    {
      key: "version",
      head: heads.version,
      isName: true,
      cell: ({ fingerprint, loaded }) => (
        <span className="row">
          <code>{fingerprint.slice(0, 12)}</code>
          {loaded && <span className="tag">{words.versions.current}</span>}
        </span>
      ),
    },
    { key: "tasks", head: heads.tasks, align: "end", cell: ({ nodes }) => words.number(nodes) },
    { key: "runs", head: heads.runs, align: "end", cell: ({ runs }) => words.number(runs) },
    {
      key: "last",
      head: heads.lastRun,
      cell: ({ lastRunAt }) => (lastRunAt === undefined ? words.flows.neverRun : <Time at={lastRunAt} />),
    },
  ];
  return (
    <section className="stack" aria-label={words.flow.tabs.versions}>
      <p className="muted">{words.versions.text}</p>
      <div className="table-frame">
        <Table
          caption={words.flow.tabs.versions}
          columns={columns}
          rows={data.versions}
          rowKey={({ fingerprint }) => fingerprint}
        />
      </div>
    </section>
  );
}
